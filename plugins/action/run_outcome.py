# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of run_outcome: the controller's own account of what became of a host."""

import typing

from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision, _run, _trust
from ansible_collections.opmantek.omk.plugins.plugin_utils._action import OnController

DICTIONARIES = ('check', 'probe', 'failure', 'apache', 'omk', 'rolled_back')
#: What the check from the controller leaves as the one from the host has found it.
KEPT = ('url', 'certificate_days_left', 'checked_at', 'pending', 'interrupted')


class ActionModule(OnController):
    """See the module."""

    OPTIONS: typing.ClassVar = {
        'after': {'type': 'str', 'choices': ['probe', 'failure', 'revert'], 'required': True},
        **{name: {'type': 'dict'} for name in DICTIONARIES},
        'checks': {'type': 'list', 'elements': 'dict', 'default': []},
        'purpose': {'type': 'str', 'choices': ['show', 'before', 'after'], 'default': 'show'},
        'required': {'type': 'bool', 'default': False},
        'rollback': {'type': 'bool', 'default': True},
        'restart': {'type': 'str', 'choices': ['graceful', 'full'], 'default': 'graceful'},
        'batch': {'type': 'str', 'default': ''},
    }

    def _answer(self, options, task_vars):
        options.update({name: options[name] or {} for name in DICTIONARIES if name != 'rolled_back'})
        tell = {'probe': self._after_probe, 'failure': self._after_failure, 'revert': self._after_revert}
        return {'changed': False, **tell[options['after']](options, task_vars['inventory_hostname'])}

    def _after_probe(self, options, host):
        probe, check = options['probe'], options['check']
        kept = {name: check.get(name) for name in KEPT}
        seen = {
            **kept,
            **_trust.status({**kept, **{name: probe.get(name) for name in ('status', 'reason', 'advice')}}),
            # What the host does not see, no change there cures.
            'predicted': probe.get('status'),
            'notes': _trust.texts(probe.get('notes')),
        }
        step = _decision.step_from_controller(seen, _run.purpose(options, self._task.check_mode))
        more = {name: (check.get('pane') or {}).get(name) for name in ('changed', 'batch')}
        run = {'purpose': options['purpose']}
        return {**seen, **_run.told(seen, step, host, run, self._task.check_mode, **more)}

    def _after_failure(self, options, host):
        rolls_back = options['rollback'] and not self._task.check_mode
        needed = _decision.to_roll_back(options['apache'], options['omk'], options['restart'])
        if options['rolled_back'] is None:
            return {side: {**one, 'needed': one['needed'] and rolls_back} for side, one in needed.items()}
        check = _decision.last(options['checks'])
        outcome = _decision.failed(
            options['failure'],
            check,
            options['apache'],
            options['omk'],
            options['rolled_back'] if rolls_back else None,
            not options['rollback'] and not self._task.check_mode,
        )
        seen = {**check, 'status': 'yellow', 'reason': outcome['reason'], 'advice': outcome['advice']}
        pane = _decision.pane(
            {**seen, **_trust.status(seen)},
            changed=outcome['changed'],
            batch=options['batch'],
            outcome=outcome['outcome'],
            predicted=_decision.predicted(seen, _decision.Step(_decision.FAIL)) if self._task.check_mode else None,
            concluded=True,
        )
        return {'message': outcome['message'], 'pane': pane, 'ansible_stats': _run.statistic(host, pane)}

    def _after_revert(self, options, host):
        name = 'predicted' if self._task.check_mode else 'status'
        sides = _decision.changed(options['apache'], options['omk'])
        pane = {'status': '', name: 'reverted', 'changed': sides, 'batch': options['batch']}
        return {'pane': pane, 'ansible_stats': _run.statistic(host, pane)}
