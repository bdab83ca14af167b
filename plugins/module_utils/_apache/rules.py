# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Apache sends a websocket request for a path (pure; private to the collection).

The order of precedence was measured with Apache 2.4 and agrees with the manual's pages "mod_proxy" (ProxyPass) and
"Configuration Sections": a RewriteRule of the VirtualHost that takes the request; the last matching <Location> with a
ProxyPass, those of the server before those of the VirtualHost; the first matching ProxyPass of the server; the first
matching ProxyPass of the VirtualHost.
"""

import collections
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import glob, rewrite, versions
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import split_arguments

#: What becomes of a request. kind: 'tunnelled' (right), 'plain_http', 'wrong_target', 'excluded', 'rewritten',
#: 'redirected', 'forbidden', 'perhaps', 'unhandled', or what a tunnel lacks in this version of Apache: 'upgrade',
#: 'own_connection' or 'rewrite_to_websocket' (see `versions`); node: the deciding directive or None; rewrites: whether
#: a RewriteRule decided; url: where it goes, or None.
Outcome = collections.namedtuple('Outcome', 'kind node rewrites url')

_URL = re.compile(r'^([A-Za-z][A-Za-z0-9+.-]*)://(\[[^\]]+\]|[^/:?]*)(?::(\d+))?([^?]*)')
_LOOPBACK = ('localhost', '127.0.0.1', 'localhost.localdomain')
_LOOPBACK_6 = ('[::1]', '::1', 'ip6-localhost', 'ip6-loopback')
_WILDCARD = re.compile(r'[*?\[]')
_DEFAULT_PORTS = {'ws': 80, 'http': 80, 'wss': 443, 'https': 443}
_STATUS = re.compile(r'(?P<elsewhere>permanent|temp|seeother|3\d\d)$|gone$|\d', re.IGNORECASE)
_PROXY_NAMES = ('proxypass', 'proxypassmatch')


def same_host(one: str, other: str) -> bool:
    """Whether two host names mean this machine's loopback, in whatever way, or are the same."""
    one, other = one.lower(), other.lower()
    loopback = _LOOPBACK + _LOOPBACK_6
    return one == other or (one in loopback and other in loopback)


def reaches(url: t.Optional[str], backend: t.Any) -> bool:
    """Whether a URL points at the backend's host and port."""
    found = _URL.match(url or '')
    if not found:
        return False
    scheme, host, port, _path = found.groups()
    return same_host(host, backend.host) and int(port or _DEFAULT_PORTS.get(scheme.lower(), 0)) == backend.port


def _judge(
    url: str,
    parameters: t.Optional[t.Iterable[str]],
    path: str,
    backend: t.Any,
    version: t.Optional[t.Tuple[int, ...]],
) -> str:
    """The kind of outcome when the request for `path` is handed to `url`; a RewriteRule has no `parameters` (None)."""
    if url == '!':
        return 'excluded'
    found = _URL.match(url)
    if not found:
        return 'perhaps'
    scheme = found.group(1).lower()
    given = [word.lower() for word in parameters or ()]
    upgrades = any(word in ('upgrade=websocket', 'upgrade=any', 'upgrade=*') for word in given)
    if scheme in ('balancer', 'unix'):
        return 'perhaps'
    if not reaches(url, backend) or (found.group(4) or '/') != path:
        return 'wrong_target'
    if (found.group(2).lower() in _LOOPBACK_6) != (backend.host.lower() in _LOOPBACK_6):
        return 'perhaps'  # OMK may listen on one of the two only
    if scheme == 'ws' and parameters is None:
        return 'tunnelled' if versions.has(version, 'rewrite_to_websocket') else 'rewrite_to_websocket'
    if scheme == 'ws':
        alone = 'disablereuse=on' in given or versions.has(version, 'own_connection')
        return 'tunnelled' if alone else 'own_connection'
    if scheme == 'http' and upgrades:
        return 'tunnelled' if versions.has(version, 'upgrade') else 'upgrade'
    return 'plain_http' if scheme == 'http' else 'wrong_target'


def _prefix_rest(prefix: str, path: str) -> t.Optional[str]:
    """What follows `prefix` in `path`, or None; a prefix ends at a slash (httpd's alias_match)."""
    if path == prefix or (path.startswith(prefix) and (prefix.endswith('/') or path[len(prefix)] == '/')):
        return path[len(prefix) :]
    return None


def _prefix_target(prefix: str, url: str, path: str) -> t.Tuple[bool, str]:
    """(whether a ProxyPass takes `path`, the URL): what follows the prefix is appended."""
    rest = _prefix_rest(prefix, path)
    return rest is not None, url if url == '!' else url + (rest or '')


