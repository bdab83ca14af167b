# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One setting in a file: where it is found, what is done, and the style in which it is done."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import absent, present, put_token

NAME = 'websocket_proxy_port'


def read(data, syntax=PERL, main=True):
    return setting.read_document(data, syntax, main)


def perl(body):
    """A file whose hash holds this, with a second section before it, as the reader wants two."""
    return ('%hash = (\n  \'z\' => {},\n' + body + ');\n').encode()


INSERTIONS = {
    'comma after the last': (
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2,\n  },\n",
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2,\n    'n' => '443',\n  },\n"),
    'no comma after the last': (
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2\n  }\n",
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2,\n    'n' => '443'\n  }\n"),
    'comma first': (
        "  'omkd' => { 'a' => '1'\n            , 'b' => 2\n            }\n",
        "  'omkd' => { 'a' => '1'\n            , 'b' => 2\n            , 'n' => '443'\n            }\n"),
    'tabs, double quotes, no blanks': (
        '\t"omkd"=>{\n\t\t"a"=>"1",\n\t},\n',
        '\t"omkd"=>{\n\t\t"a"=>"1",\n\t\t"n"=>"443",\n\t},\n'),
    'bare words': (
        "  omkd => {\n    a => 1,\n  },\n",
        "  omkd => {\n    a => 1,\n    n => '443',\n  },\n"),
    'arrows in a column': (
        "  'omkd' => {\n    'abc'  => '1',\n    'defg' => '2',\n  },\n",
        "  'omkd' => {\n    'abc'  => '1',\n    'defg' => '2',\n    'n'    => '443',\n  },\n"),
    'one line': ("  'omkd' => { 'a' => 1, 'b' => 2 },\n", "  'omkd' => { 'a' => 1, 'b' => 2, 'n' => '443' },\n"),
    'one line, comma after the last': ("  'omkd' => {'a'=>1,},\n", "  'omkd' => {'a'=>1,'n'=>'443',},\n"),
    'one line, several': ("  'omkd' => {'a'=>1,  'b'=>2},\n", "  'omkd' => {'a'=>1,  'b'=>2,  'n'=>'443'},\n"),
    'comment behind the last': (
        "  'omkd' => {\n    'a' => '1' # 'n' => 5,\n    # }, 'n' => 5\n  },\n",
        "  'omkd' => {\n    'a' => '1', # 'n' => 5,\n    'n' => '443'\n    # }, 'n' => 5\n  },\n"),
    'comment behind the last comma': (
        "  'omkd' => {\n    'a' => '1', # why\n\n  },\n",
        "  'omkd' => {\n    'a' => '1', # why\n    'n' => '443',\n\n  },\n"),
    'brace on the last line': (
        "  'omkd' => { 'a' => 1,\n              'b' => 2 },\n",
        "  'omkd' => { 'a' => 1,\n              'b' => 2,\n              'n' => '443' },\n"),
    'last is a list over several lines': (
        "  'omkd' => {\n    'a' => [\n      1,\n    ],\n  },\n",
        "  'omkd' => {\n    'a' => [\n      1,\n    ],\n    'n' => '443',\n  },\n"),
    'windows line ends': (
        "  'omkd' => {\r\n    'a' => '1',\r\n  },\r\n",
        "  'omkd' => {\r\n    'a' => '1',\r\n    'n' => '443',\r\n  },\r\n"),
    'empty': ("  'omkd' => {},\n", "  'omkd' => {'n' => '443'},\n"),
    'empty with a blank': ("  'omkd' => { },\n", "  'omkd' => { 'n' => '443' },\n"),
    'empty over lines': ("  'omkd' => {\n  },\n", "  'omkd' => {\n    'n' => '443'\n  },\n"),
    'empty but for a comment': ("  'omkd' => { # here\n  },\n", "  'omkd' => {\n    'n' => '443' # here\n  },\n"),
    'no such section': (
        "  'x' => {\n    'a' => '1'\n  }\n",
        "  'x' => {\n    'a' => '1'\n  },\n  'omkd' => {\n    'n' => '443',\n  }\n"),
    'no such section, comma after the last': (
        "  'x' => {\n    'a' => '1',\n  }, # x\n\n",
        "  'x' => {\n    'a' => '1',\n  }, # x\n  'omkd' => {\n    'n' => '443',\n  },\n\n"),
    'no such section, sections of one line': (
        "  'x' => { 'a' => '1' },\n", "  'x' => { 'a' => '1' },\n  'omkd' => { 'n' => '443', },\n"),
    'no such section, all empty': ("  'x' => {},\n", "  'x' => {},\n  'omkd' => {\n    'n' => '443',\n  },\n"),
}


