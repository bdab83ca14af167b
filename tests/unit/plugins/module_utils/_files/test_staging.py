# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a file is made before it gets its name, and what it takes over from the one that it replaces."""

import errno
import os

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, staging


@pytest.fixture
def record_folder(tmp_path, monkeypatch):
    folder = tmp_path / 'records'
    folder.mkdir()
    monkeypatch.setattr(records, 'FOLDER', str(folder))
    return folder


@pytest.fixture
def site(tmp_path):
    """A file below two folders, as Apache has it."""
    folder = tmp_path / 'apache' / 'sites'
    folder.mkdir(parents=True)
    (folder / 'site.conf').write_bytes(b'old\n')
    return folder / 'site.conf'


@pytest.fixture
def renames(monkeypatch):
    """Where files were made that were then renamed; those below `refused` seem to lie on another mount."""
    seen, refused, rename = [], [], os.rename

    def watched(source, target):
        seen.append(os.path.dirname(source))
        if seen[-1] in refused:
            raise OSError(errno.EXDEV, 'another mount')
        rename(source, target)

    monkeypatch.setattr(os, 'rename', watched)
    return seen, refused


def test_a_file_is_made_where_the_records_are(record_folder, site, renames):
    staging.write(str(site), b'new\n')
    staging.link(str(site.parent / 'link'), 'site.conf')
    assert renames[0] == [str(record_folder)] * 2
    assert site.read_bytes() == b'new\n' and os.readlink(site.parent / 'link') == 'site.conf'
    assert os.listdir(record_folder) == [] and sorted(os.listdir(site.parent)) == ['link', 'site.conf']


def test_places_are_never_below_the_files_folder_and_never_the_root():
    assert staging.places('/etc/apache2/sites-available/x.conf') == [
        records.FOLDER,
        '/etc',
        '/etc/apache2',
        '/etc/apache2/sites-available',
    ]
    assert staging.places('/x.conf') == [records.FOLDER, '/']


def test_another_mount_of_the_same_file_system_is_passed_over(record_folder, site, renames):
    seen, refused = renames
    refused += [str(record_folder), *staging.places(str(site))[1:-2]]
    staging.write(str(site), b'new\n')
    assert seen[-1] == str(site.parent.parent)
    assert site.read_bytes() == b'new\n'
    assert staging.NAME not in {name for place in staging.places(str(site)) for name in os.listdir(place)}


def test_where_nothing_else_is_possible_the_own_folder_serves(record_folder, site, renames):
    seen, refused = renames
    refused += staging.places(str(site))[:-1]
    staging.write(str(site), b'new\n')
    assert seen[-1] == str(site.parent) and os.listdir(site.parent) == ['site.conf']
    refused.append(str(site.parent))
    with pytest.raises(OSError, match='another mount'):
        staging.write(str(site), b'newer\n')
    assert site.read_bytes() == b'new\n' and os.listdir(site.parent) == ['site.conf']


def test_another_file_system_is_passed_over(site, renames, monkeypatch):
    monkeypatch.setattr(records, 'FOLDER', '/dev/shm')
    assert os.stat('/dev/shm').st_dev != site.stat().st_dev
    staging.write(str(site), b'new\n')
    assert '/dev/shm' not in renames[0] and site.read_bytes() == b'new\n'


def test_a_file_on_which_something_is_mounted_is_written_in_place(record_folder, site, monkeypatch):
    def busy(source, target):
        raise OSError(errno.EBUSY, 'what rename(2) says of a mount point')

    inode = site.stat().st_ino
    monkeypatch.setattr(os, 'rename', busy)
    staging.write(str(site), b'new\n')
    assert site.read_bytes() == b'new\n' and site.stat().st_ino == inode
    with pytest.raises(OSError, match='mount point'):
        staging.write(str(site.parent / 'other'), b'new\n')
    assert os.listdir(record_folder) == []


def test_attributes_are_taken_over(record_folder, site, monkeypatch):
    os.setxattr(site, 'user.one', b'\xff1')
    staging.write(str(site), b'new\n')
    assert os.getxattr(site, 'user.one') == b'\xff1'
    kept = staging.traits(str(site))
    site.unlink()
    staging.write(str(site), b'new\n', kept)
    assert staging.traits(str(site)) == kept
    # A new file is labelled as its folder is, or SELinux would keep Apache from it.
    monkeypatch.setattr(staging, '_LABEL', 'user.label')
    os.setxattr(site.parent, 'user.label', b'httpd_config_t')
    os.setxattr(site.parent, 'user.other', b'x')
    staging.write(str(site.parent / 'new.conf'), b'new\n')
    assert staging.traits(str(site.parent / 'new.conf'))['attributes'] == {'user.label': 'httpd_config_t'}
