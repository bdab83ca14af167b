# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""opCommon on disk, as other modules call it: where it is, what it says, what overrides it."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import journal, records
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


@pytest.fixture
def conf(tmp_path):
    (tmp_path / 'conf/conf.d').mkdir(parents=True)
    (tmp_path / 'conf/opCommon.nmis').write_bytes(b'%hash = (a => {}, omkd => {n => 1, l => []});')
    return tmp_path / 'conf'


def test_find(conf):
    assert files.find(str(conf.parent)) == str(conf / 'opCommon.nmis')
    (conf / 'opCommon.json').symlink_to('nowhere')
    assert files.find(str(conf.parent)) == str(conf / 'opCommon.json')
    assert files.find(str(conf.parent), '/x/y.nmis') == '/x/y.nmis'
    with pytest.raises(Problem, match='neither'):
        files.find('/nowhere')


def test_read_setting(conf):
    path = str(conf / 'opCommon.nmis')
    assert files.read_setting(path, 'n') == {
        'value': '1',
        'section': 'omkd',
        'line': 1,
        'effective_value': '1',
        'effective_source': path,
        'source_file': path,
        'problem': None,
        'warnings': [],
    }
    assert files.read_setting(path, 'l')['problem'] == 'Its value is no plain string or number.'


def test_the_later_file_of_conf_d_wins_and_only_configuration_files_count(conf):
    for name, value in (('b.nmis', 3), ('a.nmis', 2), ('c.nmis~', 4), ('c.nmis.opmantek-omk.journal', 5)):
        (conf / 'conf.d' / name).write_bytes(b'%%hash = (x => {n => %d});' % value)
    found, warnings = files.overrides(str(conf / 'opCommon.nmis'), 'n')
    assert [(override['file'], override['value']) for override in found] == [
        (str(conf / 'conf.d/a.nmis'), '2'),
        (str(conf / 'conf.d/b.nmis'), '3'),
    ]
    assert warnings == []


def test_problems_name_the_file_once(conf):
    (conf / 'opCommon.nmis').write_bytes(b'x')
    with pytest.raises(Problem) as caught:
        files.read_setting(str(conf / 'opCommon.nmis'), 'n')
    assert str(caught.value).count('opCommon.nmis') == 1


def test_a_file_in_the_middle_of_an_edit_is_called_that(conf, monkeypatch):
    path = conf / 'opCommon.nmis'
    monkeypatch.setattr(records, 'FOLDER', str(conf.parent / 'records'))
    (conf.parent / 'records').mkdir(mode=0o700)
    left = conf.parent / 'records' / journal.name_for(str(path))
    left.write_bytes(journal.encode(str(path), path.stat().st_ino, b'old', b'new'))
    path.write_bytes(b'torn')
    with pytest.raises(Problem, match='an edit was interrupted here'):
        files.read_setting(str(path), 'n')


def test_modification_times_include_what_overrides(conf):
    before = files.modified_at(str(conf / 'opCommon.nmis'))
    (conf / 'conf.d/x.json').write_bytes(b'{}')
    assert len(files.modified_at(str(conf / 'opCommon.nmis'))) == len(before) + 1
