# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""opCommon on disk, as other modules call it: where it is, what it says, what overrides it."""

import fcntl
import os
import time

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
    with pytest.raises(Problem, match='this is a folder; name the file itself in omk_websocket_opcommon_path'):
        files.find('/nowhere', str(conf))


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
    assert files.read_setting(path, 'l')['problem'] == 'Its value is not a plain string or number.'


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


def test_locked_files_of_conf_d_are_waited_for_together(conf):
    held = []
    for number in range(20):
        path = conf / f'conf.d/{number}.nmis'
        path.write_bytes(b'%hash = (x => {n => 3});')
        held.append(os.open(str(path), os.O_RDONLY))
        fcntl.flock(held[-1], fcntl.LOCK_EX)
    started = time.monotonic()
    found, warnings = files.overrides(str(conf / 'opCommon.nmis'), 'n', timeout=0.5)
    assert time.monotonic() - started < 5
    assert (found, len(warnings)) == ([], 20)
    for descriptor in held:
        os.close(descriptor)


def test_a_file_without_end_is_refused(conf):
    with open(str(conf / 'opCommon.nmis'), 'ab') as handle:
        handle.truncate(1 << 40)
    with pytest.raises(Problem, match='File too large'):
        files.read_setting(str(conf / 'opCommon.nmis'), 'n')


class Runs:
    """Runs that change one setting of a file."""

    def __init__(self, conf, folder):
        self.path, self.folder = str(conf / 'opCommon.nmis'), folder

    def __call__(self, state, value=None, change=None):
        return files.change(
            self.path,
            'port',
            state,
            value,
            records=str(self.folder / 'records'),
            backups=str(self.folder / 'backups'),
            change_id=change,
        )

    def content(self):
        with open(self.path, 'rb') as handle:
            return handle.read()


@pytest.fixture
def runs(conf, tmp_path):
    return Runs(conf, tmp_path)


def test_a_run_takes_back_its_own_change(runs):
    start = runs.content()
    first = runs('present', '8443')
    middle = runs.content()
    second = runs('present', '443')
    assert first['change'] != second['change']
    assert runs('previous', change=second['change'])['changed']
    assert runs.content() == middle
    # What the first run changed can still be undone as it was before.
    assert runs('original')['changed']
    assert runs.content() == start


def test_a_run_takes_back_no_change_of_another(runs):
    first = runs('present', '8443')
    runs('present', '443')
    left = runs.content()
    with pytest.raises(Problem, match='another run has changed this setting since'):
        runs('previous', change=first['change'])
    assert runs.content() == left
    assert runs('original')['changed']
    with pytest.raises(Problem, match='another run has changed this setting since'):
        runs('previous', change=first['change'])
    assert runs('previous')['changed'] is False


def test_a_run_that_finds_the_value_there_has_changed_nothing(runs):
    first = runs('present', '443')
    assert runs('present', '443')['change'] is None
    assert runs('previous', change=first['change'])['changed']


def test_what_somebody_else_has_set_since_is_not_taken_back(runs):
    change = runs('present', '443')['change']
    with open(runs.path, 'wb') as handle:
        handle.write(b"%hash = (a => {}, omkd => {port => '99'});")
    with pytest.raises(Problem, match='somebody has changed this setting since'):
        runs('previous', change=change)
