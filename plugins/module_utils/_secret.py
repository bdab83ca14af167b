# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password on its way from the controller to a module (pure; private to the collection).

Ansible masks every text in a result that a password occurs in, numbers too: with the password ``omk`` a path becomes
``/usr/local/********``, and what was masked is then acted on. So what a module gets is not the password but a text that
occurs nowhere else. It hides nothing from who can read it; that is what no_log is for.
"""

import base64
import typing as t

_MARK = 'omk-secret:'
#: How many bytes of chance make the text one that occurs nowhere else.
SALT = 12


def encode(secret: str, salt: bytes) -> str:
    """The text that stands for a secret.

    Args:
        secret: anything, half characters included.
        salt: `SALT` bytes of chance.
    """
    return _MARK + base64.b64encode(salt[:SALT].ljust(SALT, b'\0') + secret.encode('utf-8', 'surrogatepass')).decode()


def decode(text: t.Optional[str]) -> t.Optional[str]:
    """The secret that a text of `encode` stands for; any other text is one itself."""
    if text is None or not text.startswith(_MARK):
        return text
    try:
        return base64.b64decode(text[len(_MARK) :], validate=True)[SALT:].decode('utf-8', 'surrogatepass')
    except ValueError:
        return text
