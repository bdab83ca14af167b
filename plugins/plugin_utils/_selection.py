# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a run have a host to work on, and which goes first? (private to the collection)

To Ansible a play that matches no host is a success. To somebody who relies on a daily check it is not: so the pattern
of a play is tried before the play begins, with Ansible's own matching, on the names alone.
"""

import inspect
import typing as t

from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision

DEFAULT = 'omk'
"""The group that is meant where nothing else is said."""

ORDERS = ('inventory', 'sorted', 'reverse_inventory', 'reverse_sorted')
"""What `omk_order` may be. Not `shuffle`: a later batch has to know who was in an earlier one."""

_ONLY_LISTS = ('syntax', 'listhosts', 'listtasks', 'listtags')
_NOTHING = 'Nothing was run.'


def pattern(
    wanted: t.Any, groups: t.Dict[str, t.List[str]], limit: t.Optional[str] = None, canary: t.Any = ''
) -> t.Any:
    """What the keyword `hosts` is to be.

    Args:
        wanted (str or list): `omk_hosts`, a pattern of Ansible.
        groups (dict of list of str): the hosts of every group, children included (Ansible's own variable).
        limit (str or None): the run's limit.
        canary (str): `omk_canary`, the host or group that goes first, or ''.

    Returns:
        str or list: the pattern; with a canary, that first.

    Raises:
        ValueError: the run would do nothing; the message is one sentence that says what to correct.
    """
    if any(context.CLIARGS.get(name) for name in _ONLY_LISTS):
        return wanted
    play = _play()
    if play is not None and not any(task.evaluate_tags(play.only_tags, play.skip_tags, {}) for task in _tasks(play)):
        if play.tags:
            return wanted  # a playbook that imports ours under tags leaves it out by them
        raise ValueError(
            f'No step of this job is left under {_tags(play)}, because its steps have no tags; run it without. '
            f'{_NOTHING}'
        )
    if not isinstance(wanted, (str, list)) or not ''.join(map(str, wanted)).strip():
        raise ValueError(
            f'omk_hosts is {_shown(wanted)}; give a group or a pattern of hosts, or leave it out, which means the '
            f'group {DEFAULT}. {_NOTHING}'
        )
    known = _Names(groups)
    found = known.matching(wanted, 'omk_hosts')
    if not found:
        raise ValueError(_nobody(wanted, groups))
    chosen = known.matching(wanted, 'omk_hosts', limit)
    if not chosen:
        raise ValueError(
            f'The limit {limit} leaves none of the {_decision.hosts(len(found))} of {_shown(wanted)}; '
            f'correct the limit, or omk_hosts. {_NOTHING}'
        )
    if not canary:
        return wanted
    first = set(known.matching(canary, 'omk_canary'))
    if not first or first - set(found):
        raise ValueError(
            f'omk_canary is {_shown(canary)}, which is no host or group among the '
            f'{_decision.hosts(len(found))} of {_shown(wanted)}; correct it, or leave it out. {_NOTHING}'
        )
    return [canary, *([wanted] if isinstance(wanted, str) else wanted)]


def order(wanted: t.Any, canary: t.Any = '') -> str:
    """What the keyword `order` is to be (str).

    Args:
        wanted (str): `omk_order`.
        canary (str): `omk_canary`: it goes first because its pattern does, which holds in no other order.

    Raises:
        ValueError: it is none of `ORDERS`.
    """
    if wanted not in ORDERS:
        raise ValueError(f'omk_order is {_shown(wanted)}; use one of {", ".join(ORDERS)}. {_NOTHING}')
    return 'inventory' if canary else wanted


class _Names:
    """Ansible's inventory with nothing but the names in it."""

    def __init__(self, groups: t.Dict[str, t.List[str]]) -> None:
        self._groups = groups

    def matching(self, wanted: t.Any, variable: str, limit: t.Optional[str] = None) -> t.List[str]:
        """Names (list of str) of the hosts that a pattern means, within a limit."""
        inventory = InventoryManager(DataLoader(), parse=False)
        for group, hosts in self._groups.items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group)
        try:
            inventory.subset(limit)
            return [host.get_name() for host in inventory.get_hosts(wanted)]
        except AnsibleError as error:
            raise ValueError(
                f'{variable} is {_shown(wanted)}, which is no pattern of hosts to Ansible ({error}); correct it. '
                f'{_NOTHING}'
            ) from None


def _nobody(wanted: t.Any, groups: t.Dict[str, t.List[str]]) -> str:
    if not any(groups.values()):
        return f'The inventory holds no host, or none was read; give one with -i. {_NOTHING}'
    there = sorted(name for name, hosts in groups.items() if hosts and name not in ('all', 'ungrouped'))
    listed = ', '.join(there[:8]) + (f' and {len(there) - 8} more' if len(there) > 8 else '')
    known = f'its groups with hosts are {listed}' if there else 'it has no group with hosts'
    if wanted == DEFAULT:
        what = 'has no group omk' if DEFAULT not in groups else 'has no host in the group omk'
        cure = f'put the OMK servers into it, or name another with -e omk_hosts=GROUP ({known})'
        return f'The inventory {what}; {cure}. {_NOTHING}'
    return f'omk_hosts is {_shown(wanted)}, which matches no host of the inventory ({known}); correct it. {_NOTHING}'


def _play() -> t.Optional[Play]:
    """The play whose keyword is being read. Ansible gives a filter no play: it stands among the callers."""
    frame = inspect.currentframe()
    while frame is not None:
        found = frame.f_locals.get('self')
        if isinstance(found, Play):
            return found
        frame = frame.f_back
    return None


def _tasks(play: Play) -> t.Iterator[t.Any]:
    """The tasks of a play, as far as they are known before it begins, without Ansible's own.

    The checks of arguments and the ends of roles run whatever the tags are, and look at no host.
    """
    waiting = list(play.tasks)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Block):
            waiting += one.block
        elif not (one.implicit or one.action.endswith('validate_argument_spec')):
            yield one


def _tags(play: Play) -> str:
    only = [str(tag) for tag in play.only_tags if tag != 'all']
    skipped = [str(tag) for tag in play.skip_tags]
    parts = [f'--tags {",".join(sorted(only))}'] if only else []
    return ' '.join(parts + ([f'--skip-tags {",".join(sorted(skipped))}'] if skipped else []))


def _shown(value: t.Any) -> str:
    if isinstance(value, str):
        return value if value.strip() else 'empty'
    return ', '.join(map(str, value)) if isinstance(value, list) and value else 'empty' if not value else str(value)
