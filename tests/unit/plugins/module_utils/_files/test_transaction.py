# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import pathlib
import stat

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import backups, records, staging, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """The records go to a folder of the test, not to the system's."""
    monkeypatch.setattr(records, 'FOLDER', str(tmp_path / 'records'))
    monkeypatch.setattr(transaction, 'RECENT', str(tmp_path / 'recent'))
    monkeypatch.setattr(backups, 'FOLDER', str(tmp_path / 'backups'))


@pytest.fixture
def site(tmp_path):
    """A file, a link to it, and a name that is free, as Apache's folders have them."""
    folder = tmp_path / 'sites'
    folder.mkdir()
    (folder / 'real.conf').write_bytes(b'old\n')
    (folder / 'real.conf').chmod(0o640)
    os.utime(folder / 'real.conf', ns=(1_000_000_000, 2_000_000_000))
    (folder / 'link.conf').symlink_to('real.conf')
    return folder


def good():
    """Everything is accepted."""


def bad():
    raise Problem('not accepted')


def everything(folder):
    return {
        path.name: (
            os.readlink(path) if path.is_symlink() else path.read_bytes(),
            path.lstat().st_mtime_ns if path.is_symlink() else path.stat().st_mtime_ns,
            stat.S_IMODE(path.lstat().st_mode),
        )
        for path in folder.iterdir()
    }


def contents(folder):
    return {name: entry[0] for name, entry in everything(folder).items()}


def changes(site):
    return [
        transaction.Change(str(site / 'link.conf'), b'new\n', None),
        transaction.Change(str(site / 'fresh.conf'), b'x', None),
        transaction.Change(str(site / 'fresh-link.conf'), None, 'fresh.conf'),
    ]


def test_all_changes_are_made_through_links_and_keep_the_mode(site, tmp_path):
    transaction.apply(changes(site), 'test', good)
    assert (site / 'real.conf').read_bytes() == b'new\n'
    assert stat.S_IMODE((site / 'real.conf').stat().st_mode) == 0o640
    assert os.readlink(site / 'link.conf') == 'real.conf'
    assert (site / 'fresh-link.conf').read_bytes() == b'x'
    assert sorted(path.name for path in site.iterdir()) == ['fresh-link.conf', 'fresh.conf', 'link.conf', 'real.conf']
    assert not (tmp_path / 'records').exists()


def test_nothing_is_changed_when_the_result_is_not_good(site, tmp_path):
    before = everything(site)
    with pytest.raises(Problem, match=r'^not accepted\.$'):
        transaction.apply([*changes(site), transaction.Change(str(site / 'real.conf'), None, None)], 'test', bad)
    assert everything(site) == before
    assert not (tmp_path / 'records').exists()


def test_nothing_is_changed_when_a_later_file_cannot_be_written(site, tmp_path):
    before = everything(site)
    with pytest.raises(Problem, match='was undone'):
        transaction.apply([*changes(site), transaction.Change(str(site / 'missing' / 'x'), b'x', None)], 'test', good)
    assert everything(site) == before


def test_removal_of_a_link_leaves_its_target(site):
    transaction.apply([transaction.Change(str(site / 'link.conf'), None, None)], 'test', good)
    assert [path.name for path in site.iterdir()] == ['real.conf']


def test_hard_links_stay_together(site):
    os.link(site / 'real.conf', site / 'twin.conf')
    transaction.apply(changes(site), 'test', good)
    assert (site / 'twin.conf').read_bytes() == b'new\n'


def cut_short(site, written):
    """What a run leaves that is killed after so many of its changes: its record and something unfinished."""
    records.write(
        'test',
        {
            'snapshots': [transaction._snapshot(change) for change in changes(site)],
            'changes': [transaction._encoded(change) for change in changes(site)],
            'is_rollback': False,
        },
    )
    for change in changes(site)[:written]:
        transaction._make(change)
    pathlib.Path(records.FOLDER, staging.NAME).write_bytes(b'half')
    (site / staging.NAME).write_bytes(b'half')


@pytest.mark.parametrize('written', [0, 1, 2])
@pytest.mark.parametrize('is_good', [good, bad])
def test_what_a_killed_run_left_half_done_is_restored(site, tmp_path, written, is_good):
    before = everything(site)
    cut_short(site, written)
    said = transaction.recover('test', is_good)
    assert said is None if written == 0 else 'were restored' in said
    assert everything(site) == before
    assert not (tmp_path / 'records').exists()
    assert transaction.recover('test', good) is None


def test_what_a_killed_run_had_finished_is_kept_when_it_is_good(site, tmp_path):
    cut_short(site, 3)
    assert 'were kept' in transaction.recover('test', good)
    assert contents(site) == {
        'real.conf': b'new\n',
        'link.conf': 'real.conf',
        'fresh.conf': b'x',
        'fresh-link.conf': 'fresh.conf',
    }
    assert not (tmp_path / 'records').exists()
    transaction.apply(transaction.previous('test'), 'test', good)
    assert contents(site) == {'real.conf': b'old\n', 'link.conf': 'real.conf'}


