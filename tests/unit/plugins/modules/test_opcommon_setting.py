# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module opcommon_setting as Ansible runs it: arguments in, result out, the file and nothing else changed."""

import json
import os
import socket
import time

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as shown_warnings
from ansible_collections.opmantek.omk.plugins.module_utils._files import journal, records
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.modules import opcommon_setting

SECRET = 'hunter2'
START = f"""{{
   "auth" : {{
      "auth_password" : "{SECRET}"
   }},
   "omkd" : {{
      "omkd_secrets" : [ "{SECRET}" ],
      "omkd_port" : "8042"
   }}
}}
""".encode()
AFTER = START.replace(b'"8042"', b'"8042",\n      "websocket_proxy_port" : "443"')


def warnings(result):
    """Warnings as text: newer versions of Ansible print them as structures."""
    found = result.get('warnings', [])
    texts = [warning if isinstance(warning, str) else warning['event']['msg'] for warning in found]
    return [text for text in texts if 'implementation' not in text]


class Host:
    """A folder that stands for a server."""

    def __init__(self, folder, monkeypatch, capsys):
        self.base, self.capsys, self.monkeypatch = folder / 'omk', capsys, monkeypatch
        self.path = self.base / 'conf/opCommon.json'
        self.path.parent.mkdir(parents=True)
        self.path.write_bytes(START)
        self.records, self.backups = folder / 'records', folder / 'backups'
        monkeypatch.setattr(records, 'FOLDER', str(self.records))
        change = files.change
        monkeypatch.setattr(
            files,
            'change',
            lambda *given, **more: change(*given, records=str(self.records), backups=str(self.backups), **more),
        )
        monkeypatch.setattr(basic, '_ANSIBLE_PROFILE', 'legacy', raising=False)

    def run(self, check=False, **arguments):
        arguments = dict(
            {'omk_base': str(self.base)},
            _ansible_check_mode=check,
            _ansible_diff=True,
            _ansible_verbosity=4,
            **arguments,
        )
        self.monkeypatch.setattr(basic, '_ANSIBLE_ARGS', json.dumps({'ANSIBLE_MODULE_ARGS': arguments}).encode())
        self.monkeypatch.setattr(shown_warnings, '_global_warnings', type(shown_warnings._global_warnings)())
        with pytest.raises(SystemExit):
            opcommon_setting.main()
        printed = self.capsys.readouterr()
        assert SECRET not in printed.out + printed.err
        result = json.loads(printed.out)
        result['warnings'] = warnings(result)
        return result

    def files(self):
        return sorted(str(path.relative_to(self.base)) for path in self.base.rglob('*') if path.is_file())

    def override(self, name, content):
        (self.base / 'conf/conf.d').mkdir(exist_ok=True)
        (self.base / 'conf/conf.d' / name).write_bytes(content)

    def systemctl(self, folder, state, started):
        """A systemctl that tells about a unit that runs since then (seconds before now)."""
        monotonic = int((time.monotonic() - started) * 1e6)
        script = folder / 'systemctl'
        script.write_text(
            f'#!/bin/sh\necho LoadState=loaded\necho ActiveState={state}\n'
            f'echo InactiveExitTimestampMonotonic={monotonic}\n'
        )
        script.chmod(0o755)
        self.monkeypatch.setenv('PATH', f'{folder}:{os.environ["PATH"]}')


@pytest.fixture
def host(tmp_path, monkeypatch, capsys):
    return Host(tmp_path, monkeypatch, capsys)


def test_the_first_run_changes_and_the_second_does_not(host):
    first = host.run(value='443')
    assert {
        key: first[key]
        for key in (
            'changed',
            'opcommon_path',
            'format',
            'section',
            'previous_value',
            'value',
            'restart_pending',
            'service_active',
            'overridden_by',
            'backup_file',
        )
    } == {
        'changed': True,
        'opcommon_path': str(host.path),
        'format': 'json',
        'section': 'omkd',
        'previous_value': None,
        'value': '443',
        'restart_pending': False,
        'service_active': None,
        'overridden_by': [],
        'backup_file': None,
    }
    assert host.path.read_bytes() == AFTER
    second = host.run(value='443')
    assert (second['changed'], second['previous_value'], second['value']) == (False, '443', '443')
    assert host.path.read_bytes() == AFTER
    assert host.files() == ['conf/opCommon.json']


