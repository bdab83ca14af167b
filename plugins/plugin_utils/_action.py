# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of this collection share: running their module, secrets encoded (private)."""

import os
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.opmantek.omk.plugins.module_utils import _secret
from ansible_collections.opmantek.omk.plugins.plugin_utils import _arguments, _trust

#: What Ansible shows of a result as it is.
SHOWN = ('msg', 'reason', 'exception', 'stdout', 'stderr', 'module_stdout', 'module_stderr')


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
        wrong = _arguments.problem(arguments)
        if wrong:
            return {'failed': True, 'msg': wrong}
        for name in self.SECRETS:
            if isinstance(arguments.get(name), (str, int, float)):
                arguments[name] = _secret.encode(str(arguments[name]), os.urandom(_secret.SALT))
        result = self._execute_module(
            module_name=f'opmantek.omk.{self.MODULE}', module_args=arguments, task_vars=task_vars
        )
        # Only the controller makes statistics: a host could name another one in them.
        result.pop('ansible_stats', None)
        for name in SHOWN:
            if isinstance(result.get(name), str):
                result[name] = _trust.disarm(result[name])
        # Since ansible-core 2.19 an object that holds the same message once more, as the host has sent it.
        if not isinstance(result.get('exception'), str):
            result.pop('exception', None)
        result.pop('deprecations', None)
        if 'warnings' in result:
            result['warnings'] = _trust.warnings(result['warnings'])
        return result
