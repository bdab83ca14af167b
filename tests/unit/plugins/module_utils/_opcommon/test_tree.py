# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a file: what is found in it, in which order, and at which line and column."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import tree
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import parsed

# Stretches that one pattern takes, and elements that have to be read one by one, in turn.
MIXED = b"""%hash = (
  'a' => { 'n' => 1, 'x' => 2, 'n' => 3 },
  'b' => { # no plain section
    'n' => [ { 'n' => 4 }, [ 'n', { 'x' => { 'n' => 5 } } ] ],
  },
  '7' => { 'n' => 6 },
  8 => { n => qr/n/ },
  'n' => { "\\x6e" => 7 },
);
"""


def keys(document, entries):
    return [document.syntax.text(document.data, entry.key) for entry in entries]


@pytest.mark.parametrize(
    ('name', 'found'),
    [
        (
            'n',
            [
                (2, 'a/n', 2),
                (2, 'a/n', 2),
                (4, 'b/n', 2),
                (4, 'b/n/n', 4),
                (4, 'b/n/x/n', 6),
                (6, '7/n', 2),
                (7, '8/n', 2),
                (8, 'n', 1),
                (8, 'n/n', 2),
            ],
        ),
        ('x', [(2, 'a/x', 2), (4, 'b/n/x', 5)]),
        ('8', [(7, '8', 1)]),
        ('qr/n/', []),
        ('m', []),
    ],
)
def test_a_name_is_found_at_any_depth_in_the_order_of_the_file(name, found):
    document = parsed(MIXED, PERL)
    assert [
        (tree.place(MIXED, chain[-1].key.start)[0], '/'.join(keys(document, chain)), depth)
        for chain, depth in tree.occurrences(document, name)
    ] == found


@pytest.mark.parametrize('encoding', ['utf-8', 'latin-1'])
@pytest.mark.parametrize(
    ('syntax', 'text'),
    [
        (PERL, "%hash = ('a' => {'ü' => 1}, 'b' => {'ü' => 2,},)"),
        (JSON, '{"a":{"ü":1},"b":{"ü":2,"c":3}}'),
    ],
)
def test_a_name_is_found_in_either_encoding(syntax, text, encoding):
    document = parsed(text.encode(encoding), syntax)
    assert len(list(tree.occurrences(document, 'ü'))) == 2
    assert not list(tree.occurrences(document, '\u20ac'))


def test_a_name_that_latin_1_has_not_is_found_too():
    document = parsed("%hash = ('a' => {'\u20ac' => 1}, 'b' => {},)".encode(), PERL)
    assert [keys(document, chain) for chain, _depth in tree.occurrences(document, '\u20ac')] == [['a', '\u20ac']]


@pytest.mark.parametrize(
    ('syntax', 'data', 'last'),
    [
        (PERL, b'%hash = ()', None),
        (PERL, b"%hash = ('a' => {}, 'b' => {},)", 'b'),
        (PERL, b'%hash = (a => {}, b => {})', 'b'),
        (PERL, b'%hash = (a => {}, b => { # c\n })', 'b'),
        (PERL, b'%hash = (a => { # c\n }, b => {}, c => {},)', 'c'),
        (JSON, b'{}', None),
        (JSON, b'{"a":{}}', 'a'),
        (JSON, b'{"a":{},"b":{"c":[[]]}}', 'b'),
    ],
)
def test_the_last_element(syntax, data, last):
    document = parsed(data, syntax)
    entry = tree.last_entry(document, document.root)
    assert (entry and syntax.text(data, entry.key)) == last


def test_stretches_without_what_is_asked_for_are_left_out():
    document = parsed(MIXED, PERL)
    assert keys(document, tree.entries(document, document.root)) == ['a', 'b', '7', '8', 'n']
    assert keys(document, tree.entries(document, document.root, (b'#', b'=> 6'))) == ['b', '7', '8', 'n']
    assert keys(document, tree.entries(document, document.root, (b'none',))) == ['b', '8', 'n']


def test_long_stretches_lose_nothing():
    data = b'%hash = (' + b''.join(b's%d => { n => %d },\n' % (number, number) for number in range(200)) + b')'
    document = parsed(data, PERL)
    assert keys(document, tree.entries(document, document.root)) == [f's{number}' for number in range(200)]
    asked = keys(document, tree.entries(document, document.root, (b's70 ',)))
    assert 's70' in asked and 's7' not in asked
    assert len(list(tree.occurrences(document, 'n'))) == 200


@pytest.mark.parametrize(
    ('data', 'position', 'place'),
    [
        (b'', 0, (1, 1)),
        (b'abc', 0, (1, 1)),
        (b'abc', 2, (1, 3)),
        (b'abc', 3, (1, 4)),
        (b'a\nb', 1, (1, 2)),
        (b'a\nb', 2, (2, 1)),
        (b'a\r\n\nb', 4, (3, 1)),
        ('üü\nüx'.encode(), 7, (2, 2)),
        ('üü\nüx'.encode('latin-1'), 4, (2, 2)),
        (b'\xc3', 1, (1, 2)),
    ],
)
def test_lines_and_columns_are_those_of_an_editor(data, position, place):
    assert tree.place(data, position) == place
    problem = tree.problem(data, position, 'what', 'cure')
    assert str(problem) == f'line {place[0]}, column {place[1]}: what; cure.'


@pytest.mark.parametrize(
    ('raw', 'data', 'text'),
    [
        (b'', None, ''),
        (b'abc', None, 'abc'),
        ('ü'.encode(), None, 'ü'),
        (b'\xfc', None, 'ü'),
        (b'\xfc', b'', 'ü'),
        ('ü'.encode(), 'ü ü'.encode(), 'ü'),
        ('ü'.encode(), b'\xc3\xbc \xfc', 'Ã¼'),
        (b'a', b'a \xfc', 'a'),
        ('ü'.encode(), b'', 'ü'),
    ],
)
def test_bytes_as_text(raw, data, text):
    assert tree.as_text(raw, data) == text
