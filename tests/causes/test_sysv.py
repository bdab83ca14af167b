# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""omkd as a SysV script, which systemd wraps: what is said of it, and that a restart is one, whoever has started it."""

import pytest
from one_server import WAIT

OPCOMMON = '/usr/local/omk/conf/opCommon.json'
BY_SCRIPT = """
systemctl stop omkd
mv /etc/systemd/system/omkd.service /opt/away.service
install -m 0755 /opt/omk/omkd.init /etc/init.d/omkd
systemctl daemon-reload
systemctl start omkd
"""
BY_UNIT = """
systemctl stop omkd
/etc/init.d/omkd stop
rm -f /etc/init.d/omkd /etc/default/omkd
mv /opt/away.service /etc/systemd/system/omkd.service
systemctl daemon-reload
systemctl reset-failed
"""
# As from an admin's shell, whose processes systemd does not count among the unit's.
BY_HAND = '/etc/init.d/omkd restart' + WAIT
KILLED = """
kill -KILL "$(cat /var/run/omkd.pid)"
for try in $(seq 600); do
    [ "$(systemctl show --value --property=SubState omkd)" = exited ] && exit
    sleep 0.1
done
exit 1
"""


@pytest.fixture
def sysv(host):
    host.restore()
    host.shell(BY_SCRIPT + WAIT)
    yield host
    host.shell(BY_UNIT)


def daemon(host):
    """The process that listens for OMK."""
    return host.shell("ss -Hltnp 'sport = :8042' | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p'").strip()


def unit(host):
    return host.shell('systemctl show --value --property=ActiveState,SubState omkd').split()


def said(host, **options):
    """What is said of the daemon: (whether it runs, whether a restart is pending, the reason)."""
    seen = host.status(**options)
    omkd = seen['observations']['omkd']
    assert ('Restart OMK.' in seen['pending']) is omkd['restart_pending']
    return omkd['active'], omkd['restart_pending'], seen['reason']


def test_it_runs_and_a_change_is_seen(sysv):
    assert unit(sysv) == ['active', 'running']
    assert said(sysv) == (True, False, 'green')
    sysv.shell(f'sleep 0.1; touch {OPCOMMON}')
    assert said(sysv) == (True, True, 'omkd_restart_pending')
    before = daemon(sysv)
    seen = sysv.restart()
    assert (seen['changed'], seen['status'], seen['pending']) == (True, 'green', [])
    assert daemon(sysv) not in (before, '')


def test_it_has_died(sysv):
    sysv.shell(KILLED)
    assert unit(sysv) == ['active', 'exited']
    assert said(sysv) == (False, False, 'omk_down')
    sysv.shell('systemctl restart omkd' + WAIT)  # as the advice says
    assert said(sysv) == (True, False, 'green')


def test_it_is_stopped(sysv):
    sysv.shell('systemctl stop omkd')
    assert said(sysv) == (False, False, 'omk_down')
    assert daemon(sysv) == ''


def test_somebody_has_restarted_it_through_the_script(sysv):
    sysv.shell(f'sleep 0.1; touch {OPCOMMON}; sleep 0.1')
    sysv.shell(BY_HAND)
    assert unit(sysv) == ['active', 'exited']
    assert said(sysv) == (True, False, 'green')
    sysv.shell(f'sleep 0.1; touch {OPCOMMON}')
    assert said(sysv) == (True, True, 'omkd_restart_pending')
    before = daemon(sysv)
    assert sysv.restart()['pending'] == []
    assert (daemon(sysv) not in (before, ''), unit(sysv)) == (True, ['active', 'running'])


def test_somebody_has_started_it_through_the_script_where_systemd_had_stopped_it(sysv):
    sysv.shell('systemctl stop omkd')
    sysv.shell(BY_HAND)
    assert unit(sysv) == ['inactive', 'dead']
    assert said(sysv) == (True, False, 'green')
    sysv.shell(f'sleep 0.1; touch {OPCOMMON}')
    assert said(sysv) == (True, True, 'omkd_restart_pending')
    before = daemon(sysv)
    seen = sysv.restart()
    assert (seen['changed'], seen['status'], seen['pending']) == (True, 'green', [])
    assert (daemon(sysv) not in (before, ''), unit(sysv)) == (True, ['active', 'running'])


def test_it_is_slow_to_start(sysv):
    sysv.write('/etc/default/omkd', '3\n')
    sysv.shell('systemctl restart --no-block omkd')
    assert said(sysv) == (False, False, 'omk_down')
    # What changes before the daemon is there, it reads.
    sysv.shell(f'touch {OPCOMMON}')
    assert said(sysv, retry_timeout=30)[2] == 'green'
    assert said(sysv) == (True, False, 'green')


def test_something_else_listens_where_omk_did(sysv):
    sysv.shell('systemctl stop omkd; systemd-run --quiet --unit=impostor python3 -m http.server 8042' + WAIT)
    before = daemon(sysv)
    assert said(sysv) == (False, False, 'omk_refuses_websocket')
    assert (daemon(sysv), unit(sysv)) == (before, ['inactive', 'dead'])
    sysv.shell('systemctl stop impostor')
