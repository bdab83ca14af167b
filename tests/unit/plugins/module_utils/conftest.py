# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the files share."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, transaction


@pytest.fixture
def record_folders(tmp_path, monkeypatch):
    """The folders of the records, below the test's own."""
    monkeypatch.setattr(records, 'FOLDER', str(tmp_path / 'lib'))
    monkeypatch.setattr(transaction, 'RECENT', str(tmp_path / 'run'))