def test_nothing_is_changed_before_the_tunnel_answers(host):
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(('127.0.0.1', 0))
        tunnel = {'url': f'wss://127.0.0.1:{closed.getsockname()[1]}/en/omk/opCharts/events/log', 'retry_timeout': 0}
        refused = host.run(value='443', tunnel=tunnel)
        assert refused['failed'] is True
        assert refused['msg'].startswith(
            'The tunnel does not answer (tcp_refused), so websocket_proxy_port was left as it was: '
        )
        assert refused['msg'].endswith('.') and '\n' not in refused['msg']
        assert host.path.read_bytes() == START
        # It is not tried where nothing is going to be changed.
        assert host.run(check=True, value='443', tunnel=tunnel)['changed'] is True
        assert host.run(state='absent', tunnel=tunnel)['changed'] is False
        host.path.write_bytes(AFTER)
        assert host.run(value='443', tunnel=tunnel)['changed'] is False


def test_the_tunnel_answers(host, omk):
    tunnel = {'url': f'ws://omk.example.com:{omk}/en/omk/opCharts/events/log', 'address': '127.0.0.1'}
    assert host.run(value='443', tunnel=tunnel)['changed'] is True
    assert host.path.read_bytes() == AFTER


@pytest.mark.parametrize(
    ('tunnel', 'sentence'),
    [
        ({'url': 'ftp://omk.example.com/'}, 'is not a websocket URL'),
        (
            {'url': 'wss://omk.example.com/x', 'address': 'omk'},
            'websocket_check_address (option address) is not an IPv4 or IPv6 address',
        ),
        ({'address': '127.0.0.1'}, 'url'),
        ({'url': 'wss://omk.example.com/x', 'username': 'omk'}, 'password'),
    ],
)
def test_a_tunnel_that_cannot_be_tried_is_refused(host, tunnel, sentence):
    refused = host.run(value='443', tunnel=tunnel)
    assert refused['failed'] is True
    assert sentence in refused['msg']
    assert host.path.read_bytes() == START


def test_a_place_that_is_none_is_refused_by_the_name_that_the_reader_sets(host):
    refused = host.run(value='443', backend='8042')
    assert refused['msg'].startswith("omk_websocket_listen (option backend), '8042', is not HOST:PORT; give it as in")
    assert host.path.read_bytes() == START


def test_the_diff_shows_the_setting_only(host):
    (diff,) = host.run(value='443')['diff']
    assert diff == {
        'before_header': str(host.path),
        'after_header': str(host.path),
        'before': 'websocket_proxy_port: (not set)\n',
        'after': 'websocket_proxy_port: 443\n',
    }


@pytest.mark.parametrize(
    'arguments',
    [
        {'value': '443'},
        {'value': '8042', 'setting': 'omkd_port'},
        {'state': 'absent', 'setting': 'omkd_port'},
        {'state': 'absent'},
        {'state': 'original'},
        {'value': '443', 'mode': '0600'},
        {'value': '443', 'backup': True},
    ],
)
def test_check_mode_predicts_and_changes_nothing(host, arguments):
    host.path.chmod(0o644)
    predicted = host.run(check=True, **arguments)
    assert host.path.read_bytes() == START and host.path.stat().st_mode & 0o777 == 0o644
    assert host.files() == ['conf/opCommon.json'] and not host.records.exists() and not host.backups.exists()
    real = host.run(**arguments)
    for volatile in ('backup_file', 'change', 'invocation', 'size', 'mode'):
        predicted.pop(volatile, None), real.pop(volatile, None)
    assert predicted == real


