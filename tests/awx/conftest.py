# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml with the real awx.awx, against a stand-in for AWX's API. The real AWX is not here."""

import copy
import json
import os
import pathlib
import subprocess
import sys
from types import SimpleNamespace

import pytest
import stand_in

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / 'examples/awx-project'
GIVEN = {
    'omk_awx_scm_url': 'https://git.example.com/omk-awx.git',
    'omk_awx_organization': 'Operations',
    'omk_awx_image': 'registry.example.com/omk-ee:1.0.0',
    'omk_awx_credentials': ['OMK servers'],
}
RESOLVED = {}


class Awx:
    """An AWX in which an organization and a credential are, and the playbook for it."""

    def __init__(self, folder):
        self.folder = folder
        self.server = stand_in.StandIn(PROJECT)
        self.state = self.server.state
        self.organization = self.state.add('organizations', name='Operations')
        self.credential = self.state.add('credentials', name='OMK servers', credential_type=1)
        self.galaxy = self.state.add('credentials', name='Ansible Galaxy', credential_type=19)
        self.state.associate('organizations', self.organization, 'galaxy_credentials', {'id': self.galaxy})
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(('CONTROLLER_', 'TOWER_'))
        }
        self.environment.update(
            HOME=str(folder),
            ANSIBLE_HOME=str(folder / 'ansible'),
            ANSIBLE_CONFIG=str(ROOT / 'ansible.cfg'),
            ANSIBLE_COLLECTIONS_PATH=str(ROOT / '.collections'),
            ANSIBLE_STDOUT_CALLBACK='ansible.posix.json',
            CONTROLLER_HOST=self.server.url,
            CONTROLLER_OAUTH_TOKEN=self.server.token,
        )

    def run(self, *arguments, given=None, **variables):
        """Run the playbook: code (int), stats (dict), changed (names of tasks, with items), message of the failure.

        `given` (dict) takes the place of what the tests give otherwise.
        """
        file = self.folder / 'given.json'
        file.write_text(json.dumps({**(GIVEN if given is None else given), **variables}))
        done = subprocess.run(
            [
                sys.executable,
                '-m',
                'ansible',
                'playbook',
                '-i',
                'localhost,',
                ROOT / 'playbooks/awx.yml',
                '-e',
                f'@{file}',
                *arguments,
            ],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.stdout.startswith('{'), done.stdout + done.stderr
        output = json.loads(done.stdout)
        changed, messages = [], []
        for task in output['plays'][0]['tasks']:
            result = task['hosts'].get('localhost', {})
            if result.get('changed'):
                items = [item['item'] for item in result.get('results', []) if item.get('changed')]
                changed.append(
                    (
                        task['task']['name'],
                        [
                            item['name']
                            if isinstance(item, dict) and 'name' in item
                            else item['identifier']
                            if isinstance(item, dict)
                            else item
                            for item in items
                        ],
                    )
                )
            if result.get('failed'):
                messages += [item['msg'] for item in result.get('results', [result]) if item.get('failed')]
        assert self.server.token not in done.stdout + done.stderr
        return SimpleNamespace(
            code=done.returncode,
            stats=output['stats'].get('localhost'),
            changed=changed,
            message=messages[-1] if messages else '',
            output=done.stdout + done.stderr,
        )

    def wanted(self, **variables):
        """What the vars file says, with everything in it put in its place (dict)."""
        key = json.dumps(variables, sort_keys=True)
        if key not in RESOLVED:
            RESOLVED[key] = self.resolve(variables)
        return copy.deepcopy(RESOLVED[key])

    def resolve(self, variables):
        """Have Ansible read the vars file."""
        given, result = self.folder / 'wanted.json', self.folder / 'result.json'
        given.write_text(json.dumps({**GIVEN, **variables}))
        names = [
            'omk_awx_execution_environment',
            'omk_awx_project',
            'omk_awx_inventory_source',
            'omk_awx_job_templates',
            'omk_awx_schedule',
            'omk_awx_workflow',
            'omk_awx_inventory',
        ]
        every = ', '.join(f"'{name}': {name}" for name in names)
        play = [
            {
                'hosts': 'localhost',
                'gather_facts': False,
                'connection': 'local',
                'vars_files': str(ROOT / 'playbooks/vars/awx.yml'),
                'vars': {'ansible_python_interpreter': sys.executable},
                'tasks': [
                    {'ansible.builtin.copy': {'dest': str(result), 'content': '{{ {' + every + '} | to_json }}'}}
                ],
            }
        ]
        playbook = self.folder / 'wanted.yml'
        playbook.write_text(json.dumps(play))
        subprocess.run(
            [sys.executable, '-m', 'ansible', 'playbook', '-i', 'localhost,', playbook, '-e', f'@{given}'],
            env=self.environment,
            capture_output=True,
            check=True,
        )
        return json.loads(result.read_text())

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def awx(tmp_path):
    awx = Awx(tmp_path)
    yield awx
    awx.close()
