# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of batches (pure; private to the collection).

The same as Ansible's own for the keyword `serial`: a percentage is of all hosts, rounded down but at least one host,
and the last size holds until no host is left.
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision

_SIZE = re.compile(r'\s*([0-9]+)\s*(%?)\s*\Z')


def sizes(wanted: t.Any) -> t.List[t.Union[str, int]]:
    """The sizes of batches as Ansible takes them.

    Args:
        wanted (list, str or int): numbers and percentages; as text they are parted by commas.

    Returns:
        list: int, or str that ends in a percent sign.

    Raises:
        ValueError: one is neither, or zero; the message is one sentence.
    """
    if isinstance(wanted, str):
        wanted = wanted.split(',')
    result = []
    for one in wanted if isinstance(wanted, (list, tuple)) else [wanted]:
        found = _SIZE.match(str(one))
        if not found or isinstance(one, bool) or not int(found.group(1)):
            raise ValueError(
                f'omk_batches holds {str(one)!r}, which is not a batch size; use whole numbers from 1 '
                'and percentages, as in [1, "10%", "100%"].'
            )
        result.append(found.group(1) + '%' if found.group(2) else int(found.group(1)))
    if not result:
        raise ValueError('omk_batches is empty; name at least one size, as in [1, "10%", "100%"].')
    return result


def batches(hosts: t.List[str], wanted: t.List[t.Union[str, int]]) -> t.List[t.List[str]]:
    """The hosts of each batch (list of list of str).

    Args:
        hosts (list of str): all hosts, in order.
        wanted: as for `sizes`.
    """
    waiting, steps = list(hosts), sizes(wanted)
    result: list = []
    while waiting:
        size = steps[min(len(result), len(steps) - 1)]
        # In Ansible's order: 35 % of 180 are 62 to it, because 0.35 is a little less than that.
        count = int(int(size[:-1]) / 100.0 * len(hosts)) or 1 if isinstance(size, str) else size
        result.append(waiting[:count])
        waiting = waiting[count:]
    return result


def state(
    hosts: t.List[str],
    wanted: t.List[t.Union[str, int]],
    alive: t.List[str],
    current: t.List[str],
    limit: float,
    order: str = 'inventory',
) -> t.Dict[str, t.Any]:
    """Where a rollout stands when a batch begins.

    Args:
        hosts (list of str): all hosts, in the order of the inventory: Ansible lists them so whatever the play says.
        wanted: as for `sizes`.
        alive (list of str): the hosts that have not failed in this run, nor been unreachable.
        current (list of str): hosts of the batch that begins.
        limit (float or str): how many percent of a batch may fail before the rollout stops.
        order (str): of the play, as in Ansible's keyword.

    Returns:
        dict: `number` (int, from 1), `plan` (one sentence on all batches) and `stop` (one sentence why no further batch
        may begin, or '').

    Raises:
        ValueError: the limit is no percentage, or the batch is none of these.
    """
    try:
        limit = float(limit)
        if not 0 <= limit <= 100:
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(f'omk_max_fail_percentage is {str(limit)!r}; use a number from 0 to 100.') from None
    parts = batches(_ordered(hosts, order), wanted)
    number = next(place for place, part in enumerate(parts, 1) if set(part) & set(current))
    living, stop = set(alive), ''
    if set(parts[number - 1]) & living != set(current):
        raise ValueError(
            f'omk_batches ({", ".join(map(str, sizes(wanted)))}) is not what Ansible made the batches of, '
            'because it makes them before it reads the inventory; give omk_batches with -e, or in the '
            'survey of a job template. This batch was not begun.'
        )
    for place, part in enumerate(parts[: number - 1], 1):
        failed = [host for host in part if host not in living]
        if len(failed) * 100 > limit * len(part):
            left = sum(map(len, parts[number - 1 :]))
            stop = (
                f'The rollout stops after batch {place} of {len(parts)}: {len(failed)} of its '
                f'{_decision.hosts(len(part))} failed ({_some(failed)}), and omk_max_fail_percentage '
                f'allows {limit:g} %. '
                f'{_decision.hosts(left)} {"was" if left == 1 else "were"} not tried. Fix what failed and run the same '
                'again: hosts that are done by then are passed over.'
            )
            break
    counts = ', '.join(str(len(part)) for part in parts[:12]) + (', …' if len(parts) > 12 else '')
    plan = (
        f'{_decision.hosts(len(hosts))} in {len(parts)} batch{"" if len(parts) == 1 else "es"}: {counts}. '
        f'First {_some(parts[0])}.'
    )
    return {'number': number, 'plan': plan, 'stop': stop}


def decide(
    hosts: t.List[str],
    sizes: t.List[t.Union[str, int]],
    alive: t.List[str],
    current: t.List[str],
    max_fail_percentage: float = 0,
    order: str = 'inventory',
) -> t.Dict[str, t.Any]:
    """What comes next where a batch may begin: `state`, with the arguments by the names of the filter's documentation.

    Returns:
        dict: `number` (int, 0 where the variables cannot be used), `next` (begin, end or fail) and `message` (one
        sentence, or '').
    """
    try:
        found = state(hosts, sizes, alive, current, max_fail_percentage, order)
    except ValueError as error:
        # Not an error of the filter: Ansible would put three of its own sentences before this one.
        return {'number': 0, 'next': 'fail', 'message': str(error)}
    plan = found['plan'] if found['number'] == 1 else ''
    return {
        'number': found['number'],
        'next': 'end' if found['stop'] else 'begin',
        'message': found['stop'] or plan,
    }


def _ordered(hosts: t.List[str], order: str) -> t.List[str]:
    if order in ('sorted', 'reverse_sorted'):
        return sorted(hosts, reverse=order == 'reverse_sorted')
    return hosts[::-1] if order == 'reverse_inventory' else hosts


def _some(names: t.List[str]) -> str:
    return ', '.join(names[:5]) + (f' and {len(names) - 5} more' if len(names) > 5 else '')
