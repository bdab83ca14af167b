# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file-related system call of the module's run made to fail once, and the process killed at each.

The promise is the same every time: the file is the old or the new one, whole; or it still reads as one of them and the
next run makes it so and says so; no stray file stays.
"""

import collections
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files

HERE = pathlib.Path(__file__).parent
COLLECTIONS = HERE.parents[1] / '.collections'
JSON = b'{\n   "a" : {\n      "b" : "c"\n   },\n   "omkd" : {\n      "x" : "y"\n   }\n}\n'
NMIS = b"%hash = (\n  'a' => { 'b' => 'c' },\n  'omkd' => {\n    'websocket_proxy_port' => '8042', # \xe9\n  },\n);\n"

# What is done: file, content before, whether ours has been there before, arguments, content after.
Scenario = collections.namedtuple('Scenario', 'name before arguments after')
SCENARIOS = [
    Scenario(
        'opCommon.json',
        JSON,
        {'value': '443', 'backup': True},
        JSON.replace(b'"y"', b'"y",\n      "websocket_proxy_port" : "443"'),
    ),
    Scenario('opCommon.nmis', NMIS, {'value': '443'}, NMIS.replace(b'8042', b'443')),
    Scenario('opCommon.nmis', NMIS.replace(b'8042', b'443'), {'state': 'original'}, NMIS),
]
CALLS = {
    'openat': ('EIO', 'ENOSPC', 'EINTR', 'EACCES'),
    'read': ('EIO',),
    'pread64': ('EIO', 'EINTR'),
    'pwrite64': ('EIO', 'ENOSPC', 'EINTR'),
    'write': ('EIO', 'ENOSPC'),
    'fsync': ('EIO', 'ENOSPC', 'EINTR'),
    'ftruncate': ('EIO', 'EINTR', 'EACCES'),
    'flock': ('EIO', 'EINTR', 'ENOLCK'),
    'close': ('EIO', 'EINTR'),
    'newfstatat': ('EIO', 'EACCES'),
    'readlink': ('EIO', 'EACCES'),
    'unlink': ('EIO', 'EINTR', 'EACCES'),
    'rename': ('EIO', 'ENOSPC', 'EACCES'),
    'mkdir': ('EIO', 'ENOSPC', 'EACCES'),
    'fchmod': ('EIO', 'EACCES'),
    'fchown': ('EIO', 'EACCES'),
    'rmdir': ('EIO', 'EACCES'),
    'getdents64': ('EIO',),
    'lseek': ('EIO',),
}
POINTS = [(call, f'error={error}') for call, errors in CALLS.items() for error in errors]
POINTS += [(call, 'signal=KILL') for call in CALLS]


class Stage:
    """The folders of the scenarios, and the process that runs the module in them."""

    def __init__(self, folder):
        self.folder = folder
        self.reset()
        environment = dict(os.environ, PYTHONPATH=str(COLLECTIONS), PYTHONDONTWRITEBYTECODE='1', LC_ALL='C')
        here, there = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, HERE / 'zygote.py', folder], stdout=there.fileno(), env=environment
        )
        there.close()
        self.answers = here.makefile('rb')
        assert self.answers.read(1) == b'r'

    def place(self, number):
        return self.folder / str(number)

    def file(self, number):
        return self.place(number) / 'conf' / SCENARIOS[number].name

    def reset(self):
        for number, scenario in enumerate(SCENARIOS):
            place = self.place(number)
            subprocess.run(['rm', '-rf', place], check=True)
            (place / 'conf').mkdir(parents=True)
            (place / 'link').symlink_to('conf')
            (place / 'overrides').mkdir()
            (place / 'overrides/other.json').write_bytes(b'{"a":{"other":1}}')
            (place / 'conf/conf.d').symlink_to('../overrides')
            if 'state' in scenario.arguments:
                self.file(number).write_bytes(scenario.after)
                self.change(number, state='present', value='443')
            self.file(number).write_bytes(scenario.before)
            (place / 'arguments').write_text(
                json.dumps(
                    {
                        'arguments': dict(scenario.arguments, opcommon_path=str(place / 'link' / scenario.name)),
                        'records': str(place / 'records'),
                        'backups': str(place / 'backups'),
                    }
                )
            )

    def change(self, number, **arguments):
        """The module's work without the module, in this process."""
        arguments = arguments or dict({'state': 'present'}, **SCENARIOS[number].arguments)
        return files.change(
            str(self.file(number)),
            'websocket_proxy_port',
            timeout=2,
            records=str(self.place(number) / 'records'),
            backups=str(self.place(number) / 'backups'),
            **arguments,
        )

    def round(self, call, fault, count):
        """Run all scenarios with the count-th such call failing: what each said, and how many were hit."""
        log = self.folder.parent / 'strace.log'
        tracer = subprocess.Popen(
            [
                'strace',
                '-f',
                '-qq',
                '-p',
                str(self.process.pid),
                '-o',
                log,
                '-e',
                f'trace={call}',
                '-e',
                'signal=none',
                '-e',
                f'inject={call}:{fault}:when={count}',
            ],
            stderr=subprocess.PIPE,
        )
        while b'attached' not in self.state() and tracer.poll() is None:
            time.sleep(0.002)
        self.process.send_signal(signal.SIGUSR1)
        said = []
        for _scenario in SCENARIOS:
            length = int.from_bytes(self.answers.read(4), 'big')
            said.append(self.answers.read(length).decode())
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()
        return said, log.read_bytes().count(b'INJECTED') + said.count('')

    def state(self):
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text()
        return b'attached' if 'TracerPid:\t0\n' not in status else b''

    def check(self, number, said, killed):
        """The promise. Returns whether a later run had to make it so."""
        scenario, file, place = SCENARIOS[number], self.file(number), self.place(number)
        found = file.read_bytes()
        strays = {path.name for path in (place / 'conf').iterdir()} - {scenario.name, 'conf.d'}
        stray_backups = [
            path
            for path in (place / 'backups').rglob('*')
            if path.is_file() and (path.name.endswith('.partial') or path.read_bytes() != scenario.before)
        ]
        # Whatever happened, a reader that comes now reads the old or the new state.
        assert found.rstrip(b'\n') in (scenario.before.rstrip(b'\n'), scenario.after.rstrip(b'\n'))
        if said.startswith('TRACEBACK'):
            assert 'opmantek' not in said.split('ansible/module_utils')[-1]
        elif said:
            result = json.loads(said)
            if result.get('failed'):
                assert 'as it was' in result['msg'] or found == scenario.before
                assert result['msg'].count('\n') == 0 and 'Traceback' not in result['msg']
            else:
                assert found == scenario.after
        untidy = bool(strays or stray_backups) or found not in (scenario.before, scenario.after)
        if not killed and not untidy and said:
            return False
        result = self.change(number)
        assert file.read_bytes() == scenario.after
        assert {path.name for path in (place / 'conf').iterdir()} == {scenario.name, 'conf.d'}
        assert not list((place / 'backups').rglob('*.partial'))
        if found not in (scenario.before, scenario.after):
            assert any('interrupted' in warning for warning in result['warnings'])
        return untidy


@pytest.fixture(scope='module')
def stage(tmp_path_factory):
    built = Stage(tmp_path_factory.mktemp('faults') / 'scenarios')
    yield built
    built.process.kill()
    built.process.wait()


@pytest.mark.exhaustive
@pytest.mark.parametrize(('call', 'fault'), POINTS, ids=lambda part: part)
def test_every_call_may_fail(stage, call, fault, record_property):
    hit, repaired, count = 0, 0, 0
    while True:
        count += 1
        stage.reset()
        said, injected = stage.round(call, fault, count)
        if not injected:
            break
        hit += injected
        for number in range(len(SCENARIOS)):
            repaired += stage.check(number, said[number], fault == 'signal=KILL')
    record_property('processes killed at a system call' if 'KILL' in fault else 'system calls made to fail', hit)
    record_property('states that the next run put in order', repaired)
