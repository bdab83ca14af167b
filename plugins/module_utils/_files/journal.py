# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a file while it is rewritten in place, and what to make of it afterwards (pure; private)."""

import hashlib
import json
import typing as t
import zlib

_MAGIC = b'opmantek.omk: copy of a file from before an edit\n'
_CHUNK = 65536

# How a file compares with the two states a journal knows.
OLD, NEW, TORN, OTHER = 'old', 'new', 'torn', 'other'


def name_for(path: str) -> str:
    """The journal's name for a file's real path."""
    return f'edit-{hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]}.journal'


def difference(old: bytes, new: bytes) -> t.Tuple[int, int, bytes]:
    """The one span in which two states differ.

    Returns:
        tuple: start, end in the old bytes, and the bytes that stand there in the new ones.
    """
    start = _common_start(old, new)
    common = _common_end(old, new, min(len(old), len(new)) - start)
    return start, len(old) - common, new[start : len(new) - common]


def encode(path: str, inode: int, old: bytes, new: bytes) -> bytes:
    """The journal (bytes) for an edit of the file at a real path (str) with an inode (int)."""
    start, end, replacement = difference(old, new)
    fields = {'path': path, 'inode': inode, 'length': len(old), 'start': start, 'end': end}
    fields['replacement'] = replacement.decode('latin-1')
    head = json.dumps(fields).encode('ascii') + b'\n'
    return b''.join((_MAGIC, b'%08x\n' % zlib.crc32(old, zlib.crc32(head)), head, old))


def decode(raw: bytes) -> t.Optional[t.Dict[str, t.Any]]:
    """What a journal says (dict: path, inode, old, new), or None when it was never finished."""
    if not raw.startswith(_MAGIC):
        return None
    check, _newline, rest = raw[len(_MAGIC) :].partition(b'\n')
    head, _newline, old = rest.partition(b'\n')
    if check != b'%08x' % zlib.crc32(old, zlib.crc32(head + b'\n')):
        return None
    try:
        fields = json.loads(head.decode('ascii'))
        if fields['length'] != len(old):
            return None
        new = old[: fields['start']] + fields['replacement'].encode('latin-1') + old[fields['end'] :]
        return {'path': fields['path'], 'inode': fields['inode'], 'old': old, 'new': new}
    except (ValueError, KeyError, TypeError):
        return None


def compare(found: bytes, old: bytes, new: bytes) -> str:
    """What a file is that an interrupted edit has left: `OLD` or `NEW`, each perhaps with our line ends after it,
    `TORN` between the two, or `OTHER`: somebody else has written it since."""
    length = max(len(old), len(new))
    for state, content in ((NEW, new), (OLD, old)):
        if found.startswith(content) and len(found) <= length and not found[len(content) :].strip(b'\n\0'):
            return state
    if len(found) != length:
        return OTHER
    # Between the two states every stretch is one of them, or turns from the new into the old at one place.
    found = found[: len(old)] + found[len(old) :].replace(b'\0', b'\n')
    old, new = (content.ljust(length, b'\n') for content in (old, new))
    for start in range(0, length, 512):
        piece, was, becomes = (content[start : start + 512] for content in (found, old, new))
        turn = _common_start(piece, becomes)
        if piece != was and piece[turn:] != was[turn:]:
            return OTHER
    return TORN


def _common_start(one: bytes, other: bytes) -> int:
    """How many bytes are equal at the start."""
    length, position, step = min(len(one), len(other)), 0, _CHUNK
    while step:
        while position + step <= length and one[position : position + step] == other[position : position + step]:
            position += step
        step //= 2
    return position


def _common_end(one: bytes, other: bytes, most: int) -> int:
    """How many bytes are equal at the end, up to a limit."""
    count, step = 0, _CHUNK
    while step:
        while count + step <= most and (
            one[len(one) - count - step : len(one) - count] == other[len(other) - count - step : len(other) - count]
        ):
            count += step
        step //= 2
    return count
