# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disposable hosts of one scenario, as the tests see them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
#: What runs a command on a host, as `podman exec --interactive` does.
ENTER = CHECKOUT / 'molecule/shared/enter'
LABEL = 'org.opmantek.omk'
EVENTS = '/en/omk/opCharts/events/log'
NODE_PAGE = '/en/omk/opCharts/nodes/core-router1'


@dataclass(frozen=True)
class Apache:
    """How a host's image lays out Apache.

    Attributes:
        control: the program that hands its arguments to httpd.
        folder: where its configuration lies.
        unit: its systemd unit.
    """

    control: str
    folder: str
    unit: str


DEBIAN = Apache('/usr/sbin/apache2ctl', '/etc/apache2', 'apache2')
LAYOUTS = {
    'redhat': Apache('/usr/sbin/httpd', '/etc/httpd', 'httpd'),
    'suse': Apache('/usr/sbin/start_apache2', '/etc/apache2', 'apache2'),
}


@dataclass(frozen=True)
class Server:
    """One disposable host.

    Attributes:
        host: its name in the inventory.
        container: the name of its container.
        name: the name in its certificate, which its clients use.
        address: where it is reached from the controller.
        opcommon: the path of its main configuration file.
        image: what it is (`stand_in_image`).
        site: which Apache it had at the start (`stand_in_site`).
        scenario: the scenario it belongs to.
    """

    host: str
    container: str
    name: str
    address: str
    opcommon: str
    image: str
    site: str
    scenario: str

    @property
    def apache(self) -> Apache:
        """Where things are in its Apache."""
        return LAYOUTS.get(self.image, DEBIAN)

    @property
    def ca(self) -> Path:
        """The certificate of the CA that issued the host's certificate."""
        return self.artifacts / 'ca.crt'

    @property
    def artifacts(self) -> Path:
        """The folder that keeps what a run leaves."""
        return Path(os.environ.get('OMK_ARTIFACTS', CHECKOUT / 'artifacts')) / self.scenario

    @property
    def state(self) -> Path:
        """The folder of what the scenario's steps hand to each other."""
        return CHECKOUT / '.cache/scenarios' / self.scenario

    @cached_property
    def before(self) -> dict[str, dict]:
        """The snapshot that prepare.yml took."""
        return json.loads((self.state / f'{self.host}.before.json').read_text())

    def run(self, *command: str, stdin: str | None = None) -> str:
        """Run a command on the host; its output, which need not be text. Raises CalledProcessError when it fails."""
        return subprocess.run(
            [ENTER, self.container, *command],
            input=stdin,
            text=True,
            errors='replace',
            capture_output=True,
            check=True,
        ).stdout

    def snapshot(self) -> dict[str, dict]:
        """What there is now below the folders that the main job may touch."""
        return json.loads(self.run('python3', '-', stdin=(CHECKOUT / 'molecule/shared/snapshot.py').read_text()))

    def setting(self, name: str) -> str | None:
        """A setting as the vendor's reader sees it, conf.d included."""
        program = "my ($settings) = load_config('/usr/local/omk'); print encode_json([$settings->{$ARGV[0]}])"
        include = '-I/usr/local/omk/lib'
        return json.loads(self.run('perl', include, '-MJSON::XS', '-MOMK::Config=load_config', '-e', program, name))[0]


def find(scenario: str) -> list[Server]:
    """The running hosts of a scenario of this checkout, by name."""
    wanted = {'checkout': str(CHECKOUT), 'scenario': scenario}
    filters = [f'--filter=label={LABEL}.{key}={value}' for key, value in wanted.items()]
    ids = subprocess.run(['podman', 'ps', '--quiet', *filters], text=True, capture_output=True, check=True).stdout
    if not ids.split():
        return []
    inspected = subprocess.run(['podman', 'inspect', *ids.split()], text=True, capture_output=True, check=True).stdout
    servers = []
    for container in json.loads(inspected):
        networks = container['NetworkSettings']['Networks'].values()
        address = next(network['IPAddress'] for network in networks)
        facts = json.loads(container['Config']['Labels'][f'{LABEL}.host'])
        servers.append(Server(container=container['Name'], address=address, scenario=scenario, **facts))
    return sorted(servers, key=lambda server: server.host)
