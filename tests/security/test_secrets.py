# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password appears nowhere, whatever is in it, and changes nothing but the login."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
ODD = 'Zq7\\back"double\'single blank%percent{{brace}}ünïcødé\u200bZq8'
OPCOMMON = '{\n   "omkd" : {\n      "omkd_port" : "8042"\n   },\n   "e" : {}\n}\n'
PLAY = """
- hosts: omk
  gather_facts: false
  tasks:
    - name: A setting whose tunnel does not answer
      opmantek.omk.opcommon_setting:
        omk_base: "{{ omk_websocket_omk_base }}"
        value: "443"
        tunnel: {url: "wss://127.0.0.1:1/x", username: nmis, retry_timeout: 0}
        tunnel_password: "{{ websocket_check_password }}"
      ignore_errors: true  # the failure is the subject: what it prints must hold no password
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
    - name: Options that are refused
      opmantek.omk.websocket_probe:
        url: wss://127.0.0.1:1/x
        timeout: nonsense
        username: nmis
        password: "{{ websocket_check_password }}"
      ignore_errors: true  # the failure is the subject: what it prints must hold no password
"""


def run(folder, password, playbook, *arguments):
    """A playbook on this machine as the host; its output, log and report as one text, and the report's rows."""
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
        'apache_websocket_backend': 'localhost:1',
    }
    if password is not None:
        variables.update(websocket_check_username='nmis', websocket_check_password='PASSWORD')
    # JSON is YAML; the tag keeps Ansible from taking the braces for a template, as an admin would write it.
    written = json.dumps({'omk': {'hosts': {'omk1': variables}}})
    written = written.replace('"PASSWORD"', f'!unsafe {json.dumps(password)}')
    (folder / 'inventory.yml').write_text(written)
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
        timeout=120,
        check=False,
    )
    report = {path.name: path.read_text() for path in (folder / 'report').iterdir()}
    told = '\n'.join([done.stdout, done.stderr, (folder / 'log').read_text(), *report.values()])
    return told, json.loads(report['report.json'])['hosts']


def traces(password):
    """The texts in which a password could be recognised."""
    return {
        password,
        json.dumps(password)[1:-1],
        json.dumps(password, ensure_ascii=False)[1:-1],
        repr(password)[1:-1],
        urllib.parse.quote(password),
        urllib.parse.quote_plus(password),
        base64.b64encode(password.encode()).decode().rstrip('='),
        'omk-secret:',
        'Zq7',
        'Zq8',
    }


@pytest.mark.parametrize(
    'playbook', [CHECKOUT / 'playbooks/verify.yml', CHECKOUT / 'playbooks/site.yml', 'play.yml'], ids=str
)
@pytest.mark.parametrize('mode', [(), ('--check',)], ids=['run', 'check'])
def test_a_password_is_shown_nowhere(tmp_path, playbook, mode):
    told, rows = run(tmp_path, ODD, playbook, '-vvvv', '--diff', *mode)
    assert len(rows) == 1
    assert {trace for trace in traces(ODD) if trace in told} == set()


@pytest.mark.parametrize('password', ['omk', 'e', '443', 'yellow', '/', '1', 'None'])
def test_a_password_that_occurs_everywhere_changes_nothing(tmp_path, password):
    """Ansible masks what a password occurs in; here it occurs in paths, names, numbers and the status itself."""
    for playbook in (CHECKOUT / 'playbooks/verify.yml', CHECKOUT / 'playbooks/site.yml'):
        _told, without = run(tmp_path, None, playbook)
        _told, rows = run(tmp_path, password, playbook)
        for row in (*without, *rows):
            # When, and what the run before it had found.
            del row['checked_at'], row['before']
        assert rows == without
