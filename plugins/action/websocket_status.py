# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of websocket_status: what the host says is checked, and becomes a status of that host only."""

from ansible_collections.opmantek.omk.plugins.plugin_utils import _arguments, _trust
from ansible_collections.opmantek.omk.plugins.plugin_utils._action import Action

#: The name of the custom statistic.
STATISTIC = 'omk_websocket'


class ActionModule(Action):
    """See the module."""

    MODULE = 'websocket_status'
    SECRETS = ('password',)

    def run(self, tmp=None, task_vars=None):
        """The module's result (dict), with the fields that others act on checked, and the statistic."""
        arguments = dict(self._task.args)
        statistic = arguments.pop('statistic', None)
        if statistic is not None and not isinstance(statistic, dict):
            return {'failed': True, 'msg': 'The option statistic is not a dictionary; give the fields to add, or none.'}
        wrong = statistic is not None and _arguments.problem_of_words(task_vars, self._templar.template)
        if wrong:
            return {'failed': True, 'msg': wrong}
        said = self._module_result(arguments, task_vars)
        if said.get('failed') or said.get('unreachable'):
            return said
        fields = _trust.status(said)
        if fields is None or (fields['url'] and not _trust.is_about(fields['url'], arguments)):
            return {
                'failed': True,
                'msg': 'The host gave an answer that is not a status; find out what answers there for its Python.',
            }
        said.update(fields)
        for name in ('notes', 'pending', 'interrupted'):
            said[name] = _trust.texts(said.get(name))
        if statistic is not None:
            by_host = {task_vars['inventory_hostname']: {**fields, 'warnings': said['notes'], **statistic}}
            said['ansible_stats'] = {'data': {STATISTIC: by_host}, 'per_host': False, 'aggregate': True}
        return said
