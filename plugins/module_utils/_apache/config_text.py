# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Apache configuration file as text that can be edited without loss (pure; private to the collection).

Text is the file's bytes decoded as Latin-1, so that a character is a byte and nothing is lost whatever the encoding.
Rules from httpd's ap_cfg_getline and the manual's "Configuration Files": a line that ends in a backslash goes on in the
next one, comments too; names are case-insensitive; blanks around a line do not count.
"""

import collections
import re
import typing as t

#: A logical line: character span [start, end) with its line end, physical lines first..last (from 1), `text` joined.
Line = collections.namedtuple('Line', 'start end first last text')

_PHYSICAL = re.compile(r'([^\n]*?)(\\?)\r?\n|([^\n]+)')
_OPENING = re.compile(r'<\s*([A-Za-z][\w.-]*)')
_CLOSING = re.compile(r'</\s*([A-Za-z][\w.-]*)')
_NAME: t.Any = re.compile(r'(?:[^#<\s]\S*)?')
_INDENT: t.Any = re.compile(r'[ \t]*')


def logical_lines(text: str) -> t.List[Line]:
    """The logical lines (list of `Line`) of a configuration file."""
    lines, pieces, start, first = [], [], 0, 1
    for number, physical in enumerate(_PHYSICAL.finditer(text), 1):
        body, goes_on, unended = physical.groups()
        pieces.append(body or unended or '')
        if not goes_on or physical.end() == len(text):
            lines.append(Line(start, physical.end(), first, number, ''.join(pieces).strip()))
            pieces, start, first = [], physical.end(), number + 1
    return lines


def section_at(lines: t.List[Line], name: str, last: int) -> t.Optional[t.Tuple[int, int]]:
    """The section of that name whose opening tag ends on the physical line `last`.

    Returns:
        tuple of int or None: indexes into `lines` of its opening and its closing tag; None when it is not there.
    """
    wanted = name.lower()
    for index, line in enumerate(lines):
        tag = _OPENING.match(line.text)
        if line.last == last and tag and tag.group(1).lower() == wanted:
            depth = 0
            for inner in range(index, len(lines)):
                opening, closing = _OPENING.match(lines[inner].text), _CLOSING.match(lines[inner].text)
                depth += bool(opening and opening.group(1).lower() == wanted)
                depth -= bool(closing and closing.group(1).lower() == wanted)
                if not depth:
                    return index, inner
    return None


def section_lines(text: str, name: str, last: int) -> t.Optional[t.Tuple[int, int]]:
    """(first, last) physical line of the section whose opening tag ends on line `last`; None when it is not there."""
    lines = logical_lines(text)
    section = section_at(lines, name, last)
    return (lines[section[0]].first, lines[section[1]].last) if section else None


def directive_name(line: Line) -> str:
    """The lower-case name of the directive on a logical line; '' for a comment, a section tag or a blank line."""
    return _NAME.match(line.text).group().lower()


def indentation(text: str, line: Line) -> str:
    """The blanks and tabs before a logical line."""
    return _INDENT.match(text, line.start).group()


def line_end(text: str, line: Line) -> str:
    """The line end of a logical line: CR LF or LF (LF too where the last line has none)."""
    return '\r\n' if text[line.start : line.end].endswith('\r\n') else '\n'