@pytest.mark.parametrize('extra', [{}, {'section': 'new'}])
def test_absent_and_original_give_the_bytes_back(host, extra):
    for state in ('absent', 'original'):
        host.run(value='443', **extra)
        assert host.run(state=state)['changed']
        assert host.path.read_bytes() == START
        assert not host.run(state=state)['changed']
    assert not host.records.exists()


def test_original_gives_a_value_back_to_the_letter(host):
    host.path.write_bytes(AFTER.replace(b'"443"', b'8e3'))
    for value in ('443', '8443', '444'):
        host.run(value=value)
    result = host.run(state='original')
    assert (result['previous_value'], result['value']) == ('444', '8000')
    assert host.path.read_bytes() == AFTER.replace(b'"443"', b'8e3')
    assert not host.run(state='original')['changed']


def test_original_leaves_what_was_right_before_us(host):
    host.path.write_bytes(AFTER)
    assert not host.run(value='443')['changed']
    assert not host.run(state='original')['changed']
    assert host.path.read_bytes() == AFTER


def test_original_leaves_what_we_never_changed(host):
    host.path.write_bytes(AFTER)
    assert not host.run(state='original')['changed']
    assert host.path.read_bytes() == AFTER


def test_original_leaves_what_somebody_else_has_changed_since(host):
    host.run(value='443')
    host.path.write_bytes(AFTER.replace(b'443', b'9443'))
    result = host.run(state='original')
    assert not result['changed'] and 'somebody has changed the setting' in result['warnings'][0]
    assert host.path.read_bytes() == AFTER.replace(b'443', b'9443')
    assert not host.records.exists()


def test_a_change_by_somebody_else_is_a_new_beginning(host):
    host.run(value='443')
    host.path.write_bytes(AFTER.replace(b'443', b'9443'))
    host.run(value='443')
    host.run(state='original')
    assert host.path.read_bytes() == AFTER.replace(b'443', b'9443')


def test_a_record_that_cannot_be_kept_stops_the_change(host):
    host.records.symlink_to('/proc/nowhere')
    assert 'only root can write to' in host.run(value='443')['msg']
    assert host.path.read_bytes() == START and host.files() == ['conf/opCommon.json']


def test_a_backup_has_the_old_content_and_lies_elsewhere(host):
    result = host.run(value='443', backup=True)
    assert result['backup_file'].startswith(f'{host.backups}{host.path}.20')
    with open(result['backup_file'], 'rb') as kept:
        assert kept.read() == START
    assert host.files() == ['conf/opCommon.json']
    assert host.run(value='443', backup=True)['backup_file'] is None
    others = {host.run(value=str(value), backup=True)['backup_file'] for value in range(1, 5)}
    assert len(others) == 4


def test_overrides_in_conf_d(host):
    host.override('10.nmis', b"%hash = ('omkd' => {'websocket_proxy_port' => 443});")
    host.override('20.json', b'{"x":{"websocket_proxy_port":"9000"}}')
    host.override('30.nmis', b"%hash = ('omkd' => {'other' => 1});")
    host.override('40.nmis', b'use strict; "hunter2"')
    host.override('50.nmis.bak', b'nonsense')
    result = host.run(value='443')
    folder = host.base / 'conf/conf.d'
    assert result['overridden_by'] == [str(folder / '10.nmis'), str(folder / '20.json')]
    unreadable, overridden = result['warnings']
    assert str(folder / '40.nmis') in unreadable and 'line 1, column 1' in unreadable
    assert overridden == f'{folder}/20.json overrides websocket_proxy_port, so the value in {host.path} has no effect.'
    (folder / '20.json').write_bytes(b'{"x":{"websocket_proxy_port":443}}')
    assert len(host.run(value='443')['warnings']) == 1


UNCHANGED = {'value': '8042', 'setting': 'omkd_port'}


