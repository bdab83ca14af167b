# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as a process of its own, against a real server. What the probe can see is tested where the probe is."""

import json
import os
import subprocess
import sys

import ansible
import ansible_collections
import pytest

RUN = """
import sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = 'legacy'
from ansible_collections.opmantek.omk.plugins.modules.websocket_probe import main
main()
"""


def run(options, **internal):
    """What the module prints for these options, as (exit code, dict)."""
    internal = {'_ansible_' + name: value for name, value in internal.items()}
    arguments = {'ANSIBLE_MODULE_ARGS': dict(options, **internal)}
    folders = [os.path.dirname(path) for path in ansible_collections.__path__] + [os.path.dirname(ansible.__path__[0])]
    done = subprocess.run(
        [sys.executable, '-c', RUN],
        input=json.dumps(arguments).encode(),
        stdout=subprocess.PIPE,
        check=False,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(folders)),
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout.decode())


@pytest.mark.parametrize('check_mode', [True, False])
def test_green(omk, check_mode):
    code, result = run({'host': '127.0.0.1', 'port': omk, 'scheme': 'ws', 'wait_for_event': 20}, check_mode=check_mode)
    assert code == 0
    assert (result['changed'], result['status'], result['reason']) == (False, 'green', 'green')
    assert (result['observation']['http_status'], result['observation']['events']) == (101, 1)
    assert result['notes'] == []


def test_url(omk):
    _code, result = run({'url': f'ws://127.0.0.1:{omk}/en/omk/opCharts/events/log'})
    assert result['status'] == 'green'


def test_yellow_is_no_failure(omk):
    code, result = run({'host': 'localhost', 'address': '127.0.0.1', 'port': omk, 'timeout': 5})
    assert code == 0
    assert (result['changed'], result['status'], result['reason']) == (False, 'yellow', 'tls_not_spoken')
    assert result['advice'].startswith('Switch TLS on')


@pytest.mark.parametrize(
    'options, words',
    [
        ({}, 'url, host'),
        ({'host': 'a', 'url': 'wss://a/'}, 'mutually exclusive'),
        ({'url': 'ftp://a/'}, 'the URL is not a websocket URL; write it as wss://host:port/path.'),
        ({'host': 'a', 'port': 70000}, 'port 70000 is not between 1 and 65535.'),
        ({'host': 'a', 'headers': {'X': 'y\r\nZ: w'}}, 'the header X holds a line end or another control character.'),
        ({'host': 'a', 'username': 'nmis'}, 'required together'),
        ({'host': 'a', 'ca_path': '/no/such/file'}, '(option ca_path) holds no certificates'),
    ],
)
def test_options_that_cannot_be_used(options, words):
    code, result = run(options)
    assert code == 1
    assert result['failed'] is True
    assert words in result['msg']
    assert 'exception' not in result


def test_the_password_is_returned_nowhere(omk):
    _code, result = run({'host': '127.0.0.1', 'port': omk, 'scheme': 'ws', 'username': 'nmis', 'password': 'hush-hush'})
    assert result['observation']['login'] == '/en/omk/opCharts/login answered 101 and gave no cookie'
    assert 'hush-hush' not in json.dumps(result)
