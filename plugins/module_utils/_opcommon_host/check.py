# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What opCommon and its daemon on this host say, and what is pending (private to the collection). Changes nothing."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting as settings
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import daemon, files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


class Checked(t.NamedTuple):
    """What is known of opCommon after a check."""

    #: The observations `setting` and `omkd` of `_websocket.status`.
    setting: t.Dict[str, t.Any]
    omkd: t.Dict[str, t.Any]
    #: What the roles would do: one sentence each.
    pending: t.List[str]
    #: What a killed run has left to recover: one sentence each.
    interrupted: t.List[str]
    #: Why a change of the setting would come to nothing, or None.
    unknown: t.Optional[Problem]


def check(
    run: Run,
    omk_base: str,
    opcommon_path: t.Optional[str],
    lock_timeout: float,
    setting: str,
    value: str,
    omk_service: str,
    port: int,
) -> Checked:
    """Check opCommon and the daemon.

    Args:
        run (callable): how to run a program.
        omk_base (str), opcommon_path (str or None): where the settings file is, as for `files.find`.
        lock_timeout (float): seconds to wait while another program has a file locked.
        setting (str), value (str): its name, and what it should be.
        omk_service (str): the daemon's systemd unit.
        port (int): where the daemon listens.

    Raises:
        Problem: the value cannot be meant, or the unit's name is none.
    """
    settings.check_value(setting, value)
    properties = _systemd.shown(run, omk_service)
    found = daemon.look(run, properties, port)
    seen: t.Dict[str, t.Any] = {'name': setting, 'desired_value': value}
    pending, interrupted, changed_at = [], [], []
    no_unit = daemon.unknown(omk_service, 'omk_service') if found.active is None else None
    unknown = None
    try:
        path = files.find(omk_base, opcommon_path)
        if files.is_interrupted(path, lock_timeout):
            interrupted.append(f'Recover an edit of {path} that was interrupted.')
        read = files.read_setting(path, setting, lock_timeout)
    except Problem as problem:
        pending.append(str(problem))
        seen['problem'] = str(problem)
    else:
        seen.update((key, read[key]) for key in ('value', 'line', 'effective_value', 'effective_source', 'warnings'))
        seen.update(source=read['source_file'] or path, ambiguous=read['problem'], problem=None)
        if no_unit:
            seen['warnings'] = [*read['warnings'], f'Whether OMK has taken up its settings is not known: {no_unit}']
        changed_at = files.modified_at(path)
        if read['value'] != value or read['problem']:
            pending.append(f'Set {setting} to "{value}" in {path}.')
        if read['value'] != value and properties.get('LoadState') == 'not-found':
            unknown = no_unit
    restart = bool(found.active) and _systemd.is_newer(changed_at, found.since)
    if restart:
        pending.append('Restart OMK.')
    return Checked(seen, {'active': found.active, 'restart_pending': restart}, pending, interrupted, unknown)
