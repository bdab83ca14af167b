# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The literal subset of Perl: what it accepts, what it makes of it, and where it refuses."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import tree
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import parsed, refusal


def sections(data):
    """What stands in a file: a list of (section, [(name, kind, text)])."""
    document = parsed(data, PERL)
    return [
        (
            PERL.text(data, section.key),
            [
                (PERL.text(data, entry.key), entry.value.kind, PERL.text(data, entry.value))
                for entry in tree.entries(document, section.value)
            ],
        )
        for section in tree.entries(document, document.root)
    ]


def one_value(raw):
    """Kind and text of a value."""
    ((_section, (entry,)),) = sections(b"%hash = ('s' => {'n' => " + raw + b'});')
    return entry[1:]


def one_key(raw):
    ((_section, (entry,)),) = sections(b"%hash = ('s' => {" + raw + b' => 1});')
    return entry[0]


@pytest.mark.parametrize(
    'head',
    [
        b'%hash = (',
        b'my %hash = (',
        b'% hash = (',
        b'our %hash=(',
        b'# a note\n\n%hash = # why\n (',
        b'my%hash = (',
    ],
)
@pytest.mark.parametrize('tail', [b')', b');', b' ) ;\n', b');\n# the end', b'\n,);'])
def test_the_assignment_and_its_end(head, tail):
    data = head + b"'s' => {}" + tail
    assert sections(data) == [('s', [])]
    assert PERL.parse(data)[:3] == ('hash', data.index(b'('), data.index(b')') + 1)


@pytest.mark.parametrize(
    ('raw', 'kind', 'text'),
    [
        (b"'443'", 'string', '443'),
        (b'"443"', 'string', '443'),
        (b'443', 'number', '443'),
        (b"''", 'string', ''),
        (b'"\\t\\n\\r\\f\\b\\a\\e\\0\\8\\X\\/"', 'string', '\t\n\r\x0c\x08\x07\x1b\0' + '8X/'),
        (b'"\\x\\x9g\\x{}\\x{_e_9}"', 'string', '\0\tg\0\xe9'),
        (b'"\\x{100}\\x{10_FFFF}"', 'string', '\u0100\U0010ffff'),
        (b'"\\xc3\\xa9"', 'string', 'é'),
        (b'"\\xe9"', 'string', 'é'),
        (b'"\\x{d800}"', 'string', '\xed\xa0\x80'),
        (b"'a\\\nb'", 'string', 'a\\\nb'),
        (rb"'it\'s \\ and \n'", 'string', r"it's \ and \n"),
        (b'"a\\tb\\x41\\x{e9}\\101\\"\\$\\@"', 'string', 'a\tbA\xe9A"$@'),
        (b'"me@ home @. @["', 'string', 'me@ home @. @['),
        (b"'# => }'", 'string', '# => }'),
        (b"'a\nb'", 'string', 'a\nb'),
        ("'Zürich'".encode(), 'string', 'Zürich'),
        ("'Zürich'".encode('latin-1'), 'string', 'Zürich'),
        (b'0443', 'number', '291'),
        (b'+0443', 'number', '291'),
        (b'+0x1BB', 'number', '443'),
        (b'0X_1bb', 'number', '443'),
        (b'0B101', 'number', '5'),
        (b'0_7', 'number', '7'),
        (b'1__0', 'number', '10'),
        (b'1_0.5_0', 'number', '10.5'),
        (b'-0.0', 'number', '0'),
        (b'9' * 250, 'number', '1e+250'),
        (b'0x' + b'f' * 248, 'number', '4.18558049682136e+298'),
        (b'0x1BB', 'number', '443'),
        (b'0b11', 'number', '3'),
        (b'1_000', 'number', '1000'),
        (b'443.0', 'number', '443'),
        (b'1.50', 'number', '1.5'),
        (b'.5', 'number', '0.5'),
        (b'1.', 'number', '1'),
        (b'4.43e2', 'number', '443'),
        (b'1e15', 'number', '1e+15'),
        (b'-5', 'number', '-5'),
        (b'+5', 'number', '5'),
        (b'-0', 'number', '0'),
        (b'18446744073709551615', 'number', '18446744073709551615'),
        (b'18446744073709551616', 'number', '1.84467440737096e+19'),
        (b'-9223372036854775808', 'number', '-9223372036854775808'),
        (b'-9223372036854775809', 'number', '-9.22337203685478e+18'),
        (b'1e999', 'number', 'Inf'),
        (b'9' * 100, 'number', '1e+100'),
        (b'0x' + b'f' * 17, 'number', '2.95147905179353e+20'),
        (b'undef', 'nothing', None),
        (b'86400 * 90', 'other', None),
        (b'(5)', 'other', None),
        (b'- 5', 'other', None),
        (b'((1 + 2) * -3) / 4 - 1', 'other', None),
        (b'"\\Uabc"', 'other', None),
        (b'qr/a{1,3}\\/[#,}]$/i', 'other', None),
        (b'qr/^(a$|b$)@+ @-/', 'other', None),
        (b'qr{a{2}b}x', 'other', None),
        (b'qr#a#', 'other', None),
        (b'qr!a!', 'other', None),
        (b'qr (a(b)c)', 'other', None),
        (b'qr/a\\\n\\//', 'other', None),
        (b'qr<a\\<>', 'other', None),
        (b'qr[[a][b]]', 'other', None),
        (b'[1, [2, "x"], {a => 1}, undef, (2)]', 'list', None),
        (b'[a => 1, b => 2,]', 'list', None),
        (b'{a => {b => {c => [1]}}}', 'hash', None),
        (b'[]', 'list', None),
    ],
)
def test_values(raw, kind, text):
    assert one_value(raw) == (kind, text)