def _match_target(pattern: str, url: str, path: str) -> t.Tuple[t.Any, ...]:
    """(whether a ProxyPassMatch takes `path`, the URL); the URL is None when nobody can tell.

    Without a reference in it, the path is appended to the URL.
    """
    try:
        found = rewrite.search(pattern, path)
    except re.error:
        return True, None
    if not found:
        return False, None
    if url != '!' and not re.search(r'\$\d', url):
        return True, url + path
    return True, re.sub(r'\$(\d)', lambda digit: _group(found, int(digit.group(1))), url)


def _group(found: t.Match[str], number: int) -> str:
    return (found.group(number) or '') if number <= found.re.groups else ''


def _plain(nodes: t.List[t.Any], path: str) -> t.Optional[t.Tuple[t.Any, ...]]:
    """(node, url, parameters) of the first ProxyPass or ProxyPassMatch that takes the path, or None."""
    for node in nodes:
        name, words = node.name.lower(), split_arguments(node.args)
        is_expression = name == 'proxypassmatch'
        if words[:1] == ['~']:
            is_expression, words = True, words[1:]
        if name not in _PROXY_NAMES or len(words) < 2:
            continue
        target = _match_target if is_expression else _prefix_target
        takes, url = target(words[0], words[1], path)
        if takes:
            return node, url, words[2:]
    return None


def location_pattern(node: t.Any) -> t.Any:
    """(is a regular expression, the text) of a <Location> or <LocationMatch> section, else None."""
    name = node.name.lower()
    if node.children is None or name not in ('location', 'locationmatch'):
        return None
    words = split_arguments(node.args)
    if name == 'locationmatch' and words:
        return True, words[0]
    if len(words) > 1 and words[0] == '~':
        return True, words[1]
    return (False, words[0]) if words else None


def location_holds(node: t.Any, path: str) -> t.Optional[bool]:
    """Whether a node is a Location section that applies to the path; None where nobody can tell."""
    pattern = location_pattern(node)
    if pattern is None:
        return False
    is_expression, text = pattern
    if is_expression:
        takes, target = _match_target(text, '!', path)
        return None if takes and target is None else takes
    if _WILDCARD.search(text):  # a wildcard stands for no slash
        return glob.matches(text, path, no_slash=True)
    return _prefix_rest(text, path) is not None


def _location_covers(node: t.Any, path: str) -> bool:
    """Whether a node is a Location section that applies to the path, or may."""
    return location_holds(node, path) is not False


def _located(nodes: t.List[t.Any], path: str) -> t.Optional[t.Tuple[t.Any, ...]]:
    """(node, url, parameters) of the last Location section with a ProxyPass that covers the path, or None."""
    winner = None
    for section in nodes:
        if not _location_covers(section, path):
            continue
        is_expression, text = location_pattern(section)
        if _WILDCARD.search(text) and not is_expression:
            continue  # mod_proxy compares it as it stands, and no path is like that
        for node in section.children:
            words = split_arguments(node.args)
            if node.name.lower() not in _PROXY_NAMES or not words:
                continue
            target = _match_target if is_expression else _prefix_target
            winner = (node, target(text, words[0], path)[1], words[1:])
    return winner


def _redirected(nodes: t.List[t.Any], path: str) -> t.Any:
    """The Redirect or RedirectMatch in a Location section that takes the path, or None; it beats every proxy rule."""
    for section in nodes:
        for node in section.children if _location_covers(section, path) else ():
            if _redirects(node, path):
                return node
    return None


def _redirects(node: t.Any, path: str) -> bool:
    """Whether a directive is a Redirect or RedirectMatch that takes the path."""
    name, words = node.name.lower(), split_arguments(node.args)
    if not name.startswith('redirect') or not words:
        return False
    status = _STATUS.match(words[0])
    words = words[1:] if status else words
    with_path = 1 if status and not status.group('elsewhere') else 2  # gone and the like name no URL
    target = _match_target if name == 'redirectmatch' else _prefix_target
    return bool(len(words) < with_path or target(words[0], '!', path)[0])


def _rewritten_in_section(nodes: t.List[t.Any], path: str) -> t.Any:
    """The first RewriteRule in a Location section that may take the path from mod_proxy's own rules, or None.

    The last of the sections with any word on rewriting decides. Source: manual page "mod_rewrite" (which calls this
    unsupported).
    """
    rules = []
    engine = False
    for section in nodes:
        if not _location_covers(section, path):
            continue
        own = [node for node in section.children if node.name.lower().startswith('rewrite')]
        if own:
            rules = [node for node in own if node.name.lower() == 'rewriterule']
            switches = [node.args.strip('"').lower() for node in own if node.name.lower() == 'rewriteengine']
            engine = switches[-1] == 'on' if switches else engine
    return rules[0] if rules and engine else None


