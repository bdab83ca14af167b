# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of the modules share that return a status: it is checked, and says what is next (private)."""

import typing as t

from ansible_collections.opmantek.omk.plugins.plugin_utils import (
    _arguments,
    _decision,
    _names,
    _run,
    _trust,
    _variables,
)
from ansible_collections.opmantek.omk.plugins.plugin_utils._action import Action, is_trusted


class StatusAction(Action):
    """Runs a module that returns a status, or does when it is asked to."""

    SECRETS = ('password',)

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> t.Any:
        """The module's result (dict), and what comes next."""
        arguments = dict(self._task.args)
        named = {name: self._dictionary(arguments.pop(name, None), task_vars) for name in ('run', 'options')}
        wrong = [name for name, value in named.items() if value is not None and not isinstance(value, dict)]
        if wrong:
            text = f'The option {wrong[0]} is neither a dictionary nor the name of a variable that is one; give one.'
            return {'failed': True, 'msg': text}
        follows = _run.options_of(named['run'] or {}, self._task.check_mode)
        arguments = {**follows, **_run.given(arguments), **_run.given(named['options'] or {})}
        if not self._asks(arguments):
            return self._module_result(arguments, task_vars)
        if named['run'] is None:
            return self._status(arguments, task_vars)
        wrong = _arguments.problem_of_words(task_vars, self._templar.template)
        said = {'failed': True, 'msg': wrong} if wrong else self._status(arguments, task_vars)
        if not said.get('failed') and not said.get('unreachable'):
            self._decide(said, named['run'], task_vars)
        warnings = [*_names.misspelt(task_vars), *_run.without_effect(named['run'], task_vars)]
        if warnings:
            said['warnings'] = [*said.get('warnings', []), *warnings]
        return said

    def _asks(self, arguments: t.Any) -> bool:
        """Whether the module is asked for a status."""
        return True

    def _status(self, arguments: t.Any, task_vars: t.Any) -> t.Any:
        """What the host says, with the fields that others act on checked."""
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
        return said

    def _decide(self, said: t.Any, run: t.Any, task_vars: t.Any) -> None:
        """Add to a status what comes next."""
        purpose = _run.purpose(run, self._task.check_mode)
        step = _decision.step(said, purpose, str(run.get('check_from') or 'host'))
        said.update(_run.told(said, step, task_vars['inventory_hostname'], run, self._task.check_mode))
        if run.get('group') and step.next != _decision.NOTHING:
            said.update(self._grouped(str(run['group']), task_vars))

    def _grouped(self, group: str, task_vars: t.Any) -> t.Dict[str, t.Any]:
        """Put the host into a group; what Ansible has to find in the result for it (dict).

        By Ansible's own group_by: the result told of it before ansible-core 2.21, and does nothing since.
        """
        task = self._task.copy()
        task.args = {'key': group}
        result = self._shared_loader_obj.action_loader.get(
            'ansible.builtin.group_by',
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        ).run(task_vars=task_vars)
        return {name: result[name] for name in ('add_group', 'parent_groups') if name in result}

    def _dictionary(self, value: t.Any, variables: t.Any) -> t.Any:
        """An option that is a dictionary, or the name of a variable that is one."""
        if not isinstance(value, str) or not isinstance(variables.get(value), dict):
            return value
        return _variables.evaluated(value, variables, self._templar.template, is_trusted)
