# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both ways of changing a file need of the system (private to the collection).

Everything here raises OSError where the system refuses, also where os.path would take a failure for "not there".
"""

import errno
import os
import stat
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import journal

_BLOCK = 1 << 24


def look(path: str, follow: bool = False) -> t.Optional[os.stat_result]:
    """The os.stat_result of what stands at a path, or None when nothing does."""
    try:
        return os.stat(path) if follow else os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def real_path(path: str) -> str:
    """The path without links. Where a system call fails, os.path.realpath would leave one in without a word."""
    real = part = os.path.realpath(path)
    while part != os.path.dirname(part):
        state = look(part)
        if state is not None and stat.S_ISLNK(state.st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        part = os.path.dirname(part)
    return real


def read_all(descriptor: int, limit: t.Optional[int] = None) -> bytes:
    """The bytes of an open file; OSError (EFBIG) when they are more than a limit."""
    blocks: list = []
    position = 0
    while True:
        block = os.pread(descriptor, _BLOCK, position)
        if not block:
            return blocks[0] if len(blocks) == 1 else b''.join(blocks)
        blocks.append(block)
        position += len(block)
        if limit is not None and position > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


def write_all(descriptor: int, content: bytes, position: int) -> None:
    """Write bytes at a position of an open file."""
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, position)
        view, position = view[written:], position + written


def sync_folder(path: str) -> None:
    """Force the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def overwrite(descriptor: int, old: bytes, new: bytes) -> None:
    """From one content of an open file to another, in place: whole at every step but for line ends behind it.

    Reserves the space, writes the difference in one call, cuts, and checks.
    """
    length = max(len(old), len(new))
    if length > len(old):
        write_all(descriptor, b'\n' * (length - len(old)), len(old))
        os.fsync(descriptor)
    start, end, replacement = journal.difference(old, new)
    if len(old) != len(new):
        replacement = new[start:].ljust(length - start, b'\n')
    write_all(descriptor, replacement, start)
    os.ftruncate(descriptor, len(new))
    os.fsync(descriptor)
    if read_all(descriptor) != new:
        raise OSError(errno.EIO, 'what was read back is not what was written')
