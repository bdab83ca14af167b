# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Apache still serves an older certificate than its file holds (private to the collection).

Apache reads certificates when it starts and when it is reloaded. A file that changed since does not tell by itself:
somebody may have reloaded Apache without systemd, or only touched the file. So what is served is compared with it.
"""

import re
import ssl
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import tls_files
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import certificate
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import own_address, target, tls

_PEM = re.compile('-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----', re.DOTALL)


class Renewed(t.NamedTuple):
    """A certificate that waits for a reload."""

    file: str
    #: The end of its validity, UTC, as in 2027-01-31T12:00:00Z.
    not_after: str
    #: Whether it is valid by now, and still.
    valid: bool


def waiting(
    config: t.List[Node],
    place: tls_files.Place,
    unit: t.Dict[str, str],
    port: int,
    name: str,
    address: t.Optional[str],
) -> t.Optional[Renewed]:
    """The certificate that a VirtualHost would serve after a reload, if it serves another one now.

    Args:
        config (list of Node): the effective configuration.
        place (Place): where the VirtualHost opens.
        unit (dict): Apache's, from `_systemd.parse_show`.
        port (int), name (str), address (str or None): how a browser reaches it; the address as Apache has it.

    Raises:
        Problem: the renewed certificate and its key cannot be used. Apache would end with the reload.
    """
    since = _systemd.configured_at(unit, True)
    changed = [
        pair for pair in tls_files.pairs(config, place) if _systemd.is_newer(map(transaction.replaced, pair), since)
    ]
    if not changed:
        return None
    served = own_address.served_certificate(
        own_address.address_for(address or '*'), port, name if target.is_host(name) else ''
    )
    for pair in changed:
        certificate.check(pair.certificate, pair.key)
    held = [_first(pair.certificate) for pair in changed]
    if served in held:
        return None
    found, now = tls.parse_certificate(held[0]), time.time()
    return Renewed(
        changed[0].certificate,
        tls.facts(found, now)['not_after'],
        found['not_before'] <= now < found['not_after'],
    )


def _first(path: str) -> bytes:
    """The server's own certificate (DER) in a file: the first one of it."""
    found = _PEM.search(transaction.read(path).decode('latin-1'))
    if not found:
        raise Problem('there is no certificate in this file', path, cure='put it there or correct the path')
    return ssl.PEM_cert_to_DER_cert(found.group())
