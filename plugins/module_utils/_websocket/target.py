# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe is asked to do, checked and completed (pure; private to the collection).

Sources: RFC 3986 (URL), RFC 6455 sections 3 and 4.1 (websocket URL and request), RFC 7230 section 3.2 (header fields).
"""

import ipaddress
import re
import typing as t
from urllib.parse import quote, urlsplit

from ansible_collections.opmantek.omk.plugins.module_utils._options import EVENTS_PATH
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

DEFAULT_PORTS = {'wss': 443, 'ws': 80}

_SCHEMES = {'wss': 'wss', 'ws': 'ws', 'https': 'wss', 'http': 'ws'}
_TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_HOST = re.compile(r'^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$')
_CONTROL = re.compile(r'[\x00-\x1f\x7f]')
_APPLICATION = re.compile(r'^(?P<omk>[^?]*?/omk)/(?P<name>[^/?]+)/')
_OURS = ('host', 'upgrade', 'connection', 'origin', 'content-length', 'transfer-encoding', 'expect')


class Request(t.NamedTuple):
    """What a probe is asked to do: a url, or a host with the rest of it. None: the default."""

    url: t.Optional[str] = None
    host: t.Optional[str] = None
    port: t.Union[int, str, None] = None
    path: t.Optional[str] = None
    scheme: t.Optional[str] = None
    #: Where to connect to, instead of where the name leads.
    address: t.Optional[str] = None
    origin: t.Optional[str] = None
    headers: t.Optional[t.Dict[str, t.Any]] = None
    #: Seconds.
    timeout: t.Union[float, str, None] = None
    wait_for_event: t.Union[float, str, None] = None
    validate_certs: t.Optional[bool] = None
    ca_path: t.Optional[str] = None
    username: t.Optional[str] = None
    password: t.Optional[str] = None


class Target(t.NamedTuple):
    """The same, checked and completed."""

    scheme: str
    host: str
    port: int
    path: str
    #: The Host header.
    authority: str
    #: For people, without secrets.
    url: str
    address: t.Optional[str]
    #: Empty: none is sent.
    origin: str
    headers: t.List[t.Tuple[str, str]]
    timeout: float
    wait_for_event: float
    validate_certs: bool
    ca_path: t.Optional[str]
    username: t.Optional[str]
    password: t.Optional[str]
    #: Where OMK's login may be.
    login_paths: t.List[str]


def build(request: Request) -> Target:
    """The target of a probe.

    Raises:
        Problem: an option cannot be used. The sentence never quotes a header's value or the password.
    """
    scheme, host, port, path = _from_url(request.url) if request.url else _from_parts(request)
    if not 1 <= port <= 65535:
        raise Problem(f'port {port} is not between 1 and 65535')
    literal = _ip(host)
    host = literal or _name(host)
    bracketed = f'[{host}]' if ':' in host else host
    authority = bracketed if port == DEFAULT_PORTS[scheme] else f'{bracketed}:{port}'
    path = _path(path)
    address = request.address or literal
    if address and not _ip(address):
        raise Problem(
            f'{_named("address")} is not an IPv4 or IPv6 address',
            cure='give a name in apache_websocket_server_name (option host)',
        )
    if bool(request.username) != bool(request.password):
        raise Problem(f'{_named("username")} and {_named("password")} belong together', cure='give both or neither')
    return Target(
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        authority=authority,
        url=f'{scheme}://{authority}{path}',
        address=address.strip('[]') if address else None,
        origin=_origin(request.origin, scheme, authority),
        headers=_headers(request.headers or {}),
        timeout=_seconds('timeout', _or(request.timeout, 10), above=0),
        wait_for_event=_seconds('wait_for_event', _or(request.wait_for_event, 0)),
        validate_certs=bool(_or(request.validate_certs, True)),
        ca_path=request.ca_path,
        username=request.username,
        password=request.password,
        login_paths=_login_paths(path),
    )


def _named(option: str) -> str:
    """What a message calls an option: the variable of the role, which is what a playbook sets, and the option."""
    return f'websocket_check_{option} (option {option})'


def _or(value: t.Any, default: t.Any) -> t.Any:
    return default if value is None else value


def _from_url(url: str) -> t.Tuple[str, str, int, str]:
    if _CONTROL.search(url) or ' ' in url:
        raise Problem('the URL holds a blank or a control character')
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Problem('the URL cannot be read', cure='write it as wss://host:port/path') from None
    scheme = _SCHEMES.get(parts.scheme.lower())
    if not scheme or not parts.hostname:
        raise Problem('the URL is not a websocket URL', cure='write it as wss://host:port/path')
    if '@' in parts.netloc:
        raise Problem('the URL holds a user name', cure='use the options username and password')
    if parts.fragment or url.endswith('#'):
        raise Problem('the URL holds a fragment (#), which a websocket URL must not have')
    path = (parts.path or EVENTS_PATH) + ('?' + parts.query if parts.query else '')
    return scheme, parts.hostname, DEFAULT_PORTS[scheme] if port is None else port, path


def _from_parts(request: Request) -> t.Tuple[str, str, int, str]:
    if not request.host:
        raise Problem('there is nothing to probe', cure='give url or host')
    scheme = _SCHEMES.get(str(_or(request.scheme, 'wss')).lower())
    if not scheme:
        raise Problem('scheme is neither wss nor ws')
    try:
        port = int(_or(request.port, DEFAULT_PORTS[scheme]))
    except (TypeError, ValueError):
        raise Problem('port is not a number') from None
    return scheme, request.host, port, _or(request.path, EVENTS_PATH)


def _ip(text: str) -> t.Optional[str]:
    """The IP address without brackets, or None. A zone ("%eth0") stays: a link-local address is useless without it."""
    bare = text[1:-1] if text.startswith('[') and text.endswith(']') else text
    try:
        ipaddress.ip_address(bare.partition('%')[0])
    except ValueError:
        return None
    return None if _CONTROL.search(bare) or ' ' in bare else bare


def is_host(text: str) -> bool:
    """Whether a browser can call a server so."""
    try:
        return bool(_ip(text) or _name(text))
    except Problem:
        return False


def _name(host: str) -> str:
    try:
        ascii_host = host.encode('idna').decode('ascii')
    except UnicodeError:
        ascii_host = ''
    if len(ascii_host) > 253 or not _HOST.match(ascii_host):
        raise Problem(
            f'{host!r} is not a host name or IP address',
            cure='give apache_websocket_server_name (option server_name, or host) as in omk.example.com',
        )
    return ascii_host


def _path(path: str) -> str:
    if not path.startswith('/'):
        raise Problem(f'{_named("path")} does not begin with /')
    if _CONTROL.search(path) or ' ' in path or '#' in path:
        raise Problem(f'{_named("path")} holds a blank, a # or a control character')
    return quote(path, safe="/?&=%:@!$'()*+,;~-._[]|")


def _login_paths(path: str) -> t.List[str]:
    """The application's own login, which OMK's REST documentation names, and the one that all of them share."""
    application = _APPLICATION.match(path)
    omk, name = application.group('omk', 'name') if application else ('/en/omk', 'opCharts')
    return [f'{omk}/{name}/login', f'{omk}/login']


def _origin(origin: t.Optional[str], scheme: str, authority: str) -> str:
    """What a browser that shows OMK's page would send; an empty option sends none."""
    if origin is None:
        return ('https://' if scheme == 'wss' else 'http://') + authority
    return _field('origin', origin)


def _headers(headers: t.Dict[str, t.Any]) -> t.List[t.Tuple[str, str]]:
    pairs = []
    for name, value in ((str(name), value) for name, value in headers.items()):
        if not _TOKEN.match(name):
            raise Problem('headers holds a name that no HTTP header can have')
        if name.lower() in _OURS or name.lower().startswith('sec-websocket-'):
            raise Problem(f'the header {name} belongs to the probe and cannot be given')
        pairs.append((name, _field(f'the header {name}', str(value))))
    return pairs


def _field(what: str, value: str) -> str:
    if _CONTROL.search(value.replace('\t', ' ')):
        raise Problem(f'{what} holds a line end or another control character')
    try:
        value.encode('latin-1')
    except UnicodeError:
        raise Problem(f'{what} holds a character that HTTP headers cannot carry') from None
    return value.strip()


def _seconds(name: str, value: t.Any, above: t.Optional[float] = None) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        raise Problem(f'{_named(name)} is not a number of seconds') from None
    if not 0 <= seconds <= 86400 or (above is not None and seconds <= above):
        raise Problem(f'{_named(name)} is not a sensible number of seconds', cure='give 1 to 86400')
    return seconds
