# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever owns OMK's conf/ tries to have root write where they could not: real users, namespaces and races."""

import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
import zlib

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

ATTACKER = 54321
# What root owns: a file that would even pass for opCommon.
VICTIM = b'{\n   "a" : {\n      "b" : "c"\n   },\n   "omkd" : {\n      "x" : "y"\n   }\n}\n'
VICTIM_AS_PERL = b"%hash = (\n  'a' => {\n    'b' => 'c',\n  },\n  'omkd' => {\n    'x' => 'y',\n  },\n);\n"
AFTER = VICTIM.replace(b'"y"', b'"y",\n      "websocket_proxy_port" : "443"')


@pytest.fixture
def host():
    """A folder of the attacker's, a victim of root's, and the folders of root's records."""
    # Below pytest's own folder the attacker could not walk.
    folder = pathlib.Path(tempfile.mkdtemp(prefix='opmantek-omk-', dir='/var/tmp'))
    (folder / 'root').mkdir()
    folder.chmod(0o755)
    (folder / 'root/victim.json').write_bytes(VICTIM)
    (folder / 'omk/conf').mkdir(parents=True)
    for path in ('omk', 'omk/conf'):
        os.chown(folder / path, ATTACKER, ATTACKER)
    yield folder
    shutil.rmtree(folder)


def change(host, path=None, state='present', timeout=5):
    return files.change(
        path or str(host / 'omk/conf/opCommon.json'),
        'websocket_proxy_port',
        state,
        '443',
        timeout=timeout,
        records=str(host / 'records'),
        backups=str(host / 'backups'),
        backup=True,
    )


def as_attacker(host, code, *arguments, **more):
    """A process of the attacker's that runs Python code in the folder conf."""
    return subprocess.Popen(
        ['setpriv', f'--reuid={ATTACKER}', f'--regid={ATTACKER}', '--clear-groups']
        + [sys._base_executable, '-c', textwrap.dedent(code), *arguments],
        cwd=host / 'omk/conf',
        stdout=subprocess.PIPE,
        env={'PATH': '/usr/bin:/bin'},
        **more,
    )


def forged(path, old, new):
    """A journal as the first versions kept beside a file, with a valid checksum."""
    fields = {'length': len(old), 'start': 0, 'end': len(old), 'replacement': new.decode()}
    head = json.dumps(fields).encode() + b'\n'
    body = b'%08x\n' % zlib.crc32(old, zlib.crc32(head)) + head + old
    (path.parent / f'.{path.name}.opmantek-omk.journal').write_bytes(
        b'opmantek.omk: copy of the file beside it from before an edit\n' + body
    )


def untouched(host):
    return (host / 'root/victim.json').read_bytes() == VICTIM and not (host / 'backups').exists()


@pytest.mark.parametrize('target', ['../../root/victim.json', '{host}/root/victim.json', 'step/victim.json'])
def test_a_link_of_the_attackers_is_not_followed_to_a_file_of_roots(host, target):
    as_attacker(
        host,
        """
        import os, sys
        os.symlink(sys.argv[2], 'step')
        os.symlink(sys.argv[1], 'opCommon.json')
        """,
        target.format(host=host),
        str(host / 'root'),
    ).wait()
    with pytest.raises(Problem, match='so it is not followed'):
        change(host)
    with pytest.raises(Problem, match='so it is not followed'):
        files.read_setting(str(host / 'omk/conf/opCommon.json'), 'x')
    assert untouched(host)


def test_what_is_the_attackers_own_is_followed(host):
    """A linked conf and a linked opCommon of the service account's work as ever."""
    made = as_attacker(
        host,
        """
        import os, sys
        os.mkdir('real')
        open('real/opCommon.json', 'w').write(sys.argv[1])
        os.symlink('real/opCommon.json', 'opCommon.json')
        """,
        VICTIM.decode(),
    )
    assert made.wait() == 0
    assert change(host)['changed']
    assert (host / 'omk/conf/real/opCommon.json').read_bytes() == AFTER
    os.chown(host / 'omk/conf/opCommon.json', 0, 0, follow_symlinks=False)
    assert not change(host)['changed']


