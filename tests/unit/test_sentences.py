# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence for people is one line: Ansible, and AWX, show the end of a line in it as the two characters \\n."""

from pathlib import Path

import yaml
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[2]
SAID = ('msg', 'fail_msg', 'success_msg')


def sentences(value):
    """Every text below a key that is shown to people."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in SAID and isinstance(one, str):
                yield one
            yield from sentences(one)
    elif isinstance(value, list):
        for one in value:
            yield from sentences(one)


def test_sentences_are_one_line():
    lexer = Environment()
    found = 0
    for path in [*ROOT.glob('playbooks/**/*.yml'), *ROOT.glob('roles/**/*.yml')]:
        for said in sentences(yaml.safe_load(path.read_text())):
            found += 1
            # Between the expressions: YAML keeps the ends of lines around one that is indented further.
            plain = ''.join(text for _line, kind, text in lexer.lex(said) if kind == 'data')
            assert '\n' not in plain, (path.name, said)
    assert found > 10
