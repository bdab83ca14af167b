# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The literal subset of Perl: what it accepts, what it makes of it, and where it refuses."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import tree
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import parsed


def sections(data):
    """What stands in a file: a list of (section, [(name, kind, text)])."""
    document = parsed(data, PERL)
    return [
        (PERL.text(data, section.key),
         [(PERL.text(data, entry.key), entry.value.kind, PERL.text(data, entry.value))
          for entry in tree.entries(document, section.value)])
        for section in tree.entries(document, document.root)
    ]


def one_value(raw):
    """Kind and text of a value."""
    (_section, (entry,)), = sections(b"%hash = ('s' => {'n' => " + raw + b'});')
    return entry[1:]


def one_key(raw):
    (_section, (entry,)), = sections(b"%hash = ('s' => {" + raw + b' => 1});')
    return entry[0]


@pytest.mark.parametrize('head', [
    b'%hash = (', b'my %hash = (', b'% hash = (', b'our %hash=(', b'# a note\n\n%hash = # why\n (', b'my%hash = (',
])
@pytest.mark.parametrize('tail', [b')', b');', b' ) ;\n', b');\n# the end', b'\n,);'])
def test_the_assignment_and_its_end(head, tail):
    assert sections(head + b"'s' => {}" + tail) == [('s', [])]


@pytest.mark.parametrize(('raw', 'kind', 'text'), [
    (b"'443'", 'string', '443'), (b'"443"', 'string', '443'), (b'443', 'number', '443'), (b"''", 'string', ''),
    (br"'it\'s \\ and \n'", 'string', r"it's \ and \n"), (b'"a\\tb\\x41\\x{e9}\\101\\"\\$\\@"', 'string',
    'a\tbA\xe9A"$@'),
    (b'"me@ home @. @["', 'string', 'me@ home @. @['), (b"'# => }'", 'string', '# => }'), (b"'a\nb'", 'string', 'a\nb'),
    ("'Zürich'".encode(), 'string', 'Zürich'), ("'Zürich'".encode('latin-1'), 'string', 'Zürich'),
    (b'0443', 'number', '291'), (b'0x1BB', 'number', '443'), (b'0b11', 'number', '3'), (b'1_000', 'number', '1000'),
    (b'443.0', 'number', '443'), (b'1.50', 'number', '1.5'), (b'.5', 'number', '0.5'), (b'1.', 'number', '1'),
    (b'4.43e2', 'number', '443'), (b'1e15', 'number', '1e+15'), (b'-5', 'number', '-5'), (b'+5', 'number', '5'),
    (b'-0', 'number', '0'), (b'18446744073709551615', 'number', '18446744073709551615'),
    (b'18446744073709551616', 'number', '1.84467440737096e+19'), (b'-9223372036854775808', 'number',
                                                                 '-9223372036854775808'),
    (b'-9223372036854775809', 'number', '-9.22337203685478e+18'), (b'1e999', 'number', 'Inf'),
    (b'9' * 100, 'number', '1e+100'), (b'0x' + b'f' * 17, 'number', '2.95147905179353e+20'),
    (b'undef', 'nothing', None), (b'86400 * 90', 'other', None), (b'(5)', 'other', None), (b'- 5', 'other', None),
    (b'((1 + 2) * -3) / 4 - 1', 'other', None), (b'"\\Uabc"', 'other', None), (b'qr/a{1,3}\\/[#,}]$/i', 'other', None),
    (b'qr/^(a$|b$)@+ @-/', 'other', None), (b'qr{a{2}b}x', 'other', None), (b'qr#a#', 'other', None),
    (b'qr!a!', 'other', None), (b'qr (a(b)c)', 'other', None), (b'[1, [2, "x"], {a => 1}, undef, (2)]', 'list', None),
    (b'[a => 1, b => 2,]', 'list', None), (b'{a => {b => {c => [1]}}}', 'hash', None), (b'[]', 'list', None),
])
def test_values(raw, kind, text):
    assert one_value(raw) == (kind, text)


@pytest.mark.parametrize(('raw', 'text'), [
    (b'name', 'name'), (b'-name', '-name'), (b'q', 'q'), (b's', 's'), (b'y', 'y'), (b'tr', 'tr'), (b'__END__',
    '__END__'),
    (b'undef', 'undef'), (b'name # so\n', 'name'), (b"'a b'", 'a b'), (b'"a\\x62"', 'ab'), (b'443', '443'),
    (b'0443', '291'), (b'-5', '-5'), (b'1.50', '1.5'), (b"'<nmis_base>'", '<nmis_base>'),
])
def test_keys(raw, text):
    assert one_key(raw) == text


def test_what_stands_between_tokens():
    data = b"""# ' " odd quotes
%hash = ( # (
  's', { # {
    'a' => 1, , # 'x' => 2,
    #'b' => 2
    b\t=>\r
    2
  }, # }
);
"""
    assert sections(data) == [('s', [('a', 'number', '1'), ('b', 'number', '2')])]


@pytest.mark.parametrize('count', [1, 63, 64, 65, 66, 200])
def test_long_sections_are_complete(count):
    body = b''.join(b"'n%d' => 'v%d',\n" % (number, number) for number in range(count))
    (_name, found), = sections(b"%hash = ('s' => {" + body + b'});')
    assert found == [(f'n{number}', 'string', f'v{number}') for number in range(count)]


