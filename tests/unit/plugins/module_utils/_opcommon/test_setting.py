# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One setting in a file: where it is found, what is done, and the style in which it is done."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import (
    absent,
    present,
    put_token,
    refusal,
)


def read(data, syntax=PERL):
    return setting.read_document(data, syntax)


def perl(body):
    """A file whose hash holds this, with a second section before it, as the reader wants two."""
    return ("%hash = (\n  'z' => {},\n" + body + ');\n').encode()


INSERTIONS = {
    'comma after the last': (
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2,\n  },\n",
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2,\n    'n' => '443',\n  },\n",
    ),
    'no comma after the last': (
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2\n  }\n",
        "  'omkd' => {\n    'a' => '1',\n    'b' => 2,\n    'n' => '443'\n  }\n",
    ),
    'comma first': (
        "  'omkd' => { 'a' => '1'\n            , 'b' => 2\n            }\n",
        "  'omkd' => { 'a' => '1'\n            , 'b' => 2\n            , 'n' => '443'\n            }\n",
    ),
    'tabs, double quotes, no blanks': (
        '\t"omkd"=>{\n\t\t"a"=>"1",\n\t},\n',
        '\t"omkd"=>{\n\t\t"a"=>"1",\n\t\t"n"=>"443",\n\t},\n',
    ),
    'bare words': ('  omkd => {\n    a => 1,\n  },\n', "  omkd => {\n    a => 1,\n    n => '443',\n  },\n"),
    'arrows in a column': (
        "  'omkd' => {\n    'abc'  => '1',\n    'defg' => '2',\n  },\n",
        "  'omkd' => {\n    'abc'  => '1',\n    'defg' => '2',\n    'n'    => '443',\n  },\n",
    ),
    "arrows in a column, the first of the section's beyond it": (
        "  'omkd' => {\n    'abcdefgh' => '1',\n    'abc'  => '1',\n    'defg' => '2',\n  },\n",
        "  'omkd' => {\n    'abcdefgh' => '1',\n    'abc'  => '1',\n    'defg' => '2',\n    'n'    => '443',\n  },\n",
    ),
    'names of one length are no column': (
        "  'omkd' => {\n    'abc' => '1',\n    'def' => '2',\n  },\n",
        "  'omkd' => {\n    'abc' => '1',\n    'def' => '2',\n    'n' => '443',\n  },\n",
    ),
    'tabs up to the arrow': (
        "  'omkd' => {\n    'a'\t\t=> '1',\n    'bc'\t=> '2',\n  },\n",
        "  'omkd' => {\n    'a'\t\t=> '1',\n    'bc'\t=> '2',\n    'n'\t=> '443',\n  },\n",
    ),
    'value on the next line': (
        "  'omkd' => {\n    'a' =>\n      '1',\n  },\n",
        "  'omkd' => {\n    'a' =>\n      '1',\n    'n' => '443',\n  },\n",
    ),
    'arrow on the next line': (
        "  'omkd' => {\n    'a'\n      => '1',\n  },\n",
        "  'omkd' => {\n    'a'\n      => '1',\n    'n' => '443',\n  },\n",
    ),
    'comments around the arrow': (
        "  'omkd' => {\n    'a' # x\n      => # y\n      '1',\n  },\n",
        "  'omkd' => {\n    'a' # x\n      => # y\n      '1',\n    'n' => '443',\n  },\n",
    ),
    'a comma for an arrow': (
        "  'omkd' => {\n    'a', '1',\n  },\n",
        "  'omkd' => {\n    'a', '1',\n    'n' => '443',\n  },\n",
    ),
    'a number for a name': (
        "  'omkd' => {\n    a => 1,\n    7 => 1,\n  },\n",
        "  'omkd' => {\n    a => 1,\n    7 => 1,\n    'n' => '443',\n  },\n",
    ),
    'comma first and after the last': (
        "  'omkd' => { 'a' => 1\n            , 'b' => 2,\n            },\n",
        "  'omkd' => { 'a' => 1\n            , 'b' => 2, 'n' => '443',\n            },\n",
    ),
    'a style of its own': (
        "  'omkd' => { \"a\"=>\"1\", },\n  'x' => {\n    b => '2',\n  },\n",
        '  \'omkd\' => { "a"=>"1","n"=>"443", },\n  \'x\' => {\n    b => \'2\',\n  },\n',
    ),
    'one line': ("  'omkd' => { 'a' => 1, 'b' => 2 },\n", "  'omkd' => { 'a' => 1, 'b' => 2, 'n' => '443' },\n"),
    'one line, comma after the last': ("  'omkd' => {'a'=>1,},\n", "  'omkd' => {'a'=>1,'n'=>'443',},\n"),
    'one line, several': ("  'omkd' => {'a'=>1,  'b'=>2},\n", "  'omkd' => {'a'=>1,  'b'=>2,  'n'=>'443'},\n"),
    'comment behind the last': (
        "  'omkd' => {\n    'a' => '1' # 'n' => 5,\n    # }, 'n' => 5\n  },\n",
        "  'omkd' => {\n    'a' => '1', # 'n' => 5,\n    'n' => '443'\n    # }, 'n' => 5\n  },\n",
    ),
    'comment behind the last comma': (
        "  'omkd' => {\n    'a' => '1', # why\n\n  },\n",
        "  'omkd' => {\n    'a' => '1', # why\n    'n' => '443',\n\n  },\n",
    ),
    'brace on the last line': (
        "  'omkd' => { 'a' => 1,\n              'b' => 2 },\n",
        "  'omkd' => { 'a' => 1,\n              'b' => 2,\n              'n' => '443' },\n",
    ),
    'last is a list over several lines': (
        "  'omkd' => {\n    'a' => [\n      1,\n    ],\n  },\n",
        "  'omkd' => {\n    'a' => [\n      1,\n    ],\n    'n' => '443',\n  },\n",
    ),
    'windows line ends': (
        "  'omkd' => {\r\n    'a' => '1',\r\n  },\r\n",
        "  'omkd' => {\r\n    'a' => '1',\r\n    'n' => '443',\r\n  },\r\n",
    ),
    'empty': ("  'omkd' => {},\n", "  'omkd' => {'n' => '443'},\n"),
    'empty with a blank': ("  'omkd' => { },\n", "  'omkd' => { 'n' => '443' },\n"),
    'empty with blanks': ("  'omkd' => {  },\n", "  'omkd' => { 'n' => '443'  },\n"),
    'empty, the last of the file': ("  'omkd' => {}\n", "  'omkd' => {'n' => '443'}\n"),
    'empty, another before it': (
        '  \'x\' => { # x\n    "a"=>"1" },\n  \'omkd\' => {},\n',
        '  \'x\' => { # x\n    "a"=>"1" },\n  \'omkd\' => {"n"=>"443"},\n',
    ),
    'empty, another before an empty one': (
        "  'x' => { # x\n    \"a\"=>\"1\" },\n  'y' => { # y\n },\n  'omkd' => {},\n",
        '  \'x\' => { # x\n    "a"=>"1" },\n  \'y\' => { # y\n },\n  \'omkd\' => {"n"=>"443"},\n',
    ),
    'empty over lines of Windows': ("  'omkd' => {\r\n  },\r\n", "  'omkd' => {\r\n    'n' => '443'\r\n  },\r\n"),
    'empty over lines, indented': ("    'omkd' => {\n\n    },\n", "    'omkd' => {\n        'n' => '443'\n\n    },\n"),
    'empty over lines, not indented': ("'omkd' => {\n},\n", "'omkd' => {\n  'n' => '443'\n},\n"),
    'empty over lines': ("  'omkd' => {\n  },\n", "  'omkd' => {\n    'n' => '443'\n  },\n"),
    'empty but for a comment': ("  'omkd' => { # here\n  },\n", "  'omkd' => {\n    'n' => '443' # here\n  },\n"),
    'no such section': (
        "  'x' => {\n    'a' => '1'\n  }\n",
        "  'x' => {\n    'a' => '1'\n  },\n  'omkd' => {\n    'n' => '443',\n  }\n",
    ),
    'no such section, comma after the last': (
        "  'x' => {\n    'a' => '1',\n  }, # x\n\n",
        "  'x' => {\n    'a' => '1',\n  }, # x\n  'omkd' => {\n    'n' => '443',\n  },\n\n",
    ),
    'no such section, sections of one line': (
        "  'x' => { 'a' => '1' },\n",
        "  'x' => { 'a' => '1' },\n  'omkd' => { 'n' => '443', },\n",
    ),
    'no such section, deeply indented': (
        "  'x' => {\n          'a' => '1',\n  },\n",
        "  'x' => {\n          'a' => '1',\n  },\n  'omkd' => {\n          'n' => '443',\n  },\n",
    ),
    'no such section, all empty and not indented': ("'x' => {},\n", "'x' => {},\n'omkd' => {\n  'n' => '443',\n},\n"),
    'no such section, all empty': ("  'x' => {},\n", "  'x' => {},\n  'omkd' => {\n    'n' => '443',\n  },\n"),
}


