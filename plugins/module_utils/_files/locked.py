# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and rewrites a file under the lock that the vendor's tools take (private to the collection).

They take flock(2) on the file itself, shared to read and exclusive to write, and rewrite it in place. So does this
file: the inode stays, and with it owner, mode, access lists, links and mounts. A rewrite leaves the file whole at every
system call; what a killed one leaves is recovered by the next run, from a journal.

The file's folder may belong to somebody else. The file is found as `walk` finds it, and from then on only its open
descriptor counts. The journal lies where only root can write.
"""

import contextlib
import errno
import fcntl
import os
import stat
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import backups, journal, raw, records, walk
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

_PAUSE = 0.05
#: Bytes. Real files have thousands; whoever owns the folder could have root read without end, and what is read takes
#: some fifty times as much memory once it is parsed.
LARGEST = 1 << 23


class Locked:
    """A regular file, open and locked until the end of the ``with`` block.

    Attributes:
        path (str): as given.
        real_path (str): the same without links.
        content (bytes): what stands in it.
    """

    def __init__(
        self,
        path: str,
        write: bool = False,
        exclusive: bool = False,
        timeout: float = 30,
        journals: t.Optional[str] = None,
    ) -> None:
        """
        Args:
            path (str): the file; links are followed where `walk` does.
            write (bool): whether it is to be opened for writing, where permissions allow it; see `require_write`.
            exclusive (bool): whether writers and readers are to be kept out, not only writers.
            timeout (float): seconds to wait for the lock.
            journals (str or None): the folder of the journals; None for that of the records.

        Raises:
            Problem: on entering the block: no such file, not a regular one, not readable, or locked for too long.
        """
        self.path = self.real_path = path
        self.content = b''
        self._write = write
        self._exclusive = exclusive
        self._timeout = timeout
        self._journals = journals
        self._descriptor: t.Any = None  # an int while the file is open
        self._refusal: t.Optional[OSError] = None

    def __enter__(self) -> 'Locked':
        deadline = time.monotonic() + self._timeout
        try:
            while True:
                self._open()
                self._lock(deadline)
                if self._is_current():
                    break
                self._close()
            self.content = raw.read_all(self._descriptor, LARGEST)
        except OSError as error:
            self._close()
            raise Problem(f'the file cannot be read ({error.strerror})', self.path) from error
        except Problem:
            self._close()
            raise
        return self

    def __exit__(self, *_unused: t.Any) -> None:
        self._close()

    def recover(self, is_valid: t.Callable[..., t.Any]) -> t.Optional[str]:
        """Put right what an interrupted rewrite has left.

        Args:
            is_valid (callable): tells of bytes whether they are a whole file.

        Returns:
            str or None: what was done, one clause, when there was something to do.

        Raises:
            Problem: the file is neither what it was, nor what it should become, nor valid.
        """
        kept = self._journal()
        states = self._journal_states(kept)
        if states is None:
            return None
        if not states:
            self._unlink(kept)
            return None
        standing = self._compare(states)
        if standing == journal.OTHER:
            if not is_valid(self.content):
                raise Problem(
                    'an edit of this file was interrupted, and it has been changed since and is damaged',
                    self.path,
                    cure=f'the state before that edit is kept in {kept}: restore the file from it and remove it',
                )
            said = 'an earlier edit was interrupted; the file has been changed since and is left as it is'
        else:
            whole = states['new'] if standing == journal.NEW else states['old']
            said = (
                'an earlier edit was interrupted after its last step but one; it is complete now'
                if standing == journal.NEW
                else 'an earlier edit was interrupted; the file is as it was before it'
            )
            if self.content != whole:
                self.require_write()
                try:
                    raw.overwrite(self._descriptor, self.content, whole)
                except OSError as error:
                    raise Problem(
                        f'what an interrupted edit has left cannot be put right ({error.strerror})',
                        self.path,
                        cure=f'the state before that edit is kept in {kept}',
                    ) from error
                self.content = whole
        self._unlink(kept)
        return said

    def interrupted(self) -> bool:
        """Whether an interrupted rewrite has left its journal."""
        return self._journal_states(self._journal()) is not None

    def require_write(self) -> None:
        """Raise the `Problem` (permissions, attributes, file system) that keeps the file from being written."""
        if self._refusal:
            raise Problem(
                f'the file cannot be written ({self._refusal.strerror})',
                self.path,
                cure='check its permissions, attributes and file system',
            ) from self._refusal

    def rewrite(self, content: bytes) -> t.Any:
        """Make this the content, or leave everything as it was.

        Args:
            content (bytes): the whole new file.

        Returns:
            str or None: a warning, one clause.

        Raises:
            Problem: it could not be written; tells whether the file is as it was.
        """
        self.require_write()
        old, kept = self.content, self._journal()
        try:
            self._keep(kept, journal.encode(self.real_path, os.fstat(self._descriptor).st_ino, old, content))
        except OSError as error:
            self._unlink(kept)
            raise Problem(
                f'the file cannot be changed safely: no copy of it can be kept ({error.strerror})',
                kept,
                cure='check space and permissions there',
            ) from error
        try:
            raw.overwrite(self._descriptor, old, content)
        except OSError as error:
            self._restore(old, kept, error)
            raise Problem(
                f'the file could not be written ({error.strerror}) and is as it was',
                self.path,
                cure='check space and permissions there',
            ) from error
        self.content = content
        if not self._unlink(kept):
            return f'the copy from before the edit, {kept}, could not be removed; the next run will do that'
        return None

    def _open(self) -> None:
        try:
            found = walk.find(self.path)
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise Problem('there is no such file', self.path, cure='correct the path') from error
            raise Problem(f'not accessible ({error.strerror})', self.path) from error
        try:
            self._require_own(found)
            self.real_path = found.real_path
            self._refusal = None
            flags = os.O_NONBLOCK | os.O_NOCTTY
            if self._write:
                try:
                    self._descriptor = walk.reopen(found, os.O_RDWR | flags)
                    return
                except OSError as error:
                    if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ETXTBSY):
                        raise
                    self._refusal = error
            self._descriptor = walk.reopen(found, os.O_RDONLY | flags)
        finally:
            os.close(found.descriptor)

    def _require_own(self, found: walk.Found) -> None:
        """Refuse what is no regular file, or may be somebody else's under another name."""
        if not stat.S_ISREG(found.state.st_mode):
            raise Problem('this is not a regular file', self.path)
        if found.state.st_nlink > 1 and found.folder_owner not in (0, os.geteuid(), found.state.st_uid):
            raise Problem(
                f'this file has {found.state.st_nlink} names (hard links) and belongs to another user '
                f'(uid {found.state.st_uid}) than its folder (uid {found.folder_owner}), so it is not trusted',
                found.real_path,
                cure='copy it over itself, or have the owner of the folder own it',
            )

    def _lock(self, deadline: float) -> None:
        mode = fcntl.LOCK_EX if self._exclusive else fcntl.LOCK_SH
        while True:
            try:
                fcntl.flock(self._descriptor, mode | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                    raise Problem(f'the file cannot be locked ({error.strerror})', self.path) from error
            if time.monotonic() >= deadline:
                raise Problem(
                    f'another program has kept the file locked for {self._timeout:g} seconds',
                    self.path,
                    cure='find it with "fuser -v FILE", or wait longer (option lock_timeout)',
                )
            time.sleep(_PAUSE)

    def _is_current(self) -> bool:
        """Whether the path still leads to what is open: a writer may have renamed another file over it."""
        try:
            found = walk.find(self.path)
        except FileNotFoundError:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), found.state)
        finally:
            os.close(found.descriptor)

    def _close(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _journal(self) -> str:
        return os.path.join(self._journals or records.FOLDER, journal.name_for(self.real_path))

    def _journal_states(self, kept: str) -> t.Optional[t.Dict[str, t.Any]]:
        """None without a journal, {} for one that was never finished, else what it says (see `journal.decode`)."""
        try:
            records.require_private(os.path.dirname(kept))
            descriptor = os.open(kept, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.EACCES and not self._write:
                return None  # not root, and nothing is to be changed
            raise Problem(
                f'the copy that an interrupted edit has left cannot be read ({error.strerror})', kept
            ) from error
        try:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode) or state.st_uid not in (0, os.geteuid()) or state.st_nlink > 1:
                raise Problem('this is not what an edit has left, so it is not trusted', kept, cure='move it away')
            return journal.decode(raw.read_all(descriptor)) or {}
        except OSError as error:
            raise Problem(
                f'the copy that an interrupted edit has left cannot be read ({error.strerror})', kept
            ) from error
        finally:
            os.close(descriptor)

    def _compare(self, states: t.Dict[str, t.Any]) -> str:
        """How the file compares with what its journal says; the journal of another file says nothing."""
        if (states['path'], states['inode']) != (self.real_path, os.fstat(self._descriptor).st_ino):
            return journal.OTHER
        return journal.compare(self.content, states['old'], states['new'])

    def _keep(self, kept: str, encoded: bytes) -> None:
        """Write the journal so that it is on the disk before anything else happens."""
        records.make_private(os.path.dirname(kept))
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            raw.write_all(descriptor, encoded, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        raw.sync_folder(os.path.dirname(kept))

    def _restore(self, old: t.Any, kept: t.Any, cause: t.Any) -> None:
        """After a failure: the old content again, or the word where it is kept."""
        for _attempt in range(2):
            with contextlib.suppress(OSError):
                found = raw.read_all(self._descriptor)
                if found != old:
                    raw.overwrite(self._descriptor, found, old)
                os.fsync(self._descriptor)
                self._unlink(kept)
                return
        raise Problem(
            f'the file could not be written ({cause.strerror}) and not be restored either',
            self.path,
            cure=f'its old state is kept in {kept}; run again when the disk works again: the next run restores it',
        ) from cause

    def _unlink(self, path: str) -> bool:
        """Remove a journal, and its folder when nothing else is in it; whether the journal is gone."""
        for _attempt in range(2):
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
            except OSError:
                continue
            with contextlib.suppress(OSError):
                os.rmdir(os.path.dirname(path))
            return True
        return False

    def back_up(self, folder: t.Optional[str] = None) -> str:
        """Keep a copy (see `backups.keep`); its path."""
        return backups.keep(self.real_path, self.content, os.fstat(self._descriptor), folder)

    def unfinished_backup(self, folder: t.Optional[str] = None) -> str:
        """Where a backup is written before it gets its name."""
        return backups.unfinished(self.real_path, folder)
