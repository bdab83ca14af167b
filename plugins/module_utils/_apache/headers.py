# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which headers reach OMK with a request (pure; private to the collection).

RequestHeader directives act in this order: the early ones; those of the server and of the VirtualHost; of <Proxy>
sections that cover the target; of <Location> sections that cover the path; of <If> sections, wherever they stand.
<Files> and <Directory> do not matter, for what is proxied is no file. All of it was measured; sources: the httpd
manual's pages "mod_headers" and "Configuration Sections".
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import expression, glob, rewrite, rules
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import split_arguments
from ansible_collections.opmantek.omk.plugins.module_utils._apache.expression import Holds

PROTO = 'x-forwarded-proto'
#: A value that only a request tells; no header can hold it.
_UNKNOWN = '\0'
#: A value, or None for no such header.
_Value = t.Optional[str]
#: A directive, and whether it takes effect.
_Step = t.Tuple[t.Any, Holds]

#: What sets variables of the environment.
_SETS = ('setenv', 'passenv', 'unsetenv', 'browsermatch', 'rewriterule')
#: Variables that modules set by themselves.
_OF_MODULES = re.compile(r'(?:SSL|GEOIP|MM|OIDC|MELLON|AUTHENTICATE|REDIRECT|UNIQUE|REMOTE|proxy|force|no)[-_]')


class Reaches(t.NamedTuple):
    """Whether a header reaches OMK as it should."""

    #: None where only a request tells.
    holds: Holds
    #: The directive because of which it does not, if there is one.
    node: t.Any


class Request(t.NamedTuple):
    """A request, as far as sections and conditions depend on it."""

    path: str
    #: Where it is proxied to; '' where it is not, None where nobody can tell.
    url: t.Optional[str]
    #: Of `rewrite.request_variables`.
    variables: t.Dict[str, str]


def proto(server: t.List[t.Any], vhost: t.List[t.Any], path: str, backend: t.Any, name: str, port: int) -> Reaches:
    """Whether OMK is told that the browser came by https, on all pages around the path of a websocket.

    Args: as for `rules.outcome`.
    """
    found = []
    for page in _pages(server + vhost, path):
        gone = rules.outcome(server, vhost, page, backend, name, port)
        variables = rewrite.request_variables(page, name, port)
        # A page is asked for without an upgrade, and with whatever else browsers put in.
        variables.update({'HTTP:UPGRADE': '', 'HTTP:CONNECTION': 'keep-alive'})
        for unknown in ('QUERY_STRING', 'THE_REQUEST', 'HTTP:ORIGIN', 'HTTP_REFERER', 'HTTP:REFERER'):
            del variables[unknown]
        request = Request(page, '' if gone.kind == 'unhandled' else gone.url, variables)
        found.append(_reaches(server, vhost, request, PROTO, None, 'https'))
    return min(found, key=lambda one: (False, None, True).index(one.holds))


def upgrade(
    server: t.List[t.Any], vhost: t.List[t.Any], path: str, url: t.Optional[str], name: str, port: int
) -> Reaches:
    """Whether the header Upgrade of a handshake is left as it is. Args: as for `rules.outcome`; url: its target."""
    request = Request(path, url, rewrite.request_variables(path, name, port))
    return _reaches(server, vhost, request, 'upgrade', 'websocket', 'websocket')


def _pages(nodes: t.List[t.Any], path: str) -> t.List[str]:
    """Pages of OMK's that stand for all: the top, a node's, and what a Location section below names."""
    top, application = rules.application(path), '/'.join(path.split('/')[:4]) + '/'
    pages = [top, top + '/', application, application + 'nodes/a']
    for section in nodes:
        is_expression, text = rules.location_pattern(section) or (True, '')
        if not is_expression and text.startswith(application) and not (path + '/').startswith(text.rstrip('/') + '/'):
            pages.append(text)
    return pages


def _reaches(
    server: t.List[t.Any], vhost: t.List[t.Any], request: Request, header: str, value: _Value, wanted: str
) -> Reaches:
    values: t.Set[_Value] = {value}
    blamed = None
    for node, applies in _steps(server, vhost, request):
        words = split_arguments(node.args)
        if node.name.lower() != 'requestheader' or len(words) < 2 or words[1].rstrip(':').lower() != header:
            continue
        holds = expression.every([applies, _condition(words, server + vhost, request)])
        after = {_changed(one, words, request) for one in values}
        after = after if holds else after | values
        if holds is not False and after != values:
            blamed, values = node, after
    if values == {wanted}:
        return Reaches(True, None)
    return Reaches(None if wanted in values or _UNKNOWN in values else False, blamed)


