# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An odd password, in what forms it could be recognised, and those that occur everywhere."""

import base64
import json
import urllib.parse

#: Long and unique, with all that an encoding writes in another way.
ODD = 'Zq7\\back"double\'single blank%percent{{brace}}ünïcødé\u200bZq8'
#: In paths, names, numbers and words of a status.
EVERYWHERE = ('omk', 'e', '443', '/')


def traces(password):
    """The texts in which a password could be recognised, and those that other passwords on a test's host begin with."""
    return {
        password,
        json.dumps(password)[1:-1],
        json.dumps(password, ensure_ascii=False)[1:-1],
        repr(password)[1:-1],
        ascii(password)[1:-1],
        urllib.parse.quote(password),
        urllib.parse.quote_plus(password),
        *(_base64(password.encode(), before) for before in range(3)),
        password.encode().hex(),
        'omk-secret:',
        'Zq7',
        'Zq8',
        'MUST-NOT-LEAK',
    }


def _base64(data, before):
    """What of data is seen in the base64 of a text that holds it behind so many bytes (modulo 3)."""
    return base64.b64encode(bytes(before) + data).decode()[-(-before * 4 // 3) : -4]


def as_yaml(variables, password):
    """Variables as JSON, which is YAML, with a password for each value `PASSWORD`.

    The tag keeps Ansible from taking the braces for a template, as an admin or a vault would write it.
    """
    return json.dumps(variables).replace('"PASSWORD"', f'!unsafe {json.dumps(password)}')
