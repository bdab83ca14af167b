# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test that asks for `server` (or `host`, testinfra's view of it) runs once for each host of the scenario."""

from __future__ import annotations

import os

import pytest
import servers
import testinfra
from testinfra.backend.base import BaseBackend, CommandResult


class Entered(BaseBackend):
    """testinfra's way to a disposable host; ten times as fast as its own over podman."""

    NAME = 'enter'

    def run(self, command: str, *arguments: str, **_options: object) -> CommandResult:
        """Run a shell command on the host."""
        command = self.get_command(command, *arguments)
        return self.run_local('%s %s /bin/sh -c %s', str(servers.ENTER), self.hostname, command)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if 'server' in metafunc.fixturenames:
        scenario = os.environ.get('MOLECULE_SCENARIO_NAME', 'default')
        found = servers.find(scenario)
        if not found:
            raise pytest.UsageError(f'the scenario {scenario} has no running host')
        metafunc.parametrize('server', found, ids=[server.host for server in found], scope='session')


@pytest.fixture(scope='session')
def host(server: servers.Server) -> testinfra.host.Host:
    """testinfra's view of the host."""
    return testinfra.host.Host(Entered(server.container))
