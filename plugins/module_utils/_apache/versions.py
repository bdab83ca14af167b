# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What depends on Apache's version (pure; private to the collection).

A version is a hint: distributions bring features and fixes to older versions. So a rule that counts on more than the
version promises is not taken to work, and ours takes its place, which works with every version; whether a pane is green
a handshake decides. Sources: measured with 2.4.6 to 2.4.71; httpd's file CHANGES.
"""

import collections
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import split_arguments

_SAID = re.compile(r'^Server version: \S+?/(\d+)\.(\d+)\.(\d+)', re.MULTILINE)

#: since: the first version (tuple of int) in which it is so; lacking: a clause on a rule, or a sentence, for the
#: versions before that.
Feature = collections.namedtuple('Feature', 'since lacking')

#: Everything that we do or say differently by version.
FEATURES = {
    # Read and ignored since 2.4.27, refused before that.
    'upgrade': Feature((2, 4, 47), 'asks for the websocket with upgrade=, which Apache ignores before 2.4.47'),
    # PR 55598. Red Hat has it in 2.4.6.
    'rewrite_to_websocket': Feature((2, 4, 10), 'hands a websocket to [P], which Apache cannot do before 2.4.10'),
    # PR 55890.
    'own_connection': Feature(
        (2, 4, 10), 'lacks disablereuse=on, without which Apache before 2.4.10 mixes up the websockets of browsers'
    ),
    'pages_below_websocket': Feature(
        (2, 4, 47),
        '{where} takes ordinary pages below {path}, too, which Apache {version} answers with 500 there (2.4.47 and '
        'newer pass them on). Name the websocket alone in it.',
    ),
    'idle_timeout': Feature(
        (2, 4, 47),
        'The idle timeout (apache_websocket_idle_timeout, option idle_timeout) has no effect: Apache {version} does '
        'not cut idle websockets, 2.4.47 and newer do.',
    ),
}


def parse(output: str) -> t.Optional[t.Tuple[int, ...]]:
    """The version (tuple of three int) in what the control program prints for -v, or None."""
    found = _SAID.search(output)
    return tuple(int(part) for part in found.groups()) if found else None


def has(version: t.Optional[t.Tuple[int, ...]], feature: str) -> bool:
    """Whether Apache of this version has one of `FEATURES`; one of an unknown version (None) is taken for a new one."""
    return version is None or version >= FEATURES[feature].since


def matters(config: t.List[t.Any]) -> bool:
    """Whether anything in the configuration (list of Node) may mean different things to different versions."""
    for node in config:
        if node.children is not None:
            found = matters(node.children)
        else:
            found = node.name.lower() in ('proxypass', 'proxypassmatch', 'rewriterule') and any(
                word.lower().startswith(('ws:', 'upgrade=')) for word in split_arguments(node.args)
            )
        if found:
            return True
    return False


def hints(
    version: t.Optional[t.Tuple[int, ...]],
    idle_timeout: t.Optional[int],
    parents: t.Iterable[t.Tuple[str, str]],
) -> t.List[str]:
    """What a user should know about this version of Apache: a sentence for each.

    Args:
        version (tuple of int, or None): of `parse`.
        idle_timeout (int or None): what the user asks for.
        parents (iterable of tuple of str): path and place of each rule that tunnels more than a websocket.
    """
    said = {'version': '.'.join(str(part) for part in version or ())}
    found = []
    if idle_timeout and not has(version, 'idle_timeout'):
        found.append(FEATURES['idle_timeout'].lacking.format(**said))
    if not has(version, 'pages_below_websocket'):
        for path, where in parents:
            found.append(FEATURES['pages_below_websocket'].lacking.format(path=path, where=where, **said))
    return found
