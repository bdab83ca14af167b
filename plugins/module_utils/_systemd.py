# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a systemd unit runs, and when it last took up its configuration (pure; private to the collection).

The modules run `show_command` and hand its output to `parse_show`. Sources: systemctl(1), org.freedesktop.systemd1(5),
systemd-sysv-generator(8). systemd 219 (RHEL 7) knows neither ReloadResult nor StateChangeTimestampMonotonic.
"""

import calendar
import re
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run

_PROPERTIES = (
    'LoadState',
    'ActiveState',
    'SubState',
    'SourcePath',
    'ReloadResult',
    'ExecReload',
    'InactiveExitTimestampMonotonic',
    'StateChangeTimestampMonotonic',
)

# The last run of the command that reloads, as systemctl shows it: its start (in UTC for `_program.runner`), and what
# became of it.
_RELOADED = re.compile(r'start_time=\[\S+ (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC\].* code=(\w+) ; status=(\d+)')
_SCRIPT = re.compile(r'/etc/(?:rc\.d/)?init\.d/[A-Za-z0-9_.@+-]+\Z')


# One unit, as systemd.unit(5) has its name; systemctl would take "*" for all of them.
_UNIT = re.compile(r'[A-Za-z0-9_][A-Za-z0-9:_.@\\-]{0,250}\Z')


def check_unit(unit: str) -> None:
    """Refuse what is not the name of one unit.

    Raises:
        Problem: it is none.
    """
    if not _UNIT.match(unit):
        raise Problem(
            f'{unit[:60]!r} is not the name of one systemd unit',
            cure='give the name of one service, as in omkd (letters, digits and : _ . @ - only)',
        )


def show_command(unit: str) -> t.List[str]:
    """The command (list of str) whose output `parse_show` reads.

    Raises:
        Problem: the unit's name is none.
    """
    check_unit(unit)
    return ['systemctl', 'show', '--property=' + ','.join(_PROPERTIES), '--', unit]


def parse_show(output: str) -> t.Dict[str, str]:
    """Properties (dict of str to str) from the text that `systemctl show` printed."""
    pairs = (line.partition('=') for line in output.splitlines() if '=' in line)
    return {name: value for name, _equals, value in pairs}


def bring(run: Run, unit: str, verb: str, script: t.Optional[str] = None) -> None:
    """Have systemd restart or reload a unit.

    Args:
        run (callable): runs a command, see `_program.runner`.
        unit (str): its name.
        verb (str): `restart` or `reload`.
        script (str or None): the SysV script of a daemon that somebody has started without systemd, which would only
            start it once more; it is told to stop first.

    Raises:
        Problem: it did not, or the unit's name is none.
    """
    check_unit(unit)
    if script:
        run([script, 'stop'])
    code, _output, errors = run(['systemctl', verb, '--', unit])
    if code:
        said = ' '.join(errors.split()).rstrip('.')
        raise Problem(f'{unit} did not {verb}: {said}', cure=f'look at journalctl -u {unit}')


def shown(run: Run, unit: str) -> t.Dict[str, str]:
    """Properties (dict of str to str) of a unit; `run` runs a command, see `_program.runner`."""
    return parse_show(run(show_command(unit))[1])


def exists(properties: t.Dict[str, str]) -> bool:
    """Whether systemd knows the unit."""
    return properties.get('LoadState') not in (None, '', 'not-found', 'error')


def is_active(properties: t.Dict[str, str]) -> bool:
    """Whether the unit runs (a unit in the middle of a reload does)."""
    return properties.get('ActiveState') in ('active', 'reloading')


def has_no_process(properties: t.Dict[str, str]) -> bool:
    """Whether the unit is active only because nobody stopped it: none of its processes is left ("active (exited)").

    That is how a unit looks that systemd made from a SysV script, when its daemon has died or somebody has started it
    anew without systemd.
    """
    return properties.get('ActiveState') == 'active' and properties.get('SubState') == 'exited'


def script(properties: t.Dict[str, str]) -> t.Optional[str]:
    """The path (str) of the SysV script that systemd made the unit from, or None."""
    path = properties.get('SourcePath') or ''
    return path if _SCRIPT.match(path) else None


def configured_at(
    properties: t.Dict[str, str],
    reload_counts: bool,
    now: t.Optional[float] = None,
    monotonic: t.Optional[float] = None,
) -> t.Optional[float]:
    """The moment after which a change of configuration cannot have been read yet.

    A daemon that reads its files only when it starts has read them after it left the inactive state. One that takes
    them up on a reload has done so before its last change of state, which `systemctl reload` makes too.

    Args:
        properties (dict): of `parse_show`.
        reload_counts (bool): whether a reload makes the daemon read its configuration.
        now, monotonic (float or None): the two clocks, in seconds; None asks the system.

    Returns:
        float or None: seconds since the epoch; 0.0 after a failed reload (whatever stands in the files was not read);
        None when the unit is not active, so that nothing is pending.
    """
    if not is_active(properties):
        return None
    if reload_counts and properties.get('ReloadResult', 'success') != 'success':
        return 0.0
    known = properties.get('StateChangeTimestampMonotonic', '').isdigit()
    name = 'StateChangeTimestampMonotonic' if reload_counts and known else 'InactiveExitTimestampMonotonic'
    stamp = properties.get(name, '')
    if not stamp.isdigit():
        return None
    now = time.time() if now is None else now
    monotonic = time.monotonic() if monotonic is None else monotonic
    started = now - monotonic + int(stamp) / 1e6
    return started if known or not reload_counts else _reloaded_at(properties, started)


def _reloaded_at(properties: t.Dict[str, str], started: float) -> float:
    """The same, on a systemd that does not tell when a unit last changed its state, for one that started then."""
    found = _RELOADED.search(properties.get('ExecReload', ''))
    if not found:
        return started
    # The second, as a whole: what changes after the reload within it goes unseen, rather than that each reload of ours
    # looks as if it had come too early.
    reloaded = calendar.timegm(tuple(int(part) for part in found.groups()[:6])) + 1.0
    if reloaded <= started:
        return started  # by the process before this one
    return reloaded if found.group(7, 8) == ('exited', '0') else 0.0


def restart_pending(
    properties: t.Dict[str, str],
    reload_counts: bool,
    changed_at: t.Iterable[t.Optional[float]],
    now: t.Optional[float] = None,
    monotonic: t.Optional[float] = None,
) -> bool:
    """Whether an active unit still runs on a configuration older than its files.

    Args:
        changed_at (iterable of float or None): modification times of the files, in seconds; None for a missing one.
    """
    now = time.time() if now is None else now
    return is_newer(changed_at, configured_at(properties, reload_counts, now, monotonic), now)


def is_newer(
    changed_at: t.Iterable[t.Optional[float]], configured: t.Optional[float], now: t.Optional[float] = None
) -> bool:
    """Whether a file changed after the daemon took its files up.

    Args:
        changed_at (iterable of float or None): as for `restart_pending`.
        configured (float or None): when that was, None for a daemon for which nothing is pending.
        now (float or None): the clock, in seconds; None asks the system.
    """
    now = time.time() if now is None else now
    # A time stamp in the future says nothing of when the file changed, and no restart could ever catch up with it.
    times = [moment for moment in changed_at if moment is not None and moment <= now]
    return configured is not None and bool(times) and max(times) > configured
