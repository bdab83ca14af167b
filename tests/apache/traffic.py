# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users do with a server while somebody changes it: open Events panes, and requests. Clients that are not ours."""

import contextlib
import http.client
import socket
import ssl
import threading
import time

import websocket
from servers import EVENTS, NODE_PAGE


class Traffic:
    """Websockets and loops of requests through TLS, in threads; used as a context.

    Attributes:
        dropped (list of str): how websockets ended that were to stay open.
        failed (list of str): requests that got no answer 200.
        requests (dict): how many were answered, by loop.
        reopened (int): kept connections that Apache had closed, as it may at any time between two requests; clients
            then open another one for the same request, which has to be answered.
    """

    def __init__(self, server):
        self.server = server
        self.context = ssl.create_default_context(cafile=str(server.ca))
        self.events, self.dropped, self.failed, self.reopened = [], [], [], 0
        self.requests = {'new': 0, 'kept': 0}
        self._open, self._threads, self._over = [], [], threading.Event()

    def __enter__(self):
        for loop in (self._request_anew, self._request_on):
            self._start(loop)
        return self

    def __exit__(self, *_unused):
        self._over.set()
        for thread in self._threads:
            thread.join()
        for connection in self._open:
            with contextlib.suppress(OSError, websocket.WebSocketException):
                connection.close()

    def open(self, count, port):
        """Open so many websockets through a port, and wait until events have come on each."""
        for _number in range(count):
            connection = websocket.create_connection(
                f'wss://{self.server.name}:{port}{EVENTS}', timeout=30, socket=self._connect(port)
            )
            self._open.append(connection)
            self.events.append(0)
            self._start(self._listen, len(self.events) - 1)
        self.wait_for_events()

    def wait_for_events(self, count=2):
        """Wait until so many more events have come on every websocket and more requests were answered.

        They come every second; on a websocket that is dropped, or with requests that fail, nothing is waited for.
        """
        events, requests, failed = list(self.events), dict(self.requests), len(self.failed)
        deadline = time.monotonic() + 60
        while not self.dropped and time.monotonic() < deadline:
            if all(now >= then + count for now, then in zip(self.events, events, strict=True)) and (
                len(self.failed) > failed or all(self.requests[loop] > requests[loop] for loop in requests)
            ):
                return
            time.sleep(0.05)

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _connect(self, port):
        stream = socket.create_connection((self.server.address, port), 30)
        return self.context.wrap_socket(stream, server_hostname=self.server.name)

    def _listen(self, number):
        connection = self._open[number]
        connection.settimeout(0.5)
        while not self._over.is_set():
            try:
                if not connection.recv():
                    self.dropped.append(f'websocket {number}: closed')
                    return
                self.events[number] += 1
            except websocket.WebSocketTimeoutException:
                continue
            except (websocket.WebSocketException, OSError) as error:
                self.dropped.append(f'websocket {number}: {error!r}')
                return

    def _ask(self, connection):
        connection.request('GET', NODE_PAGE)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def _fresh(self):
        connection = http.client.HTTPSConnection(self.server.name, context=self.context)
        connection.sock = self._connect(443)
        return connection

    def _count(self, loop, status):
        if status == 200:
            self.requests[loop] += 1
        else:
            self.failed.append(f'{loop}: {status}')

    def _request_anew(self):
        while not self._over.wait(0.1):
            try:
                connection = self._fresh()
                self._count('new', self._ask(connection))
                connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f'new: {error!r}')

    def _request_on(self):
        connection = None
        while not self._over.wait(0.1):
            kept = connection is not None
            try:
                if not kept:
                    connection = self._fresh()
                self._count('kept', self._ask(connection))
            except (OSError, http.client.HTTPException) as error:
                connection = None
                # The answer had not begun: the connection was closed before the request came.
                if kept and isinstance(
                    error,
                    (
                        http.client.RemoteDisconnected,
                        ConnectionResetError,
                        BrokenPipeError,
                        ssl.SSLEOFError,
                        ssl.SSLZeroReturnError,
                    ),
                ):
                    self.reopened += 1
                else:
                    self.failed.append(f'kept: {error!r}')
            else:
                if connection.sock is None:  # "Connection: close", as Apache says when it takes up a configuration
                    connection = None
