# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Ansible runs the playbooks."""

import os
import sys

import pytest


@pytest.fixture(scope='session')
def ansible_playbook():
    """The command (list of str), of this Python's Ansible or of the one that dev/matrix names."""
    return [os.environ.get('OMK_PYTHON_OF_ANSIBLE', sys.executable), '-m', 'ansible', 'playbook']