@pytest.mark.parametrize(('before', 'after'), INSERTIONS.values(), ids=INSERTIONS)
def test_insertion_in_the_style_of_the_neighbours(before, after):
    changed = present(read(perl(before)), 'n', '443')
    assert changed == perl(after)
    assert absent(read(changed), 'n') == perl(before)


@pytest.mark.parametrize(('syntax', 'before', 'after'), [
    (PERL, b"%hash=(z=>{},x=>{a=>1});", b"%hash=(z=>{},x=>{a=>1},omkd=>{n=>'443',});"),
    (PERL, b"%hash = ('z' => {}, 'x' => { 'a' => '1' },)", b"%hash = ('z' => {}, 'x' => { 'a' => '1' }, "
                                                            b"'omkd' => { 'n' => '443', },)"),
    (JSON, b'{"z":{},"x":{"a":1}}', b'{"z":{},"x":{"a":1},"omkd":{ "n":"443" }}'),
    (JSON, b'{"z": {}, "x": {"a": 1}}\n', b'{"z": {}, "x": {"a": 1}, "omkd": { "n": "443" }}\n'),
])
def test_a_new_section_in_a_file_of_one_line(syntax, before, after):
    assert present(read(before, syntax), 'n', '443') == after
    assert absent(read(after, syntax), 'n') == before


def json_file(body):
    return ('{\n   "z" : {},\n' + body + '}\n').encode()


JSON_INSERTIONS = {
    "the vendor's style": (
        '   "omkd" : {\n      "a" : "1"\n   }\n', '   "omkd" : {\n      "a" : "1",\n      "n" : "443"\n   }\n'),
    'tight': ('"omkd":{"a":1}', '"omkd":{"a":1,"n":"443"}'),
    'one line': ('  "omkd": {"a": 1, "b": 2}\n', '  "omkd": {"a": 1, "b": 2, "n": "443"}\n'),
    'comma first': ('  "omkd": { "a": 1\n  , "b": 2\n  }\n', '  "omkd": { "a": 1\n  , "b": 2\n  , "n": "443"\n  }\n'),
    'empty': ('   "omkd" : {}\n', '   "omkd" : {"n" : "443"}\n'),
    'empty with a blank': ('   "omkd" : { }\n', '   "omkd" : {"n" : "443" }\n'),
    'empty over lines': ('   "omkd" : {\n   }\n', '   "omkd" : {"n" : "443"\n   }\n'),
    'no such section': (
        '   "x" : {\n      "a" : "1"\n   }\n',
        '   "x" : {\n      "a" : "1"\n   },\n   "omkd" : {\n      "n" : "443"\n   }\n'),
    'windows line ends': (
        '   "omkd" : {\r\n      "a" : "1"\r\n   }\r\n',
        '   "omkd" : {\r\n      "a" : "1",\r\n      "n" : "443"\r\n   }\r\n'),
}


@pytest.mark.parametrize(('before', 'after'), JSON_INSERTIONS.values(), ids=JSON_INSERTIONS)
def test_insertion_into_json(before, after):
    changed = present(read(json_file(before), JSON), 'n', '443')
    assert changed == json_file(after)
    assert absent(read(changed, JSON), 'n') == json_file(before)


