# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of Apache on this host, brought into a state (private to the collection)."""

import contextlib
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import enabling, mechanisms, reloads, unit
from ansible_collections.opmantek.omk.plugins.module_utils._files import exclusive, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


class Outcome(t.NamedTuple):
    """What was done, or would be in check mode: the result of the module apache_module."""

    changed: bool
    layout: str
    loaded: t.List[str]
    enabled: t.List[str]
    disabled: t.List[str]
    service: str
    service_active: bool
    reload_enough: bool
    restart_pending: bool


def bring(
    run: Run,
    names: t.Sequence[str],
    state: str,
    service: t.Optional[str],
    check_mode: bool,
    warn: t.Callable[[str], None],
) -> Outcome:
    """Bring modules into a state.

    Args:
        run (callable): how to run a program.
        names (list of str): the modules.
        state (str): present, or original (as they were before this collection enabled them).
        service (str or None): Apache's unit, where it is not the one of the layout.
        check_mode (bool): whether nothing may be changed.
        warn (callable): takes a sentence that the user should read.

    Raises:
        Problem: it cannot be done.
    """
    layout = layouts.detect(transaction.exists)
    properties = unit.shown(run, service, layout)
    apache = enabling.Enabling(run, layout, check_mode, warn)
    done = enabling.Loaded([], [])
    disabled: t.List[str] = []
    with contextlib.ExitStack() as stack:
        if not check_mode:
            stack.enter_context(exclusive.alone())
        apache.settle()
        if state == 'present':
            done = apache.present(names, require_valid=False)
        else:
            disabled = apache.original(names)
    changed = bool(done.enabled or disabled)
    files = layouts.enabling_files(layout, names) if state == 'present' else []
    return Outcome(
        changed=changed,
        layout=layout.name,
        loaded=done.loaded,
        enabled=done.enabled,
        disabled=disabled,
        service=service or layout.service,
        service_active=_systemd.is_active(properties),
        reload_enough=mechanisms.reload_is_enough(layout),
        restart_pending=reloads.is_pending(properties, files, changed, check_mode)
        or mechanisms.start_is_pending(layout, properties),
    )
