# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that deal with Apache's VirtualHost document alike."""


class ModuleDocFragment:
    """Which VirtualHost is meant, and what is behind it."""

    DOCUMENTATION = r"""
options:
  backend:
    description: Where OMK listens, as HOST:PORT, seen from Apache.
    type: str
    default: localhost:8042
  port:
    description: The TLS port that browsers use.
    type: int
    default: 443
  server_name:
    description:
      - The name by which browsers call the server. It decides where several VirtualHosts serve O(port).
      - Without it the only VirtualHost is meant, or the only one that already proxies to O(backend).
    type: str
  vhost:
    description: The VirtualHost, as FILE or FILE:LINE, for when nothing else decides.
    type: str
  idle_timeout:
    description:
      - Seconds after which a tunnel without traffic is cut. Without it Apache's own C(Timeout) counts.
      - Apache older than 2.4.47 cuts no tunnel without traffic, which is then a warning.
    type: int
  forwarded_proto:
    description:
      - Whether C(RequestHeader set X-Forwarded-Proto "https") has to be in effect. OMK then tells browsers to use wss.
    type: bool
    default: true
  content:
    description:
      - A whole VirtualHost, for where there is none for O(port). It may hold the websocket rules already; what is
        missing is added.
      - M(opmantek.omk.apache_websocket_proxy) installs it, and renews one that was installed in this way when this text
        changes. For other modules it is what would be done.
    type: str
"""
