# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml with the real awx.awx, against a stand-in for AWX's API. The real AWX is not here."""

import fcntl
import hashlib
import json
import os
import pathlib
import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest
import stand_in
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / 'examples/awx-project'
GIVEN = {
    'omk_awx_scm_url': 'https://git.example.com/omk-awx.git',
    'omk_awx_organization': 'Operations',
    'omk_awx_image': 'registry.example.com/omk-ee:1.0.0',
    'omk_awx_credentials': ['OMK servers'],
}
DEFAULTS = yaml.safe_load((ROOT / 'playbooks/vars/awx.yml').read_text(encoding='utf-8'))


class Runs:
    """What real runs of this session of pytest came to, in a folder (Path) of all its processes.

    The same run from the same state comes to the same: it is made once, and each test that begins with it gets a copy.
    """

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self.folder = folder

    def once(self, key, make):
        """What `make` returned for this key (anything that has a repr); None of it is kept, and made again."""
        file = self.folder / hashlib.sha256(repr(key).encode()).hexdigest()
        with file.open('a+b') as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)  # another process may be making it
            stream.seek(0)
            kept = stream.read()
            if kept:
                return pickle.loads(kept)
            result = make()
            if result is not None:
                stream.write(pickle.dumps(result))
            return result


class Awx:
    """An AWX in which an organization and a credential are, and the playbook for it."""

    def __init__(self, folder, runs):
        self.folder = folder
        self.runs = runs
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
        self.usual = dict(self.environment)

    def run(self, *arguments, given=None, **variables):
        """Run the playbook: code (int), stats (dict), changed (names of tasks, with items), messages of the
        failures and the last of them.

        `given` (dict) takes the place of what the tests give otherwise. A run that went well is made once; see `Runs`.
        """
        variables = {**(GIVEN if given is None else given), **variables}
        if self.environment != self.usual:
            return self.really_run(arguments, variables)
        made = []

        def make():
            before = len(self.server.log)
            made.append(self.really_run(arguments, variables))
            if made[0].code != 0:
                return None  # what it says names this server
            return made[0], vars(self.state), self.server.log[before:]

        # To give what is the default anyway is to give nothing.
        told = {name: value for name, value in variables.items() if name not in DEFAULTS or value != DEFAULTS[name]}
        kept = self.runs.once((arguments, sorted(told.items()), vars(self.state)), make)
        if made:
            return made[0]
        done, state, requests = kept
        with self.server.lock:
            vars(self.state).update(state)
        self.server.log += requests
        return done

    def really_run(self, arguments, variables):
        """Run the playbook with these arguments (tuple of str) and variables (dict)."""
        file = self.folder / 'given.json'
        file.write_text(json.dumps(variables))
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
            messages=messages,
            message=messages[-1] if messages else '',
            output=done.stdout + done.stderr,
        )

    def wanted(self, **variables):
        """What the vars file says, with everything in it put in its place (dict)."""
        return self.runs.once(('wanted', sorted(variables.items())), lambda: self.resolve(variables))

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


@pytest.fixture(scope='session')
def runs(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    return Runs((folder.parent if 'PYTEST_XDIST_WORKER' in os.environ else folder) / 'awx-runs')


@pytest.fixture
def awx(tmp_path, runs):
    awx = Awx(tmp_path, runs)
    yield awx
    awx.close()
