# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import handshake, target

RFC_KEY, RFC_ACCEPT = 'dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='  # RFC 6455 section 1.3
RIGHT = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Accept': RFC_ACCEPT}


def build(options):
    """The target of a probe that is asked for with these options."""
    return target.build(target.Request(**options))


def head(status=101, **changes):
    headers = dict(RIGHT, **changes)
    lines = [f'HTTP/1.1 {status} Switching Protocols']
    lines += [f'{name}: {value}' for name, value in headers.items() if value is not None]
    return handshake.parse_head('\r\n'.join(lines).encode('latin-1'))


def test_accept_of_the_rfc():
    assert handshake.accept(RFC_KEY) == RFC_ACCEPT


def test_key_is_the_nonce():
    assert handshake.key(b'the sample nonce') == RFC_KEY


@pytest.mark.parametrize(
    'changes',
    [
        {},
        {'Upgrade': 'WebSocket'},
        {'Connection': 'keep-alive, upgrade'},
        {'Server': 'Mojolicious (Perl)'},
    ],
)
def test_no_objection(changes):
    assert handshake.objection(head(**changes), RFC_KEY) is None


UPGRADE = 'the header Upgrade is not "websocket"'
CONNECTION = 'the header Connection does not hold "Upgrade"'
NO_ACCEPT = 'the header Sec-WebSocket-Accept is missing'
OTHER_ACCEPT = 'the header Sec-WebSocket-Accept does not answer the key that was sent'


@pytest.mark.parametrize(
    'changes, clause',
    [
        ({'Upgrade': None}, UPGRADE),
        ({'Upgrade': 'h2c'}, UPGRADE),
        ({'Connection': None}, CONNECTION),
        ({'Connection': 'close'}, CONNECTION),
        ({'Connection': 'keep-alive upgrade'}, CONNECTION),
        ({'Sec-WebSocket-Accept': None}, NO_ACCEPT),
        ({'Sec-WebSocket-Accept': ''}, OTHER_ACCEPT),
        ({'Sec-WebSocket-Accept': RFC_ACCEPT.lower()}, OTHER_ACCEPT),
        ({'Sec-WebSocket-Accept': RFC_KEY}, OTHER_ACCEPT),
        (
            {'Sec-WebSocket-Extensions': 'permessage-deflate'},
            'the header Sec-WebSocket-Extensions names something that was not asked for',
        ),
        (
            {'Sec-WebSocket-Protocol': 'chat'},
            'the header Sec-WebSocket-Protocol names something that was not asked for',
        ),
    ],
)
def test_objections(changes, clause):
    assert handshake.objection(head(**changes), RFC_KEY) == clause


def test_two_accepts_are_an_objection():
    twice = handshake.parse_head(
        b'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
        + b'Sec-WebSocket-Accept: '
        + RFC_ACCEPT.encode()
        + b'\r\nSec-WebSocket-Accept: x'
    )
    assert handshake.objection(twice, RFC_KEY) == OTHER_ACCEPT


