# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible hands what module_defaults give to a group to each of its modules."""

import os
import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUPS = yaml.safe_load((ROOT / 'meta/runtime.yml').read_text())['action_groups']


def asked(module):
    """The tasks (list of dict) that call a module, with what it cannot do without, and show what it says."""
    needed = {'apache_module': {'name': 'ssl'}, 'opcommon_setting': {'value': 'x'}, 'websocket_probe': {'host': 'x'}}
    return [
        {module: needed.get(module.rpartition('.')[2], {}), 'register': 'said', 'failed_when': False},
        {'ansible.builtin.debug': {'msg': '{{ said.msg }}'}},
    ]


def test_ansible_hands_each_option_to_each_module(tmp_path, ansible_playbook):
    """Each module refuses an option that none has, which therefore got there."""
    plays = [
        {
            'hosts': 'localhost',
            'gather_facts': False,
            'module_defaults': {f'group/opmantek.omk.{group}': {f'of_{group}': 1}},
            'tasks': [task for module in members for task in asked(module)],
        }
        for group, members in GROUPS.items()
    ]
    (tmp_path / 'play.yml').write_text(yaml.safe_dump(plays))
    done = subprocess.run(
        [*ansible_playbook, '-i', 'localhost,', '--check', tmp_path / 'play.yml']
        + ['-e', 'ansible_connection=local', '-e', f'ansible_python_interpreter={sys.executable}'],
        env=dict(os.environ, ANSIBLE_NOCOLOR='1', COLUMNS='1000', OMK_REPORT_DIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    refused = set(re.findall(r'Unsupported parameters for \((\S+)\) module: (of_\w+)', done.stdout))
    assert refused == {(module, f'of_{group}') for group, members in GROUPS.items() for module in members}, done.stdout