@pytest.mark.parametrize(
    ('raw', 'text'),
    [
        (b'name', 'name'),
        (b'-name', '-name'),
        (b'q', 'q'),
        (b's', 's'),
        (b'y', 'y'),
        (b'tr', 'tr'),
        (b'__END__', '__END__'),
        (b'undef', 'undef'),
        (b'name # so\n', 'name'),
        (b"'a b'", 'a b'),
        (b'"a\\x62"', 'ab'),
        (b'443', '443'),
        (b'0443', '291'),
        (b'-5', '-5'),
        (b'1.50', '1.5'),
        (b"'<nmis_base>'", '<nmis_base>'),
    ],
)
def test_keys(raw, text):
    assert one_key(raw) == text


def test_what_stands_between_tokens():
    data = b"""# ' " odd quotes
%hash = ( # (
  's', { # {
    'a' => 1, , # 'x' => 2,
    #'b' => 2
    b\t=>\r
    2,'c',34
  }, # }
);
"""
    assert sections(data) == [('s', [('a', 'number', '1'), ('b', 'number', '2'), ('c', 'number', '34')])]


PLAIN_SECTION = b"'s'=>{'a'=>'1',\"b\"=>\"\",c=>0,'d'=>443,'e'=>undef"


@pytest.mark.parametrize(
    'data',
    [
        PLAIN_SECTION + b'},',
        PLAIN_SECTION + b',},',
        b"'s'=>{},",
        b's=>{a=>1},',
        PLAIN_SECTION + b'},' + b't=>{},' * 63,
        (PLAIN_SECTION + b'},').replace(b'=>', b' => '),
        (PLAIN_SECTION + b'},').replace(b"'=>", b"'\n=>\n"),
        (PLAIN_SECTION + b',}').replace(b',', b' ,\r\n\t').replace(b'{', b'{\n').replace(b'}', b'\n}\n,'),
        b"'s' => {" + b'a => 1, ' * 64 + b'b => 2},',
    ],
)
def test_plain_sections_are_taken_in_one_stretch(data):
    document = parsed(b'%hash = (' + data + b')', PERL)
    assert document.root.parts == [tree.Run(9, 9 + len(data))]
    assert len(list(tree.entries(document, document.root))) == data.count(b'{')


@pytest.mark.parametrize(
    'values',
    [
        b'[],',
        b"['a'],",
        b"['a',],",
        b'[ \'a\' , 1,\n"b" , undef ],',
        b'[1\n,\n2\n,\n],',
        b'{},',
        b"{'a'=>1},",
        b'{ a => 1 , b => 2 , },',
        b'[' + b'1,' * 65 + b'],',
    ],
)
def test_so_are_plain_lists_and_hashes_in_them(values):
    data = b"'k' => 'v', k => " + values + b"'n' => 443,"
    document = parsed(b'%hash = (s => {' + data + b'})', PERL)
    (section,) = document.root.parts
    assert section.value.parts == [tree.Run(15, 15 + len(data))]
    document = parsed(b'%hash = (s => {k => [' + values + b'443,]})', PERL)
    assert document.root.parts[0].value.parts[0].value.parts == [tree.Run(21, 21 + len(values) + 4)]


@pytest.mark.parametrize('count', [1, 63, 64, 65, 66, 200])
def test_long_sections_are_complete(count):
    body = b''.join(b"'n%d' => 'v%d',\n" % (number, number) for number in range(count))
    ((_name, found),) = sections(b"%hash = ('s' => {" + body + b'});')
    assert found == [(f'n{number}', 'string', f'v{number}') for number in range(count)]


