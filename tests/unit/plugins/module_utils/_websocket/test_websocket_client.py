# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, target

PATH = '/en/omk/opCharts/events/log'


def probe(server, **options):
    """Probe, in a thread: a probe that never ends fails its test instead of hanging all of them."""
    options = dict({'host': '127.0.0.1', 'port': server.port, 'scheme': 'ws', 'timeout': 5}, **options)
    answer = []
    thread = threading.Thread(target=lambda: answer.append(client.probe(target.Request(**options))), daemon=True)
    thread.start()
    thread.join(60)
    assert answer, 'the probe did not end'
    return answer[0]


def secure(server, certificates, **options):
    return probe(
        server,
        **dict({'host': 'localhost', 'address': '127.0.0.1', 'scheme': 'wss', 'ca_path': certificates.pem}, **options),
    )


def limit(context, version):
    if hasattr(ssl, 'TLSVersion'):
        context.maximum_version = ssl.TLSVersion[version]
    elif version == 'TLSv1_2':
        context.options |= ssl.OP_NO_TLSv1_3


def outcome(seen):
    return seen['stage'], seen['error'], seen['http_status']


def test_open(serve, tool):
    server = serve(tool.opens())
    seen = probe(server)
    assert outcome(seen) == ('open', None, 101)
    assert seen['accept_ok'] is True
    assert seen['address'] == f'127.0.0.1:{server.port}'
    assert seen['url'] == f'ws://127.0.0.1:{server.port}{PATH}'
    assert seen['handshake_ms'] > 0
    assert (seen['tls'], seen['detail'], seen['events']) == (None, None, 0)


def test_open_over_ipv6(serve, tool):
    server = serve(tool.opens(), family=socket.AF_INET6)
    seen = probe(server, host='::1')
    assert outcome(seen) == ('open', None, 101)
    assert seen['address'] == f'[::1]:{server.port}'
    assert b'Host: [::1]:%d\r\n' % server.port in server.requests[0]


def test_a_name_with_a_dead_address_first(serve, tool, monkeypatch):
    """localhost is ::1 and 127.0.0.1; only the second serves."""
    server = serve(tool.opens())
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, '', ('::1', server.port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, '', ('127.0.0.1', server.port)),
    ]
    monkeypatch.setattr(client.socket, 'getaddrinfo', lambda *_given, **_options: found)
    seen = probe(server, host='localhost')
    assert outcome(seen) == ('open', None, 101)
    assert seen['address'] == f'127.0.0.1:{server.port}'


@pytest.mark.parametrize('version', ['TLSv1_2', 'TLSv1_3'])
def test_open_in_tls(serve, tool, certificates, version):
    context = tool.tls_context(certificates.make())
    limit(context, version)
    seen = secure(serve(tool.opens(), context), certificates)
    assert outcome(seen) == ('open', None, 101)
    assert seen['tls']['protocol'] == version.replace('_', '.')
    assert seen['tls']['trusted'] is True
    assert seen['tls']['subject'] == 'CN=omk, O=Example'
    assert seen['tls']['names'] == ['localhost', '127.0.0.1', '::1']
    assert seen['tls']['not_after'] == '2049-12-31T23:59:59Z'
    assert seen['tls']['days_left'] > 0


def test_asks_for_the_name_whatever_the_address(serve, tool, certificates):
    server = serve(tool.opens(), tool.tls_context(certificates.make()))
    secure(server, certificates)
    assert b'\r\nHost: localhost:%d\r\n' % server.port in server.requests[0]
    assert b'\r\nOrigin: https://localhost:%d\r\n' % server.port in server.requests[0]


def test_sends_the_name_as_sni(serve, tool, certificates):
    names = []
    context = tool.tls_context(certificates.make('DNS:omk.example.com'))
    if hasattr(context, 'sni_callback'):
        context.sni_callback = lambda _socket, name, _context: names.append(name)
    else:
        context.set_servername_callback(lambda _socket, name, _context: names.append(name))
    seen = secure(serve(tool.opens(), context), certificates, host='omk.example.com')
    assert (seen['error'], names) == (None, ['omk.example.com'])


