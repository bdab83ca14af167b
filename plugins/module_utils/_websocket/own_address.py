# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From where on this host a browser's way to the web server can be tried (private to the collection)."""

import socket
import ssl
import typing as t

_TIMEOUT = 5  # seconds: the server is on this host


def address_for(vhost_address: t.Any) -> t.Any:
    """The IP address at which a browser reaches a VirtualHost on this host, not loopback where it can be avoided.

    Args:
        vhost_address (str): as Apache gives it: an IPv4 address, an IPv6 address in brackets, or ``*``.

    Returns:
        str: an IP address without brackets.
    """
    if vhost_address not in ('*', '_default_', '0.0.0.0', '[::]'):
        return vhost_address.strip('[]')
    # Nothing is sent: connecting a datagram socket only asks the kernel for the address it would send from.
    # The targets are the networks that RFC 5737 and RFC 3849 set aside for documentation.
    for family, target in ((socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1')):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                return probe.getsockname()[0]
        except OSError:
            continue
    return '127.0.0.1'


def served_certificate(address: str, port: int, name: str) -> t.Optional[bytes]:
    """The certificate (DER) that a server on this host shows, whether or not it can be trusted; None if it shows none.

    Args:
        address (str): an IP address without brackets.
        port (int)
        name (str): of the server, as a browser would ask for it; empty for none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if hasattr(ssl, 'PROTOCOL_TLS_CLIENT') else ssl.PROTOCOL_TLS)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        plain = socket.create_connection((address, port), _TIMEOUT)
        with plain, context.wrap_socket(plain, server_hostname=name or None) as connection:
            return connection.getpeercert(binary_form=True)
    except (OSError, ValueError):  # ssl.SSLError is an OSError; a name that no server can have is a ValueError
        return None
