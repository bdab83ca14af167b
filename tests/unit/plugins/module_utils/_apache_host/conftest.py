# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of Apache on a host share."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import mechanisms, selinux
from ansible_collections.opmantek.omk.plugins.module_utils._files import backups, exclusive
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import Host


@pytest.fixture
def own_places(tmp_path, monkeypatch, record_folders):
    """The places that no layout names, below the test's own folder."""
    monkeypatch.setattr(exclusive, 'PATH', str(tmp_path / 'lock'))
    monkeypatch.setattr(backups, 'FOLDER', str(tmp_path / 'backups'))
    monkeypatch.setattr(selinux, '_FOLDERS', ())
    monkeypatch.setattr(mechanisms, '_RENDERED', str(tmp_path / 'loadmodule.conf'))
    monkeypatch.setattr(mechanisms, '_NOTES', str(tmp_path / 'notes'))


@pytest.fixture(params=['debian', 'redhat', 'suse'])
def host(request, tmp_path, monkeypatch, own_places):
    """A server of each layout."""
    folder = tmp_path / 'host'
    folder.mkdir()
    return Host(folder, request.param, monkeypatch)


@pytest.fixture
def debian(tmp_path, monkeypatch, own_places):
    """A server of Debian's layout."""
    folder = tmp_path / 'host'
    folder.mkdir()
    return Host(folder, 'debian', monkeypatch)
