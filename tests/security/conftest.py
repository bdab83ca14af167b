# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disposable hosts, and the playbooks on them as a user runs them."""

import fcntl
import json
import os
import pathlib
import subprocess
import tempfile

import pytest
import servers

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SCENARIO = 'security'
LONGEST = 900  # seconds that one playbook may take on a busy machine

RESET = """
systemctl stop omkd apache2
rm -rf /etc/apache2 /usr/local/omk/conf /var/lib/apache2/module /var/lib/opmantek.omk /run/opmantek.omk
rm -rf /etc/systemd/system/omkd.service.d
[ -e /root/before.tar ] || exit 1
tar --extract --file /root/before.tar --directory /
systemctl daemon-reload
systemctl reset-failed
systemctl start omkd apache2
for try in $(seq 600); do
    [ -z "$(ss --no-header --listening --tcp --numeric 'sport = :8042')" ] || exit 0
    sleep 0.1
done
exit 1
"""
KEEP = 'tar --create --file /root/before.tar /etc/apache2 /usr/local/omk/conf /var/lib/apache2/module'


class Playbook:
    """A playbook that is running, or has run.

    Args:
        folder: where its report, its log and its facts go.
        name: of the playbook, or the path of another one.
        host: of the inventory.
        variables: extra ones.
        arguments: of ansible-playbook.
        turns: whether it waits for `step` before each task that touches the host.
        environment: more of it.
    """

    def __init__(self, folder, name, host, variables=(), arguments=(), turns=False, environment=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.turns, self.asked = turns, []
        pipes = {}
        if turns:
            for name_of_pipe in ('ask', 'go'):
                pipes[f'OMK_TURNS_{name_of_pipe.upper()}'] = str(self.folder / name_of_pipe)
                os.mkfifo(self.folder / name_of_pipe)
        inventories = [CHECKOUT / 'molecule/shared/inventory', CHECKOUT / f'dev/hosts/{SCENARIO}/inventory.yml']
        with (self.folder / 'output').open('w') as output:
            self.process = subprocess.Popen(
                [
                    'ansible-playbook',
                    *(f'--inventory={path}' for path in inventories),
                    '--limit',
                    host,
                    '--extra-vars',
                    json.dumps(dict(variables)),
                    *arguments,
                    CHECKOUT / 'playbooks' / name,
                ],
                cwd=CHECKOUT,
                env=dict(
                    os.environ,
                    MOLECULE_SCENARIO_NAME=SCENARIO,
                    OMK_REPORT_DIR=str(self.folder / 'report'),
                    ANSIBLE_NOCOLOR='1',
                    COLUMNS='200',
                    ANSIBLE_CALLBACK_PLUGINS=str(CHECKOUT / 'tests/security/callback'),
                    ANSIBLE_CALLBACKS_ENABLED='opmantek.omk.fleet_report,turns',
                    **pipes,
                    **dict(environment),
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if turns:
            self._asks = os.open(self.folder / 'ask', os.O_RDONLY)
            self._goes = os.open(self.folder / 'go', os.O_WRONLY)
            self._wait_for_ask()

    def _wait_for_ask(self):
        line = os.read(self._asks, 4096).decode()
        if line:
            self.asked.append(line.strip())
        else:
            self.turns = False
            os.close(self._asks)
            os.close(self._goes)

    def step(self):
        """Let it do one step; whether it did, and now waits before the next one or has come to its end."""
        if not self.turns:
            return False
        os.write(self._goes, b'\n')
        self._wait_for_ask()
        return True

    def end(self):
        """Let it go on to its end; returns itself."""
        while self.step():
            pass
        self.process.wait(LONGEST)
        self.code, self.output = self.process.returncode, (self.folder / 'output').read_text()
        report = self.folder / 'report/latest/report.json'
        self.rows = {row['host']: row for row in json.loads(report.read_text())['hosts']} if report.exists() else {}
        return self


@pytest.fixture(scope='session')
def hosts():
    """The disposable hosts, by name; removed afterwards. One process of pytest has them, because it breaks them."""
    lock = CHECKOUT / '.cache/security-hosts.lock'
    lock.parent.mkdir(exist_ok=True)
    with lock.open('w') as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.fail('another pytest has these hosts; in dev/test, name the file among those that are run on_hosts')
        yield from _hosts()


def _hosts():
    up = subprocess.run([CHECKOUT / 'dev/host', 'up', SCENARIO], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stdout + up.stderr
    found = {server.host: server for server in servers.find(SCENARIO)}
    for server in found.values():
        server.run('sh', '-c', KEEP)
    yield found
    subprocess.run([CHECKOUT / 'dev/host', 'down', SCENARIO], check=True, capture_output=True)


@pytest.fixture
def server(hosts, request):
    """One of them (`omk-security`, or the parameter), as it was before anything was changed."""
    found = hosts[getattr(request, 'param', 'omk-security')]
    found.run('sh', '-c', RESET)
    return found


@pytest.fixture
def playbook(server, tmp_path):
    """A function that starts a playbook on that host, see `Playbook`."""
    started = []

    def start(name, *variables, **more):
        started.append(Playbook(tmp_path, name, server.host, *variables, **more))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
