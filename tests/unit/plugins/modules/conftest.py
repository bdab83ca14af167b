# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host for the modules that change it, and a real server for those that try a websocket."""

import base64
import hashlib
import json
import socket
import threading

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as shown_warnings
from ansible_collections.opmantek.omk.plugins.module_utils import _program
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import mechanisms, selinux
from ansible_collections.opmantek.omk.plugins.module_utils._files import backups, exclusive, records, transaction
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import Host


@pytest.fixture
def omk():
    """The port of a server that opens any websocket and sends one event."""

    def serve():
        try:
            while True:
                with listener.accept()[0] as connection:
                    key = connection.recv(65536).partition(b'Sec-WebSocket-Key: ')[2].partition(b'\r\n')[0]
                    proof = base64.b64encode(hashlib.sha1(key + b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest())
                    connection.sendall(
                        b'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                        b'Sec-WebSocket-Accept: ' + proof + b'\r\n\r\n\x81\x02{}'
                    )
                    connection.recv(100)
        except OSError:
            return

    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen(5)
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A server of Debian's layout, on which the modules run."""
    for package, name, place in (
        (exclusive, 'PATH', 'lock'),
        (backups, 'FOLDER', 'backups'),
        (records, 'FOLDER', 'lib'),
        (transaction, 'RECENT', 'run'),
        (mechanisms, '_RENDERED', 'rendered'),
        (mechanisms, '_NOTES', 'notes'),
    ):
        monkeypatch.setattr(package, name, str(tmp_path / place))
    monkeypatch.setattr(selinux, '_FOLDERS', ())
    (tmp_path / 'host').mkdir()
    host = Host(tmp_path / 'host', 'debian', monkeypatch)
    monkeypatch.setattr(_program, 'runner', lambda _module: host.run)
    monkeypatch.setattr(basic, '_ANSIBLE_PROFILE', 'legacy', raising=False)
    return host


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a module with options; returns what it prints (dict)."""

    def run(module, check=False, **options):
        options.update(_ansible_check_mode=check, _ansible_diff=True)
        monkeypatch.setattr(basic, '_ANSIBLE_ARGS', json.dumps({'ANSIBLE_MODULE_ARGS': options}).encode())
        monkeypatch.setattr(shown_warnings, '_global_warnings', type(shown_warnings._global_warnings)())
        with pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run
