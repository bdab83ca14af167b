# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disposable OMK host whose Events pane is green, to be broken in every way there is. Wants root and podman."""

import concurrent.futures
import contextlib
import json
import os
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import ansible
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, status, target
from one_server import CHECKOUT, NAME, WAIT, wait_for

SHARED = CHECKOUT / 'molecule' / 'shared'
ENTER = SHARED / 'enter'

SITE = f"""<VirtualHost *:443>
    ServerName {NAME}
    SSLEngine on
    SSLCertificateFile /etc/ssl/certs/omk.pem
    # begin
    RequestHeader set X-Forwarded-Proto "https"
    ProxyPass "/en/omk/opCharts/events/log" "ws://localhost:8042/en/omk/opCharts/events/log"
    ProxyPass /en/omk http://localhost:8042/en/omk
    # end
</VirtualHost>
"""

INSTALL = """
install -d /usr/local/omk/conf/conf.d /usr/local/omk/log /usr/local/omk/var
cp -r /opt/omk/app/. /usr/local/omk
cp /opt/omk/samples/set.json /usr/local/omk/conf/opCommon.json
cp /opt/omk/omkd.service /etc/systemd/system/
cp /opt/tls/ca.crt /usr/local/share/ca-certificates/omk-test.crt
update-ca-certificates >/dev/null 2>&1
cat /opt/tls/omk.test.crt /opt/tls/omk.test.key >/etc/ssl/certs/omk.pem
cp /opt/omk.conf /etc/apache2/sites-available/omk.conf
a2dissite --quiet 000-default
a2enmod --quiet ssl headers rewrite proxy proxy_http proxy_wstunnel
a2ensite --quiet omk
# Debian's unit has Apache wait for whatever is still open.
mkdir /etc/systemd/system/apache2.service.d
printf '[Service]\\nExecStop=\\nTimeoutStopSec=2\\n' >/etc/systemd/system/apache2.service.d/quick.conf
systemctl daemon-reload
# What is older than the start of a service is what it runs with.
find /etc/apache2 /usr/local/omk/conf -exec touch --no-dereference --date='1 hour ago' {} +
mkdir /opt/green
cp -a /etc/apache2 /opt/green/apache2
cp -a /usr/local/omk /opt/green/omk
cp -a /etc/ssl/certs/omk.pem /opt/green/omk.pem
systemctl start omkd
systemctl restart apache2
"""

RESTORE = """
# What the last cause left running or not: neither has to be there.
systemctl kill --signal=CONT omkd 2>/dev/null || :
systemctl stop apache2 omkd impostor 2>/dev/null || :
systemctl reset-failed
ip route flush type blackhole
rm -rf /etc/apache2 /usr/local/omk
cp -a /opt/green/apache2 /etc/apache2
cp -a /opt/green/omk /usr/local/omk
cp -a /opt/green/omk.pem /etc/ssl/certs/omk.pem
systemctl start omkd apache2
"""

RUN_MODULE = """
import sys
sys.path.insert(0, '/opt/python')
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.argv[1].encode()
basic._ANSIBLE_PROFILE = 'legacy'
from ansible_collections.opmantek.omk.plugins.modules.MODULE import main
main()
"""