@pytest.mark.parametrize(
    'options, error',
    [
        ({'end': '210101000000Z'}, 'tls_expired'),
        ({'start': '480101000000Z'}, 'tls_not_yet_valid'),
        ({'names': 'DNS:other.example'}, 'tls_name_mismatch'),
        # Browsers take no name from the subject.
        ({'names': '', 'cn': 'localhost'}, 'tls_name_mismatch'),
        ({'names': 'email:a@localhost', 'cn': 'localhost'}, 'tls_name_mismatch'),
    ],
)
def test_certificate_faults(serve, tool, certificates, options, error):
    server = serve(tool.opens(), tool.tls_context(certificates.make(**options)))
    seen = secure(server, certificates)
    assert outcome(seen) == ('tls', error, None)
    assert seen['tls']['trusted'] is False
    assert seen['tls']['issuer'] == 'CN=Test CA, O=Example'
    assert (seen['tls']['days_left'] < 0) is (error == 'tls_expired')
    assert server.requests == []


def test_address_that_is_not_in_the_certificate(serve, tool, certificates):
    server = serve(tool.opens(), tool.tls_context(certificates.make('DNS:localhost')))
    assert secure(server, certificates, host='127.0.0.1')['error'] == 'tls_name_mismatch'


def test_unknown_authority(serve, tool, certificates):
    server = serve(tool.opens(), tool.tls_context(certificates.make()))
    seen = secure(server, certificates, ca_path=None)
    assert outcome(seen) == ('tls', 'tls_untrusted', None)
    assert seen['tls']['issuer'] == 'CN=Test CA, O=Example'


@pytest.mark.parametrize(
    'in_folder, in_bundle, error',
    [
        (True, False, None),
        (False, True, None),
        (False, False, 'tls_untrusted'),
    ],
)
def test_trusts_what_the_system_trusts(serve, tool, certificates, tmp_path, monkeypatch, in_folder, in_bundle, error):
    folder, bundle = tmp_path / 'certs', tmp_path / 'bundle.pem'
    folder.mkdir()
    # An authority that has nothing to do with the server: the folder is one that OpenSSL can look things up in.
    shutil.copy(certificates.make('DNS:unrelated'), folder / 'unrelated.pem')
    if in_folder:
        shutil.copy(certificates.pem, folder / 'ca.pem')
    subprocess.run(['openssl', 'rehash', str(folder)], check=True)
    bundle.write_text(pathlib.Path(certificates.pem).read_text() if in_bundle else '')
    monkeypatch.setenv('SSL_CERT_DIR', str(folder))
    monkeypatch.setenv('SSL_CERT_FILE', str(bundle))
    server = serve(tool.opens(), tool.tls_context(certificates.make()))
    seen = secure(server, certificates, ca_path=None)
    assert seen['error'] == error
    assert seen['tls']['trusted'] is (error is None)


def test_unverified_certificate_is_still_shown(serve, tool, certificates):
    server = serve(tool.opens(), tool.tls_context(certificates.make('DNS:other.example', end='210101000000Z')))
    seen = secure(server, certificates, ca_path=None, validate_certs=False)
    assert outcome(seen) == ('open', None, 101)
    assert (seen['tls']['trusted'], seen['tls']['names']) == (None, ['other.example'])


@pytest.mark.parametrize('version', ['TLSv1_2', 'TLSv1_3'])
def test_client_certificate_wanted(serve, tool, certificates, version):
    context = tool.tls_context(certificates.make(), verify_mode=ssl.CERT_REQUIRED)
    context.load_verify_locations(certificates.pem)
    if version == 'TLSv1_2':
        limit(context, version)
    seen = secure(serve(tool.opens(), context), certificates)
    assert outcome(seen) == ('tls', 'tls_client_certificate_wanted', None)


def test_no_common_protocol(serve, certificates):
    def behaviour(_server, connection):
        connection.recv(1000)
        connection.sendall(b'\x15\x03\x01\x00\x02\x02\x46')  # fatal alert 70, protocol_version

    assert outcome(secure(serve(behaviour), certificates)) == ('tls', 'tls_protocol', None)


