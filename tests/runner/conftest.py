# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two disposable hosts, and a job folder as AWX makes it for ansible-runner: the example project with our tarball."""

import json
import os
import pathlib
import shutil
import subprocess

import ansible_runner
import pytest
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIO = 'runner'


class Job:
    """What a job left: status, results by host, and its artifacts."""

    def __init__(self, folder, status):
        self.folder, self.status = folder, status
        self.events = [json.loads(path.read_text()) for path in sorted(
            (folder / 'job_events').glob('*.json'), key=lambda path: int(path.name.partition('-')[0]))]
        ends = [event['event_data'] for event in self.events if event['event'] == 'playbook_on_stats']
        assert len(ends) == 1, (folder / 'stdout').read_text() + (folder / 'stderr').read_text()
        self.stats = ends[0]
        # What AWX stores as the artifacts of a job, and hands on in a workflow.
        self.artifacts = self.stats['artifact_data']
        self.output = ''.join(event['stdout'] + '\n' for event in self.events)
        self.board = json.loads((folder / 'omk-report/report.json').read_text())

    def panes(self):
        """The verdicts among the artifacts: status by host."""
        return {host: verdict['status'] for host, verdict in self.artifacts['omk_websocket'].items()}

    def rows(self):
        """The verdicts on the board: status by host."""
        return {row['host']: row['status'] for row in self.board['hosts']}


class Jobs:
    """Runs the playbooks of the example project, each in a folder of its own."""

    def __init__(self, folder, hosts):
        self.folder, self.hosts = folder, hosts
        self.names = [host.host for host in hosts]
        self.project = folder / 'project'
        self.number = 0
        # Nothing of the checkout but the connection to its containers: the rest comes out of the tarball.
        self.environment = {'ANSIBLE_COLLECTIONS_PATH': str(folder / 'requirements_collections'),
                            'ANSIBLE_CONNECTION_PLUGINS': str(ROOT / 'molecule/shared/connection'),
                            'MOLECULE_SCENARIO_NAME': SCENARIO, 'ANSIBLE_HOME': str(folder / 'home')}
        self.clean = {name: value for name, value in os.environ.items()
                      if not name.startswith(('ANSIBLE_', 'OMK_REPORT_DIR'))}

    def prepare(self):
        """The project as AWX has it after its update: the repository, and what collections/requirements.yml names."""
        shutil.copytree(ROOT / 'examples/awx-project', self.project)

        def galaxy(*arguments, **options):
            subprocess.run(['ansible-galaxy', 'collection', *arguments], env={**self.clean, **self.environment},
                           check=True, capture_output=True, **options)

        galaxy('build', ROOT, '--output-path', self.project / 'collections')
        galaxy('install', '-r', 'collections/requirements.yml', '-p', self.folder / 'requirements_collections',
               cwd=self.project)

    def data(self):
        """A new folder for one job."""
        self.number += 1
        data = self.folder / f'job{self.number}'
        shutil.copytree(self.project, data / 'project')
        (data / 'inventory').mkdir()
        shutil.copy(ROOT / 'molecule/shared/inventory/hosts.yml', data / 'inventory/1.yml')
        shutil.copy(ROOT / f'dev/hosts/{SCENARIO}/inventory.yml', data / 'inventory/2.yml')
        (data / 'env').mkdir()
        (data / 'env/envvars').write_text(json.dumps(self.environment))
        return data

    def cut(self, data, number, count):
        """Leave one slice of the hosts in a job's inventory: every `count`th by name, in a script, as AWX does it."""
        sources = [argument for path in sorted((data / 'inventory').iterdir()) for argument in ('-i', path)]
        listed = subprocess.run(['ansible-inventory', *sources, '--list'], env={**self.clean, **self.environment},
                                check=True, capture_output=True)
        inventory = json.loads(listed.stdout)
        hosts = inventory['_meta']['hostvars']
        mine = sorted(hosts)[number - 1::count]
        inventory['_meta']['hostvars'] = {host: hosts[host] for host in mine}
        for group in inventory.values():
            if 'hosts' in group:
                group['hosts'] = [host for host in group['hosts'] if host in mine]
        shutil.rmtree(data / 'inventory')
        (data / 'inventory').mkdir()
        script = data / 'inventory/hosts'
        script.write_text(f'#!/usr/bin/env python3\nprint({json.dumps(inventory)!r})\n')
        script.chmod(0o700)

    def run(self, playbook, check=False, part=None, **variables):
        """Run a playbook through ansible-runner's Python interface, as AWX's instance groups do.

        `part` is the slice (int, from 1) and the number of slices (int) where the job is one of several.
        """
        data = self.data()
        if part:
            self.cut(data, *part)
        done = ansible_runner.run(private_data_dir=str(data), playbook=playbook, ident='job', quiet=True,
                                  extravars=variables, cmdline='--check' if check else None)
        return Job(data / 'artifacts/job', done.status)

    def stream(self, playbook):
        """Run a playbook in three processes that share nothing but a pipe, as AWX does over its mesh."""
        data = self.data()
        worker, received = data.with_suffix('.worker'), data.with_suffix('.received')
        for folder in (worker, received):
            folder.mkdir()
        script = ('set -o pipefail; ansible-runner transmit "$1" --playbook "$2" --ident job |'
                  ' ansible-runner worker --private-data-dir "$3" | ansible-runner process "$4" --ident job')
        done = subprocess.run(['bash', '-c', script, 'bash', data, playbook, worker, received], env=self.clean,
                              check=False, capture_output=True, text=True)
        assert (received / 'artifacts/job/status').exists(), done.stdout + done.stderr
        return Job(received / 'artifacts/job', (received / 'artifacts/job/status').read_text())


@pytest.fixture(scope='session')
def jobs(tmp_path_factory):
    """Hosts that are yellow, and jobs for them; the hosts are removed afterwards."""
    up = subprocess.run([ROOT / 'dev/host', 'up', SCENARIO], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stdout + up.stderr
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(('ANSIBLE_', 'OMK_REPORT_DIR'))]:
            patch.delenv(name)
        jobs = Jobs(tmp_path_factory.mktemp('runner'), servers.find(SCENARIO))
        jobs.prepare()
        yield jobs
    subprocess.run([ROOT / 'dev/host', 'down', SCENARIO], check=True, capture_output=True)
