# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what the layouts were on older versions of Apache, from the results that pytest has written.

    python tests/apache/table.py VERSION=RESULTS.xml...

The first column is what is expected of the Apache of today, to which tests/apache/test_layouts.py holds Debian's own.
"""

import sys
from xml.etree import ElementTree

from layouts import LAYOUTS, numbers, on_version


def results(path):
    """What became of each layout (dict): what its test recorded, or FAILED."""
    found = {}
    for case in ElementTree.parse(path).iter('testcase'):
        name = case.get('name').partition('[')[2].rstrip(']')
        recorded = [one.get('value') for one in case.iter('property') if one.get('name') == 'layouts']
        bad = case.find('failure') is not None or case.find('error') is not None
        found[name] = 'FAILED' if bad or not recorded else recorded[0]
    return found


def today(layout):
    """What is expected of it today."""
    return 'refused' if layout.refused else 'changed' if layout.changes else 'right already'


def cell(layout, version, found):
    """What to show of a layout on a version."""
    said = found.get(layout.name, 'FAILED')
    if said == 'FAILED' or on_version(layout, numbers(version)) == layout:
        return 'passed' if said == today(layout) else said
    return f'differs as declared: {said}'


def main():
    """Print the table, and what it adds up to."""
    columns = [(version, results(path)) for version, path in (one.split('=', 1) for one in sys.argv[1:])]
    rows = [('layout', 'today', *(version for version, _found in columns))]
    for layout in LAYOUTS:
        rows.append((layout.name, today(layout), *(cell(layout, version, found) for version, found in columns)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print('  '.join(one.ljust(width) for one, width in zip(row, widths, strict=True)).rstrip())
    for number, version in enumerate(rows[0][1:], 1):
        cells = [row[number] for row in rows[1:]]
        print(f'Apache {version}: ' + ', '.join(f'{cells.count(one)} {one}' for one in sorted(set(cells))))


if __name__ == '__main__':
    main()