@pytest.mark.parametrize(
    ('data', 'line', 'column', 'sentence'),
    [
        (b'', 1, 1, 'there is nothing in the file but blanks and comments.'),
        (b'# only a note\n', 2, 1, 'there is nothing in the file but blanks and comments.'),
        (b'\xef\xbb\xbf%hash = ();', 1, 1, 'a byte order mark, which is an error to Perl; save the file without it.'),
        (
            b'use strict;\n%hash = ();',
            1,
            1,
            'a bare word or program code instead of the assignment to a hash that such a file consists of; '
            'write the file as %hash = ( … ).',
        ),
        (
            b"%hash = {'a' => {}};",
            1,
            9,
            "the hash is written in { }, on which the vendor's reader dies; write ( ) around the sections.",
        ),
        (
            b"%hash = ('a' => {});\n1;\n",
            2,
            1,
            "something follows the hash; the vendor's reader takes the value of the last statement and dies; "
            'remove what follows.',
        ),
        (
            b"%hash = ('a' => {});;",
            1,
            21,
            "something follows the hash; the vendor's reader takes the value of the last statement and dies; "
            'remove what follows.',
        ),
        (
            b"%hash = ('a' => {});\n__ENDS__\n",
            2,
            1,
            "something follows the hash; the vendor's reader takes the value of the last statement and dies; "
            'remove what follows.',
        ),
        (b"%hash = ('a' => {}", 1, 19, 'the file ends where ) is expected.'),
        (b"%hash = ('a' => {'b' => 'c});", 1, 25, 'this string has no end.'),
        (
            b"%hash = ('a' => {'b' => <<X});\nX\n",
            1,
            25,
            'a here-document where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => qq(x)});",
            1,
            25,
            'a quoting operator other than q, qw and qr where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => qw(x y)});",
            1,
            25,
            'several words where a hash wants one value; Perl takes the second for a key; write [ qw(…) ].',
        ),
        (b"%hash = ('a' => {'b' => q{x);", 1, 25, 'this string has no end.'),
        (
            b"use utf8;\n%hash = ('a' => {'b' => '\xfc'});",
            2,
            26,
            'a byte that is not UTF-8, although the file says "use utf8"; save the file as UTF-8.',
        ),
        (
            b"%hash = ('a' => {'b' => time});",
            1,
            25,
            'a bare word or program code where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => $x});",
            1,
            25,
            'a variable, a reference or a call where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => \\'x'});",
            1,
            25,
            'a variable, a reference or a call where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => 'x' . 'y'});",
            1,
            29,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 1 x 3});",
            1,
            27,
            'a bare word or program code where a comma or } is expected; put it there, or write the value as a'
            ' literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 1 ** 3});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 5 .. 7});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 1.2.3});",
            1,
            25,
            'something that is outside the literal subset of Perl where a number is expected; put a literal value'
            ' there.',
        ),
        (
            b"%hash = ('a' => {'b' => 08});",
            1,
            25,
            'something that is outside the literal subset of Perl where a number is expected; put a literal value'
            ' there.',
        ),
        (
            b"%hash = ('a' => {'b' => " + b'9' * 400 + b'});',
            1,
            25,
            'a number longer than Perl reads; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => (1, 2)});",
            1,
            27,
            'something that is outside the literal subset of Perl where ) is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => ()});",
            1,
            26,
            'something that is outside the literal subset of Perl where a number is expected; put a literal value'
            ' there.',
        ),
        (
            b"%hash = ('a' => {'b' => \"x$y\"});",
            1,
            27,
            'Perl would put the value of a variable into this string; put a backslash before the sign or use single'
            ' quotes.',
        ),
        (
            b"%hash = ('a' => {'b' => \"x\\\\$y\"});",
            1,
            29,
            'Perl would put the value of a variable into this string; put a backslash before the sign or use single'
            ' quotes.',
        ),
        (
            b"%hash = ('a' => {'b' => \"me\\@x.org, you@x.org\"});",
            1,
            40,
            'Perl would put the value of a variable into this string; put a backslash before the sign or use single'
            ' quotes.',
        ),
        (
            b"%hash = ('a' => {'b' => \"a@'\"});",
            1,
            27,
            'Perl would put the value of a variable into this string; put a backslash before the sign or use single'
            ' quotes.',
        ),
        (
            b"%hash = ('a' => {'b' => \"@-\"});",
            1,
            26,
            'Perl would put the value of a variable into this string; put a backslash before the sign or use single'
            ' quotes.',
        ),
        (
            b"%hash = ('a' => {'b' => \"\\N{U+41}\"});",
            1,
            26,
            'an escape that is outside the literal subset; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => \"\\\\\\x{4\"});",
            1,
            28,
            'an escape that is outside the literal subset; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => qr/a$b/});",
            1,
            29,
            'Perl would put the value of a variable, or code, into this pattern; put a backslash before the sign.',
        ),
        (
            b"%hash = ('a' => {'b' => qr/a@b/});",
            1,
            29,
            'Perl would put the value of a variable, or code, into this pattern; put a backslash before the sign.',
        ),
        (
            b"%hash = ('a' => {'b' => qr/(?{1})/});",
            1,
            28,
            'Perl would put the value of a variable, or code, into this pattern; put a backslash before the sign.',
        ),
        (b"%hash = ('a' => {'b' => qr'a'});", 1, 25, 'a pattern in unusual quotes; write it as qr/…/.'),
        (b"%hash = ('a' => {'b' => qr/a/zz});", 1, 30, 'a pattern with unknown flags.'),
        (b"%hash = ('a' => {'b' => qr/a});", 1, 25, 'this pattern has no end.'),
        (
            b"%hash = ('a' => {'b' => m/a/});",
            1,
            25,
            'a quoting operator other than q, qw and qr where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b'});",
            1,
            21,
            'something that is outside the literal subset of Perl where => is expected; '
            'put it there, or write the key as a plain string.',
        ),
        (
            b"%hash = ('a' => {'b' => 1 => 'c' => 2});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {,'b' => 1});",
            1,
            18,
            'something that is outside the literal subset of Perl where a key is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {A::b => 1});",
            1,
            18,
            'a bare word or program code where a key is expected; put a literal value there.',
        ),
        (b"%hash = ('a' => {1+1 => 1});", 1, 18, 'a key that has to be computed; write it as a plain string.'),
        (
            b"%hash = ('a' => {'b' => [1 2]});",
            1,
            28,
            'something that is outside the literal subset of Perl where a comma or ] is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {'b' => [1}});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or ] is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            "%hash = ('ü' => {'b' => $x});".encode(),
            1,
            25,
            'a variable, a reference or a call where a value is expected; put a literal value there.',
        ),
        (
            "%hash = ('ü' => {'b' => $x});".encode('latin-1'),
            1,
            25,
            'a variable, a reference or a call where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {\n\n  'b' => \t$x});",
            3,
            11,
            'a variable, a reference or a call where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {\n=pod\n\n=cut\n});",
            2,
            1,
            'embedded documentation where a key is expected; put a literal value there.',
        ),
        (b'# only a note', 1, 14, 'there is nothing in the file but blanks and comments.'),
        (
            b'%hash',
            1,
            1,
            'a variable, a reference or a call instead of the assignment to a hash that such a file consists of; '
            'write the file as %hash = ( … ).',
        ),
        (b'%hash = ', 1, 9, 'the file ends where ( is expected.'),
        (
            b"%hash = ['a'];",
            1,
            9,
            'something that is outside the literal subset of Perl where ( is expected; write the file as %hash = ('
            ' … ).',
        ),
        (
            b"%hash == ('a' => {});",
            1,
            1,
            'a variable, a reference or a call instead of the assignment to a hash that such a file consists of; '
            'write the file as %hash = ( … ).',
        ),
        (
            b'@hash = ();',
            1,
            1,
            'a variable, a reference or a call instead of the assignment to a hash that such a file consists of; '
            'write the file as %hash = ( … ).',
        ),
        (b"%hash = ('a' => {}, 'b' => ", 1, 28, 'the file ends where a value is expected.'),
        (b"%hash = ('a' => {'b' => [1, 2", 1, 30, 'the file ends where ] is expected.'),
        (
            b"%hash = ('a' => {'b' => X});",
            1,
            25,
            'a bare word or program code where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => -});",
            1,
            26,
            'something that is outside the literal subset of Perl where a number is expected; put a literal value'
            ' there.',
        ),
        (
            b"%hash = ('a' => {'b' => );",
            1,
            25,
            'something that is outside the literal subset of Perl where a value is expected; put a literal value'
            ' there.',
        ),
        (
            b"%hash = ('a' => {'b' => 1 ++ 3});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 1 -- 3});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 1 // 3});",
            1,
            27,
            'something that is outside the literal subset of Perl where a comma or } is expected; '
            'put it there, or write the value as a literal.',
        ),
        (b"%hash = ('a' => {'b' => (1 + 2", 1, 31, 'the file ends where ) is expected.'),
        (
            b"%hash = ('a' => {'b' => " + b'9' * 251 + b'});',
            1,
            25,
            'a number longer than Perl reads; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => \"\\x{110000}\"});",
            1,
            26,
            'an escape that is outside the literal subset; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => \"\\x{1__0}\"});",
            1,
            26,
            'an escape that is outside the literal subset; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => 1_2_3x});",
            1,
            25,
            'something that is outside the literal subset of Perl where a number is expected; put a literal value'
            ' there.',
        ),
        (b"%hash = ('a' => {'b'", 1, 21, 'the file ends where => is expected.'),
        (b'%hash = (\'a\' => {"\\Ub" => 1});', 1, 18, 'a key that has to be computed; write it as a plain string.'),
        (
            b"%hash = ('a' => {qr/b/ => 1});",
            1,
            18,
            'a bare word or program code where a key is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => qr #a# \n});",
            1,
            25,
            'a bare word or program code where a value is expected; put a literal value there.',
        ),
        (b"%hash = ('a' => {'b' => qr{a{b});", 1, 25, 'this pattern has no end.'),
        (
            b"%hash = ('a' => {'b' => __END__",
            1,
            25,
            'the end mark of a program where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {'b' => \xef\xbb\xbf1});",
            1,
            25,
            'something that is outside the literal subset of Perl where a value is expected; put a literal value'
            ' there.',
        ),
        (
            b"%hash = ('a' => {'b' => &x});",
            1,
            25,
            'a variable, a reference or a call where a value is expected; put a literal value there.',
        ),
        (
            b"%hash = ('a' => {X});",
            1,
            18,
            'a bare word or program code where a key is expected; put a literal value there.',
        ),
        (
            b'%hash = (a => {b => "c"$x});',
            1,
            24,
            'a variable, a reference or a call where a comma or } is expected; put it there, or write the value as a'
            ' literal.',
        ),
        (
            b"%hash = ('a' => {'b' => 'c'} 'd' => {});",
            1,
            30,
            'something that is outside the literal subset of Perl where a comma or ) is expected; '
            'put it there, or write the value as a literal.',
        ),
        (b'\xef\xbb\xbf# x', 1, 1, 'a byte order mark, which is an error to Perl; save the file without it.'),
    ],
)
def test_refusals_say_where_and_why(data, line, column, sentence):
    assert refusal(PERL.parse, data) == f'line {line}, column {column}: {sentence}'