@pytest.mark.parametrize(('before', 'after'), INSERTIONS.values(), ids=INSERTIONS)
def test_insertion_in_the_style_of_the_neighbours(before, after):
    changed = present(read(perl(before)), 'n', '443')
    assert changed == perl(after)
    assert absent(read(changed), 'n') == perl(before)


def test_a_name_beyond_the_column_has_one_blank():
    before = perl("  'omkd' => {\n    'abc'    => '1',\n    'defgh'  => '2',\n  },\n")
    after = before.replace(b"'2',\n", b"'2',\n    'websocket_proxy_port' => '443',\n")
    assert present(read(before), 'websocket_proxy_port', '443') == after
    assert absent(read(after), 'websocket_proxy_port') == before


@pytest.mark.parametrize(
    ('syntax', 'before', 'after'),
    [
        (PERL, b'%hash=(z=>{},x=>{a=>1});', b"%hash=(z=>{},x=>{a=>1},omkd=>{n=>'443',});"),
        (
            PERL,
            b"%hash = ('z' => {}, 'x' => { 'a' => '1' },)",
            b"%hash = ('z' => {}, 'x' => { 'a' => '1' }, 'omkd' => { 'n' => '443', },)",
        ),
        (
            PERL,
            b"%hash = ('z' => {}, 'x' => {\t'a' => '1'\t})",
            b"%hash = ('z' => {}, 'x' => {\t'a' => '1'\t}, 'omkd' => { 'n' => '443', })",
        ),
        (
            PERL,
            b"%hash = ('z' => {}, 'x' => {\n'a' => '1',\n});",
            b"%hash = ('z' => {}, 'x' => {\n'a' => '1',\n}, 'omkd' => { 'n' => '443', });",
        ),
        (
            PERL,
            b"%hash = ('z' => {}, 'x' => {\r\n'a' => '1'});",
            b"%hash = ('z' => {}, 'x' => {\r\n'a' => '1'}, 'omkd' => { 'n' => '443', });",
        ),
        (JSON, b'{"z":{},"x":{"a":1}}', b'{"z":{},"x":{"a":1},"omkd":{ "n":"443" }}'),
        (JSON, b'{"z": {}, "x": {"a": 1}}\n', b'{"z": {}, "x": {"a": 1}, "omkd": { "n": "443" }}\n'),
    ],
)
def test_a_new_section_in_a_file_of_one_line(syntax, before, after):
    assert present(read(before, syntax), 'n', '443') == after
    assert absent(read(after, syntax), 'n') == before


