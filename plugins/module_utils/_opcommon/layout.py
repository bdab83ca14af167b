# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts an element into a hash in the style of its neighbours, and takes it out again (pure; private).

`insert` and `remove` are each other's reverse, without any memory but the file:

* in a hash whose last element has no comma after it, the comma goes and comes with the element added;
* a section made for the element has a comma after it (.nmis) or a blank before it (.json), an element put into a
  section that was empty has not, so the last element takes its section along only if that was made for it.
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.tree import (
    HASH,
    STRING,
    Everywhere,
    entries,
    last_entry,
)

_INDENT = re.compile(rb'[ \t]*\Z')
_LEADING_COMMA = re.compile(rb'[ \t]*,[ \t]*\Z')
_BLANKS: Everywhere = re.compile(rb'[ \t]*')
_SPACE: Everywhere = re.compile(rb'[ \t\r\n]*')


def apply(data: bytes, edits: t.List[t.Tuple[int, int, bytes]]) -> bytes:
    """The bytes after replacing each span (start, end, replacement); spans do not overlap."""
    out, position = [], 0
    for start, end, replacement in sorted(edits):
        out += [data[position:start], replacement]
        position = end
    return b''.join(out + [data[position:]])


def insert(document: t.Any, section: t.Any, name: bytes, value: bytes) -> bytes:
    """The file with a new element at the end of a section.

    Args:
        document (Document): the file.
        section (Node): the hash that gets it.
        name, value (bytes): the key and the string.
    """
    last = last_entry(document, section)
    style = _Style(document, section, last) if last else _Style(document, *_model(document))
    element = style.element(name, value)
    edits = _append(document, last, element) if last else _fill(document, section, element)
    return apply(document.data, edits)


def insert_section(document: t.Any, section_name: bytes, name: bytes, value: bytes) -> bytes:
    """The file with a new section at its end that holds one element."""
    data, syntax = document.data, document.syntax
    last = last_entry(document, document.root)
    model, model_last = _model(document)
    element = _Style(document, model, model_last).element(name, value)
    comma = b',' if syntax.comma_after_last else b''
    prefix = _prefix(data, last.key.start)
    inner = None if model_last is None else _prefix(data, model_last.key.start)
    if prefix is None or (model_last is not None and inner is None):
        gap = b'' if syntax.comma_after_last and _tight(data, model) else b' '
        body = gap + element + comma + gap
    else:
        newline = _newline_before(data, last.key.start)
        outer = _BLANKS.match(prefix).group()
        indent = _BLANKS.match(inner).group() if inner else outer + (outer or b'  ')
        body = newline + indent + element + comma + newline + outer
    style = _Style(document, document.root, last)
    whole = style.left_of_value(section_name) + b'{' + body + b'}'
    return apply(data, _append(document, last, whole))


def remove(document: t.Any, chain: t.Tuple[t.Any, t.Any]) -> bytes:
    """The file without an element.

    Args:
        document (Document): the file.
        chain (tuple of Entry): the section and the element in it.
    """
    section, entry = chain
    data = document.data
    siblings = list(entries(document, section.value))
    if len(siblings) > 1:
        index = [other.key for other in siblings].index(entry.key)
        return apply(data, _cut(document, siblings, index))
    if _made_for_it(document, section.value, entry) and last_entry(document, document.root).key == section.key:
        sections = list(entries(document, document.root))
        names = {document.syntax.text(data, other.key) for other in sections[:-1]}
        if len(names) > 1:
            return apply(data, _cut(document, sections, len(sections) - 1))
    start = section.value.start + 1
    if _SPACE.match(data, start).end() < entry.key.start:
        start = entry.key.start
    return apply(data, [(start, _comma_end(document, entry) or entry.value.end, b'')])


