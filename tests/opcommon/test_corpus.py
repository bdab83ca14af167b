# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files that nobody here wrote, read, edited, and checked by real Perl.

A few lie in tests/corpus/nmis. `OMK_CORPUS` may name a folder with many more, which are not part of the project.
"""

import os
import pathlib
import re

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import (
    absent,
    parsed,
    present,
    put_token,
)
from test_properties import plain, same_where_evaluated

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = os.environ.get('OMK_CORPUS')
OWN = sorted((CHECKOUT / 'tests/corpus/nmis').glob('*.nmis'))
FILES = OWN + (sorted(pathlib.Path(CORPUS, 'nmis').rglob('*.nmis')) if CORPUS else [])
NAME = 'a_setting_that_nobody_has'
PROGRAM = re.compile(rb'^\s*(?:use|sub|my [$@]|require|foreach)\b|^\s*[$@]|\bqw\(', re.MULTILINE)


def test_the_corpus_is_there():
    assert OWN
    assert len(FILES) - len(OWN) > 200 or not CORPUS


def check_edit(perl, data, section, syntax=PERL):
    after = present(setting.read_document(data, syntax), NAME, '443', default_section=section)
    assert perl.load(after, syntax.name) == perl.load(data, syntax.name, section=section, name=NAME, value='443')
    document = setting.read_document(after, syntax)
    assert present(document, NAME, '443') == after
    assert absent(document, NAME) == data


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_real_file(perl, path, record_property):
    data = path.read_bytes()
    try:
        PERL.parse(data)
    except Problem as problem:
        record_property('real files', 'program code, refused')
        assert problem.line and problem.column
        assert PROGRAM.search(data) or b'=>' not in data
        return
    loaded = perl.load(data, 'nmis')
    assert loaded is not None
    try:
        document = setting.read_document(data, PERL)
    except Problem:
        record_property('real files', 'of another shape than a configuration, refused')
        assert len(loaded) < 2 or any(not isinstance(section, dict) for section in loaded.values())
        check_deeper(parsed(data, PERL), loaded)
        return
    record_property('real files', 'edited')
    assert set(map(setting.names, loaded))  # every section can be named
    for section in ['omkd', *list(loaded)[:2]]:
        check_edit(perl, data, section)
    few = 5 if len(data) < 10**6 else 1
    for section, settings in list(loaded.items())[:few]:
        for name, value in list(settings.items())[:few]:
            if isinstance(value, str) and name and '/' not in section + name:
                change_one(perl, document, section, name, value)


@pytest.mark.parametrize('path', sorted((CHECKOUT / 'tests/corpus/json').glob('*.json')), ids=lambda path: path.name)
def test_a_json_file(perl, path):
    data = path.read_bytes()
    for section in ['new', *perl.load(data, 'json')]:
        check_edit(perl, data, section, JSON)


def change_one(perl, document, section, name, value):
    reading = setting.read(document, name, section)
    assert reading.value == value or reading.kind == 'other'
    if reading.kind == 'other':
        with pytest.raises(Problem, match='not a plain string'):
            present(document, name, value + 'x', section)
        return
    after = present(document, name, value + "x'", section)
    assert perl.load(after, 'nmis') == perl.load(document.data, 'nmis', section=section, name=name, value=value + "x'")
    assert put_token(setting.read_document(after, PERL), name, reading.token, section) == document.data


def check_deeper(document, loaded):
    """A table of another shape still reads as Perl reads it, as far as we look."""
    assert same_where_evaluated(plain(document), loaded)


BEHIND = b"%hash = (\n  'first' => { 'a' => 1 },\n  'omkd' => {\n    @,\n    'b' => 'c',\n  },\n);\n"


@pytest.mark.parametrize(
    ('written', 'value'),
    [
        (b"'n' => q(443)", '443'),
        (b"'n' => q (4(4)3)", '4(4)3'),
        (b"'n' => q{a\\\\b\\}c\\d}", 'a\\b}c\\d'),
        (b"'n' => q/a\\/b/", 'a/b'),
        (b"'n' => q#x y#", 'x y'),
        (b"'n' => q[]", ''),
        (b"('n' => 443)", '443'),
        (b"('n' => 443,)", '443'),
        (b"(('x' => 1), 'n' => 443, 'y' => 2)", '443'),
        (b"(), ('n' => '443')", '443'),
        (b"'x' => [ qw(a b), 'c', qw/d/ ], 'n' => 443", '443'),
        (b"'x' => qw(a), 'n' => 443", '443'),
        (b"'x' => \"$5 or $12.\", 'n' => 443", '443'),
        (b"'q' => 1, qw => 2, 'n' => 443", '443'),
        (b"q => 1, 'n' => 443", '443'),
        (b"'n' => 443, 'x' => { ('n' => 1), 'm' => [] }", '443'),
    ],
)
@pytest.mark.parametrize('head', [b'', b'use utf8;\n', b'# x\nuse  utf8 ;'])
@pytest.mark.parametrize('tail', [b'', b'\n__END__\n) what perl reads no more {', b'__DATA__\n'])
def test_less_common_perl(perl, head, tail, written, value):
    """Perl itself reads it, and sees the same after edits of it and of what stands beside it."""
    data = head + BEHIND.replace(b'@', written) + tail
    loaded = perl.load(data, 'nmis')
    assert loaded['omkd']['n'] == value
    document = setting.read_document(data, PERL)
    assert setting.read(document, 'n').value == value
    check_edit(perl, data, 'omkd')
    changed = present(document, 'n', '8443')
    assert perl.load(changed, 'nmis') == perl.load(data, 'nmis', section='omkd', name='n', value='8443')
    gone = absent(document, 'n')
    assert perl.load(gone, 'nmis') == perl.load(data, 'nmis', section='omkd', name='n', absent=True)


@pytest.mark.parametrize(
    'written',
    [b"'x' => qw(a b)", b'\'x\' => "$5[0]"', b'\'x\' => "$name"', b"('x' => 1", b"'x' => 1)", b"'x' => q(a"],
)
def test_what_is_still_refused(written):
    with pytest.raises(Problem) as refused:
        setting.read_document(BEHIND.replace(b'@', written), PERL)
    assert refused.value.line and refused.value.column
