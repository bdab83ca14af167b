# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of websocket_info: what the host says is checked, and decides what comes next for it."""

from ansible_collections.opmantek.omk.plugins.plugin_utils._status_action import StatusAction


class ActionModule(StatusAction):
    """See the module."""

    MODULE = 'websocket_info'
