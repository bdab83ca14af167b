# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy in front of an OMK host: each has its side, and the proxy's is proven before browsers are sent there."""

import json

import pytest
from events import listen
from runs import Run, files
from servers import find


@pytest.fixture(scope='module')
def hosts():
    proxy, behind = sorted(find('two_hosts'), key=lambda server: server.host != 'omk-proxy')
    return proxy, behind


@pytest.fixture(scope='module')
def order(hosts):
    """(host, task) of everything that the first run changed, in that order."""
    record = json.loads((hosts[0].state / 'runs/converge.run.1.json').read_text())
    return [(entry['host'], entry['task']) for entry in record if entry['changed']]


def test_events_arrive_through_the_proxy(hosts):
    proxy, behind = hosts
    assert len(listen(proxy, count=2)) == 2
    assert behind.setting('websocket_proxy_port') == '443'


def test_each_host_has_its_half_only(order):
    assert {host for host, task in order if 'apache_websocket' in task} == {'omk-proxy'}
    assert {host for host, task in order if 'omk_websocket' in task} == {'omk-behind'}


def test_the_proxy_came_first(order):
    sides = [host for host, _task in order]
    assert sides == sorted(sides, key=['omk-proxy', 'omk-behind'].index)


def test_both_are_judged_green(hosts):
    run = Run('two_hosts', 'verify.yml')
    assert run.code == 0
    assert {row['status'] for row in run.rows.values()} == {'green'}


@pytest.fixture
def refused(hosts):
    """An attempt to revert while OMK's settings cannot be read."""
    proxy, behind = hosts
    path = '/usr/local/omk/conf/opCommon.nmis'
    behind.run('mv', path, f'{path}.away')
    try:
        yield Run('two_hosts', 'revert.yml')
    finally:
        behind.run('mv', f'{path}.away', path)


def test_a_tunnel_to_which_omk_still_sends_browsers_stays(hosts, refused):
    assert refused.code == 2
    assert 'The tunnel stays, because omk-behind may still send browsers to it' in refused.output
    assert refused.recap('omk-proxy')['changed'] == 0
    assert len(listen(hosts[0])) == 1


def test_in_batches_too(hosts):
    """The proxy comes first there, and nobody has been sent back yet."""
    run = Run('two_hosts', 'revert.yml', '--extra-vars', '{"omk_batches": [1], "omk_order": "inventory"}')
    assert run.code == 2
    assert 'The tunnel stays, because omk-behind may still send browsers to it' in run.output
    assert len(listen(hosts[0])) == 1


@pytest.fixture(scope='module')
def reverted(hosts):
    listen(hosts[0])
    return Run('two_hosts', 'revert.yml')


def test_reverting_runs_backwards(reverted):
    assert reverted.code == 0
    changed = [
        line.partition('[')[2].partition(']')[0]
        for line in reverted.output.splitlines()
        if line.startswith('changed: ')
    ]
    assert changed == sorted(changed, key=['omk-behind', 'omk-proxy'].index)
    assert set(changed) == {'omk-behind', 'omk-proxy'}


def test_browsers_are_sent_to_omk_itself_again(hosts, reverted):
    assert hosts[1].setting('websocket_proxy_port') in (None, 8042)
    assert len(listen(hosts[1], 'ws', 8042)) == 1


def test_browsers_are_not_sent_to_a_proxy_that_does_not_tunnel(hosts, reverted):
    """The job on the OMK host alone, while the proxy has no tunnel: refused, and nothing changed."""
    before = files(hosts[1])
    run = Run('two_hosts', 'site.yml', '--limit=omk-behind')
    assert run.code == 2
    assert 'The tunnel does not answer (' in run.output
    assert files(hosts[1]) == before


def test_check_mode_does_not_predict_what_is_up_to_the_other_host(hosts, reverted):
    run = Run('two_hosts', 'site.yml', '--check')
    assert {host: row['predicted'] for host, row in run.rows.items()} == {'omk-proxy': 'green', 'omk-behind': ''}


def test_a_rollout_in_batches_takes_the_proxy_first(hosts, reverted):
    run = Run('two_hosts', 'rollout.yml', '--extra-vars=omk_canary=omk_proxies')
    assert run.code == 0
    assert {host: row['batch'] for host, row in run.rows.items()} == {'omk-proxy': '1', 'omk-behind': '2'}
    assert len(listen(hosts[0])) == 1
