# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the disposable host: four processes with which modules are run while their system calls fail.

- A zygote has everything loaded and runs a module in one child after another. One is traced with its children, the
  other is left in peace.
- The runner runs the programs that the modules call, so that those are traced by themselves or not at all.
- The keeper obeys the test (lines of JSON on standard input and output): it puts files into a state, tells the state,
  and answers the children's calls of programs. What Apache said of the very same files before is not asked again.

Run as: ``keeper.py``. The first line that it prints holds the other processes' ids.
"""

import contextlib
import functools
import hashlib
import io
import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import traceback

from ansible.module_utils import basic
from ansible_collections.opmantek.omk.plugins.modules import apache_module, apache_websocket_proxy

MODULES = {'apache_module': apache_module, 'apache_websocket_proxy': apache_websocket_proxy}
#: Everything that a run may touch.
ROOTS = (
    '/etc/apache2',
    '/var/lib/opmantek.omk',
    '/run/opmantek.omk',
    '/var/backups/opmantek.omk',
    '/var/lib/apache2/module',
)
NOWHERE = 9999  # a file descriptor that is not open
#: A call that fails by itself, to be counted before the one that is meant.
IDLE = {
    'openat': lambda: os.open('', 0),
    'read': lambda: os.read(NOWHERE, 1),
    'pread64': lambda: os.pread(NOWHERE, 1, 0),
    'pwrite64': lambda: os.pwrite(NOWHERE, b'', 0),
    'write': lambda: os.write(NOWHERE, b''),
    'fsync': lambda: os.fsync(NOWHERE),
    'ftruncate': lambda: os.ftruncate(NOWHERE, 0),
    'close': lambda: os.close(NOWHERE),
    'newfstatat': lambda: os.stat(''),
    'readlink': lambda: os.readlink(''),
    'unlink': lambda: os.unlink(''),
    'rename': lambda: os.rename('', ''),
    'symlink': lambda: os.symlink('', ''),
    'mkdir': lambda: os.mkdir(''),
    'rmdir': lambda: os.rmdir(''),
    'fchmod': lambda: os.fchmod(NOWHERE, 0),
    'fchown': lambda: os.fchown(NOWHERE, 0, 0),
    'listxattr': lambda: os.listxattr(''),
    'lseek': lambda: os.lseek(NOWHERE, 0, 0),
}


def send(connection, value):
    data = json.dumps(value).encode()
    connection.sendall(len(data).to_bytes(4, 'big') + data)


def receive(connection):
    head = connection.recv(4, socket.MSG_WAITALL)
    return json.loads(connection.recv(int.from_bytes(head, 'big'), socket.MSG_WAITALL)) if head else None


def run_module(order, programs):
    """Run a module as Ansible would; what it printed (str), or the traceback that escaped."""
    real_run = basic.AnsibleModule.run_command

    def run_command(module, command, **options):
        send(programs, [os.getpid(), command])
        answer = receive(programs)
        if answer == 'missing':
            return real_run(module, ['/nowhere' + command[0]], **options)
        return tuple(answer)

    basic.AnsibleModule.run_command = run_command
    basic._ANSIBLE_ARGS = json.dumps({'ANSIBLE_MODULE_ARGS': order['arguments']}).encode()
    basic._ANSIBLE_PROFILE = 'legacy'
    output = sys.stdout = io.StringIO()
    for _turn in range(order.get('idle', 0)):
        with contextlib.suppress(OSError):
            IDLE[order['call']]()
    try:
        MODULES[order['module']].main()
    except SystemExit:
        return output.getvalue().strip()
    except BaseException:
        return 'TRACEBACK ' + traceback.format_exc()
    finally:
        basic.AnsibleModule.run_command = real_run
    return 'TRACEBACK no result'


def zygote(orders, programs):
    """Run one module in a child for each order; what it said is the answer, '' when it was killed."""
    for order in iter(functools.partial(receive, orders), None):
        child = os.fork()
        if not child:
            send(orders, run_module(order, programs))
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        if status:
            send(orders, '')


def runner(commands):
    """Run programs."""
    for command in iter(functools.partial(receive, commands), None):
        ran = subprocess.run(
            command, env=dict(os.environ, LC_ALL='C'), capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        send(commands, (ran.returncode, ran.stdout.decode('latin-1'), ran.stderr.decode('latin-1')))


def spawn(work):
    """A process for `work`, which gets the ends of two socket pairs; (process id, our ends)."""
    pairs = [socket.socketpair() for _number in range(2)]
    process = os.fork()
    if not process:
        for ours, _theirs in pairs:
            ours.close()
        null = os.open('/dev/null', os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        work(*(theirs for _ours, theirs in pairs))
        os._exit(0)
    for _ours, theirs in pairs:
        theirs.close()
    return process, [ours for ours, _theirs in pairs]


@functools.lru_cache(maxsize=4096)
def _digest(path, _inode, _time, _size):
    with open(path, 'rb') as handle:
        return hashlib.sha256(handle.read()).hexdigest()


def tree(roots):
    """What lies below the roots: path to kind, content's digest or target, mode, owner, number of links."""
    found = {}
    for root in roots:
        for folder, folders, files in os.walk(root):
            for name in ['', *files, *(one for one in folders if os.path.islink(os.path.join(folder, one)))]:
                path = os.path.join(folder, name).rstrip('/')
                state = os.lstat(path)
                if stat.S_ISLNK(state.st_mode):
                    found[path] = ['link', os.readlink(path)]
                elif stat.S_ISDIR(state.st_mode):
                    found[path] = ['folder', '', state.st_mode, state.st_uid]
                else:
                    digest = _digest(path, state.st_ino, state.st_mtime_ns, state.st_size)
                    found[path] = ['file', digest, state.st_mode, state.st_uid, state.st_nlink]
    return found