@pytest.mark.parametrize(
    ('name', 'quotes', 'token'),
    [
        (b'Aa_9Z', b'', b'Aa_9Z'),
        (b'_', b'', b'_'),
        (b'9a', b'', b"'9a'"),
        (b'a-b', b'', b"'a-b'"),
        (b'', b'', b"''"),
        (b'a\n', b'', b"'a\n'"),
        (b'a', b"'", b"'a'"),
        (b'a', b'"', b'"a"'),
        (b"a'\\b", b"'", b"'a\\'\\\\b'"),
        (b'a"b', b'"', b"'a\"b'"),
        (b'a@b', b'"', b"'a@b'"),
        (b'$a', b'"', b"'$a'"),
        (b'a\\b', b'"', b"'a\\\\b'"),
    ],
)
def test_a_key_is_written_so_that_it_reads_alike(name, quotes, token):
    assert PERL.quote_key(name, quotes) == token
    assert one_key(token) == name.decode()


def test_refusals_quote_nothing():
    data = b"%hash = ('s' => {'password' => \"hunter2$x\", 'hunter3' => hunter4});"
    for cut in range(len(data)):
        try:
            PERL.parse(data[:cut])
        except Problem as problem:
            assert 'hunter' not in str(problem) and 'password' not in str(problem)


def test_deep_nesting_needs_no_recursion():
    deep = 20000
    data = b"%hash = ('s' => {'n' => " + b'[' * deep + b']' * deep + b'});'
    assert sections(data) == [('s', [('n', 'list', None)])]


@pytest.mark.parametrize(
    'data',
    [
        b'%hash' + b' ' * 200000 + b'x',
        b'%hash = (' + b'# ####\n' * 50000 + b'x',
        b"%hash = ('a' => {" + b"'k' => [1, 2, 3],\n" * 20000 + b'x',
        b"%hash = ('a' => {'" + b'x' * 10**6,
        b"%hash = ('a' => {\"" + b'\\x' * 10**5 + b'$',
        b"%hash = ('a' => {b => qr/" + b'a(?#' * 10**5,
        b"%hash = ('a' => {b => " + b'(' * 10**5,
        b"%hash = ('a' => {b => " + b'1 + ' * 10**5,
    ],
)
def test_broken_files_are_refused_without_endless_search(data):
    with pytest.raises(Problem):
        PERL.parse(data)
