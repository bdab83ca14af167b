# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a run on many hosts, which are simulated: each answers as a real one once did."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIMULATED = ROOT / 'tests/benchmarks/simulated'
HOSTS = 30


@pytest.mark.parametrize('playbook', ['site.yml', 'rollout.yml'])
def test_a_task_is_told_once_and_not_for_each_host_that_is_right(ansible_playbook, tmp_path, playbook):
    hosts = {f'omk{number:02}': {} for number in range(HOSTS)}
    variables = {'ansible_connection': 'simulated', 'ansible_python_interpreter': '/usr/bin/python3'}
    inventory = tmp_path / 'hosts.json'
    inventory.write_text(json.dumps({'omk': {'hosts': hosts, 'vars': variables}}))
    environment = dict(
        os.environ,
        ANSIBLE_CONNECTION_PLUGINS=str(SIMULATED / 'connection'),
        ANSIBLE_NOCOLOR='1',
        ANSIBLE_FORKS='10',
        OMK_REPORT_DIR=str(tmp_path / 'report'),
        SIMULATED_RECORDED=str(SIMULATED / 'recorded'),
    )
    extra = ('--extra-vars', '{"omk_batches": [1, "100%"]}')
    run = subprocess.run(
        [*ansible_playbook, '--inventory', str(inventory), f'playbooks/{playbook}', *extra],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count(' changed=0 ') == HOSTS
    batches = 1 if playbook == 'site.yml' else 2
    told = [line for line in run.stdout.splitlines() if line.startswith('TASK [')]
    assert told and all(told.count(line) <= batches for line in told), told
    # The line for who has not enabled the callback.
    assert f'"msg": "{HOSTS} hosts: {HOSTS} green."' in run.stdout, run.stdout
    assert ('29 not checked' in run.stdout) == (playbook == 'rollout.yml'), run.stdout
