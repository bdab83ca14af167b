# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locked file: read, rewritten in place, restored, recovered."""

import errno
import fcntl
import os

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import backups, journal
from ansible_collections.opmantek.omk.plugins.module_utils._files.locked import Locked
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

OLD = b'old content\n' * 100


@pytest.fixture
def path(tmp_path):
    file = tmp_path / 'opCommon.json'
    file.write_bytes(OLD)
    return file


def opened(path, **more):
    return Locked(
        str(path), write=True, exclusive=True, **dict({'timeout': 0, 'journals': str(journals_of(path))}, **more)
    )


def journals_of(path):
    return path.parent / 'journals'


def journal_of(path):
    """Where an edit of the file keeps its journal."""
    return journals_of(path) / journal.name_for(str(path))


def encoded(path, old, new):
    return journal.encode(str(path), path.stat().st_ino, old, new)


def names(path):
    return sorted(os.listdir(path.parent))


@pytest.mark.parametrize('new', [OLD + b'more', b'less', b'', OLD.replace(b'old', b'new'), b'x' + OLD, OLD])
def test_rewriting_keeps_the_inode_and_leaves_nothing_behind(path, new):
    inode = path.stat().st_ino
    with opened(path) as held:
        assert held.content == OLD
        assert held.rewrite(new) is None
        assert held.content == new
    assert path.read_bytes() == new and path.stat().st_ino == inode
    assert names(path) == ['opCommon.json']


def test_the_lock_is_held_within_the_block_only(path):
    with opened(path), open(path, 'rb') as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
    with open(path, 'rb') as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_readers_share(path):
    with Locked(str(path)), Locked(str(path), timeout=0) as second:
        assert second.content == OLD
        with pytest.raises(Problem, match='locked for 0 seconds'), opened(path):
            pass


def test_nothing_stays_open_after_a_refusal(path, tmp_path):
    before = len(os.listdir('/proc/self/fd'))
    for bad in (tmp_path, tmp_path / 'none'):
        with pytest.raises(Problem), opened(bad):
            pass
    with Locked(str(path)), pytest.raises(Problem), opened(path):
        pass
    assert len(os.listdir('/proc/self/fd')) == before


@pytest.mark.parametrize(
    ('failing', 'new', 'kept'),
    [
        ('pwrite', OLD + b'more', False),
        ('ftruncate', OLD + b'more', True),
        ('fsync', OLD + b'more', True),
        ('pwrite', b'less', False),
        ('ftruncate', b'less', False),
        ('fsync', b'less', True),
    ],
)
def test_a_disk_that_stays_broken(path, monkeypatch, failing, new, kept):
    """What can be restored is; else the journal stays, and the next run repairs."""
    real = getattr(os, failing)

    def broken(descriptor, *arguments):
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, *arguments)

    with opened(path) as held:
        monkeypatch.setattr(os, failing, broken)
        with pytest.raises(Problem, match='not be restored either' if kept else 'and is as it was') as caught:
            held.rewrite(new)
    monkeypatch.undo()
    left = journal_of(path)
    assert left.exists() == (str(left) in str(caught.value)) == kept
    assert not kept or left.stat().st_mode & 0o777 == 0o600
    assert kept or path.read_bytes() == OLD
    with opened(path) as held:
        assert bool(held.recover(lambda content: True)) == kept
    assert path.read_bytes() in (OLD, new) and names(path) == ['opCommon.json']


def leave(path, content, old, new):
    """What a killed run leaves."""
    path.write_bytes(content)
    journals_of(path).mkdir(mode=0o700)
    journal_of(path).write_bytes(encoded(path, old, new))


