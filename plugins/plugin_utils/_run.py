# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins know of the run that they are part of, and what they tell it (pure; private)."""

import typing as t

from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision

TRUE = frozenset(('true', 'yes', 'on', '1', 'y', 't'))
"""What Ansible takes for true, as text in small letters."""

FALSE = frozenset(('false', 'no', 'off', '0', 'n', 'f'))
"""What it takes for false."""

STATISTIC = 'omk_websocket'
"""The name of the custom statistic: a list, with the status of a host each."""

CHECKS = (
    'websocket_check_result',
    'websocket_check_before',
    'omk_websocket_restarted',
    'websocket_check_again',
    'websocket_check_from_controller',
)
"""The variables in which the roles leave the results of checks. Of two of the same time the later one decides."""


def given(options: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """The options (dict) that are given: a role's variable that is empty is an option left out."""
    # The role has no other way to say that a tunnel is cut when Apache's own time is up.
    left_out = {'idle_timeout': ('', '0')}
    return {
        name: value
        for name, value in options.items()
        if value is not None and (value if isinstance(value, str) else str(value)) not in left_out.get(name, ('',))
    }


def purpose(run: t.Dict[str, t.Any], check_mode: bool) -> str:
    """What a check is made for, as `_decision` has it.

    Args:
        run (dict): the option `run`: `purpose` is show, before or after, `required` whether yellow is a failure.
        check_mode (bool): in which nothing has changed, so that a pane that is yellow after it is no failure.
    """
    wanted = str(run.get('purpose') or 'show')
    if wanted == 'show':
        return 'require' if is_true(run.get('required')) else 'show'
    return 'show' if wanted == 'after' and check_mode else wanted


def options_of(run: t.Dict[str, t.Any], check_mode: bool) -> t.Dict[str, t.Any]:
    """The options (dict) of a check that follow from what it is made for; what is given comes before them.

    After a change Apache has just been asked, and has said where the tunnel is: it is asked again only to explain what
    is not green. In check mode nothing was changed, so all is asked.

    Args:
        run (dict), check_mode (bool): as for `purpose`.
    """
    if run.get('purpose') != 'after' or check_mode:
        return {}
    apache = run.get('apache')
    tunnel = apache.get('tunnel') if isinstance(apache, dict) else None
    found = tunnel if isinstance(tunnel, dict) else {}
    return given({'ask_apache': 'when_yellow', 'server_name': found.get('host'), 'address': found.get('address')})


def is_true(value: t.Any) -> bool:
    """Whether a variable, perhaps as text, means true."""
    return value is True or str(value).strip().lower() in TRUE


def told(
    seen: t.Dict[str, t.Any],
    step: _decision.Step,
    host: str,
    run: t.Dict[str, t.Any],
    check_mode: bool = False,
    **more: t.Any,
) -> t.Dict[str, t.Any]:
    """What a result says besides a status: what comes next, and what reports show.

    Args:
        seen (dict): the status, and what else was found.
        step (Step): what comes next.
        host (str): its name in the inventory.
        run (dict): the option `run`: `purpose`, `batch`, and `apache` and `omk`, what was done on the two sides.
        check_mode (bool): in which a run that would change something says what would become of the host.
        more: further fields of `_decision.pane`.
    """
    sides = _decision.changed(run.get('apache'), run.get('omk'))
    predicts = check_mode and step.is_last and run.get('purpose') in ('before', 'after')
    pane = _decision.pane(
        seen,
        **{
            'changed': sides,
            'batch': str(run.get('batch') or ''),
            'outcome': step.outcome,
            'concluded': step.next == _decision.FAIL and step.is_last,
            'predicted': _decision.predicted(seen, step) if predicts else None,
            **more,
        },
    )
    said = {'next': step.next, 'message': step.message, 'pane': pane}
    if step.is_last:
        said['ansible_stats'] = statistic(host, pane)
    return said


def without_effect(run: t.Dict[str, t.Any], variables: t.Container[str]) -> t.List[str]:
    """A sentence (list of str) on what somebody may count on, but which a run without batches does not heed.

    Args:
        run (dict): the option `run`; of batches, `batch` is the number.
        variables (container of str): the names of the host's.
    """
    if run.get('purpose') != 'before' or run.get('batch') or 'omk_batches' not in variables:
        return []
    return ['omk_batches has no effect here: site.yml works on all hosts at once. For batches run rollout.yml.']


def statistic(host: str, pane: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """The status of a host as a part of the statistic of the run: a list grows in place, a dictionary is copied."""
    fields = {name: value for name, value in pane.items() if name != 'concluded'}
    return {'data': {STATISTIC: [{'host': host, **fields}]}, 'per_host': False, 'aggregate': True}
