# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Apache runs on this host and accepts its files, for who asks nothing else (private to the collection)."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump as dumps
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._files import raw
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


def shown(run: Run, service: t.Optional[str], layout: layouts.Layout) -> t.Dict[str, str]:
    """What systemd says of Apache's unit.

    Args:
        run (callable): how to run a program.
        service (str or None): its name, where somebody gave one.
        layout (Layout): whose unit it is otherwise.

    Raises:
        Problem: systemd does not know the one that was given; nothing could reload Apache.
    """
    said = _systemd.shown(run, service or layout.service)
    if service and said.get('LoadState') == 'not-found':
        raise Problem(f'systemd knows no unit {service} on this host', cure='correct apache_websocket_service')
    return said


def is_active(run: Run, service: t.Optional[str] = None) -> bool:
    """Whether Apache runs; false, too, where none is installed whose layout is known.

    Args:
        run (callable): how to run a program.
        service (str or None): its unit, where it is not the one of the layout.

    Raises:
        Problem: the unit cannot be asked, or systemd does not know it.
    """
    try:
        layout = layouts.detect(lambda path: raw.look(path, follow=True) is not None)
    except (OSError, Problem):
        return False
    return _systemd.is_active(shown(run, service, layout))


def test(run: Run, command: t.List[str]) -> None:
    """Run Apache's own test once more.

    Args:
        run (callable): how to run a program.
        command (list of str): the test, its program first.

    Raises:
        Problem: Apache refuses its configuration; of its words, none that may be an argument.
    """
    code, _output, errors = run(command)
    if code:
        raise dumps.configuration_problem(errors, command[0])
