# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of omk_restart: a status that comes with the restart is treated as that of websocket_info."""

from ansible_collections.opmantek.omk.plugins.plugin_utils import _run
from ansible_collections.opmantek.omk.plugins.plugin_utils._status_action import StatusAction


class ActionModule(StatusAction):
    """See the module."""

    MODULE = 'omk_restart'

    def _asks(self, arguments):
        return _run.is_true(arguments.get('status'))
