# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of an edit, and what it makes of a file that an edit was interrupted in."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import journal

OLD = b'one two three\n' * 200
PAIRS = [
    (OLD, OLD.replace(b'two', b'2', 1)), (OLD, OLD.replace(b'two', b'twenty-two', 1)), (OLD, OLD + b'more\n'),
    (OLD, b''),
    (b'', OLD), (OLD, OLD[:-1]), (b'a' * 200000, b'a' * 200001), (b'a' * 140000, b'a' * 70000 + b'b' + b'a' * 70000),
    (bytes(range(256)), bytes(range(255, -1, -1))),
]


@pytest.mark.parametrize(('old', 'new'), PAIRS)
def test_both_states_come_back(old, new):
    assert journal.decode(journal.encode(old, new)) == (old, new)
    start, end, replacement = journal.difference(old, new)
    assert old[:start] + replacement + old[end:] == new


def test_one_that_was_never_finished_is_none():
    whole = journal.encode(b'old', b'new')
    assert [journal.decode(whole[:length]) for length in range(len(whole))] == [None] * len(whole)
    assert journal.decode(whole[:-1] + b'\0') is None


@pytest.mark.parametrize(('old', 'new'), PAIRS[:7])
def test_every_state_of_an_edit_is_recognised(old, new):
    length = max(len(old), len(new))
    start = journal.difference(old, new)[0]
    padded_old, padded_new = old.ljust(length, b'\n'), new.ljust(length, b'\n')
    for more in range(0, length - len(old) + 1, 7):
        assert journal.judge(old + b'\n' * more, old, new) in (journal.OLD, journal.NEW)
    assert journal.judge(new, old, new) == journal.judge(padded_new, old, new) == journal.NEW
    for turn in range(start, length, max(1, length // 50)):
        found = padded_new[:turn] + padded_old[turn:]
        assert journal.judge(found, old, new) in (journal.OLD, journal.NEW, journal.TORN)


@pytest.mark.parametrize('found', [
    b'', b'something else', OLD[:-9], OLD.replace(b'three', b'THREE'), OLD + b'a b c',
])
def test_what_somebody_else_wrote_is_told_apart(found):
    assert journal.judge(found, OLD, OLD.replace(b'two', b'2222', 1)) == journal.OTHER


def test_a_region_that_never_reached_the_disk_counts_as_ours():
    new = OLD.replace(b'two', b'twenty-two', 1)
    assert journal.judge(OLD + b'\0' * (len(new) - len(OLD)), OLD, new) == journal.OLD
    assert journal.judge(new[:600] + OLD[600:] + b'\0' * (len(new) - len(OLD)), OLD, new) == journal.TORN


@pytest.mark.parametrize('base', ['opCommon.json', 'opCommon.nmis'])
def test_no_pattern_for_configuration_files_matches_its_name(base):
    name = journal.name_for(base)
    assert name.startswith('.') and not name.endswith(('.json', '.nmis', '.conf'))