def test_opening_request_to_the_byte():
    built = build({'host': 'omk.example.com', 'path': '/x?y', 'headers': {'X-One': '1', 'Cookie': 'a=b'}})
    assert handshake.opening_request(built, RFC_KEY, ['omk=session']) == (
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


def test_opening_request_of_a_program_without_origin_and_cookies():
    assert handshake.opening_request(
        build(
            {'host': 'omk', 'port': 8042, 'scheme': 'ws', 'path': '/', 'origin': '', 'headers': {'USER-AGENT': 'mine'}}
        ),
        RFC_KEY,
    ) == (
        b'GET / HTTP/1.1\r\n'
        b'Host: omk:8042\r\n'
        b'Upgrade: websocket\r\n'
        b'Connection: Upgrade\r\n'
        b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
        b'Sec-WebSocket-Version: 13\r\n'
        b'USER-AGENT: mine\r\n'
        b'\r\n'
    )


@pytest.mark.parametrize(
    'headers, cookies, line',
    [
        ({}, ['a=1', 'b=2'], b'Cookie: a=1; b=2'),
        ({'cookie': 'own=1'}, [], b'Cookie: own=1'),
        ({'cookie': 'own=1', 'COOKIE': 'own=2'}, ('a=1',), b'Cookie: own=1; own=2; a=1'),
    ],
)
def test_all_cookies_go_into_one_header(headers, cookies, line):
    request = handshake.opening_request(build({'host': 'omk', 'headers': headers}), RFC_KEY, cookies)
    assert [found for found in request.split(b'\r\n') if found.lower().startswith(b'cookie')] == [line]


def test_header_values_are_sent_in_latin_1():
    request = handshake.opening_request(build({'host': 'omk', 'headers': {'X-City': 'München'}}), RFC_KEY)
    assert b'\r\nX-City: M\xfcnchen\r\n' in request


def test_own_user_agent_replaces_ours():
    request = handshake.opening_request(build({'host': 'omk', 'headers': {'user-agent': 'mine'}}), RFC_KEY)
    assert request.lower().count(b'user-agent:') == 1
    assert b'user-agent: mine' in request


def test_login_request_to_the_byte():
    built = build(
        {
            'host': 'omk',
            'port': 8443,
            'username': 'nmis',
            'password': 'ä&=\r\n x',
            'origin': 'https://omk',
            'headers': {'X-One': '1', 'Cookie': 'a=b'},
        }
    )
    assert handshake.login_request(built, '/en/omk/opCharts/login') == (
        b'POST /en/omk/opCharts/login HTTP/1.1\r\n'
        b'Host: omk:8443\r\n'
        b'Content-Type: application/x-www-form-urlencoded\r\n'
        b'Content-Length: 43\r\n'
        b'Connection: close\r\n'
        b'X-One: 1\r\n'
        b'User-Agent: opmantek.omk websocket_probe\r\n'
        b'Origin: https://omk\r\n'
        b'Cookie: a=b\r\n'
        b'\r\n'
        b'username=nmis&password=%C3%A4%26%3D%0D%0A+x'
    )


@pytest.mark.parametrize('cut', range(40))
def test_split_head_waits_for_the_end(cut):
    whole = b'HTTP/1.1 101 X\r\nServer: omk\r\n\r\n' + b'frames'
    found, rest = handshake.split_head(bytearray(whole[:cut]))
    if cut < 31:
        assert found is None
    else:
        assert (found, rest) == (b'HTTP/1.1 101 X\r\nServer: omk', whole[31:cut])


@pytest.mark.parametrize('received', [b'SSH-2.0-OpenSSH\r\n', b'\x15\x03\x01', b'<html>', b'http/1.1 200', b'HTTQ'])
def test_split_head_refuses_other_protocols_at_once(received):
    with pytest.raises(Problem) as caught:
        handshake.split_head(received)
    assert str(caught.value) == 'what came is not an HTTP answer.'


def head_of(size):
    start = b'HTTP/1.1 200 OK\r\nX: '
    return start + b'x' * (size - len(start))


@pytest.mark.parametrize('rest', [b'', b'\r\n\r\n'])
def test_split_head_refuses_an_endless_header(rest):
    with pytest.raises(Problem) as caught:
        handshake.split_head(head_of(handshake.HEAD_LIMIT + 1) + rest)
    assert str(caught.value) == 'the header of the answer is longer than 65536 bytes.'


def test_split_head_takes_a_header_that_just_fits():
    longest = head_of(handshake.HEAD_LIMIT)
    assert handshake.split_head(longest) == (None, b'')
    assert handshake.split_head(longest + b'\r\n\r\nframes') == (longest, b'frames')


STATUS_LINE = 'the status line of the answer is malformed.'
HEADER_LINE = 'a header line of the answer is malformed.'


@pytest.mark.parametrize(
    'raw, sentence',
    [
        (b'HTTP/1.1', STATUS_LINE),
        (b'HTTP/1.1 abc', STATUS_LINE),
        (b'HTTP/1.1 200\n', STATUS_LINE),
        (b'HTTP/1.1 20', STATUS_LINE),
        (b'HTTP/1.1 2000 OK', STATUS_LINE),
        (b'HTTP/2 200 OK', STATUS_LINE),
        (b'HTTP/1.1\t200\tOK', STATUS_LINE),
        (b'HTTP/1.1 \xb2\xb9\xb3 OK', STATUS_LINE),
        (b'HTTP/1.1 200 OK\r\nno colon', HEADER_LINE),
        (b'HTTP/1.1 200 OK\r\n: empty', HEADER_LINE),
        (b'HTTP/1.1 200 OK\r\nServer : blank', HEADER_LINE),
        (b'HTTP/1.1 200 OK\r\n continues: nothing', HEADER_LINE),
    ],
)
def test_parse_head_refuses_malformed(raw, sentence):
    with pytest.raises(Problem) as caught:
        handshake.parse_head(raw)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    'raw, status',
    [
        (b'HTTP/1.1 404 Not Found', 404),
        (b'HTTP/1.0 200 ', 200),
        (b'HTTP/1.1 101', 101),
    ],
)
def test_parse_head_reads_the_status_line(raw, status):
    assert handshake.parse_head(raw) == (status, [])


def test_parse_head_reads_all():
    parsed = handshake.parse_head(
        b'HTTP/1.1 302 Found\r\nSERVER: Apache\r\nVia: x\r\nX: a\r\n b \r\n\tB\r\nX:c\r\nL: \xe4:1'
    )
    assert parsed.status == 302
    assert handshake.header(parsed, 'server') == 'Apache'
    assert handshake.header(parsed, 'x') == 'a b B, c'
    assert handshake.header(parsed, 'l') == 'ä:1'
    assert handshake.header(parsed, 'location') is None


@pytest.mark.parametrize(
    'lines, expected',
    [
        (['omk=abc; Path=/; HttpOnly'], ['omk=abc']),
        (['omk=abc', 'theme=dark; Max-Age=3600'], ['omk=abc', 'theme=dark']),
        (['omk=old', 'omk=new'], ['omk=new']),
        (['omk=; expires=Thu, 01 Jan 1970 00:00:00 GMT'], []),
        (['omk=x; Max-Age = 0'], []),
        (['omk=x; Path=/; max-age=0; Secure'], []),
        (['omk=old; Path=/', 'theme=dark', 'omk=; Max-Age=0'], ['theme=dark']),
        (['omk=1', 'theme=dark', 'omk=2'], ['theme=dark', 'omk=2']),
        ([' omk = abc ;Path=/'], ['omk=abc']),
        (['omk=eyJ9--a=b'], ['omk=eyJ9--a=b']),
        (['omk=b2xk=', 'omk=bmV3='], ['omk=bmV3=']),
        (['nonsense', '=x', '=x=y'], []),
    ],
)
def test_cookies(lines, expected):
    raw = 'HTTP/1.1 302 Found\r\nServer: omk=apache\r\n' + '\r\n'.join('Set-Cookie: ' + line for line in lines)
    assert handshake.cookies(handshake.parse_head(raw.encode())) == expected