def json_file(body):
    return ('{\n   "z" : {},\n' + body + '}\n').encode()


JSON_INSERTIONS = {
    "the vendor's style": (
        '   "omkd" : {\n      "a" : "1"\n   }\n',
        '   "omkd" : {\n      "a" : "1",\n      "n" : "443"\n   }\n',
    ),
    'tight': ('"omkd":{"a":1}', '"omkd":{"a":1,"n":"443"}'),
    'one line': ('  "omkd": {"a": 1, "b": 2}\n', '  "omkd": {"a": 1, "b": 2, "n": "443"}\n'),
    'comma first': ('  "omkd": { "a": 1\n  , "b": 2\n  }\n', '  "omkd": { "a": 1\n  , "b": 2\n  , "n": "443"\n  }\n'),
    'empty': ('   "omkd" : {}\n', '   "omkd" : {"n" : "443"}\n'),
    'empty with a blank': ('   "omkd" : { }\n', '   "omkd" : {"n" : "443" }\n'),
    'empty over lines': ('   "omkd" : {\n   }\n', '   "omkd" : {"n" : "443"\n   }\n'),
    'no such section': (
        '   "x" : {\n      "a" : "1"\n   }\n',
        '   "x" : {\n      "a" : "1"\n   },\n   "omkd" : {\n      "n" : "443"\n   }\n',
    ),
    'windows line ends': (
        '   "omkd" : {\r\n      "a" : "1"\r\n   }\r\n',
        '   "omkd" : {\r\n      "a" : "1",\r\n      "n" : "443"\r\n   }\r\n',
    ),
}


@pytest.mark.parametrize(('before', 'after'), JSON_INSERTIONS.values(), ids=JSON_INSERTIONS)
def test_insertion_into_json(before, after):
    changed = present(read(json_file(before), JSON), 'n', '443')
    assert changed == json_file(after)
    assert absent(read(changed, JSON), 'n') == json_file(before)