def test_a_mount_namespace_behind_proc_leads_nowhere(host):
    """/proc/PID/root of an unprivileged user's namespace, in which the path is another file than outside."""
    inside = as_attacker(
        host,
        """
        import os, sys, time
        os.symlink(f'/proc/{os.getpid()}/root' + sys.argv[1], 'opCommon.json')
        print('ready', flush=True)
        time.sleep(60)
        """,
        str(host / 'root/victim.json'),
    )
    assert inside.stdout.readline() == b'ready\n'
    with pytest.raises(Problem, match='so it is not followed|below /proc is not followed'):
        change(host)
    inside.kill()
    inside.wait()
    assert untouched(host)


def test_the_names_in_a_folder_that_only_root_reads_are_not_told(host):
    """conf.d is the attacker's link to it."""
    path = host / 'omk/conf/opCommon.json'
    path.write_bytes(VICTIM)
    (host / 'omk/conf/conf.d').symlink_to(host / 'root')
    os.chown(host / 'omk/conf/conf.d', ATTACKER, ATTACKER, follow_symlinks=False)
    (host / 'root/another.json').write_bytes(VICTIM)
    [warning] = files.read_setting(str(path), 'x')['warnings']
    assert 'so it is not followed' in warning and not {'victim.json', 'another.json'} & set(warning.split('/'))
    assert path.stat().st_mtime in files.modified_at(str(path))


def test_a_hard_link_to_a_file_of_roots_is_refused(host):
    os.link(host / 'root/victim.json', host / 'omk/conf/opCommon.json')
    with pytest.raises(Problem, match='hard links'):
        change(host)
    assert untouched(host)


def test_a_forged_journal_beside_the_file_is_nothing(host):
    path = host / 'omk/conf/opCommon.json'
    path.write_bytes(VICTIM)
    os.chown(path, ATTACKER, ATTACKER)
    forged(path, b'attacker', VICTIM)
    assert change(host)['warnings'] == []
    assert path.read_bytes() == AFTER


def test_records_of_the_attackers_are_not_trusted(host):
    path = host / 'omk/conf/opCommon.json'
    path.write_bytes(VICTIM)
    (host / 'records').mkdir()
    os.chown(host / 'records', ATTACKER, ATTACKER)
    with pytest.raises(Problem, match='only root can write to'):
        change(host)
    assert path.read_bytes() == VICTIM


def test_a_link_that_flips_while_root_works(host):
    """For five seconds the path is by turns the attacker's own file, and a link to root's."""
    path = host / 'omk/conf/opCommon.json'
    flipping = as_attacker(
        host,
        """
        import os, sys
        text, victim = sys.argv[1:]
        open('own', 'w').write(text)
        print('ready', flush=True)
        while True:
            os.symlink(victim, 'next')
            os.rename('next', 'opCommon.json')
            open('fresh', 'w').write(text)
            os.rename('fresh', 'opCommon.json')
        """,
        VICTIM.decode(),
        str(host / 'root/victim.json'),
    )
    assert flipping.stdout.readline() == b'ready\n'
    changed, refused, until = 0, 0, time.monotonic() + 5
    while time.monotonic() < until:
        try:
            changed += files.change(
                str(path), 'websocket_proxy_port', 'present', '443', timeout=0.1, records=str(host / 'records')
            )['changed']
        except Problem:
            refused += 1
    flipping.send_signal(signal.SIGKILL)
    flipping.wait()
    assert (host / 'root/victim.json').read_bytes() == VICTIM
    assert refused and changed + refused > 50, (changed, refused)


