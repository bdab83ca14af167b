# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as Ansible runs them, with the way to run a program handed in. Real daemons: the scenarios."""

import socket

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _program
from ansible_collections.opmantek.omk.plugins.modules import daemon, omk_restart

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
def test_in_this_order(ran, run, check):
    done = run(daemon, check, name='apache2', test_command=['apache2ctl', '-t'])
    assert done['changed'] is True and 'failed' not in done
    assert ran == ([] if check else [['apache2ctl', '-t'], ['systemctl', 'restart', '--', 'apache2']])


def restarts(ran):
    """The commands (list) that do more than ask."""
    return [command for command in ran if command[:2] != ['systemctl', 'show']]


@pytest.mark.parametrize('check', [True, False])
def test_omk_is_restarted_and_not_in_check_mode(ran, run, omk, check):
    done = run(omk_restart, check, backend=f'127.0.0.1:{omk}')
    assert done['changed'] is True and not {'failed', 'status'} & set(done)
    assert restarts(ran) == ([] if check else [['systemctl', 'restart', '--', 'omkd']])


def test_omk_that_somebody_has_started_by_its_script_is_stopped_by_it(ran, run, omk, monkeypatch):
    monkeypatch.setattr(omk_restart.daemon, 'look', lambda *_of: daemon_of_a_script)
    daemon_of_a_script = omk_restart.daemon.Daemon(True, 0.0, '/etc/init.d/omkd')
    run(omk_restart, backend=f'127.0.0.1:{omk}')
    assert restarts(ran) == [['/etc/init.d/omkd', 'stop'], ['systemctl', 'restart', '--', 'omkd']]


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
    for failed in run(daemon, name='omkd'), run(omk_restart):
        assert failed['msg'] == 'omkd did not restart: Job for omkd.service failed. See it; look at journalctl -u omkd.'


@pytest.mark.parametrize('host_of_it', ['localhost', '127.0.0.1', 'nowhere.invalid'])
def test_what_does_not_answer_is_told(ran, run, host_of_it):
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        port = unused.getsockname()[1]
    failed = run(omk_restart, backend=f'{host_of_it}:{port}', start_timeout=0.1)
    assert failed['msg'].startswith(
        f'omkd does not answer on {host_of_it}:{port} within 0.1 seconds after its restart;'
    )


@pytest.mark.parametrize(
    ('module', 'wrong'),
    [
        (daemon, {'name': '*'}),
        (omk_restart, {'omk_service': '*'}),
        (omk_restart, {'backend': 'localhost:65536'}),
        (omk_restart, {'backend': 'a..b:1'}),
        (omk_restart, {'path': 'no slash'}),
    ],
)
@pytest.mark.parametrize('check', [True, False])
def test_what_cannot_be_meant_is_refused_before_anything_is_restarted(ran, run, module, wrong, check):
    assert run(module, check, **wrong)['failed'] is True
    assert ran == []