REMOVALS = {
    'first': ("  'omkd' => {\n    'n' => 1,\n    'b' => 2,\n  },\n", "  'omkd' => {\n    'b' => 2,\n  },\n"),
    'with its comment': (
        "  'omkd' => {\n    'n' => 1, # n\n    'b' => 2,\n  },\n",
        "  'omkd' => {\n    'b' => 2,\n  },\n",
    ),
    'first on a line': ("  'omkd' => {'n' => 1, 'b' => 2},\n", "  'omkd' => {'b' => 2},\n"),
    'middle of a line': ("  'omkd' => { a => 1, n => 2, b => 3 },\n", "  'omkd' => { a => 1, b => 3 },\n"),
    'line shared with the next': ("  'omkd' => {\n    n => 2, b => 3\n  },\n", "  'omkd' => {\n    b => 3\n  },\n"),
    'first of comma first': ("  'omkd' => { 'n' => 1\n    , 'b' => 2\n  },\n", "  'omkd' => { 'b' => 2\n  },\n"),
    'first of three on a line': (
        "  'omkd' => {\n    n => 2, b => 3, c => 4\n  },\n",
        "  'omkd' => {\n    b => 3, c => 4\n  },\n",
    ),
    'before a lonely comma': ("  'omkd' => { a => 1, n => 2 , b => 3 },\n", "  'omkd' => { a => 1, b => 3 },\n"),
    'last, before a lonely comma': ("  'omkd' => { a => 1, n => 2 , },\n", "  'omkd' => { a => 1, },\n"),
    'middle of comma first': (
        "  'omkd' => { 'a' => 1\n    , 'n' => 2 # n\n    , 'b' => 3\n  },\n",
        "  'omkd' => { 'a' => 1\n    , 'b' => 3\n  },\n",
    ),
    'two on a line of comma first': (
        "  'omkd' => { 'a' => 1\n    , 'n' => 2, 'b' => 3\n  },\n",
        "  'omkd' => { 'a' => 1\n    , 'b' => 3\n  },\n",
    ),
    'brace on the last line of comma first': (
        "  'omkd' => { 'a' => 1\n    , 'n' => 2 },\n",
        "  'omkd' => { 'a' => 1 },\n",
    ),
    'brace on the last line': ("  'omkd' => { 'a' => 1,\n    'n' => 2, },\n", "  'omkd' => { 'a' => 1, },\n"),
    'brace on the last line, a comment before it': (
        "  'omkd' => { 'a' => 1, # a\n    'n' => 2 },\n",
        "  'omkd' => { 'a' => 1 # a\n     },\n",
    ),
    'behind a form feed and a comment': (
        "  'omkd' => {\n    a => 1, # a\n\f    n => 2,\n  },\n",
        "  'omkd' => {\n    a => 1, # a\n\f    \n  },\n",
    ),
    'the only one': ("  'omkd' => { 'n' => 1 },\n", "  'omkd' => { },\n"),
    'the only one, comments around': (
        "  'omkd' => { # a\n    'n' => 1, # b\n  },\n",
        "  'omkd' => { # a\n     # b\n  },\n",
    ),
    'twice': (
        "  'omkd' => {\n    'n' => 1,\n    'b' => 2,\n    'n' => 3,\n  },\n",
        "  'omkd' => {\n    'b' => 2,\n  },\n",
    ),
}


@pytest.mark.parametrize(('before', 'after'), REMOVALS.values(), ids=REMOVALS)
def test_removal(before, after):
    assert absent(read(perl(before)), 'n') == perl(after)


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('  "omkd": { "a": 1 \n    , "n": 2,\n    "b": 3 }\n', '  "omkd": { "a": 1 \n    ,\n    "b": 3 }\n'),
        ('  "omkd": { "a": 1 \n    , "n": 2, "b": 3 }\n', '  "omkd": { "a": 1 \n    , "b": 3 }\n'),
        ('  "omkd": { "a": 1,\n    "n": 2 \n    , "b": 3 }\n', '  "omkd": { "a": 1,\n    "b": 3 }\n'),
        ('  "omkd": { "a": 1,\n    "n": 2\n  }\n', '  "omkd": { "a": 1\n  }\n'),
    ],
)
def test_removal_from_json_where_styles_meet(before, after):
    assert absent(read(json_file(before), JSON), 'n') == json_file(after)


@pytest.mark.parametrize(
    ('syntax', 'section', 'rest'),
    [
        (PERL, "'omkd' => {\n    'n' => '443',\n  },", None),
        (PERL, "'omkd' => { 'n' => '443', },", None),
        (PERL, "omkd=>{n=>'443',},", None),
        (PERL, "'omkd' => {\n'n' => '443',\n},", None),
        (PERL, "'omkd' => {\r\n\t'n' => '443',\r\n\t},", None),
        (PERL, "'omkd' => { 'n' => '443' },", "'omkd' => { },"),
        (PERL, "omkd=>{n=>'443'},", 'omkd=>{},'),
        (PERL, "'omkd' => {\n    'n' => '443',},", "'omkd' => {},"),
        (PERL, "'omkd' => { 'n' => '443',\n  },", "'omkd' => {\n  },"),
        (PERL, "'omkd' => { # x\n    'n' => '443',\n  },", "'omkd' => { # x\n    \n  },"),
        (PERL, "'omkd' => {\n    'n' => '443', # x\n  },", "'omkd' => { # x\n  },"),
        (JSON, '"omkd":{ "n":"443" }', None),
        (JSON, '"omkd" : {\n      "n" : "443"\n   }', None),
        (JSON, '"omkd":{"n":"443"}', '"omkd":{}'),
        (JSON, '"omkd":{"n":"443" }', '"omkd":{ }'),
        (JSON, '"omkd":{\n"n":"443"}', '"omkd":{}'),
    ],
)
def test_a_section_goes_with_its_last_setting_only_if_it_was_made_for_it(syntax, section, rest):
    opener, between, closer = {
        'nmis': ("%hash = ('a' => {}, 'b' => {},", ' ', ' );'),
        'json': ('{"a":{},"b":{}', ',', '}'),
    }[syntax.name]
    data = opener + between + section + closer
    left = opener + (between + rest if rest else '') + closer
    assert absent(read(data.encode(), syntax), 'n') == left.encode()


