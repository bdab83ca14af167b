# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that try a websocket document alike."""


class ModuleDocFragment:
    """How a websocket is tried, and how strictly the result is taken."""

    DOCUMENTATION = r"""
options:
  validate_certs:
    description: Whether the certificate must be one that a browser accepts.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder of certificate authorities, on the machine that tries, to trust instead of the system's.
    type: path
  timeout:
    description:
      - Seconds that one try may take until the websocket is open. It ends then, whatever the server does.
    type: float
    default: 10
  wait_for_event:
    description: Seconds in which a first event must come once the websocket is open. V(0) does not wait for one.
    type: float
    default: 0
  username:
    description: A user of OMK, to log in with before the handshake. Needs O(password).
    type: str
  password:
    description:
      - The user's password. It is sent to the server that is tried, through TLS unless C(ws) was asked for, and is
        returned nowhere.
    type: str
  strict:
    description:
      - Whether it is V(yellow) when OMK refuses the websocket for lack of a login. The way through the proxy is proven
        then, the pane is not.
    type: bool
    default: true
  certificate_days:
    description: Warn when the certificate expires in fewer days.
    type: int
    default: 21
"""
