# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet costs: site.yml and verify.yml beside the least that Ansible can do and a hand-written playbook.

Hosts are containers with sshd on this machine. What is compared runs next to each other in one go, in alternating
order, every time with cold connections. Each run's result is checked: a figure of a run that did not do its job is
worth nothing.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import time

import figures
import hosts
import measure

ARTIFACTS = pathlib.Path(os.environ.get('OMK_ARTIFACTS', hosts.CHECKOUT / 'artifacts')) / 'bench'
PLAYBOOKS = {
    'floor': hosts.HERE / 'floor.yml',
    'nothing': hosts.CHECKOUT / 'playbooks/site.yml',
    'verify': hosts.CHECKOUT / 'playbooks/verify.yml',
    'change': hosts.CHECKOUT / 'playbooks/site.yml',
    'peer_nothing': hosts.HERE / 'peer.yml',
    'peer_change': hosts.HERE / 'peer.yml',
}
CHANGING = ('change', 'peer_change')
SCALE = hosts.CHECKOUT / 'docs/scale.md'
MARKS = ('<!-- figures: begin -->\n', '<!-- figures: end -->\n')


def say(text):
    print(f'bench: {text}', file=sys.stderr, flush=True)


def machine(forks):
    """Where this is measured (dict)."""
    about = json.loads(
        hosts.call(sys.executable, '-c', 'import ansible.release, json; print(json.dumps(ansible.release.__version__))')
    )
    return {
        'date': time.strftime('%Y-%m-%d'),
        'processors': os.cpu_count(),
        'python': platform.python_version(),
        'ansible': about,
        'forks': forks,
    }


class Bench:
    """A benchmark under way: the fleet, and the samples so far."""

    def __init__(self, fleet, forks, pairs):
        self.fleet = fleet
        self.forks = forks
        self.pairs = pairs
        self.samples = []

    def run(self, what, count, number, pair, strategy='linear', mitogen=None):
        """One measured run of a playbook, checked."""
        log = ARTIFACTS / 'logs' / f'{count}-{strategy}-{number}-{pair}-{what}.log'
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = dict(
            os.environ, ANSIBLE_FORKS=str(self.forks), ANSIBLE_NOCOLOR='1', OMK_REPORT_DIR=str(ARTIFACTS / 'report')
        )
        if mitogen:
            environment.update(
                ANSIBLE_STRATEGY=strategy,
                PYTHONPATH=str(mitogen),
                ANSIBLE_STRATEGY_PLUGINS=f'{mitogen}/ansible_mitogen/plugins/strategy',
            )
        before = self.fleet.remote_executions()
        sample = measure.run(
            ['ansible-playbook', '--inventory', str(self.fleet.inventory(count)), str(PLAYBOOKS[what])],
            log,
            environment,
        )
        after = self.fleet.remote_executions()
        _check(what, count, sample.pop('code'), log)
        sample.update(
            hosts=count,
            strategy=strategy,
            what=what,
            round=number,
            pair=pair,
            executions=sum(after.values()) - sum(before.values()),
        )
        self.samples.append(sample)
        say(
            f'{count:3} hosts, {strategy}, round {number}: {what:12} {sample["wall"] / count:.3f} s a host, CPU '
            f'{sample["cpu"] / count:.3f} s, {sample["executions"] / count:.1f} executions'
        )

    def daemons(self, count, number):
        """What the daemons' own reload and restart take for all hosts, as many at once as Ansible would."""
        names = self.fleet.names[:count]
        nothing = self.fleet.ssh('true', names, self.forks)
        wall = self.fleet.ssh('/opt/bench/restart-daemons', names, self.forks) - nothing
        self.samples.append(
            {'hosts': count, 'strategy': 'linear', 'what': 'daemons', 'round': number, 'pair': 0, 'wall': wall}
        )
        say(f'{count:3} hosts, round {number}: the daemons by themselves {wall / count:.3f} s a host')

    def reset(self, count):
        """All hosts as nobody has touched them."""
        self.fleet.ssh('/opt/bench/reset', self.fleet.names[:count])

    def round(self, count, number, mitogen):
        """Everything once (what is cheap: `pairs` times), in an order that turns round each time."""
        sides = [self._peer, self._ours]
        for side in sides if number % 2 else reversed(sides):
            self.reset(count)
            side(count, number, mitogen)

    def _peer(self, count, number, mitogen):
        self.run('peer_change', count, number, 0)
        self._in_turn(('floor', 'peer_nothing'), count, number, 0)
        if mitogen:
            self._in_turn(('floor', 'peer_nothing'), count, number, 0, 'mitogen_linear', mitogen)

    def _ours(self, count, number, mitogen):
        self.run('change', count, number, 0)
        for pair in range(1, self.pairs + 1):
            self._in_turn(('floor', 'nothing', 'verify'), count, number, pair)
            if mitogen:
                self._in_turn(('floor', 'nothing', 'verify'), count, number, pair, 'mitogen_linear', mitogen)
        self.daemons(count, number)

    def _in_turn(self, whats, count, number, pair, *strategy):
        for what in whats if (number + pair) % 2 else reversed(whats):
            self.run(what, count, number, pair, *strategy)


