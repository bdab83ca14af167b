# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a configuration file may be shown (pure; private to the collection).

A diff is read by more people than the file, and kept in more places. Of a stranger's lines it shows where they are and
which directives they hold, and the arguments only of directives whose arguments cannot be a secret.
"""

import re

from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, config_text

HIDDEN = '…'

#: Directives whose arguments are names, numbers or words of Apache's own. Not those that hold a URL, a path, a header,
#: an expression, a command or a text of somebody's.
SHOWN = {
    'allowoverride',
    'hostnamelookups',
    'ifmodule',
    'ifversion',
    'keepalive',
    'keepalivetimeout',
    'listen',
    'loglevel',
    'maxkeepaliverequests',
    'protocols',
    'proxyerroroverride',
    'proxypreservehost',
    'proxyrequests',
    'proxytimeout',
    'proxyvia',
    'rewriteengine',
    'serveralias',
    'servername',
    'serversignature',
    'sslciphersuite',
    'sslcompression',
    'sslengine',
    'sslhonorcipherorder',
    'sslproxyengine',
    'sslprotocol',
    'sslsessiontickets',
    'sslverifyclient',
    'sslverifydepth',
    'timeout',
    'usecanonicalname',
    'virtualhost',
}
#: What such arguments are made of. A URL with a password in it (ServerName https://user:word@host) is not.
_HARMLESS = re.compile(r'[A-Za-z0-9.,:;*_+!\[\]"\'\s-]*>?\s*\Z')
_FIRST_WORD = re.compile(r'([ \t]*)(</?\s*)?([A-Za-z][\w.-]*|#)?')
_PHYSICAL = re.compile(r'[^\n]*\n|[^\n]+')


def masked(text: str) -> str:
    """A text of as many lines, in which only what this collection wrote and what cannot be secret is left."""
    if blocks.is_own_file(text):
        return text
    physical = _PHYSICAL.findall(text)
    own = {line for first, last in blocks.own_ranges(text) for line in range(first, last + 1)}
    for line in config_text.logical_lines(text):
        if line.first not in own and not _is_harmless(line.text):
            physical[line.first - 1] = _hidden(physical[line.first - 1])
            for number in range(line.first, line.last):
                physical[number] = HIDDEN + _end(physical[number])
    return ''.join(physical)


def _is_harmless(text: str) -> bool:
    """Whether a logical line can be shown whole."""
    found = _FIRST_WORD.match(text)
    _indent, tag, word = found.groups() if found else ('', None, None)
    if not text or (tag or '').startswith('</'):
        return True
    return (word or '').lower() in SHOWN and bool(_HARMLESS.match(text[found.end() if found else 0 :]))


def _hidden(line: str) -> str:
    """A physical line of which the directive is left."""
    found = _FIRST_WORD.match(line)
    indent, tag, word = found.groups() if found else ('', None, None)
    opening = (tag or '') + (word or '')
    return f'{indent}{opening}{" " if opening else ""}{HIDDEN}{">" if tag else ""}{_end(line)}'


def _end(line: str) -> str:
    return '\r\n' if line.endswith('\r\n') else '\n' if line.endswith('\n') else ''