def _rewrites(server: t.List[t.Any], vhost: t.List[t.Any]) -> t.List[t.Any]:
    """The rewrite directives that apply in the VirtualHost, in order; empty when its engine is off."""

    def settings(nodes: t.Any, name: str) -> t.Any:
        return [node.args.strip('"').lower() for node in nodes if node.name.lower() == name]

    engine = settings(vhost, 'rewriteengine') or settings(server, 'rewriteengine')
    if not engine or engine[-1] != 'on':
        return []
    own = [node for node in vhost if node.name.lower() in ('rewritecond', 'rewriterule')]
    inherited = [node for node in server if node.name.lower() in ('rewritecond', 'rewriterule')]
    options = ' '.join(settings(vhost, 'rewriteoptions')).split()
    passed_down = ' '.join(settings(server, 'rewriteoptions')).split()
    if 'inheritbefore' in options or ('inheritdownbefore' in passed_down and 'ignoreinherit' not in options):
        return inherited + own
    if 'inherit' in options or ('inheritdown' in passed_down and 'ignoreinherit' not in options):
        return own + inherited
    return own


def server_nodes(config: t.List[t.Any]) -> t.List[t.Any]:
    """The directives and sections of the main server: everything outside the VirtualHosts."""
    return [node for node in config if node.name.lower() != 'virtualhost']


def vhost_nodes(config: t.List[t.Any], vhost: t.Any) -> t.List[t.Any]:
    """The directives and sections of one VirtualHost (list of Node); empty when it is not there."""
    for node in config:
        if node.name.lower() == 'virtualhost' and (node.file, node.line) == (vhost.file, vhost.line):
            return node.children
    return []


def outcome(
    server: t.List[t.Any],
    vhost: t.List[t.Any],
    path: str,
    backend: t.Any,
    name: str,
    port: int,
    version: t.Optional[t.Tuple[int, ...]] = None,
) -> Outcome:
    """What becomes of a websocket handshake on `path`.

    Args:
        server, vhost (list of Node): of `server_nodes` and `vhost_nodes`.
        path (str): the request's path.
        backend (Backend): where it should arrive.
        name (str), port (int): what the browser calls the server.
        version (tuple of int, or None): Apache's, see `versions`.

    Returns:
        Outcome
    """
    caught = rewrite.caught_by(_rewrites(server, vhost), path, rewrite.request_variables(path, name, port))
    sections = server + vhost
    turned = _redirected(sections, path)
    if turned and (not caught or caught.kind == 'proxied'):
        return Outcome('redirected', turned, False, None)
    if caught:
        kind = _judge(caught.url, None, path, backend, version) if caught.kind == 'proxied' else caught.kind
        return Outcome(kind, caught.node, True, caught.url)
    turned = _rewritten_in_section(sections, path)
    if turned:
        return Outcome('perhaps', turned, False, None)
    found = _located(sections, path) or _plain(server, path) or _plain(vhost, path)
    if not found:
        # Outside of sections, mod_alias comes after mod_proxy; its rules of the VirtualHost come first.
        turned = next((node for node in vhost + server if _redirects(node, path)), None)
        return Outcome('redirected' if turned else 'unhandled', turned, False, None)
    node, url, parameters = found
    kind = 'perhaps' if url is None else _judge(url, parameters, path, backend, version)
    return Outcome(kind, node, False, url)


def is_omks(outcome: Outcome, nodes: t.List[t.Any], path: str, backend: t.Any) -> bool:
    """Whether the directive that decides was written for OMK: it names OMK's part of the site, or hands it to OMK.

    What does neither, such as a catch-all, serves another application, which would break if it were changed.

    Args:
        outcome (Outcome): with a node.
        nodes (list of Node): those of the server and of the VirtualHost.
        path (str), backend (Backend): as for `outcome`.
    """
    if outcome.node.file is None or reaches(outcome.url, backend):
        return True
    around = [section.args for section in nodes if section.children and outcome.node in section.children]
    words = [word for word in rewrite.split_rule(outcome.node.args) if not _URL.match(word)]
    named = [text.replace('\\', '') for text in around + words]
    return any(application(path) in text for text in named)


def application(path: str) -> str:
    """The path of the application that a websocket belongs to: the first two parts."""
    return '/'.join(path.split('/')[:3])


def proxies_to(nodes: t.List[t.Any], backend: t.Any) -> bool:
    """Whether any directive in `nodes`, however deep, hands requests to the backend."""
    for node in nodes:
        if node.children is not None:
            found = proxies_to(node.children, backend)
        else:
            found = node.name.lower() in _PROXY_NAMES + ('rewriterule',) and any(
                reaches(word, backend) for word in split_arguments(node.args)
            )
        if found:
            return True
    return False