def test_a_section_that_is_not_the_last_stays():
    data = perl("  'omkd' => {\n    'n' => '443',\n  },\n  'x' => {},\n")
    assert absent(read(data), 'n') == perl("  'omkd' => {\n  },\n  'x' => {},\n")


def test_the_last_two_sections_stay():
    data = b"%hash = (\n  'a' => {},\n  'omkd' => {\n    'n' => '443',\n  },\n);\n"
    assert absent(read(data), 'n') == b"%hash = (\n  'a' => {},\n  'omkd' => {\n  },\n);\n"


@pytest.mark.parametrize(
    ('token', 'changed'),
    [
        ("'443'", None),
        ('"443"', None),
        ('443', None),
        ('443.0', None),
        ('0x1BB', None),
        ('0443', "'443'"),
        ("'8042'", "'443'"),
        ('"8042"', '"443"'),
        ('8042', "'443'"),
        ('undef', "'443'"),
        ("'443 '", "'443'"),
        ("''", "'443'"),
    ],
)
def test_equal_means_equal(token, changed):
    before = f"  'omkd' => {{\n    'n' => {token}, # note\n  }},\n"
    after = before.replace(token, changed or token)
    assert present(read(perl(before)), 'n', '443') == perl(after)


@pytest.mark.parametrize(
    ('token', 'value', 'changed'),
    [
        ('443', '443', '443'),
        ('true', '1', 'true'),
        ('true', 'true', '"true"'),
        ('null', '', '""'),
        ('"a"', 'é', '"\\u00e9"'),
    ],
)
def test_equal_means_equal_in_json(token, value, changed):
    before = f'   "omkd" : {{ "n" : {token} }}\n'
    assert present(read(json_file(before), JSON), 'n', value) == json_file(before.replace(token, changed))


@pytest.mark.parametrize(
    ('quotes', 'value', 'token'),
    [
        ("'", "it's", r"'it\'s'"),
        ("'", 'a\\b', r"'a\\b'"),
        ("'", 'a\\', r"'a\\'"),
        ('"', 'a$b', "'a$b'"),
        ('"', 'a"b', "'a\"b'"),
        ('"', "it's", '"it\'s"'),
        ("'", '$x @y', "'$x @y'"),
        ("'", '', "''"),
    ],
)
def test_values_are_quoted_so_that_they_read_alike(quotes, value, token):
    before = f"  'omkd' => {{ 'n' => {quotes}old{quotes} }},\n"
    assert present(read(perl(before)), 'n', value) == perl(f"  'omkd' => {{ 'n' => {token} }},\n")


def test_letters_take_the_encoding_of_the_file():
    before = "  'omkd' => { 'n' => 'ä' },\n"
    latin = perl(before).decode().encode('latin-1')
    assert present(read(perl(before)), 'n', 'é') == perl(before.replace('ä', 'é'))
    assert present(read(latin), 'm', 'é') == latin.replace(b"'\xe4'", b"'\xe4', 'm' => '\xe9'")
    assert refusal(present, read(latin), 'm', '\u20ac') == (
        'the file is written in Latin-1, which has not all letters of the new text; use other letters, or convert the '
        'file to UTF-8.'
    )


@pytest.mark.parametrize('encoding', ['utf-8', 'latin-1'])
def test_names_and_sections_take_it_too(encoding):
    before, after = ("  'omkd' => { 'ä' => 'ö' },\n" + more for more in ('', "  'ü' => { 'é' => 'å', },\n"))
    before, after = (perl(body).decode().encode(encoding) for body in (before, after))
    assert present(read(before), 'é', 'å', 'ü') == after
    assert setting.read(read(after), 'é').section == 'ü'
    assert absent(read(after), 'é', 'ü') == before


def test_json_is_written_in_ascii_whatever_the_file():
    before = '{"a":{},"ä":{"a":"ö"}}'.encode('latin-1')
    after = before.replace(b'}}', b',"\\u00e9":"\\u20ac"}}')
    assert present(read(before, JSON), 'é', '\u20ac', 'ä') == after


