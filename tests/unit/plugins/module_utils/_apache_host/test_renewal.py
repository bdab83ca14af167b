# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate that was renewed behind Apache's back, with a real TLS server in its place."""

import socket
import ssl
import subprocess
import threading
import time

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import tls_files
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import renewal
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

PLACE = tls_files.Place('/etc/omk.conf', 1)


def issue(path, days='2'):
    """A certificate and its key in one file."""
    subprocess.check_output(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', days]
        + ['-subj', '/CN=omk.example.com', '-keyout', str(path) + '.key', '-out', str(path) + '.crt'],
        stderr=subprocess.DEVNULL,
    )
    with open(str(path) + '.crt') as certificate, open(str(path) + '.key') as key:
        path.write_text(key.read() + certificate.read())


class Server:
    """What serves a certificate as it was when it last read the file."""

    def __init__(self, path, port, name):
        self.path, self.port = path, port
        self.config = [
            Node('VirtualHost', '*:443', [Node('SSLCertificateFile', str(path), None, *PLACE)], *PLACE),
        ]
        self.configured_at = time.monotonic()

    def waiting(self, configured_ago=0.0):
        stamp = str(int((self.configured_at - configured_ago) * 1e6))
        unit = {'ActiveState': 'active', 'StateChangeTimestampMonotonic': stamp}
        return renewal.waiting(self.config, PLACE, unit, self.port, 'omk.example.com', '127.0.0.1')


@pytest.fixture
def server(tmp_path):
    path = tmp_path / 'omk.pem'
    issue(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if hasattr(ssl, 'PROTOCOL_TLS_SERVER') else ssl.PROTOCOL_TLS)
    context.load_cert_chain(str(path))

    def serve():
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen(5)
        threading.Thread(target=serve, daemon=True).start()
        time.sleep(0.01)
        yield Server(path, listener.getsockname()[1], 'omk.example.com')
        listener.shutdown(socket.SHUT_RDWR)


def test_a_file_that_apache_has_read(server):
    assert server.waiting() is None


def test_a_file_that_was_only_touched(server):
    assert server.waiting(configured_ago=60) is None


def test_a_renewed_file(server):
    issue(server.path)
    renewed = server.waiting(configured_ago=60)
    assert (renewed.file, renewed.valid) == (str(server.path), True)
    assert renewed.not_after > time.strftime('%Y-%m-%dT', time.gmtime())


def test_one_that_has_kept_an_old_time_stamp(server):
    time.sleep(0.02)
    issue(server.path)
    subprocess.check_call(['touch', '--date=1 hour ago', str(server.path)])
    assert server.waiting() is not None


def test_an_apache_that_is_stopped_reads_it_anyway(server):
    issue(server.path)
    assert renewal.waiting(server.config, PLACE, {'ActiveState': 'inactive'}, server.port, 'x', '*') is None


def test_one_with_which_apache_would_end(server):
    issue(server.path)
    other = server.path.with_name('other.pem')
    issue(other)
    parts = server.path.with_name('other.pem.key'), server.path.with_name('omk.pem.crt')
    server.path.write_text(''.join(part.read_text() for part in parts))
    with pytest.raises(Problem, match='does not belong to the certificate'):
        server.waiting(configured_ago=60)


def test_a_server_that_shows_none(server):
    issue(server.path)
    server.port = 1  # nobody listens
    assert server.waiting(configured_ago=60).valid is True