class Host:
    """The container: run shell in it, and look at its pane from inside and from outside."""

    def __init__(self, container, folder):
        self.container, self.folder = container, folder
        self.address = self.gateway = None

    def podman(self, *arguments, **options):
        return subprocess.run(['podman', *arguments], check=True, stdout=subprocess.PIPE, **options).stdout

    def boot(self):
        """Wait until systemd has started everything."""
        command = [ENTER, self.container, 'timeout', '60', 'systemctl', 'is-system-running', '--wait']
        for _try in range(120):
            if subprocess.run(command, capture_output=True, check=False).stdout == b'running\n':
                return
            time.sleep(0.5)
        raise AssertionError('the container does not boot')

    def shell(self, script):
        """Run a script as root; what it prints is returned."""
        script = 'set -eu\n' + script
        done = subprocess.run(
            [ENTER, self.container, 'bash', '-s'],
            input=script.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()

    def write(self, path, text):
        subprocess.run(
            [ENTER, self.container, 'tee', path],
            input=text.encode(),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def site(self, lines, reload=True):
        """Have these lines in the VirtualHost instead of the right ones."""
        start, end = SITE.index('    # begin'), SITE.index('    # end')
        self.write('/etc/apache2/sites-available/omk.conf', SITE[:start] + lines + '\n' + SITE[end:])
        if reload:
            self.shell('apache2ctl configtest && systemctl restart apache2')
        else:
            self.shell('touch /etc/apache2/sites-available/omk.conf')

    def setting(self, old, new, restart=True):
        """Change the text of opCommon.json, and have omkd take it up."""
        path = '/usr/local/omk/conf/opCommon.json'
        text = self.shell(f'cat {path}')
        assert old in text
        self.write(path, text.replace(old, new))
        self.shell(f"touch --date='{'1 hour ago' if restart else 'now'}' {path}")
        if restart:
            self.shell('systemctl restart omkd' + WAIT)

    def certificate(self, reload=True, **dates):
        """Have another certificate for the same name, and the same authority unless `ca` says otherwise."""
        folder = self.folder / dates.pop('ca', 'tls')
        name = dates.pop('name', NAME)
        subprocess.run(
            [SHARED / 'tls' / 'issue', folder, name],
            check=True,
            stdout=subprocess.DEVNULL,
            env=dict(os.environ, **{'ISSUE_' + key.upper(): value for key, value in dates.items()}),
        )
        self.write('/etc/ssl/certs/omk.pem', ''.join((folder / f'{name}{end}').read_text() for end in ('.crt', '.key')))
        if reload:
            self.shell('systemctl restart apache2')

    def impostor(self, answer, tls=True):
        """Have something that is not Apache on port 443, which answers every request with these bytes."""
        program = f"""
import socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('/etc/ssl/certs/omk.pem')
listener = socket.create_server(('', 443))
while True:
    try:
        connection = listener.accept()[0]
        if {tls!r}:
            connection = context.wrap_socket(connection, server_side=True)
        connection.recv(65536)
        connection.sendall({answer!r})
        connection.close()
    except OSError:
        pass
"""
        self.write('/opt/impostor.py', program)
        self.shell(
            'systemctl stop apache2; systemd-run --quiet --unit=impostor python3 /opt/impostor.py' + wait_for(443)
        )

    def interrupt_edit(self):
        """Have a journal beside the settings file, as an edit leaves it that was killed."""
        self.write(
            '/opt/killed.py',
            """
import os, signal, sys
sys.path.insert(0, '/opt/python')
from ansible_collections.opmantek.omk.plugins.module_utils._files import raw
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
raw.overwrite = lambda *_arguments: os.kill(os.getpid(), signal.SIGKILL)
files.change('/usr/local/omk/conf/opCommon.json', 'websocket_proxy_port', 'present', '8443')
""",
        )
        self.shell('python3 /opt/killed.py && exit 1 || [ $? = 137 ]')

    def impostor_behind(self, answer):
        """Have something that is not OMK on port 8000, which answers every request with these bytes."""
        self.write(
            '/opt/impostor.py',
            f"""
import socket
listener = socket.create_server(('127.0.0.1', 8000))
while True:
    connection = listener.accept()[0]
    connection.recv(65536)
    connection.sendall({answer!r})
    connection.close()
""",
        )
        self.shell('systemd-run --quiet --unit=impostor python3 /opt/impostor.py' + wait_for(8000))

    def restore(self):
        """Make it green, whatever the test before has left. Every test begins so; none has to clean up these things."""
        self.shell(RESTORE + WAIT)

    def status(self, **options):
        """The status of the host, as websocket_info returns it."""
        return self._module('websocket_info', options)

    def restart(self, **options):
        """The status of the host after a restart of OMK, as omk_restart returns it."""
        return self._module('omk_restart', {'status': True, 'start_timeout': 30, **options})

    def _module(self, name, options):
        arguments = json.dumps({'ANSIBLE_MODULE_ARGS': dict({'timeout': 5}, **options)})
        done = subprocess.run(
            [ENTER, self.container, 'python3', '-c', RUN_MODULE.replace('MODULE', name), arguments],
            capture_output=True,
            check=False,
            timeout=60,
        )
        result = json.loads(done.stdout or b'{}')
        assert done.returncode == 0, result.get('msg') or done.stderr.decode()
        return result

    def probe(self, **options):
        """The status of one probe from outside, as websocket_probe gives it."""
        asked = {'host': NAME, 'address': self.address, 'timeout': 5, 'ca_path': str(self.folder / 'tls' / 'ca.crt')}
        seen = client.probe(target.Request(**dict(asked, **options)))
        return dict(status.assess_probe(seen), observation=seen)


def _install_modules(host):
    """The collection and the part of Ansible that modules import, without a connection for each look."""

    def keep(entry):
        return None if '__pycache__' in entry.name else entry

    with tempfile.TemporaryFile() as archive:
        with tarfile.open(fileobj=archive, mode='w') as tar:
            base = Path(ansible.__file__).parent
            for part in ('__init__.py', 'release.py', '_vendor', '_internal', 'module_utils'):
                if (base / part).exists():
                    tar.add(base / part, f'ansible/{part}', filter=keep)
            for part in ('modules', 'module_utils'):
                tar.add(CHECKOUT / 'plugins' / part, f'ansible_collections/opmantek/omk/plugins/{part}', filter=keep)
        archive.seek(0)
        host.shell('mkdir -p /opt/python')
        host.podman('exec', '-i', host.container, 'tar', '--extract', '--directory=/opt/python', stdin=archive)


@contextlib.contextmanager
def disposable(folder, name):
    """A `Host` for as long as it is wanted.

    Args:
        folder (Path): its own, for its authorities and reports.
        name (str): of its container, without the prefix.
    """
    os.environ.setdefault('CONTAINERS_CONF', str(SHARED / 'containers.conf'))
    image = subprocess.run([SHARED / 'images' / 'build'], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    subprocess.run([SHARED / 'tls' / 'issue', folder / 'tls', NAME], check=True)
    made = Host(os.environ.get('OMK_CONTAINER_PREFIX', 'opmantek-') + name, folder)
    made.podman('rm', '--force', '--ignore', '--time=1', made.container)
    try:
        made.podman(
            'run',
            '--detach',
            '--name',
            made.container,
            '--systemd=always',
            '--hostname',
            NAME,
            '--cap-add=NET_ADMIN',
            image,
            '/sbin/init',
        )
        made.boot()
        network = json.loads(made.podman('inspect', made.container))[0]['NetworkSettings']
        [network] = network['Networks'].values()
        made.address, made.gateway = network['IPAddress'], network['Gateway']
        made.podman('cp', str(SHARED / 'omk'), f'{made.container}:/opt/omk')
        made.podman('cp', str(folder / 'tls'), f'{made.container}:/opt/tls')
        made.write('/opt/omk.conf', SITE)
        _install_modules(made)
        made.shell(INSTALL + WAIT)
        yield made
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            made.podman('rm', '--force', '--ignore', '--time=1', made.container)


@pytest.fixture(scope='session')
def host(tmp_path_factory):
    with disposable(tmp_path_factory.mktemp('causes'), 'causes') as made:
        yield made


@pytest.fixture(scope='session')
def make_hosts(tmp_path_factory):
    """Makes several (list of Host), which are there until the tests end."""
    with contextlib.ExitStack() as stack:

        def make(count):
            each = [disposable(tmp_path_factory.mktemp('causes'), f'causes-{number}') for number in range(count)]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                # All are waited for, so that none is left when one of them fails.
                return list(pool.map(stack.enter_context, each))

        yield make
