# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache on this host says of itself, and what is still pending (private to the collection). Changes nothing."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import (
    ask,
    capacity,
    choose,
    plan,
    reasons,
    tls_files,
)
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Dump
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import (
    interrupted,
    mechanisms,
    reloads,
    renewal,
    selinux,
    site_files,
    unit,
)
from ansible_collections.opmantek.omk.plugins.module_utils._desired import Desired
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


class Seen(t.NamedTuple):
    """What Apache says of itself: the observation `apache` of `_websocket.status`."""

    port: int
    path: str
    #: Whether it runs; None where there is no such unit.
    active: t.Optional[bool] = None
    restart_pending: bool = False
    #: Whether the path is tunnelled to OMK; if not, why: a reason code, a sentence, and the directive that decides.
    effective: bool = False
    reason: t.Optional[str] = None
    detail: t.Optional[str] = None
    file: t.Optional[str] = None
    line: t.Optional[int] = None
    #: Whose the directive is, what it does, the VirtualHost (FILE:LINE), and why the roles can do nothing.
    rule: t.Optional[str] = None
    does: t.Optional[str] = None
    vhost: t.Optional[str] = None
    #: Whether that has the name that the user has given; None when none was.
    is_named: t.Optional[bool] = None
    refused: t.Optional[str] = None
    #: Whether SELinux does not let Apache connect to OMK yet.
    selinux_pending: bool = False
    #: Why it cannot be asked, a sentence.
    problem: t.Optional[str] = None
    missing_modules: t.Tuple[str, ...] = ()
    capacity: t.Optional[t.Dict[str, t.Any]] = None
    #: As far as it matters.
    version: t.Optional[str] = None
    #: What of the desired state this Apache does not do as the user may expect: one sentence each.
    hints: t.Tuple[str, ...] = ()
    #: The certificate that waits for a reload: `file`, `not_after` (UTC) and whether it is `valid` now.
    renewed_certificate: t.Optional[t.Dict[str, t.Any]] = None


class Checked(t.NamedTuple):
    """What is known of Apache after a check."""

    seen: Seen
    #: What the roles would do: one sentence each.
    pending: t.List[str]
    #: What a killed run has left to recover: one sentence each.
    interrupted: t.List[str]
    #: The name and the address of the VirtualHost that a browser reaches, if there is one.
    name: t.Optional[str] = None
    address: t.Optional[str] = None


