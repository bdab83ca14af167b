# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restart that brings the status along, for a handler."""

import pytest

SPOILT = '/etc/systemd/system/omkd.service.d/spoilt.conf'


@pytest.fixture
def green(host):
    host.restore()
    yield host
    host.shell(f'rm -rf {SPOILT}; systemctl daemon-reload; systemctl reset-failed')


def daemon(host):
    return host.shell('systemctl show --value --property=MainPID omkd').strip()


def test_it_is_restarted_and_awaited(green):
    before = daemon(green)
    seen = green.restart()
    assert (seen['changed'], seen['status'], seen['pending']) == (True, 'green', [])
    assert daemon(green) not in (before, '0')


def test_a_restart_that_is_owed_is_paid(green):
    green.shell('sleep 1; touch /usr/local/omk/conf/opCommon.json')
    assert 'Restart OMK.' in green.status()['pending']
    assert green.restart()['pending'] == []


def test_a_look_without_it_restarts_nothing(green):
    before = daemon(green)
    assert green.status(retry_timeout=30)['changed'] is False
    assert daemon(green) == before


def test_check_mode_only_predicts_it(green):
    before = daemon(green)
    seen = green.restart(_ansible_check_mode=True)
    assert (seen['changed'], seen['status']) == (True, 'green')
    assert daemon(green) == before


def test_without_the_status_it_only_waits(green):
    before = daemon(green)
    assert green.restart(status=False).keys() == {'changed', 'invocation'}
    assert daemon(green) not in (before, '0')
    assert green.status()['status'] == 'green'


def test_a_daemon_that_is_stopped_is_started(green):
    green.shell('systemctl stop omkd')
    assert green.restart()['status'] == 'green'


def test_a_daemon_that_does_not_answer_in_time(green):
    green.shell(
        f'mkdir -p {SPOILT.rpartition("/")[0]}; '
        f'printf "[Service]\\nType=simple\\nExecStart=\\nExecStart=/bin/sleep 100\\n" >{SPOILT}; '
        'systemctl daemon-reload'
    )
    assert green.restart(start_timeout=1)['reason'] == 'omk_down'
    with pytest.raises(
        AssertionError, match=r'omkd does not answer on localhost:8042 within 1 seconds after its restart'
    ):
        green.restart(start_timeout=1, status=False)
    assert green.restart(start_timeout=0, status=False)['changed'] is True


def test_a_daemon_that_does_not_come_up_is_one_sentence(green):
    green.shell(
        f'mkdir -p {SPOILT.rpartition("/")[0]}; printf "[Service]\\nExecStartPre=/bin/false\\n" >{SPOILT}; '
        'systemctl daemon-reload'
    )
    with pytest.raises(AssertionError, match=r'omkd did not restart: .*; look at journalctl -u omkd\.'):
        green.restart()
