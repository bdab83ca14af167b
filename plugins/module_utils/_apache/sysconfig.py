# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of modules in SUSE's /etc/sysconfig/apache2 (pure; private to the collection).

The file is a piece of shell that start_apache2 sources; a2enmod adds words to its variable APACHE_MODULES and removes
them. We do the same without touching another byte. Source: the comments of that file, SUSE's administration guide.
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

_ASSIGNMENT = re.compile(
    r'^[ \t]*(?:export[ \t]+)?APACHE_MODULES(\+?)=("(?:[^"\\$`]|\\[\s\S])*"|\'[^\']*\'|[\w.-]*)'
    r'[ \t]*(?:[;#][^\n]*)?$',
    re.MULTILINE,
)
_ANY = re.compile(r'^[ \t]*(?:export[ \t]+)?APACHE_MODULES\+?=', re.MULTILINE)


def _assignments(text: str) -> t.List[t.Match[str]]:
    found = list(_ASSIGNMENT.finditer(text))
    starts = [match.start() for match in found]
    for line in _ANY.finditer(text):
        if line.start() not in starts:
            raise Problem(
                'this assignment of APACHE_MODULES is not one that can be read without a shell',
                line=text.count('\n', 0, line.start()) + 1,
                cure='write the modules between double quotes: APACHE_MODULES="…"',
            )
    return found


def _words(match: t.Match[str]) -> t.List[str]:
    return [
        word[len('mod_') :] if word.startswith('mod_') else word
        for word in match.group(2).strip('"\'').replace('\\\n', ' ').split()
    ]


def modules(text: str) -> t.List[str]:
    """The modules that the file lists (list of str), in its order; a later assignment replaces, += adds.

    Raises:
        Problem: an assignment cannot be read.
    """
    names: list = []
    for match in _assignments(text):
        names = (names if match.group(1) else []) + _words(match)
    return names


def with_modules(text: str, names: t.List[str]) -> str:
    """The text with modules added at the end of the list, one blank before each.

    Raises:
        Problem: there is no list that can be added to.
    """
    quoted = [match for match in _assignments(text) if match.group(2)[:1] in ('"', "'")]
    if not quoted:
        raise Problem('no line APACHE_MODULES="…" stands here', cure='write one, as the package brings it')
    end = quoted[-1].end(2) - 1
    return text[:end] + ''.join(' ' + name for name in names if name not in modules(text)) + text[end:]


def without_module(text: str, name: str) -> str:
    """The text without a module, and without the blank before it: what `with_modules` added is gone without a trace."""
    pieces, position = [], 0
    for match in _assignments(text):
        value = re.sub(r'(?:[ \t]|(?<=["\']))(?:mod_)?' + re.escape(name) + r'(?=[\s"\']|\Z)', '', match.group(2))
        pieces += [text[position : match.start(2)], value]
        position = match.end(2)
    return ''.join(pieces) + text[position:]