# What only root may see, and what the attacker has of its own.
SECRET = VICTIM.replace(b'"y"', b'"root only"')
OWN = VICTIM.replace(b'"y"', b'"own"')
EXCHANGE = """
import ctypes, os, sys
one, other = (path.encode() for path in sys.argv[1:])
exchange, here, whole = ctypes.CDLL(None).renameat2, -100, 2
print('ready', flush=True)
while exchange(here, one, here, other, whole) == 0:
    pass
"""


@pytest.mark.parametrize('what', ['file', 'folder', 'hard link', 'file of conf.d', 'conf.d'])
def test_names_that_are_exchanged_at_one_stroke_while_root_works(host, what):
    """With renameat2 there is no moment in which nothing is at the path: by turns it leads to root's file."""
    conf, root = host / 'omk/conf', host / 'root'
    (root / 'opCommon.json').write_bytes(SECRET)
    (root / 'secret.json').write_bytes(SECRET)
    (conf / 'conf.d').mkdir()
    for path in (conf / 'opCommon.json', conf / 'conf.d/secret.json'):
        path.write_bytes(OWN)
    pair = {
        'file': (conf / 'opCommon.json', root / 'opCommon.json'),
        'folder': (conf, root),
        'hard link': (conf / 'opCommon.json', root / 'opCommon.json'),
        'file of conf.d': (conf / 'conf.d/secret.json', root / 'secret.json'),
        'conf.d': (conf / 'conf.d', root),
    }[what]
    other = host / 'omk/other'
    if what == 'hard link':
        os.link(pair[1], other)
    else:
        other.symlink_to(pair[1])
        os.chown(other, ATTACKER, ATTACKER, follow_symlinks=False)
    for path in (conf, *conf.rglob('*')):
        os.chown(path, ATTACKER, ATTACKER)
    exchanging = as_attacker(host, EXCHANGE, str(pair[0]), str(other))
    assert exchanging.stdout.readline() == b'ready\n'
    done, refused, seen, until = 0, 0, set(), time.monotonic() + 2
    while time.monotonic() < until:
        try:
            done += change(host, state=('present', 'absent')[done % 2])['changed']
        except Problem:
            refused += 1
        try:
            found = files.read_setting(str(conf / 'opCommon.json'), 'x')
            seen |= {found['value'], found['effective_value']}
            refused += bool(found['warnings'])
        except Problem:
            refused += 1
    assert exchanging.poll() is None
    exchanging.kill()
    exchanging.wait()
    assert 'root only' not in seen
    assert {path.name: path.read_bytes() for path in root.iterdir()} == {
        'opCommon.json': SECRET,
        'secret.json': SECRET,
        'victim.json': VICTIM,
    }
    assert not any(b'root only' in path.read_bytes() for path in (host / 'backups').rglob('*.*') if path.is_file())
    assert done and refused, (done, refused)


# Each makes something at a path, as whoever owns the folder could; it may hold it open.
ODD_THINGS = {
    'a pipe': 'os.mkfifo(path)',
    'a socket': 'import socket; s = socket.socket(socket.AF_UNIX); s.bind(os.path.basename(path))',
    'a folder': 'os.mkdir(path)',
    'a file without end': "open(path, 'w').truncate(1 << 40)",
    'a link to a device': "os.symlink('/dev/zero', path)",
    'a link to a file of root': 'os.symlink(sys.argv[2], path)',
    'a link to itself': 'os.symlink(os.path.basename(path), path)',
    'a link to an own pipe': "os.mkfifo('pipe'); os.symlink(os.path.abspath('pipe'), path)",
    'a link into another process': "os.symlink(f'/proc/{os.getpid()}/fd/0', path)",
    'a locked file': "import fcntl; f = open(path, 'w'); fcntl.flock(f, fcntl.LOCK_EX)",
    'a file nested deeply': "open(path, 'w').write('[' * 100000 + ']' * 100000)",
    'a file of very many values': 'open(path, "w").write(\'{"a":{"b":"c"},"d":{"l":[\' + "1," * (1 << 22) + "1]}}")',
    'a file of no text': "open(path, 'wb').write(bytes(range(256)) * 100)",
    'an empty file': "open(path, 'w')",
}
NO_FILES = ('a pipe', 'a socket', 'a folder', 'a device', 'a link to an own pipe')


