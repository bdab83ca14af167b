# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that playbooks/awx.yml makes, under the engine that AWX runs: what it learns of them, what they leave."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from runs import essence, files


def test_the_jobs_of_the_workflow_and_back(jobs, hosts):
    yellow, green = dict.fromkeys(jobs.names, 'yellow'), dict.fromkeys(jobs.names, 'green')
    assert len(yellow) == 2

    before = jobs.run('verify.yml')
    assert before.status == 'failed'
    assert before.stats['failures'] == dict.fromkeys(jobs.names, 1)
    assert before.stats['changed'] == {}
    assert before.panes() == before.rows() == yellow
    assert {status['reason'] for status in before.artifacts['omk_websocket']} != {''}

    untouched = [host.snapshot() for host in hosts]  # other tests have changed them, and changed them back
    predicted = jobs.run('rollout.yml', check=True)
    assert predicted.status == 'successful'
    assert set(predicted.stats['changed']) == set(jobs.names)
    assert predicted.board['check_mode'] is True
    assert [host.snapshot() for host in hosts] == untouched

    # Batches as the survey hands them over: one text.
    rollout = jobs.run('rollout.yml', omk_batches='1, 10%, 100%', omk_max_fail_percentage=0, omk_rollback='true')
    assert rollout.status == 'successful'
    assert rollout.stats['failures'] == rollout.stats['dark'] == {}
    assert set(rollout.stats['changed']) == set(jobs.names)
    assert rollout.panes() == rollout.rows() == green
    assert {tuple(status['changed']) for status in rollout.artifacts['omk_websocket']} == {('Apache', 'OMK')}
    assert sum(event['event'] == 'playbook_on_play_start' for event in rollout.events) == 2

    after = jobs.run('verify.yml')
    assert after.status == 'successful'
    assert after.stats['failures'] == after.stats['changed'] == {}
    assert after.panes() == after.rows() == green

    again = jobs.run('rollout.yml')
    assert (again.status, again.stats['changed']) == ('successful', {})

    revert = jobs.run('revert.yml', omk_hosts='omk')
    assert revert.status == 'successful'
    assert revert.panes() == revert.rows() == dict.fromkeys(jobs.names, 'reverted')
    assert set(revert.stats['changed']) == set(jobs.names)
    assert [files(host) for host in hosts] == [essence(host.before) for host in hosts]


def test_slices_side_by_side(jobs, hosts):
    parts = [(number, len(jobs.names)) for number in range(1, len(jobs.names) + 1)]

    def together(playbook, **variables):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda part: jobs.run(playbook, part=part, **variables), parts))

    rollouts = together('rollout.yml', omk_batches='1, 100%')
    assert [job.status for job in rollouts] == ['successful'] * len(parts)
    # Each has its own host and its own canary, and says nothing of the others'.
    assert sorted(list(job.panes().items()) for job in rollouts) == sorted([(name, 'green')] for name in jobs.names)
    assert all(job.panes() == job.rows() and set(job.stats['changed']) == set(job.panes()) for job in rollouts)
    # The job without slices finds nothing left to do.
    whole = jobs.run('rollout.yml')
    assert (whole.status, whole.stats['changed'], set(whole.panes())) == ('successful', {}, set(jobs.names))

    assert [job.status for job in together('revert.yml')] == ['successful'] * len(parts)
    assert [files(host) for host in hosts] == [essence(host.before) for host in hosts]


@pytest.mark.parametrize(
    ('playbook', 'status', 'pane'),
    [('verify.yml', 'failed', 'yellow'), ('rollout.yml', 'successful', 'green'), ('revert.yml', 'successful', None)],
)
def test_the_jobs_over_the_mesh(jobs, playbook, status, pane):
    job = jobs.stream(playbook)
    assert job.status == status
    assert set(job.stats['ok']) == set(jobs.names)
    if pane:
        assert job.panes() == job.rows() == dict.fromkeys(jobs.names, pane)
    page = (job.folder / 'omk-report/index.html').read_text(encoding='utf-8')
    assert all(name in page for name in jobs.names)
    assert (job.folder / 'omk-report/report.csv').exists()
    # The table stands in the job's output, too.
    assert 'EVENTS PANES' in job.output
