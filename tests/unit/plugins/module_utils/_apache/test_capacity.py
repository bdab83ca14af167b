# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests Apache serves at once; the numbers are those of the manual's pages on the MPMs."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import capacity, dump


def bound(mpm, *directives):
    """What is said of an Apache with that MPM and these directives of the server."""
    lines = [
        '# In file: /etc/apache2/apache2.conf',
        *(f'# {number:3}:\n{line}' for number, line in enumerate(directives, 1)),
        'Loaded Modules:',
        ' so_module (static)',
        *([f' mpm_{mpm}_module (shared)'] if mpm else []),
    ]
    found = capacity.capacity(dump.parse_dump('\n'.join(lines)))
    assert found['mpm'] == mpm
    return found['max_request_workers']


@pytest.mark.parametrize(
    ('mpm', 'directives', 'workers'),
    [
        ('prefork', (), 256),
        ('worker', (), 400),
        ('event', (), 400),
        # MaxRequestWorkers bounds, under its old name too, and the last one counts.
        ('event', ('MaxRequestWorkers 150',), 150),
        ('event', ('MaxClients 150',), 150),
        ('worker', ('maxrequestworkers "100"',), 100),
        ('prefork', ('MaxRequestWorkers 100', 'MaxRequestWorkers 200'), 200),
        # ServerLimit bounds the number of processes, and raises none by itself.
        ('prefork', ('MaxRequestWorkers 500',), 256),
        ('prefork', ('ServerLimit 512',), 256),
        ('prefork', ('ServerLimit 512', 'MaxRequestWorkers 500'), 500),
        ('event', ('MaxRequestWorkers 1000',), 400),
        ('event', ('ServerLimit 40', 'MaxRequestWorkers 1000'), 1000),
        # A process has all of its threads: the number is rounded down to a multiple, one process at least.
        ('event', ('MaxRequestWorkers 160',), 150),
        ('event', ('MaxRequestWorkers 10',), 25),
        ('event', ('ThreadsPerChild 50',), 400),
        ('worker', ('ThreadsPerChild 50', 'MaxRequestWorkers 1000'), 800),
        ('prefork', ('ThreadsPerChild 50',), 256),
        # ThreadLimit bounds the threads of a process.
        ('event', ('ThreadsPerChild 100', 'MaxRequestWorkers 400'), 384),
        ('event', ('ThreadLimit 100', 'ThreadsPerChild 100', 'MaxRequestWorkers 400'), 400),
        # What Apache refuses or never says counts for nothing.
        ('event', ('MaxRequestWorkers',), 400),
        ('event', ('MaxRequestWorkers many',), 400),
    ],
)
def test_what_bounds_the_requests(mpm, directives, workers):
    assert bound(mpm, *directives) == workers


@pytest.mark.parametrize('mpm', ['winnt', 'itk', None])
def test_nothing_is_said_of_other_mpms(mpm):
    assert bound(mpm, 'MaxRequestWorkers 150') is None
