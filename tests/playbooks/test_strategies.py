# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategies that are not Ansible's own call the methods of our action plugins in their own way."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# In a process of its own: whatever has loaded Ansible's controller is no managed host any more.
BOUND = """
import inspect
from ansible.plugins.action import ActionBase
from ansible_collections.opmantek.omk.plugins.plugin_utils._action import Action

given = list(inspect.signature(ActionBase._parse_returned_data).parameters)[1:]
inspect.signature(Action._parse_returned_data).bind(None, *given[:PLACES], **dict.fromkeys(given[PLACES:]))
"""


@pytest.mark.parametrize('places', [1, 9])
def test_an_answer_is_taken_by_place_and_by_name(ansible_playbook, places):
    """Ansible gives what its own method takes by place, mitogen's strategy by name."""
    done = subprocess.run(
        [ansible_playbook[0], '-c', BOUND.replace('PLACES', str(places))],
        env={'PYTHONPATH': str(ROOT / '.collections')},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
