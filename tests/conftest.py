# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share: the counts that they print at the end."""

import collections


def pytest_terminal_summary(terminalreporter):
    """Add up what the tests counted."""
    counts = collections.Counter()
    for report in terminalreporter.stats.get('passed', []):
        for name, value in report.user_properties:
            counts[name if isinstance(value, int) else f'{name}: {value}'] += value if isinstance(value, int) else 1
    for name, count in sorted(counts.items()):
        terminalreporter.write_line(f'{name}: {count}')
