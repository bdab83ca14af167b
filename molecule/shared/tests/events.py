# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listens to the events as a browser would, with a websocket client that is not ours (websocket-client)."""

from __future__ import annotations

import json
import socket
import ssl

import websocket
from servers import EVENTS, Server


def listen(server: Server, scheme: str = 'wss', port: int = 443, count: int = 1, timeout: float = 15) -> list[dict]:
    """Open the websocket at the host's address under the host's name and return the first events.

    TLS is validated against the test CA only, the handshake (Sec-WebSocket-Accept) by the client library.

    Raises:
        websocket.WebSocketBadStatusException: the answer was not 101; it has status_code and resp_headers.
        OSError: no connection, or no trusted TLS.
    """
    stream: socket.socket = socket.create_connection((server.address, port), timeout)
    if scheme == 'wss':
        context = ssl.create_default_context(cafile=str(server.ca))
        stream = context.wrap_socket(stream, server_hostname=server.name)
    url = f'{scheme}://{server.name}:{port}{EVENTS}'
    with stream:
        connection = websocket.create_connection(url, timeout=timeout, socket=stream)
        events = [json.loads(connection.recv()) for _ in range(count)]
        connection.close()
    return events