class _Style:
    """How an element of a hash is written: learned from its last one."""

    def __init__(self, document: t.Any, section: t.Any, last: t.Any) -> None:
        self.document, self.last = document, last
        self.quotes_of_key = self.quotes_of_value = b"'"
        self.before_arrow = self.after_arrow = b' '
        self.column: t.Optional[int] = None
        if last:
            self._learn(section)

    def _learn(self, section: t.Any) -> None:
        data, syntax = self.document.data, self.document.syntax
        self.quotes_of_key = syntax.quotes(data, self.last.key)
        if self.last.key.kind != STRING:
            self.quotes_of_key = b"'"
        before, arrow, after = data[self.last.key.end : self.last.value.start].partition(syntax.arrow)
        if arrow and not before.strip(b' \t') and not after.strip(b' \t'):
            self.before_arrow, self.after_arrow = before, after
        recent = []
        for entry in entries(self.document, section._replace(parts=section.parts[-8:])):
            recent.append(entry)
            if entry.value.kind == STRING:
                self.quotes_of_value = syntax.quotes(data, entry.value)
        gaps = {data[entry.key.end : entry.value.start] for entry in recent}
        ends = {self._width(entry) for entry in recent[-2:]}
        if len(gaps) > 1 and len(ends) == 1:
            self.column = ends.pop()

    def _width(self, entry: t.Any) -> int:
        """Length of the key and the blanks up to the arrow."""
        arrow = self.document.data.find(self.document.syntax.arrow, entry.key.end, entry.value.start)
        return arrow - entry.key.start

    def left_of_value(self, name: bytes) -> bytes:
        key = self.document.syntax.quote_key(name, self.quotes_of_key)
        before = self.before_arrow
        if self.column is not None and b'\t' not in before:
            before = b' ' * max(self.column - len(key), len(before) and 1)
        return key + before + self.document.syntax.arrow + self.after_arrow

    def element(self, name: bytes, value: bytes) -> bytes:
        return self.left_of_value(name) + self.document.syntax.quote(value, self.quotes_of_value)


def _model(document: t.Any) -> t.Tuple[t.Any, ...]:
    """The last section that holds something, and its last element: what a first element is modelled on."""
    parts = document.root.parts
    for index in range(len(parts), 0, -1):
        for section in reversed(list(entries(document, document.root._replace(parts=parts[index - 1 : index])))):
            if section.value.kind == HASH and section.value.parts:
                return section.value, last_entry(document, section.value)
    return None, None


def _prefix(data: bytes, position: int) -> t.Optional[bytes]:
    """What stands before a position on its line if that is an indentation, perhaps with a comma; else None."""
    line = data[data.rfind(b'\n', 0, position) + 1 : position]
    return line if _INDENT.match(line) or _LEADING_COMMA.match(line) else None


def _newline_before(data: bytes, position: int) -> bytes:
    """The line end (with its carriage return) before the line of a position."""
    start = data.rfind(b'\n', 0, position)
    return b'\r\n' if data[start - 1 : start] == b'\r' else b'\n'


def _tight(data: bytes, node: t.Any) -> bool:
    return node is not None and data[node.start + 1 : node.start + 2] not in (b' ', b'\t', b'\r', b'\n')


def _comma_end(document: t.Any, entry: t.Any) -> t.Any:
    """The position after the comma (or the last of several) that follows an element, or None."""
    position, found = entry.value.end, None
    while True:
        position = document.syntax.blank.match(document.data, position).end()
        if document.data[position : position + 1] != b',':
            return found
        position += 1
        found = position


def _append(document: t.Any, last: t.Any, element: bytes) -> t.List[t.Tuple[int, int, bytes]]:
    data, syntax = document.data, document.syntax
    end, tail = last.value.end, _comma_end(document, last)
    anchor = tail or end
    prefix = _prefix(data, last.key.start)
    if prefix is None or (tail and b',' in prefix):
        if tail:
            return [(tail, tail, _gap(document, last) + element + b',')]
        return [(end, end, b',' + _gap(document, last) + element)]
    comma = b'' if tail or b',' in prefix else b','
    line = prefix + element + (b',' if tail else b'')
    newline = _newline_before(data, last.key.start)
    rest = syntax.rest_of_line.match(data, anchor)
    if rest:
        return [(end, end, comma), (rest.end(), rest.end(), line + newline)]
    return [(anchor, anchor, comma + newline + line)]