@pytest.mark.parametrize(
    ('state', 'started', 'age', 'arguments', 'active', 'needed'),
    [
        ('active', 60, 3600, {'value': '443'}, True, True),
        ('inactive', 60, 3600, {'value': '443'}, False, False),
        ('active', 60, 3600, UNCHANGED, True, False),
        ('active', 60, 30, UNCHANGED, True, True),
        ('inactive', 60, 30, UNCHANGED, False, False),
        ('reloading', 60, 3600, {'value': '443'}, True, True),
        ('failed', 60, 30, {'state': 'absent'}, False, False),
    ],
)
@pytest.mark.parametrize('check', [False, True])
def test_whether_a_restart_is_pending(host, tmp_path, state, started, age, arguments, active, needed, check):
    os.utime(host.path, (time.time() - age, time.time() - age))
    host.systemctl(tmp_path, state, started)
    result = host.run(check=check, service='omkd.service', **arguments)
    assert (result['service_active'], result['restart_pending']) == (active, needed)


def test_a_file_in_conf_d_newer_than_the_service_owes_a_restart(host, tmp_path):
    os.utime(host.path, (0, 0))
    host.systemctl(tmp_path, 'active', 60)
    assert not host.run(service='omkd', setting='omkd_port', value='8042')['restart_pending']
    host.override('x.nmis', b"%hash = ('a' => {});")
    assert host.run(service='omkd', setting='omkd_port', value='8042')['restart_pending']


@pytest.mark.parametrize(
    ('content', 'arguments', 'message'),
    [
        (START, {'value': '0'}, 'from 1 to 65535'),
        (START, {'value': 'x', 'setting': 'a/b', 'state': 'absent'}, None),
        (START, {}, 'state is present but all of the following are missing: value'),
        (START, {'value': 'x', 'setting': '/a/b/c'}, 'SECTION/NAME'),
        (
            START,
            {'value': 'x', 'setting': 'omkd_secrets'},
            'line 6, column 24: the value of the setting is not a plain',
        ),
        (START[:-2], {'value': '443'}, 'line 9, column 1: the file ends where a comma or } is expected.'),
        (START.replace(b'"auth"', b'auth'), {'value': '443'}, 'line 2, column 4: something else where a key'),
    ],
)
def test_one_sentence_and_nothing_changed(host, content, arguments, message):
    host.path.write_bytes(content)
    result = host.run(**arguments)
    if message:
        assert result['failed'] and message in result['msg'] and '\n' not in result['msg']
    assert host.path.read_bytes() == content
    assert host.files() == ['conf/opCommon.json'] and not host.records.exists()


def test_the_default_place(host):
    nmis = host.path.with_suffix('.nmis')
    nmis.write_bytes(b"%hash = ('a' => {}, 'omkd' => {});")
    assert host.run(value='443')['opcommon_path'] == str(host.path)
    host.path.unlink()
    result = host.run(value='443')
    assert (result['opcommon_path'], result['format']) == (str(nmis), 'nmis')
    nmis.unlink()
    assert host.run(value='443')['msg'] == (
        f'{nmis.parent}: there is neither opCommon.json nor opCommon.nmis; correct omk_websocket_omk_base (option '
        'omk_base), or name the file itself in omk_websocket_opcommon_path (option opcommon_path).'
    )


def test_an_interrupted_edit_is_reported(host):
    host.records.mkdir(mode=0o700)
    left = host.records / journal.name_for(str(host.path))
    left.write_bytes(journal.encode(str(host.path), host.path.stat().st_ino, START, AFTER))
    host.path.write_bytes(START + b'\n' * (len(AFTER) - len(START)))
    assert 'a real run recovers it first' in host.run(check=True, value='443')['warnings'][0]
    assert left.exists()
    result = host.run(value='443')
    assert 'the file is as it was before it' in result['warnings'][0]
    assert host.path.read_bytes() == AFTER and host.files() == ['conf/opCommon.json']


def test_the_record_is_for_its_owner_only(host):
    host.run(value='443')
    (record,) = host.records.glob('*.json')
    assert record.stat().st_mode & 0o777 == 0o600
    assert records.read(record.stem, str(host.records))['sections'] == {'omkd': {'before': None, 'wrote': ['"443"']}}
