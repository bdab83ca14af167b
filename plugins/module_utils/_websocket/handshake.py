# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The opening handshake: request, answer, proof (pure; private to the collection).

Sources: RFC 6455 sections 1.3 and 4 (handshake), RFC 7230 section 3 (messages), RFC 6265 section 5.2 (Set-Cookie).
"""

import base64
import hashlib
import re
import typing as t
from collections import namedtuple
from urllib.parse import urlencode

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.target import Target

HEAD_LIMIT = 65536  # bytes: Apache and Mojolicious send about 300, browsers give up at 256 KiB

_GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
_AGENT = 'opmantek.omk websocket_probe'
_STATUS_LINE = re.compile(r'HTTP/1\.[0-9] ([0-9]{3})( |\Z)')

Head = namedtuple('Head', 'status headers')
Head.__doc__ = """An answer's status (int) and headers (list of (lower-case name, value) str pairs, in their order)."""


def key(nonce: t.Any) -> t.Any:
    """The value of Sec-WebSocket-Key (str) for 16 random bytes."""
    return base64.b64encode(nonce).decode('ascii')


def accept(sent_key: t.Any) -> t.Any:
    """The only Sec-WebSocket-Accept (str) that answers this key (RFC 6455 section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(sent_key.encode('ascii') + _GUID).digest()).decode('ascii')


def opening_request(target: Target, sent_key: str, cookies: t.Iterable[str] = ()) -> bytes:
    """The bytes that ask for a websocket.

    Args:
        target (Target).
        sent_key (str): from `key`.
        cookies (iterable of str): `name=value`, from a login.
    """
    lines = [
        f'GET {target.path} HTTP/1.1',
        f'Host: {target.authority}',
        'Upgrade: websocket',
        'Connection: Upgrade',
        f'Sec-WebSocket-Key: {sent_key}',
        'Sec-WebSocket-Version: 13',
    ]
    return _message(lines + _common(target, cookies))


def login_request(target: Target, path: str) -> bytes:
    """The bytes that send OMK's login form to a path (str). They hold the password: never log them."""
    form = urlencode({'username': target.username, 'password': target.password}).encode('ascii')
    lines = [
        f'POST {path} HTTP/1.1',
        f'Host: {target.authority}',
        'Content-Type: application/x-www-form-urlencoded',
        f'Content-Length: {len(form)}',
        'Connection: close',
    ]
    return _message(lines + _common(target, ())) + form


def _common(target: Target, cookies: t.Iterable[str]) -> t.List[str]:
    own_cookies = [value for name, value in target.headers if name.lower() == 'cookie']
    lines = [f'{name}: {value}' for name, value in target.headers if name.lower() != 'cookie']
    if not any(name.lower() == 'user-agent' for name, _value in target.headers):
        lines.append('User-Agent: ' + _AGENT)
    if target.origin:
        lines.append('Origin: ' + target.origin)
    all_cookies = own_cookies + list(cookies)
    if all_cookies:
        lines.append('Cookie: ' + '; '.join(all_cookies))
    return lines


def _message(lines: t.Iterable[str]) -> t.Any:
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')


def split_head(received: t.Any) -> t.Any:
    """Divide what came so far into head and rest.

    Args:
        received (bytes or bytearray): everything that the server has sent.

    Returns:
        tuple: the head (bytes, without its final empty line; None while it is incomplete) and the rest (bytes).

    Raises:
        Problem: this will never become an HTTP head: other bytes, or longer than `HEAD_LIMIT`.
    """
    if not bytes(received[:5]) == b'HTTP/'[: len(received)]:
        raise Problem('what came is not an HTTP answer')
    end = received.find(b'\r\n\r\n')
    if end > HEAD_LIMIT or (end < 0 and len(received) > HEAD_LIMIT):
        raise Problem(f'the header of the answer is longer than {HEAD_LIMIT} bytes')
    return (None, b'') if end < 0 else (bytes(received[:end]), bytes(received[end + 4 :]))


def parse_head(head: t.Any) -> t.Any:
    """Read an answer's head.

    Args:
        head (bytes): from `split_head`.

    Returns:
        Head: status and headers.

    Raises:
        Problem: the status line or a header line is malformed.
    """
    lines = head.decode('latin-1').split('\r\n')
    status = _STATUS_LINE.match(lines[0])
    if not status:
        raise Problem('the status line of the answer is malformed')
    headers: list = []
    for line in lines[1:]:
        if line[:1] in (' ', '\t') and headers:
            name, value = headers[-1]
            headers[-1] = (name, value + ' ' + line.strip())
            continue
        name, colon, value = line.partition(':')
        if not colon or not name or name != name.strip():
            raise Problem('a header line of the answer is malformed')
        headers.append((name.lower(), value.strip()))
    return Head(int(status.group(1)), headers)


def header(head: t.Any, name: str) -> t.Any:
    """All values of one header as one str, or None. `name` in lower case."""
    values = [value for given, value in head.headers if given == name]
    return ', '.join(values) if values else None


def objection(head: t.Any, sent_key: t.Any) -> t.Any:
    """Why a 101 does not prove a websocket server.

    Args:
        head (Head): the answer, of status 101.
        sent_key (str): the key that was sent.

    Returns:
        str or None: a clause naming what is wrong; None if everything is right (RFC 6455 section 4.1, points 2 to 6).
    """
    if (header(head, 'upgrade') or '').lower() != 'websocket':
        return 'the header Upgrade is not "websocket"'
    if 'upgrade' not in [token.strip() for token in (header(head, 'connection') or '').lower().split(',')]:
        return 'the header Connection does not hold "Upgrade"'
    if header(head, 'sec-websocket-accept') is None:
        return 'the header Sec-WebSocket-Accept is missing'
    if header(head, 'sec-websocket-accept') != accept(sent_key):
        return 'the header Sec-WebSocket-Accept does not answer the key that was sent'
    for name in ('Sec-WebSocket-Extensions', 'Sec-WebSocket-Protocol'):
        if header(head, name.lower()):
            return f'the header {name} names something that was not asked for'
    return None


def cookies(head: t.Any) -> t.Any:
    """The cookies (list of `name=value` str) that an answer sets; deletions are left out."""
    pairs: dict = {}
    for name, value in head.headers:
        if name != 'set-cookie':
            continue
        pair, _semicolon, attributes = value.partition(';')
        cookie, equals, content = (part.strip() for part in pair.partition('='))
        deleted = not content or 'max-age=0' in attributes.lower().replace(' ', '').split(';')
        if cookie and equals:
            pairs.pop(cookie, None)
            if not deleted:
                pairs[cookie] = content
    return [f'{cookie}={content}' for cookie, content in pairs.items()]
