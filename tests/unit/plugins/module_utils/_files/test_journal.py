# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of an edit, and what it makes of a file that an edit was interrupted in."""

import zlib

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import journal

OLD = b'one two three\n' * 200
PAIRS = [
    (OLD, OLD.replace(b'two', b'2', 1)),
    (OLD, OLD.replace(b'two', b'twenty-two', 1)),
    (OLD, OLD + b'more\n'),
    (OLD, b''),
    (b'', OLD),
    (OLD, OLD[:-1]),
    (b'a' * 200000, b'a' * 200001),
    (b'a' * 140000, b'a' * 70000 + b'b' + b'a' * 70000),
    (bytes(range(256)), bytes(range(255, -1, -1))),
]


@pytest.mark.parametrize(('old', 'new'), PAIRS)
def test_both_states_come_back(old, new):
    told = {'path': '/conf/x', 'inode': 42, 'old': old, 'new': new}
    assert journal.decode(journal.encode('/conf/x', 42, old, new)) == told
    start, end, replacement = journal.difference(old, new)
    assert old[:start] + replacement + old[end:] == new


@pytest.mark.parametrize(
    ('old', 'new', 'span'),
    [
        (b'port 8042 ;', b'port 443 ;', (5, 9, b'443')),
        (b'a = 1;', b'a = 11;', (5, 5, b'1')),
        (b'abcd', b'bcd', (0, 1, b'')),
        (b'bcd', b'abcd', (0, 0, b'a')),
        (b'abcd', b'abc', (3, 4, b'')),
        (b'', b'a', (0, 0, b'a')),
        (b'same', b'same', (4, 4, b'')),
        (b'x' * 70000 + b'1' + b'y' * 70001, b'x' * 70000 + b'23' + b'y' * 70001, (70000, 70001, b'23')),
    ],
)
def test_no_more_than_the_difference_is_told(old, new, span):
    assert journal.difference(old, new) == span


def test_one_that_was_never_finished_is_none():
    whole = journal.encode('/conf/x', 42, b'old', b'new')
    assert [journal.decode(whole[:length]) for length in range(len(whole))] == [None] * len(whole)
    assert journal.decode(whole[:-1] + b'\0') is None


@pytest.mark.parametrize(('old', 'new'), PAIRS[:7])
def test_every_state_of_an_edit_is_recognised(old, new):
    length = max(len(old), len(new))
    start = journal.difference(old, new)[0]
    padded_old, padded_new = old.ljust(length, b'\n'), new.ljust(length, b'\n')
    for more in range(0, length - len(old) + 1, 7):
        assert journal.compare(old + b'\n' * more, old, new) in (journal.OLD, journal.NEW)
    assert journal.compare(new, old, new) == journal.compare(padded_new, old, new) == journal.NEW
    for turn in range(start, length, max(1, length // 50)):
        found = padded_new[:turn] + padded_old[turn:]
        assert journal.compare(found, old, new) in (journal.OLD, journal.NEW, journal.TORN)


@pytest.mark.parametrize(
    'found',
    [
        b'',
        b'something else',
        OLD[:-9],
        OLD.replace(b'three', b'THREE'),
        OLD + b'a b c',
        OLD + b'X',
        OLD + b'\n\n',
    ],
)
def test_what_somebody_else_wrote_is_told_apart(found):
    assert journal.compare(found, OLD, OLD.replace(b'two', b'2222', 1)) == journal.OTHER


SECTORS = b'old\n' * 500, b'new\n' * 500


@pytest.mark.parametrize('place', [0, 1, 511, 512, 513, 1023, 1024, 1998, 1999])
def test_one_byte_of_somebody_else_is_noticed_anywhere(place):
    for state in SECTORS:
        found = state[:place] + b'?' + state[place + 1 :]
        assert journal.compare(found, *SECTORS) == journal.OTHER


@pytest.mark.parametrize('reached', [(0,), (1,), (3,), (0, 2), (1, 3), (0, 1, 2)])
def test_the_disk_may_take_the_sectors_in_any_order(reached):
    pieces = [SECTORS[number in reached][512 * number : 512 * (number + 1)] for number in range(4)]
    assert journal.compare(b''.join(pieces), *SECTORS) == journal.TORN


def test_within_a_sector_the_old_is_not_followed_by_the_new():
    old, new = SECTORS
    assert journal.compare(new[:100] + old[100:], old, new) == journal.TORN
    assert journal.compare(old[:100] + new[100:], old, new) == journal.OTHER


@pytest.mark.parametrize('value', [b'twenty-two', b'2' * 3000])
def test_a_region_that_never_reached_the_disk_counts_as_ours(value):
    new = OLD.replace(b'two', value, 1)
    gap = b'\0' * (len(new) - len(OLD))
    assert journal.compare(OLD + gap, OLD, new) == journal.OLD
    assert journal.compare(new[:600] + OLD[600:] + gap, OLD, new) == journal.TORN
    assert journal.compare(new[:600] + b'\0' + OLD[601:] + gap, OLD, new) == journal.OTHER


@pytest.mark.parametrize('head', [b'{', b'[]', b'{}', b'{"length": 0}', b'\xff', b'{"length": 0, "start": "x"}'])
def test_a_head_that_says_nothing_of_use_is_none(head):
    whole = journal._MAGIC + b'%08x\n' % zlib.crc32(b'', zlib.crc32(head + b'\n')) + head + b'\n'
    assert journal.decode(whole) is None


def test_each_file_has_a_journal_of_its_own():
    names = {journal.name_for(path) for path in ('/a/opCommon.json', '/b/opCommon.json', '/a/\udcff.nmis')}
    assert len(names) == 3 and all('/' not in name for name in names)