def test_port_without_tls(serve, tool, certificates):
    server = serve(lambda _server, connection: connection.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n'))
    assert outcome(secure(server, certificates)) == ('tls', 'tls_not_spoken', None)


def test_server_that_hangs_up_in_the_tls_handshake(serve, certificates):
    server = serve(lambda _server, connection: connection.recv(1000))
    assert outcome(secure(server, certificates)) == ('tls', 'tls_failed', None)


def test_refused_and_unresolvable():
    with contextlib.closing(socket.socket()) as unused:
        unused.bind(('127.0.0.1', 0))
        port = unused.getsockname()[1]
        assert outcome(client.probe(target.Request(host='127.0.0.1', port=port))) == ('tcp', 'tcp_refused', None)
    assert outcome(client.probe(target.Request(host='no-such-host.invalid', timeout=20))) == ('dns', 'dns_failed', None)


def test_resolver_that_never_answers(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(client.socket, 'getaddrinfo', lambda *_given, **_options: over.wait(60))
    seen = client.probe(target.Request(host='omk.example.com', timeout=0.3))
    still_waiting = not over.is_set()
    over.set()
    assert outcome(seen) == ('dns', 'dns_failed', None)
    assert still_waiting


def test_packets_that_vanish():
    """A full backlog drops the handshake of TCP like a firewall does."""
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen(0)
        fillers = [socket.socket() for _count in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        seen = client.probe(target.Request(host='127.0.0.1', port=listener.getsockname()[1], timeout=0.5))
        for filler in fillers:
            filler.close()
    assert outcome(seen) == ('tcp', 'tcp_timeout', None)


@pytest.mark.parametrize('code', [200, 302, 400, 401, 403, 404, 426, 500, 502, 503])
def test_answers_that_open_nothing(serve, tool, code):
    seen = probe(serve(tool.status(code, 'Server: Apache/2.4.68 (Debian)\r\n')))
    assert outcome(seen) == ('http', 'not_upgraded', code)
    assert seen['server'] == 'Apache/2.4.68 (Debian)'


@pytest.mark.parametrize(
    'code, body, form',
    [
        (200, '<form><input type="password"></form>', True),
        (200, "<INPUT TYPE='PASSWORD'>", True),
        (200, 'events', False),
        (404, '<input type="password">', None),
    ],
)
def test_login_page_is_recognised(serve, tool, code, body, form):
    assert probe(serve(tool.status(code, body=body)))['login_form'] is form


def test_location_is_shown_without_its_query(serve, tool):
    seen = probe(serve(tool.status(302, 'Location: https://omk/en/omk/login?session=hush-hush\r\n')))
    assert seen['location'] == 'https://omk/en/omk/login'


def test_interim_answers_are_passed_over(serve, tool):
    def behaviour(server, connection):
        request = server.read_request(connection)
        connection.sendall(b'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' * 3)
        connection.sendall(tool.accept_answer(request))
        server.over.wait(60)

    assert outcome(probe(serve(behaviour))) == ('open', None, 101)


def test_101_without_proof(serve, tool):
    seen = probe(
        serve(
            tool.answers(
                b'HTTP/1.1 101 Sure\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
            )
        )
    )
    assert outcome(seen) == ('handshake', 'accept_wrong', 101)
    assert seen['accept_ok'] is False


def test_closed_without_an_answer(serve, tool):
    assert outcome(probe(serve(tool.answers(b'')))) == ('http', 'closed', None)
    assert outcome(probe(serve(tool.answers(b'HTTP/1.1 101 Switch')))) == ('http', 'closed', None)


def test_waits_for_an_event(serve, tool):
    seen = probe(serve(tool.opens(b'\x89\x02hi\x82\x03bin\x01\x03{"e\x80\x03":1\x81\x02{}')), wait_for_event=20)
    assert outcome(seen) == ('open', None, 101)
    assert seen['events'] >= 1


def test_answers_a_ping_and_says_goodbye(serve, tool):
    heard = []

    def behaviour(server, connection):
        connection.sendall(tool.accept_answer(server.read_request(connection)) + b'\x89\x02hi')
        heard.append(connection.recv(100))
        connection.sendall(b'\x81\x02{}')
        heard.append(connection.recv(100))
        server.over.set()

    server = serve(behaviour)
    assert probe(server, wait_for_event=20)['events'] == 1
    assert server.over.wait(30)
    unmasked = [bytes(byte ^ data[2 + index % 4] for index, byte in enumerate(data[6:])) for data in heard]
    assert [data[0] for data in heard] == [0x8A, 0x88]
    assert unmasked == [b'hi', b'\x03\xe8']


def test_no_event(serve, tool):
    seen = probe(serve(tool.opens(b'\x8a\x00\x82\x01x')), wait_for_event=0.5)
    assert outcome(seen) == ('open', 'no_event', 101)
    assert seen['events'] == 0


@pytest.mark.parametrize('after, code', [(b'\x88\x02\x03\xf0', 1008), (b'\x88\x00', None)])
def test_closed_while_waiting(serve, tool, after, code):
    seen = probe(serve(tool.opens(after)), wait_for_event=20)
    assert outcome(seen) == ('open', 'closed', 101)
    assert seen['close_code'] == code


def test_dropped_while_waiting(serve, tool):
    assert outcome(probe(serve(tool.opens(wait=False)), wait_for_event=20)) == ('open', 'closed', 101)


@pytest.mark.parametrize(
    'after',
    [
        b'\x81\x7f' + (1 << 62).to_bytes(8, 'big') + b'x' * 1000,
        b'\xff\xff\xff\xff',
        b'\x81\x02\xff\xfe',
        b'HTTP/1.1 200',
    ],
)
def test_wrong_and_huge_frames(serve, tool, after):
    assert outcome(probe(serve(tool.opens(after)), wait_for_event=20)) == ('open', 'protocol_error', 101)


# A hostile server: whatever it does, the probe ends, and says in which way.


def dribble(start, piece):
    def behaviour(server, connection):
        server.read_request(connection)
        connection.sendall(start)
        while not server.over.wait(0.02):
            connection.sendall(piece)

    return behaviour


def flood(start, piece):
    def behaviour(server, connection):
        request = server.read_request(connection)
        connection.sendall(start(request) if callable(start) else start)
        while not server.over.is_set():
            connection.sendall(piece * 1000)

    return behaviour


@pytest.mark.parametrize(
    'behaviour, expected',
    [
        (dribble(b'', b'H'), ('http', 'protocol_error', None)),
        (dribble(b'HTTP/1.1 101 ', b'x'), ('http', 'timeout', None)),
        (dribble(b'HTTP/1.1 101 X\r\n', b'X: y\r\n'), ('http', 'timeout', None)),
        (dribble(b'', b'HTTP/1.1 100 Continue\r\n\r\n'), ('http', 'timeout', None)),
        (flood(b'HTTP/1.1 200 OK\r\n', b'X: y\r\n'), ('http', 'protocol_error', None)),
        (flood(b'', b'\x00\xff\x13\x37'), ('http', 'protocol_error', None)),
        (flood(b'', b'HTTP/1.1 100 Continue\r\n\r\n'), ('http', 'timeout', None)),
        (flood(b'HTTP/1.1 200 OK\r\n\r\n', b'page'), ('http', 'not_upgraded', 200)),
        (dribble(b'HTTP/1.1 200 OK\r\n\r\n', b'page'), ('http', 'not_upgraded', 200)),
        (lambda server, _connection: server.over.wait(60), ('http', 'timeout', None)),
    ],
)
def test_hostile_before_the_websocket(serve, behaviour, expected):
    assert outcome(probe(serve(behaviour), timeout=1)) == expected


@pytest.mark.parametrize(
    'piece, error',
    [
        (b'\x89\x7dp' + b'p' * 124, 'no_event'),
        (b'\x82\x7e\x01\x00' + b'x' * 256, 'no_event'),
        (b'\x00\x01x', 'protocol_error'),
    ],
)
def test_hostile_in_the_websocket(serve, tool, piece, error):
    assert outcome(probe(serve(flood(tool.accept_answer, piece)), wait_for_event=1)) == ('open', error, 101)


def test_server_that_never_reads_and_never_closes(serve, tool):
    """Pings whose pongs nobody takes fill every buffer."""

    def behaviour(server, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        flood(tool.accept_answer, b'\x89\x7d' + b'p' * 125)(server, connection)

    assert outcome(probe(serve(behaviour), wait_for_event=1)) == ('open', 'no_event', 101)


@pytest.mark.parametrize('first', [b'', b'\x16\x03\x03\x40\x00\x02', b'\x16\x03\x03\x00'])
def test_tls_that_stands_still(serve, certificates, first):
    def behaviour(server, connection):
        connection.recv(1000)
        connection.sendall(first)
        server.over.wait(60)

    assert outcome(secure(serve(behaviour), certificates, timeout=0.7)) == ('tls', 'timeout', None)


def test_tls_that_is_torn_apart_in_the_websocket(serve, tool, certificates):
    def behaviour(server, connection):
        tool.opens(wait=False)(server, connection)
        with socket.socket(fileno=connection.detach()) as plain:
            plain.sendall(b'\x17\x03\x03\x00\x20' + b'z' * 32)
            server.over.wait(60)

    server = serve(behaviour, tool.tls_context(certificates.make()))
    assert outcome(secure(server, certificates, wait_for_event=20)) == ('open', 'closed', 101)


def test_whatever_comes_becomes_an_observation(serve, tool):
    """Answers and frames that are right but for some damaged bytes, cut anywhere."""
    dice = random.Random(6455)

    def behaviour(server, connection):
        whole = bytearray(tool.accept_answer(server.read_request(connection)) + b'\x89\x02hi\x81\x02{}\x88\x02\x03\xe8')
        for _damage in range(dice.randint(0, 3)):
            whole[dice.randrange(len(whole))] = dice.randrange(256)
        connection.sendall(whole[: dice.randint(0, len(whole) * 2)])

    server = serve(behaviour)
    endings = {probe(server, wait_for_event=5)['error'] for _round in range(400)}
    assert {None, 'accept_wrong', 'closed', 'protocol_error'} <= endings
    assert endings <= {None, 'accept_wrong', 'closed', 'protocol_error', 'not_upgraded', 'no_event', 'timeout'}


# Login


def omk(cookie='omk=s3ss10n', password=b'secret+word', redirects=True, login=b'/en/omk/opCharts/login'):
    """A behaviour: OMK's login and a websocket that wants its cookie."""

    def behaviour(server, connection):
        request = server.read_request(connection)
        if request.startswith(b'POST ') and not request.startswith(b'POST ' + login + b' '):
            connection.sendall(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
        elif request.startswith(b'POST '):
            if not request.endswith(b'username=nmis&password=' + password):
                connection.sendall(b'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
            elif redirects:
                connection.sendall(
                    f'HTTP/1.1 302 Found\r\nLocation: /en/omk/opCharts/login\r\nSet-Cookie: {cookie};'
                    ' path=/; HttpOnly\r\nContent-Length: 0\r\n\r\n'.encode()
                )
            else:
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        elif f'Cookie: {cookie}\r\n'.encode() in request:
            connection.sendall(client_answer(request))
            server.over.wait(60)
        else:
            connection.sendall(
                b'HTTP/1.1 302 Found\r\nServer: Mojolicious (Perl)\r\n'
                b'Location: /en/omk/opCharts/login\r\nContent-Length: 0\r\n\r\n'
            )

    client_answer = None

    def with_tool(tool):
        nonlocal client_answer
        client_answer = tool.accept_answer
        return behaviour

    return with_tool


LOGIN = {'username': 'nmis', 'password': 'secret word'}


def test_logs_in_first(serve, tool):
    server = serve(omk()(tool))
    seen = probe(server, **LOGIN)
    assert outcome(seen) == ('open', None, 101)
    assert seen['login'] == 'done'
    assert [request.partition(b' ')[0] for request in server.requests] == [b'POST', b'GET']


def test_logs_in_through_tls(serve, tool, certificates):
    server = serve(omk()(tool), tool.tls_context(certificates.make()))
    assert outcome(secure(server, certificates, **LOGIN)) == ('open', None, 101)


@pytest.mark.parametrize(
    'login, requests',
    [
        (b'/en/omk/login', [b'POST /en/omk/opCharts/login', b'POST /en/omk/login', b'GET ' + PATH.encode()]),
        (b'/omk/login', [b'POST /en/omk/opCharts/login', b'POST /en/omk/login', b'GET ' + PATH.encode()]),
    ],
)
def test_looks_for_the_login_where_it_may_be(serve, tool, login, requests):
    server = serve(omk(login=login)(tool))
    seen = probe(server, **LOGIN)
    assert [request.rpartition(b' HTTP/1.1\r\nHost')[0] for request in server.requests] == requests
    assert (seen['login'] == 'done') is (login == b'/en/omk/login')


@pytest.mark.parametrize(
    'options, redirects, words',
    [
        ({'password': 'wrong'}, True, 'does not accept'),
        ({}, False, 'gave no cookie'),
        ({'path': '/en/omk/opEvents/x'}, True, 'gave no cookie'),
    ],
)
def test_login_that_fails_still_probes(serve, tool, options, redirects, words):
    seen = probe(serve(omk(redirects=redirects)(tool)), **dict(LOGIN, **options))
    assert words in seen['login']
    assert outcome(seen) == ('http', 'not_upgraded', 302)
    assert seen['location'] == '/en/omk/opCharts/login'


def test_nobody_follows_redirects(serve, tool):
    server = serve(tool.status(302, 'Location: /en/omk/opCharts/login\r\nSet-Cookie: a=b\r\n'))
    assert outcome(probe(server, **LOGIN)) == ('http', 'not_upgraded', 302)
    assert len(server.requests) == 2


def test_secrets_are_not_in_the_observation(serve, tool):
    seen = probe(serve(omk(cookie='omk=hush-cookie')(tool)), headers={'Authorization': 'hush-header'}, **LOGIN)
    text = json.dumps(seen)
    assert seen['error'] is None
    assert not [
        secret for secret in ('secret word', 'secret+word', 'nmis', 'hush-cookie', 'hush-header') if secret in text
    ]


def test_sends_own_headers(serve, tool):
    server = serve(tool.opens())
    probe(server, headers={'X-Tenant': 'blue'}, origin='https://portal.example')
    assert b'\r\nX-Tenant: blue\r\n' in server.requests[0]
    assert b'\r\nOrigin: https://portal.example\r\n' in server.requests[0]


@pytest.mark.parametrize('name', ['missing.pem', 'empty.pem', 'pipe', '/dev/zero', 'endless.pem'])
def test_ca_path_that_cannot_be_used(tmp_path, name):
    """Nothing of it is waited for: it may lie in a folder of somebody else's."""
    (tmp_path / 'empty.pem').write_text('')
    os.mkfifo(str(tmp_path / 'pipe'))
    with (tmp_path / 'endless.pem').open('wb') as file:
        file.truncate(1 << 40)
    with pytest.raises(Problem) as caught:
        client.probe(target.Request(host='localhost', ca_path=str(tmp_path / name)))
    assert 'ca_path' in str(caught.value)


def test_ca_path_may_be_a_folder(serve, tool, certificates, tmp_path):
    shutil.copy(certificates.pem, str(tmp_path / 'ca.pem'))
    subprocess.run(['openssl', 'rehash', str(tmp_path)], check=True)
    server = serve(tool.opens(), tool.tls_context(certificates.make()))
    assert outcome(secure(server, certificates, ca_path=str(tmp_path))) == ('open', None, 101)


def test_text_of_strangers_is_tamed(serve, tool):
    seen = probe(serve(tool.answers(b'HTTP/1.1 404 X\r\nServer: \x1b[31mevil\x07' + b'A' * 999 + b'\r\n\r\n')))
    assert seen['server'].startswith('?[31mevil?AAA')
    assert len(seen['server']) == 200