def test_it_is_changed_where_it_stands():
    data = perl("  'a' => { 'n' => 1 },\n  'omkd' => { 'b' => 2 },\n")
    assert present(read(data), 'n', '443') == data.replace(b'1', b"'443'")
    assert setting.read(read(data), 'n') == (True, 'a', '1', '1', 3, 12, 'number', None, None)


def test_the_last_of_equal_names_counts():
    data = perl("  'omkd' => { 'n' => '1', 'n' => '2' },\n")
    assert setting.read(read(data), 'n').value == '2'
    assert present(read(data), 'n', '1') == data.replace(b"'2'", b"'1'")


RANDOM = "the setting stands in several sections ({}), and the vendor's reader takes one at random; "
UNSEEN = "the setting stands where the vendor's reader does not see it ({}); "
BY_PATH = 'name the one you mean as /SECTION/NAME in omk_websocket_setting (option setting)'


@pytest.mark.parametrize(
    ('body', 'places', 'sentence'),
    [
        (
            "  'a' => { 'n' => 1 },\n  'b' => { 'n' => 2 },\n",
            'line 3, column 12 and line 4, column 12',
            RANDOM + BY_PATH + '.',
        ),
        (
            "  'a' => { 'n' => 1 },\n  'a' => { 'b' => 2 },\n",
            'line 3, column 12',
            UNSEEN + BY_PATH + ', or remove it there.',
        ),
        ("  'n' => { 'a' => 1 },\n", 'line 3, column 3', UNSEEN + BY_PATH + ', or remove it there.'),
        (
            "  'omkd' => { 'a' => 1 },\n  'omkd' => { 'b' => 2 },\n",
            'line 3, column 3 and line 4, column 3',
            'the section for the new setting stands twice ({}), and the last one replaces the others; '
            + BY_PATH
            + ', or merge them.',
        ),
    ],
)
def test_what_the_reader_mixes_up_is_refused_and_the_places_named(body, places, sentence):
    assert refusal(present, read(perl(body)), 'n', '443') == sentence.format(places)


@pytest.mark.parametrize(
    ('body', 'places', 'value'),
    [
        ("  'a' => { 'x' => { 'n' => 1 } },\n", 'line 3, column 21', None),
        ("  'a' => { 'x' => [ { 'n' => 1 } ] },\n  'b' => { 'n' => 2 },\n", 'line 3, column 23', '2'),
    ],
)
def test_what_stands_deeper_than_any_reader_looks_is_told_and_is_not_in_the_way(body, places, value):
    document = read(perl(body))
    reading = setting.read(document, 'n')
    assert (reading.value, reading.doubt) == (value, None)
    assert reading.unseen == (
        f"the name stands deeper than the vendor's reader looks, too ({places}), which changes nothing"
    )
    after = read(present(document, 'n', '443'))
    assert setting.read(after, 'n').value == '443'
    assert absent(after, 'n') == absent(document, 'n')


@pytest.mark.parametrize(
    ('count', 'places'),
    [
        (3, 'line 3, column 12 and line 4, column 12 and line 5, column 12'),
        (4, 'line 3, column 12 and line 4, column 12 and line 5, column 12 and line 6, column 12'),
        (5, 'line 3, column 12 and line 4, column 12 and line 5, column 12 and 2 more'),
        (8, 'line 3, column 12 and line 4, column 12 and line 5, column 12 and 5 more'),
    ],
)
def test_of_many_places_the_first_are_named(count, places):
    document = read(perl(''.join(f"  '{name}' => {{ 'n' => 1 }},\n" for name in 'abcdefgh'[:count])))
    assert refusal(setting.locate, document, 'n') == (RANDOM + BY_PATH + '.').format(places)


@pytest.mark.parametrize(
    ('body', 'section', 'after'),
    [
        (
            "  'a' => { 'n' => 1 },\n  'b' => { 'n' => 2 },\n",
            'b',
            "  'a' => { 'n' => 1 },\n  'b' => { 'n' => '443' },\n",
        ),
        (
            "  'a' => { 'n' => 1 },\n  'a' => { 'n' => 2 },\n",
            'a',
            "  'a' => { 'n' => 1 },\n  'a' => { 'n' => '443' },\n",
        ),
        (
            "  'a' => { 'n' => 1 },\n  'a' => { b => 2 },\n",
            'a',
            "  'a' => { 'n' => 1 },\n  'a' => { b => 2, n => '443' },\n",
        ),
        ("  'n' => { b => 1 },\n", 'n', "  'n' => { b => 1, n => '443' },\n"),
    ],
)
def test_the_path_form_decides(body, section, after):
    assert present(read(perl(body)), 'n', '443', section) == perl(after)


