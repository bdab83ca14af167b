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
