# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole-file changes of configuration, as one transaction (private to the collection).

A change of several files is recorded before the first byte is written, so that a run that was killed half-way can be
undone by the next one.
"""

import base64
import collections
import contextlib
import errno
import os
import stat
import time

from ansible_collections.opmantek.omk.plugins.module_utils._disk import ledger
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: One file to change: content (bytes) for a file, link (str) for a symbolic link, both None to remove it.
Change = collections.namedtuple('Change', 'path content link')

BACKUPS = '/var/backups/opmantek.omk'
#: Where the way back from the last change is kept until the next boot.
RECENT = '/run/opmantek.omk'
_TEMPORARY = '.opmantek.omk.tmp'


def exists(path):
    """Whether something is there (a dangling link counts as not)."""
    return os.path.exists(path)


def same_file(one, other):
    """Whether two paths lead to the same file."""
    return os.path.realpath(one) == os.path.realpath(other)


def real(path):
    """The path without symbolic links."""
    return os.path.realpath(path)


def read(path):
    """The bytes of a regular file.

    Raises:
        Problem: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, 'rb') as handle:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Problem('this is not a regular file', path)
            return handle.read()
    except OSError as error:
        raise Problem(f'the file cannot be read ({error.strerror})', path) from error


def modified(path):
    """When the file, or a link on the way to it, last changed: seconds since the epoch; None when it is not there."""
    try:
        return max(os.stat(path).st_mtime, os.lstat(path).st_mtime)
    except OSError:
        return None


def discard(path):
    """Remove a file, or an empty folder, that may be there and that nobody misses."""
    with contextlib.suppress(OSError):
        (os.rmdir if os.path.isdir(path) else os.unlink)(path)


def names_in(folder):
    """The names in a folder (set of str); empty when there is none."""
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def backup(path):
    """Copy a file to the backup folder, with its mode and owner.

    Never beside the original: Apache may include everything that lies there.

    Returns:
        str: the copy's path.

    Raises:
        Problem: the copy cannot be made.
    """
    content = read(path)
    state = os.stat(path)
    stamp = time.strftime('%Y%m%dT%H%M%S', time.localtime())
    target = os.path.join(BACKUPS, f'{path.strip("/").replace("/", "_")}.{stamp}.{os.getpid()}')
    try:
        os.makedirs(BACKUPS, mode=0o700, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IMODE(state.st_mode) & 0o600)
        with os.fdopen(descriptor, 'wb') as handle:
            handle.write(content)
            os.fchown(handle.fileno(), state.st_uid, state.st_gid)
            os.fchmod(handle.fileno(), stat.S_IMODE(state.st_mode))
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        raise Problem(f'the backup cannot be written ({error.strerror})', target,
                      cure='see to space and permissions there') from error
    return target


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_attributes(source, descriptor):
    """Owner, mode and extended attributes (ACL, SELinux label) of an existing file to its successor."""
    state = os.stat(source)
    os.fchown(descriptor, state.st_uid, state.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(state.st_mode))
    for name in os.listxattr(source):
        try:
            os.setxattr(descriptor, name, os.getxattr(source, name))
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EPERM):
                raise


def _write(path, content):
    """Replace or make a file, through links, atomically; in place where a rename would break a hard link or a mount."""
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    known = os.path.exists(real)
    if known and (os.stat(real).st_nlink > 1 or os.path.ismount(real)):
        with open(real, 'r+b') as handle:
            handle.write(content)
            handle.truncate()
            handle.flush()
            os.fsync(handle.fileno())
        return
    # A dot in front and no .conf at the end: the usual Include patterns pass over it.
    temporary = os.path.join(folder, '.' + os.path.basename(real) + _TEMPORARY)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)  # left by a killed run
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, 'wb') as handle:
            handle.write(content)
            handle.flush()
            if known:
                _copy_attributes(real, descriptor)
            else:
                os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
        os.rename(temporary, real)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _link(path, target):
    temporary = os.path.join(os.path.dirname(path), '.' + os.path.basename(path) + _TEMPORARY)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.rename(temporary, path)
    _sync_folder(os.path.dirname(path))


