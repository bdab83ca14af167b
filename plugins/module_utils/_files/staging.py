# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file or link put where it belongs in a single step (private to the collection).

It is made where Apache never looks and renamed into its place: ``Include FOLDER`` loads whatever lies in that folder
and below it, hidden files as well.
"""

import contextlib
import errno
import os
import stat
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import raw, records

NAME = '.opmantek.omk.staged'
_LABEL = 'security.selinux'


def places(path: str) -> t.List[str]:
    """Where something for this path (without links in its folder) may be made: folders (list of str), best first.

    The folder of the records, and from the top the folders above the path's own. Which can be used depends on the
    file systems; the last one, the path's own folder, always can.
    """
    folder = os.path.dirname(path)
    above = [folder]
    while os.path.dirname(above[-1]) != above[-1]:
        above.append(os.path.dirname(above[-1]))
    return [records.FOLDER, *(one for one in reversed(above) if one != os.sep or one == folder)]


def traits(path: str) -> t.Dict[str, t.Any]:
    """Owner, mode and extended attributes (access list, SELinux label) of a file, as data that JSON can hold."""
    state = os.stat(path)
    return {'owner': [state.st_uid, state.st_gid], 'mode': stat.S_IMODE(state.st_mode), 'attributes': _attributes(path)}


def write(path: str, content: bytes, like: t.Optional[t.Dict[str, t.Any]] = None) -> None:
    """Replace or make a file, through links; in place where a rename would tear hard links apart or meet a mount.

    Args:
        path (str)
        content (bytes)
        like (dict or None): the `traits` of a file that is made; by default those of any new file there.

    Raises:
        OSError: it could not be done. What was changed in place is perhaps neither the old nor the new file.
    """
    real = raw.real_path(path)
    found = raw.look(real)
    if found is not None and found.st_nlink > 1:
        _overwrite(real, content)
        return
    wanted = like or _usual_traits(real) if found is None else traits(real)
    try:
        _arrive(real, lambda staged: _make(staged, content, wanted))
    except OSError as error:
        if found is None or error.errno != errno.EBUSY:
            raise
        _overwrite(real, content)


def link(path: str, target: str) -> None:
    """Replace or make a symbolic link. Raises OSError."""
    _arrive(path, lambda staged: os.symlink(target, staged))


def remove(path: str) -> None:
    """Remove a file or link that may be there. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    raw.sync_folder(os.path.dirname(path))


def clean(path: str) -> None:
    """Remove what a killed run may have left for this path. Raises OSError."""
    for one in sorted({path, raw.real_path(path)}):
        for place in places(one):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(os.path.join(place, NAME))


def _attributes(path: str, names: t.Optional[t.Tuple[str]] = None) -> t.Dict[str, str]:
    found = {}
    try:
        for name in os.listxattr(path):
            if names is None or name in names:
                found[name] = os.getxattr(path, name).decode('latin-1')
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
    return found


def _usual_traits(path: str) -> t.Dict[str, t.Any]:
    """Those of a new file: what SELinux lets Apache read is what its neighbours are labelled as."""
    return {
        'owner': [os.geteuid(), os.getegid()],
        'mode': 0o644,
        'attributes': _attributes(os.path.dirname(path), (_LABEL,)),
    }


def _make(staged: str, content: bytes, wanted: t.Dict[str, t.Any]) -> None:
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        raw.write_all(descriptor, content, 0)
        os.fchown(descriptor, *wanted['owner'])
        os.fchmod(descriptor, wanted['mode'])
        for name, value in sorted(wanted['attributes'].items()):
            try:
                os.setxattr(descriptor, name, value.encode('latin-1'))
            except OSError as error:
                if error.errno not in (errno.ENOTSUP, errno.EPERM):
                    raise
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _arrive(path: str, make: t.Callable[..., t.Any]) -> None:
    """Have something made at the best of the `places` and rename it to its path."""
    folder = os.path.dirname(path)
    device = os.stat(folder).st_dev
    for place in places(path):
        state = raw.look(place, follow=True)
        if state is None or state.st_dev != device:
            continue
        staged = os.path.join(place, NAME)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(staged)
        try:
            make(staged)
            os.rename(staged, path)
            break
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(staged)
            # Another mount of the same file system.
            if getattr(error, 'errno', None) != errno.EXDEV or place == folder:
                raise
    raw.sync_folder(folder)


def _overwrite(path: str, content: t.Any) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        raw.overwrite(descriptor, raw.read_all(descriptor), content)
    finally:
        os.close(descriptor)