@pytest.mark.parametrize(('data', 'line', 'column', 'what'), [
    (b'', 1, 1, 'nothing'),
    (b'# only a note\n', 2, 1, 'nothing'),
    (b'\xef\xbb\xbf%hash = ();', 1, 1, 'byte order mark'),
    (b'use strict;\n%hash = ();', 1, 1, 'program code'),
    (b"%hash = {'a' => {}};", 1, 9, 'reader dies'),
    (b"%hash = ('a' => {});\n1;\n", 2, 1, 'something follows'),
    (b"%hash = ('a' => {});;", 1, 21, 'something follows'),
    (b"%hash = ('a' => {});\n__END__\n", 2, 1, 'something follows'),
    (b"%hash = ('a' => {}", 1, 19, 'the file ends'),
    (b"%hash = ('a' => {'b' => 'c});", 1, 25, 'no end'),
    (b"%hash = ('a' => {'b' => <<X});\nX\n", 1, 25, 'here-document'),
    (b"%hash = ('a' => {'b' => q(x)});", 1, 25, 'quoting operator'),
    (b"%hash = ('a' => {'b' => qw(x y)});", 1, 25, 'quoting operator'),
    (b"%hash = ('a' => {'b' => time});", 1, 25, 'bare word'),
    (b"%hash = ('a' => {'b' => $x});", 1, 25, 'variable'),
    (b"%hash = ('a' => {'b' => \\'x'});", 1, 25, 'variable'),
    (b"%hash = ('a' => {'b' => 'x' . 'y'});", 1, 29, 'where a comma'),
    (b"%hash = ('a' => {'b' => 1 x 3});", 1, 27, 'where a comma'),
    (b"%hash = ('a' => {'b' => 1 ** 3});", 1, 27, 'where a comma'),
    (b"%hash = ('a' => {'b' => 5 .. 7});", 1, 27, 'where a comma'),
    (b"%hash = ('a' => {'b' => 1.2.3});", 1, 25, 'where a number'),
    (b"%hash = ('a' => {'b' => 08});", 1, 25, 'where a number'),
    (b"%hash = ('a' => {'b' => " + b'9' * 400 + b'});', 1, 25, 'longer than Perl'),
    (b"%hash = ('a' => {'b' => (1, 2)});", 1, 27, 'where ) is due'),
    (b"%hash = ('a' => {'b' => ()});", 1, 26, 'where a number'),
    (b"%hash = ('a' => {'b' => \"x$y\"});", 1, 27, 'variable'),
    (b"%hash = ('a' => {'b' => \"x\\\\$y\"});", 1, 29, 'variable'),
    (b"%hash = ('a' => {'b' => \"me\\@x.org, you@x.org\"});", 1, 40, 'variable'),
    (b"%hash = ('a' => {'b' => \"a@'\"});", 1, 27, 'variable'),
    (b"%hash = ('a' => {'b' => \"@-\"});", 1, 26, 'variable'),
    (b"%hash = ('a' => {'b' => \"\\N{U+41}\"});", 1, 26, 'escape'),
    (b"%hash = ('a' => {'b' => \"\\\\\\x{4\"});", 1, 28, 'escape'),
    (b"%hash = ('a' => {'b' => qr/a$b/});", 1, 29, 'variable'),
    (b"%hash = ('a' => {'b' => qr/a@b/});", 1, 29, 'variable'),
    (b"%hash = ('a' => {'b' => qr/(?{1})/});", 1, 28, 'code'),
    (b"%hash = ('a' => {'b' => qr'a'});", 1, 25, 'unusual quotes'),
    (b"%hash = ('a' => {'b' => qr/a/zz});", 1, 30, 'flags'),
    (b"%hash = ('a' => {'b' => qr/a});", 1, 25, 'no end'),
    (b"%hash = ('a' => {'b' => m/a/});", 1, 25, 'quoting operator'),
    (b"%hash = ('a' => {'b'});", 1, 21, 'where => is due'),
    (b"%hash = ('a' => {'b' => 1 => 'c' => 2});", 1, 27, 'where a comma'),
    (b"%hash = ('a' => {,'b' => 1});", 1, 18, 'where a key'),
    (b"%hash = ('a' => {A::b => 1});", 1, 18, 'bare word'),
    (b"%hash = ('a' => {1+1 => 1});", 1, 18, 'computed'),
    (b"%hash = ('a' => {'b' => [1 2]});", 1, 28, 'where a comma'),
    (b"%hash = ('a' => {'b' => [1}});", 1, 27, 'where a comma'),
    ("%hash = ('ü' => {'b' => $x});".encode(), 1, 25, 'variable'),
    ("%hash = ('ü' => {'b' => $x});".encode('latin-1'), 1, 25, 'variable'),
    (b"%hash = ('a' => {\n\n  'b' => \t$x});", 3, 11, 'variable'),
    (b"%hash = ('a' => {\n=pod\n\n=cut\n});", 2, 1, 'documentation'),
])
def test_refusals_say_where_and_why(data, line, column, what):
    with pytest.raises(Problem) as caught:
        PERL.parse(data)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert what in caught.value.what


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


@pytest.mark.parametrize('data', [
    b'%hash' + b' ' * 200000 + b'x', b'%hash = (' + b'# ####\n' * 50000 + b'x',
    b"%hash = ('a' => {" + b"'k' => [1, 2, 3],\n" * 20000 + b'x', b"%hash = ('a' => {'" + b'x' * 10 ** 6,
    b"%hash = ('a' => {\"" + b'\\x' * 10 ** 5 + b'$', b"%hash = ('a' => {b => qr/" + b'a(?#' * 10 ** 5,
    b"%hash = ('a' => {b => " + b'(' * 10 ** 5, b"%hash = ('a' => {b => " + b'1 + ' * 10 ** 5,
])
def test_broken_files_are_refused_without_endless_search(data):
    with pytest.raises(Problem):
        PERL.parse(data)