@pytest.mark.parametrize('value', ['1', "{ 'n' => 1 }"])
def test_the_path_form_does_not_add_a_second_place(value):
    document = read(perl(f"  'a' => {{ 'n' => {value} }},\n"))
    assert refusal(present, document, 'n', '443', 'omkd') == (
        "the setting stands in another section (line 3, column 12), and the vendor's reader takes one at random; "
        'change it there, or remove it there first.'
    )
    assert absent(document, 'n', 'omkd') == document.data


DOUBT = "the setting stands in another section too (line {}), and the vendor's reader takes one at random"


@pytest.mark.parametrize(
    ('name', 'section', 'reading'),
    [
        ('n', 'a', (True, 'a', '1', '0x1', 3, 12, 'number', DOUBT.format('4, column 12'))),
        ('n', 'b', (True, 'b', '2', "'2'", 4, 12, 'string', DOUBT.format('3, column 12'))),
        ('n', 'c', (False, 'c', None, None, None, None, None, DOUBT.format('3, column 12 and line 4, column 12'))),
        ('m', 'c', (True, 'c', None, 'undef', 5, 12, 'nothing', None)),
        ('m', 'd', (False, 'd', None, None, None, None, None, DOUBT.format('5, column 12'))),
        ('m', None, (True, 'c', None, 'undef', 5, 12, 'nothing', None)),
        ('x', 'a', (False, 'a', None, None, None, None, None, None)),
        ('x', None, (False, None, None, None, None, None, None, None)),
        ('l', None, (True, 'c', None, '[ 5 ]', 6, 3, 'list', 'its value is not a plain string or number')),
        ('e', None, (True, 'c', None, '2 * 3', 7, 3, 'other', 'its value is not a plain string or number')),
    ],
)
def test_a_reading_tells_the_value_its_place_and_its_doubt(name, section, reading):
    document = read(
        perl(
            "  'a' => { 'n' => 0x1 },\n  'b' => { 'n' => '2' },\n  'c' => { 'm' => undef,\n"
            "  'l' => [ 5 ],\n  'e' => 2 * 3 },\n"
        )
    )
    assert setting.read(document, name, section) == (*reading, None)


@pytest.mark.parametrize('raw', ['[1]', '{}', '86400 * 90', 'qr/x/', '(443)'])
@pytest.mark.parametrize('action', ['present', 'absent'])
def test_only_a_plain_value_is_touched(raw, action):
    document = read(perl(f"  'omkd' => {{ 'n' => {raw} }},\n"))
    change = {'present': lambda: present(document, 'n', '443'), 'absent': lambda: absent(document, 'n')}[action]
    assert refusal(change) == (
        'line 3, column 22: the value of the setting is not a plain string or number; change it manually.'
    )


FEW = "fewer than two sections; the vendor's reader dies on that; look into whether the file is complete."
NO_SECTION = "a value where a section is expected; the vendor's reader dies on it; move the setting into a section."
PLAIN_SECTIONS = b''.join(b"  's%d' => { 'a' => 1 },\n" % number for number in range(200))


@pytest.mark.parametrize(
    ('data', 'syntax', 'sentence'),
    [
        (b"%hash = ('a' => {});", PERL, 'line 1, column 9: ' + FEW),
        (b"%hash = (\n  'a' => {},\n  'a' => {},\n);", PERL, 'line 1, column 9: ' + FEW),
        (b'\n{"a":{}}', JSON, 'line 2, column 1: ' + FEW),
        (b"%hash = ('a' => {}, 'b' => 1);", PERL, 'line 1, column 21: ' + NO_SECTION),
        (b"%hash = ('a' => {}, 'b' => {}, 'c' => []);", PERL, 'line 1, column 32: ' + NO_SECTION),
        (b'{"a":{},"b":"c"}', JSON, 'line 1, column 9: ' + NO_SECTION),
        (
            b'%hash = (\n' + PLAIN_SECTIONS + b"  'b' => 1,\n" + PLAIN_SECTIONS + b');',
            PERL,
            'line 202, column 3: ' + NO_SECTION,
        ),
        (
            b"%hash = ('a' => {}, 'b' => {\n 'x' => \"a\0\0\"});",
            PERL,
            'line 2, column 11: a NUL byte: this is not a text file.',
        ),
    ],
)
def test_what_the_reader_dies_on_is_refused(data, syntax, sentence):
    assert refusal(setting.read_document, data, syntax) == sentence


@pytest.mark.parametrize(
    'data',
    [
        b"%hash = ('a' => { # first\n 'x' => 1 }, 'b' => { 'n' => 5 },);",
        b"%hash = ('a' => { 'x' => 1 }, 'b' => { # second\n 'n' => 5 });",
        b'%hash = (\n' + PLAIN_SECTIONS + b"'b' => { 'n' => 5 });",
    ],
)
def test_two_sections_are_enough_however_they_are_written(data):
    assert setting.read(setting.read_document(data, PERL), 'n').value == '5'


