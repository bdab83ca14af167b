# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of run_summary: the controller knows what the hosts have said."""

from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision, _run
from ansible_collections.opmantek.omk.plugins.plugin_utils._action import OnController


class ActionModule(OnController):
    """See the module."""

    def _answer(self, options, task_vars):
        alive, everybody = set(task_vars['ansible_play_hosts']), task_vars['ansible_play_hosts_all']
        panes = {host: self._pane(host, task_vars) if host in alive else {'status': 'failed'} for host in everybody}
        statuses = {host: pane.get('status') for host, pane in panes.items()}
        line = _decision.summary(statuses, [pane.get('predicted') for pane in panes.values()])
        return {'changed': False, 'msg': line, '_ansible_verbose_always': True}

    def _pane(self, host, task_vars):
        # Not evaluated: these are results, and an expression in one is a text of the host's.
        known = task_vars['hostvars'].raw_get(host)
        return _decision.last([known.get(name) for name in _run.CHECKS]).get('pane') or {}
