# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password appears nowhere, whatever is in it, and changes nothing but the login."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

import passwords
import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
OPCOMMON = '{\n   "omkd" : {\n      "omkd_port" : "8042"\n   },\n   "e" : {}\n}\n'
PLAY = """
- hosts: omk
  gather_facts: false
  tasks:
    - name: What has to fail
      block:
        - name: A setting whose tunnel does not answer
          opmantek.omk.opcommon_setting:
            omk_base: "{{ omk_websocket_omk_base }}"
            value: "443"
            tunnel: {url: "wss://127.0.0.1:1/x", username: nmis, retry_timeout: 0}
            tunnel_password: "{{ websocket_check_password }}"
        - name: It has not failed
          ansible.builtin.fail:
      rescue:
        - name: It was that task
          ansible.builtin.assert:
            that: ansible_failed_task.name == 'A setting whose tunnel does not answer'
    - name: A setting that is there
      opmantek.omk.opcommon_setting:
        omk_base: "{{ omk_websocket_omk_base }}"
        setting: omkd_port
        value: "8042"
        tunnel: {url: "wss://127.0.0.1:1/x", username: nmis}
        tunnel_password: "{{ websocket_check_password }}"
    - name: A probe
      opmantek.omk.websocket_probe:
        url: wss://127.0.0.1:1/x
        username: nmis
        password: "{{ websocket_check_password }}"
    - name: What has to fail
      block:
        - name: Options that are refused
          opmantek.omk.websocket_probe:
            url: wss://127.0.0.1:1/x
            timeout: nonsense
            username: nmis
            password: "{{ websocket_check_password }}"
        - name: It has not failed
          ansible.builtin.fail:
      rescue:
        - name: It was that task
          ansible.builtin.assert:
            that: ansible_failed_task.name == 'Options that are refused'
"""


def run(folder, logins, playbook, *arguments, backend='localhost:1'):
    """A playbook on this machine, as one host for each password or for none; its output, log and report as one text,
    and the report's rows by host.
    """
    (folder / 'omk/conf').mkdir(parents=True, exist_ok=True)
    (folder / 'omk/conf/opCommon.json').write_text(OPCOMMON)
    (folder / 'play.yml').write_text(PLAY)
    variables = {
        'ansible_connection': 'local',
        'ansible_python_interpreter': sys.executable,
        'omk_websocket_omk_base': str(folder / 'omk'),
        'websocket_check_address': '127.0.0.1',
        'websocket_check_server_name': 'omk.example.com',
        'websocket_check_port': 1,
        'apache_websocket_backend': backend,
    }
    hosts = []
    for host, password in logins.items():
        login = {'websocket_check_username': 'nmis', 'websocket_check_password': 'PASSWORD'}
        own = {**variables, **(login if password is not None else {})}
        hosts.append(f'{json.dumps(host)}: {passwords.as_yaml(own, password)}')
    (folder / 'inventory.yml').write_text(f'{{"omk": {{"hosts": {{{", ".join(hosts)}}}}}}}')
    done = subprocess.run(
        ['ansible-playbook', '-i', folder / 'inventory.yml', *arguments, folder / playbook],
        env=dict(
            os.environ,
            OMK_REPORT_DIR=str(folder / 'report'),
            ANSIBLE_LOG_PATH=str(folder / 'log'),
            ANSIBLE_NOCOLOR='1',
            ANSIBLE_SHOW_CUSTOM_STATS='true',
        ),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    report = {path.name: path.read_text() for path in (folder / 'report/latest').iterdir()}
    told = '\n'.join([done.stdout, done.stderr, (folder / 'log').read_text(), *report.values()])
    return told, {row['host']: row for row in json.loads(report['report.json'])['hosts']}


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    'playbook', [CHECKOUT / 'playbooks/verify.yml', CHECKOUT / 'playbooks/site.yml', 'play.yml'], ids=str
)
@pytest.mark.parametrize('mode', [(), ('--check',)], ids=['run', 'check'])
def test_a_password_is_shown_nowhere(tmp_path, playbook, mode):
    told, rows = run(tmp_path, {'omk1': passwords.ODD}, playbook, '-vvvv', '--diff', *mode)
    assert len(rows) == 1
    assert {trace for trace in passwords.traces(passwords.ODD) if trace in told} == set()


@pytest.mark.parametrize(
    'wrong',
    [{'websocket_check_timeout': 'soon'}, {'omk_websocket_tunnel': 'x'}],
    ids=str,
)
def test_a_password_is_shown_by_no_refusal(tmp_path, wrong):
    told, rows = run(
        tmp_path,
        {'omk1': passwords.ODD},
        CHECKOUT / 'playbooks/site.yml',
        '-vvvv',
        '--extra-vars',
        json.dumps({**wrong, 'omk_websocket_tunnel_password': '{{ websocket_check_password }}'}),
    )
    assert rows['omk1']['status'] != 'green'
    assert {trace for trace in passwords.traces(passwords.ODD) if trace in told} == set()


def test_a_password_that_occurs_everywhere_changes_nothing(tmp_path):
    """Ansible masks what a password occurs in; here it occurs in paths, names, numbers and the status itself."""
    occurring = (*passwords.EVERYWHERE, 'yellow', '1', 'None')
    logins = {'without': None, **{f'host{number}': password for number, password in enumerate(occurring)}}
    _told, rows = run(tmp_path, logins, CHECKOUT / 'playbooks/site.yml')
    assert set(rows) == set(logins)
    for row in rows.values():
        # When, and what the run before it had found.
        del row['checked_at'], row['before'], row['host']
    assert {host: row for host, row in rows.items() if row != rows['without']} == {}
    assert rows['without']['status'] != 'green' and rows['without']['reason']


class Listener(threading.Thread):
    """Somebody who listens on OMK's port while OMK is down, or on the way there; keeps what comes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.got = b''
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection, _address = self._listener.accept()
            with connection:
                self.got += connection.recv(65536)
                connection.sendall(b'HTTP/1.1 302 Found\r\nLocation: /en/omk/login\r\nContent-Length: 0\r\n\r\n')


@pytest.mark.parametrize('playbook', ['verify.yml', 'site.yml'])
def test_a_password_does_not_go_to_whoever_listens_on_the_port_of_omk(tmp_path, playbook):
    listener = Listener()
    logins = {'omk1': 'Zq7secretZq8'}
    _told, rows = run(tmp_path, logins, CHECKOUT / 'playbooks' / playbook, backend=f'127.0.0.1:{listener.port}')
    assert b'GET /en/omk/opCharts/events/log' in listener.got and b'Zq7' not in listener.got
    # Nor is a login asked for that was given.
    assert 'websocket_check_username' not in json.dumps(rows)