def _gap(document: t.Any, last: t.Any) -> bytes:
    """The blanks before an element that shares its line with the one before it."""
    data = document.data
    before = data[max(0, last.key.start - 64) : last.key.start]
    blanks = before[len(before.rstrip(b' \t')) :]
    if before[-len(blanks) - 1 : len(before) - len(blanks)] == b',':
        return blanks
    return b'' if data[last.key.end : last.key.end + 1] == document.syntax.arrow[:1] else b' '


def _fill(document: t.Any, section: t.Any, element: bytes) -> t.List[t.Tuple[int, int, bytes]]:
    """Into a hash that is empty but for blanks and comments."""
    data, start = document.data, section.start + 1
    inside = data[start : section.end - 1]
    if not document.syntax.comma_after_last:
        return [(start, start, element)]
    if b'\n' not in inside:
        return [(start, start, (b' ' if inside[:1] == b' ' else b'') + element)]
    newline = b'\r\n' if b'\r\n' in inside else b'\n'
    indent = _BLANKS.match(data, data.rfind(b'\n', 0, section.end) + 1).group()
    return [(start, start, newline + indent + (indent or b'  ') + element)]


def _made_for_it(document: t.Any, section: t.Any, entry: t.Any) -> bool:
    """Whether the section looks as `insert_section` writes it."""
    data, syntax = document.data, document.syntax
    before, end = data[section.start + 1 : entry.key.start], entry.value.end
    if syntax.comma_after_last:
        if data[end : end + 1] != b',':
            return False
        end += 1
    elif not before:
        return False
    after = data[end : section.end - 1]
    return not before.strip(b' \t\r\n') and not after.strip(b' \t\r\n') and (b'\n' in before) == (b'\n' in after)


def _cut(document: t.Any, siblings: t.List[t.Any], index: int) -> t.List[t.Tuple[int, int, bytes]]:
    """The spans to delete for one of several elements."""
    data = document.data
    entry = siblings[index]
    before = siblings[index - 1] if index else None
    after = siblings[index + 1] if index + 1 < len(siblings) else None
    start, end, tail = entry.key.start, entry.value.end, _comma_end(document, entry)
    prefix = _prefix(data, start)
    line = start - len(prefix or b'')
    if prefix and b',' in prefix:
        if tail and b'\n' not in data[end:tail]:
            return [(line + prefix.index(b',') + 1, tail, b'')]
        return _whole_line(document, entry, before, after, line, end)
    if prefix is None:
        if before and not after and not tail:
            return [(_comma_end(document, before) - 1, end, b'')]
        if not before:
            return [(start, _BLANKS.match(data, tail or end).end(), b'')]
        gap = _comma_end(document, before)
        return [(start if data[gap:start].strip(b' \t') else gap, tail or end, b'')]
    if tail:
        return _whole_line(document, entry, before, after, line, tail)
    comma = _comma_end(document, before)
    return [(comma - 1, comma, b''), *_whole_line(document, entry, before, after, line, end)]


def _whole_line(
    document: t.Any, entry: t.Any, before: t.Any, after: t.Any, line: int, anchor: int
) -> t.List[t.Tuple[int, int, bytes]]:
    """The spans to delete for an element with a line of its own, as far as it has that."""
    data = document.data
    rest = document.syntax.rest_of_line.match(data, anchor)
    if rest:
        return [(line, rest.end(), b'')]
    if after and b'\n' not in data[anchor : after.key.start]:
        return [(entry.key.start, after.key.start, b'')]
    line_before = line - len(_newline_before(data, entry.key.start))
    if before and line_before in (before.value.end, _comma_end(document, before)):
        return [(line_before, anchor, b'')]
    return [(entry.key.start, anchor, b'')]  # the line end before it may be that of a comment
