# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share: the tools' environment, samples of what is exhaustive, and the counts printed at the end."""

import collections
import os
import pathlib
import random
import subprocess

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
#: Where random choices begin, and how many times fewer cases than all to take of what is exhaustive.
SEED = int(os.environ.get('OMK_SEED') or 1)
SAMPLE = int(os.environ.get('OMK_SAMPLE') or 1)


def pytest_configure(config):
    """Have the environment of dev/env.sh also where nobody has sourced it, as in `.venv/bin/pytest tests/unit`."""
    config.addinivalue_line(
        'markers',
        'exhaustive: with OMK_SAMPLE=N, an N-th of the cases, chosen by OMK_SEED: of those of a test, '
        'or, where a file is marked, of all in the file',
    )
    # ansible-test copies the tests to a tree without a virtual environment, and has an environment of its own.
    if 'OMK_CHECKOUT' in os.environ or not (CHECKOUT / '.venv').exists():
        return
    said = subprocess.run(
        ['bash', '-c', '. "$1" && env -0', 'bash', CHECKOUT / 'dev/env.sh'], check=True, capture_output=True, text=True
    )
    os.environ.update(line.split('=', 1) for line in said.stdout.split('\0') if line)
    os.environ.pop('PYTHONDONTWRITEBYTECODE', None)  # which dev/env.sh takes away


def pytest_report_header():
    """Say what can be given to have the same run again."""
    return f'OMK_SEED={SEED} OMK_SAMPLE={SAMPLE}'


def pytest_collection_modifyitems(config, items):
    """Take a sample of each exhaustive test. Every process of a run takes the same one."""
    cases = collections.defaultdict(list)
    for item in items:
        marked, _marker = next(item.iter_markers_with_node('exhaustive'), (None, None))
        if SAMPLE > 1 and marked:
            cases[item.parent.nodeid, item.originalname if marked is item else ''].append(item)
    left_out = set()
    for (_file, name), all_of_it in cases.items():
        kept = random.Random(f'{SEED} {name}').sample(all_of_it, -(-len(all_of_it) // SAMPLE))
        left_out.update(set(all_of_it) - set(kept))
    if left_out:
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter):
    """Add up what the tests counted."""
    counts = collections.Counter()
    for report in terminalreporter.stats.get('passed', []):
        for name, value in report.user_properties:
            counts[name if isinstance(value, int) else f'{name}: {value}'] += value if isinstance(value, int) else 1
    for name, count in sorted(counts.items()):
        terminalreporter.write_line(f'{name}: {count}')
