# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout of twelve hosts as it happens: it stops at the canary and at the second batch, puts back, resumes, ends."""

import subprocess

import pytest
from events import listen
from runs import Run, each, essence, files
from servers import find

BATCHES = '{"omk_batches": [1, "25%", "100%"]}'
CANARY, RIGHT, NMIS, BROKEN, UNREACHABLE = (
    'omk-a-canary',
    'omk-b-right',
    'omk-c-nmis',
    'omk-d-broken-apache',
    'omk-g-unreachable',
)
SECOND = {RIGHT, NMIS, BROKEN}
# Why hosts of the last batch stay yellow, and whether the host had been changed and was rolled back.
SPOILT = {
    'omk-h-untrusted': ('tls_untrusted', True),
    'omk-i-overridden': ('setting_overridden', True),
    'omk-l-apache-down': ('apache_down', False),
}
CURES = {
    CANARY: 'rm /etc/systemd/system/omkd.service.d/stubborn.conf && systemctl daemon-reload',
    BROKEN: 'rm /etc/apache2/conf-enabled/zz-broken.conf',
    'omk-i-overridden': 'rm /usr/local/omk/conf/conf.d/pushed.json',
    'omk-l-apache-down': 'systemctl start apache2',
}


def rollout(*arguments):
    return Run('fleet', 'rollout.yml', '--forks=8', '--extra-vars', BATCHES, *arguments)


def executions(server):
    """How many modules were executed on a host so far, as its journal tells."""
    return server.run('journalctl', '--output=cat', '--grep=^Invoked with').count('Invoked with')


def not_tried(run):
    return {host for host, row in run.rows.items() if row['advice'].startswith('Not tried: ')}


@pytest.fixture(scope='module')
def fleet():
    """The twelve hosts by name; one is right before the rollout begins."""
    servers = {server.host: server for server in find('fleet')}
    assert len(servers) == 12
    assert Run('fleet', 'site.yml', f'--limit={RIGHT}').code == 0
    return servers


@pytest.fixture(scope='module')
def before(fleet):
    return each(lambda server: server.snapshot(), fleet.values())


@pytest.fixture(scope='module')
def predicted(fleet, before):
    return rollout('--check'), rollout('--check', '--extra-vars', 'omk_max_fail_percentage=100')


@pytest.fixture(scope='module')
def first(fleet, before, predicted):
    return rollout()


@pytest.fixture(scope='module')
def after_first(fleet, first):
    return each(lambda server: server.snapshot(), fleet.values())


@pytest.fixture(scope='module')
def executed_before(fleet, after_first):
    return executions(fleet[RIGHT])


@pytest.fixture(scope='module')
def second(fleet, executed_before):
    fleet[CANARY].run('sh', '-c', CURES[CANARY])
    return rollout()


@pytest.fixture(scope='module')
def after_second(fleet, second):
    return each(lambda server: server.snapshot(), fleet.values())


@pytest.fixture(scope='module')
def third(fleet, after_second):
    fleet[BROKEN].run('sh', '-c', CURES[BROKEN])
    container = fleet[UNREACHABLE].container
    subprocess.run(['podman', 'pause', container], check=True, stdout=subprocess.DEVNULL)
    try:
        return rollout()
    finally:
        subprocess.run(['podman', 'unpause', container], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope='module')
def fourth(fleet, third):
    for host in SPOILT.keys() & CURES.keys():
        fleet[host].run('sh', '-c', CURES[host])
    untrusted = fleet['omk-h-untrusted']
    untrusted.run(
        'sh',
        '-c',
        'cat >/usr/local/share/ca-certificates/opmantek-omk-test.crt && update-ca-certificates',
        stdin=untrusted.ca.read_text(),
    )
    return rollout()


def test_check_mode_touches_nothing_and_stops_where_the_rollout_would(fleet, before, predicted):
    stopped, _whole = predicted
    assert stopped.code == 2
    assert f'({BROKEN})' in stopped.output
    assert stopped.rows[CANARY]['changed'] == ['Apache', 'OMK']
    assert not_tried(stopped) == fleet.keys() - {CANARY} - SECOND
    assert each(lambda server: server.snapshot(), fleet.values()) == before


def test_check_mode_without_a_limit_predicts_every_host(fleet, predicted):
    """Of those that a real run finds out about, it predicts the change."""
    _stopped, whole = predicted
    hopeless = {BROKEN, 'omk-l-apache-down'}
    assert {host for host, row in whole.rows.items() if row['changed'] == []} == {RIGHT, *hopeless}
    assert {host: whole.rows[host]['reason'] for host in hopeless} == {
        BROKEN: 'apache_broken_configuration',
        'omk-l-apache-down': 'apache_down',
    }
    assert all(whole.recap(host)['changed'] > 0 for host in fleet.keys() - {RIGHT, *hopeless})


def test_the_canary_stops_the_rollout(fleet, first):
    assert first.code == 2
    assert '12 hosts in 3 batches: 1, 3, 8. First omk-a-canary.' in first.output
    assert first.recap(CANARY)['failed'] == 1
    assert not_tried(first) == fleet.keys() - {CANARY}