def test_a_file_of_conf_d_may_have_one_section():
    document = setting.read_document(b"%hash = ('a' => {'n' => 5});", PERL, main=False)
    assert setting.read(document, 'n').value == '5'


def test_nor_does_a_file_of_conf_d_have_values_for_sections():
    data = b'%hash = (\n' + PLAIN_SECTIONS + b"  'b' => 1,\n);"
    assert refusal(setting.read_document, data, PERL, main=False) == 'line 202, column 3: ' + NO_SECTION


@pytest.mark.parametrize(
    ('path', 'syntax'),
    [
        ('conf/opCommon.json', JSON),
        ('conf/opCommon.nmis', PERL),
        ('conf.d/ports.nmis', PERL),
        ('/x.json/opCommon', PERL),
    ],
)
def test_the_name_of_a_file_tells_its_format(path, syntax):
    assert setting.syntax_of(path) is syntax


def test_a_section_of_nothing_is_an_empty_one_but_takes_no_setting():
    document = read(b'{"omkd":null,"b":{}}', JSON)
    assert not setting.read(document, 'n').found
    assert refusal(present, document, 'n', '1') == (
        'line 1, column 9: the section for the new setting has no value; write an empty section there.'
    )


@pytest.mark.parametrize(
    ('name', 'parts'), [('a', (None, 'a')), ('/s/a', ('s', 'a')), ('<nmis_base>', (None, '<nmis_base>'))]
)
def test_names(name, parts):
    assert setting.names(name) == parts


NO_PATH = (
    'the path form of a name in omk_websocket_setting (option setting) is /SECTION/NAME with nothing deeper; give'
    ' exactly one'
    ' section and one name.'
)
NO_NAME = (
    'the names in omk_websocket_setting (option setting) and omk_websocket_section (option section) are texts without'
    ' control characters and not empty.'
)


@pytest.mark.parametrize(
    ('name', 'sentence'),
    [
        ('/', NO_PATH),
        ('/s', NO_PATH),
        ('//a', NO_PATH),
        ('/a/b/c', NO_PATH),
        ('/a/b/', NO_PATH),
        ('', NO_NAME),
        ('/s/', NO_NAME),
        ('a\nb', NO_NAME),
        ('/s/a\0', NO_NAME),
        ('/s\t/a', NO_NAME),
        ('a\x7f', NO_NAME),
        ('a\udc80', NO_NAME),
    ],
)
def test_names_that_are_none(name, sentence):
    assert refusal(setting.names, name) == sentence


@pytest.mark.parametrize('value', ['1', '443', '65535'])
def test_ports(value):
    setting.check_value('websocket_proxy_port', value)


@pytest.mark.parametrize('value', ['', '0', '65536', '-1', '0443', '443 ', '4.43e2', 'https'])
def test_no_ports(value):
    assert refusal(setting.check_value, '/omkd/websocket_proxy_port', value) == (
        'omk_websocket_value (option value), for a setting whose name ends in _port, is no whole number from 1 to'
        ' 65535.'
    )


@pytest.mark.parametrize('name', ['omkd_ports', 'port_of_omkd', '/x_port/name'])
def test_what_is_no_port_has_any_value(name):
    setting.check_value(name, 'https')


@pytest.mark.parametrize('value', ['a\nb', '\ud800', 'a\udfff'])
def test_a_value_of_several_lines_or_of_half_characters_is_refused(value):
    assert refusal(present, read(perl("  'omkd' => {},\n")), 'n', value) == (
        'omk_websocket_value (option value) has control characters, which cannot be written; give a text of one line.'
    )


def test_a_change_that_would_read_otherwise_is_refused():
    miswriting = JSON._replace(quote=lambda value, style: b'"other"')
    for body in ('"omkd" : { "n" : "1" }', '"omkd" : {}'):
        assert refusal(present, read(json_file(body), miswriting), 'n', '443') == (
            'the changed file would not read as intended; report this as an error of the collection.'
        )


def test_a_token_is_put_back_to_the_letter():
    data = perl("  'omkd' => { 'n' => 0x1F },\n")
    token = setting.read(read(data), 'n').token
    assert put_token(read(present(read(data), 'n', '443')), 'n', token) == data


def test_a_token_is_put_back_where_the_path_form_says():
    before = perl("  'a' => { 'n' => 'ü' },\n  'b' => { 'n' => 'ü' },\n")
    changed = present(read(before), 'n', '443', 'b')
    assert put_token(read(changed), 'n', setting.read(read(before), 'n', 'b').token, 'b') == before


@pytest.mark.parametrize('section', [None, 'b'])
def test_no_token_is_put_back_where_the_setting_is_gone(section):
    assert refusal(put_token, read(perl("  'a' => { 'm' => 1 },\n")), 'n', '1', section) == 'the setting is gone.'