def _check(what, count, code, log):
    """Refuse a run that did not do its job."""
    recap = measure.recap(log.read_text(errors='replace'))
    lost = [host for host, _ok, _changed, unreachable, failed in recap if unreachable or failed]
    wrong = [host for host, _ok, changed, _unreachable, _failed in recap if bool(changed) != (what in CHANGING)]
    if code or len(recap) != count or lost:
        raise hosts.Failed(f'{what}: exit code {code}, {len(recap)} of {count} hosts, failed: {lost}; see {log}')
    if wrong:
        raise hosts.Failed(f'{what}: changed {"nothing" if what in CHANGING else "something"} on {wrong}; see {log}')


def fetch_mitogen():
    """The folder with mitogen, fetched for this benchmark alone; None, with a reason, where that does not work."""
    folder = hosts.CACHE / 'mitogen'
    done = subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'install',
            '--quiet',
            '--disable-pip-version-check',
            '--no-deps',
            f'--target={folder}',
            f'--requirement={hosts.HERE}/requirements-mitogen.txt',
        ],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        say(f'without mitogen: {done.stderr.strip()[-300:]}')
        return None
    return folder


def with_mitogen(bench, count):
    """The folder with mitogen when this ansible-core works with it, else None."""
    mitogen = fetch_mitogen()
    try:
        if mitogen:
            bench.run('floor', count, 0, 0, 'mitogen_linear', mitogen)
            bench.samples.pop()
    except hosts.Failed as failure:
        say(f'without mitogen, which does not work with this ansible-core: {failure}')
        return None
    return mitogen


def write(about, samples):
    """Leave what is known so far among the artifacts."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / 'fleet.json').write_text(json.dumps({'machine': about, 'samples': samples}, indent=1) + '\n')
    (ARTIFACTS / 'fleet.md').write_text(figures.markdown(about, samples))


def publish():
    """Put the tables of the last benchmarks into docs/scale.md, in the place of the ones that are there."""
    simulated = ARTIFACTS / 'simulated/simulated.md'
    more = [simulated.read_text()] if simulated.exists() else []
    kept = json.loads((ARTIFACTS / 'fleet.json').read_text())
    head, begin, rest = SCALE.read_text().partition(MARKS[0])
    _old, end, tail = rest.partition(MARKS[1])
    if not begin or not end:
        raise hosts.Failed(f'{SCALE} lost its marks for the figures.')
    tables = '\n'.join([figures.markdown(kept['machine'], kept['samples']), *more])
    SCALE.write_text(head + begin + '\n' + tables + '\n' + end + tail)


def main():
    parser = argparse.ArgumentParser(prog='dev/bench', description=__doc__.splitlines()[0])
    parser.add_argument('--hosts', type=int, nargs='+', default=[5, 20, 40], metavar='N', help='sizes of the fleet')
    parser.add_argument('--repeats', type=int, default=3, metavar='N', help='rounds for each size')
    parser.add_argument('--pairs', type=int, default=2, metavar='N', help='cheap runs in each round')
    parser.add_argument('--forks', type=int, default=10, metavar='N')
    parser.add_argument('--no-mitogen', dest='mitogen', action='store_false', help='leave the mitogen strategy out')
    parser.add_argument('--publish', action='store_true', help='put the last tables into docs/scale.md')
    options = parser.parse_args()
    if options.publish:
        publish()
        return
    about = machine(options.forks)
    with contextlib.ExitStack() as stack:
        say('building the image and making the fleet')
        bench = Bench(stack.enter_context(hosts.Fleet()), options.forks, options.pairs)
        mitogen = None
        for count in sorted(options.hosts):
            bench.fleet.grow(count)
            if options.mitogen and count == min(options.hosts):
                mitogen = with_mitogen(bench, count)
            for number in range(1, options.repeats + 1):
                bench.round(count, number, mitogen)
                write(about, bench.samples)
    print(figures.markdown(about, bench.samples))
    say(f'the tables and all samples are in {ARTIFACTS}')


if __name__ == '__main__':
    # As for Ctrl-C: the fleet is removed on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except hosts.Failed as failure:
        sys.exit(f'bench: {failure}')
    except KeyboardInterrupt:
        sys.exit('bench: interrupted')
