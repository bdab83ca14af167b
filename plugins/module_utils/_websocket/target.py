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

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

EVENTS_PATH = '/en/omk/opCharts/events/log'
DEFAULT_PORTS = {'wss': 443, 'ws': 80}

_SCHEMES = {'wss': 'wss', 'ws': 'ws', 'https': 'wss', 'http': 'ws'}
_TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_HOST = re.compile(r'^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$')
_CONTROL = re.compile(r'[\x00-\x1f\x7f]')
_APPLICATION = re.compile(r'^(?P<omk>[^?]*?/omk)/(?P<name>[^/?]+)/')
_OURS = ('host', 'upgrade', 'connection', 'origin', 'content-length', 'transfer-encoding', 'expect')


def build(options: t.Any) -> t.Any:
    """The target of a probe.

    Args:
        options (dict): `url`, or `host`, `port`, `path`, `scheme`; and `address`, `origin`, `headers` (dict),
            `timeout` and `wait_for_event` (seconds), `validate_certs` (bool), `ca_path`, `username`, `password`.
            Absent or None: the default.

    Returns:
        dict: the same, checked and completed, with `authority` (the Host header), `url` (for people, without
        secrets) and `login_paths` (where OMK's login may be) added.

    Raises:
        Problem: an option cannot be used. The sentence never quotes a header's value or the password.
    """
    given = {name: value for name, value in options.items() if value is not None}
    scheme, host, port, path = _from_url(given['url']) if given.get('url') else _from_parts(given)
    if not 1 <= port <= 65535:
        raise Problem(f'port {port} is not between 1 and 65535')
    literal = _ip(host)
    host = literal or _name(host)
    bracketed = f'[{host}]' if ':' in host else host
    authority = bracketed if port == DEFAULT_PORTS[scheme] else f'{bracketed}:{port}'
    path = _path(path)
    address = given.get('address') or literal
    if address and not _ip(address):
        raise Problem('address is not an IPv4 or IPv6 address', cure='give a name as host')
    if bool(given.get('username')) != bool(given.get('password')):
        raise Problem('username and password belong together', cure='give both or neither')
    return {
        'scheme': scheme,
        'host': host,
        'port': port,
        'path': path,
        'authority': authority,
        'url': f'{scheme}://{authority}{path}',
        'address': address.strip('[]') if address else None,
        'origin': _origin(given.get('origin'), scheme, authority),
        'headers': _headers(given.get('headers') or {}),
        'timeout': _seconds('timeout', given.get('timeout', 10), above=0),
        'wait_for_event': _seconds('wait_for_event', given.get('wait_for_event', 0)),
        'validate_certs': bool(given.get('validate_certs', True)),
        'ca_path': given.get('ca_path'),
        'username': given.get('username'),
        'password': given.get('password'),
        'login_paths': _login_paths(path),
    }


def _from_url(url: t.Any) -> t.Any:
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


def _from_parts(given: t.Any) -> t.Any:
    if not given.get('host'):
        raise Problem('there is nothing to probe', cure='give url or host')
    scheme = _SCHEMES.get(str(given.get('scheme', 'wss')).lower())
    if not scheme:
        raise Problem('scheme is neither wss nor ws')
    try:
        port = int(given.get('port', DEFAULT_PORTS[scheme]))
    except (TypeError, ValueError):
        raise Problem('port is not a number') from None
    return scheme, given['host'], port, given.get('path', EVENTS_PATH)


def _ip(text: str) -> t.Any:
    """The IP address without brackets, or None. A zone ("%eth0") stays: a link-local address is useless without it."""
    bare = text[1:-1] if text.startswith('[') and text.endswith(']') else text
    try:
        ipaddress.ip_address(bare.partition('%')[0])
    except ValueError:
        return None
    return None if _CONTROL.search(bare) or ' ' in bare else bare


def is_host(text: str) -> t.Any:
    """Whether a browser can call a server so."""
    try:
        return bool(_ip(text) or _name(text))
    except Problem:
        return False


def _name(host: str) -> t.Any:
    try:
        ascii_host = host.encode('idna').decode('ascii')
    except UnicodeError:
        ascii_host = ''
    if len(ascii_host) > 253 or not _HOST.match(ascii_host):
        raise Problem(f'{host!r} is not a host name or IP address', cure='give it as in omk.example.com')
    return ascii_host


def _path(path: str) -> t.Any:
    if not path.startswith('/'):
        raise Problem('path does not begin with /')
    if _CONTROL.search(path) or ' ' in path or '#' in path:
        raise Problem('path holds a blank, a # or a control character')
    return quote(path, safe="/?&=%:@!$'()*+,;~-._[]|")


def _login_paths(path: str) -> t.Any:
    """The application's own login, which OMK's REST documentation names, and the one that all of them share."""
    application = _APPLICATION.match(path)
    omk, name = application.group('omk', 'name') if application else ('/en/omk', 'opCharts')
    return [f'{omk}/{name}/login', f'{omk}/login']


def _origin(origin: t.Any, scheme: t.Any, authority: t.Any) -> t.Any:
    """What a browser that shows OMK's page would send; an empty option sends none."""
    if origin is None:
        return ('https://' if scheme == 'wss' else 'http://') + authority
    return _field('origin', origin)


def _headers(headers: t.Any) -> t.Any:
    pairs = []
    for name, value in ((str(name), value) for name, value in headers.items()):
        if not _TOKEN.match(name):
            raise Problem('headers holds a name that no HTTP header can have')
        if name.lower() in _OURS or name.lower().startswith('sec-websocket-'):
            raise Problem(f'the header {name} belongs to the probe and cannot be given')
        pairs.append((name, _field(f'the header {name}', str(value))))
    return pairs


def _field(what: t.Any, value: t.Any) -> t.Any:
    if _CONTROL.search(value.replace('\t', ' ')):
        raise Problem(f'{what} holds a line end or another control character')
    try:
        value.encode('latin-1')
    except UnicodeError:
        raise Problem(f'{what} holds a character that HTTP headers cannot carry') from None
    return value.strip()


def _seconds(name: str, value: t.Any, above: t.Any = None) -> t.Any:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        raise Problem(f'{name} is not a number of seconds') from None
    if not 0 <= seconds <= 86400 or (above is not None and seconds <= above):
        raise Problem(f'{name} is not a sensible number of seconds', cure='give 1 to 86400')
    return seconds
