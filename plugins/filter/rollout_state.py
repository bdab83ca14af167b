# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
name: rollout_state
short_description: Where a rollout in batches stands
version_added: 1.0.0
author:
  - The opmantek.omk developers (@opmantek)
description:
  - Says at the beginning of a batch which one it is, and whether too many hosts of an earlier batch failed for it to
    begin.
  - Unlike the keyword C(max_fail_percentage) it lets every batch come to its end, so that no host is left in the middle
    because of another one, and counts hosts that could not be reached.
positional: _input
options:
  _input:
    description: All hosts in their order (C(ansible_play_hosts_all)).
    type: list
    elements: str
    required: true
  sizes:
    description: The sizes of the batches, as in the keyword C(serial).
    type: raw
    required: true
  alive:
    description: The hosts that did not fail so far (C(ansible_play_hosts)).
    type: list
    elements: str
    required: true
  current:
    description: Hosts of the batch that begins (C(ansible_play_batch)).
    type: list
    elements: str
    required: true
  max_fail_percentage:
    description: How many percent of a batch may fail.
    type: float
    default: 0
  order:
    description: The order of the play, as in the keyword C(order).
    type: str
    choices: [inventory, sorted, reverse_inventory, reverse_sorted]
    default: inventory
"""

EXAMPLES = r"""
- name: Find out where the rollout stands
  ansible.builtin.set_fact:
    rollout: "{{ ansible_play_hosts_all
                 | opmantek.omk.rollout_state([1, '100%'], ansible_play_hosts, ansible_play_batch) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - C(number) of the batch, from 1, or 0 where the variables cannot be used; C(next), which is C(begin) the batch,
      C(end) the rollout because too many hosts failed, or C(fail) because of a variable; and C(message), one sentence
      on why, on all batches before the first, or ''.
  type: dict
"""

from ansible_collections.opmantek.omk.plugins.plugin_utils import _rollout


class FilterModule:
    """The filter."""

    def filters(self):
        """By name."""
        return {'rollout_state': _rollout.decide}
