# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `systemctl show` says of a unit, on a systemd of today, on that of RHEL 7, and of a SysV script."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

# As systemd 252 prints it, of an Apache that was reloaded 40 s after its start.
TODAY = """\
ExecReload={ path=/usr/sbin/apachectl ; argv[]=/usr/sbin/apachectl graceful ; ignore_errors=no ; \
start_time=[Tue 2026-11-24 18:40:40 UTC] ; stop_time=[Tue 2026-11-24 18:40:40 UTC] ; pid=512 ; code=exited ; status=0 }
ReloadResult=success
LoadState=loaded
ActiveState=active
SubState=running
StateChangeTimestampMonotonic=1040000000
InactiveExitTimestampMonotonic=1000000000
"""
# As systemd 219 does, for the same.
RHEL_7 = """\
ExecReload={ path=/usr/sbin/httpd ; argv[]=/usr/sbin/httpd $OPTIONS -k graceful ; ignore_errors=no ; \
start_time=[Tue 2026-11-24 18:40:40 UTC] ; stop_time=[Tue 2026-11-24 18:40:40 UTC] ; pid=512 ; code=exited ; status=0 }
LoadState=loaded
ActiveState=active
SubState=running
InactiveExitTimestampMonotonic=1000000000
"""
NEVER = 'start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0'
ONCE = RHEL_7[RHEL_7.index('start_time') : RHEL_7.index(' }')]
# The start, 1000 s after the boot.
STARTED = 1795545600.0  # 2026-11-24 18:40:00 UTC
CLOCKS = {'now': STARTED + 3600, 'monotonic': 1000.0 + 3600}
SYSV = """\
LoadState=loaded
ActiveState=active
SubState=exited
SourcePath=/etc/rc.d/init.d/omkd
InactiveExitTimestampMonotonic=1000000000
"""


def configured(output, reload_counts=True):
    return _systemd.configured_at(_systemd.parse_show(output), reload_counts, **CLOCKS)


@pytest.mark.parametrize(
    ('expected', 'output'),
    [
        (STARTED + 40, TODAY),
        (0.0, TODAY.replace('ReloadResult=success', 'ReloadResult=exit-code')),
        (None, TODAY.replace('=active', '=inactive')),
        # The whole second of the reload.
        (STARTED + 41, RHEL_7),
        (STARTED, RHEL_7.replace(ONCE, NEVER)),
        (STARTED, RHEL_7[RHEL_7.index('LoadState') :]),
        (0.0, RHEL_7.replace('status=0', 'status=1')),
        (0.0, RHEL_7.replace('code=exited ; status=0', 'code=killed ; status=15')),
        # Under way.
        (STARTED, RHEL_7.replace('code=exited ; status=0', 'code=(null) ; status=0/0')),
        # What the process before this one was told.
        (STARTED, RHEL_7.replace('18:40:40', '18:39:58').replace('status=0', 'status=1')),
        (STARTED, RHEL_7.replace('2026', '2025')),
        (None, RHEL_7.replace('=active', '=failed')),
        # A time that is not in UTC is none.
        (STARTED, RHEL_7.replace('UTC', 'CET')),
        (None, RHEL_7.replace('InactiveExit', 'Other')),
        (None, ''),
    ],
)
def test_when_a_daemon_that_reloads_took_its_files_up(expected, output):
    assert configured(output) == expected


@pytest.mark.parametrize('output', [TODAY, RHEL_7, RHEL_7.replace('status=0', 'status=1')])
def test_a_daemon_that_does_not_reload_has_read_its_files_when_it_started(output):
    assert configured(output, reload_counts=False) == STARTED


@pytest.mark.parametrize('output', [TODAY, RHEL_7])
@pytest.mark.parametrize(
    ('expected', 'changed_at'),
    [
        (False, [STARTED + 39]),
        (True, [STARTED + 42]),
        (True, [None, STARTED + 42, STARTED]),
        (False, [None]),
        (False, []),
        (False, [STARTED + 7200]),  # in the future
    ],
)
def test_what_changed_since_waits_for_a_reload(output, expected, changed_at):
    assert _systemd.restart_pending(_systemd.parse_show(output), True, changed_at, **CLOCKS) is expected


def test_what_owes_nothing_is_never_older():
    assert not _systemd.is_newer([5.0], None, 10.0)
    assert _systemd.is_newer([5.0], 4.0, 10.0)
    assert not _systemd.is_newer([5.0], 5.0, 10.0)


@pytest.mark.parametrize(
    ('no_process', 'script', 'output'),
    [
        (True, '/etc/rc.d/init.d/omkd', SYSV),
        (False, '/etc/init.d/omkd', SYSV.replace('exited', 'running').replace('rc.d/', '')),
        (False, '/etc/rc.d/init.d/omkd', SYSV.replace('=active', '=inactive').replace('exited', 'dead')),
        (False, None, SYSV.replace('exited', 'running').replace('SourcePath', 'FragmentPath')),
        (False, None, TODAY),
        (True, None, SYSV.replace('/etc/rc.d/init.d/omkd', '/etc/init.d/../../tmp/omkd')),
        (True, None, SYSV.replace('init.d/omkd', 'init.d/omkd start')),
        (True, None, SYSV.replace('/etc', '/tmp')),
        (False, None, ''),
    ],
)
def test_a_unit_that_systemd_made_from_a_script(no_process, script, output):
    properties = _systemd.parse_show(output)
    assert (_systemd.has_no_process(properties), _systemd.script(properties)) == (no_process, script)


def test_one_unit_is_asked_about():
    *command, properties, dashes, unit = _systemd.show_command('omkd.service')
    assert (command, dashes, unit) == (['systemctl', 'show'], '--', 'omkd.service')
    assert {'SubState', 'SourcePath', 'ExecReload'} <= set(properties.partition('=')[2].split(','))
    for name in ('*', '', '-x', 'omkd apache2', 'x' * 300):
        with pytest.raises(Problem):
            _systemd.show_command(name)


def test_a_unit_is_shown_by_a_program():
    properties = _systemd.shown(lambda command: (0, RHEL_7, ''), 'httpd')
    assert _systemd.exists(properties) and _systemd.is_active(properties)
    assert not _systemd.exists(_systemd.parse_show('LoadState=not-found\n'))
