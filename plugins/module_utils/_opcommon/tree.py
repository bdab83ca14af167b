# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree with byte spans that both formats of opCommon are read into (pure; private to the collection).

Stretches of plain items are recognised by one pattern and only taken apart when somebody asks for a name that occurs
in them. That keeps the work on a big file near the speed of the pattern matcher.
"""

import typing as t
from collections import namedtuple
from functools import lru_cache

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

# The type of a pattern that matches everywhere, be it nothing: unlike other patterns', its match is never None.
Everywhere = t.Any

HASH, LIST, STRING, NUMBER, NOTHING, TRUTH, OTHER = 'hash', 'list', 'string', 'number', 'nothing', 'truth', 'other'
PLAIN = (STRING, NUMBER, NOTHING, TRUTH)

# A value or key: kind, the span of its bytes, and for a hash or list what stands in it (`Run`, `Entry` or `Node`).
Node = namedtuple('Node', 'kind start end parts')
# One element of a hash: two nodes.
Entry = namedtuple('Entry', 'key value')
# A stretch of plain items, up to and with the comma of the last one.
Run = namedtuple('Run', 'start end')
# What a format is to the rest: how its tokens are read and how ours are written.
#   name: 'nmis' or 'json'.
#   parse(data): the whole file as a `Node`; raises `Problem` with line and column.
#   blank: compiled pattern of what may stand between tokens; matches the empty text too.
#   runs: for sections (key None), hashes and lists the compiled pattern of a stretch of plain items with their commas.
#   read_key(data, position): the key there as a `Node`, and the position of its value.
#   read_scalar(data, position, kind): the value there, which is no hash and no list, as a `Node`; in a hash or list.
#   separate(data, position, closer): after an item, the position of the next one or of the closer.
#   text(data, node): the value as the vendor's reader has it; str, or None for what is nothing or not plain.
#   deepest: how many levels the vendor's reader follows, or None.
#   arrow: what joins a key and its value.
#   comma_after_last: whether the last item may be followed by a comma.
#   rest_of_line: compiled pattern of the end of a line on which nothing stands any more.
#   quotes(data, node): how a key or string is quoted (bytes).
#   quote(value, quotes), quote_key(name, quotes): a token (bytes) for a value or key (bytes).
#   groups: whether pairs of a hash may stand in parentheses, which mean nothing.
Syntax = namedtuple(
    'Syntax',
    'name parse blank runs read_key read_scalar separate text deepest arrow comma_after_last '
    'rest_of_line quotes quote quote_key groups',
)
# The bytes of a file, the format that reads them, and the tree.
Document = namedtuple('Document', 'data syntax root')

_OPENERS = {b'{': (HASH, b'}'), b'[': (LIST, b']')}


def leaf(kind: str, match: t.Match[bytes], group: int = 0) -> t.Any:
    """The node without parts that a match (or one group of it) covers."""
    return Node(kind, match.start(group), match.end(group), ())


def read_items(
    data: bytes, syntax: t.Any, position: int, kind: str, closer: bytes, level: int, stop: t.Optional[int] = None
) -> t.Tuple[t.List[t.Any], int]:
    """Read the items of one hash or list and of everything inside it.

    Args:
        data (bytes): the file.
        syntax (Syntax): the format.
        position (int): after the opening bracket.
        kind (str): `HASH` or `LIST`.
        closer (bytes): the closing bracket.
        level (int): 1 for the hash of sections, 2 for a section, and so on.
        stop (int or None): where a run ends that is to be taken apart; the closing bracket is then not looked for.

    Returns:
        tuple: parts (list of `Run`, `Entry` and `Node`) and the position after the closer.

    Raises:
        Problem: with line and column.
    """
    parts: list = []
    start, key = position, None
    above: list = []
    groups = 0  # parentheses around pairs that are open
    while True:
        if above or stop is None:
            run = syntax.runs[kind if level > 1 else None].match(data, position)
            if run:
                parts.append(Run(run.start(), run.end()))
                position = syntax.separate(data, run.end() - 1, b')' if groups else closer)
        elif position >= stop:
            return parts, position
        position = syntax.blank.match(data, position).end()
        while syntax.groups and kind == HASH:
            if data.startswith(b'(', position):
                groups, position = groups + 1, syntax.blank.match(data, position + 1).end()
            elif groups and data.startswith(b')', position):
                groups -= 1
                position = syntax.separate(data, position + 1, b')' if groups else closer)
            else:
                break
        char = data[position : position + 1]
        if char == closer and not groups:
            position += 1
            if not above:
                return parts, position
            node = Node(kind, start, position, parts)
            parts, kind, start, closer, key, level, groups = above.pop()
        else:
            if kind == HASH:
                key, position = syntax.read_key(data, position)
                char = data[position : position + 1]
            if char in _OPENERS:
                above.append((parts, kind, start, closer, key, level, groups))
                parts, start, level, groups = [], position, level + 1, 0
                if syntax.deepest and level > syntax.deepest:
                    raise problem(data, position, f'brackets nest deeper than {syntax.deepest} levels')
                kind, closer = _OPENERS[char]
                position += 1
                continue
            node = syntax.read_scalar(data, position, kind)
            position = node.end
        if kind == HASH:
            parts.append(Entry(key, node))
        elif node.parts:
            parts.append(node)
        position = syntax.separate(data, position, b')' if groups else closer)


def entries(document: t.Any, node: t.Any, needles: t.Any = None) -> t.Iterator[t.Any]:
    """The elements of a hash in the order of the file.

    Args:
        document (Document): the file.
        node (Node): the hash.
        needles (tuple of bytes or None): leave out stretches in which none of these occurs.

    Yields:
        Entry:
    """
    data, syntax = document.data, document.syntax
    for part in node.parts:
        if not isinstance(part, Run):
            yield part
        elif needles is None or _holds_any(data, part, needles):
            yield from _taken_apart(data, syntax, part, HASH)


def last_entry(document: t.Any, node: t.Any) -> t.Any:
    """The last element of a hash, or None."""
    if not node.parts:
        return None
    last = node.parts[-1]
    return _taken_apart(document.data, document.syntax, last, HASH)[-1] if isinstance(last, Run) else last


def occurrences(document: t.Any, name: str) -> t.List[t.Any]:
    """Every element whose key reads as that name, at any depth, in the order of the file.

    Yields:
        tuple: the chain of elements from the section down to the element itself (tuple of `Entry`; elements of a list
        have no name and are left out), and the depth (int; 2 is where settings stand).
    """
    data, syntax = document.data, document.syntax
    needles = spellings(name)
    waiting: list = [(document.root, (), 1)]
    found = []
    while waiting:
        node, chain, depth = waiting.pop()
        for part in node.parts:
            items: t.Sequence[t.Any] = (part,)
            if isinstance(part, Run):
                if not _holds_any(data, part, needles):
                    continue
                items = _taken_apart(data, syntax, part, node.kind)
            for item in items:
                if isinstance(item, Entry):
                    path, value = chain + (item,), item.value
                    if syntax.text(data, item.key) == name:
                        found.append((path, depth))
                else:
                    path, value = chain, item
                if value.parts:
                    waiting.append((value, path, depth + 1))
    return sorted(found, key=lambda place: place[0][-1].key.start)


def spellings(name: str) -> t.Tuple[t.Any, ...]:
    """The bytes (tuple) one of which must stand in a run that holds this name: runs know no escapes."""
    return tuple({name.encode(encoding, 'replace') for encoding in ('utf-8', 'latin-1')})


def _holds_any(data: bytes, run: Run, needles: t.Any) -> bool:
    return any(data.find(needle, run.start, run.end) >= 0 for needle in needles)


def _taken_apart(data: bytes, syntax: t.Any, run: Run, kind: str) -> t.List[t.Any]:
    # A run ends with a comma, so the bracket that closes the hash or list is never met, whichever it is.
    return read_items(data, syntax, run.start, kind, b'}', 2, stop=run.end)[0]


def place(data: bytes, position: int) -> t.Tuple[int, int]:
    """Line and column (characters) of a position, both counted from 1."""
    start = data.rfind(b'\n', 0, position) + 1
    before = data[start:position]
    try:
        column = len(before.decode('utf-8'))
    except UnicodeDecodeError:
        column = len(before)
    return data.count(b'\n', 0, position) + 1, column + 1


def problem(data: bytes, position: int, what: str, cure: t.Optional[str] = None) -> Problem:
    """A `Problem` at a position of the file."""
    line, column = place(data, position)
    return Problem(what, line=line, column=column, cure=cure)


def as_text(raw: bytes, data: t.Optional[bytes] = None) -> str:
    """Bytes as text: UTF-8, or Latin-1 when they (or the whole file, if given) are no UTF-8."""
    try:
        text = raw.decode('utf-8')
    except UnicodeDecodeError:
        return raw.decode('latin-1')
    if data is not None and len(text) < len(raw) and not _is_utf8(data):
        return raw.decode('latin-1')
    return text


def number_text(number: float, sign: str) -> str:
    """A number (int or float) as Perl prints it: whole as long as it fits 64 bits, else 15 significant digits."""
    if isinstance(number, int) and number <= (2**63 if sign else 2**64 - 1):
        return (sign if number else '') + str(number)
    shown = f'{float(number):.15g}'
    return shown if shown == '0' else sign + shown.replace('inf', 'Inf')


@lru_cache(maxsize=1)
def _is_utf8(data: bytes) -> bool:
    try:
        data.decode('utf-8')
    except UnicodeDecodeError:
        return False
    return True
