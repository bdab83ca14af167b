# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a VirtualHost has its certificates from (pure; private to the collection).

Source: the httpd manual's page "mod_ssl" (SSLCertificateFile, SSLCertificateKeyFile).
"""

import posixpath
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import rules
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node, split_arguments


class Place(t.NamedTuple):
    """Where a VirtualHost opens."""

    file: str
    line: t.Optional[int]


class Pair(t.NamedTuple):
    """Absolute paths; both may be the same file."""

    certificate: str
    key: str


def pairs(config: t.List[Node], place: Place) -> t.List[Pair]:
    """The pairs that a VirtualHost serves: its own, or those of the main server where it names none.

    Args:
        config (list of Node): the effective configuration.
        place (Place)
    """
    for nodes in (rules.vhost_nodes(config, place), rules.server_nodes(config)):
        certificates, keys = _arguments(nodes, 'sslcertificatefile'), _arguments(nodes, 'sslcertificatekeyfile')
        if certificates:
            keys += certificates[len(keys) :]
            found = map(Pair, certificates, keys)
            return [pair for pair in found if all(posixpath.isabs(path) for path in pair)]
    return []


def _arguments(nodes: t.List[Node], directive: str) -> t.List[str]:
    """The first argument of each such directive."""
    found = (split_arguments(node.args) for node in nodes if node.name.lower() == directive)
    return [words[0] for words in found if words]
