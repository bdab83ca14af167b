# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disposable host with real Apache and the OMK stand-in, on which the module is run as Ansible would run it."""

import io
import json
import pathlib
import subprocess
import tarfile

import ansible
import pytest
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = '/opt/lab'
MODULE = 'ansible_collections.opmantek.omk.plugins.modules.'


class Lab:
    """The host, and what the tests do on it."""

    def __init__(self, server):
        self.server = server

    def run(self, *command, data=None):
        """Run a command on the host (CompletedProcess, bytes)."""
        return subprocess.run(['podman', 'exec', '-i', self.server.container, *command], input=data,
                              capture_output=True, check=False)

    def shell(self, script):
        """Run a shell script that has to succeed; what it printed (bytes)."""
        ran = self.run('bash', '-euc', script)
        assert ran.returncode == 0, ran.stderr.decode()
        return ran.stdout

    def write(self, path, content):
        """Put a file (bytes) on the host, through a symbolic link as any editor would."""
        ran = self.run('tee', path, data=content)
        assert ran.returncode == 0, ran.stderr.decode()

    def read(self, path):
        """The bytes of a file."""
        return self.run('cat', path).stdout

    def module(self, which='apache_websocket_proxy', **options):
        """Run a module of the collection; its result (dict)."""
        arguments = json.dumps({'ANSIBLE_MODULE_ARGS': dict(options, _ansible_diff=True)}).encode()
        ran = self.run('env', f'PYTHONPATH={LAB}', 'python3', '-m', MODULE + which, data=arguments)
        assert ran.stdout.strip().startswith(b'{'), (ran.stdout + ran.stderr).decode()
        return json.loads(ran.stdout)

    def fingerprint(self):
        """What there is below Apache's folder: paths, kinds, targets and contents (bytes)."""
        return self.shell('cd /etc/apache2 &&'
                          ' find . -type l -printf "%p -> %l\\n" -o -type f -exec sha256sum {} + | sort')


def _tar(*folders):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode='w') as archive:
        for folder, name in folders:
            archive.add(folder, name, filter=lambda entry: None if '__pycache__' in entry.name else entry)
    return packed.getvalue()


@pytest.fixture(scope='session')
def lab():
    """One host for all layouts; it is removed afterwards."""
    up = subprocess.run([ROOT / 'dev/host', 'up', 'apache-lab'], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stdout + up.stderr
    host = Lab(servers.find('apache-lab')[0])
    core = pathlib.Path(ansible.__file__).parent
    packed = _tar((core / '__init__.py', 'ansible/__init__.py'), (core / 'release.py', 'ansible/release.py'),
                  (core / '_vendor', 'ansible/_vendor'), (core / 'module_utils', 'ansible/module_utils'),
                  (ROOT / 'plugins', 'ansible_collections/opmantek/omk/plugins'))
    host.shell(f'rm -rf {LAB} && mkdir -p {LAB}')
    assert host.run('tar', '-xC', LAB, data=packed).returncode == 0
    host.shell('a2enmod -q proxy proxy_http proxy_wstunnel headers ssl rewrite lbmethod_byrequests macro')
    yield host
    subprocess.run([ROOT / 'dev/host', 'down', 'apache-lab'], check=True, capture_output=True)