def test_the_canary_is_put_back(fleet, before, first):
    assert 'What this run had changed was rolled back (' in first.output
    assert 'Not rolled back' not in first.output
    server = fleet[CANARY]
    assert files(server) == essence(before[CANARY])
    assert server.run('systemctl', 'is-active', 'apache2', 'omkd').split() == ['active', 'active']
    assert len(listen(server, 'ws', 8042)) == 1


def test_nobody_else_was_touched(fleet, before, after_first):
    assert {host for host in fleet if after_first[host] != before[host]} <= {CANARY}


def test_a_failure_in_the_second_batch_stops_the_rollout_after_it(fleet, second):
    assert second.code == 2
    assert f'The rollout stops after batch 2 of 3: 1 of its 3 hosts failed ({BROKEN})' in second.output
    assert not_tried(second) == fleet.keys() - {CANARY} - SECOND
    assert {second.rows[host]['batch'] for host in SECOND} == {'2'}


def test_the_others_of_that_batch_came_to_their_end(fleet, second):
    assert second.rows[CANARY]['status'] == second.rows[NMIS]['status'] == 'green'
    assert len(listen(fleet[CANARY])) == len(listen(fleet[NMIS])) == 1


def test_the_right_host_was_checked_by_one_execution(fleet, second, executed_before):
    assert executions(fleet[RIGHT]) == executed_before + 1
    assert second.rows[RIGHT]['status'] == 'green'
    assert second.recap(RIGHT)['changed'] == 0


def test_the_broken_host_and_the_last_batch_are_as_before(fleet, after_first, after_second):
    touched = {host for host in fleet if after_second[host] != after_first[host]}
    assert touched == {CANARY, NMIS}


def test_the_resumed_rollout_passes_over_what_is_right_and_reaches_the_last_batch(third):
    assert not not_tried(third)
    assert all(third.recap(host)['changed'] == 0 for host in (CANARY, RIGHT, NMIS))
    assert third.recap(BROKEN)['changed'] > 0
    assert third.code & 6


def test_a_restart_that_was_owed_is_made_up_for(fleet, third):
    assert third.rows['omk-j-pending']['status'] == 'green'
    assert third.rows['omk-j-pending']['changed'] == ['Apache', 'OMK']


def test_what_fails_in_the_last_batch_says_why_and_is_as_before(fleet, before, third):
    for host, (reason, put_back) in SPOILT.items():
        row = third.rows[host]
        assert (row['status'], row['reason']) == ('yellow', reason), row
        assert files(fleet[host]) == essence(before[host]), host
        assert (' was rolled back (' in ' '.join(row['warnings'])) == put_back, row


def test_the_unreachable_host_is_shown_and_as_before(fleet, before, third):
    assert third.rows[UNREACHABLE]['status'] == 'unreachable'
    assert fleet[UNREACHABLE].snapshot() == before[UNREACHABLE]


def test_every_other_host_is_green(fleet, third):
    green = fleet.keys() - SPOILT.keys() - {UNREACHABLE}
    assert {host for host, row in third.rows.items() if row['status'] == 'green'} == green
    assert all(each(listen, [fleet[host] for host in green]).values())


def test_check_mode_predicts_the_status_that_every_host_then_has(fleet, predicted, first, second, third):
    _stopped, whole = predicted
    found = {**third.rows, CANARY: first.rows[CANARY], BROKEN: second.rows[BROKEN]}
    expected = {host: 'green' if row['status'] == 'green' else 'yellow' for host, row in found.items()}
    # That a daemon does not start with the new setting, or a host is frozen later, shows in a real run only.
    expected.update({CANARY: 'green', UNREACHABLE: 'green'})
    assert {host: row['predicted'] for host, row in whole.rows.items()} == expected
    assert {host for host, row in whole.rows.items() if row['status'] == 'green'} == {RIGHT}
    assert {row['predicted'] for run in (first, second, third) for row in run.rows.values()} == {''}


def test_in_the_end_all_are_green(fleet, fourth):
    assert fourth.code == 0
    assert {row['status'] for row in fourth.rows.values()} == {'green'}
    assert all(each(listen, fleet.values()).values())
    assert {host for host in fleet if fourth.recap(host)['changed']} == SPOILT.keys() | {UNREACHABLE}


def test_a_desired_state_that_changed_makes_a_green_host_due(fleet, fourth):
    run = Run('fleet', 'rollout.yml', f'--limit={CANARY},{RIGHT}', '--extra-vars', 'apache_websocket_idle_timeout=4711')
    assert run.code == 0
    for host in (CANARY, RIGHT):
        assert run.rows[host]['changed'] == ['Apache']
        assert 'timeout=4711' in fleet[host].run('cat', '/etc/apache2/sites-available/omk.conf')


def test_reverted_they_are_as_before(fleet, before, fourth):
    run = Run('fleet', 'revert.yml', '--forks=8', '--extra-vars', BATCHES)
    assert run.code == 0
    cured = [*CURES.keys(), 'omk-h-untrusted']
    after = each(files, [server for host, server in fleet.items() if host not in [*cured, RIGHT]])
    assert after == {host: essence(before[host]) for host in after}
