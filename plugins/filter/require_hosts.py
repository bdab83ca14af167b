# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
name: require_hosts
short_description: The hosts of a play, or the reason why it has none
version_added: 1.0.0
author:
  - The opmantek.omk developers (@opmantek)
description:
  - To Ansible, a play that matches no host is a success. This filter, in the keyword C(hosts) of a play, ends the run
    instead, with one sentence that says what to correct. The pattern, the group, the limit or the tags may be wrong.
  - It does nothing for C(--syntax-check), C(--list-hosts), C(--list-tasks) and C(--list-tags), and nothing where the
    play is imported under tags that the run leaves out.
positional: _input
options:
  _input:
    description: A group or pattern of hosts, as the keyword C(hosts) takes it.
    type: raw
    required: true
  groups:
    description: The groups of the inventory (C(groups)).
    type: dict
    required: true
  limit:
    description: The limit of the run (C(ansible_limit)), if there is one.
    type: str
  canary:
    description: A host or group among them that goes first.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Verify the Events panes of one data center
  hosts: "{{ site | opmantek.omk.require_hosts(groups, ansible_limit | default(none)) }}"
"""

RETURN = r"""
_value:
  description: The pattern; with a canary, a list that begins with it.
  type: raw
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.opmantek.omk.plugins.plugin_utils import _selection


def _require(wanted, groups, limit=None, canary=''):
    try:
        return _selection.pattern(wanted, groups, limit, canary)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter."""

    def filters(self):
        """By name."""
        return {'require_hosts': _require}
