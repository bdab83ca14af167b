# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time in the part of a module that reads, changes and records (private to the collection).

The kernel releases the lock when the process ends, however it ends. Source: flock(2).
"""

import contextlib
import errno
import fcntl
import os
import stat
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: In a folder of root's that a boot empties. Not in a folder of ours, which goes when nothing is left in it.
PATH = '/run/opmantek.omk.lock'
#: Seconds to wait for another run: longer than one takes.
TIMEOUT = 120
_PAUSE = 0.1


@contextlib.contextmanager
def alone(path: t.Optional[str] = None, timeout: float = TIMEOUT) -> t.Iterator[None]:
    """Let no other run into such a block until this one is left.

    Args:
        path: the file of the lock; None for `PATH`.
        timeout: seconds to wait.

    Raises:
        Problem: another run did not leave it in time, or the lock cannot be had.
    """
    path = path or PATH
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except PermissionError as error:
        raise records.needs_root() from error
    except OSError as error:
        raise Problem(f'the lock that keeps two runs apart cannot be opened ({error.strerror})', path) from error
    try:
        try:
            state = os.fstat(descriptor)
        except OSError as error:
            raise Problem(f'the lock that keeps two runs apart cannot be read ({error.strerror})', path) from error
        if not stat.S_ISREG(state.st_mode) or state.st_uid not in (0, os.geteuid()):
            raise Problem('this is not the lock of an earlier run, so it is not trusted', path, cure='remove it')
        _wait(descriptor, path, time.monotonic() + timeout, timeout)
        yield
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _wait(descriptor: int, path: str, deadline: float, timeout: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                raise Problem(f'the lock that keeps two runs apart cannot be had ({error.strerror})', path) from error
        if time.monotonic() >= deadline:
            raise Problem(
                f'another run has been changing Apache on this host for {timeout:g} seconds',
                path,
                cure='run again when it has ended ("fuser -v FILE" names it)',
            )
        time.sleep(_PAUSE)
