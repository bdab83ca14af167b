# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever owns OMK's conf/ tries to have root write where they could not: real users, namespaces and races."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zlib

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

ATTACKER = 54321
# What root owns: a file that would even pass for opCommon.
VICTIM = b'{\n   "a" : {\n      "b" : "c"\n   },\n   "omkd" : {\n      "x" : "y"\n   }\n}\n'
AFTER = VICTIM.replace(b'"y"', b'"y",\n      "websocket_proxy_port" : "443"')


@pytest.fixture
def host():
    """A folder of the attacker's, a victim of root's, and the folders of root's records."""
    # Below pytest's own folder the attacker could not walk.
    folder = pathlib.Path('/var/tmp/opmantek-omk-security')
    shutil.rmtree(folder, ignore_errors=True)
    (folder / 'root').mkdir(parents=True)
    folder.chmod(0o755)
    (folder / 'root/victim.json').write_bytes(VICTIM)
    (folder / 'omk/conf').mkdir(parents=True)
    for path in ('omk', 'omk/conf'):
        os.chown(folder / path, ATTACKER, ATTACKER)
    yield folder
    shutil.rmtree(folder)


def change(host, **more):
    return files.change(
        str(host / 'omk/conf/opCommon.json'),
        'websocket_proxy_port',
        'present',
        '443',
        timeout=5,
        records=str(host / 'records'),
        backups=str(host / 'backups'),
        backup=True,
        **more,
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
