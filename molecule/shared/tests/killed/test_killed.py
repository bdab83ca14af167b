# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook and all its workers are killed (SIGKILL) at random moments of a rollout; the next run ends right.

A moment is drawn as a task of the rollout and a part of the time that a task takes, so that it does not depend on how
fast the machine is. OMK_KILLS says how many (20), OMK_SEED where the numbers begin; the seed and what happened are
kept in artifacts/killed/kills.json.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from events import listen
from runs import SETTLE, Run, command, configuration, each, environment, files
from servers import CHECKOUT, find

KILLS = int(os.environ.get('OMK_KILLS', '20'))
SEED = int(os.environ.get('OMK_SEED') or random.SystemRandom().randrange(2**32))
BATCHES = ('--extra-vars', '{"omk_batches": [1, "100%"]}')

KEEP = 'tar --create --file /root/before.tar /etc/apache2 /usr/local/omk/conf /var/lib/apache2/module'
# As it was, whatever the last run left, and both daemons on it.
RESET = """
systemctl stop omkd apache2
rm -rf /etc/apache2 /usr/local/omk/conf /var/lib/apache2/module /var/lib/opmantek.omk /run/opmantek.omk
tar --extract --file /root/before.tar --directory /
systemctl reset-failed
systemctl start omkd apache2
for try in $(seq 600); do
    [ -z "$(ss --no-header --listening --tcp --numeric 'sport = :8042')" ] || exit 0
    sleep 0.1
done
exit 1
"""


def descendants(process):
    """The processes (list of int) that a process started, and those that these started, on this machine.

    What runs on a host goes on when its controller dies.
    """
    children = {}
    here = os.readlink('/proc/self/ns/pid')
    for status in Path('/proc').glob('[0-9]*/stat'):
        with contextlib.suppress(OSError):
            if os.readlink(status.with_name('ns') / 'pid') != here:
                continue
            parent = int(status.read_text().rpartition(')')[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found, waiting = [], [process]
    while waiting:
        new = children.get(waiting.pop(), [])
        found += new
        waiting += new
    return found


def kill(process):
    """Kill a process and all its workers, without a moment in which one could act on the end of another."""
    stopped, new = [], [process.pid]
    while new:
        for one in new:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)
        stopped += new
        new = [one for one in descendants(process.pid) if one not in stopped]
    for one in reversed(stopped):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()


def interrupted(at_task, delay):
    """Kill a rollout `delay` seconds into its task number `at_task`; the task's name, None when that was too late."""
    report = CHECKOUT / '.cache/scenarios/killed/report'
    with subprocess.Popen(
        command('killed', 'rollout.yml', *BATCHES),
        cwd=CHECKOUT,
        text=True,
        bufsize=1,
        env=dict(environment('killed', report), PYTHONUNBUFFERED='1'),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        seen = 0
        for line in process.stdout:
            if line.startswith(('TASK [', 'RUNNING HANDLER [')):
                seen += 1
                name = line.partition('[')[2].partition(']')[0]
            if seen == at_task:
                time.sleep(delay)
                if process.poll() is not None:
                    return None
                kill(process)
                return name
        return None


@pytest.fixture(scope='module')
def servers():
    found = find('killed')
    assert len(found) == 3
    each(lambda server: server.run('sh', '-c', KEEP), found)
    return found


@pytest.fixture(scope='module')
def before(servers):
    return each(files, servers)


@pytest.fixture(scope='module')
def whole(servers, before):
    """A rollout that nobody kills: what the hosts then look like, how many tasks it has and how long one takes."""
    began = time.monotonic()
    run = Run('killed', 'rollout.yml', *BATCHES)
    assert run.code == 0, run.output
    tasks = run.output.count('\nTASK [') + run.output.count('\nRUNNING HANDLER [')
    return each(files, servers), tasks, (time.monotonic() - began) / tasks


@pytest.fixture(scope='module')
def kills(servers, whole):
    _files, tasks, length = whole
    chance, story = random.Random(SEED), []
    while len(story) < KILLS:
        each(lambda server: server.run('sh', '-c', RESET), servers)
        at_task, delay = chance.randint(1, tasks), chance.uniform(0, length)
        task = interrupted(at_task, delay)
        if task is None:
            continue  # it had ended already
        each(lambda server: server.run('sh', '-c', SETTLE), servers)
        left = each(files, servers)
        run = Run('killed', 'rollout.yml', *BATCHES)
        story.append(
            {
                'kill': len(story) + 1,
                'at_task': at_task,
                'delay': round(delay, 3),
                'task': task,
                'left': left,
                'code': run.code,
                'status': {host: row['status'] for host, row in run.rows.items()},
                'output': run.output,
                'after': each(files, servers),
                'events': each(lambda server: len(listen(server)), servers),
            }
        )
        another = Run('killed', 'rollout.yml', *BATCHES)
        story[-1]['code_of_another'] = another.code
        story[-1]['changes_of_another'] = {server.host: another.recap(server.host)['changed'] for server in servers}
        if len(story) % 4 == 0:
            story[-1]['undone'] = (Run('killed', 'revert.yml').code, each(files, servers))
    return story


@pytest.fixture(scope='module', autouse=True)
def record(kills, before, whole):
    """Keep the numbers where they can be read after the hosts are gone."""

    def host_state(host, left):
        # A record names the change that made it, so that no two runs write the same.
        right = configuration(left) == configuration(whole[0][host])
        return 'as before' if left == before[host] else 'right' if right else 'half-way'

    told = ('kill', 'at_task', 'delay', 'task', 'hosts', 'code', 'status')
    for one in kills:
        one['hosts'] = {host: host_state(host, left) for host, left in one['left'].items()}
    shown = [{key: one[key] for key in told} for one in kills]
    target = Path(os.environ.get('OMK_ARTIFACTS', CHECKOUT / 'artifacts')) / 'killed' / 'kills.json'
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({'seed': SEED, 'kills': shown}, indent=1) + '\n')


def test_the_next_run_ends_well(kills):
    assert len(kills) == KILLS
    for one in kills:
        assert one['code'] == 0, one['output']
        assert set(one['status'].values()) == {'green'}, one['output']


def test_no_host_is_left_half_way(kills, whole):
    for one in kills:
        assert {host: configuration(after) for host, after in one['after'].items()} == {
            host: configuration(after) for host, after in whole[0].items()
        }, (SEED, one['kill'], one['task'])


def test_events_arrive(kills):
    assert all(count == 1 for one in kills for count in one['events'].values())


def test_nothing_is_owed(kills):
    """The daemons run on what their files say: a further run has nothing to do on any host."""
    for one in kills:
        assert one['code_of_another'] == 0
        assert set(one['changes_of_another'].values()) == {0}


def test_the_kills_met_different_phases(kills):
    tasks = {one['task'] for one in kills}
    states = {state for one in kills for state in one['hosts'].values()}
    assert len(tasks) >= min(KILLS, 20) // 4, tasks
    assert KILLS < 20 or states == {'as before', 'half-way', 'right'}


def test_what_was_killed_and_resumed_can_be_undone(before, kills):
    undone = [one['undone'] for one in kills if 'undone' in one]
    assert len(undone) == KILLS // 4
    assert all(code == 0 and files == before for code, files in undone)
