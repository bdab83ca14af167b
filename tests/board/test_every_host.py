# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report holds every host of a run; the artifacts of a job hold those that have a status. Real runs.

Hosts that answer are simulated; the others fail for real, each at another place.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIMULATED = ROOT / 'tests/benchmarks/simulated'
#: Asks for a password and takes none, as sudo does.
SUDO = """#!/bin/sh
for argument; do case $argument in *password:*) prompt=$argument;; esac; done
printf '%s' "$prompt" >&2
read -r _
printf 'Sorry, try again.\\n%s' "$prompt" >&2
read -r _
"""


class Run:
    """A playbook that ran: `code`, the hosts on its board (status by host), what it gave AWX (status by host)."""

    def __init__(self, folder, playbook, hosts, *arguments):
        sudo = folder / 'sudo'
        sudo.write_text(SUDO)
        sudo.chmod(0o755)
        local = {'ansible_connection': 'local', 'ansible_python_interpreter': sys.executable}
        become = {'ansible_become': True, 'ansible_become_exe': str(sudo), 'ansible_become_password': 'wrong'}
        kinds = {
            'omk1': {},  # green
            'omk2': {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.9', 'ansible_port': 9},
            'omk3': {**local, 'ansible_python_interpreter': '/nowhere/python'},
            'omk4': {**local, **become, 'ansible_become_user': 'nobody'},
            'omk5': {**local, 'websocket_check_port': 'x'},
            'omk6': local,  # yellow: it has no OMK
        }
        inventory = folder / 'hosts.json'
        variables = {'ansible_connection': 'simulated', 'ansible_python_interpreter': '/usr/bin/python3'}
        hosts = {name: kinds.get(name, {}) for name in hosts}
        inventory.write_text(json.dumps({'omk': {'hosts': hosts, 'vars': variables}}))
        environment = dict(
            os.environ,
            ANSIBLE_CONFIG=str(ROOT / 'ansible.cfg'),
            ANSIBLE_HOME=str(folder / 'home'),
            ANSIBLE_NOCOLOR='1',
            ANSIBLE_SHOW_CUSTOM_STATS='true',
            ANSIBLE_TIMEOUT='5',
            ANSIBLE_CONNECTION_PLUGINS=str(SIMULATED / 'connection'),
            SIMULATED_RECORDED=str(SIMULATED / 'recorded'),
            OMK_REPORT_DIR=str(folder / 'report'),
        )
        done = subprocess.run(
            ['ansible-playbook', '-i', inventory, ROOT / 'playbooks' / playbook, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        self.code, self.output = done.returncode, done.stdout
        report = json.loads((folder / 'report/latest/report.json').read_text())
        self.rows = {one['host']: one for one in report['hosts']}
        told = done.stdout.partition('RUN: ')[2]
        given = json.JSONDecoder().raw_decode(told)[0] if told else {}
        self.artifacts = {one['host']: one['status'] for one in given.get('omk_websocket', [])}

    def statuses(self):
        """The status of every host on the board."""
        return {host: row['status'] for host, row in self.rows.items()}


EVERY = {
    'omk1': 'green',
    'omk2': 'unreachable',
    'omk3': 'failed',
    'omk4': 'failed',
    'omk5': 'failed',
    'omk6': 'yellow',
}


@pytest.mark.parametrize('playbook', ['verify.yml', 'rollout.yml'])
def test_every_host_is_on_the_board_and_whoever_has_a_status_among_the_artifacts(tmp_path, playbook):
    run = Run(tmp_path, playbook, EVERY, '-e', '{"omk_batches": ["100%"]}')
    assert run.code != 0
    assert run.statuses() == EVERY, run.output
    assert run.artifacts == {'omk1': 'green', 'omk6': 'yellow'}, run.output
    assert 'Connection refused' in run.rows['omk2']['advice']
    assert '/nowhere/python' in run.rows['omk3']['advice']
    assert 'correct ansible_become_password' in run.rows['omk4']['advice']
    assert 'has to be a number from 0 to 65535' in run.rows['omk5']['advice']


@pytest.mark.parametrize('canary', ['omk2', 'omk3', 'omk4', 'omk6'])
def test_hosts_whose_batch_never_came(tmp_path, canary):
    run = Run(tmp_path, 'rollout.yml', [canary, 'omk7', 'omk8'])
    assert run.code != 0
    assert run.statuses() == {canary: EVERY[canary], 'omk7': 'no status', 'omk8': 'no status'}, run.output
    assert {run.rows[host]['advice'] for host in ('omk7', 'omk8')} == {'Not tried: the run ended before its turn.'}
    assert run.artifacts == ({'omk6': 'yellow'} if canary == 'omk6' else {})