def test_what_a_killed_run_had_finished_is_restored_when_it_is_not_good(site, tmp_path):
    before = everything(site)
    cut_short(site, 3)
    assert 'were restored' in transaction.recover('test', bad)
    assert everything(site) == before
    assert not (tmp_path / 'records').exists()


@pytest.mark.parametrize(('is_good', 'word'), [(good, 'were kept'), (bad, 'were restored')])
def test_what_somebody_changed_since_is_left(site, is_good, word):
    cut_short(site, 2)
    (site / 'real.conf').write_bytes(b'by somebody else\n')
    said = transaction.recover('test', is_good)
    assert word in said and said.endswith(f'left: {site}/real.conf.')
    assert (site / 'real.conf').read_bytes() == b'by somebody else\n'
    assert (site / 'fresh.conf').exists() is (is_good is good)
    assert staging.NAME not in os.listdir(site)


@pytest.mark.parametrize('torn', [b'short\n\n\n\n\n', b'longer one\n', b'long\n', b'longer\n'])
def test_a_file_that_was_torn_in_place_is_restored(site, torn):
    (site / 'real.conf').write_bytes(b'short\n')
    os.link(site / 'real.conf', site / 'twin.conf')
    before = everything(site)
    change = transaction.Change(str(site / 'real.conf'), b'longer one\n', None)
    records.write(
        'test',
        {'snapshots': [transaction._snapshot(change)], 'changes': [transaction._encoded(change)], 'is_rollback': False},
    )
    torn_there = torn in (b'short\n\n\n\n\n', b'longer one\n')
    (site / 'real.conf').write_bytes(torn)
    said = transaction.recover('test', bad)
    if torn_there:
        assert everything(site) == before
    else:
        assert f'left: {site}/real.conf' in said


def test_a_record_that_was_never_finished_is_removed(tmp_path):
    for folder in (None, transaction.RECENT):
        records.write('test', {'snapshots': [], 'changes': []}, folder)
        os.rename(records._path('test', folder), records._path('test', folder) + '.new')
    assert transaction.recover('test', good) is None
    assert not (tmp_path / 'records').exists() and not (tmp_path / 'recent').exists()


def test_previous_leads_back(site):
    before = contents(site)
    transaction.apply(changes(site), 'test', good)
    back = transaction.previous('test')
    assert all(transaction.differs(change) for change in back)
    transaction.apply(back, 'test', good, is_rollback=True)
    assert contents(site) == before
    assert not any(transaction.differs(change) for change in back)
    assert transaction.previous('test') == []


def test_a_rollback_that_is_not_the_last_one_is_forgotten(site):
    transaction.apply(changes(site), 'test', good)
    first = transaction.latest('test')
    transaction.record_no_change_of_files('test')
    assert transaction.previous('test') == []
    assert transaction.latest('test') not in (None, first)


def test_what_somebody_has_changed_since_is_not_taken_back(site):
    transaction.apply(changes(site), 'test', good)
    (site / 'real.conf').write_bytes(b'by an admin\n')
    with pytest.raises(Problem, match='changed since, so nothing is taken back'):
        transaction.previous('test')


def test_the_rollback_survives_a_change_that_fails(site):
    transaction.apply(changes(site), 'test', good)
    back = transaction.previous('test')
    for is_rollback in (False, True):
        with pytest.raises(Problem):
            transaction.apply([transaction.Change(str(site / 'x'), b'x', None)], 'test', bad, is_rollback=is_rollback)
        assert transaction.previous('test') == back


def test_backup_keeps_mode_and_stays_out_of_the_folder(site, tmp_path):
    [copy] = transaction.apply(changes(site), 'test', good, backup=True)
    assert copy.startswith(f'{tmp_path}/backups{site}/real.conf.20')
    assert pathlib.Path(copy).read_bytes() == b'old\n'
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o640
    assert 'real.conf.1' not in os.listdir(site)


def test_a_change_that_is_taken_back_leaves_no_backup(site, tmp_path):
    with pytest.raises(Problem):
        transaction.apply(changes(site), 'test', bad, backup=True)
    assert not [path for path in (tmp_path / 'backups').rglob('*') if path.is_file()]


def test_links_that_came_before_a_problem_are_taken_back(site):
    before = everything(site)
    with pytest.raises(Problem, match='not accepted'), transaction.links_kept(str(site)):
        (site / 'fresh-link.conf').symlink_to('real.conf')
        bad()
    assert everything(site) == before
    with transaction.links_kept(str(site)):
        (site / 'fresh-link.conf').symlink_to('real.conf')
    assert 'fresh-link.conf' in contents(site)


def test_read_refuses_what_is_no_file(site):
    os.mkfifo(site / 'pipe')
    with pytest.raises(Problem, match='pipe: this is not a regular file'):
        transaction.read(str(site / 'pipe'))
    with pytest.raises(Problem, match='cannot be read'):
        transaction.read(str(site / 'nowhere'))
