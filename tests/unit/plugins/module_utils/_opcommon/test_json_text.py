# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON text as the vendor's decoder takes it."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import tree
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import parsed, refusal


def one_value(raw):
    data = b'{"s":{"n":' + raw + b'}}'
    document = parsed(data, JSON)
    (section,) = tree.entries(document, document.root)
    (entry,) = tree.entries(document, section.value)
    return entry.value.kind, JSON.text(data, entry.value)


@pytest.mark.parametrize(
    ('raw', 'kind', 'text'),
    [
        (b'"443"', 'string', '443'),
        (b'443', 'number', '443'),
        (b'443.0', 'number', '443'),
        (b'4.43E+2', 'number', '443'),
        (b'-0', 'number', '0'),
        (b'-0.0', 'number', '0'),
        (b'-4.43e2', 'number', '-443'),
        (b'-1e999', 'number', '-Inf'),
        (b'"\x7f\\u0041"', 'string', '\x7fA'),
        (b'-5', 'number', '-5'),
        (b'1.10', 'number', '1.1'),
        (b'1e999', 'number', 'Inf'),
        (b'9' * 5000, 'number', '9' * 5000),
        (b'9' * 400 + b'.0', 'number', 'Inf'),
        (b'12345678901234567890123', 'number', '12345678901234567890123'),
        (b'true', 'truth', '1'),
        (b'false', 'truth', '0'),
        (b'null', 'nothing', None),
        (b'"\\u00e9\\ud83d\\ude00\\/\\n"', 'string', '\xe9\U0001f600/\n'),
        ('"Zürich"'.encode(), 'string', 'Zürich'),
        ('"Zürich"'.encode('latin-1'), 'string', 'Zürich'),
        ('"Zürich\\t"'.encode('latin-1'), 'string', 'Zürich\t'),
        (b'"\x7f"', 'string', '\x7f'),
        (b'[1, {"a": [[]]}, "x", null]', 'list', None),
        (b'{}', 'hash', None),
        (b'{"a":{"b":{}}}', 'hash', None),
    ],
)
def test_values(raw, kind, text):
    assert one_value(raw) == (kind, text)


PLAIN_SECTION = b'"s":{"a":"1","b":"","c":0,"d":-443,"e":true,"f":false,"g":null}'


@pytest.mark.parametrize(
    'data',
    [
        PLAIN_SECTION + b',',
        b'"s":{},',
        b' "s" : { } ,',
        PLAIN_SECTION.replace(b':', b' :\t') + b',',
        PLAIN_SECTION.replace(b',', b'\n,\r\n').replace(b'{', b'{\n').replace(b'}', b'\n}') + b'\n,',
        b'"s":{"a":1' + b',"b":2' * 64 + b'},',
        PLAIN_SECTION + b',' + b'"t":{},' * 63,
    ],
)
def test_plain_sections_are_taken_in_one_stretch(data):
    document = parsed(b'{' + data + b'"z":{}}', JSON)
    run, last = document.root.parts
    assert run == tree.Run(1, 1 + len(data))
    assert list(tree.entries(document, document.root))[-1] == last
    assert len(list(tree.entries(document, document.root))) == data.count(b'{') + 1


@pytest.mark.parametrize(
    'values',
    [
        b'[],',
        b'["a"],',
        b'[ "a" , 1,\n-2 , null ],',
        b'[1\n,\n2\n]\n,',
        b'{},',
        b'{"a":1},',
        b'{ "a" : 1 , "b" : true } ,',
        b'[0' + b',1' * 64 + b'],',
    ],
)
def test_so_are_plain_lists_and_hashes_in_them(values):
    data = b'"k":"v", "l":' + values + b'"m" : 443 ,'
    document = parsed(b'{"s":{' + data + b'"n":1}}', JSON)
    (section,) = document.root.parts
    assert section.value.parts[0] == tree.Run(6, 6 + len(data))
    document = parsed(b'{"s":{"k":[' + values + b'443,1]}}', JSON)
    assert document.root.parts[0].value.parts[0].value.parts[0] == tree.Run(11, 11 + len(values) + 4)


def test_one_odd_byte_makes_the_whole_file_latin():
    data = '{"s":{"n":"é"},"t":{"'.encode() + b'\xe9":1}}'
    document = parsed(data, JSON)
    first, second = tree.entries(document, document.root)
    (entry,) = tree.entries(document, first.value)
    assert JSON.text(data, entry.value) == 'Ã©'
    (entry,) = tree.entries(document, second.value)
    assert JSON.text(data, entry.key) == 'é'