def check(run: Run, desired: Desired, path: str) -> Checked:
    """Check Apache.

    Args:
        run (callable): how to run a program.
        desired (Desired): what the roles would have Apache do.
        path (str): the path of which Apache is to tell where it goes.

    Raises:
        Problem: systemd does not know the unit that was given.
    """
    left = interrupted.left()
    seen = Seen(desired.port, path)
    modules = desired.modules or ask.NEEDED_MODULES
    try:
        layout = layouts.detect(transaction.exists)
    except Problem as problem:
        return Checked(seen._replace(problem=str(problem)), [str(problem)], left)
    properties = unit.shown(run, desired.service, layout)
    seen = seen._replace(active=_systemd.is_active(properties) if _systemd.exists(properties) else None)
    try:
        dump, lacking = _ask(run, layout, modules, bool(desired.idle_timeout))
    except Problem as problem:
        return Checked(seen._replace(problem=str(problem)), [str(problem)], left)
    seen = seen._replace(
        missing_modules=lacking,
        capacity=capacity.capacity(dump),
        version='.'.join(map(str, dump.version or ())) or None,
    )
    pending, refused, selinux_pending = _pending(
        run, layout, dump, desired, [one for one in modules if one not in dump.modules or one in lacking]
    )
    try:
        chosen = choose.choose(dump, desired.port, desired.name, desired.vhost, desired.backend, transaction.same_file)
    except Problem as problem:
        return Checked(seen._replace(reason='vhost_ambiguous', detail=str(problem)), pending, left)
    chosen = chosen or [one for one in [choose.main_server(dump, desired.port)] if one]
    if not chosen:
        detail = f'No VirtualHost serves port {desired.port}.'
        return Checked(seen._replace(reason='vhost_missing', detail=detail), pending, left)
    standings = [(one, plan.standing(dump, one, desired._replace(paths=(path,)))) for one in chosen]
    # Of several that serve one name, the first that does not do the job is told.
    vhost, standing = next((pair for pair in standings if pair[1].kind != 'tunnelled'), standings[0])
    files = [vhost.file, *layouts.enabling_files(layout, modules)]
    seen = seen._replace(
        effective=standing.kind == 'tunnelled',
        reason=reasons.of_standing(standing.kind, standing.omks),
        detail=standing.detail[0].upper() + standing.detail[1:] + '.',
        file=standing.file,
        line=standing.line,
        rule=standing.name and reasons.rule(standing.name, standing.omks),
        does=standing.does,
        vhost=f'{vhost.file}:{vhost.line}',
        is_named=choose.answers_to(vhost, desired.name) if desired.name else None,
        refused=refused,
        selinux_pending=selinux_pending,
        missing_modules=lacking or _without_tunnel(dump),
        hints=tuple(plan.hints(dump, (vhost.file, vhost.line), desired)),
        restart_pending=reloads.is_pending(properties, files, False, True)
        or mechanisms.start_is_pending(layout, properties),
    )
    if seen.restart_pending:
        pending.append('Reload or restart Apache.')
    try:
        name = desired.name or vhost.name
        renewed = renewal.waiting(
            dump.config, tls_files.Place(vhost.file, vhost.line), properties, desired.port, name, vhost.address
        )
    except Problem as problem:
        return Checked(seen, [*pending, str(problem)], left, vhost.name, vhost.address)
    if renewed:
        seen = seen._replace(renewed_certificate=dict(renewed._asdict()))
        pending.append(f'Reload Apache, which serves an older certificate than {renewed.file} holds.')
    return Checked(seen, pending, left, vhost.name, vhost.address)


def _ask(
    run: Run, layout: layouts.Layout, modules: t.Sequence[str], version_matters: bool
) -> t.Tuple[Dump, t.Tuple[str, ...]]:
    """What Apache says, and the modules without which it says nothing.

    Raises:
        Problem: its configuration is broken for another reason, too.
    """
    announced = mechanisms.announced(layout)
    try:
        return ask.ask(run, layout, transaction.exists, announced, version_matters), ()
    except Problem:
        dump = ask.ask(run, layout, transaction.exists, [*modules, *announced], version_matters)
        loaded = ask.loaded_in_spite_of_errors(run, layout, transaction.exists, modules) | set(announced)
        return dump, tuple(name for name in modules if name not in loaded)


def _without_tunnel(dump: Dump) -> t.Tuple[str, ...]:
    """The module that is missing when none is loaded that can tunnel a websocket."""
    return () if {'proxy_wstunnel', 'proxy_http'} & set(dump.modules) else ('proxy_wstunnel',)


def _pending(
    run: Run, layout: layouts.Layout, dump: Dump, desired: Desired, missing: t.Sequence[str]
) -> t.Tuple[t.List[str], t.Optional[str], bool]:
    """What the roles would change (list of str), why they could not (the same sentence is in the list) or None, and
    whether SELinux is what they would change.
    """
    pending = [f'Enable the Apache modules {", ".join(missing)}.'] if missing else []
    try:
        changes = site_files.wanted(layout, dump, desired._replace(content_path=None)).changes
        pending += [f'Change {change.path}.' for change in changes]
        permission = selinux.wanted(run, 'present')
    except Problem as problem:
        return [*pending, str(problem)], str(problem), False
    if permission:
        pending.append(f'Have SELinux turn {selinux.BOOLEAN} on.')
    return pending, None, bool(permission)
