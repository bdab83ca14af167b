# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role omk_websocket without the others: its handler restarts, and where it is asked to brings the status along."""

import json

import pytest

PASSWORD = 'geheim-4711'
STATUS = {'omk_websocket_status': {'sides': ['omk'], 'username': 'nmis', 'password': PASSWORD}}
SPOILT = '/etc/systemd/system/omkd.service.d/spoilt.conf'
TASKS = [
    {'ansible.builtin.import_role': {'name': 'opmantek.omk.omk_websocket'}},
    {'ansible.builtin.meta': 'flush_handlers'},
    {
        'ansible.builtin.debug': {
            'msg': 'So it is {{ (omk_websocket_restarted | default({})).status | default("unknown") }}.'
        }
    },
]


@pytest.fixture
def play(playbook, tmp_path):
    """Runs the role with variables (dict)."""
    path = tmp_path / 'play.yml'
    path.write_text(json.dumps([{'hosts': 'omk', 'gather_facts': False, 'tasks': TASKS}]))
    return lambda *arguments, **variables: playbook(path, variables, arguments=arguments).end()


def daemon(server):
    return server.run('systemctl', 'show', '--value', '--property=MainPID', 'omkd').strip()


# No tunnel was set up that could be green.
@pytest.mark.parametrize(('variables', 'status'), [({}, 'unknown'), (STATUS, 'yellow')], ids=['plain', 'with-status'])
def test_it_restarts_once_and_not_again(server, play, variables, status):
    before = daemon(server)
    predicted = play('--check', **variables)
    assert (predicted.code, daemon(server)) == (0, before), predicted.output
    done = play('-vvv', **variables)
    assert done.code == 0, done.output
    assert f'So it is {status}.' in done.output
    assert PASSWORD not in predicted.output + done.output
    after = daemon(server)
    assert after not in (before, '0')
    assert 'So it is unknown.' in play(**variables).output
    assert daemon(server) == after


@pytest.mark.parametrize('variables', [{}, STATUS], ids=['plain', 'with-status'])
def test_what_is_stopped_stays_stopped(server, play, variables):
    server.run('systemctl', 'stop', 'omkd')
    done = play(**variables)
    assert done.code == 0, done.output
    assert 'omkd is stopped on this host and was not started' in ' '.join(done.output.split())
    assert daemon(server) == '0'


@pytest.mark.parametrize('variables', [{}, STATUS], ids=['plain', 'with-status'])
def test_what_does_not_restart_fails(server, play, variables):
    server.run('mkdir', '-p', SPOILT.rpartition('/')[0])
    server.run('tee', SPOILT, stdin='[Service]\nExecStartPre=/bin/false\n')
    server.run('systemctl', 'daemon-reload')
    done = play(**variables)
    assert done.code == 2
    assert 'omkd did not restart: ' in done.output and 'Traceback' not in done.output


def test_a_status_of_nothing_that_is_known_is_refused(server, play):
    before = daemon(server)
    done = play(omk_websocket_status='nothing_that_is_there')
    assert done.code == 2
    assert 'The option options is neither a dictionary nor the name of a variable that is one' in done.output
    assert daemon(server) == before
