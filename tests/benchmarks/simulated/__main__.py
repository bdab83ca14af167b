# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller's own work costs: verify.yml and site.yml beside one ping, on hosts that are not there.

The hosts answer at once, or after a delay, with what the modules once said on a real host (connection/simulated.py), so
that any number of them fits on one machine. What is compared runs next to each other, in alternating order.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import statistics
import sys

import measure

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
ARTIFACTS = pathlib.Path(os.environ.get('OMK_ARTIFACTS', CHECKOUT / 'artifacts')) / 'bench/simulated'
FLOOR = 'tests/benchmarks/fleet/floor.yml'
PLAYBOOKS = {'ping': FLOOR, 'verify.yml': 'playbooks/verify.yml', 'site.yml': 'playbooks/site.yml'}
SLICES = 10


def inventory(path, first, count):
    """Write an inventory of hosts that are not there; returns its path (str)."""
    hosts = {f'omk{number:05}': {} for number in range(first, first + count)}
    variables = {'ansible_connection': 'simulated', 'ansible_python_interpreter': '/usr/bin/python3'}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({'omk': {'hosts': hosts, 'vars': variables}}))
    return str(path)


def commands(playbook, count, slices):
    """The command that runs a playbook on so many hosts, in one process or in slices beside each other."""
    if slices == 1:
        hosts = inventory(ARTIFACTS / f'inventory/{count}.json', 0, count)
        return ['ansible-playbook', '--inventory', hosts, playbook]
    lines = []
    shutil.rmtree(ARTIFACTS / 'runner', ignore_errors=True)
    for number in range(slices):
        hosts = inventory(ARTIFACTS / f'inventory/{count}-{number}.json', number * count // slices, count // slices)
        folder = ARTIFACTS / f'runner/{number}'
        command = ['ansible-runner', 'run', str(folder), '--project-dir', str(CHECKOUT), '--inventory', hosts]
        lines.append(shlex.join([*command, '--ident', 'run', '--quiet', '--playbook', playbook]) + ' &')
    return ['bash', '-c', '\n'.join([*lines, 'wait'])]


def outcome(slices, code, log):
    """The exit code of a run (the worst of its slices', int) and what it printed (list of Path)."""
    if slices == 1:
        return code, [log]
    kept = [ARTIFACTS / f'runner/{number}/artifacts/run' for number in range(slices)]
    return max(int((folder / 'rc').read_text()) for folder in kept), [folder / 'stdout' for folder in kept]


def environment(options):
    """Where ansible-playbook finds the simulated hosts, and how they behave."""
    return dict(
        os.environ,
        ANSIBLE_CONNECTION_PLUGINS=str(HERE / 'connection'),
        ANSIBLE_FORKS=str(options.forks),
        ANSIBLE_NOCOLOR='1',
        OMK_REPORT_DIR=str(ARTIFACTS / 'report'),
        SIMULATED_RECORDED=str(HERE / 'recorded'),
        SIMULATED_ANSWER_DELAY=str(options.delay),
        SIMULATED_UNREACHABLE=str(options.unreachable),
        SIMULATED_YELLOW=str(options.yellow),
        SIMULATED_SLOW=str(options.slow),
    )


def check(name, count, code, logs, options):
    """Refuse a run that did not reach the hosts that it should."""
    recap = [row for log in logs for row in measure.recap(log.read_text(errors='replace'))]
    per_host = [(int(host[-2:]) < options.unreachable) == bool(dark) for host, _ok, _changed, dark, _failed in recap]
    expected = 4 if options.unreachable else 2 if options.yellow and name != 'ping' else 0
    if code != expected or len(recap) != count or not all(per_host):
        sys.exit(f'bench: {name} on {count} simulated hosts: exit code {code}, {len(recap)} hosts; see {logs[0]}')


def markdown(samples):
    """The tables of all samples (str)."""
    lines = [
        "| simulated hosts | run | wall time a host | controller's CPU a host | to ping | biggest process | runs |",
        '| ---: | --- | ---: | ---: | ---: | ---: | ---: |',
    ]
    for count, slices in dict.fromkeys((one['hosts'], one['slices']) for one in samples):
        group = [one for one in samples if (one['hosts'], one['slices']) == (count, slices)]

        def median(name, column, group=group):
            return statistics.median(one[column] for one in group if one['what'] == name)

        for name in PLAYBOOKS:
            runs = sum(one['what'] == name for one in group)
            if runs:
                ratio = median(name, 'cpu') / median('ping', 'cpu')
                lines.append(
                    f'| {count:,}{f" in {slices} processes" if slices > 1 else ""} | {name} '
                    f'| {median(name, "wall") / count:.4f} s | {median(name, "cpu") / count:.4f} s | {ratio:.2f} '
                    f'| {median(name, "rss") / 2**20:.0f} MB | {runs} |'
                )
    return '\n'.join(lines) + '\n'


def main():
    parser = argparse.ArgumentParser(prog='dev/bench simulated', description=__doc__.splitlines()[0])
    parser.add_argument('--hosts', type=int, nargs='+', default=[300, 1200, 5000], metavar='N')
    parser.add_argument('--repeats', type=int, default=1, metavar='N', help='pairs for each size')
    parser.add_argument('--forks', type=int, default=10, metavar='N')
    parser.add_argument(
        '--slices', type=int, nargs='+', default=[1, SLICES], metavar='N', help='processes side by side'
    )
    parser.add_argument('--delay', type=float, default=0, metavar='S', help='seconds until a host answers')
    for share in ('unreachable', 'yellow', 'slow'):
        parser.add_argument(f'--{share}', type=int, default=0, metavar='PERCENT', help=f'hosts that are {share}')
    options = parser.parse_args()
    # Of a yellow host site.yml wants answers that nobody has recorded.
    names = [name for name in PLAYBOOKS if name != 'site.yml' or not options.yellow]
    samples = []
    for count in sorted(options.hosts):
        for slices in options.slices:
            for number in range(options.repeats):
                for name in names if number % 2 == 0 else reversed(names):
                    log = ARTIFACTS / f'logs/{count}-{slices}-{number}-{name}.log'
                    log.parent.mkdir(parents=True, exist_ok=True)
                    command = commands(str(CHECKOUT / PLAYBOOKS[name]), count, slices)
                    sample = measure.run(command, log, environment(options))
                    check(name, count, *outcome(slices, sample.pop('code'), log), options)
                    samples.append({**sample, 'hosts': count, 'slices': slices, 'what': name})
                    print(f'bench: {count} hosts, {slices} at once, {name}: CPU {sample["cpu"]:.1f} s', file=sys.stderr)
                (ARTIFACTS / 'simulated.json').write_text(json.dumps(samples, indent=1) + '\n')
                (ARTIFACTS / 'simulated.md').write_text(markdown(samples))
    print(markdown(samples))


if __name__ == '__main__':
    main()