REMOVALS = {
    'first': ("  'omkd' => {\n    'n' => 1,\n    'b' => 2,\n  },\n", "  'omkd' => {\n    'b' => 2,\n  },\n"),
    'with its comment': (
        "  'omkd' => {\n    'n' => 1, # n\n    'b' => 2,\n  },\n", "  'omkd' => {\n    'b' => 2,\n  },\n"),
    'first on a line': ("  'omkd' => {'n' => 1, 'b' => 2},\n", "  'omkd' => {'b' => 2},\n"),
    'middle of a line': ("  'omkd' => { a => 1, n => 2, b => 3 },\n", "  'omkd' => { a => 1, b => 3 },\n"),
    'line shared with the next': (
        "  'omkd' => {\n    n => 2, b => 3\n  },\n", "  'omkd' => {\n    b => 3\n  },\n"),
    'first of comma first': (
        "  'omkd' => { 'n' => 1\n    , 'b' => 2\n  },\n", "  'omkd' => { 'b' => 2\n  },\n"),
    'the only one': ("  'omkd' => { 'n' => 1 },\n", "  'omkd' => { },\n"),
    'the only one, comments around': (
        "  'omkd' => { # a\n    'n' => 1, # b\n  },\n", "  'omkd' => { # a\n     # b\n  },\n"),
    'twice': ("  'omkd' => {\n    'n' => 1,\n    'b' => 2,\n    'n' => 3,\n  },\n",
    "  'omkd' => {\n    'b' => 2,\n  },\n"),
}


@pytest.mark.parametrize(('before', 'after'), REMOVALS.values(), ids=REMOVALS)
def test_removal(before, after):
    assert absent(read(perl(before)), 'n') == perl(after)


def test_the_last_two_sections_stay():
    data = b"%hash = (\n  'a' => {},\n  'omkd' => {\n    'n' => '443',\n  },\n);\n"
    assert absent(read(data), 'n') == b"%hash = (\n  'a' => {},\n  'omkd' => {\n  },\n);\n"


@pytest.mark.parametrize(('token', 'changed'), [
    ("'443'", None), ('"443"', None), ('443', None), ('443.0', None), ('0x1BB', None), ('0443', "'443'"),
    ("'8042'", "'443'"), ('"8042"', '"443"'), ('8042', "'443'"), ('undef', "'443'"), ("'443 '", "'443'"), ("''",
    "'443'"),
])
def test_equal_means_equal(token, changed):
    before = f"  'omkd' => {{\n    'n' => {token}, # note\n  }},\n"
    after = before.replace(token, changed or token)
    assert present(read(perl(before)), 'n', '443') == perl(after)


@pytest.mark.parametrize(('token', 'value', 'changed'), [
    ('443', '443', '443'), ('true', '1', 'true'), ('true', 'true', '"true"'), ('null', '', '""'), ('"a"', 'é',
    '"\\u00e9"'),
])
def test_equal_means_equal_in_json(token, value, changed):
    before = f'   "omkd" : {{ "n" : {token} }}\n'
    assert present(read(json_file(before), JSON), 'n', value) == json_file(before.replace(token, changed))


@pytest.mark.parametrize(('quotes', 'value', 'token'), [
    ("'", "it's", r"'it\'s'"), ("'", 'a\\b', r"'a\\b'"), ("'", 'a\\', r"'a\\'"), ('"', 'a$b', "'a$b'"), ('"', 'a"b',
    "'a\"b'"),
    ('"', "it's", '"it\'s"'), ("'", '$x @y', "'$x @y'"), ("'", '', "''"),
])
def test_values_are_quoted_so_that_they_read_alike(quotes, value, token):
    before = f"  'omkd' => {{ 'n' => {quotes}old{quotes} }},\n"
    assert present(read(perl(before)), 'n', value) == perl(f"  'omkd' => {{ 'n' => {token} }},\n")