@pytest.mark.parametrize(
    ('data', 'line', 'column', 'sentence'),
    [
        (b'', 1, 1, 'there is nothing in the file.'),
        (b' \n', 2, 1, 'there is nothing in the file.'),
        (b'\xef\xbb\xbf{}', 1, 1, "a byte order mark, which the vendor's decoder refuses; save the file without it."),
        (b'\n[{}]', 2, 1, "the file holds a list; the vendor's reader wants an object of sections; correct the file."),
        (b'[]', 1, 1, "the file holds a list; the vendor's reader wants an object of sections; correct the file."),
        (b'"x"', 1, 1, 'this is not where an object of sections starts; correct the file.'),
        (b'{} x', 1, 4, 'something follows the end of the object; correct the file.'),
        (b'{"a":1,}', 1, 7, "a comma after the last item, which the vendor's decoder refuses; remove it."),
        (b'{"a":[1,]}', 1, 8, "a comma after the last item, which the vendor's decoder refuses; remove it."),
        (b'{"a":{},}', 1, 8, "a comma after the last item, which the vendor's decoder refuses; remove it."),
        (
            b'{"a":{"b":1},"c":{"d":"e",}}',
            1,
            26,
            "a comma after the last item, which the vendor's decoder refuses; remove it.",
        ),
        (b'{,"a":1}', 1, 2, 'something else where a key in double quotes is expected; correct the file.'),
        (b'{a:1}', 1, 2, 'something else where a key in double quotes is expected; correct the file.'),
        (b"{'a':1}", 1, 2, 'something else where a key in double quotes is expected; correct the file.'),
        (b'{"a" 1}', 1, 6, 'something else where a colon is expected; correct the file.'),
        (b'{"a":1 "b":2}', 1, 8, 'something else where a comma or } is expected; correct the file.'),
        (b'{"a":NaN}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":01}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":1.}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":.5}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":+5}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":tru}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":truex}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{\n// x\n}', 2, 1, "a comment, which the vendor's decoder refuses; remove it."),
        (b'{"a":1 /* x */}', 1, 8, "a comment, which the vendor's decoder refuses; remove it."),
        (
            b'{"a":"\t"}',
            1,
            6,
            'this string has no end, or holds a control character or an unknown escape; correct the file.',
        ),
        (
            b'{"a":"\\x41"}',
            1,
            6,
            'this string has no end, or holds a control character or an unknown escape; correct the file.',
        ),
        (
            b'{"a":"x',
            1,
            6,
            'this string has no end, or holds a control character or an unknown escape; correct the file.',
        ),
        (b'{"a":"\\ud800"}', 1, 7, 'half of a surrogate pair; correct the file.'),
        (b'{"a":"x\\udc00"}', 1, 8, 'half of a surrogate pair; correct the file.'),
        (b'{"a":"\\ud800\\u0041"}', 1, 7, 'half of a surrogate pair; correct the file.'),
        (b'{"a":{"b":1}', 1, 13, 'the file ends where a comma or } is expected.'),
        (b'\x0c{}', 1, 1, 'this is not where an object of sections starts; correct the file.'),
        (b'{', 1, 2, 'the file ends where a key in double quotes is expected.'),
        (b'{"a"', 1, 5, 'the file ends where a colon is expected.'),
        (b'{"a":', 1, 6, 'the file ends where a value is expected.'),
        (b'{"a":1', 1, 7, 'the file ends where a comma or } is expected.'),
        (b'{"a":[1', 1, 8, 'the file ends where a comma or ] is expected.'),
        (b'{"a":[1}', 1, 8, 'something else where a comma or ] is expected; correct the file.'),
        (b'{"a":{"b":1]}', 1, 12, 'something else where a comma or } is expected; correct the file.'),
        (b'{"a":1;"b":2}', 1, 7, 'something else where a comma or } is expected; correct the file.'),
        (b'{"a":1} # x', 1, 9, 'something follows the end of the object; correct the file.'),
        (b'{"a":# x\n1}', 1, 6, "a comment, which the vendor's decoder refuses; remove it."),
        (b'{"a" /* x */:1}', 1, 6, "a comment, which the vendor's decoder refuses; remove it."),
        (b'{"a":1 "b"}', 1, 8, 'something else where a comma or } is expected; correct the file.'),
        (b'{"a":[1 2]}', 1, 9, 'something else where a comma or ] is expected; correct the file.'),
        (b'{"a":"\\ud83d\\ud83d"}', 1, 7, 'half of a surrogate pair; correct the file.'),
        (b'{"a":"x\\n\\udc00\\ud83d"}', 1, 10, 'half of a surrogate pair; correct the file.'),
        (b'# x\n{}', 1, 1, 'this is not where an object of sections starts; correct the file.'),
        (b'// x\n{}', 1, 1, 'this is not where an object of sections starts; correct the file.'),
        (b'{"a":\xef\xbb\xbf1}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"\xc3\xa9":x}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"\xe9":x}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":nullx}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{"a":-}', 1, 6, 'something else where a value is expected; correct the file.'),
        (b'{1:2}', 1, 2, 'something else where a key in double quotes is expected; correct the file.'),
        (b'\xef\xbb\xbf', 1, 1, "a byte order mark, which the vendor's decoder refuses; save the file without it."),
        (b' \xef\xbb\xbf{}', 1, 2, 'this is not where an object of sections starts; correct the file.'),
        (b'{"a":[[],[],]}', 1, 12, "a comma after the last item, which the vendor's decoder refuses; remove it."),
    ],
)
def test_refusals_say_where_and_why(data, line, column, sentence):
    assert refusal(JSON.parse, data) == f'line {line}, column {column}: {sentence}'


@pytest.mark.parametrize(('depth', 'accepted'), [(511, True), (512, False)])
def test_as_deep_as_the_decoder_goes(depth, accepted):
    data = b'{"a":' + b'[' * depth + b']' * depth + b'}'
    if accepted:
        assert JSON.parse(data).end == len(data)
    else:
        assert refusal(JSON.parse, data) == 'line 1, column 517: brackets nest deeper than 512 levels.'


@pytest.mark.parametrize('value', ['443', 'a"b\\c', 'Zürich', '\U0001f600', '<x>&'])
def test_a_written_value_reads_alike_in_any_encoding(value):
    token = JSON.quote(value.encode(), b'"')
    assert one_value(token) == ('string', value)
    assert token.decode('ascii')


@pytest.mark.parametrize(
    'data',
    [
        b'{"a":"' + b'x' * 10**6,
        b'{"a":"' + b'\\u0041' * 10**5,
        b'{' + b'"k":[1,2,3],' * 50000 + b'x',
        b'{"a":{' + b'"k":"v",' * 50000 + b'}}',
        b'{"a":' + b' ' * 10**6,
    ],
)
def test_broken_files_are_refused_without_endless_search(data):
    with pytest.raises(Problem):
        JSON.parse(data)
