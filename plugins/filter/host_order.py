# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
name: host_order
short_description: The order of a play's hosts as the keyword order takes it
version_added: 1.0.0
author:
  - The opmantek.omk developers (@opmantek)
description:
  - Checks the order. With a canary it is that of the pattern, in which the canary stands first.
positional: _input
options:
  _input:
    description: V(inventory), V(sorted), V(reverse_inventory) or V(reverse_sorted).
    type: str
    required: true
  canary:
    description: A host or group that goes first.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Restart one after the other, by name
  hosts: omk
  order: "{{ 'sorted' | opmantek.omk.host_order }}"
  serial: 1
"""

RETURN = r"""
_value:
  description: The order.
  type: str
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.opmantek.omk.plugins.plugin_utils import _selection


def _order(wanted, canary=''):
    try:
        return _selection.order(wanted, canary)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter."""

    def filters(self):
        """By name."""
        return {'host_order': _order}
