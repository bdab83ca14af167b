# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of every style, edited, and checked by real Perl: the intended structure and nothing else changed."""

import os

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting, tree
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._opcommon.edits import (
    absent,
    parsed,
    present,
    put_token,
)
from documents import NAME, documents
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

SYNTAXES = {'nmis': PERL, 'json': JSON}
PORT = NAME.decode()
KINDS = [(syntax, coherent) for syntax in SYNTAXES for coherent in (True, False)]
SAMPLE = int(os.environ.get('OMK_SAMPLE') or 1)
# Where the random choices begin is printed and can be given: --hypothesis-seed.
many = settings(
    max_examples=700 // SAMPLE, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def read(data, syntax):
    return setting.read_document(data, SYNTAXES[syntax])


def is_inserted_only(old, new):
    """Whether the new bytes are the old ones with something put in."""
    remaining = iter(new)
    return all(byte in remaining for byte in old)


@pytest.mark.parametrize(('syntax', 'coherent'), KINDS)
@many
@given(data=st.data())
def test_a_new_setting(perl, syntax, coherent, data):
    before, _home = data.draw(documents(syntax, present=False, coherent=coherent))
    value = data.draw(st.sampled_from(['443', "it's", '$x"\\', '']))
    after = present(read(before, syntax), PORT, value)
    section = setting.read(read(after, syntax), PORT).section
    assert section == 'omkd'
    expected = perl.load(before, syntax, section=section, name=PORT, value=value)
    assert expected is not None
    assert perl.load(after, syntax) == expected
    assert is_inserted_only(before, after)
    assert present(read(after, syntax), PORT, value) == after
    assert absent(read(after, syntax), PORT) == before


@pytest.mark.parametrize(('syntax', 'coherent'), KINDS)
@many
@given(data=st.data())
def test_a_new_setting_in_a_section_that_is_there(perl, syntax, coherent, data):
    before, _home = data.draw(documents(syntax, present=False, coherent=coherent))
    sections = sorted(perl.load(before, syntax))
    section = data.draw(st.sampled_from(sections))
    if not section:
        event('the section without a name')
        return
    after = present(read(before, syntax), PORT, '443', default_section=section)
    assert perl.load(after, syntax) == perl.load(before, syntax, section=section, name=PORT, value='443')
    assert is_inserted_only(before, after)
    assert present(read(after, syntax), PORT, '443') == after
    assert absent(read(after, syntax), PORT) == before


@pytest.mark.parametrize(('syntax', 'coherent'), KINDS)
@many
@given(data=st.data())
def test_a_setting_that_is_there(perl, syntax, coherent, data):
    before, home = data.draw(documents(syntax, present=True, coherent=coherent))
    loaded = perl.load(before, syntax)
    section = next(name for name, hashed in loaded.items() if PORT in hashed)
    reading = setting.read(read(before, syntax), PORT)
    assert (reading.section, reading.value) == (home, loaded[section][PORT])
    after = present(read(before, syntax), PORT, '443')
    assert perl.load(after, syntax) == perl.load(before, syntax, section=section, name=PORT, value='443')
    node = setting.locate(read(before, syntax), PORT).chain[-1].value
    if reading.value == '443':
        assert after == before
    else:
        tail = len(before) - node.end
        assert after[: node.start] == before[: node.start]
        assert after[len(after) - tail :] == before[node.end :]
    assert present(read(after, syntax), PORT, '443') == after
    assert put_token(read(after, syntax), PORT, reading.token) == before
    gone = absent(read(after, syntax), PORT)
    expected = perl.load(before, syntax, section=section, name=PORT, absent=True)
    if section not in perl.load(gone, syntax):
        assert expected.pop(section) == {}
    assert perl.load(gone, syntax) == expected
    assert is_inserted_only(gone, after)


def plain(document, node=None):
    """Our tree as Perl's: None for what we do not evaluate."""
    syntax, data = document.syntax, document.data
    node = node or document.root
    if node.kind != tree.HASH:
        return syntax.text(data, node)
    return {syntax.text(data, entry.key): plain(document, entry.value) for entry in tree.entries(document, node)}


def same_where_evaluated(ours, perls):
    if isinstance(ours, dict):
        return ours.keys() == perls.keys() and all(same_where_evaluated(ours[key], perls[key]) for key in ours)
    return ours is None or ours == perls


@pytest.mark.parametrize('syntax', SYNTAXES)
@settings(many, max_examples=1500 // SAMPLE)
@given(data=st.data())
def test_a_damaged_file_is_read_as_perl_reads_it_or_refused(perl, syntax, data):
    document, _home = data.draw(documents(syntax, present=True, coherent=data.draw(st.booleans())))
    for _turn in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(document)))
        end = min(len(document), start + data.draw(st.integers(0, 3)))
        scrap = data.draw(
            st.sampled_from(
                [
                    b'',
                    b"'",
                    b'"',
                    b'\\',
                    b',',
                    b'=>',
                    b':',
                    b'{',
                    b'}',
                    b'(',
                    b')',
                    b'[',
                    b']',
                    b'#',
                    b'\n',
                    b'1',
                    b'.',
                    b'-',
                    b'+',
                    b'*',
                    b'/',
                    b'$',
                    b'@',
                    b'%',
                    b'a',
                    b'undef',
                    b'qr/',
                    b';',
                    b'0',
                    b'e5',
                    b'_',
                    b'\x80',
                    b'\xc3\xa9',
                    b'null',
                    b'tru',
                    b'<<',
                    b'q',
                    b'x',
                    b'\x00',
                    b'\\u00',
                    b'\xef\xbb\xbf',
                    b' ',
                ]
            )
        )
        document = document[:start] + scrap + document[end:]
    try:
        ours = parsed(document, SYNTAXES[syntax])
    except Problem as problem:
        event('refused')
        assert problem.line >= 1 and problem.column >= 1
        if syntax == 'json':  # damaged Perl could be any program: only what was accepted is evaluated
            assert perl.load(document, syntax) is None
        return
    event('accepted')
    loaded = perl.load(document, syntax)
    if loaded is None:  # whether a pattern is well formed, only Perl can tell
        assert b'qr' in document
        return
    assert same_where_evaluated(plain(ours), loaded)
