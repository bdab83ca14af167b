# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a managed host says of itself, as facts that the controller may act on and show (pure; private).

A host may be compromised. What comes from it is data about that host and no other, of known names, types and sizes.
"""

import math
import re
import typing as t
import unicodedata

from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import REASONS

TEXT_LIMIT = 2000  # characters: a message of a failed task can be a whole log
LIST_LIMIT = 50
STATUSES = ('green', 'yellow')
CODES = frozenset(reason.code for reason in REASONS)
_URL = re.compile(r'wss?://[A-Za-z0-9._:\[\]-]{1,300}/[!-~]{0,1000}\Z')
_TIME = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z')


def plain(value: t.Optional[str]) -> str:
    """A value as one line of text: no control characters, nothing that reorders what is shown, not too long."""
    if value is None:
        return ''
    try:
        text = str(value)
    except (ValueError, RecursionError):  # a number of too many digits, a structure that holds itself
        return ''
    text = ' '.join(text[: 4 * TEXT_LIMIT].split())
    text = ''.join(
        '' if unicodedata.category(character) in ('Cc', 'Cf', 'Cs', 'Co', 'Zl', 'Zp') else character
        for character in text
    )
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + '…'


def disarm(text: str) -> t.Any:
    """A text (str) that may have several lines, without what takes hold of a terminal."""
    return ''.join(
        character if character in '\n\t' or unicodedata.category(character) not in ('Cc', 'Cf', 'Cs', 'Co') else ''
        for character in text[: 16 * TEXT_LIMIT]
    )


def warnings(value: t.Any) -> t.Any:
    """The warnings of a module's result as a list of lines, whether texts or ansible-core's own objects."""
    said = [
        getattr(getattr(one, 'event', None), 'msg', None) or getattr(one, 'msg', None) or one
        for one in (value if isinstance(value, (list, tuple)) else [])
    ]
    return texts([one for one in said if isinstance(one, str)])


def texts(value: t.Any) -> t.List[str]:
    """A value as a list of such lines, not too many of them."""
    if value is None or value == '':
        return []
    values = list(value)[:LIST_LIMIT] if isinstance(value, (list, tuple, set)) else [value]
    return [one for one in map(plain, values) if one]


def whole(value: t.Optional[t.Union[int, str]]) -> t.Optional[int]:
    """A value as a number of days that a person may read (int), or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if math.isfinite(number) and abs(number) < 1e6 else None


def status(said: t.Any) -> t.Any:
    """The fields of a status (dict), each of its type, or None when there is none.

    Args:
        said (any): what claims to be one.
    """
    if not isinstance(said, dict) or said.get('status') not in STATUSES:
        return None
    green = said['status'] == 'green'
    reason, url, checked_at = (plain(said.get(name)) for name in ('reason', 'url', 'checked_at'))
    if (reason == 'green') != green:
        reason = 'green' if green else ''
    return {
        'status': str(said['status']),
        'reason': reason if reason in CODES else '',
        'advice': plain(said.get('advice')),
        'url': url if _URL.match(url) else None,
        'certificate_days_left': whole(said.get('certificate_days_left')),
        'checked_at': checked_at if _TIME.match(checked_at) else '',
    }
