# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of daemon: what the host says is not believed about others."""

from ansible_collections.opmantek.omk.plugins.plugin_utils._action import Action


class ActionModule(Action):
    """See the module."""

    MODULE = 'daemon'
