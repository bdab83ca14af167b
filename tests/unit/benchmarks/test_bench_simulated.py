# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark of simulated hosts makes of its samples, and which runs it refuses."""

import argparse
import importlib.util
import json
import pathlib

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def simulated(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(FOLDER / 'fleet'))
    specification = importlib.util.spec_from_file_location('bench_simulated', FOLDER / 'simulated/__main__.py')
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, 'ARTIFACTS', tmp_path)
    return module


def sample(what, cpu, hosts=300, slices=1):
    return {'what': what, 'cpu': cpu, 'wall': 30.0, 'rss': 60 * 2**20, 'hosts': hosts, 'slices': slices}


def test_the_ratio_is_to_the_pings_of_that_size_and_that_many_processes(simulated):
    samples = [sample('ping', cpu) for cpu in (10.0, 11.0, 90.0)] + [sample('verify.yml', 22.0)]
    samples += [sample('ping', 5.0, slices=10), sample('verify.yml', 20.0, slices=10)]
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in simulated.markdown(samples).splitlines()[2:]]
    assert rows == [
        ['300', 'ping', '0.1000 s', '0.0367 s', '1.00', '60 MB', '3'],
        ['300', 'verify.yml', '0.1000 s', '0.0733 s', '2.00', '60 MB', '1'],
        ['300 in 10 processes', 'ping', '0.1000 s', '0.0167 s', '1.00', '60 MB', '1'],
        ['300 in 10 processes', 'verify.yml', '0.1000 s', '0.0667 s', '4.00', '60 MB', '1'],
    ]


def test_the_processes_share_the_hosts(simulated):
    lines = simulated.commands('playbooks/verify.yml', 300, 10)[2]
    assert lines.count('ansible-runner run') == 10
    hosts = [json.loads(path.read_text())['omk']['hosts'] for path in (simulated.ARTIFACTS / 'inventory').iterdir()]
    assert [len(one) for one in hosts] == [30] * 10
    assert len({host for one in hosts for host in one}) == 300


RECAP = (
    'omk00000 : ok=1 changed=0 unreachable={} failed=0 skipped=0\nomk00001 : ok=1 changed=0 unreachable=0 failed=0\n'
)


@pytest.mark.parametrize(
    ('dark', 'unreachable', 'code', 'count', 'accepted'),
    [
        (0, 0, 0, 2, True),
        (1, 1, 4, 2, True),
        (0, 0, 2, 2, False),  # a failure that was not asked for
        (0, 0, 0, 3, False),  # a host is missing
        (0, 1, 4, 2, False),  # the host that should be unreachable is not
    ],
)
def test_a_run_that_did_not_do_what_it_should_is_not_counted(simulated, dark, unreachable, code, count, accepted):
    log = simulated.ARTIFACTS / 'log'
    log.write_text('PLAY RECAP ****\n' + RECAP.format(dark))
    options = argparse.Namespace(unreachable=unreachable, yellow=0)
    if accepted:
        simulated.check('ping', count, code, [log], options)
    else:
        with pytest.raises(SystemExit, match='ping on . simulated hosts: exit code'):
            simulated.check('ping', count, code, [log], options)


def test_one_of_several_processes_that_failed_counts(simulated):
    for number, code in enumerate((0, 2)):
        folder = simulated.ARTIFACTS / f'runner/{number}/artifacts/run'
        folder.mkdir(parents=True)
        (folder / 'rc').write_text(str(code))
        (folder / 'stdout').write_text(f'omk0000{number} : ok=1 changed=0 unreachable=0 failed=0\n')
    options = argparse.Namespace(unreachable=0, yellow=0)
    code, logs = simulated.outcome(2, 0, simulated.ARTIFACTS / 'log')
    simulated.check('ping', 2, 0, logs, options)
    with pytest.raises(SystemExit, match='exit code 2, 2 hosts'):
        simulated.check('ping', 2, code, logs, options)
    assert simulated.outcome(1, 4, simulated.ARTIFACTS / 'log') == (4, [simulated.ARTIFACTS / 'log'])
