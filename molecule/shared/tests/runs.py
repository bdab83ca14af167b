# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the project's playbooks on a scenario's hosts, as its users do, and reads what they leave."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import passwords
from servers import CHECKOUT, Server

Result = TypeVar('Result')
#: Waits on a host for the modules of a run that was killed or canceled: they go on without it, here as with ssh.
SETTLE = """
for try in $(seq 600); do
    pgrep --full '^/usr/bin/python3$|[s]ystemctl |[a]2enmod|[a]pache2ctl' >/dev/null || exit 0
    sleep 0.1
done
exit 1
"""


def environment(scenario: str, report: Path) -> dict[str, str]:
    """The environment of a run whose board goes to the folder `report`."""
    return dict(
        os.environ,
        ANSIBLE_CONFIG=str(CHECKOUT / 'ansible.cfg'),
        MOLECULE_SCENARIO_NAME=scenario,
        OMK_REPORT_DIR=str(report),
        ANSIBLE_FORCE_COLOR='0',
        ANSIBLE_NOCOLOR='1',
        COLUMNS='200',
        ANSIBLE_SHOW_CUSTOM_STATS='true',
    )


def command(scenario: str, name: str, *arguments: str) -> list[str]:
    """The command that runs the playbook `name` on a scenario's hosts."""
    inventories = [CHECKOUT / 'molecule/shared/inventory', CHECKOUT / 'molecule' / scenario / 'inventory.yml']
    return [
        'ansible-playbook',
        *(f'--inventory={path}' for path in inventories),
        *arguments,
        str(CHECKOUT / 'playbooks' / name),
    ]


class Run:
    """A playbook that ran to its end.

    Attributes:
        code: its exit code.
        output: what it printed.
        files: the texts of its board, by name.
        rows: the rows of its board, by host.
    """

    def __init__(self, scenario: str, name: str, *arguments: str, more: Mapping[str, str] = MappingProxyType({})):
        report = CHECKOUT / '.cache/scenarios' / scenario / 'report'
        (report / 'latest').unlink(missing_ok=True)  # else a run without a board would be taken for another's
        done = subprocess.run(
            command(scenario, name, *arguments),
            cwd=CHECKOUT,
            env={**environment(scenario, report), **more},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.code, self.output = done.returncode, done.stdout
        self.files = {path.name: path.read_text() for path in (report / 'latest').iterdir()}
        board = json.loads(self.files['report.json'])
        self.rows = {row['host']: row for row in board['hosts']}

    def recap(self, host: str) -> dict[str, int]:
        """A host's counts (ok, changed, failed and so on) of the recap."""
        [line] = [line for line in self.output.partition('PLAY RECAP')[2].splitlines() if line.startswith(host + ' ')]
        return {name: int(count) for name, count in (word.split('=') for word in line.split() if '=' in word)}


class Secretly:
    """Runs of a scenario whose hosts have a password, as loud as can be, and whether it is in what they leave.

    Hosts that have a password of their own keep it. The login is refused, and nobody asks for one.
    """

    def __init__(self, scenario: str):
        self.scenario, self.told = scenario, {}
        folder = CHECKOUT / '.cache/scenarios' / scenario
        self._log, self._login = folder / 'secretly.log', folder / 'login.yml'
        self._log.unlink(missing_ok=True)
        login = {'websocket_check_username': 'nmis', 'websocket_check_password': 'PASSWORD'}
        self._login.write_text(passwords.as_yaml({'omk': {'vars': login}}, passwords.ODD))

    def run(self, name: str, *arguments: str, **more: str) -> Run:
        """Run a playbook, with more of an environment."""
        loud = ('-vvvv', '--diff', f'--inventory={self._login}', *arguments)
        ran = Run(self.scenario, name, *loud, more={'ANSIBLE_LOG_PATH': str(self._log), **more})
        number = len(self.told)
        self.told[f'{number}. {name}'] = '\n'.join([ran.output, *ran.files.values()])
        return ran

    def traces(self, servers: Collection[Server]) -> list[tuple[str, str]]:
        """Each trace of the password, and where it is: output or board of a run, log, or a host's journal."""
        journals = each(lambda server: server.run('journalctl', '--all', '--output', 'export'), servers)
        told = {**self.told, 'log': self._log.read_text(), **journals}
        assert 'websocket_info' in told['log']
        return [
            (trace, name) for name, text in told.items() for trace in passwords.traces(passwords.ODD) if trace in text
        ]


def each(function: Callable[[Server], Result], servers: Collection[Server]) -> dict[str, Result]:
    """The result of a function for each server, by name, some at a time."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip((server.host for server in servers), pool.map(function, servers)))


def essence(snapshot: dict[str, dict]) -> dict[str, dict]:
    """A snapshot without what no undoing can give back (inode, time), and without the backups."""
    lasting = {'mode', 'owner', 'sha256', 'target', 'links'}
    # How many links a folder has is the file system's affair: overlayfs changes it when something below is written.
    return {
        path: {key: entry[key] for key in lasting & entry.keys() if key != 'links' or 'sha256' in entry}
        for path, entry in snapshot.items()
        if not path.startswith('/var/backups')
    }


def files(server: Server) -> dict[str, dict]:
    """What there is on a host now, as `essence`."""
    return essence(server.snapshot())


def configuration(state: dict[str, dict]) -> dict[str, dict]:
    """What `files` tells without our own records, which tell of the way and not of the end."""
    return {path: entry for path, entry in state.items() if not path.startswith('/var/lib/opmantek.omk')}
