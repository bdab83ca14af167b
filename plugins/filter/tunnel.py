# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
name: tunnel
short_description: The tunnel that has to answer before browsers are sent there
version_added: 1.0.0
author:
  - The opmantek.omk developers (@opmantek)
description:
  - Makes the option O(opmantek.omk.opcommon_setting#module:tunnel) of what is known about a host.
positional: _input
options:
  _input:
    description: The options of M(opmantek.omk.websocket_info) for the host (C(websocket_check_options)).
    type: dict
    required: true
  found:
    description: What M(opmantek.omk.apache_websocket_proxy) has returned, if it was called.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Send browsers to the tunnel, once it answers
  opmantek.omk.opcommon_setting:
    value: "443"
    tunnel: "{{ websocket_check_options | opmantek.omk.tunnel }}"
"""

RETURN = r"""
_value:
  description: The option. Empty when neither a name nor an address is known.
  type: dict
"""

from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision


def _tunnel(options, found=None):
    return _decision.tunnel(options, (found or {}).get('tunnel'))


class FilterModule:
    """The filter."""

    def filters(self):
        """By name."""
        return {'tunnel': _tunnel}
