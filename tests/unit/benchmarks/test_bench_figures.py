# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark makes of its samples."""

import importlib.util
import pathlib

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / 'benchmarks/fleet'


def load(name):
    specification = importlib.util.spec_from_file_location(f'bench_{name}', FOLDER / f'{name}.py')
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


figures = load('figures')
measure = load('measure')


def sample(what, wall, hosts=10, number=1, pair=1, strategy='linear', cpu=1.0, own=0.5, rss=2**20):
    return {
        'what': what,
        'wall': wall,
        'hosts': hosts,
        'round': number,
        'pair': pair,
        'strategy': strategy,
        'cpu': cpu,
        'own': own,
        'rss': rss,
        'executions': hosts,
    }


def test_a_ratio_is_of_medians_and_its_spread_is_of_pairs():
    samples = [
        sample('floor', 2, pair=1),
        sample('nothing', 3, pair=1),
        sample('floor', 4, pair=2),
        sample('nothing', 8, pair=2),
        sample('floor', 3, pair=3),
        sample('nothing', 6, pair=3),
    ]
    assert figures.ratio(samples, 'nothing', 'floor', 'wall', 10) == (2.0, 1.5, 2.0)


def test_only_runs_beside_each_other_are_compared():
    samples = [
        sample('floor', 100, pair=0),
        sample('floor', 2, pair=1),
        sample('nothing', 3, pair=1),
        sample('floor', 50, number=2),
        sample('floor', 50, hosts=20),
        sample('floor', 50, strategy='mitogen_linear'),
    ]
    assert figures.ratio(samples, 'nothing', 'floor', 'wall', 10) == (1.5, 1.5, 1.5)


def test_the_daemons_own_time_is_taken_off_both_sides():
    samples = [sample('change', 30, pair=0), sample('peer_change', 50, pair=0), sample('daemons', 10, pair=0)]
    assert figures.ratio(samples, 'change', 'peer_change', 'wall', 10, less_daemons=True)[0] == 0.5
    assert figures.ratio(samples[:2], 'change', 'peer_change', 'wall', 10, less_daemons=True) is None


def test_growth_is_what_a_run_costs_by_itself_and_for_each_host():
    samples = [sample('floor', 1 + 0.25 * hosts, hosts=hosts) for hosts in (5, 20, 40)]
    assert figures.growth(samples, 'floor', 'wall') == pytest.approx((1, 0.25))
    assert figures.growth(samples[:1], 'floor', 'wall') is None


@pytest.mark.parametrize(
    'slices, processors, forks, seconds, bound',
    [
        (1, 4, 100, 2 + 10000 * 0.1, 'main'),
        (10, 1, 100, 2 + 1000 * 0.3, 'processors'),
        (10, 4, 2, 2 + 1000 * 1.0, 'forks'),
    ],
)
def test_a_big_fleet_is_as_slow_as_the_slowest_part_of_a_slice(slices, processors, forks, seconds, bound):
    samples = [sample('verify', 1, hosts=hosts, cpu=2 + 0.3 * hosts, own=1 + 0.1 * hosts) for hosts in (5, 20, 40)]
    found = figures.seconds_for(samples, 'verify', 10000, slices, processors, forks)
    assert found == (pytest.approx(seconds), bound)


def test_the_tables_say_which_targets_were_missed():
    machine = {'date': '2026-01-01', 'processors': 2, 'python': '3.11', 'ansible': '2.19', 'forks': 10}
    tables = figures.markdown(machine, [sample('floor', 2), sample('nothing', 3.9), sample('verify', 3)])
    assert '| 1.95 (1.95–1.95) | ≤ 2.0 |' in tables
    tables = figures.markdown(machine, [sample('floor', 2), sample('nothing', 4.1)])
    assert '| **2.05** missed (2.05–2.05) | ≤ 2.0 |' in tables


def test_the_recap_of_a_run_is_read():
    text = (
        'PLAY RECAP ****\nomk01          : ok=3    changed=1    unreachable=0    failed=0    skipped=0\n'
        'omk02          : ok=0    changed=0    unreachable=1    failed=0    skipped=0\n'
    )
    assert measure.recap(text) == [('omk01', 3, 1, 0, 0), ('omk02', 0, 0, 1, 0)]


def test_a_run_is_measured_with_the_processes_that_it_leaves_behind(tmp_path):
    # The child says when its work is done: on a busy machine that takes any time.
    worker = (
        'import os, signal, time\n'
        'told, tell = os.pipe()\n'
        'if os.fork() == 0:\n'
        '    os.setsid()\n'
        '    while time.process_time() < 0.3: pass\n'
        '    os.write(tell, b"x")\n'
        '    signal.pause()\n'
        'os.read(told, 1)\n'
    )
    done = measure.run(['python3', '-c', worker], tmp_path / 'log', {})
    assert done['code'] == 0
    assert done['cpu'] >= 0.3 > done['own']
    assert done['rss'] > 2**20


def cells_of(page, begin):
    """The rows (list of list of str) of the first table of a page that has a row which begins so."""
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in page.splitlines() if line.startswith('|')]
    return [cells for cells in rows if cells[0].startswith(begin)]


def in_seconds(text):
    number, unit = text.split()
    return float(number) * {'s': 1, 'min': 60, 'h': 3600}[unit]


@pytest.mark.parametrize('servers', ['30', '300', '1,000', '3,000', '10,000'])
def test_what_an_admin_reads_first_is_what_the_measurement_gives(servers):
    """docs/scale.md: the times of its first table come from its table of growth, and are right to a quarter."""
    page = (FOLDER.parents[2] / 'docs/scale.md').read_text()
    need, measured = page.split('## What is measured')
    assert '4 processors' in need and '30 forks' in need
    [_servers, controllers, look, change] = cells_of(need, servers)[0]
    count = int(servers.replace(',', '')) / int(controllers)
    for said, what, row in (
        (look, 'nothing', '`site.yml`, nothing to change'),
        (change, 'change', '`site.yml`, everything to change'),
    ):
        growth = next(cells for cells in cells_of(measured, row) if len(cells) == 7 and cells[-1].endswith('kB'))
        each, main = in_seconds(growth[4]), in_seconds(growth[5])
        paper = count * max(main, each / 4, figures.BUSY[what] / 30)
        assert paper == pytest.approx(in_seconds(said), rel=0.3 if paper < 60 else 0.25), (servers, what)
