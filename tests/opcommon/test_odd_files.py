# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module on files and file systems that are not what one expects: a clear sentence, and nothing else changed."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

HERE = pathlib.Path(__file__).parent
COLLECTIONS = HERE.parents[1] / '.collections'
START = b'{\n   "a" : {},\n   "omkd" : {\n      "b" : "c"\n   }\n}\n'
AFTER = START.replace(b'"c"', b'"c",\n      "websocket_proxy_port" : "443"')
SETUP = textwrap.dedent("""
    import os, sys, json, subprocess, pathlib
    from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
    from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
    folder = pathlib.Path(sys.argv[1]); path = folder / 'conf' / 'opCommon.json'
    def change(state='present', value='443', file=path, **more):
        try:
            return files.change(str(file), 'websocket_proxy_port', state, value, timeout=2,
                                         records=str(folder / 'records'), backups=str(folder / 'backups'), **more)
        except Problem as problem:
            return str(problem)
    def mount(*arguments):
        subprocess.run(['mount', *map(str, arguments)], check=True)
""")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'conf').mkdir()
    (tmp_path / 'conf/opCommon.json').write_bytes(START)
    return tmp_path


def run(folder, code, *prefix):
    """Run code after SETUP in a process and mount namespace of its own; what it printed as JSON."""
    environment = dict(os.environ, PYTHONPATH=str(COLLECTIONS), PYTHONDONTWRITEBYTECODE='1', LC_ALL='C')
    done = subprocess.run(
        ['unshare', '-m', *prefix, sys.executable, '-c', SETUP + textwrap.dedent(code), str(folder)],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert not done.returncode, done.stderr.decode()
    return json.loads(done.stdout)


def conf(folder):
    return sorted(path.name for path in (folder / 'conf').iterdir())


def test_a_read_only_file_system(folder):
    said, unchanged, content = run(
        folder,
        """
        mount('--bind', folder / 'conf', folder / 'conf'); mount('-o', 'remount,ro,bind', folder / 'conf')
        print(json.dumps([change(), change('absent'), path.read_bytes().decode()]))
    """,
    )
    assert 'Read-only file system' in said and str(folder / 'conf/opCommon.json') in said
    assert unchanged['changed'] is False
    assert content.encode() == START


@pytest.mark.parametrize('left', [0, 1, 2, 3, 4])
def test_a_full_disk(folder, left):
    said, content, names, again = run(
        folder,
        f"""
        mount('-t', 'tmpfs', '-o', 'size=' + str(4096 * 6), 'tmpfs', folder / 'conf')
        path.write_bytes({START!r}.ljust(4090, b' '))
        with open(folder / 'conf' / 'filler', 'wb', buffering=0) as filler:
            try:
                while True: filler.write(b'x' * 4096)
            except OSError: pass
            filler.truncate(filler.tell() - 4096 * {left})
        said = change()
        content = path.read_bytes().decode(); names = sorted(os.listdir(folder / 'conf'))
        (folder / 'conf' / 'filler').unlink()
        print(json.dumps([said, content, names, change()]))
    """,
    )
    assert names == ['filler', 'opCommon.json']
    if isinstance(said, str):
        assert 'No space left on device' in said
        assert content.encode() == START.ljust(4090)
        assert again['changed'] is True
    else:
        assert content.encode() == AFTER + b' ' * (4090 - len(START))
        assert again['changed'] is False


def test_the_full_disk_was_met_and_was_not(folder):
    """The sizes above lie on both sides."""
    outcomes = run(
        folder,
        f"""
        said = []
        for left in (0, 3):
            mount('-t', 'tmpfs', '-o', 'size=' + str(4096 * 6), 'tmpfs', folder / 'conf')
            path.write_bytes({START!r}.ljust(4090, b' '))
            (folder / 'conf' / 'filler').write_bytes(b'x' * 4096 * (5 - left))
            said.append(isinstance(change(), dict))
        print(json.dumps(said))
    """,
    )
    assert outcomes == [False, True]


def test_a_symbolic_link_stays_one(folder):
    (folder / 'real').mkdir()
    (folder / 'conf/opCommon.json').rename(folder / 'real/there.json')
    (folder / 'conf/opCommon.json').symlink_to('../real/there.json')
    result = run(folder, 'print(json.dumps(change()))')
    assert result['changed'] is True
    assert os.readlink(folder / 'conf/opCommon.json') == '../real/there.json'
    assert (folder / 'real/there.json').read_bytes() == AFTER
    assert conf(folder) == ['opCommon.json'] and os.listdir(folder / 'real') == ['there.json']


def test_a_hard_link_stays_one(folder):
    os.link(folder / 'conf/opCommon.json', folder / 'other')
    run(folder, 'print(json.dumps(change()))')
    assert (folder / 'other').read_bytes() == AFTER
    assert os.stat(folder / 'other').st_nlink == 2


def test_a_file_mounted_on_its_own(folder):
    (folder / 'source').write_bytes(START)
    (folder / 'conf/opCommon.json').write_bytes(b'below')
    result = run(folder, "mount('--bind', folder / 'source', path); print(json.dumps(change()))")
    assert result['changed'] is True
    assert (folder / 'source').read_bytes() == AFTER
    assert (folder / 'conf/opCommon.json').read_bytes() == b'below'


def test_owner_mode_and_access_list_stay(folder):
    path = folder / 'conf/opCommon.json'
    os.chown(path, 1234, 2345)
    path.chmod(0o640)
    nobody, someone = b'\xff' * 4, (3456).to_bytes(4, 'little')
    entries = ((1, 6, nobody), (2, 4, someone), (4, 4, nobody), (16, 4, nobody), (32, 0, nobody))
    acl = b'\x02\0\0\0' + b''.join(bytes((tag, 0, mode, 0)) + who for tag, mode, who in entries)
    os.setxattr(path, 'system.posix_acl_access', acl)
    result = run(folder, 'print(json.dumps(change(backup=True)))')
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (1234, 2345, 0o640)
    assert os.getxattr(path, 'system.posix_acl_access') == acl
    kept = os.stat(result['backup_file'])
    assert (kept.st_uid, kept.st_gid, kept.st_mode & 0o7777) == (1234, 2345, 0o640)
    assert pathlib.Path(result['backup_file']).read_bytes() == START
    assert os.stat(folder / 'backups').st_mode & 0o7777 == 0o700


def test_the_immutable_bit(folder):
    path = folder / 'conf/opCommon.json'
    subprocess.run(['chattr', '+i', path], check=True)
    try:
        said = run(folder, 'print(json.dumps([change(), change(check=True), change("absent")]))')
    finally:
        subprocess.run(['chattr', '-i', path], check=True)
    assert 'Operation not permitted' in said[0] and said[1] == said[0]
    assert said[2]['changed'] is False
    assert path.read_bytes() == START and conf(folder) == ['opCommon.json']


@pytest.mark.parametrize(
    ('mode', 'what'), [(0o444, 'cannot be written (Permission denied)'), (0o000, 'cannot be read')]
)
def test_no_permission(folder, mode, what):
    for place in (folder, folder / 'conf'):
        os.chown(place, 65534, 65534)
    (folder / 'conf/opCommon.json').chmod(mode)
    for above in folder.parents:
        if above != pathlib.Path('/') and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    said = run(folder, 'os.setgroups([]); os.setgid(65534); os.setuid(65534); print(json.dumps(change()))')
    assert what in said
    (folder / 'conf/opCommon.json').chmod(0o644)
    assert (folder / 'conf/opCommon.json').read_bytes() == START


def test_the_folder_of_the_file_need_not_take_anything(folder):
    """What makes an edit safe lies where only root can write."""
    said = run(
        folder,
        f"""
        (folder / 'source').write_bytes({START!r}); mount('--bind', folder / 'conf', folder / 'conf')
        mount('--bind', folder / 'source', path); mount('-o', 'remount,ro,bind', folder / 'conf')
        print(json.dumps(change()))
    """,
    )
    assert said['changed'] and (folder / 'source').read_bytes() == AFTER


@pytest.mark.parametrize(
    ('first', 'what'),
    [
        ('', 'the record that makes this change undoable cannot be written (Read-only file system)'),
        ("change(); change('absent')", 'the record that makes this change undoable cannot be written'),
    ],
)
def test_no_room_for_what_makes_an_edit_safe(folder, first, what):
    said = run(
        folder,
        f"""
        {first}
        (folder / 'records').mkdir(mode=0o700, exist_ok=True)
        mount('--bind', folder / 'records', folder / 'records')
        mount('-o', 'remount,ro,bind', folder / 'records')
        print(json.dumps([change(), change('absent')]))
    """,
    )
    assert what in said[0]
    assert not said[1]['changed']
    assert (folder / 'conf/opCommon.json').read_bytes() == START


def test_no_room_for_the_journal(folder):
    said = run(
        folder,
        """
        change(); (folder / 'records').rename(folder / 'kept'); (folder / 'records').mkdir(mode=0o700)
        mount('--bind', folder / 'records', folder / 'records')
        mount('-o', 'remount,ro,bind', folder / 'records')
        print(json.dumps(change('absent')))
    """,
    )
    assert 'no copy of it can be kept (Read-only file system)' in said
    assert (folder / 'conf/opCommon.json').read_bytes() == AFTER


@pytest.mark.parametrize(
    ('make', 'what'),
    [
        ('path.unlink(); path.mkdir()', 'not a regular file'),
        ('path.unlink(); os.mkfifo(path)', 'not a regular file'),
        ("path.unlink(); path.symlink_to('/dev/zero')", 'not a regular file'),
        ("path.unlink(); path.symlink_to('opCommon.json')", 'not accessible'),
        ('path.unlink()', 'no such file'),
        ("path.write_bytes(b'')", 'nothing in the file'),
        ("path.write_bytes(b' \\n')", 'nothing in the file'),
        ("path.write_bytes(path.read_bytes() + b'\\0')", 'line 7, column 1: a NUL byte'),
        ("path.write_bytes(b'{')", 'line 1, column 2: the file ends'),
    ],
)
def test_what_is_no_configuration_file(folder, make, what):
    said = run(folder, make + '\nprint(json.dumps(change()))')
    assert said.startswith(str(folder / 'conf/opCommon.json'))
    assert what in said


def settings_of(count):
    """A file of that many settings, and omkd's group after them."""
    line = b'      "some_setting_%07d" : "some value or other"'
    body = b',\n'.join(line % number for number in range(count))
    return b'{\n   "a" : {\n' + body + b'\n   },\n   "omkd" : {\n      "b" : "c"\n   }\n}\n'


def test_eight_megabytes(folder):
    big = settings_of(150000)
    assert 8 * 10**6 < len(big) < 1 << 23
    (folder / 'conf/opCommon.json').write_bytes(big)
    result = run(folder, 'print(json.dumps([change()["changed"], change()["changed"], change("original")["changed"]]))')
    assert result == [True, False, True]
    assert (folder / 'conf/opCommon.json').read_bytes() == big
    assert conf(folder) == ['opCommon.json']


def test_more_is_refused(folder):
    big = settings_of(170000)
    assert len(big) > 1 << 23
    (folder / 'conf/opCommon.json').write_bytes(big)
    said = run(folder, 'print(json.dumps(change()))')
    assert said.startswith(str(folder / 'conf/opCommon.json')) and 'File too large' in said
    assert (folder / 'conf/opCommon.json').read_bytes() == big
    assert conf(folder) == ['opCommon.json']
