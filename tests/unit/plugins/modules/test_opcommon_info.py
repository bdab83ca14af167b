# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module opcommon_info as Ansible runs it."""

import json

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as shown_warnings
from ansible_collections.opmantek.omk.plugins.modules import opcommon_info

CONTENT = b"""%hash = (
  'omkd' => {
    'omkd_port' => 8042, 'omkd_secrets' => ['hunter2'],
    'twice' => 'a',
  },
  'auth' => {
    'twice' => 'b', 'password' => 'hunter2',
  },
);
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    (tmp_path / 'conf/conf.d').mkdir(parents=True)
    path = tmp_path / 'conf/opCommon.nmis'
    path.write_bytes(CONTENT)
    monkeypatch.setattr(basic, '_ANSIBLE_PROFILE', 'legacy', raising=False)

    def runner(*names, **arguments):
        arguments = dict({'omk_base': str(tmp_path)}, _ansible_verbosity=4, **arguments)
        if names:
            arguments['settings'] = list(names)
        monkeypatch.setattr(basic, '_ANSIBLE_ARGS', json.dumps({'ANSIBLE_MODULE_ARGS': arguments}).encode())
        monkeypatch.setattr(shown_warnings, '_global_warnings', type(shown_warnings._global_warnings)())
        with pytest.raises(SystemExit):
            opcommon_info.main()
        printed = capsys.readouterr()
        assert 'hunter2' not in printed.out + printed.err
        result = json.loads(printed.out)
        result['warnings'] = [
            warning if isinstance(warning, str) else warning['event']['msg'] for warning in result.get('warnings', [])
        ]
        return result

    runner.path = path
    return runner


def test_what_is_there_and_what_is_not(run):
    result = run('omkd_port', 'nothing', '/omkd/omkd_port')
    path = str(run.path)
    there = {
        'value': '8042',
        'section': 'omkd',
        'source_file': path,
        'line': 3,
        'effective_value': '8042',
        'effective_source': path,
        'problem': None,
    }
    assert result['settings'] == {'omkd_port': there, '/omkd/omkd_port': there, 'nothing': dict.fromkeys(there)}
    assert (result['changed'], result['opcommon_path'], result['format']) == (False, path, 'nmis')


def test_the_default_name(run):
    assert list(run()['settings']) == ['websocket_proxy_port']


def test_what_the_reader_mixes_up(run):
    found = run('twice', '/auth/twice', 'omkd_secrets')['settings']
    assert found['twice']['value'] is None
    assert 'line 4, column 5 and line 7, column 5' in found['twice']['problem']
    assert found['/auth/twice']['value'] == 'b' and 'at random' in found['/auth/twice']['problem']
    assert found['omkd_secrets'] == dict(
        found['omkd_secrets'], value=None, line=3, problem='Its value is not a plain string or number.'
    )


def test_overrides(run):
    first, last = (run.path.parent / 'conf.d' / name for name in ('a.json', 'b.nmis'))
    first.write_bytes(b'{"x":{"omkd_port":"1","new":true}}')
    last.write_bytes(b'%hash = (x => {omkd_port => 2});')
    (run.path.parent / 'conf.d/c.nmis').write_bytes(b'broken')
    result = run('omkd_port', 'new')
    port, new = result['settings']['omkd_port'], result['settings']['new']
    assert (port['value'], port['effective_value'], port['effective_source']) == ('8042', '2', str(last))
    assert (new['value'], new['effective_value'], new['effective_source']) == (None, '1', str(first))
    (warning,) = result['warnings']
    assert 'c.nmis, line 1, column 1' in warning


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', 'nothing in the file'),
        (b'%hash = (', 'line 1, column 10: the file ends'),
        (b"%hash = ('a' => {password => hunter2}, 'b' => {});", 'line 1, column 30: a bare word'),
        (b"%hash = ('a' => {});", 'fewer than two sections'),
    ],
)
def test_a_file_that_cannot_be_read(run, content, message):
    run.path.write_bytes(content)
    result = run()
    assert result['failed'] and message in result['msg'] and result['msg'].startswith(str(run.path))


def test_no_file(run):
    run.path.unlink()
    assert 'neither opCommon.json nor opCommon.nmis' in run()['msg']
