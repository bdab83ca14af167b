# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test that asks for `server` (or `host`, testinfra's view of it) runs once for each host of the scenario."""

from __future__ import annotations

import os

import pytest
import servers
import testinfra


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if 'server' in metafunc.fixturenames:
        scenario = os.environ.get('MOLECULE_SCENARIO_NAME', 'default')
        found = servers.find(scenario)
        if not found:
            raise pytest.UsageError(f'the scenario {scenario} has no running host')
        metafunc.parametrize('server', found, ids=[server.host for server in found], scope='session')


@pytest.fixture(scope='session')
def host(server: servers.Server) -> testinfra.host.Host:
    """testinfra's view of the host; over podman because that is ten times as fast as over Ansible."""
    return testinfra.get_host(f'podman://{server.container}')