@pytest.mark.parametrize(
    ('content', 'after', 'said'),
    [
        (OLD, OLD, 'as it was before'),
        (OLD + b'\n\n', OLD, 'as it was before'),
        (OLD + b'more', OLD + b'more', 'complete now'),
        (OLD + b'mo\n\n', OLD, 'as it was before'),
        (b'somebody else wrote this', b'somebody else wrote this', 'changed since'),
    ],
)
def test_what_an_interrupted_rewrite_left_is_recovered(path, content, after, said):
    leave(path, content, OLD, OLD + b'more')
    with opened(path) as held:
        assert held.interrupted()
        assert said in held.recover(lambda content: True)
        assert held.content == after
        assert held.recover(lambda content: True) is None
    assert path.read_bytes() == after and names(path) == ['opCommon.json']


def test_what_is_damaged_by_somebody_else_is_left_with_the_copy(path):
    leave(path, b'damaged', OLD, OLD + b'more')
    with opened(path) as held, pytest.raises(Problem, match='changed since and is damaged'):
        held.recover(lambda content: False)
    assert path.read_bytes() == b'damaged' and journal_of(path).exists()


@pytest.mark.parametrize('content', [b'', b'something', journal.encode('/x', 1, OLD, b'new')[:-1]])
def test_a_journal_that_was_never_finished_is_dropped(path, content):
    journals_of(path).mkdir(mode=0o700)
    journal_of(path).write_bytes(content)
    with opened(path) as held:
        assert held.recover(lambda content: True) is None
    assert path.read_bytes() == OLD and names(path) == ['opCommon.json']


def test_a_journal_that_is_no_file_of_ours_is_not_followed(path):
    journals_of(path).mkdir(mode=0o700)
    left = journal_of(path)
    left.symlink_to('/etc/passwd')
    with opened(path) as held, pytest.raises(Problem, match='cannot be read'):
        held.recover(lambda content: True)
    left.unlink()
    os.mkfifo(left)
    with opened(path) as held, pytest.raises(Problem, match='not trusted'):
        held.recover(lambda content: True)
    left.unlink()
    (path.parent / 'forged').write_bytes(encoded(path, b'forged', OLD))
    os.link(str(path.parent / 'forged'), str(left))
    with opened(path) as held, pytest.raises(Problem, match='not trusted'):
        held.recover(lambda content: True)
    assert path.read_bytes() == OLD


def test_journals_in_a_folder_to_which_others_may_write_are_not_trusted(path):
    leave(path, OLD, b'forged', OLD)
    journals_of(path).chmod(0o777)
    with opened(path) as held, pytest.raises(Problem, match='only root can write to'):
        held.recover(lambda content: True)
    with opened(path) as held, pytest.raises(Problem, match='only root can write to'):
        held.rewrite(b'new')
    assert path.read_bytes() == OLD


def test_the_journal_of_another_file_says_nothing(path):
    leave(path, OLD, b'forged', OLD)
    path.rename(path.parent / 'kept')
    path.write_bytes(OLD)
    with opened(path) as held:
        assert 'changed since' in held.recover(lambda content: True)
    assert path.read_bytes() == OLD


def test_a_path_that_leads_elsewhere_while_we_wait_is_followed_anew(path, monkeypatch):
    other = path.parent / 'other'
    other.write_bytes(b'other')

    def flip(_self, _deadline):
        monkeypatch.undo()
        path.unlink()
        path.symlink_to('other')

    monkeypatch.setattr(Locked, '_lock', flip)
    with opened(path) as held:
        assert (held.content, held.real_path) == (b'other', str(other))


def test_backups_never_share_a_name(path, tmp_path):
    with opened(path) as held:
        kept = [held.back_up(str(tmp_path / 'backups')) for _turn in range(3)]
    assert len(set(kept)) == 3
    assert all(backups._free_name(name) != name for name in kept)
    assert not (tmp_path / 'backups').stat().st_mode & 0o077


def test_a_backup_that_cannot_be_written(path, tmp_path):
    (tmp_path / 'backups').write_text('in the way')
    with opened(path) as held, pytest.raises(Problem, match='no backup can be written'):
        held.back_up(str(tmp_path / 'backups'))
