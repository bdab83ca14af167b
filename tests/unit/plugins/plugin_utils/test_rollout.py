# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import json
import subprocess
import sys

import pytest
from ansible_collections.opmantek.omk.plugins.plugin_utils._rollout import batches, decide, sizes, state


def hosts(count):
    return [f'omk{number}' for number in range(1, count + 1)]


SERIALS = [[1, '10%', '100%'], [1], ['30%'], [5, '25%'], ['1%'], ['100%'], [2, 3, 5], ['33%', '33%', '34%'], [1000]]
COUNTS = [1, 2, 3, 9, 10, 11, 29, 40, 99, 101, 1000]
# In a process of its own: Ansible's executor makes a controller of the process that loads it.
ANSIBLES_OWN = """
import json, sys, types
from ansible.executor.playbook_executor import PlaybookExecutor

def batches(names, serial):
    inventory = types.SimpleNamespace(get_hosts=lambda *_pattern, **_options: list(names))
    play = types.SimpleNamespace(hosts='all', order=None, serial=serial)
    return PlaybookExecutor._get_serialized_batches(types.SimpleNamespace(_inventory=inventory), play)

print(json.dumps([batches(*case) for case in json.load(sys.stdin)]))
"""


def test_batches_are_those_that_ansible_makes():
    cases = [(hosts(count), serial) for serial in SERIALS for count in COUNTS]
    # Where 0.35 is a little less than that, a host less may come out.
    cases += [
        (hosts(count), [f'{percent}%', '100%']) for percent in range(1, 101) for count in (40, 50, 90, 100, 180, 200)
    ]
    said = subprocess.run(
        [sys.executable, '-c', ANSIBLES_OWN], input=json.dumps(cases), check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert [batches(*case) for case in cases] == json.loads(said)


@pytest.mark.parametrize(
    ('wanted', 'expected'),
    [
        ([1, '10%', '100%'], [1, '10%', '100%']),
        ('1, 10%, 100%', [1, '10%', '100%']),
        ('5', [5]),
        (5, [5]),
        ([' 20 % '], ['20%']),
        (['3'], [3]),
    ],
)
def test_sizes(wanted, expected):
    assert sizes(wanted) == expected


@pytest.mark.parametrize('wanted', ['a tenth', [0], ['0%'], [-1], [1.5], [], '', '1,,2', [None], [True], [[1]]])
def test_what_is_no_size(wanted):
    with pytest.raises(ValueError, match='omk_batches'):
        sizes(wanted)


FLEET = hosts(40)  # batches of 1, 4 and 35


def at_batch(number, failed=(), limit=0):
    alive = [host for host in FLEET if host not in failed]
    part = batches(FLEET, [1, '10%', '100%'])[number - 1]
    return state(FLEET, [1, '10%', '100%'], alive, [host for host in part if host in alive], limit)


@pytest.mark.parametrize('number', [1, 2, 3])
def test_a_rollout_without_failures_goes_on(number):
    assert at_batch(number)['number'] == number
    assert at_batch(number)['stop'] == ''


def test_the_plan_names_the_canary():
    assert at_batch(1)['plan'] == '40 hosts in 3 batches: 1, 4, 35. First omk1.'


@pytest.mark.parametrize(
    ('failed', 'limit', 'stops'),
    [
        (['omk3'], 0, True),
        (['omk3'], 24.9, True),
        (['omk3'], 25, False),
        (['omk3', 'omk4'], '25', True),
        (['omk3', 'omk4'], '50', False),
        (['omk2', 'omk3', 'omk4', 'omk5'], 99, True),
        (['omk5'], 100, False),
        (['omk1'], 0, True),
    ],
)
def test_the_limit_is_of_one_batch(failed, limit, stops):
    assert bool(at_batch(3, failed, limit)['stop']) == stops


def test_the_stop_says_all():
    stop = at_batch(3, ['omk3', 'omk5'], 25)['stop']
    assert stop.startswith(
        'The rollout stops after batch 2 of 3: 2 of its 4 hosts failed (omk3, omk5), '
        'and omk_max_fail_percentage allows 25 %. 35 hosts were not tried.'
    )


def test_hosts_of_the_batch_itself_do_not_stop_it():
    assert at_batch(2, ['omk2', 'omk3'])['stop'] == ''


@pytest.mark.parametrize('limit', ['many', -1, 101, None])
def test_what_is_no_limit(limit):
    with pytest.raises(ValueError, match='omk_max_fail_percentage'):
        at_batch(1, limit=limit)


@pytest.mark.parametrize('current', [FLEET[:5], FLEET[:40], FLEET[1:3], FLEET[4:6]])
def test_batches_of_which_ansible_does_not_know(current):
    with pytest.raises(ValueError, match='omk_batches .1, 10%, 100%. is not what Ansible made the batches of.*with -e'):
        state(FLEET, [1, '10%', '100%'], FLEET, current, 0)


@pytest.mark.parametrize(
    ('number', 'failed', 'limit', 'expected', 'message'),
    [
        (1, (), 0, 'begin', '40 hosts in 3 batches: 1, 4, 35. First omk1.'),
        (2, (), 0, 'begin', ''),
        (3, ['omk3'], 25, 'begin', ''),
        (3, ['omk3'], 0, 'end', 'The rollout stops after batch 2 of 3: 1 of its 4 hosts failed'),
        (1, (), 'many', 'fail', "omk_max_fail_percentage is 'many'; use a number from 0 to 100."),
    ],
)
def test_what_is_next(number, failed, limit, expected, message):
    alive = [host for host in FLEET if host not in failed]
    part = [host for host in batches(FLEET, [1, '10%', '100%'])[number - 1] if host in alive]
    found = decide(FLEET, [1, '10%', '100%'], alive, part, limit)
    assert (found['number'], found['next']) == (number if expected != 'fail' else 0, expected)
    assert found['message'].startswith(message) and bool(found['message']) == bool(message)
