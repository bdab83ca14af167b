# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From samples to figures, and to the tables that people read. Pure.

A sample is a dict: `hosts` (int), `strategy` (str), `what` (str, a key of WHATS), `round` and `pair` (int: what is to
be compared was run next to each other), `wall`, `cpu` and `own` (seconds for all hosts, see measure.py), `rss` (bytes),
`executions` (remote ones, of all hosts together). What the daemons take is a sample with `wall` alone and the what
`daemons`.
"""

import statistics

WHATS = {
    'floor': 'floor: one `ansible.builtin.ping`',
    'nothing': '`site.yml`, nothing to change',
    'verify': '`verify.yml`',
    'peer_nothing': 'peer, nothing to change',
    'change': '`site.yml`, everything to change',
    'peer_change': 'peer, everything to change',
}
#: (what, against what, column, without the daemons' own time, the most that is allowed)
TARGETS = (
    ('nothing', 'floor', 'wall', False, 2.0),
    ('nothing', 'floor', 'cpu', False, 1.8),
    ('nothing', 'peer_nothing', 'wall', False, 0.2),
    ('nothing', 'peer_nothing', 'cpu', False, None),
    ('verify', 'floor', 'wall', False, None),
    ('verify', 'floor', 'cpu', False, None),
    ('peer_nothing', 'floor', 'wall', False, None),
    ('peer_nothing', 'floor', 'cpu', False, None),
    ('change', 'peer_change', 'wall', True, 0.5),
    ('change', 'peer_change', 'wall', False, None),
    ('change', 'peer_change', 'cpu', False, None),
)
#: For the arithmetic of a big fleet: hosts, (slices, processors and forks of each), and for how many seconds a host
#: keeps a fork busy on a real network: a login and a look; four more steps and the restart of a real OMK.
BIG = 10_000
SLICES = ((1, 4, 16), (10, 4, 16), (10, 8, 50))
BUSY = {'verify': 2, 'nothing': 2, 'change': 45}
_COLUMNS = {'wall': 'wall time', 'cpu': "controller's CPU"}


def chosen(samples, what, hosts, strategy='linear'):
    """The samples of one kind."""
    return [one for one in samples if (one['what'], one['hosts'], one['strategy']) == (what, hosts, strategy)]


def median(samples, column):
    """The median of a column (float), or None without samples."""
    return statistics.median(one[column] for one in samples) if samples else None


def ratio(samples, what, against, column, hosts, strategy='linear', less_daemons=False):
    """How one kind of run compares with another.

    Returns:
        (float, float, float) or None: the ratio of the medians, and the smallest and the biggest ratio of a pair. Only
        runs that stood beside each other count: those of the same pair, or else all of the same round.
    """
    ours, theirs = chosen(samples, what, hosts, strategy), chosen(samples, against, hosts, strategy)
    daemons = median(chosen(samples, 'daemons', hosts), 'wall') if less_daemons else 0
    if not ours or not theirs or daemons is None:
        return None
    pairs, compared = [], []
    for one in ours:
        same_round = [other for other in theirs if other['round'] == one['round']]
        beside = [other for other in same_round if other['pair'] == one['pair']] or same_round
        if beside:
            pairs.append((one[column] - daemons) / (median(beside, column) - daemons))
            compared += [other for other in beside if other not in compared]
    if not pairs:
        return None
    whole = (median(ours, column) - daemons) / (median(compared, column) - daemons)
    return whole, min(pairs), max(pairs)


def growth(samples, what, column, strategy='linear'):
    """A straight line through the medians over the number of hosts (least squares).

    Returns:
        (float, float) or None: what a run costs without hosts, and what each host adds.
    """
    sizes = sorted({one['hosts'] for one in samples})
    points = [(hosts, median(chosen(samples, what, hosts, strategy), column)) for hosts in sizes]
    points = [(hosts, value) for hosts, value in points if value is not None]
    if len(points) < 2:
        return None
    line = statistics.linear_regression(*zip(*points, strict=True))
    return line.intercept, line.slope


def _row(*cells):
    return '| ' + ' | '.join(str(cell) for cell in cells) + ' |'


def _head(*cells):
    return [_row(*cells), _row('---', *['---:'] * (len(cells) - 1))]


def _figures(samples, hosts, strategy):
    lines = [
        *_head(
            f'{hosts} hosts' + (', mitogen' if strategy != 'linear' else ''),
            'wall time a host',
            "controller's CPU a host",
            'remote executions a host',
            'biggest process',
            'runs',
        )
    ]
    for what, name in WHATS.items():
        found = chosen(samples, what, hosts, strategy)
        if found:
            wall, cpu = ([one[column] / hosts for one in found] for column in ('wall', 'cpu'))
            lines.append(
                _row(
                    name,
                    *(f'{statistics.median(times):.3f} s ({min(times):.3f}–{max(times):.3f})' for times in (wall, cpu)),
                    f'{median(found, "executions") / hosts:.1f}',
                    f'{median(found, "rss") / 2**20:.0f} MB',
                    len(found),
                )
            )
    daemons = chosen(samples, 'daemons', hosts) if strategy == 'linear' else []
    if daemons:
        lines.append(
            _row(
                "the daemons' own reload and restart",
                f'{median(daemons, "wall") / hosts:.3f} s',
                '',
                '',
                '',
                len(daemons),
            )
        )
    return lines if len(lines) > 2 else []


def _ratios(samples, sizes, strategies):
    lines = _head(
        'ratio of medians (pairs: smallest–biggest)',
        *(
            f'{hosts} hosts' + (', mitogen' if strategy != 'linear' else '')
            for strategy in strategies
            for hosts in sizes
        ),
        'target',
    )
    for what, against, column, less_daemons, target in TARGETS:
        cells = []
        for strategy in strategies:
            for hosts in sizes:
                found = ratio(samples, what, against, column, hosts, strategy, less_daemons)
                missed = found and target and strategy == 'linear' and found[0] > target
                shape = '**{:.2f}** missed ({:.2f}–{:.2f})' if missed else '{:.2f} ({:.2f}–{:.2f})'
                cells.append(shape.format(*found) if found else '')
        if any(cells):
            name = f'{_short(what)} / {_short(against)}, {_COLUMNS[column]}'
            lines.append(
                _row(
                    name + (", without the daemons' own" if less_daemons else ''),
                    *cells,
                    f'≤ {target}' if target else '',
                )
            )
    return lines


def _short(what):
    return WHATS[what].partition(':')[0]


def _growth(samples):
    lines = _head(
        'growth',
        'wall time: fixed',
        'and each host',
        "controller's CPU: fixed",
        'and each host',
        'of it in the main process',
        'memory: each host',
    )
    for what, name in WHATS.items():
        wall, cpu, own, rss = (growth(samples, what, column) for column in ('wall', 'cpu', 'own', 'rss'))
        if wall:
            lines.append(
                _row(
                    name,
                    f'{wall[0]:.1f} s',
                    f'{wall[1]:.3f} s',
                    f'{cpu[0]:.1f} s',
                    f'{cpu[1]:.3f} s',
                    f'{own[1]:.3f} s',
                    f'{rss[1] / 2**10:.0f} kB',
                )
            )
    return lines if len(lines) > 2 else []


def seconds_for(samples, what, hosts, slices, processors, forks):
    """On paper: how long a job takes that is cut into slices, each with a controller of its own.

    Three things bound a slice: its main process, which works on one processor; all its processes on all processors; and
    its forks, each of which is kept busy by one host at a time. The slowest of them decides.

    Returns:
        (float, str) or None: seconds, and what bounds it (`main`, `processors` or `forks`).
    """
    cpu, own = growth(samples, what, 'cpu'), growth(samples, what, 'own')
    if not cpu or not own:
        return None
    each = {'main': own[1], 'processors': cpu[1] / processors, 'forks': BUSY[what] / forks}
    bound = max(each, key=each.get)
    return max(0, cpu[0]) + hosts / slices * each[bound], bound


def _big(samples):
    lines = _head(
        f'{BIG:,} hosts, on paper',
        "controllers' CPU in all",
        *(
            f'{slices} slice{"s" if slices > 1 else ""} × {processors} processors, {forks} forks'
            for slices, processors, forks in SLICES
        ),
    )
    for what in BUSY:
        cpu = growth(samples, what, 'cpu')
        if cpu and growth(samples, what, 'own'):
            cells = [seconds_for(samples, what, BIG, *slicing) for slicing in SLICES]
            lines.append(
                _row(
                    WHATS[what],
                    f'{cpu[1] * BIG / 3600:.1f} h',
                    *(f'{seconds / 60:.0f} min ({bound})' for seconds, bound in cells),
                )
            )
    return lines if len(lines) > 2 else []


def markdown(machine, samples):
    """All tables (str). `machine` (dict) says where they were measured: see `__main__.machine`."""
    sizes = sorted({one['hosts'] for one in samples})
    strategies = [name for name in ('linear', 'mitogen_linear') if any(one['strategy'] == name for one in samples)]
    about = (
        f'{machine["date"]}: {machine["processors"]} processors for controller and hosts together, Python '
        f'{machine["python"]}, ansible-core {machine["ansible"]}, {machine["forks"]} forks. Times are medians, '
        'with the smallest and the biggest.'
    )
    tables = [[about], _ratios(samples, sizes, strategies)]
    tables += [_figures(samples, hosts, strategy) for strategy in strategies for hosts in sizes]
    tables += [_growth(samples), _big(samples)]
    return '\n\n'.join('\n'.join(table) for table in tables if table) + '\n'
