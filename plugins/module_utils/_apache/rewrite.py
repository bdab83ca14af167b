# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rewrite rule takes a request away (pure; private to the collection).

Follows mod_rewrite for one request in VirtualHost context, as far as it can be known without the server: what depends
on files, maps or unknown variables is answered with "perhaps". A rule that may refuse a request sends it nowhere
else, so it does not count unless it certainly does. Source: the httpd manual's page "mod_rewrite".
"""

import collections
import re
import typing as t

#: kind: 'proxied', 'redirected', 'forbidden', 'rewritten' or 'perhaps'; url: where 'proxied' goes.
Caught = collections.namedtuple('Caught', 'kind node url')

_BACK_REFERENCE = re.compile(r'([$%])(\d)')
_VARIABLE = re.compile(r'%\{([^}]+)\}')
_SCHEME = re.compile(r'^[A-Za-z][A-Za-z0-9+.-]*://')
_REFUSAL = re.compile(r'[45]\d\d$')
_LONG_FLAGS = {
    'PROXY': 'P',
    'LAST': 'L',
    'REDIRECT': 'R',
    'FORBIDDEN': 'F',
    'GONE': 'G',
    'PASSTHROUGH': 'PT',
    'NOCASE': 'NC',
    'CHAIN': 'C',
    'SKIP': 'S',
    'NEXT': 'N',
    'ORNEXT': 'OR',
}

#: Where Python reads a regular expression in another way than Apache's PCRE does, and says nothing of it.
_ANOTHER_MEANING = re.compile(r'\[\[[:.=]|\\[hHvVRXKGQE]|\(\?[|>(&R0-9+-]|[*+?}]\+')


def search(pattern: str, text: str, no_case: bool = False) -> t.Optional[t.Match[str]]:
    """`re.search` for an expression of Apache's, which is one of PCRE.

    Raises:
        re.error: Python does not know the expression, or may take it for another.
    """
    if _ANOTHER_MEANING.search(pattern):
        raise re.error('an expression that only PCRE knows')
    return re.search(pattern, text, re.IGNORECASE if no_case else 0)


def split_rule(args: str) -> t.List[str]:
    """The words of a RewriteRule or RewriteCond: a backslash protects a blank, quotes hold a word together."""
    words: list = []
    position = 0
    pattern = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.|\\$)+))""")
    while True:
        found = pattern.match(args, position)
        if not found:
            return words
        word = next(group for group in found.groups() if group is not None)
        words.append(re.sub(r'\\(\s)', r'\1', word))
        position = found.end()


def rule_flags(words: t.List[str], index: int) -> t.Dict[str, str]:
    """The flags of a rule as a dict of upper-case short name to value."""
    if len(words) <= index or not words[index].startswith('['):
        return {}
    flags = {}
    for flag in words[index].strip('[]').split(','):
        name, _equals, value = flag.strip().partition('=')
        flags[_LONG_FLAGS.get(name.upper(), name.upper())] = value
    return flags


def _matches(pattern: str, text: str, no_case: bool) -> t.Tuple[t.Any, ...]:
    """Whether a rule's or condition's regular expression holds: (True, match), (False, None) or (None, None)."""
    negated = pattern.startswith('!')
    try:
        found = search(pattern[1:] if negated else pattern, text, no_case)
    except re.error:
        return None, None
    return (found is None, None) if negated else (found is not None, found)


def _expand(
    text: str, rule_match: t.Match[str], condition_match: t.Optional[t.Match[str]], variables: t.Dict[str, str]
) -> t.Optional[str]:
    """A test string or substitution with its references filled in; None where one is not known."""

    def variable(found: t.Any) -> t.Any:
        return variables[found.group(1).upper()]

    def reference(found: t.Any) -> t.Any:
        source = rule_match if found.group(1) == '$' else condition_match
        number = int(found.group(2))
        if source is None or number > source.re.groups:
            return ''
        return source.group(number) or ''

    if '${' in text or not {name.upper() for name in _VARIABLE.findall(text)} <= set(variables):
        return None
    return _BACK_REFERENCE.sub(reference, _VARIABLE.sub(variable, text))


