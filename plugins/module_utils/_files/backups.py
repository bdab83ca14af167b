# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of files from before a change (private to the collection).

Never beside the original: Apache may include everything that lies there. A copy's path is the original's real path
below the folder, with the time in UTC behind it; it gets that name when it is complete.
"""

import contextlib
import os
import stat
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import raw, records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

FOLDER = '/var/backups/opmantek.omk'


def unfinished(real_path: str, folder: t.Optional[str] = None) -> str:
    """Where a copy is written before it gets its name (str); a killed run may leave it."""
    above, base = os.path.split(real_path)
    return os.path.join(folder or FOLDER, above.lstrip('/'), f'.{base}.partial')


def keep(real_path: str, content: bytes, state: os.stat_result, folder: t.Optional[str] = None) -> str:
    """Keep a copy of a file, with its owner and mode.

    Args:
        real_path (str): the file, without links.
        content (bytes): what stands in it.
        state (os.stat_result): of the file.
        folder (str or None): the folder of all copies; None for `FOLDER`.

    Returns:
        str: the copy's path.

    Raises:
        Problem: it could not be written; nothing of it is left.
    """
    folder = folder or FOLDER
    target = os.path.join(folder, real_path.lstrip('/'))
    partial, kept = unfinished(real_path, folder), None
    try:
        records.make_private(folder)
        os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            raw.write_all(descriptor, content, 0)
            mode = stat.S_IMODE(state.st_mode)
            try:
                os.fchown(descriptor, state.st_uid, state.st_gid)
            except PermissionError:  # not root: the mode would speak of another group
                mode &= 0o700
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        kept = _free_name(target + time.strftime('.%Y%m%dT%H%M%SZ', time.gmtime()))
        os.rename(partial, kept)
        raw.sync_folder(os.path.dirname(target))
    except OSError as error:
        for leftover in (partial, kept):
            if leftover:
                with contextlib.suppress(OSError):
                    os.unlink(leftover)
        raise Problem(
            f'no backup can be written ({error.strerror})', target, cure='check space and permissions there'
        ) from error
    return kept


def _free_name(path: str) -> str:
    candidate, number = path, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = f'{path}.{number}'
    return candidate
