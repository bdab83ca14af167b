# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole-file changes of configuration, as one transaction (private to the collection).

A change of several files is recorded, with what was there before, before the first byte is written, so that a run that
was killed can be undone by the next one.
"""

import base64
import binascii
import contextlib
import functools
import os
import stat
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import backups, journal, raw, records, staging
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: Where it is kept, until the next boot, how the last change is rolled back.
RECENT = '/run/opmantek.omk'


class Change(t.NamedTuple):
    """One file to change: content for a file, link for a symbolic link, both None to remove it."""

    path: str
    content: t.Optional[bytes]
    link: t.Optional[str]


def _looked_at(path: str, look: t.Callable[[], t.Any]) -> t.Any:
    """What `look` returns; where the system refuses to tell, nobody may take that for "not there"."""
    try:
        return look()
    except OSError as error:
        raise Problem(f'it cannot be examined ({error.strerror})', path) from error


def exists(path: str) -> bool:
    """Whether something is there (a dangling link counts as not).

    Raises:
        Problem: the system does not tell; so do the other functions that look at a path.
    """
    return _looked_at(path, lambda: raw.look(path, follow=True)) is not None


def real(path: str) -> str:
    """The path without symbolic links."""
    return _looked_at(path, lambda: raw.real_path(path))


def same_file(one: str, other: str) -> bool:
    """Whether two paths lead to the same file."""
    return real(one) == real(other)


def read(path: str) -> bytes:
    """The bytes of a regular file.

    Raises:
        Problem: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Problem('this is not a regular file', path)
            return raw.read_all(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Problem(f'the file cannot be read ({error.strerror})', path) from error


def modified(path: str) -> t.Optional[float]:
    """When the file, or a link on the way to it, last changed: seconds since the epoch; None when it is not there."""
    states = [_looked_at(path, lambda: raw.look(path, follow=True)), _looked_at(path, lambda: raw.look(path))]
    return None if None in states else max(state.st_mtime for state in states)


def replaced(path: str) -> t.Optional[float]:
    """The same, whatever time stamp somebody has given the file."""
    states = [_looked_at(path, lambda: raw.look(path, follow=True)), _looked_at(path, lambda: raw.look(path))]
    return None if None in states else max(state.st_ctime for state in states)


def discard(path: str) -> None:
    """Remove a file, or an empty folder, that may be there and that nobody misses."""
    with contextlib.suppress(OSError):
        (os.rmdir if os.path.isdir(path) else os.unlink)(path)


def touch(path: str) -> None:
    """Have an empty file that nobody misses when it cannot be made."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644))


def names_in(folder: str) -> t.Set[str]:
    """The names in a folder (set of str); empty when there is none."""
    try:
        return set(os.listdir(folder))
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise Problem(f'the folder cannot be read ({error.strerror})', folder) from error


@contextlib.contextmanager
def links_kept(folder: str) -> t.Iterator[None]:
    """Take back the links that come into a folder (str) in the ``with`` block when that ends with a Problem."""
    before = names_in(folder)
    try:
        yield
    except Problem:
        for name in names_in(folder) - before:
            path = os.path.join(folder, name)
            try:
                staging.remove(path)
            except OSError as error:
                raise Problem(
                    f'a change could not be undone ({error.strerror})', path, cure='remove this link'
                ) from error
        raise


def _content_at(path: str) -> t.Optional[str]:
    """What stands in the file at a path, as it is recorded (str), or None."""
    return base64.b64encode(read(path)).decode('ascii') if raw.look(path, follow=True) is not None else None


def _link_at(path: str) -> t.Optional[str]:
    """The target of the link at a path, or None."""
    state = raw.look(path)
    return os.readlink(path) if state is not None and stat.S_ISLNK(state.st_mode) else None


def _place(change: Change) -> str:
    """The path at which a change is made: a file's content is changed through links, links themselves are not."""
    return change.path if change.content is None else raw.real_path(change.path)


def _snapshot(change: Change) -> t.Dict[str, t.Any]:
    """What stands now where a change is pending, as data that JSON can hold."""
    path = _place(change)
    target, content = _link_at(path), None
    if target is None:
        content = _content_at(path)
    snapshot: t.Dict[str, t.Any] = {'path': path, 'link': target, 'content': content}
    if content is not None:
        state = os.stat(path)
        snapshot.update(staging.traits(path), times=[state.st_atime_ns, state.st_mtime_ns])
    return snapshot


def _encoded(change: Change) -> t.Dict[str, t.Any]:
    content = None if change.content is None else base64.b64encode(change.content).decode('ascii')
    return {'content': content, 'link': change.link}


def _make(change: Change) -> None:
    if change.link is not None:
        staging.link(change.path, change.link)
    elif change.content is not None:
        staging.write(change.path, change.content)
    else:
        staging.remove(change.path)


def _restore(snapshot: t.Dict[str, t.Any]) -> None:
    path = snapshot['path']
    if snapshot['link'] is not None:
        if _link_at(path) != snapshot['link']:
            staging.link(path, snapshot['link'])
    elif snapshot['content'] is not None:
        if _content_at(path) != snapshot['content']:
            staging.write(path, base64.b64decode(snapshot['content']), snapshot)
        # The old time too: what was restored needs no restart.
        if os.stat(path).st_mtime_ns != snapshot['times'][1]:
            os.utime(path, ns=tuple(snapshot['times']))
    elif raw.look(path) is not None:
        staging.remove(path)


def _clean(snapshots: t.List[t.Dict[str, t.Any]]) -> None:
    """Remove what a killed run may have left beside the files of its transaction."""
    for snapshot in snapshots:
        staging.clean(snapshot['path'])
        with contextlib.suppress(FileNotFoundError):
            os.unlink(backups.unfinished(raw.real_path(snapshot['path'])))


def _back_up(paths: t.Iterable[str]) -> t.List[str]:
    """Copies (list of str) of the files among the paths."""
    files = sorted({raw.real_path(path) for path in paths if raw.look(path, follow=True) is not None})
    return [backups.keep(path, read(path), os.stat(path)) for path in files]


def _set_recent(name: str, record: t.Optional[t.Dict[str, t.Any]]) -> None:
    """Keep how a change is rolled back (dict), or nothing (None)."""
    if record is None:
        records.forget(name, RECENT)
    else:
        records.write(name, record, RECENT)


def apply(
    changes: t.List[Change], name: str, is_good: t.Callable[[], None], backup: bool = False, is_rollback: bool = False
) -> t.List[str]:
    """Make all changes, or none.

    Args:
        changes (list of Change)
        name (str): under which a killed run is recognised (see `recover`).
        is_good (callable): called when all is written; raises Problem when the result is not acceptable.
        backup (bool): whether to keep a copy of each file that is about to change.
        is_rollback (bool): whether this rolls back the last change, after which there is nothing left to roll back.

    Returns:
        list of str: the copies.

    Raises:
        Problem: a change could not be made or the result was not acceptable; everything is as before.
    """
    try:
        snapshots = [_snapshot(change) for change in changes]
    except OSError as error:
        raise Problem(f'the file cannot be read ({error.strerror})', error.filename) from error
    record: t.Dict[str, t.Any] = {
        'snapshots': snapshots,
        'changes': [_encoded(change) for change in changes],
        'is_rollback': is_rollback,
    }
    record['id'] = _new_id()
    earlier, copies = records.read(name, RECENT), []
    try:
        records.write(name, record)
        if backup:
            copies = _back_up([change.path for change in changes if change.link is None])
        for change in changes:
            _make(change)
        is_good()
        _set_recent(name, None if is_rollback else record)
        records.forget(name)
    except BaseException as error:
        undo(snapshots, name)
        for copy in copies:
            discard(copy)
        if records.read(name, RECENT) != earlier:
            _set_recent(name, earlier)
        if isinstance(error, OSError):
            raise Problem(
                f'the change could not be written ({error.strerror}) and was undone',
                error.filename if isinstance(error.filename, str) else None,
                cure='check space and permissions there',
            ) from error
        raise
    return copies


def previous(name: str) -> t.List[Change]:
    """The changes (list of Change) that lead back from the last change of that name; empty when there was none.

    Raises:
        Problem: somebody has changed one of these files since.
    """
    record = records.read(name, RECENT) or {'snapshots': [], 'changes': []}
    for snapshot, wanted in zip(record['snapshots'], record['changes']):
        if _looked_at(snapshot['path'], functools.partial(_standing, snapshot, wanted)) == journal.OTHER:
            raise Problem(
                'this file has been changed since, so nothing is taken back',
                snapshot['path'],
                cure=f'look at it, and at the copies in {backups.FOLDER}',
            )
    return [
        Change(
            snapshot['path'],
            None if snapshot['content'] is None else base64.b64decode(snapshot['content']),
            snapshot['link'],
        )
        for snapshot in reversed(record['snapshots'])
    ]


def latest(name: str) -> t.Optional[str]:
    """What identifies the last change of that name (str), or None when none can be rolled back."""
    return (records.read(name, RECENT) or {}).get('id')


def record_no_change_of_files(name: str) -> None:
    """Make the last change of that name one that changed no file: what came before can no longer be rolled back."""
    _set_recent(name, {'snapshots': [], 'changes': [], 'id': _new_id()})


def _new_id() -> str:
    return binascii.hexlify(os.urandom(8)).decode()


def differs(change: Change) -> bool:
    """Whether a change would change anything."""

    def look() -> bool:
        if change.link is not None:
            return _link_at(change.path) != change.link
        if change.content is None:
            return raw.look(change.path) is not None
        return raw.look(change.path, follow=True) is None or read(change.path) != change.content

    return _looked_at(change.path, look)


def undo(snapshots: t.List[t.Dict[str, t.Any]], name: str, keep: t.Container[str] = ()) -> None:
    """Restore everything byte for byte and forget the record.

    Args:
        snapshots (list of dict): of the record.
        name (str): its name.
        keep (iterable of str): paths that are to stay as they are.

    Raises:
        Problem: it cannot be restored; the record stays, so that the next run tries again.
    """
    try:
        for snapshot in reversed(snapshots):
            if snapshot['path'] not in keep:
                _restore(snapshot)
        _clean(snapshots)
    except OSError as error:
        raise Problem(
            f'a change could not be undone ({error.strerror})',
            error.filename if isinstance(error.filename, str) else None,
            cure='check space and permissions there and run again: the next run undoes it',
        ) from error
    records.forget(name)


def _standing(snapshot: t.Dict[str, t.Any], wanted: t.Dict[str, t.Any]) -> str:
    """How a path compares with the two states that its record knows (see `journal.compare`)."""
    path = snapshot['path']
    target = _link_at(path)
    content = _content_at(path) if target is None else None
    for state, recorded in ((journal.NEW, wanted), (journal.OLD, snapshot)):
        if (target, content) == (recorded['link'], recorded['content']):
            return state
    states = [content, snapshot['content'], wanted['content']]
    if None not in states and journal.compare(*map(base64.b64decode, states)) != journal.OTHER:
        return journal.TORN
    return journal.OTHER


def is_unfinished(name: str) -> bool:
    """Whether a killed run has left something for `recover`."""
    return records.read(name) is not None


def recover(name: str, is_good: t.Callable[[], None]) -> t.Optional[str]:
    """Finish or undo what a killed run left.

    Its files are kept when all are written and acceptable, else the old ones are restored. A file that somebody has
    changed since is left as it is.

    Args:
        name (str): as given to `apply`.
        is_good (callable): raises Problem when the files as they are now are not acceptable.

    Returns:
        str or None: what was done, one or two sentences; None when there was nothing to do.

    Raises:
        Problem: it cannot be done; the record stays.
    """
    for folder in (None, RECENT):
        records.tidy(name, folder)
    record = records.read(name)
    if record is None:
        return None
    snapshots = record['snapshots']
    try:
        standing = {one['path']: _standing(one, wanted) for one, wanted in zip(snapshots, record['changes'])}
    except OSError as error:
        raise Problem(
            f'what an interrupted run has left cannot be examined ({error.strerror})', error.filename
        ) from error
    states = set(standing.values())
    strangers = [path for path in standing if standing[path] == journal.OTHER]
    kept = journal.TORN not in states and (journal.OLD not in states or bool(strangers))
    if kept:
        try:
            is_good()
        except Problem:
            kept = False
    if kept:
        _set_recent(name, None if record['is_rollback'] else record)
    undo(snapshots, name, standing if kept else strangers)
    if states == {journal.OLD}:
        return None
    said = 'pass the test and were kept' if kept else 'were restored'
    said = f'An earlier run was cut short; the files that it changed {said}.'
    return said + (f' Changed by somebody else since, and left: {", ".join(strangers)}.' if strangers else '')
