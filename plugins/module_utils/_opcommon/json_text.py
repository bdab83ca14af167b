# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads JSON text as the vendor's decoder accepts it (pure; private).

RFC 8259 with what Perl's JSON::XS makes of it: no byte order mark, no comments, no trailing comma, no NaN, at most 512
levels; bytes that are no UTF-8 are taken for Latin-1. Everything else is a `Problem` with line and column.
"""

import json
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.tree import (
    HASH,
    LIST,
    NOTHING,
    NUMBER,
    STRING,
    TRUTH,
    Everywhere,
    Node,
    Syntax,
    as_text,
    leaf,
    number_text,
    problem,
    read_items,
)

_BLANK = rb'[ \t\r\n]*'
_STRING = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"')
_SURROGATES: Everywhere = re.compile(
    rb'(?:[^\\]|\\[^u]|\\u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}'
    rb'|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})*'
)
_NUMBER = re.compile(rb'-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.+-])')
_WORD = re.compile(rb'(?:(true|false)|null)(?![A-Za-z0-9_])')

_RUN_STRING = rb'"[^"\\\x00-\x1f]*"'
_RUN_SCALAR = rb'(?:' + _RUN_STRING + rb'|-?(?:0|[1-9][0-9]{0,14})(?=[ \t\r\n]*[],}])|(?:true|false|null))'


def _items(key: t.Optional[bytes], value: bytes) -> bytes:
    return _BLANK.join((rb'', key, rb':', value)) if key else _BLANK.join((rb'', value))


def _group(opener: bytes, item: bytes, closer: bytes) -> bytes:
    return opener + rb'(?:' + item + _BLANK + rb'(?:,' + item + _BLANK + rb'){0,64})?' + _BLANK + closer


_PLAIN_HASH = _group(rb'\{', _items(_RUN_STRING, _RUN_SCALAR), rb'\}')
_PLAIN_LIST = _group(rb'\[', _items(None, _RUN_SCALAR), rb'\]')
_PLAIN_VALUE = rb'(?:' + rb'|'.join((_RUN_SCALAR, _PLAIN_HASH, _PLAIN_LIST)) + rb')'


def _run(key: t.Optional[bytes], value: bytes) -> t.Pattern[bytes]:
    return re.compile(rb'(?:' + _items(key, value) + _BLANK + rb',){1,64}')


_RUNS = {None: _run(_RUN_STRING, _PLAIN_HASH), HASH: _run(_RUN_STRING, _PLAIN_VALUE), LIST: _run(None, _PLAIN_VALUE)}
_CURE = 'correct the file'


def parse(data: bytes) -> Node:
    """The hash of sections.

    Args:
        data (bytes): the whole file.

    Returns:
        Node: kind `HASH`.

    Raises:
        Problem: what the vendor's decoder does not accept, with line and column.
    """
    start = JSON.blank.match(data).end()
    if start == len(data):
        raise problem(data, start, 'there is nothing in the file')
    if data.startswith(b'\xef\xbb\xbf'):
        raise problem(data, start, "a byte order mark, which the vendor's decoder refuses", 'save the file without it')
    if data[start : start + 1] == b'[':
        raise problem(data, start, "the file holds a list; the vendor's reader wants an object of sections", _CURE)
    if data[start : start + 1] != b'{':
        raise problem(data, start, 'this is not where an object of sections starts', _CURE)
    parts, end = read_items(data, JSON, start + 1, HASH, b'}', 1)
    rest = JSON.blank.match(data, end).end()
    if rest != len(data):
        raise problem(data, rest, 'something follows the end of the object', _CURE)
    return Node(HASH, start, end, parts)


def read_key(data: bytes, position: int) -> t.Tuple[Node, int]:
    """The key at a position and where its value starts. Raises `Problem`."""
    if data[position : position + 1] != b'"':
        raise _foreign(data, position, 'where a key in double quotes is expected')
    key = _string(data, position)
    colon = JSON.blank.match(data, key.end).end()
    if data[colon : colon + 1] != b':':
        raise _foreign(data, colon, 'where a colon is expected')
    return key, JSON.blank.match(data, colon + 1).end()


def read_scalar(data: bytes, position: int, kind: str) -> Node:
    """The value at a position that is no object and no list. Raises `Problem`."""
    if data[position : position + 1] == b'"':
        return _string(data, position)
    match = _NUMBER.match(data, position)
    if match:
        return leaf(NUMBER, match)
    match = _WORD.match(data, position)
    if match:
        return leaf(TRUTH if match.group(1) else NOTHING, match)
    raise _foreign(data, position, 'where a value is expected')


def separate(data: bytes, position: int, closer: bytes) -> int:
    """The position of the next item or of the closer, after an item. Raises `Problem`."""
    position = JSON.blank.match(data, position).end()
    if data.startswith(closer, position):
        return position
    if data[position : position + 1] != b',':
        raise _foreign(data, position, f'where a comma or {closer.decode()} is expected')
    following = JSON.blank.match(data, position + 1).end()
    if data.startswith(closer, following):
        raise problem(data, position, "a comma after the last item, which the vendor's decoder refuses", 'remove it')
    return following


def text(data: bytes, node: Node) -> t.Optional[str]:
    """The value as Perl has it: a number as Perl prints it, true as 1 and false as 0.

    Returns:
        str or None: None for null and for what is not plain.
    """
    raw = data[node.start : node.end]
    if node.kind == STRING:
        shown = as_text(raw[1:-1], data)
        return json.loads(f'"{shown}"', strict=False) if '\\' in shown else shown
    if node.kind == TRUTH:
        return '1' if raw == b'true' else '0'
    return _number_text(raw.decode('ascii')) if node.kind == NUMBER else None


def quotes(data: bytes, node: Node) -> bytes:
    """The quotes of a string or key: JSON knows one kind."""
    return b'"'


def quote(value: bytes, style: bytes) -> bytes:
    """A string token (bytes) for a value (bytes, UTF-8); in plain ASCII, which reads alike in any encoding."""
    return json.dumps(value.decode('utf-8')).encode('ascii')


def _number_text(raw: str) -> str:
    sign, digits = ('-', raw[1:]) if raw[0] == '-' else ('', raw)
    if not digits.isdigit():
        return number_text(float(digits), sign)
    # Whole numbers that do not fit stay as they are written, unless 15 digits hold them exactly.
    return sign + digits if digits != '0' else digits


def _string(data: bytes, position: int) -> Node:
    match = _STRING.match(data, position)
    if not match:
        raise problem(
            data, position, 'this string has no end, or holds a control character or an unknown escape', _CURE
        )
    if b'\\u' in match.group():
        paired = _SURROGATES.match(data, match.start() + 1, match.end() - 1).end()
        if paired < match.end() - 1:
            raise problem(data, paired, 'half of a surrogate pair', _CURE)
    return leaf(STRING, match)


def _foreign(data: bytes, position: int, where: str) -> t.Any:
    if position == len(data):
        return problem(data, position, 'the file ends ' + where)
    if data[position : position + 2] in (b'//', b'/*') or data[position : position + 1] == b'#':
        return problem(data, position, "a comment, which the vendor's decoder refuses", 'remove it')
    return problem(data, position, 'something else ' + where, _CURE)


JSON = Syntax(
    'json',
    parse,
    re.compile(_BLANK),
    _RUNS,
    read_key,
    read_scalar,
    separate,
    text,
    deepest=512,
    arrow=b':',
    comma_after_last=False,
    rest_of_line=re.compile(rb'[ \t\r]*\n'),
    quotes=quotes,
    quote=quote,
    quote_key=quote,
    groups=False,
)
