# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that is canceled as AWX cancels a job, by ansible-runner: what it leaves, and what the next one does."""

import pytest
from runs import SETTLE, configuration, essence, files

BATCHES = '1, 100%'


def task(*names):
    """Whether an event (dict) is the beginning of a task or handler of one of these names."""

    def check(event):
        kinds = ('playbook_on_task_start', 'playbook_on_handler_task_start')
        return event['event'] in kinds and event['event_data']['task'].endswith(names)

    return check


def after(name, then):
    """Whether events are first the end of a task of this name, and then what another such function looks for."""
    met = []

    def check(event):
        if event['event'] == 'runner_on_ok' and event['event_data']['task'].endswith(name):
            met.append(event)
        return bool(met) and then(event)

    return check


def batch(number):
    """Whether an event is the beginning of the batch of this number."""
    met = []

    def check(event):
        met.extend([event] if event['event'] == 'playbook_on_play_start' else [])
        return len(met) == number

    return check


@pytest.fixture(scope='module')
def green(jobs, hosts):
    """The configurations (list) that an uninterrupted rollout makes."""
    assert jobs.run('rollout.yml').status == 'successful'
    made = [configuration(files(host)) for host in hosts]
    assert jobs.run('revert.yml', omk_hosts='omk').status == 'successful'
    return made


@pytest.mark.parametrize(
    ('when', 'sent', 'done'),
    [
        (task('Set up or remove the modules and the tunnel'), False, False),
        (task('Reload or restart Apache'), False, False),
        # The step that restarts OMK also checks the result.
        (after('Set the port that browsers use', task('Restart the daemon of OMK')), True, False),
        (batch(2), True, True),
    ],
    ids=['apache', 'reload-of-apache', 'restart-of-omk', 'between-batches'],
)
def test_a_canceled_rollout(jobs, hosts, green, when, sent, done):
    """`sent` says whether browsers are sent to Apache by then, `done` whether the first host is through."""
    first, second = hosts
    before = [files(host) for host in hosts]
    canceled = jobs.cancel('rollout.yml', when, omk_batches=BATCHES)
    assert (canceled.status, canceled.artifacts, canceled.board) == ('canceled', {}, None)
    for host in hosts:
        host.run('sh', '-c', SETTLE)
    # Nothing is rolled back, and the batch that had not begun is as it was.
    assert files(second) == before[1]
    assert (files(first)[first.opcommon] != before[0][first.opcommon]) == sent
    assert not done or configuration(files(first)) == green[0]

    again = jobs.run('rollout.yml', omk_batches=BATCHES)
    assert again.status == 'successful', again.output
    assert again.panes() == again.rows() == dict.fromkeys(jobs.names, 'green')
    assert [configuration(files(host)) for host in hosts] == green
    # The restart of OMK, once begun, may have come to its end by itself, and the first host with it.
    assert second.host in again.stats['changed']
    assert sent or first.host in again.stats['changed']
    assert not done or first.host not in again.stats['changed']
    revert = jobs.run('revert.yml', omk_hosts='omk')
    assert revert.status == 'successful', revert.output
    assert [files(host) for host in hosts] == [essence(host.before) for host in hosts]