def _condition_holds(
    node: t.Any, rule_match: t.Match[str], last_match: t.Optional[t.Match[str]], variables: t.Dict[str, str]
) -> t.Tuple[t.Any, ...]:
    """(True, False or None, the match) of one RewriteCond."""
    words = split_rule(node.args)
    if len(words) < 2:
        return None, None
    text = _expand(words[0], rule_match, last_match, variables)
    pattern = words[1]
    bare = pattern.lstrip('!')
    if text is None or re.match(r'^-[a-zA-Z]', bare) or bare.startswith(('<', '>')) or words[0] == 'expr':
        return None, None
    no_case = 'NC' in rule_flags(words, 2)
    if bare.startswith('='):
        wanted = bare[1:].strip('"')
        equal = text.lower() == wanted.lower() if no_case else text == wanted
        return equal != pattern.startswith('!'), None
    return _matches(pattern, text, no_case)


def _conditions_hold(
    conditions: t.List[t.Any], rule_match: t.Match[str], variables: t.Dict[str, str]
) -> t.Tuple[t.Any, ...]:
    """(True, False or None, the last match) of the conditions in front of a rule; [OR] joins neighbours."""
    result: t.Optional[bool] = True
    last_match = None
    alternatives: list = []
    for node in conditions:
        holds, found = _condition_holds(node, rule_match, last_match, variables)
        last_match = found or last_match
        alternatives.append(holds)
        if 'OR' in rule_flags(split_rule(node.args), 2):
            continue
        group = True if True in alternatives else None if None in alternatives else False
        alternatives = []
        if group is False:
            return False, last_match
        result = result if group else None
    return result, last_match


def request_variables(path: str, name: str, port: int) -> t.Dict[str, str]:
    """What mod_rewrite's variables, named in capitals, hold for a websocket handshake on `path` through TLS."""
    host = name if port == 443 else f'{name}:{port}'
    return {
        'REQUEST_URI': path,
        'REQUEST_FILENAME': path,
        'REQUEST_METHOD': 'GET',
        'QUERY_STRING': '',
        'HTTPS': 'on',
        'REQUEST_SCHEME': 'https',
        'SERVER_PORT': str(port),
        'SERVER_NAME': name,
        'HTTP_HOST': host,
        'HTTP:HOST': host,
        'THE_REQUEST': 'GET ' + path + ' HTTP/1.1',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'HTTP:UPGRADE': 'websocket',
        'HTTP:CONNECTION': 'Upgrade',
        'HTTP:X-FORWARDED-PROTO': '',
        'IS_SUBREQ': 'false',
        # Browsers send the one and not the other when they open a websocket.
        'HTTP:ORIGIN': 'https://' + host,
        'HTTP_REFERER': '',
        'HTTP:REFERER': '',
    }


def caught_by(nodes: t.List[t.Any], path: str, variables: t.Dict[str, str]) -> t.Optional[Caught]:
    """The first rule that takes the request for `path` away from mod_proxy's own rules.

    Args:
        nodes (list of Node): the RewriteCond and RewriteRule directives that apply, in order.
        path (str): the request's path.
        variables (dict): of `request_variables`.

    Returns:
        Caught or None
    """
    conditions, skip, in_broken_chain = [], 0, False
    uri, changed_by = path, None
    for node in nodes:
        if node.name.lower() == 'rewritecond':
            conditions.append(node)
            continue
        words = split_rule(node.args)
        own_conditions, conditions = conditions, []
        if len(words) < 2:
            continue
        flags = rule_flags(words, 2)
        if in_broken_chain:
            in_broken_chain = 'C' in flags
            continue
        if skip:
            skip -= 1
            continue
        holds, found = _matches(words[0], uri, 'NC' in flags)
        if holds:
            holds, last_match = _conditions_hold(own_conditions, found, variables)
        if holds is False:
            in_broken_chain = 'C' in flags
            continue
        harmless = words[1] == '-' and not {'P', 'R', 'F', 'G'} & set(flags)
        refuses = bool({'F', 'G'} & set(flags) or _REFUSAL.match(flags.get('R', '')))
        if holds is None:
            if harmless or refuses:
                continue
            return Caught('perhaps', node, None)
        if refuses:
            return Caught('forbidden', node, None)
        if not harmless:
            target = _expand(words[1], found, last_match, variables)
            if target is None or 'N' in flags:
                return Caught('perhaps', node, None)
            if 'P' in flags:
                return Caught('proxied', node, target)
            if 'R' in flags or _SCHEME.match(target):
                return Caught('redirected', node, None)
            uri, changed_by = target, node
        if {'L', 'END', 'PT'} & set(flags):
            break
        skip = int(flags['S']) if flags.get('S', '').isdigit() else 0
    return Caught('rewritten', changed_by, None) if uri != path else None
