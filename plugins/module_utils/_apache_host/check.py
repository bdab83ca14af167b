# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache on this host says of itself, and what is still pending (private to the collection). Changes nothing."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, capacity, choose, plan, reasons
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import mechanisms, reloads, selinux, site_files
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def check(
    run: t.Callable[[t.List[str]], t.Tuple[int, str, str]], params: t.Any, desired: t.Any, pending: t.Any
) -> t.Any:
    """What Apache says of itself, and what the roles would change.

    Args:
        run (callable): how to run a program.
        params (dict): the options of the module websocket_status.
        desired (Desired)
        pending (list of str): gets a sentence for each thing that the roles would do.

    Returns:
        tuple: what the status is decided from (dict), and the VirtualHost that a browser reaches (VirtualHost or None).
    """
    seen = {
        'active': None,
        'restart_pending': False,
        'effective': False,
        'reason': None,
        'detail': None,
        'file': None,
        'line': None,
        'problem': None,
        'missing_modules': [],
        'capacity': None,
        'version': None,
        'hints': [],
        'port': desired.port,
        'path': params['path'],
    }
    wanted_modules = params['modules'] or ask.NEEDED_MODULES
    try:
        layout = layouts.detect(transaction.exists)
        unit = _systemd.shown(run, params['apache_service'] or layout.service)
        seen['active'] = _systemd.is_active(unit) if _systemd.exists(unit) else None
        announced = mechanisms.announced(layout)
        try:
            dump = ask.ask(run, layout, transaction.exists, announced, bool(desired.idle_timeout))
        except Problem:
            # Broken for want of a module only?
            assumed = [*wanted_modules, *announced]
            dump = ask.ask(run, layout, transaction.exists, assumed, bool(desired.idle_timeout))
            loaded = ask.loaded_in_spite_of_errors(run, layout, transaction.exists, wanted_modules) | set(announced)
            seen['missing_modules'] = [name for name in wanted_modules if name not in loaded]
        seen['capacity'] = capacity.capacity(dump)
        seen['version'] = '.'.join(map(str, dump.version or ())) or None
    except Problem as problem:
        seen['problem'] = str(problem)
        pending.append(str(problem))
        return seen, None
    missing = [name for name in wanted_modules if name not in dump.modules or name in seen['missing_modules']]
    if missing:
        pending.append(f'Enable the Apache modules {", ".join(missing)}.')
    try:
        changes = site_files.wanted(layout, dump, desired, dict(params, content_path=None))[0]
        pending.extend(f'Change {change.path}.' for change in changes)
        if selinux.wanted(run, 'present'):
            pending.append(f'Have SELinux turn {selinux.BOOLEAN} on.')
    except Problem as problem:
        pending.append(str(problem))
    try:
        vhost = choose.choose(
            dump, desired.port, params['server_name'], params['vhost'], desired.backend, transaction.same_file
        )
    except Problem as problem:
        return dict(seen, reason='vhost_ambiguous', detail=str(problem)), None
    if vhost is None:
        return dict(seen, reason='vhost_missing', detail=f'No VirtualHost serves port {desired.port}.'), None
    standing = plan.standing(dump, vhost, desired._replace(paths=(params['path'],)))
    files = [vhost.file] + layouts.enabling_files(layout, wanted_modules)
    if not seen['missing_modules'] and not {'proxy_wstunnel', 'proxy_http'} & set(dump.modules):
        seen['missing_modules'] = ['proxy_wstunnel']
    seen.update(
        effective=standing.kind == 'tunnelled',
        reason=reasons.of_standing(standing.kind),
        detail=standing.detail[0].upper() + standing.detail[1:] + '.',
        file=standing.file,
        line=standing.line,
        hints=plan.hints(dump, (vhost.file, vhost.line), desired),
        restart_pending=reloads.is_pending(unit, files, False, True) or mechanisms.start_is_pending(layout, unit),
    )
    if seen['restart_pending']:
        pending.append('Reload or restart Apache.')
    return seen, vhost
