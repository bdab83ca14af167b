# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import pathlib
import stat

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._disk import atomic, ledger
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """The records go to a folder of the test, not to the system's."""
    monkeypatch.setattr(ledger, 'FOLDER', str(tmp_path / 'records'))
    monkeypatch.setattr(atomic, 'RECENT', str(tmp_path / 'recent'))
    monkeypatch.setattr(atomic, 'BACKUPS', str(tmp_path / 'backups'))


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
    return {path.name: (os.readlink(path) if path.is_symlink() else path.read_bytes(),
                        path.lstat().st_mtime_ns if path.is_symlink() else path.stat().st_mtime_ns,
                        stat.S_IMODE(path.lstat().st_mode)) for path in folder.iterdir()}


def changes(site):
    return [atomic.Change(str(site / 'link.conf'), b'new\n', None), atomic.Change(str(site / 'fresh.conf'), b'x', None),
            atomic.Change(str(site / 'fresh-link.conf'), None, 'fresh.conf')]


def test_all_changes_are_made_through_links_and_keep_the_mode(site, tmp_path):
    atomic.apply(changes(site), 'test', good)
    assert (site / 'real.conf').read_bytes() == b'new\n'
    assert stat.S_IMODE((site / 'real.conf').stat().st_mode) == 0o640
    assert os.readlink(site / 'link.conf') == 'real.conf'
    assert (site / 'fresh-link.conf').read_bytes() == b'x'
    assert sorted(path.name for path in site.iterdir()) == ['fresh-link.conf', 'fresh.conf', 'link.conf', 'real.conf']
    assert not (tmp_path / 'records').exists()


def test_nothing_is_changed_when_the_result_is_not_good(site, tmp_path):
    before = everything(site)
    with pytest.raises(Problem, match=r'^not accepted\.$'):
        atomic.apply([*changes(site), atomic.Change(str(site / 'real.conf'), None, None)], 'test', bad)
    assert everything(site) == before
    assert not (tmp_path / 'records').exists()


def test_nothing_is_changed_when_a_later_file_cannot_be_written(site, tmp_path):
    before = everything(site)
    with pytest.raises(Problem, match='was taken back'):
        atomic.apply([*changes(site), atomic.Change(str(site / 'missing' / 'x'), b'x', None)], 'test', good)
    assert everything(site) == before


def test_removal_of_a_link_leaves_its_target(site):
    atomic.apply([atomic.Change(str(site / 'link.conf'), None, None)], 'test', good)
    assert [path.name for path in site.iterdir()] == ['real.conf']


def test_hard_links_stay_together(site):
    os.link(site / 'real.conf', site / 'twin.conf')
    atomic.apply(changes(site), 'test', good)
    assert (site / 'twin.conf').read_bytes() == b'new\n'


@pytest.mark.parametrize('written', [0, 1, 2, 3])
def test_a_killed_run_is_put_back_or_kept_by_the_next(site, tmp_path, written):
    before = everything(site)

    class KilledError(BaseException):
        pass

    # What a killed run leaves: its record, and the first so many of its changes.
    ledger.write('test', {'snapshots': [atomic._snapshot_of(change) for change in changes(site)]})
    for change in changes(site)[:written]:
        atomic._link(change.path, change.link) if change.link else atomic._write(change.path, change.content)
    (site / ('.real.conf' + atomic._TEMPORARY)).write_bytes(b'half')
    half_way = {name: entry for name, entry in everything(site).items() if not name.startswith('.')}

    assert 'were kept' in atomic.recover('test', good)
    assert everything(site) == half_way
    assert atomic.recover('test', good) is None

    ledger.write('test', {'snapshots': [atomic._snapshot_of(change) for change in changes(site)]})
    assert everything(site) == half_way
    assert 'were put back' in atomic.recover('test', bad)
    if written == 0:
        assert everything(site) == before


def test_previous_leads_back(site):
    before = {name: entry[0] for name, entry in everything(site).items()}
    atomic.apply(changes(site), 'test', good)
    back = atomic.previous('test')
    assert all(atomic.differs(change) for change in back)
    atomic.apply(back, 'test', good)
    assert {name: entry[0] for name, entry in everything(site).items()} == before
    assert not any(atomic.differs(change) for change in back)


def test_backup_keeps_mode_and_stays_out_of_the_folder(site, tmp_path):
    copy = atomic.backup(str(site / 'link.conf'))
    assert os.path.dirname(copy) == str(tmp_path / 'backups')
    assert pathlib.Path(copy).read_bytes() == b'old\n'
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o640


def test_read_refuses_what_is_no_file(site):
    os.mkfifo(site / 'pipe')
    with pytest.raises(Problem, match='pipe: this is not a regular file'):
        atomic.read(str(site / 'pipe'))
    with pytest.raises(Problem, match='cannot be read'):
        atomic.read(str(site / 'nowhere'))
