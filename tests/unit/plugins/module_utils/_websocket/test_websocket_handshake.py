# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import handshake
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.target import build

RFC_KEY, RFC_ACCEPT = 'dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='  # RFC 6455 section 1.3
RIGHT = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Accept': RFC_ACCEPT}


def head(status=101, **changes):
    headers = dict(RIGHT, **{name.replace('_', '-'): value for name, value in changes.items()})
    lines = [f'HTTP/1.1 {status} Switching Protocols']
    lines += [f'{name}: {value}' for name, value in headers.items() if value is not None]
    return handshake.parse_head('\r\n'.join(lines).encode('latin-1'))


def test_accept_of_the_rfc():
    assert handshake.accept(RFC_KEY) == RFC_ACCEPT


def test_key_is_the_nonce():
    assert handshake.key(b'the sample nonce') == RFC_KEY


@pytest.mark.parametrize('changes', [
    {}, {'Upgrade': 'WebSocket'}, {'Connection': 'keep-alive, upgrade'}, {'Server': 'Mojolicious (Perl)'},
])
def test_no_objection(changes):
    assert handshake.objection(head(**changes), RFC_KEY) is None


@pytest.mark.parametrize('changes, words', [
    ({'Upgrade': None}, 'Upgrade'),
    ({'Upgrade': 'h2c'}, 'Upgrade'),
    ({'Connection': None}, 'Connection'),
    ({'Connection': 'close'}, 'Connection'),
    ({'Sec_WebSocket_Accept': None}, 'missing'),
    ({'Sec_WebSocket_Accept': None, 'Sec-WebSocket-Accept': RFC_ACCEPT.lower()}, 'does not answer'),
    ({'Sec-WebSocket-Accept': RFC_KEY}, 'does not answer'),
    ({'Sec-WebSocket-Extensions': 'permessage-deflate'}, 'Extensions'),
    ({'Sec-WebSocket-Protocol': 'chat'}, 'Protocol'),
])
def test_objections(changes, words):
    if 'Sec_WebSocket_Accept' in changes:
        changes = dict({'Sec-WebSocket-Accept': None}, **{key: changes[key] for key in changes if '_' not in key})
    assert words in handshake.objection(head(**changes), RFC_KEY)


def test_two_accepts_are_an_objection():
    twice = handshake.parse_head(b'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                                 + b'Sec-WebSocket-Accept: ' + RFC_ACCEPT.encode() + b'\r\nSec-WebSocket-Accept: x')
    assert 'does not answer' in handshake.objection(twice, RFC_KEY)


def test_opening_request_to_the_byte():
    target = build({'host': 'omk.example.com', 'path': '/x?y', 'headers': {'X-One': '1', 'Cookie': 'a=b'}})
    assert handshake.opening_request(target, RFC_KEY, ['omk=session']) == (
        b'GET /x?y HTTP/1.1\r\n'
        b'Host: omk.example.com\r\n'
        b'Upgrade: websocket\r\n'
        b'Connection: Upgrade\r\n'
        b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
        b'Sec-WebSocket-Version: 13\r\n'
        b'X-One: 1\r\n'
        b'User-Agent: opmantek.omk websocket_probe\r\n'
        b'Origin: https://omk.example.com\r\n'
        b'Cookie: a=b; omk=session\r\n'
        b'\r\n'
    )


def test_own_user_agent_replaces_ours():
    request = handshake.opening_request(build({'host': 'omk', 'headers': {'user-agent': 'mine'}}), RFC_KEY)
    assert request.lower().count(b'user-agent:') == 1
    assert b'user-agent: mine' in request


def test_login_request_encodes_the_form():
    target = build({'host': 'omk', 'username': 'nmis', 'password': 'ä&=\r\n x'})
    top, _end, form = handshake.login_request(target, '/en/omk/opCharts/login').partition(b'\r\n\r\n')
    assert top.startswith(b'POST /en/omk/opCharts/login HTTP/1.1\r\n')
    assert form == b'username=nmis&password=%C3%A4%26%3D%0D%0A+x'
    assert b'Content-Length: %d\r\n' % len(form) in top


@pytest.mark.parametrize('cut', range(5, 40))
def test_split_head_waits_for_the_end(cut):
    whole = b'HTTP/1.1 101 X\r\nServer: omk\r\n\r\n' + b'frames'
    found, rest = handshake.split_head(bytearray(whole[:cut]))
    if cut < 31:
        assert found is None
    else:
        assert (found, rest) == (b'HTTP/1.1 101 X\r\nServer: omk', whole[31:cut])


@pytest.mark.parametrize('received', [b'SSH-2.0-OpenSSH\r\n', b'\x15\x03\x01', b'<html>', b'http/1.1 200', b'HTTQ'])
def test_split_head_refuses_other_protocols_at_once(received):
    with pytest.raises(Problem):
        handshake.split_head(received)


def test_split_head_refuses_an_endless_header():
    with pytest.raises(Problem) as caught:
        handshake.split_head(b'HTTP/1.1 200 OK\r\nX: ' + b'x' * handshake.HEAD_LIMIT)
    assert str(handshake.HEAD_LIMIT) in str(caught.value)


@pytest.mark.parametrize('raw', [
    b'HTTP/1.1', b'HTTP/1.1 abc', b'HTTP/1.1 20', b'HTTP/2 200 OK', b'HTTP/1.1 200 OK\r\nno colon',
    b'HTTP/1.1 200 OK\r\n: empty', b'HTTP/1.1 200 OK\r\nServer : blank',
])
def test_parse_head_refuses_malformed(raw):
    with pytest.raises(Problem):
        handshake.parse_head(raw)


def test_parse_head_reads_all():
    parsed = handshake.parse_head(b'HTTP/1.1 302 Found\r\nSERVER: Apache\r\nX: a\r\n b\r\nX:c\r\nL: \xe4')
    assert parsed.status == 302
    assert handshake.header(parsed, 'server') == 'Apache'
    assert handshake.header(parsed, 'x') == 'a b, c'
    assert handshake.header(parsed, 'l') == 'ä'
    assert handshake.header(parsed, 'location') is None


@pytest.mark.parametrize('lines, expected', [
    (['omk=abc; Path=/; HttpOnly'], ['omk=abc']),
    (['omk=abc', 'theme=dark; Max-Age=3600'], ['omk=abc', 'theme=dark']),
    (['omk=old', 'omk=new'], ['omk=new']),
    (['omk=; expires=Thu, 01 Jan 1970 00:00:00 GMT'], []),
    (['omk=x; Max-Age = 0'], []),
    (['omk=eyJ9--a=b'], ['omk=eyJ9--a=b']),
    (['nonsense', '=x'], []),
])
def test_cookies(lines, expected):
    raw = 'HTTP/1.1 302 Found\r\n' + '\r\n'.join('Set-Cookie: ' + line for line in lines)
    assert handshake.cookies(handshake.parse_head(raw.encode())) == expected
