# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers on real sockets, and certificates that openssl made, for the tests of the probe."""

import base64
import contextlib
import hashlib
import socket
import ssl
import subprocess
import threading

import pytest

CA_CONFIGURATION = """
[ca]
default_ca = test
[test]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
organizationName = optional
commonName = supplied
"""


class Certificates:
    """A certificate authority of the test's own. `pem` is what a client has to trust."""

    def __init__(self, folder):
        self.folder = folder
        self.pem = str(folder / 'ca.pem')
        (folder / 'index').write_text('')
        (folder / 'serial').write_text('1000\n')
        (folder / 'ca.cnf').write_text(CA_CONFIGURATION.format(folder=folder))
        self._openssl(
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:P-256',
            '-nodes',
            '-subj',
            '/O=Example/CN=Test CA',
            '-days',
            '30',
            '-keyout',
            folder / 'ca.key',
            '-out',
            self.pem,
        )
        self._openssl('ecparam', '-genkey', '-noout', '-name', 'prime256v1', '-out', folder / 'server.key')

    def make(self, names='DNS:localhost,IP:127.0.0.1,IP:::1', start='200101000000Z', end='491231235959Z', cn='omk'):
        """The file with certificate and key for these names and times (UTC, as openssl-ca(1) wants them)."""
        stem = hashlib.sha1((names + start + end + cn).encode()).hexdigest()[:12]
        path = self.folder / (stem + '.pem')
        if not path.exists():
            request, extensions, certificate = (self.folder / (stem + kind) for kind in ('.csr', '.ext', '.crt'))
            extensions.write_text(f'subjectAltName={names}\n' if names else 'basicConstraints=CA:FALSE\n')
            self._openssl(
                'req', '-new', '-key', self.folder / 'server.key', '-subj', f'/O=Example/CN={cn}', '-out', request
            )
            self._openssl(
                'ca',
                '-batch',
                '-notext',
                '-config',
                self.folder / 'ca.cnf',
                '-cert',
                self.pem,
                '-keyfile',
                self.folder / 'ca.key',
                '-in',
                request,
                '-out',
                certificate,
                '-extfile',
                extensions,
                '-startdate',
                start,
                '-enddate',
                end,
            )
            path.write_text(certificate.read_text() + (self.folder / 'server.key').read_text())
        return str(path)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(
            ['openssl'] + [str(argument) for argument in arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class Server:
    """Serves every connection with `behaviour(connection)` in a thread of its own, until the test is over."""

    def __init__(self, behaviour, context=None, family=socket.AF_INET):
        self.over = threading.Event()
        self.requests = []
        self._behaviour, self._context = behaviour, context
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind(('::1' if family == socket.AF_INET6 else '127.0.0.1', 0))
        self._listener.listen(5)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        # A client that leaves early is what some tests are about.
        with contextlib.suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                self._behaviour(self, connection)

    def read_request(self, connection):
        """The next request (bytes), with the body that its Content-Length announces."""
        received = b''
        while b'\r\n\r\n' not in received:
            data = connection.recv(65536)
            if not data:
                raise ConnectionError('the client left')
            received += data
        head, _end, body = received.partition(b'\r\n\r\n')
        for line in head.split(b'\r\n'):
            if line.lower().startswith(b'content-length:'):
                while len(body) < int(line.partition(b':')[2]):
                    body += connection.recv(65536)
        self.requests.append(head + b'\r\n\r\n' + body)
        return self.requests[-1]

    def close(self):
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def accept_answer(request):
    """The head that opens the websocket, computed here and not by the code under test."""
    key = [line.partition(b': ')[2] for line in request.split(b'\r\n') if line.startswith(b'Sec-WebSocket-Key: ')][0]
    proof = base64.b64encode(hashlib.sha1(key + b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest())
    return (
        b'HTTP/1.1 101 Switching Protocols\r\nServer: Mojolicious (Perl)\r\nUpgrade: websocket\r\n'
        b'Connection: Upgrade\r\nSec-WebSocket-Accept: ' + proof + b'\r\n\r\n'
    )


def opens(after=b'', wait=True):
    """A behaviour: open the websocket, send these bytes, then keep the connection."""

    def behaviour(server, connection):
        connection.sendall(accept_answer(server.read_request(connection)) + after)
        if wait:
            server.over.wait(60)

    return behaviour


def answers(data, wait=False):
    """A behaviour: answer any request with these bytes."""

    def behaviour(server, connection):
        server.read_request(connection)
        connection.sendall(data)
        if wait:
            server.over.wait(60)

    return behaviour


def status(code, headers='', body=''):
    """A behaviour: answer with a whole HTTP response."""
    return answers(f'HTTP/1.1 {code} Something\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}'.encode('latin-1'))


def tls_context(path, **settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


@pytest.fixture(scope='session')
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp('certificates'))


@pytest.fixture
def serve():
    """Start servers: `serve(behaviour, context=None, family=AF_INET)`."""
    servers = []

    def start(*arguments, **options):
        servers.append(Server(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope='session')
def tool():
    """The helpers of this file, for tests that cannot import it by name."""

    class Tool:
        pass

    for helper in (accept_answer, opens, answers, status, tls_context):
        setattr(Tool, helper.__name__, staticmethod(helper))
    return Tool
