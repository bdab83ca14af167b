# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of this collection share: running their module, secrets encoded (private)."""

import json
import os
import typing as t

import ansible.template
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.opmantek.omk.plugins.module_utils import _secret
from ansible_collections.opmantek.omk.plugins.plugin_utils import _arguments, _become, _trust


def is_trusted(text: str) -> bool:
    """Whether Ansible would evaluate a text that holds an expression."""
    # ansible-core 2.19 trusts what it is told to, its predecessors all but what they are told not to.
    name = 'is_trusted_as_template'
    if hasattr(ansible.template, name):
        return bool(getattr(ansible.template, name)(text))
    return not hasattr(text, '__UNSAFE__')


#: What a shell returns for a program that it cannot start or does not find (POSIX, "Exit Status for Commands").
_NOT_RUN = (126, 127)


class Action(ActionBase):
    """Runs the module of the same name."""

    _supports_check_mode = True
    _supports_diff = True
    #: The module, and those of its options that are secrets.
    MODULE = ''
    SECRETS: tuple = ()

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> t.Any:
        """The module's result (dict)."""
        super().run(tmp, task_vars)
        return self._module_result(dict(self._task.args), task_vars)

    def _module_result(self, arguments: t.Any, task_vars: t.Any) -> t.Any:
        wrong = _arguments.problem(arguments, self.MODULE)
        if wrong:
            return {'failed': True, 'msg': wrong}
        for name in self.SECRETS:
            if isinstance(arguments.get(name), (str, int, float)):
                arguments[name] = _secret.encode(str(arguments[name]), os.urandom(_secret.SALT))
        try:
            result = self._execute_module(
                module_name=f'opmantek.omk.{self.MODULE}', module_args=arguments, task_vars=task_vars
            )
        except AnsibleError as error:
            said = self._not_become(str(error))
            if said is None:
                raise
            return {'unreachable' if isinstance(error, AnsibleConnectionFailure) else 'failed': True, 'msg': said}
        # Only what no module has said: it stands beside these two.
        printed = [str(result[name]) for name in ('module_stderr', 'module_stdout') if result.get(name)]
        said = self._not_become(' '.join(printed)) if printed else None
        if not said and result.get('module_stderr') and result.get('rc') in _NOT_RUN:
            what = _trust.plain(result['module_stderr'])[:300]
            said = f'The Python of the host cannot be run ({what}); correct ansible_python_interpreter.'
        if said:
            return {'failed': True, 'msg': said}
        result.pop('deprecations', None)
        if result.get('failed') and isinstance(result.get('msg'), str):
            result['msg'] = _arguments.in_words_of_roles(result['msg'], self.MODULE)
        return result

    def _not_become(self, text: str) -> t.Optional[str]:
        """Why the run cannot become root, where it wants to; one sentence or None."""
        return _become.problem(text) if self._connection.become else None

    def _parse_returned_data(self, res: t.Any, *more: t.Any, **named: t.Any) -> t.Any:
        """What the host printed, as a result; Ansible itself would act on, and show, whatever stands in it."""
        printed = str(res.get('stdout') or '')
        told = _trust.answer(printed, self.MODULE)
        # What is no answer gets nothing that Ansible could take for one.
        shown = '> ' + _trust.plain(printed) if told is None else json.dumps(told)
        errors = _trust.disarm(str(res.get('stderr') or ''))
        return super()._parse_returned_data(dict(res, stdout=shown, stderr=errors), *more, **named)


class OnController(ActionBase):
    """All of a module that connects to no host."""

    _supports_check_mode = True
    _requires_connection = False
    #: Its options, as an argument spec.
    OPTIONS: t.Dict[str, t.Any] = {}

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> t.Any:
        """What the module returns (dict)."""
        result = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(self.OPTIONS)
        return {**result, **self._answer(options, task_vars)}

    def _answer(self, options: t.Any, task_vars: t.Any) -> t.Dict[str, t.Any]:
        raise NotImplementedError
