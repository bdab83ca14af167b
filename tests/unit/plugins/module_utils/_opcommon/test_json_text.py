# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON text as the vendor's decoder takes it."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import tree
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import parsed


def one_value(raw):
    data = b'{"s":{"n":' + raw + b'}}'
    document = parsed(data, JSON)
    section, = tree.entries(document, document.root)
    entry, = tree.entries(document, section.value)
    return entry.value.kind, JSON.text(data, entry.value)


@pytest.mark.parametrize(('raw', 'kind', 'text'), [
    (b'"443"', 'string', '443'), (b'443', 'number', '443'), (b'443.0', 'number', '443'), (b'4.43E+2', 'number', '443'),
    (b'-0', 'number', '0'), (b'-5', 'number', '-5'), (b'1.10', 'number', '1.1'), (b'1e999', 'number', 'Inf'),
    (b'9' * 5000, 'number', '9' * 5000), (b'9' * 400 + b'.0', 'number', 'Inf'),
    (b'12345678901234567890123', 'number', '12345678901234567890123'), (b'true', 'truth', '1'),
    (b'false', 'truth', '0'), (b'null', 'nothing', None), (b'"\\u00e9\\ud83d\\ude00\\/\\n"', 'string',
    '\xe9\U0001f600/\n'),
    ('"Zürich"'.encode(), 'string', 'Zürich'), ('"Zürich"'.encode('latin-1'), 'string', 'Zürich'),
    ('"Zürich\\t"'.encode('latin-1'), 'string', 'Zürich\t'), (b'"\x7f"', 'string', '\x7f'),
    (b'[1, {"a": [[]]}, "x", null]', 'list', None), (b'{}', 'hash', None), (b'{"a":{"b":{}}}', 'hash', None),
])
def test_values(raw, kind, text):
    assert one_value(raw) == (kind, text)


def test_one_odd_byte_makes_the_whole_file_latin():
    data = '{"s":{"n":"é"},"t":{"'.encode() + b'\xe9":1}}'
    document = parsed(data, JSON)
    first, second = tree.entries(document, document.root)
    entry, = tree.entries(document, first.value)
    assert JSON.text(data, entry.value) == 'Ã©'
    entry, = tree.entries(document, second.value)
    assert JSON.text(data, entry.key) == 'é'


@pytest.mark.parametrize(('data', 'line', 'column', 'what'), [
    (b'', 1, 1, 'nothing'), (b' \n', 2, 1, 'nothing'), (b'\xef\xbb\xbf{}', 1, 1, 'byte order mark'),
    (b'[]', 1, 1, 'a list'), (b'"x"', 1, 1, 'not where an object'), (b'{} x', 1, 4, 'follows'),
    (b'{"a":1,}', 1, 7, 'comma after the last'), (b'{"a":[1,]}', 1, 8, 'comma after the last'),
    (b'{"a":{},}', 1, 8, 'comma after the last'), (b'{"a":{"b":1},"c":{"d":"e",}}', 1, 26, 'comma after the last'),
    (b'{,"a":1}', 1, 2, 'where a key'), (b'{a:1}', 1, 2, 'where a key'), (b"{'a':1}", 1, 2, 'where a key'),
    (b'{"a" 1}', 1, 6, 'where a colon'), (b'{"a":1 "b":2}', 1, 8, 'where a comma'), (b'{"a":NaN}',
    1, 6, 'where a value'),
    (b'{"a":01}', 1, 6, 'where a value'), (b'{"a":1.}', 1, 6, 'where a value'), (b'{"a":.5}', 1, 6, 'where a value'),
    (b'{"a":+5}', 1, 6, 'where a value'), (b'{"a":tru}', 1, 6, 'where a value'), (b'{"a":truex}',
    1, 6, 'where a value'),
    (b'{\n// x\n}', 2, 1, 'a comment'), (b'{"a":1 /* x */}', 1, 8, 'a comment'), (b'{"a":"\t"}',
    1, 6, 'control character'),
    (b'{"a":"\\x41"}', 1, 6, 'unknown escape'), (b'{"a":"x', 1, 6, 'no end'), (b'{"a":"\\ud800"}', 1, 7, 'surrogate'),
    (b'{"a":"x\\udc00"}', 1, 8, 'surrogate'), (b'{"a":"\\ud800\\u0041"}', 1, 7, 'surrogate'),
    (b'{"a":{"b":1}', 1, 13, 'the file ends'), (b'\x0c{}', 1, 1, 'not where an object'),
])
def test_refusals_say_where_and_why(data, line, column, what):
    with pytest.raises(Problem) as caught:
        JSON.parse(data)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert what in caught.value.what


@pytest.mark.parametrize(('depth', 'accepted'), [(511, True), (512, False)])
def test_as_deep_as_the_decoder_goes(depth, accepted):
    data = b'{"a":' + b'[' * depth + b']' * depth + b'}'
    if accepted:
        assert JSON.parse(data).end == len(data)
    else:
        with pytest.raises(Problem, match='512 levels'):
            JSON.parse(data)


@pytest.mark.parametrize('value', ['443', 'a"b\\c', 'Zürich', '\U0001f600', '<x>&'])
def test_a_written_value_reads_alike_in_any_encoding(value):
    token = JSON.quote(value.encode(), b'"')
    assert one_value(token) == ('string', value)
    assert token.decode('ascii')


@pytest.mark.parametrize('data', [
    b'{"a":"' + b'x' * 10 ** 6, b'{"a":"' + b'\\u0041' * 10 ** 5, b'{' + b'"k":[1,2,3],' * 50000 + b'x',
    b'{"a":{' + b'"k":"v",' * 50000 + b'}}', b'{"a":' + b' ' * 10 ** 6,
])
def test_broken_files_are_refused_without_endless_search(data):
    with pytest.raises(Problem):
        JSON.parse(data)
