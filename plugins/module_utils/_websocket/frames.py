# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Websocket frames as a client sees them (pure; private to the collection).

Source: RFC 6455 sections 5 (framing) and 7.4 (close codes).
"""

import typing as t
from collections import namedtuple

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

MESSAGE_LIMIT = 1048576  # bytes in one message: an event is some hundred

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

Message = namedtuple('Message', 'opcode payload')
Message.__doc__ = """A complete message or control frame: opcode (int) and payload (bytes)."""


class Reader:
    """Turns received bytes into messages. State: bytes that are not a frame yet, and the parts of a message."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._opcode = None
        self._parts = bytearray()

    def feed(self, data: t.Any) -> t.Iterator[t.Any]:
        """Take bytes, yield the messages they complete.

        Args:
            data (bytes): as they came, cut anywhere.

        Yields:
            Message: text and binary messages put together from their fragments, and control frames.

        Raises:
            Problem: the server breaks the protocol, or a message is longer than `MESSAGE_LIMIT`.
        """
        self._pending += data
        while True:
            frame = self._frame()
            if frame is None:
                return
            message = self._assemble(*frame)
            if message is not None:
                yield message

    def _frame(self) -> t.Any:
        """The next whole frame as (final, opcode, payload), or None."""
        pending = self._pending
        if len(pending) < 2:
            return None
        final, opcode, length = bool(pending[0] & 0x80), pending[0] & 0x0F, pending[1] & 0x7F
        _check_start(pending[0], pending[1], final, opcode, length)
        start = 2 + {126: 2, 127: 8}.get(length, 0)
        if len(pending) < start:
            return None
        if length >= 126:
            extended = int.from_bytes(pending[2:start], 'big')
            if extended < (126 if length == 126 else 65536):
                raise Problem('a frame does not use the shortest form of its length')
            length = extended
        if length > MESSAGE_LIMIT:
            raise Problem(f'a frame announces {length} bytes')
        if len(pending) < start + length:
            return None
        payload = bytes(pending[start : start + length])
        del pending[: start + length]
        return final, opcode, payload

    def _assemble(self, final: t.Any, opcode: t.Any, payload: t.Any) -> t.Any:
        if opcode >= CLOSE:
            return Message(opcode, payload)
        if opcode == CONTINUATION and self._opcode is None:
            raise Problem('a frame continues a message that was never begun')
        if opcode != CONTINUATION and self._opcode is not None:
            raise Problem('a message begins inside another one')
        if opcode != CONTINUATION:
            self._opcode = opcode
        self._parts += payload
        if len(self._parts) > MESSAGE_LIMIT:
            raise Problem(f'a message is longer than {MESSAGE_LIMIT} bytes')
        if not final:
            return None
        message = Message(self._opcode, bytes(self._parts))
        self._opcode, self._parts = None, bytearray()
        if message.opcode == TEXT:
            _check_text(message.payload)
        return message


def _check_start(first: t.Any, second: t.Any, final: t.Any, opcode: t.Any, length: t.Any) -> None:
    if first & 0x70:
        raise Problem('a frame has a reserved bit set')
    if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
        raise Problem(f'a frame has the unknown opcode {opcode}')
    if second & 0x80:
        raise Problem('a frame of the server is masked')
    if opcode >= CLOSE and (not final or length > 125):
        raise Problem('a control frame is fragmented or too long')


def _check_text(payload: t.Any) -> None:
    try:
        payload.decode('utf-8')
    except UnicodeDecodeError:
        raise Problem('a text message is not UTF-8') from None


def client_frame(opcode: t.Any, payload: t.Any, mask: t.Any) -> t.Any:
    """The bytes of one final control frame from the client.

    Args:
        opcode (int): `CLOSE` or `PONG`.
        payload (bytes): at most 125 bytes.
        mask (bytes): 4 random bytes (RFC 6455 section 5.3).
    """
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((0x80 | opcode, 0x80 | len(payload))) + mask + masked


def close_code(payload: t.Any) -> t.Any:
    """The code (int) in the payload (bytes) of a close frame, or None if it gives none."""
    return int.from_bytes(payload[:2], 'big') if len(payload) >= 2 else None
