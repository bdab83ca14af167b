# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server for the modules that try a websocket."""

import base64
import hashlib
import socket
import threading

import pytest


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
