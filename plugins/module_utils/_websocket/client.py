# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One websocket handshake, observed and not interpreted (private to the collection).

Whatever a server does, or fails to do, becomes an observation within the time limit. Sources: RFC 6455 section 4.1,
and the documentation of Python's ssl module for `SSLObject` and its memory BIOs.
"""

import contextlib
import errno
import os
import re
import socket
import ssl
import stat
import threading
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import frames, handshake, tls
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.target import Request, Target, build

_KEYS = (
    'url',
    'address',
    'stage',
    'error',
    'http_status',
    'server',
    'location',
    'login',
    'login_form',
    'accept_ok',
    'handshake_ms',
    'tls',
    'close_code',
    'events',
    'detail',
)
_KEPT_FIRST_BYTES = 65536
_LOGIN_PAGE_BYTES = 65536
_LARGEST_BUNDLE = 1 << 24  # bytes; that of all authorities has some hundred thousand
_HASHED_NAME = re.compile(r'[0-9a-f]{8}\.[0-9]+$')
_CONNECT_ERRORS = ('tcp_refused', 'tcp_timeout', 'tcp_unreachable')


class _Ended(Exception):
    """The probe is over: `code` is the observation's error, `detail` one clause for people."""

    def __init__(self, code: t.Any, detail: t.Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def probe(request: Request) -> t.Dict[str, t.Any]:
    """Try to open one websocket as a browser would.

    Args:
        request (Request): the probe takes at most `timeout` seconds until the websocket is open, and
            then at most `wait_for_event` seconds more.

    Returns:
        dict: `url` (str); `address` (str, `IP:port`) where the connection went; `stage` (str) that was reached: dns,
        tcp, tls, http, handshake or open; `error` (str or None): None means that the websocket opened and sent what
        was waited for; `http_status` (int); `server` and `location` (str): those headers, without a query; `login`
        (str): `done`, or why not; `login_form` (bool): whether a page came that asks for a password; `accept_ok`
        (bool); `handshake_ms` (float) from the first packet to the answer; `tls` (dict): `protocol`, `cipher`,
        `trusted` (None: not looked at) and what `tls.facts` gives; `close_code` (int); `events` (int): text messages
        that came while waiting; `detail` (str). What was not learnt is None. Neither headers nor credentials that
        were given are in it.

    Raises:
        Problem: an option cannot be used. Never for anything that the network or the server does.
    """
    target = build(request)
    deadline = time.monotonic() + target.timeout
    folder = _folder_of_authorities() if target.validate_certs and not target.ca_path else None
    if folder:
        seen = _observe(target._replace(ca_path=folder), deadline)
        if seen['error'] != 'tls_untrusted':
            return seen
        # The bundle may know an authority that the folder does not.
    return _observe(target, deadline)


def check(request: Request) -> None:
    """Refuse what `probe` would refuse, without a connection.

    Args:
        request (Request): the same.

    Raises:
        Problem: an option cannot be used.
    """
    target = build(request)
    if target.scheme == 'wss' and target.validate_certs and target.ca_path:
        _tls_context(target, True)


def probe_with_retries(
    request: Request, retry_timeout: float, may_pass: t.Callable[[t.Dict[str, t.Any]], bool]
) -> t.Dict[str, t.Any]:
    """As `probe`, repeated for up to `retry_timeout` seconds (float) while `may_pass` of what was seen is true."""
    until = time.monotonic() + retry_timeout
    while True:
        seen = probe(request)
        if time.monotonic() >= until or not may_pass(seen):
            return seen
        time.sleep(0.2)


def _folder_of_authorities() -> t.Optional[str]:
    """The system's folder of trusted certificates, where OpenSSL looks up just the one it needs, or None.

    Source: openssl-rehash(1). To read the bundle of all of them takes longer than everything else that TLS does here.
    """
    folder = ssl.get_default_verify_paths().capath
    with contextlib.suppress(OSError):
        if folder and any(_HASHED_NAME.match(name) for name in os.listdir(folder)):
            return folder
    return None


def _observe(target: Target, deadline: float) -> t.Dict[str, t.Any]:
    context = _tls_context(target, target.validate_certs) if target.scheme == 'wss' else None
    seen: t.Dict[str, t.Any] = dict.fromkeys(_KEYS)
    seen.update(url=target.url, stage='dns', events=0)
    try:
        _run(target, context, deadline, seen)
    except _Ended as end:
        seen.update(error=end.code, detail=end.detail)
    except socket.timeout:
        seen.update(error='timeout', detail='no answer within the time limit')
    except Problem as problem:
        seen.update(error='protocol_error', detail=problem.what)
    except OSError as error:
        seen.update(error='closed', detail=_plain(error))
    return seen


def _run(target: Target, context: t.Any, deadline: float, seen: t.Dict[str, t.Any]) -> None:
    addresses = _addresses(target, deadline)
    seen['stage'] = 'tcp'
    cookies = []
    if target.username:
        cookies = _log_in(target, context, addresses, deadline, seen)
        addresses = addresses[:1]
    started = time.monotonic()
    with _connect(addresses, deadline, seen) as channel:
        _start_tls(channel, target, context, seen)
        _shake_hands(channel, target, cookies, seen)
        seen['handshake_ms'] = round((time.monotonic() - started) * 1000, 1)
        if target.wait_for_event:
            channel.deadline = time.monotonic() + target.wait_for_event
            _wait_for_event(channel, seen)
        channel.say_goodbye()


def _addresses(target: Target, deadline: float) -> t.Any:
    """Every (family, socket address) of the target, in the resolver's order (which has no time limit of its own)."""
    name = target.address or target.host
    answer: dict = {}

    def resolve() -> None:
        try:
            answer['found'] = socket.getaddrinfo(name, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer['error'] = error

    resolver = threading.Thread(target=resolve, daemon=True)
    resolver.start()
    resolver.join(max(0, deadline - time.monotonic()))
    if answer.get('found'):
        return [(family, address) for family, _type, _protocol, _name, address in answer['found']]
    if 'error' in answer:
        raise _Ended('dns_failed', _plain(answer['error']))
    raise _Ended('dns_failed', 'the name servers did not answer within the time limit')


def _connect(addresses: t.Any, deadline: float, seen: t.Dict[str, t.Any]) -> t.Any:
    """A channel to the first address that answers. Each gets its share of the time, so a dead one leaves some."""
    failures: dict = {}
    for index, (family, address) in enumerate(addresses):
        remaining = deadline - time.monotonic()
        seen['address'] = f'[{address[0]}]:{address[1]}' if family == socket.AF_INET6 else f'{address[0]}:{address[1]}'
        try:
            connection = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            failures.setdefault('tcp_unreachable', (seen['address'], _plain(error)))
            continue
        try:
            connection.settimeout(max(0.001, remaining / (len(addresses) - index)))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failures.setdefault(_connect_error(error), (seen['address'], _plain(error)))
            continue
        addresses[:] = [(family, address)] + [other for other in addresses if other != (family, address)]
        return _Channel(connection, deadline)
    code = next(code for code in _CONNECT_ERRORS if code in failures)
    seen['address'], detail = failures[code]
    raise _Ended(code, detail)


def _connect_error(error: t.Any) -> t.Any:
    if isinstance(error, socket.timeout) or error.errno == errno.ETIMEDOUT:
        return 'tcp_timeout'
    return 'tcp_refused' if isinstance(error, (ConnectionRefusedError, ConnectionResetError)) else 'tcp_unreachable'


@contextlib.contextmanager
def _certificates(path: str) -> t.Iterator[str]:
    """The path of an open file, which OpenSSL reads to its end: a pipe or a device may have none.

    Raises:
        OSError: the system refuses.
        ValueError: it is no regular file, or too large for one of certificates.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST_BUNDLE:
            raise ValueError
        yield f'/dev/fd/{descriptor}'
    finally:
        os.close(descriptor)


def _tls_context(target: Target, verify: t.Any) -> t.Any:
    ca_path = target.ca_path if verify else None
    try:
        if not ca_path or os.path.isdir(ca_path):
            context = ssl.create_default_context(capath=ca_path)
        else:
            with _certificates(ca_path) as file:
                context = ssl.create_default_context(cafile=file)
    except (OSError, ValueError):
        raise Problem(
            'websocket_check_ca_path (option ca_path) holds no certificates that can be loaded',
            path=ca_path,
            cure='name a PEM file, or a folder that openssl rehash has prepared',
        ) from None
    if hasattr(context, 'hostname_checks_common_name'):  # not on Python 3.6, see _start_tls
        context.hostname_checks_common_name = False
    # Python 3.13 began to refuse private certificate authorities that every browser accepts.
    context.verify_flags &= ~getattr(ssl, 'VERIFY_X509_STRICT', 0)
    if ssl.HAS_ALPN:
        context.set_alpn_protocols(['http/1.1'])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _start_tls(channel: t.Any, target: Target, context: t.Any, seen: t.Dict[str, t.Any]) -> None:
    if context is None:
        return
    seen['stage'] = 'tls'
    trusted = True if target.validate_certs else None
    try:
        channel.start_tls(context, target.host)
    except (ssl.SSLError, ssl.CertificateError) as error:
        if not _is_verification(error):
            raise _tls_ended(channel, error) from None
        der = _unverified_certificate(target, channel)
        certificate = _certificate(der)
        code = tls.verification_failure(_verify_code(error), certificate, time.time())
        seen['tls'] = _tls_seen(channel, certificate, False)
        raise _Ended(code, _plain(error)) from None
    except OSError as error:
        if isinstance(error, socket.timeout):
            raise
        raise _tls_ended(channel, error) from None
    certificate = _certificate(channel.peer_certificate())
    # Browsers take names from subjectAltName only (RFC 9525, section 6.3); Python 3.6 falls back to the common name.
    if trusted and certificate and not certificate['names']:
        seen['tls'] = _tls_seen(channel, certificate, False)
        raise _Ended('tls_name_mismatch', 'the certificate has a common name only, and no subjectAltName')
    seen['tls'] = _tls_seen(channel, certificate, trusted)


def _tls_ended(channel: t.Any, error: t.Any) -> t.Any:
    return _Ended(tls.handshake_failure(_ssl_reason(error), bytes(channel.first_bytes)), _plain(error))


def _ssl_reason(error: t.Any) -> t.Any:
    """OpenSSL's reason. Python 3.6 has no name for those of TLS 1.3 and shows OpenSSL's words: "[SSL] words (file)"."""
    if not isinstance(error, ssl.SSLError):
        return ''
    return error.reason or str(error).rpartition('] ')[2].partition(' (')[0].upper().replace(' ', '_')


def _is_verification(error: t.Any) -> t.Any:
    # Python 3.6 has a name mismatch apart from SSLError, and no class for the rest.
    return isinstance(error, ssl.CertificateError) or getattr(error, 'reason', '') == 'CERTIFICATE_VERIFY_FAILED'


def _verify_code(error: t.Any) -> t.Any:
    if not isinstance(error, ssl.SSLError):
        return 62
    return getattr(error, 'verify_code', None)


def _unverified_certificate(target: Target, channel: t.Any) -> t.Any:
    """The certificate that was just refused, fetched on a second connection: Python drops it with the first."""
    address = channel.connection.getpeername()
    try:
        with socket.socket(channel.connection.family, socket.SOCK_STREAM) as connection:
            connection.settimeout(channel.remaining())
            connection.connect(address)
            second = _Channel(connection, channel.deadline)
            second.start_tls(_tls_context(target, False), target.host)
            return second.peer_certificate()
    except (OSError, ValueError):
        return None


def _certificate(der: t.Any) -> t.Any:
    try:
        return tls.parse_certificate(der or b'')
    except Problem:
        return None


def _tls_seen(channel: t.Any, certificate: t.Any, trusted: t.Any) -> t.Any:
    fields = dict.fromkeys(('subject', 'issuer', 'names', 'not_before', 'not_after', 'days_left'))
    if certificate:
        fields.update(tls.facts(certificate, time.time()))
    protocol, cipher = channel.tls_version()
    fields.update(protocol=protocol, cipher=cipher, trusted=trusted)
    return fields


def _shake_hands(channel: t.Any, target: Target, cookies: t.Any, seen: t.Dict[str, t.Any]) -> None:
    seen['stage'] = 'http'
    key = handshake.key(os.urandom(16))
    channel.send(handshake.opening_request(target, key, cookies))
    head, rest = _read_head(channel, seen)
    seen['http_status'] = head.status
    seen['server'] = _shown(handshake.header(head, 'server'))
    location = handshake.header(head, 'location')
    seen['location'] = _shown(location and location.partition('?')[0])
    if head.status != 101:
        if head.status == 200:
            seen['login_form'] = _asks_for_password(channel, rest)
        raise _Ended('not_upgraded', f'the answer was {head.status}')
    seen['stage'] = 'handshake'
    objection = handshake.objection(head, key)
    seen['accept_ok'] = objection is None
    if objection:
        raise _Ended('accept_wrong', objection)
    seen['stage'] = 'open'
    channel.give_back(rest)


def _log_in(target: Target, context: t.Any, addresses: t.Any, deadline: float, seen: t.Dict[str, t.Any]) -> t.Any:
    """The cookies of OMK's login. Without them the handshake still tells about the tunnel, so no failure ends it."""
    for path in target.login_paths:
        with _connect(addresses, deadline, seen) as channel:
            _start_tls(channel, target, context, seen)
            seen['stage'] = 'http'
            channel.send(handshake.login_request(target, path))
            head, _rest = _read_head(channel, seen)
        cookies = handshake.cookies(head)
        if head.status in (401, 403):
            seen['login'] = 'OMK does not accept the user name and password'
            return []
        if head.status < 400 and cookies:
            seen['login'] = 'done'
            return cookies
        seen['login'] = f'{path} answered {head.status} and gave no cookie'
        if head.status != 404:
            break
    return []


def _read_head(channel: t.Any, seen: t.Dict[str, t.Any]) -> t.Any:
    received = bytearray()
    while True:
        try:
            data = channel.receive()
        except ssl.SSLError as error:
            seen['stage'] = 'tls'
            raise _tls_ended(channel, error) from None
        if not data:
            raise _Ended('closed', 'the server closed the connection before a whole answer came')
        received += data
        head, rest = handshake.split_head(received)
        while head is not None:
            parsed = handshake.parse_head(head)
            if parsed.status >= 200 or parsed.status == 101:
                return parsed, rest
            received = bytearray(rest)
            head, rest = handshake.split_head(received) if received else (None, b'')


def _asks_for_password(channel: t.Any, page: t.Any) -> t.Any:
    page = bytearray(page)
    with contextlib.suppress(OSError):
        while len(page) < _LOGIN_PAGE_BYTES:
            data = channel.receive()
            if not data:
                break
            page += data
    text = bytes(page).lower()
    return any(mark in text for mark in (b'type="password"', b"type='password'", b'type=password'))


def _wait_for_event(channel: t.Any, seen: t.Dict[str, t.Any]) -> None:
    reader = frames.Reader()
    try:
        while not seen['events']:
            data = channel.receive()
            if not data:
                raise _Ended('closed', 'the server closed the websocket without a word')
            for message in reader.feed(data):
                _take(message, channel, seen)
    except socket.timeout:
        raise _Ended('no_event', 'no event came in the time that was given') from None


def _take(message: t.Any, channel: t.Any, seen: t.Dict[str, t.Any]) -> None:
    if message.opcode == frames.TEXT:
        seen['events'] += 1
    elif message.opcode == frames.PING:
        channel.send(frames.client_frame(frames.PONG, message.payload, os.urandom(4)))
    elif message.opcode == frames.CLOSE and not seen['events']:
        seen['close_code'] = frames.close_code(message.payload)
        given = f' with code {seen["close_code"]}' if seen['close_code'] else ''
        raise _Ended('closed', f'the server closed the websocket{given}')


def _plain(error: t.Any) -> t.Any:
    """One clause about an exception: nothing of Python's own wording around it."""
    if isinstance(error, socket.timeout):
        return 'no answer within the time limit'
    if isinstance(error, ssl.SSLError):
        return _shown(getattr(error, 'verify_message', '') or _ssl_reason(error).replace('_', ' ').lower())
    if isinstance(error, OSError) and error.strerror:
        return _shown(error.strerror[:1].lower() + error.strerror[1:])
    return _shown(str(error)) or type(error).__name__


def _shown(text: t.Optional[str]) -> t.Optional[str]:
    """Text of a stranger, short and without control characters."""
    if text is None:
        return None
    return ''.join(character if character.isprintable() else '?' for character in text)[:200]


class _Channel:
    """A connected socket, in TLS or not, on which every wait ends at `deadline` (of time.monotonic)."""

    def __init__(self, connection: t.Any, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self.first_bytes = bytearray()
        self._returned = b''
        self._tls: t.Any = None  # an ssl.SSLObject after start_tls

    def __enter__(self) -> t.Any:
        return self

    def __exit__(self, *_unused: t.Any) -> None:
        self.connection.close()

    def remaining(self) -> t.Any:
        """Seconds until the deadline; socket.timeout when there are none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise socket.timeout('deadline')
        return seconds

    def start_tls(self, context: t.Any, host: str) -> None:
        """Do the TLS handshake through memory BIOs, which lets the bytes of the server be looked at."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host.rstrip('.'))
        self._drive(self._tls.do_handshake)

    def peer_certificate(self) -> t.Any:
        """The DER form (bytes) of the certificate of the server, or None."""
        return self._tls.getpeercert(True)

    def tls_version(self) -> t.Any:
        """Protocol and cipher (str or None each)."""
        cipher = self._tls.cipher()
        return self._tls.version(), cipher[0] if cipher else None

    def send(self, data: t.Any) -> None:
        """Send bytes. A server that hangs up is not an error yet: what it said last explains it better."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if self._tls:
                self._drive(lambda: self._tls.write(data))
            else:
                self._send_raw(data)

    def receive(self) -> t.Any:
        """The next bytes; b'' at the end."""
        if self._returned:
            data, self._returned = self._returned, b''
            return data
        if not self._tls:
            return self._receive_raw()
        try:
            return self._drive(lambda: self._tls.read(65536))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b''
        except ssl.SSLError as error:
            if 'EOF' in (error.reason or ''):
                return b''
            raise

    def give_back(self, data: t.Any) -> None:
        """Have `receive` return these bytes first."""
        self._returned = data + self._returned

    def say_goodbye(self) -> None:
        """Send a close frame, so that neither Apache nor OMK keeps the websocket; nobody waits for the answer."""
        self.deadline = time.monotonic() + 0.2
        with contextlib.suppress(OSError):
            self.send(frames.client_frame(frames.CLOSE, (1000).to_bytes(2, 'big'), os.urandom(4)))

    def _drive(self, step: t.Any) -> t.Any:
        """Run one operation of the TLS object, moving bytes between it and the socket until it is done."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._receive_raw()
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except (ssl.SSLError, ssl.CertificateError):
                self._flush_quietly()
                raise
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._send_raw(data)

    def _flush_quietly(self) -> None:
        with contextlib.suppress(OSError):
            self._flush()

    def _send_raw(self, data: t.Any) -> None:
        self.connection.settimeout(self.remaining())
        self.connection.sendall(data)

    def _receive_raw(self) -> t.Any:
        self.connection.settimeout(self.remaining())
        data = self.connection.recv(65536)
        if len(self.first_bytes) < _KEPT_FIRST_BYTES:
            self.first_bytes += data
        return data
