# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
name: batch_sizes
short_description: Sizes of batches as the keyword serial takes them
version_added: 1.0.0
author:
  - The opmantek.omk developers (@opmantek)
description:
  - Checks the sizes of a rollout's batches, and takes them also as one text, which is what a survey gives.
positional: _input
options:
  _input:
    description: Whole numbers and percentages, in a list or parted by commas.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Restart in batches that a survey asked for
  hosts: omk
  serial: "{{ '1, 10%, 100%' | opmantek.omk.batch_sizes }}"
"""

RETURN = r"""
_value:
  description: The sizes.
  type: list
  elements: raw
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.opmantek.omk.plugins.plugin_utils import _rollout


def _sizes(wanted):
    try:
        return _rollout.sizes(wanted)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter."""

    def filters(self):
        """By name."""
        return {'batch_sizes': _sizes}
