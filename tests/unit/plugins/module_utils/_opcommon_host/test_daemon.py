# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether OMK's daemon runs, by systemd and by the process that listens: here real ones, in tests/causes real units."""

import os
import socket
import time

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import daemon

NATIVE = {
    'LoadState': 'loaded',
    'ActiveState': 'active',
    'SubState': 'running',
    'InactiveExitTimestampMonotonic': '1000000',
}
SYSV = dict(NATIVE, SourcePath='/etc/init.d/omkd')
EXITED = dict(SYSV, SubState='exited')
STOPPED = dict(SYSV, ActiveState='inactive', SubState='dead')


class Script:
    """The SysV script; keeps how it was called."""

    def __init__(self, status=0):
        self.status, self.calls = status, []

    def __call__(self, command):
        self.calls.append(command)
        return self.status, '', ''


@pytest.fixture
def port():
    """A port on which this process listens."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen(1)
        yield listener.getsockname()[1]


@pytest.fixture
def free():
    """A port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(('127.0.0.1', 0))
        yield bound.getsockname()[1]


def started(process):
    """When a process was started, from its age as the kernel has it."""
    with open(f'/proc/{process}/stat') as handle:
        ticks = int(handle.read().rpartition(')')[2].split()[19])
    with open('/proc/stat') as handle:
        booted = next(int(line.split()[1]) for line in handle if line.startswith('btime'))
    return booted + ticks / os.sysconf('SC_CLK_TCK')


def test_since_when_somebody_listens(port):
    assert daemon.listening_since(port) == pytest.approx(started(os.getpid()), abs=2)


def test_the_oldest_process_with_the_socket_counts(port):
    time.sleep(0.1)
    child = os.fork()
    if not child:
        time.sleep(30)
        os._exit(0)
    try:
        assert daemon.listening_since(port) == pytest.approx(started(os.getpid()), abs=2)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_nobody_listens(free, tmp_path):
    assert daemon.listening_since(free) is None
    assert daemon.listening_since(free, str(tmp_path)) is None


def test_a_connection_is_no_listener(port):
    with socket.create_connection(('127.0.0.1', port), 10) as stream:
        assert daemon.listening_since(stream.getsockname()[1]) is None


@pytest.mark.parametrize(('table', 'zeros'), [('tcp', '0' * 8), ('tcp6', '0' * 32)])
def test_a_process_that_is_gone_or_hidden_is_passed_over(table, zeros, tmp_path):
    (tmp_path / 'net').mkdir()
    (tmp_path / 'net' / table).write_text(
        '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
        f'   0: {zeros}:1F6A {zeros}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n'
    )
    for process, stat in (('7', None), ('8', 'no brackets'), ('9', '9 (omkd (x) y) S' + ' 1' * 40)):
        folder = tmp_path / process / 'fd'
        folder.mkdir(parents=True)
        os.symlink('socket:[4711]', str(folder / '3'))
        (folder / '4').write_text('no link')
        if stat:
            (tmp_path / process / 'stat').write_text(stat)
    booted = time.time() - time.clock_gettime(7)
    assert daemon.listening_since(8042, str(tmp_path)) == pytest.approx(booted + 1 / os.sysconf('SC_CLK_TCK'), abs=1)
    assert daemon.listening_since(8043, str(tmp_path)) is None


@pytest.mark.parametrize('properties', [{}, {'LoadState': 'not-found', 'ActiveState': 'inactive'}])
def test_no_unit(properties, port):
    assert daemon.look(Script(), properties, port) == (None, None, None)


@pytest.mark.parametrize('state', ['active', 'inactive', 'failed'])
def test_of_a_unit_of_its_own_systemd_knows_all(state, port):
    properties = dict(NATIVE, ActiveState=state)
    script = Script()
    found = daemon.look(script, properties, port)
    since = _systemd.configured_at(properties, False)
    assert (found.active, found.script, script.calls) == (state == 'active', None, [])
    assert found.since == (since and pytest.approx(since, abs=1))


@pytest.mark.parametrize(
    ('expected', 'properties'),
    [(True, SYSV), (False, EXITED), (False, STOPPED), (False, dict(NATIVE, SubState='exited'))],
)
def test_nothing_listens(expected, properties, free):
    script = Script()
    found = daemon.look(script, properties, free)
    assert (found.active, found.script, script.calls) == (expected, None, [])
    assert (found.since is not None) is expected


def test_without_a_port_systemd_has_to_do(port):
    assert daemon.look(Script(), EXITED, None)[:1] == (True,)
    assert daemon.look(Script(), STOPPED, None) == (False, None, None)


@pytest.mark.parametrize('properties', [SYSV, EXITED, dict(NATIVE, SubState='exited')])
def test_the_process_that_listens_tells_since_when(properties, port):
    script = Script()
    found = daemon.look(script, properties, port)
    assert (found.active, found.script, script.calls) == (True, None, [])
    assert found.since == pytest.approx(started(os.getpid()), abs=2)


@pytest.mark.parametrize('state', ['inactive', 'failed'])
def test_what_was_started_without_systemd_is_named(state, port):
    script = Script()
    found = daemon.look(script, dict(STOPPED, ActiveState=state), port)
    assert (found.active, found.script, script.calls) == (True, '/etc/init.d/omkd', [['/etc/init.d/omkd', 'status']])
    assert found.since == pytest.approx(started(os.getpid()), abs=2)


@pytest.mark.parametrize(('state', 'status'), [('activating', 0), ('inactive', 3), ('inactive', 1)])
def test_what_listens_is_not_the_daemon(state, status, port):
    assert daemon.look(Script(status), dict(STOPPED, ActiveState=state), port) == (False, None, None)