def test_letters_take_the_encoding_of_the_file():
    before = "  'omkd' => { 'n' => 'ä' },\n"
    latin = perl(before).decode().encode('latin-1')
    assert present(read(perl(before)), 'n', 'é') == perl(before.replace('ä', 'é'))
    assert present(read(latin), 'm', 'é') == latin.replace(b"'\xe4'", b"'\xe4', 'm' => '\xe9'")
    with pytest.raises(Problem, match='Latin-1'):
        present(read(latin), 'm', '\u20ac')


def test_it_is_changed_where_it_stands():
    data = perl("  'a' => { 'n' => 1 },\n  'omkd' => { 'b' => 2 },\n")
    assert present(read(data), 'n', '443') == data.replace(b'1', b"'443'")
    assert setting.read(read(data), 'n')._replace(token=None) == (
        True, 'a', '1', None, 3, 12, 'number', None)


def test_the_last_of_equal_names_counts():
    data = perl("  'omkd' => { 'n' => '1', 'n' => '2' },\n")
    assert setting.read(read(data), 'n').value == '2'
    assert present(read(data), 'n', '1') == data.replace(b"'2'", b"'1'")


@pytest.mark.parametrize(('body', 'places'), [
    ("  'a' => { 'n' => 1 },\n  'b' => { 'n' => 2 },\n", ['line 3, column 12', 'line 4, column 12']),
    ("  'a' => { 'x' => { 'n' => 1 } },\n", ['line 3, column 21']),
    ("  'a' => { 'x' => [ { 'n' => 1 } ] },\n  'b' => { 'n' => 2 },\n", ['line 3, column 23']),
    ("  'a' => { 'n' => 1 },\n  'a' => { 'b' => 2 },\n", ['line 3, column 12']),
    ("  'n' => { 'a' => 1 },\n", ['line 3, column 3']),
    ("  'omkd' => { 'a' => 1 },\n  'omkd' => { 'b' => 2 },\n", ['line 3, column 3', 'line 4, column 3']),
])
def test_what_the_reader_mixes_up_is_refused_and_the_places_named(body, places):
    document = read(perl(body))
    with pytest.raises(Problem) as caught:
        present(document, 'n', '443')
    assert all(place in str(caught.value) for place in places)
    assert '/SECTION/NAME' in str(caught.value)


def test_of_many_places_the_first_are_named():
    document = read(perl(''.join(f"  's{number}' => {{ 'n' => 1 }},\n" for number in range(9))))
    with pytest.raises(Problem) as caught:
        setting.locate(document, 'n')
    assert '(line 3, column 13 and line 4, column 13 and line 5, column 13 and 6 more)' in str(caught.value)


@pytest.mark.parametrize(('body', 'section', 'after'), [
    ("  'a' => { 'n' => 1 },\n  'b' => { 'n' => 2 },\n", 'b', "  'a' => { 'n' => 1 },\n  'b' => { 'n' => '443' },\n"),
    ("  'a' => { 'n' => { 'n' => 1 } },\n  'b' => { },\n", 'b',
     "  'a' => { 'n' => { 'n' => 1 } },\n  'b' => { 'n' => '443' },\n"),
    ("  'a' => { 'n' => 1 },\n  'a' => { 'n' => 2 },\n", 'a', "  'a' => { 'n' => 1 },\n  'a' => { 'n' => '443' },\n"),
    ("  'a' => { 'n' => 1 },\n  'a' => { b => 2 },\n", 'a',
    "  'a' => { 'n' => 1 },\n  'a' => { b => 2, n => '443' },\n"),
    ("  'n' => { b => 1 },\n", 'n', "  'n' => { b => 1, n => '443' },\n"),
])
def test_the_path_form_decides(body, section, after):
    document = read(perl(body))
    if section == 'b' and "'n' => {" in body:
        with pytest.raises(Problem, match='another section'):
            present(document, 'n', '443', section)
        return
    assert present(document, 'n', '443', section) == perl(after)


