# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet reached by ssh: containers with systemd, Apache, the OMK stand-in and sshd, all copies of one host."""

import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
CACHE = CHECKOUT / '.cache/bench'
PREFIX = os.environ.get('OMK_CONTAINER_PREFIX', 'opmantek-')
LABEL = f'org.opmantek.omk.checkout={CHECKOUT}'
#: What goes into the image besides the base image.
INPUTS = (
    'molecule/shared/omk',
    'molecule/shared/apache',
    'molecule/shared/prepare.yml',
    'molecule/shared/deliver',
    'molecule/shared/tls',
    'molecule/shared/inventory',
    'dev/hosts/bench-image',
    'tests/benchmarks/fleet/image',
)
#: At once, when hosts are made, removed or reset: none of this is measured.
AT_ONCE = 8
_SESSION = re.compile(rb'Starting session: (?:command|subsystem|shell)')


class Failed(Exception):
    """Something that the benchmark needs did not work; the text is one sentence for people."""


def call(*command):
    """Run a command; its standard output (str, stripped)."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f'{" ".join(map(str, command[:4]))} … failed: {(done.stderr or done.stdout).strip()[-600:]}')
    return done.stdout.strip()


def everywhere(function, items, at_once=AT_ONCE):
    """The results (list) of a function for each item, some at a time."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(function, items))


def image():
    """The name of the image of a host, which is built unless it is there."""
    base = call(CHECKOUT / 'molecule/shared/images/build').splitlines()[-1]
    # The certificate in it is good for 90 days, so a month has an image of its own.
    checksum = hashlib.sha256(f'{base} {datetime.date.today():%Y-%m}'.encode())
    for part in INPUTS:
        for path in sorted((CHECKOUT / part).rglob('*')) or [CHECKOUT / part]:
            if path.is_file() and '__pycache__' not in path.parts:
                checksum.update(str(path.relative_to(CHECKOUT)).encode() + path.read_bytes())
    name = f'localhost/opmantek-omk-bench:{checksum.hexdigest()[:12]}'
    if subprocess.run(['podman', 'image', 'exists', name], check=False).returncode:
        _build(name)
    return name


def _build(name):
    prepared = f'localhost/opmantek-omk-bench-prepared:{os.getpid()}'
    call(CHECKOUT / 'dev/host', 'up', 'bench-image')
    try:
        call('podman', 'stop', f'{PREFIX}omk-bench-image')
        call('podman', 'commit', f'{PREFIX}omk-bench-image', prepared)
        call(
            'podman',
            'build',
            '--network=host',
            '--format=docker',
            f'--build-arg=BASE={prepared}',
            '--label=org.opmantek.omk.image=bench',
            f'--tag={name}',
            HERE / 'image',
        )
        call('podman', 'untag', prepared)
    finally:
        call(CHECKOUT / 'dev/host', 'down', 'bench-image')


class Fleet:
    """The hosts that are up, and how ssh and Ansible reach them.

    Args:
        label (str): what tells this fleet's containers, network and files from another's.

    Attributes:
        names (list of str): its hosts.
        key (Path): the private key with which root logs in.
    """

    def __init__(self, label='bench'):
        self.names = []
        self._label = label
        self._state = CHECKOUT / '.cache' / label / 'fleet'
        self._prefix = PREFIX + label
        self._addresses = {}
        self.key = self._state / 'keys/key'
        self._ssh = (
            '-o',
            f'UserKnownHostsFile={self._state}/known_hosts',
            '-o',
            'StrictHostKeyChecking=yes',
            '-o',
            'BatchMode=yes',
        )

    def __enter__(self):
        self._remove()
        keys = self._state / 'keys'
        keys.mkdir(parents=True)
        for key in ('host_key', 'key'):
            call('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', keys / key)
        shutil.copy(keys / 'key.pub', keys / 'authorized_keys')
        self._state.joinpath('known_hosts').write_text('* ' + (keys / 'host_key.pub').read_text())
        self._image = image()
        call('podman', 'network', 'create', f'--label={LABEL}', self._prefix)
        return self

    def __exit__(self, *_unused):
        self._remove()

    def grow(self, count):
        """Have that many hosts, all of them up and yellow."""
        new = [f'omk{number:02}' for number in range(len(self.names) + 1, count + 1)]
        everywhere(self._start, new)
        everywhere(self._wait, new)
        self.names += new
        self.ssh('/opt/bench/reset', new)

    def _start(self, name):
        log = self._state / 'logs' / name
        log.mkdir(parents=True)
        call(
            'podman',
            'run',
            '--detach',
            '--pull=never',
            '--systemd=always',
            f'--name={self._prefix}-{name}',
            '--hostname=omk.example.com',
            f'--network={self._prefix}',
            f'--label={LABEL}',
            f'--label=org.opmantek.omk.scenario={self._label}',
            f'--volume={self._state}/keys:/etc/ssh/bench:ro',
            f'--volume={log}:/var/log/sshd',
            self._image,
            '/sbin/init',
        )

    def _wait(self, name):
        container = f'{self._prefix}-{name}'
        for _second in range(120):
            state = subprocess.run(
                ['podman', 'exec', container, 'timeout', '100', 'systemctl', 'is-system-running', '--wait'],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                check=False,
            ).stdout.strip()
            if state in ('running', 'degraded'):
                break
            time.sleep(1)
        else:
            raise Failed(f'{container} did not boot within two minutes; see podman exec {container} systemctl status.')
        details = json.loads(call('podman', 'inspect', container))[0]
        self._addresses[name] = details['NetworkSettings']['Networks'][self._prefix]['IPAddress']

    def ssh(self, command, names=None, at_once=AT_ONCE):
        """Run a command on hosts, over connections of its own. Returns the seconds that it took for all."""
        names = self.names if names is None else names
        started = time.monotonic()
        everywhere(
            lambda name: call('ssh', *self._ssh, '-i', self.key, f'root@{self._addresses[name]}', command),
            names,
            at_once,
        )
        return time.monotonic() - started

    def addresses(self, count):
        """The addresses (dict) of the first hosts, by name."""
        return {name: self._addresses[name] for name in self.names[:count]}

    def inventory(self, count):
        """The path of an inventory of the first hosts."""
        hosts = {name: {'ansible_host': address} for name, address in self.addresses(count).items()}
        variables = {
            'ansible_user': 'root',
            'ansible_ssh_private_key_file': str(self.key),
            'ansible_ssh_common_args': ' '.join(self._ssh),
            # Else every run would first ask each host for its Python, and so dilute all that is compared.
            'ansible_python_interpreter': '/usr/bin/python3',
        }
        path = self._state / f'inventory-{count}.json'
        path.write_text(json.dumps({'omk': {'hosts': hosts, 'vars': variables}}, indent=1))
        return path

    def remote_executions(self):
        """How many commands each host's sshd has been asked to run so far (dict of str to int)."""
        return {
            name: len(_SESSION.findall((self._state / 'logs' / name / 'sshd.log').read_bytes())) for name in self.names
        }

    def _remove(self):
        """Remove the fleet, also one that was left over."""
        found = call(
            'podman',
            'ps',
            '--all',
            '--quiet',
            f'--filter=label={LABEL}',
            f'--filter=label=org.opmantek.omk.scenario={self._label}',
        ).split()
        if found:
            call('podman', 'rm', '--force', '--time=0', '--volumes', *found)
        subprocess.run(
            ['podman', 'network', 'rm', '--force', self._prefix],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if self._state.exists():
            shutil.rmtree(self._state)
