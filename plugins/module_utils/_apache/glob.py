# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text matches a pattern with wildcards, as Apache reads them (pure; private to the collection).

Python's fnmatch knows neither a protected character nor a wildcard that stands for no slash. Source: the httpd manual's
pages on Location, Proxy and expressions; held against real Apache in tests/apache/test_expressions.py.
"""

import re
import typing as t


def matches(pattern: str, text: str, no_slash: bool = False, no_case: bool = False) -> bool:
    """Whether the whole text matches.

    Args:
        pattern (str): ``*``, ``?``, ``[a-z]``, ``[!a]`` or ``[^a]``, and a backslash before what stands for itself.
        text (str): the text.
        no_slash (bool): whether no wildcard stands for a slash.
        no_case (bool): whether capitals do not differ from small letters.
    """
    flags = re.DOTALL | (re.IGNORECASE if no_case else 0)
    return bool(re.match(''.join(_parts(pattern, '[^/]' if no_slash else '.')) + r'\Z', text, flags))


def _parts(pattern: str, any_one: str) -> t.Iterator[str]:
    """The pattern as parts of a regular expression."""
    position = 0
    while position < len(pattern):
        one = pattern[position]
        position += 1
        if one == '*':
            yield any_one + '*'
        elif one == '?':
            yield any_one
        elif one == '\\':
            yield re.escape(pattern[position : position + 1]) or '(?!)'
            position += 1
        else:
            found = _SET.match(pattern, position - 1)
            if found and not ('/' in found.group(2) and any_one != '.'):
                position = found.end()
                yield _one_of(found.group(1), found.group(2), any_one)
            else:
                yield re.escape(one)


_SET = re.compile(r'\[([!^]?)(\]?(?:\\.|[^\]\\])*)\]', re.DOTALL)
_RANGE = re.compile(r'(\\?.)(?:-(\\?[^\]]))?', re.DOTALL)


def _one_of(negation: str, members: str, any_one: str) -> str:
    ranges = [(one[-1], (other or one)[-1]) for one, other in _RANGE.findall(members)]
    inside = ''.join(f'{re.escape(one)}-{re.escape(other)}' for one, other in ranges if one <= other)
    if not inside:
        return any_one if negation else '(?!)'
    return f'(?={any_one})[{"^" if negation else ""}{inside}]'
