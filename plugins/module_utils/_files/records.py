# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection changed on this host and must be able to undo exactly (private to the collection).

An edit that replaces something (a setting that had a value, a module that was not enabled) cannot be undone from the
edited file alone. Each such change leaves one small record here until it is undone.
"""

import contextlib
import errno
import json
import os
import stat
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import raw
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

FOLDER = '/var/lib/opmantek.omk'
_FRESH = '.new'


def needs_root() -> Problem:
    """What is said where rights are missing, whatever it is that they are missing for."""
    return Problem('needs root on this host: set `ansible_become: true`')


def require_rights() -> None:
    """Refuse to begin as somebody who could keep no record of a change, and so make none.

    Raises:
        Problem: the process has not the rights, or the system does not tell.
    """
    place = FOLDER
    try:
        state = raw.look(place)
        while state is None:
            place = os.path.dirname(place)
            state = raw.look(place)
    except PermissionError as error:
        raise needs_root() from error
    except OSError as error:
        raise Problem(f'the folder of the records cannot be looked at ({error.strerror})', place) from error
    # A link is refused for what it is, later.
    if not stat.S_ISLNK(state.st_mode) and not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        raise needs_root()


def require_private(folder: str) -> None:
    """Refuse a folder into which others can put something, for what lies there is acted on as root.

    Raises:
        Problem: it is a link, no folder, belongs to somebody else, or others may write to it.
        OSError: the system does not tell.
    """
    state = raw.look(folder)
    if state is None:
        return
    if not stat.S_ISDIR(state.st_mode) or state.st_uid not in (0, os.geteuid()) or state.st_mode & 0o022:
        raise Problem(
            'this is not a folder that only root can write to, so nothing in it is trusted',
            folder,
            cure='find out who made it, move it away and run again',
        )


def make_private(folder: str) -> None:
    """Make the folder if it is not there, for root alone.

    Raises:
        Problem: what is there is no such folder (see `require_private`).
        OSError: it cannot be made.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    require_private(folder)


def _path(key: str, folder: t.Optional[str]) -> str:
    if not key or '/' in key or key.startswith('.'):
        raise ValueError('a record name is a plain file name')
    return os.path.join(folder or FOLDER, key + '.json')


def read(key: str, folder: t.Optional[str] = None) -> t.Any:
    """The record of that name, or None. The folder is `FOLDER` here as everywhere, unless one is given.

    Raises:
        Problem: it is there and cannot be read.
    """
    path = _path(key, folder)
    try:
        require_private(folder or FOLDER)
        with open(path, encoding='utf-8') as handle:
            return json.load(handle)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOENT:
            return None
        if isinstance(error, PermissionError):
            raise needs_root() from error
        raise Problem(
            'the record of an earlier change cannot be read',
            path,
            cure='move it away to go on without it; undoing that change is then left to you',
        ) from error


def write(key: str, record: t.Dict[str, t.Any], folder: t.Optional[str] = None) -> None:
    """Keep the record (anything JSON), whole or not at all, readable by its owner only.

    Raises:
        Problem: it cannot be written. An earlier record of that name still stands, unless the disk failed at the very
            last step.
    """
    path = _path(key, folder)
    fresh = path + _FRESH
    try:
        make_private(folder or FOLDER)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, 'w', encoding='utf-8') as handle:
            json.dump(record, handle, indent=1, sort_keys=True)
            handle.flush()
            os.fsync(handle.fileno())
        os.rename(fresh, path)
        raw.sync_folder(folder or FOLDER)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        if isinstance(error, PermissionError):
            raise needs_root() from error
        raise Problem(
            f'the record that makes this change undoable cannot be written ({error.strerror})',
            path,
            cure='check space and permissions there',
        ) from error


def forget(key: str, folder: t.Optional[str] = None) -> None:
    """Remove the record, and the folder when it was the last one. A record that is not there is no error.

    Raises:
        Problem: it cannot be removed.
    """
    path = _path(key, folder)
    try:
        _remove(path)
        _remove(path + _FRESH)
        with contextlib.suppress(OSError):  # others are still in it, or it never was there
            os.rmdir(folder or FOLDER)
    except OSError as error:
        if isinstance(error, PermissionError):
            raise needs_root() from error
        raise Problem(
            f'the record of an earlier change cannot be removed ({error.strerror})',
            path,
            cure='run again when the disk works again',
        ) from error


def tidy(key: str, folder: t.Optional[str] = None) -> None:
    """Remove what a killed run has left of a record that it had not finished, and nothing else."""
    if read(key, folder) is None:
        forget(key, folder)
    else:
        with contextlib.suppress(OSError):
            os.unlink(_path(key, folder) + _FRESH)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)