class Keeper:
    """The keeper's memory: saved states, and what programs said."""

    def __init__(self):
        self.traced, *to_traced = spawn(zygote)
        _process, *to_calm = spawn(zygote)
        self.connections = {True: to_calm[0], False: to_traced[0]}
        self.runner, (self.commands, _unused) = spawn(lambda commands, _unused: runner(commands))
        self.states, self.said, self.calls, self.spoiled = {}, {}, 0, None

    def save(self, name):
        """Remember the state of all files under a name."""
        contents = {}
        for path, entry in tree(ROOTS).items():
            if entry[0] == 'file':
                with open(path, 'rb') as handle:
                    contents[path] = (handle.read(), os.stat(path).st_mtime_ns)
        self.states[name] = (tree(ROOTS), contents)
        return self.tree()

    def reset(self, name):
        """Bring all files into a saved state."""
        wanted, contents = self.states[name]
        found = tree(ROOTS)
        for path in sorted(found.keys() | wanted.keys(), reverse=True):
            if (
                path in found
                and found[path] != wanted.get(path)
                and not (found[path][0] == wanted.get(path, [''])[0] == 'folder')
            ):
                (shutil.rmtree if found[path][0] == 'folder' else os.unlink)(path)
        for path, entry in sorted(wanted.items()):
            if entry[0] == 'folder' and not os.path.isdir(path):
                os.mkdir(path)
            if entry[0] == 'folder':
                os.chmod(path, stat.S_IMODE(entry[2]))
            elif not os.path.lexists(path) and entry[0] == 'link':
                os.symlink(entry[1], path)
            elif not os.path.lexists(path):
                twins = [
                    other
                    for other in wanted
                    if entry[-1] == 2 and other != path and wanted[other] == entry and os.path.exists(other)
                ]
                if twins:
                    os.link(twins[0], path)
                    continue
                with open(path, 'wb') as handle:
                    handle.write(contents[path][0])
                os.chmod(path, stat.S_IMODE(entry[2]))
            if entry[0] == 'file':
                os.utime(path, ns=(contents[path][1],) * 2)
        found = tree(ROOTS)
        assert found == wanted, {path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path)}

    def tree(self):
        """The state of all files, and what of our own lies elsewhere."""
        strays = [
            path
            for folder in ('/', '/etc', '/var/lib')
            for path in (f'{folder}/.opmantek.omk.staged',)
            if os.path.lexists(path)
        ]
        return {'tree': tree(ROOTS), 'strays': strays}

    def read(self, path):
        """The content of a file."""
        with open(path, encoding='latin-1', newline='') as handle:
            return handle.read()

    def program(self, command):
        """Answer a child's call of a program (code, output, errors)."""
        self.calls += 1
        if self.spoiled and self.calls == self.spoiled['call']:
            if self.spoiled['how'] == 'missing':
                return 'missing'
            if self.spoiled['how'] == 'killed':
                return -signal.SIGKILL, '', ''
            return 1, '', 'internal error'
        if os.path.basename(command[0]) in ('a2enmod', 'a2dismod'):
            send(self.commands, command)
            return receive(self.commands)
        copies = [command[command.index('-d') + 1]] if '-d' in command else []
        key = json.dumps([command, tree(['/etc/apache2', *copies])])
        if key not in self.said:
            send(self.commands, command)
            self.said[key] = receive(self.commands)
        return self.said[key]

    def run(self, order):
        """Have the zygote run a module. What it said, and how many programs it called."""
        self.calls, self.spoiled = 0, order.get('spoil')
        orders, programs = self.connections[order['calm']]
        send(orders, order)
        while orders not in select.select([orders, programs], [], [])[0]:
            child, command = receive(programs)
            answer = self.program(command)
            if order.get('kill_after') in command[0].split('/'):
                os.kill(child, signal.SIGKILL)
            else:
                send(programs, answer)
        return {'said': receive(orders), 'calls': self.calls}


def main():
    """Obey."""
    keeper = Keeper()
    print(json.dumps([keeper.traced, keeper.runner]), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        do = order.pop('do')
        answer = keeper.run(order) if do == 'run' else getattr(keeper, do)(**order)
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
