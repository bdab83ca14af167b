# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights are asked for before anything else, and a disk that does not answer is a sentence."""

import errno
import os

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import raw, records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def test_a_disk_that_does_not_answer_is_told(monkeypatch, tmp_path):
    def refused(path, follow=False):
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    monkeypatch.setattr(records, 'FOLDER', str(tmp_path / 'records'))
    monkeypatch.setattr(raw, 'look', refused)
    with pytest.raises(Problem, match='the folder of the records cannot be looked at .Input/output error.'):
        records.require_rights()


def test_a_folder_that_is_still_to_be_made_is_no_obstacle(monkeypatch, tmp_path):
    monkeypatch.setattr(records, 'FOLDER', str(tmp_path / 'not' / 'there' / 'yet'))
    records.require_rights()
