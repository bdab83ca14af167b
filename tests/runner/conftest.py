# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disposable hosts, and jobs on them."""

import os
import subprocess

import pytest
import servers
from jobs import ROOT, Jobs, clean, galaxy

SCENARIO = 'runner'


@pytest.fixture(scope='module', autouse=True)
def nothing_of_the_checkout():
    """No job finds the checkout's settings in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - clean().keys():
            patch.delenv(name)
        yield


@pytest.fixture(scope='session')
def hosts():
    """Two disposable hosts that are yellow; removed afterwards."""
    up = subprocess.run([ROOT / 'dev/host', 'up', SCENARIO], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stdout + up.stderr
    yield servers.find(SCENARIO)
    subprocess.run([ROOT / 'dev/host', 'down', SCENARIO], check=True, capture_output=True)


@pytest.fixture(scope='session')
def jobs(hosts, tmp_path_factory):
    """Jobs for these hosts, of a project that has the collection from its collections/requirements.yml."""
    folder = tmp_path_factory.mktemp('runner')
    collections = folder / 'requirements_collections'
    # Nothing of the checkout but the connection to its containers: the rest comes out of the tarball.
    environment = {
        'ANSIBLE_COLLECTIONS_PATH': str(collections),
        'ANSIBLE_HOME': str(folder / 'home'),
        'ANSIBLE_CONNECTION_PLUGINS': str(ROOT / 'molecule/shared/connection'),
        'MOLECULE_SCENARIO_NAME': SCENARIO,
    }
    inventory = [ROOT / 'molecule/shared/inventory/hosts.yml', ROOT / f'dev/hosts/{SCENARIO}/inventory.yml']
    jobs = Jobs(folder, [host.host for host in hosts], inventory, environment)
    # What AWX's update of the project installs.
    galaxy('build', ROOT, '--output-path', jobs.project / 'collections')
    galaxy('install', '-r', 'collections/requirements.yml', '-p', collections, cwd=jobs.project)
    return jobs
