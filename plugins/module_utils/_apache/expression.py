# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an expression of Apache's holds for a request (pure; private to the collection).

As far as it can be known without the server: True, False, or None. What is not read here, such as the function of a
module or a list, is not known. Source: the httpd manual's page "Expressions in Apache HTTP Server".
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import glob, rewrite

#: True, False, or None for what nobody can know.
Holds = t.Optional[bool]

_STRING = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+)(?!\w))""")
_VARIABLE = re.compile(r'\s*%\{([^}:]+(?::[^}]*)?)\}')
_REQUEST = re.compile(r"""\s*(?:req|http)\(\s*['"]([^'"]*)['"]\s*\)""")
_REGEX = re.compile(r'\s*(?:m([#/|!,])(.*?)\1|/((?:[^/\\]|\\.)*)/)([ims]*)')
_COMPARISON = re.compile(r'\s*(==|!=|=~|!~|=(?!=)|-strc?match\b|-fnmatch\b|-eq\b|-ne\b)')
_ESCAPED = re.compile(r'\\(.)', re.DOTALL)
_CONTROLS = {'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
_INSIDE = re.compile(r'%\{([^}]*)\}')


class _NotRead(Exception):
    """The expression holds something that is not read here."""


def every(values: t.Iterable[Holds]) -> Holds:
    """Whether all hold."""
    known = list(values)
    return False if False in known else None if None in known else True


def negated(value: Holds) -> Holds:
    """The contrary."""
    return None if value is None else not value


def either(one: Holds, other: Holds) -> Holds:
    """Whether one of both holds."""
    return negated(every([negated(one), negated(other)]))


def holds(text: str, variables: t.Dict[str, str]) -> Holds:
    """Whether the expression holds for a request.

    Args:
        text (str): without the quotes around it.
        variables (dict): of the request, by their names in capitals, as of `rewrite.request_variables`.
    """
    try:
        found = _Reader(text, variables)
        value = found.any_of()
        return value if found.is_at_end() else None
    except _NotRead:
        return None


def interpolated(text: str, variables: t.Dict[str, str]) -> t.Optional[str]:
    """A string with its variables filled in; None where one is not known."""
    names = {name.upper() for name in _INSIDE.findall(text)}
    if not names <= set(variables) or re.search(r'\$\d', text):
        return None
    return _INSIDE.sub(lambda found: variables[found.group(1).upper()], text)


class _Reader:
    """Reads an expression from the left."""

    def __init__(self, text: str, variables: t.Dict[str, str]) -> None:
        self._text, self._position = text, 0
        # Where expressions are read, that is what the request is proxied to.
        self._variables = {name: value for name, value in variables.items() if name != 'REQUEST_FILENAME'}

    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return not self._text[self._position :].strip()

    def any_of(self) -> Holds:
        """Terms that || joins."""
        value = self._all_of()
        while self._take(r'\s*\|\|'):
            value = either(value, self._all_of())
        return value

    def _all_of(self) -> Holds:
        value = self._one()
        while self._take(r'\s*&&'):
            value = every([value, self._one()])
        return value

    def _one(self) -> Holds:
        if self._take(r'\s*!(?![=~])'):
            return negated(self._one())
        if self._take(r'\s*\('):
            value = self.any_of()
            if not self._take(r'\s*\)'):
                raise _NotRead
            return value
        word = self._take(r'\s*(true|false)\b')
        if word:
            return word.group(1) == 'true'
        test = self._take(r'\s*-([nzT])\b')
        if test:
            return _tested(test.group(1), self._string())
        return self._compared(self._string())

    def _compared(self, left: t.Optional[str]) -> Holds:
        found = self._take(_COMPARISON)
        if not found:
            raise _NotRead
        operator = found.group(1)
        if operator in ('=~', '!~'):
            value = self._matches(left)
            return value if operator == '=~' else negated(value)
        right = self._string()
        if left is None or right is None:
            return None
        if 'match' in operator:
            return glob.matches(right, left, no_slash=operator == '-fnmatch', no_case=operator == '-strcmatch')
        if operator in ('-eq', '-ne'):
            return (_number(left) == _number(right)) is (operator == '-eq')
        return (left == right) is (operator != '!=')

    def _matches(self, text: t.Optional[str]) -> Holds:
        found = self._take(_REGEX)
        if not found:
            raise _NotRead
        pattern = found.group(2) if found.group(1) else found.group(3)
        try:
            return None if text is None else bool(rewrite.search(pattern, text, 'i' in found.group(4)))
        except re.error:
            return None

    def _string(self) -> t.Optional[str]:
        """A string; None when what it holds is not known."""
        found = self._take(_STRING)
        if found:
            text = next(text for text in found.groups() if text is not None)
            if '\\%' in text:
                return None
            return interpolated(_ESCAPED.sub(_unescaped, text), self._variables)
        found = self._take(_VARIABLE)
        if found:
            return self._variables.get(found.group(1).upper())
        found = self._take(_REQUEST)
        if found:
            return self._variables.get('HTTP:' + found.group(1).upper())
        raise _NotRead

    def _take(self, pattern: t.Any) -> t.Optional[t.Match[str]]:
        found = re.compile(pattern).match(self._text, self._position)
        if found:
            self._position = found.end()
        return found


def _unescaped(found: t.Match[str]) -> str:
    return _CONTROLS.get(found.group(1), found.group(1))


def _tested(test: str, text: t.Optional[str]) -> Holds:
    """Of -n, -z and -T."""
    if text is None:
        return None
    if test == 'T':
        return text.lower() not in ('', '0', 'off', 'false', 'no')
    return bool(text) is (test == 'n')


def _number(text: str) -> int:
    """As C reads it."""
    found = re.match(r'\s*[+-]?\d+', text)
    return int(found.group()) if found else 0
