# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether OMK's daemon runs on this host, and since when (private to the collection). Changes nothing.

omkd is a systemd unit, or a SysV script that systemd has made one from. Of the latter systemd knows that its script has
run, not what became of the daemon: the process that listens on OMK's port tells. Sources: proc(5),
systemd-sysv-generator(8), the Linux Standard Base's page "Init Script Actions".
"""

import glob
import os
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


class Daemon(t.NamedTuple):
    """What is known of it."""

    #: Whether it runs; None where systemd knows no such unit.
    active: t.Optional[bool]
    #: When it took up its configuration, in seconds since the epoch.
    since: t.Optional[float]
    #: The SysV script that has to stop it, because systemd does not know that it runs.
    script: t.Optional[str]


_LISTENS = '0A'
_CLOCK_BOOTTIME = 7  # has a name from Python 3.7 on


def unknown(unit: str, option: str) -> Problem:
    """What is said of a daemon that could not be restarted, because systemd knows no unit of the name in the option."""
    return Problem(
        f'systemd knows no unit {unit} on this host', cure=f'correct omk_websocket_service (option {option})'
    )


def look(
    run: Run,
    properties: t.Dict[str, str],
    port: t.Optional[int],
    root: str = '/proc',
) -> Daemon:
    """The `Daemon`.

    Args:
        run (callable): how to run a program.
        properties (dict): of its unit, from `_systemd.parse_show`.
        port (int or None): where it listens; None when nobody knows.
        root (str): where the kernel shows its processes.
    """
    if not _systemd.exists(properties):
        return Daemon(None, None, None)
    by_systemd = _systemd.is_active(properties)
    script, alone = _systemd.script(properties), _systemd.has_no_process(properties)
    if not port or not (script or alone):
        return Daemon(by_systemd, _systemd.configured_at(properties, False), None)
    since = listening_since(port, root)
    if since is None:
        running = by_systemd and not alone
        return Daemon(running, _systemd.configured_at(properties, False) if running else None, None)
    if by_systemd:
        return Daemon(True, since, None)
    if script is None or properties.get('ActiveState') == 'activating' or run([script, 'status'])[0]:
        return Daemon(False, None, None)  # not yet, or what listens there is something else
    return Daemon(True, since, script)


def listening_since(port: int, root: str = '/proc') -> t.Optional[float]:
    """When the oldest of the processes that listen on a TCP port was started (seconds since the epoch), or None.

    Args:
        port (int), root (str): as for `look`.
    """
    sockets = {f'socket:[{inode}]' for name in ('tcp', 'tcp6') for inode in _listening(f'{root}/net/{name}', port)}
    started = [_started(folder) for folder in glob.glob(f'{root}/[0-9]*') if sockets and sockets & set(_open(folder))]
    ticks = [one for one in started if one is not None]
    if not ticks:
        return None
    booted = time.time() - time.clock_gettime(_CLOCK_BOOTTIME)
    return booted + min(ticks) / os.sysconf('SC_CLK_TCK')


def _listening(path: str, port: int) -> t.List[str]:
    """The inodes (list of str) of the sockets that listen on the port, from a table of the kernel."""
    try:
        with open(path) as table:
            rows = [line.split() for line in table][1:]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(':')[2], 16) == port]


def _open(folder: str) -> t.List[str]:
    """What the open files of a process lead to."""
    targets = []
    for link in glob.glob(f'{folder}/fd/*'):
        try:
            targets.append(os.readlink(link))
        except OSError:
            continue  # closed by now, or not ours to see
    return targets


def _started(folder: str) -> t.Optional[int]:
    """When a process was started, in ticks since the boot, or None when it is gone."""
    try:
        with open(f'{folder}/stat') as handle:
            # Its name, in brackets, may hold anything; the start is the 20th field behind it.
            return int(handle.read().rpartition(')')[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