def _steps(server: t.List[t.Any], vhost: t.List[t.Any], request: Request) -> t.List[_Step]:
    """The directives, in the order in which they act."""
    nodes = server + vhost
    around: t.List[_Step] = [(section, _proxy_covers(section, request.url)) for section in nodes]
    around += [(section, rules.location_holds(section, request.path)) for section in nodes]
    around = [(section, covers) for section, covers in around if covers is not False]
    steps = _inside(nodes, True)
    level: t.List[t.Tuple[t.List[t.Any], Holds]] = [(nodes, True)]
    level += [(section.children, covers) for section, covers in around]
    for children, covers in level[1:]:
        steps += _inside(children, covers)
    while level:  # all If sections in others come after all those that are not
        level = [taken for children, covers in level for taken in _taken(children, covers, request)]
        for children, covers in level:
            steps += _inside(children, covers)
    early = [step for step in steps if 'early' in split_arguments(step[0].args)[-1:]]
    return early + [step for step in steps if step not in early]


def _inside(nodes: t.List[t.Any], applies: Holds) -> t.List[_Step]:
    return [(node, applies) for node in nodes if node.children is None]


def _taken(nodes: t.List[t.Any], applies: Holds, request: Request) -> t.List[t.Tuple[t.List[t.Any], Holds]]:
    """The If, ElseIf and Else sections that are taken or may be: what stands in each, and whether it is."""
    found: t.List[t.Tuple[t.List[t.Any], Holds]] = []
    before: Holds = False  # of an If and what belongs to it, one at most is taken
    for section in nodes:
        name = section.name.lower()
        if section.children is None or name not in ('if', 'elseif', 'else'):
            continue
        before = False if name == 'if' else before
        own = True if name == 'else' else expression.holds(_unquoted(section.args), request.variables)
        holds = expression.every([applies, expression.negated(before), own])
        before = expression.either(before, own)
        if holds is not False:
            found.append((section.children, holds))
    return found


def _unquoted(args: str) -> str:
    """The expression of a section, with or without quotes around it."""
    return split_arguments(args)[0] if args[:1] in ('"', "'") else args


def _proxy_covers(section: t.Any, url: t.Optional[str]) -> Holds:
    """Whether a node is a Proxy section that covers the target."""
    name = section.name.lower()
    words = split_arguments(section.args)
    if section.children is None or name not in ('proxy', 'proxymatch') or not words:
        return False
    if not url:
        return None if url is None else False
    if name == 'proxymatch' or words[0] == '~':
        try:
            return bool(rewrite.search(words[-1], url))
        except re.error:
            return None
    if re.search(r'[*?\[]', words[0]):
        return glob.matches(words[0], url)
    return url.startswith(words[0])


def _condition(words: t.List[str], nodes: t.List[t.Any], request: Request) -> Holds:
    """Whether the condition at the end of a directive holds."""
    action = words[0].lower()
    for word in words[2 if action == 'unset' else 4 if action.startswith('edit') else 3 :]:
        kind, _equals, text = word.partition('=')
        if kind.lower() == 'expr':
            return expression.holds(text, request.variables)
        if kind.lower() == 'env':
            found = _environment(text.lstrip('!'), nodes)
            return expression.negated(found) if text.startswith('!') else found
    return True


def _environment(name: str, nodes: t.List[t.Any]) -> Holds:
    """Whether a variable of the environment is set."""
    if name == 'HTTPS':  # mod_ssl sets it always
        return True
    word = re.compile(rf'(?<![\w-]){re.escape(name)}(?![\w-])')
    setting = [
        (node, outside)
        for node, outside in _all(nodes)
        if node.name.lower().startswith(_SETS) and word.search(node.args)
    ]
    if not setting:
        return None if _OF_MODULES.match(name) else False
    plainly = all(outside and node.name.lower() == 'setenv' for node, outside in setting)
    return True if plainly else None


def _all(nodes: t.List[t.Any], outside: bool = True) -> t.Iterator[t.Tuple[t.Any, bool]]:
    """All directives, and whether each stands outside of sections."""
    for node in nodes:
        if node.children is None:
            yield node, outside
        else:
            yield from _all(node.children, False)


def _changed(value: _Value, words: t.List[str], request: Request) -> _Value:
    """What a directive makes of a value."""
    action = words[0].lower()
    if action == 'unset':
        return None
    if len(words) < 3 or action not in ('set', 'setifempty', 'add', 'append', 'merge', 'edit', 'edit*'):
        return value
    if action.startswith('edit'):
        return value if value is None else _UNKNOWN
    given = _text(words[2], request)
    if action == 'set' or value is None:
        return given
    if action == 'setifempty' or (action == 'merge' and given in [one.strip() for one in value.split(',')]):
        return value
    return _UNKNOWN if _UNKNOWN in (value, given) else f'{value}, {given}'


def _text(word: str, request: Request) -> str:
    """The value that a directive gives."""
    if word.lower().startswith('expr='):
        found = expression.interpolated(word[5:], request.variables)
        return _UNKNOWN if found is None else found
    # A variable of mod_ssl.
    word = re.sub(r'%\{(REQUEST_SCHEME)\}s', 'https', word, flags=re.IGNORECASE)
    return _UNKNOWN if '%' in word else word