def _snapshot(path):
    """What stands at a path now, as data that JSON can hold."""
    if os.path.islink(path) and not os.path.exists(path):
        return {'path': path, 'link': os.readlink(path)}
    if not os.path.lexists(path):
        return {'path': path}
    state = os.stat(path)
    return {'path': path, 'content': base64.b64encode(read(path)).decode('ascii'),
            'times': [state.st_atime_ns, state.st_mtime_ns], 'mode': stat.S_IMODE(state.st_mode),
            'owner': [state.st_uid, state.st_gid]}


def _snapshot_of(change):
    if change.link is None and not os.path.islink(change.path):
        return _snapshot(change.path)
    if os.path.islink(change.path) and (change.link is not None or change.content is None):
        return {'path': change.path, 'link': os.readlink(change.path)}
    return _snapshot(change.path)


def _put_back(snapshot):
    path = snapshot['path']
    if 'link' in snapshot:
        _link(path, snapshot['link'])
    elif 'content' in snapshot:
        content = base64.b64decode(snapshot['content'])
        if not os.path.exists(path) or read(path) != content:
            _write(path, content)
            os.chown(path, *snapshot['owner'])
            os.chmod(path, snapshot['mode'])
        # The old time too: what was put back needs no restart.
        if os.stat(path).st_mtime_ns != snapshot['times'][1]:
            os.utime(path, ns=tuple(snapshot['times']))
    elif os.path.lexists(path):
        os.unlink(path)
        _sync_folder(os.path.dirname(path))


def _leftovers(snapshots):
    """Remove temporary files that a killed run may have left beside the files of its transaction."""
    for snapshot in snapshots:
        for path in (snapshot['path'], os.path.realpath(snapshot['path'])):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(os.path.dirname(path), '.' + os.path.basename(path) + _TEMPORARY))


def apply(changes, name, is_good):
    """Make all changes, or none.

    Args:
        changes (list of Change)
        name (str): under which a killed run is recognised (see `recover`).
        is_good (callable): called when all is written; raises Problem when the result is not acceptable.

    Raises:
        Problem: a change could not be made or the result was not acceptable; everything is as before.
    """
    snapshots = [_snapshot_of(change) for change in changes]
    ledger.write(name, {'snapshots': snapshots})
    try:
        for change in changes:
            if change.link is not None:
                _link(change.path, change.link)
            elif change.content is not None:
                _write(change.path, change.content)
            elif os.path.lexists(change.path):
                os.unlink(change.path)
                _sync_folder(os.path.dirname(change.path))
        is_good()
        ledger.write(name, {'snapshots': snapshots}, RECENT)
    except OSError as error:
        undo(snapshots, name)
        raise Problem(f'the change could not be written ({error.strerror}) and was taken back',
                      error.filename) from error
    except BaseException:
        undo(snapshots, name)
        raise
    ledger.forget(name)


def previous(name):
    """The changes (list of Change) that lead back from the last change of that name; empty when there was none."""
    record = ledger.read(name, RECENT) or {'snapshots': []}
    return [Change(snapshot['path'],
                   base64.b64decode(snapshot['content']) if 'content' in snapshot else None, snapshot.get('link'))
            for snapshot in reversed(record['snapshots'])]


def differs(change):
    """Whether a change would change anything."""
    if change.link is not None:
        return not os.path.islink(change.path) or os.readlink(change.path) != change.link
    if change.content is None:
        return os.path.lexists(change.path)
    return not exists(change.path) or read(change.path) != change.content


def undo(snapshots, name):
    """Put everything back byte for byte and forget the record.

    Raises:
        Problem: it cannot be put back; the record stays, so that the next run tries again.
    """
    try:
        for snapshot in reversed(snapshots):
            _put_back(snapshot)
        _leftovers(snapshots)
    except OSError as error:
        raise Problem(f'a change could not be taken back ({error.strerror})', error.filename,
                      cure='make the file writable and run again: the next run puts it back') from error
    ledger.forget(name)


def is_unfinished(name):
    """Whether a killed run has left something for `recover`."""
    return ledger.read(name) is not None


def recover(name, is_good):
    """Finish what a killed run left: keep its files when they are acceptable, else put the old ones back.

    Returns:
        str or None: what was done, one sentence; None when there was nothing to do.
    """
    record = ledger.read(name)
    if record is None:
        return None
    try:
        is_good()
    except Problem:
        undo(record['snapshots'], name)
        return 'An earlier run was cut short; the files that it changed were put back.'
    _leftovers(record['snapshots'])
    ledger.forget(name)
    return 'An earlier run was cut short; the files that it changed pass the test and were kept.'