@pytest.mark.parametrize('suffix', ['json', 'nmis'])
@pytest.mark.parametrize('place', ['conf.d/odd.', 'opCommon.'])
@pytest.mark.parametrize('thing', [*ODD_THINGS, 'a device'])
def test_what_is_no_file_of_settings_is_refused_at_once(host, thing, place, suffix):
    conf = host / 'omk/conf'
    (conf / 'conf.d').mkdir()
    os.chown(conf / 'conf.d', ATTACKER, ATTACKER)
    path, main = conf / (place + suffix), conf / f'opCommon.{suffix}'
    (host / 'root/secret').write_bytes(SECRET)
    if path != main:
        main.write_bytes(VICTIM if suffix == 'json' else VICTIM_AS_PERL)
        os.chown(main, ATTACKER, ATTACKER)
    holder = None
    if thing == 'a device':
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    else:
        code = f"""
import os, sys, time
path = sys.argv[1]
os.chdir(os.path.dirname(path))
{ODD_THINGS[thing]}
print('ready', flush=True)
time.sleep(60)
"""
        holder = as_attacker(host, code, str(path), str(host / 'root/secret'), stdin=subprocess.DEVNULL)
        assert holder.stdout.readline() == b'ready\n'
    before, since = path.lstat(), time.monotonic()
    try:
        if path == main:
            for work in (change, lambda host, **more: files.read_setting(str(main), 'x', 0.3)):
                with pytest.raises(Problem) as refused:
                    work(host, path=str(main), timeout=0.3)
                assert 'root only' not in str(refused.value)
                assert thing not in NO_FILES or str(refused.value).endswith('this is not a regular file.')
        else:
            result = files.read_setting(str(main), 'x', 0.3)
            assert (result['value'], result['effective_value'], len(result['warnings'])) == ('y', 'y', 1)
            assert change(host, path=str(main), timeout=0.3)['changed']
    finally:
        if holder:
            holder.kill()
            holder.wait()
    assert time.monotonic() - since < 5
    after = path.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size)
    assert (host / 'root/secret').read_bytes() == SECRET and not any((host / 'omk').rglob('*opmantek*'))


@pytest.mark.parametrize('target', ['root{host}/root/victim.json', 'cwd/../conf/real.json', 'fd/3'])
def test_mounts_in_a_user_namespace_lead_nowhere(host, target):
    """In the attacker's namespace the path is a file of its own, or its own file is root's by a mount."""
    conf = host / 'omk/conf'
    (conf / 'real.json').write_bytes(OWN)
    os.chown(conf / 'real.json', ATTACKER, ATTACKER)
    inside = as_attacker(
        host,
        """
        import os, sys
        root, target = sys.argv[1:]
        os.mkdir('mounted')
        open('mounted/victim.json', 'w').write(open('real.json').read())
        os.execvp('unshare', ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-e', '-c',
            'mount --bind "$1/victim.json" real.json; mount --bind mounted "$1"; exec 3<real.json; '
            'ln -s "/proc/$$/$2" opCommon.json; echo ready; exec sleep 60', 'sh', root, target])
        """,
        str(host / 'root'),
        target.format(host=host),
    )
    assert inside.stdout.readline() == b'ready\n'
    try:
        # Through the kernel, the link leads where the attacker wants it.
        assert (conf / 'opCommon.json').read_bytes() == (OWN if target.startswith('root') else VICTIM)
        for work in (change, lambda host: files.read_setting(str(conf / 'opCommon.json'), 'x')):
            with pytest.raises(Problem, match='so it is not followed|below /proc is not followed'):
                work(host)
    finally:
        inside.kill()
        inside.wait()
    assert untouched(host)
    assert [(conf / name).read_bytes() for name in ('real.json', 'mounted/victim.json')] == [OWN, OWN]