def test_the_path_form_does_not_add_a_second_place():
    document = read(perl("  'a' => { 'n' => 1 },\n"))
    with pytest.raises(Problem, match=r'another section \(line 3, column 12\)'):
        present(document, 'n', '443', 'omkd')
    assert absent(document, 'n', 'omkd') == document.data
    reading = setting.read(read(perl("  'a' => { n => 1 },\n  'b' => { n => 2 },\n")), 'n', 'a')
    assert reading.value == '1' and 'at random' in reading.doubt


@pytest.mark.parametrize('raw', ['[1]', '{}', '86400 * 90', 'qr/x/', '(443)'])
@pytest.mark.parametrize('action', ['present', 'absent'])
def test_only_a_plain_value_is_touched(raw, action):
    document = read(perl(f"  'omkd' => {{ 'n' => {raw} }},\n"))
    with pytest.raises(Problem, match='no plain string or number') as caught:
        if action == 'present':
            present(document, 'n', '443')
        else:
            absent(document, 'n')
    assert (caught.value.line, caught.value.column) == (3, 22)


@pytest.mark.parametrize(('data', 'syntax', 'what'), [
    (b"%hash = ('a' => {});", PERL, 'fewer than two'), (b"%hash = ('a' => {}, 'a' => {});", PERL, 'fewer than two'),
    (b'{"a":{}}', JSON, 'fewer than two'), (b"%hash = ('a' => {}, 'b' => 1);", PERL, 'where a section'),
    (b"%hash = ('a' => {}, 'b' => {}, 'c' => []);", PERL, 'where a section'), (b'{"a":{},"b":"c"}',
    JSON, 'where a section'),
    (b"%hash = ('a' => {}, 'b' => {'x' => \"a\0\"});", PERL, 'NUL'),
])
def test_what_the_reader_dies_on_is_refused(data, syntax, what):
    with pytest.raises(Problem, match=what):
        read(data, syntax)


def test_a_file_of_conf_d_may_have_one_section():
    assert setting.read(read(b"%hash = ('a' => {'n' => 5});", main=False), 'n').value == '5'


def test_a_section_of_nothing_is_an_empty_one_but_takes_no_setting():
    document = read(b'{"omkd":null,"b":{}}', JSON)
    assert not setting.read(document, 'n').found
    with pytest.raises(Problem, match='has no value'):
        present(document, 'n', '1')


@pytest.mark.parametrize(('name', 'parts'), [('a', (None, 'a')), ('/s/a', ('s', 'a')), ('<nmis_base>',
(None, '<nmis_base>'))])
def test_names(name, parts):
    assert setting.names(name) == parts


@pytest.mark.parametrize('name', ['', '/', '/s', '/s/', '//a', '/a/b/c', 'a\nb', '/s/a\0'])
def test_names_that_are_none(name):
    with pytest.raises(Problem):
        setting.names(name)


@pytest.mark.parametrize('value', ['1', '443', '65535'])
def test_ports(value):
    setting.check_value('websocket_proxy_port', value)


@pytest.mark.parametrize('value', ['', '0', '65536', '-1', '0443', '443 ', '4.43e2', 'https'])
def test_no_ports(value):
    with pytest.raises(Problem, match='1 to 65535'):
        setting.check_value('/omkd/websocket_proxy_port', value)


def test_a_value_of_several_lines_is_refused():
    with pytest.raises(Problem, match='control characters'):
        present(read(perl("  'omkd' => {},\n")), 'n', 'a\nb')


def test_a_token_is_put_back_to_the_letter():
    data = perl("  'omkd' => { 'n' => 0x1F },\n")
    token = setting.read(read(data), 'n').token
    assert put_token(read(present(read(data), 'n', '443')), 'n', token) == data
