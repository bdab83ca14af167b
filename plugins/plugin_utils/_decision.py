# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does next with a host, what has become of it, and the sentences for people (pure; private).

Playbooks obey and the board shows; neither decides anything.
"""

import collections
import typing as t

NOTHING = 'nothing'
CHECK_FROM_CONTROLLER = 'check_from_controller'
TURN_GREEN = 'turn_green'
FAIL = 'fail'

PURPOSES = ('show', 'require', 'before', 'after')
"""What a check is made for: to show a status; to fail where it is yellow; before a change, and after it."""

STOPS = frozenset(
    (
        'opcommon_unreadable',
        'apache_broken_configuration',
        'apache_down',
        'omk_down',
        'omk_refuses_websocket',
        'dns_failed',
    )
)
"""The reasons that no change of ours can help, and with which nothing can be proven afterwards."""

NAMED = 10
"""So many hosts are named in a sentence."""

NOTHING_CHANGED = 'Nothing was changed.'
LEFT = 'It was left as it is, because omk_rollback is false.'
SIDES = {'apache': 'Apache', 'omk': 'OMK'}
_ROLLED_BACK = {'omk': "OMK's setting", 'apache': "Apache's configuration"}


class Step(t.NamedTuple):
    """What comes next for a host.

    Attributes:
        next: `NOTHING`, `CHECK_FROM_CONTROLLER`, `TURN_GREEN` or `FAIL`.
        message: the sentence to fail with, or ''.
        outcome: what a person wants to know beside the advice, a sentence, or ''.
        is_last: whether the status is the run's last word on the host. After a change a failure is not: what was
            changed is rolled back first.
    """

    next: str
    message: str = ''
    outcome: str = ''
    is_last: bool = False


def step(seen: t.Dict[str, t.Any], purpose: str, check_from: str = 'host') -> Step:
    """What comes after a check from the host.

    Args:
        seen (dict): its result: `status`, `reason`, `advice`, `pending` and `interrupted`.
        purpose (str): one of `PURPOSES`.
        check_from (str): `websocket_check_from`: what is green from the host is also tried from elsewhere, or not.
    """
    if seen['status'] == 'green' and not (purpose == 'before' and seen['pending']):
        return Step(CHECK_FROM_CONTROLLER) if check_from == 'controller' else Step(NOTHING, is_last=True)
    if purpose == 'before' and (seen['interrupted'] or seen['reason'] not in STOPS):
        return Step(TURN_GREEN)
    if purpose == 'before':
        return Step(FAIL, f'{seen["advice"]} {NOTHING_CHANGED}', NOTHING_CHANGED, is_last=True)
    return _concluded(seen, purpose)


def predicted(seen: t.Dict[str, t.Any], found: Step) -> t.Optional[str]:
    """What the status would be after the run, told by check mode: green, yellow, or None where only the run can tell.

    Args:
        seen (dict): the result of the check in check mode that is the last word on the host, as for `step`, and its
            own `predicted`: what the roles do not cure, they leave yellow.
        found (Step): what comes after it.
    """
    said = 'yellow' if found.next == FAIL else seen['predicted']
    # What a killed run has left is recovered first, and may be why the rest is wrong.
    return None if said == 'yellow' and seen.get('interrupted') else said


def step_from_controller(seen: t.Dict[str, t.Any], purpose: str) -> Step:
    """What comes after the check from the controller, which decides; the arguments are those of `step`."""
    found = _concluded(seen, purpose)
    if found.next == FAIL and purpose == 'before':
        return Step(FAIL, f'{found.message} {NOTHING_CHANGED}', NOTHING_CHANGED, is_last=True)
    return found


def _concluded(seen: t.Dict[str, t.Any], purpose: str) -> Step:
    if seen['status'] == 'green' or purpose == 'show':
        return Step(NOTHING, is_last=True)
    message = f'The Events pane is yellow ({seen["reason"]}): {seen["advice"]}'
    return Step(FAIL, message, is_last=purpose != 'after')


def changed(apache: t.Any, omk: t.Any) -> t.List[str]:
    """The sides on which a run has changed or restarted something, or would: `Apache`, `OMK`.

    Args:
        apache (dict), omk (dict): what the modules apache_websocket_proxy and opcommon_setting have returned in this
            run; empty, or of a step that was skipped, where they were not called.
    """
    return [SIDES[side] for side, result in (('apache', apache), ('omk', omk)) if _fields(result).get('changed')]


def tunnel(options: t.Dict[str, t.Any], found: t.Any) -> t.Dict[str, t.Any]:
    """How browsers will reach the tunnel, as the option `tunnel` of the module opcommon_setting.

    Args:
        options (dict): of the module websocket_info for this host; an empty one is one that is not given.
        found (dict): the `tunnel` that apache_websocket_proxy has returned; empty where it was not called.

    Returns:
        dict: empty where nobody knows a name or an address.
    """
    found = _fields(found)
    host = options.get('server_name') or options.get('address')
    if not (found.get('host') or host):
        return {}
    written = f'[{host}]' if ':' in str(host) else host
    return {
        'url': found.get('url') or f'wss://{written}:{options["port"]}{options["path"]}',
        'address': options.get('address') or found.get('address') or None,
        'timeout': options['timeout'],
        'validate_certs': options['validate_certs'],
        'ca_path': options.get('ca_path') or None,
        'username': options.get('username') or None,
    }


def to_roll_back(apache: t.Any, omk: t.Any, restart: str = 'graceful') -> t.Dict[str, t.Dict[str, t.Any]]:
    """What a run has changed on a host and has to take back.

    Args:
        apache (dict), omk (dict): as for `changed`; a module that failed has said what it left.
        restart (str): `apache_websocket_restart`, graceful or full.

    Returns:
        dict: `omk`: `needed` (bool), `opcommon_path`, `change` (str) and `restart` (bool). `apache`: `needed`, `files`
        (bool: is there any but modules), `modules` (list of str), `change`, `service` (str) and `state`: reloaded,
        restarted, or '' where it does not run.
    """
    apache, omk = _fields(apache), _fields(omk)
    files = bool(apache.get('files') or _fields(apache.get('selinux')).get('changed'))
    modules = list(apache.get('modules_enabled') or [])
    restarts = restart == 'full' or not apache.get('reload_enough', True)
    return {
        'omk': {
            'needed': 'value' in omk and omk['value'] != omk.get('previous_value'),
            'opcommon_path': omk.get('opcommon_path') or '',
            'change': omk.get('change') or '',
            'restart': bool(omk.get('service_active')),
        },
        'apache': {
            'needed': files or bool(modules),
            'files': files,
            'modules': modules,
            'change': apache.get('change') or '',
            'service': apache.get('service') or '',
            'state': '' if not apache.get('service_active') else 'restarted' if restarts else 'reloaded',
        },
    }


def failed(
    why: t.Any,
    check: t.Any,
    apache: t.Any,
    omk: t.Any,
    rolled_back: t.Optional[t.Dict[str, t.Any]] = None,
    is_left: bool = False,
) -> t.Dict[str, t.Any]:
    """What became of a host that did not turn green.

    Args:
        why (dict): the result that stopped the run (Ansible's `ansible_failed_result`).
        check (dict): the result of the last check; what it had to say may be why.
        apache (dict), omk (dict): as for `changed`.
        rolled_back (dict or None): of each side that had to be rolled back, '' or why it was not (str). None where
            nothing was to be rolled back.
        is_left (bool): whether that is so because somebody wants it so, and not because of check mode.

    Returns:
        dict: `reason` (a code or ''), `advice`, `outcome` (sentences on what was changed), `message` (both, to fail
        with) and `changed` (list of str: the sides that are not as they were).
    """
    said = str(why.get('msg') or 'A step failed.')
    check = _fields(check)
    if check.get('message') and said == check['message']:
        reason, advice = check.get('reason') or '', check.get('advice') or ''
    else:
        # Of a program that failed, what it said itself.
        said = str(why.get('stderr') or '').strip() or said
        reason, advice = why.get('reason') or '', said
    needed = to_roll_back(apache, omk)
    touched = acted = changed(apache, omk)
    sentences = []
    if rolled_back is not None:
        sides = [side for side in ('omk', 'apache') if needed[side]['needed']]
        done = [_ROLLED_BACK[side] for side in sides if not rolled_back.get(side)]
        left = [f'{_ROLLED_BACK[side]} ({rolled_back[side]})' for side in sides if rolled_back.get(side)]
        sentences += [f'What this run had changed was rolled back ({" and ".join(done)}).'] if done else []
        sentences += [f'Not rolled back: {", ".join(left)}.'] if left else []
        touched = [SIDES[side] for side in SIDES if side in sides and rolled_back.get(side)]
    if not (acted or needed['apache']['modules']):
        sentences.append(NOTHING_CHANGED)
    elif is_left:
        sentences.append(LEFT)
    return {
        'reason': reason,
        'advice': advice,
        'outcome': ' '.join(sentences),
        'message': ' '.join([said, *sentences]),
        'changed': touched,
    }


def last(checks: t.Sequence[t.Any]) -> t.Dict[str, t.Any]:
    """The last (dict) of the results of checks; those that were skipped, failed or are empty are none."""
    made = [one for one in map(_fields, checks) if one.get('checked_at')]
    return max(reversed(made), key=lambda one: str(one['checked_at']), default={})


def hosts(count: int) -> str:
    """So many hosts (int), in words."""
    return f'{count} host{"" if count == 1 else "s"}'


def summary(statuses: t.Mapping[str, t.Optional[str]], predictions: t.Iterable[t.Optional[str]] = ()) -> str:
    """How many panes are green, in one line.

    Args:
        statuses (dict): of each host: green, yellow, failed, or None where nothing is known yet.
        predictions (iterable): of check mode, of each host: green, yellow, or None.
    """
    parts = []
    for status, word in (('green', 'green'), ('yellow', 'yellow'), ('failed', 'failed'), (None, 'not checked')):
        found = [host for host, one in statuses.items() if one == status]
        named = found[:NAMED] + ([f'{len(found) - NAMED} more'] if len(found) > NAMED else [])
        if found:
            parts.append(f'{len(found)} {word}' + (f' ({", ".join(named)})' if status in ('yellow', 'failed') else ''))
    counts = collections.Counter(predictions)
    would = ', '.join(f'{counts[status]} {status}' for status in ('green', 'yellow') if counts[status])
    return f'{hosts(len(statuses))}: {", ".join(parts) or "none"}.' + (f' Would be: {would}.' if would else '')


def pane(seen: t.Dict[str, t.Any], **more: t.Any) -> t.Dict[str, t.Any]:
    """What a report shows of a host, and the statistic of the run says (dict).

    Args:
        seen (dict): the result of a check; its fields have been checked.
        more: what the run itself knows: `changed`, `batch`, `predicted`, `outcome`, and `concluded`: whether a failure
            that follows is no news, because all of it has been said. What is empty is left out.
    """
    names = ('status', 'reason', 'advice', 'url', 'certificate_days_left', 'checked_at')
    fields = {name: seen.get(name) for name in names}
    fields.update(warnings=list(seen.get('notes') or []), changed=[], batch='')
    return {**fields, **{name: value for name, value in more.items() if value or name in fields}}


def _fields(value: t.Any) -> t.Dict[str, t.Any]:
    return value if isinstance(value, dict) else {}
