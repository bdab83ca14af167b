# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it, with the way to run a program handed in. Real daemons: the scenarios."""

import socket

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _program
from ansible_collections.opmantek.omk.plugins.modules import daemon

BROKEN = (
    'AH00526: Syntax error on line 3 of /etc/apache2/x.conf:\n'
    "Invalid command 'ProxyPas', perhaps misspelled or defined by a module not included\n"
    'ProxyPass httpx/user:SECRET@example.com\n'
)


@pytest.fixture
def ran(monkeypatch, host):
    """The commands that were run, and by command the answer to it."""

    class Ran(list):
        answers = {}

    ran = Ran()
    monkeypatch.setattr(
        _program,
        'runner',
        lambda _module: lambda command: ran.append(command) or ran.answers.get(command[0], (0, '', '')),
    )
    return ran


@pytest.mark.parametrize('check', [True, False])
def test_in_this_order(ran, run, omk, check):
    done = run(daemon, check, name='omkd', script='/etc/init.d/omkd', test_command=['apache2ctl', '-t'], port=omk)
    assert done['changed'] is True and 'failed' not in done
    expected = [['apache2ctl', '-t'], ['/etc/init.d/omkd', 'stop'], ['systemctl', 'restart', '--', 'omkd']]
    assert ran == ([] if check else expected)


def test_a_reload(ran, run):
    assert run(daemon, name='apache2', state='reloaded')['changed'] is True
    assert ran == [['systemctl', 'reload', '--', 'apache2']]


def test_nothing_is_restarted_on_what_apache_refuses_and_nothing_of_it_is_quoted(ran, run):
    ran.answers['apache2ctl'] = (1, '', BROKEN)
    failed = run(daemon, name='apache2', test_command=['apache2ctl', '-t'])
    assert (failed['failed'], failed['reason']) == (True, 'apache_broken_configuration')
    assert failed['msg'].startswith(
        "/etc/apache2/x.conf, line 3: Apache refuses its configuration: Invalid command 'ProxyPas'"
    )
    assert 'SECRET' not in str(failed)
    assert ran == [['apache2ctl', '-t']]


def test_what_does_not_restart_is_told(ran, run):
    ran.answers['systemctl'] = (1, '', 'Job for omkd.service failed.\nSee it.\n')
    failed = run(daemon, name='omkd')
    assert failed['msg'] == 'omkd did not restart: Job for omkd.service failed. See it; look at journalctl -u omkd.'


@pytest.mark.parametrize('host_of_it', ['localhost', '127.0.0.1', 'nowhere.invalid'])
def test_what_does_not_answer_is_told(ran, run, host_of_it):
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        port = unused.getsockname()[1]
    failed = run(daemon, name='omkd', host=host_of_it, port=port, start_timeout=0.1)
    assert failed['msg'].startswith(
        f'omkd does not answer on {host_of_it}:{port} within 0.1 seconds after its restart;'
    )


@pytest.mark.parametrize(
    'wrong', [{'name': '*'}, {'name': 'omkd', 'port': 65536}, {'name': 'omkd', 'port': 1, 'host': '/'}]
)
@pytest.mark.parametrize('check', [True, False])
def test_what_cannot_be_meant_is_refused_before_anything_is_restarted(ran, run, wrong, check):
    assert run(daemon, check, **wrong)['failed'] is True
    assert ran == []
