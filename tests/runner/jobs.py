# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job folders as AWX makes them for ansible-runner, of the example project, and what a job leaves."""

import json
import os
import pathlib
import shutil
import subprocess

import ansible_runner

ROOT = pathlib.Path(__file__).resolve().parents[2]


def clean():
    """This process's environment (dict) without what would reach into a job."""
    return {name: value for name, value in os.environ.items() if not name.startswith(('ANSIBLE_', 'OMK_REPORT_DIR'))}


def galaxy(*arguments, **options):
    """Run ansible-galaxy, as AWX or somebody who makes a release does."""
    subprocess.run(
        ['ansible-galaxy', 'collection', *arguments], env=clean(), check=True, capture_output=True, **options
    )


class Job:
    """What a job left: status, results by host, its artifacts, and its board (None for one that was canceled)."""

    def __init__(self, folder, status):
        self.folder, self.status = folder, status
        self.events = [
            json.loads(path.read_text())
            for path in sorted(
                (folder / 'job_events').glob('*.json'), key=lambda path: int(path.name.partition('-')[0])
            )
        ]
        ends = [event['event_data'] for event in self.events if event['event'] == 'playbook_on_stats']
        canceled = status == 'canceled'
        assert len(ends) == (not canceled), (folder / 'stdout').read_text() + (folder / 'stderr').read_text()
        self.stats = {} if canceled else ends[0]
        # What AWX stores as the artifacts of a job, and hands on in a workflow.
        self.artifacts = self.stats.get('artifact_data', {})
        self.output = ''.join(event['stdout'] + '\n' for event in self.events)
        board = folder / 'omk-report/report.json'
        self.board = None if canceled and not board.exists() else json.loads(board.read_text())

    def panes(self):
        """The statuses among the artifacts: status by host."""
        return {status['host']: status['status'] for status in self.artifacts['omk_websocket']}

    def rows(self):
        """The statuses on the board: status by host."""
        return {row['host']: row['status'] for row in self.board['hosts']}


class Jobs:
    """Runs the playbooks of the example project, each in a folder of its own.

    Args:
        folder (Path): where the jobs' folders go.
        names (list of str): the hosts.
        inventory (list of Path): where a job finds them.
        environment (dict): what is set in a job's environment.
        settings (dict): how ansible-runner is to run a job.
        key (Path or None): the private key of the credential that AWX would give the job.
    """

    def __init__(self, folder, names, inventory, environment, settings=None, key=None):
        self.folder, self.names, self.inventory = folder, names, inventory
        self.environment, self.settings, self.key = environment, settings or {}, key
        self.project = folder / 'project'
        self.number = 0
        self.clean = clean()
        shutil.copytree(ROOT / 'examples/awx-project', self.project)

    def data(self):
        """A new folder for one job."""
        self.number += 1
        data = self.folder / f'job{self.number}'
        shutil.copytree(self.project, data / 'project')
        (data / 'inventory').mkdir()
        for number, path in enumerate(self.inventory):
            shutil.copy(path, data / f'inventory/{number}{path.suffix}')
        (data / 'env').mkdir()
        (data / 'env/envvars').write_text(json.dumps(self.environment))
        if self.key:
            shutil.copy(self.key, data / 'env/ssh_key')
        return data

    def cut(self, data, number, count):
        """Leave one slice of the hosts in a job's inventory: every `count`th by name, in a script, as AWX does it."""
        sources = [argument for path in sorted((data / 'inventory').iterdir()) for argument in ('-i', path)]
        listed = subprocess.run(
            ['ansible-inventory', *sources, '--list'],
            env={**self.clean, **self.environment},
            check=True,
            capture_output=True,
        )
        inventory = json.loads(listed.stdout)
        hosts = inventory['_meta']['hostvars']
        mine = sorted(hosts)[number - 1 :: count]
        inventory['_meta']['hostvars'] = {host: hosts[host] for host in mine}
        for group in inventory.values():
            if 'hosts' in group:
                group['hosts'] = [host for host in group['hosts'] if host in mine]
        shutil.rmtree(data / 'inventory')
        (data / 'inventory').mkdir()
        script = data / 'inventory/hosts'
        script.write_text(f'#!/usr/bin/env python3\nprint({json.dumps(inventory)!r})\n')
        script.chmod(0o700)

    def _in_python(self, data, playbook, variables, **more):
        """ansible-runner's own object of a job that has ended."""
        return ansible_runner.run(
            private_data_dir=str(data),
            playbook=playbook,
            ident='job',
            quiet=True,
            extravars=variables,
            **more,
            **self.settings,
        )

    def run(self, playbook, check=False, part=None, **variables):
        """Run a playbook through ansible-runner's Python interface, as AWX's instance groups do.

        `part` is the slice (int, from 1) and the number of slices (int) where the job is one of several.
        """
        data = self.data()
        if part:
            self.cut(data, *part)
        done = self._in_python(data, playbook, variables, cmdline='--check' if check else None)
        offered = data / 'artifacts/job/ssh_key_data'
        if offered.exists():  # a pipe: whoever offers the key in it would wait for a reader for ever
            offered.read_bytes()
        return Job(data / 'artifacts/job', done.status)

    def cancel(self, playbook, begins, **variables):
        """Run a playbook and cancel the job as soon as something begins, as somebody does in AWX.

        `begins` (function of an event of ansible-runner, a dict) says whether it has.
        """
        data = self.data()
        begun = []

        def watch(event):
            begun.extend([event['event']] if begins(event) else [])
            return True

        done = self._in_python(
            data,
            playbook,
            variables,
            event_handler=watch,
            cancel_callback=lambda: bool(begun),
            settings={'pexpect_timeout': 0.02},  # seconds between two questions whether it is canceled; 5 otherwise
        )
        assert begun, 'it never began'
        return Job(data / 'artifacts/job', done.status)

    def stream(self, playbook):
        """Run a playbook in three processes that share nothing but a pipe, as AWX does over its mesh."""
        data = self.data()
        worker, received = data.with_suffix('.worker'), data.with_suffix('.received')
        for folder in (worker, received):
            folder.mkdir()
        script = (
            'set -o pipefail; ansible-runner transmit "$1" --playbook "$2" --ident job |'
            ' ansible-runner worker --private-data-dir "$3" | ansible-runner process "$4" --ident job'
        )
        done = subprocess.run(
            ['bash', '-c', script, 'bash', data, playbook, worker, received],
            env=self.clean,
            check=False,
            capture_output=True,
            text=True,
        )
        assert (received / 'artifacts/job/status').exists(), done.stdout + done.stderr
        return Job(received / 'artifacts/job', (received / 'artifacts/job/status').read_text())
