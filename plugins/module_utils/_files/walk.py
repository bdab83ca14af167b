# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a file in folders that somebody else may own (private to the collection).

The modules run as root, and OMK's folders commonly belong to a service account. Whoever owns a folder can put a link
there, and change it at any moment. So a path is walked once, component by component, each opened below the one before;
what is decided is decided on what is open. A link is followed as text, so that the kernel's own links below /proc lead
nowhere else, and only where root or the owner of what it leads to has made it: nobody can point root at a file that is
not theirs. Sources: open(2), symlink(7), path_resolution(7).
"""

import errno
import os
import stat
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

_MOST_LINKS = 40  # as the kernel has it
_LOOK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class Found(t.NamedTuple):
    """What a path leads to; whoever gets it closes the descriptor."""

    descriptor: int  # opened with O_PATH: says what it is, can neither be read nor written
    real_path: str  # the path without links
    state: os.stat_result
    folder_owner: int  # of the folder in which it stands


class _Link(t.NamedTuple):
    """A link whose target is being walked."""

    path: str
    owner: int


def find(path: str) -> Found:
    """Walk to a file.

    Args:
        path: absolute, or relative to the current folder.

    Raises:
        OSError: the system refuses, or nothing is there.
        Problem: a link on the way is not to be followed.
    """
    # What is still to be walked, the next one last; a _Link stands where its target ends.
    ahead: t.List[t.Union[str, _Link]] = []
    _push(ahead, os.path.join(os.getcwd(), path))
    names: t.List[str] = []
    links = folder_owner = 0
    here = os.open(os.sep, _LOOK | os.O_DIRECTORY)
    try:
        while ahead:
            step = ahead.pop()
            if isinstance(step, _Link):
                _check(step, os.fstat(here), names)
                continue
            below = os.open(step, _LOOK, dir_fd=here)
            try:
                state = os.fstat(below)
                if not stat.S_ISLNK(state.st_mode):
                    folder_owner = os.fstat(here).st_uid
                    here, below = below, here
                    _note(names, step)
                    continue
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                link = os.sep + os.sep.join([*names, step])
                _refuse_proc(link, state)
                target = os.readlink('', dir_fd=below)
                ahead.append(_Link(link, state.st_uid))
                _push(ahead, target)
                if target.startswith(os.sep):
                    names.clear()
                    os.close(here)
                    here = -1
                    here = os.open(os.sep, _LOOK | os.O_DIRECTORY)
            finally:
                os.close(below)
        return Found(here, os.sep + os.sep.join(names), os.fstat(here), folder_owner)
    except BaseException:
        if here != -1:
            os.close(here)
        raise


def reopen(found: Found, flags: int) -> int:
    """A descriptor for reading or writing of just what was found.

    Args:
        found
        flags: of open(2).

    Raises:
        OSError: the system refuses.
    """
    # The one link below /proc that is meant: it leads to what the descriptor is, whatever the path leads to by now.
    return os.open(f'/proc/self/fd/{found.descriptor}', flags | os.O_CLOEXEC)


def names_in(folder: str) -> t.List[str]:
    """The names in a folder that `find` finds.

    Args:
        folder: its path.

    Raises:
        OSError: the system refuses, or there is no such folder.
        Problem: a link on the way is not to be followed.
    """
    found = find(folder)
    try:
        descriptor = reopen(found, os.O_RDONLY | os.O_DIRECTORY)
    finally:
        os.close(found.descriptor)
    try:
        return os.listdir(descriptor)
    finally:
        os.close(descriptor)


def _push(ahead: t.List[t.Union[str, _Link]], path: str) -> None:
    ahead.extend(reversed([part for part in path.split(os.sep) if part not in ('', os.curdir)]))


def _note(names: t.List[str], step: str) -> None:
    if step != os.pardir:
        names.append(step)
    elif names:
        names.pop()


def _check(link: _Link, state: os.stat_result, names: t.List[str]) -> None:
    if link.owner not in (0, state.st_uid):
        raise Problem(
            f'this link belongs to another user (uid {link.owner}) than what it leads to, '
            f'{os.sep + os.sep.join(names)} (uid {state.st_uid}), so it is not followed',
            link.path,
            cure='have root own the link (chown -h root), or name the file itself',
        )


def _refuse_proc(path: str, state: os.stat_result) -> None:
    try:
        inside = state.st_dev == os.stat('/proc').st_dev
    except OSError:
        return
    if inside:
        raise Problem('this link below /proc is not followed', path, cure='name the file itself')
