# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import glob


@pytest.mark.parametrize(
    ('pattern', 'text', 'expected'),
    [
        ('', '', True),
        ('', 'a', False),
        ('*', 'a/b\n', True),
        ('a?c', 'abc', True),
        ('a?c', 'ac', False),
        ('a.c', 'abc', False),
        ('[a-c]x', 'bx', True),
        ('[!a-c]x', 'bx', False),
        ('[^a-c]x', 'dx', True),
        ('[]x]', ']', True),
        ('[a-]', '-', True),
        ('[-a]', '-', True),
        ('[c-a]', 'b', False),
        ('[^c-a]', 'b', True),
        (r'[\]]', ']', True),
        ('[a', '[a', True),
        ('[a', 'a', False),
        (r'\*', '*', True),
        (r'\*', 'a', False),
        ('a\\', 'a', False),
        ('A', 'a', False),
    ],
)
def test_a_pattern(pattern, text, expected):
    assert glob.matches(pattern, text) is expected


@pytest.mark.parametrize(
    ('pattern', 'text', 'expected'),
    [
        ('/*/c', '/b/c', True),
        ('/*', '/b/c', False),
        ('/?', '//', False),
        ('a[^b]c', 'a/c', False),
        ('a[/]c', 'a[/]c', True),
        ('a[/]c', 'a/c', False),
    ],
)
def test_no_wildcard_stands_for_a_slash_where_that_is_asked(pattern, text, expected):
    assert glob.matches(pattern, text, no_slash=True) is expected


def test_capitals():
    assert glob.matches('[A-C]*', 'bcd', no_case=True)
