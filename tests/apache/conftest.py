# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disposable host with real Apache and the OMK stand-in, on which the module is run as Ansible would run it."""

import base64
import io
import json
import os
import pathlib
import re
import subprocess
import tarfile

import ansible
import pytest
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = '/opt/lab'
NAME = 'omk.example.com'
#: The release of httpd to try instead of Debian's, one of molecule/shared/images/apache/releases.txt.
OLD = os.environ.get('OMK_APACHE')
# Files that are no part of the project: tried where somebody says where they are.
collect_ignore = [] if 'OMK_CORPUS' in os.environ else ['test_real_files.py']


class Lab:
    """The host, and what the tests do on it."""

    def __init__(self, server):
        self.server = server
        said = self.run('apache2ctl', '-v').stdout.decode()
        #: Apache's version (tuple of int).
        self.version = tuple(int(part) for part in re.search(r'Apache/([0-9.]+)', said).group(1).split('.'))
        self._deliver()
        self._resident = subprocess.Popen(
            [
                servers.ENTER,
                server.container,
                'env',
                f'PYTHONPATH={LAB}',
                'LC_ALL=C.UTF-8',
                'python3',
                '-u',
                f'{LAB}/resident.py',
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _deliver(self):
        """Put the collection and what it needs of Ansible on the host."""
        core = pathlib.Path(ansible.__file__).parent
        packed = _tar(
            (core / '__init__.py', 'ansible/__init__.py'),
            (core / 'release.py', 'ansible/release.py'),
            (core / '_vendor', 'ansible/_vendor'),
            (core / 'module_utils', 'ansible/module_utils'),
            (ROOT / 'plugins', 'ansible_collections/opmantek/omk/plugins'),
            (ROOT / 'tests/apache/resident.py', 'resident.py'),
        )
        unpacked = self.run('sh', '-c', f'rm -rf {LAB} && mkdir -p {LAB} && tar -xC {LAB}', data=packed)
        assert unpacked.returncode == 0, unpacked.stderr

    def prepare(self):
        """Load what the layouts speak of, and remember Apache's folder as it is then."""
        modules = 'proxy proxy_http proxy_wstunnel headers ssl rewrite lbmethod_byrequests macro'
        self.shell(f'a2enmod -q {modules} && systemctl restart apache2')
        self.do('pristine')

    def do(self, action, **arguments):
        """Have the process on the host do something (see resident.py); its answer."""
        self._resident.stdin.write(json.dumps([action, arguments]) + '\n')
        self._resident.stdin.flush()
        answer = self._resident.stdout.readline()
        assert answer, 'the process on the host is gone'
        return json.loads(answer)

    def close(self):
        """End the process on the host."""
        self._resident.stdin.close()
        self._resident.wait(30)

    def run(self, *command, data=None):
        """Run a command on the host (CompletedProcess, bytes)."""
        return subprocess.run(
            [servers.ENTER, self.server.container, *command], input=data, capture_output=True, check=False
        )

    def shell(self, script):
        """Run a shell script that has to succeed; what it printed (bytes)."""
        code, output, errors = self.do('shell', script=script)
        assert code == 0, errors
        return output.encode()

    def write(self, path, content):
        """Put a file (bytes) on the host, through a symbolic link as any editor would."""
        self.do('write', path=path, content=base64.b64encode(content).decode())

    def read(self, path):
        """The bytes of a file."""
        return base64.b64decode(self.do('read', path=path))

    def module(self, which='apache_websocket_proxy', **options):
        """Run a module of the collection; its result (dict)."""
        said = self.do('module', which=which, arguments=dict(options, _ansible_diff=True))
        assert said.strip().startswith('{'), said
        return json.loads(said)

    def fingerprint(self):
        """What there is below Apache's folder: paths, kinds, targets and contents."""
        return self.do('fingerprint')

    def lay(self, files, links):
        """Put a tree (path to bytes; path to target) into Apache's folder in the place of its sites."""
        self.do('lay', files={path: base64.b64encode(content).decode() for path, content in files.items()}, links=links)

    def reload(self, full=False):
        """Reload or restart Apache; what its test said against it, '' when it runs on it."""
        return self.do('reload', full=full)

    def has_address(self, address):
        """Give the host one more address, for itself alone (the containers have no right to do that)."""
        process = subprocess.run(
            ['podman', 'inspect', '--format', '{{.State.Pid}}', self.server.container],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        prefix = 128 if ':' in address else 32
        subprocess.run(
            ['nsenter', '--net', '--target', process, 'ip', 'address', 'replace', f'{address}/{prefix}', 'dev', 'lo'],
            check=True,
        )

    def same_file(self, one, other):
        """Whether two paths on the host lead to the same file."""
        return self.do('same_file', one=one, other=other)

    def at(self, address):
        """Where the host is reached under an address of Apache's dump (`*` is every one that it has)."""
        return self.server.address if address == '*' else address.strip('[]')


def _tar(*folders):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode='w') as archive:
        for folder, name in folders:
            archive.add(folder, name, filter=lambda entry: None if '__pycache__' in entry.name else entry)
    return packed.getvalue()


@pytest.fixture(scope='session')
def lab():
    """One host for all layouts; it is removed afterwards."""
    name = f'apache-lab-{OLD}' if OLD else 'apache-lab'
    up = subprocess.run([ROOT / 'dev/host', 'up', name], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stdout + up.stderr
    server = servers.find(name)[0]
    host = Lab(server)
    assert not OLD or '.'.join(map(str, host.version)) == OLD
    host.prepare()
    yield host
    host.do('pristine')
    host.close()
    subprocess.run([ROOT / 'dev/host', 'down', name], check=True, capture_output=True)
