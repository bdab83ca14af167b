# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a managed host says of itself, as facts that the controller may act on and show (pure; private).

A host may be compromised. What comes from it is data about that host and no other, of known names, types and sizes.
"""

import json
import math
import re
import typing as t
import unicodedata
from urllib.parse import unquote, urlsplit

from ansible_collections.opmantek.omk.plugins.module_utils import _options
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import REASONS

#: The fields of a status, as a host gives it.
_STATUS: t.Dict[str, type] = {
    **dict.fromkeys(('status', 'reason', 'advice', 'predicted', 'url', 'checked_at'), str),
    **dict.fromkeys(('notes', 'pending', 'interrupted'), list),
    'certificate_days_left': int,
    'observations': dict,
}
#: What each module returns besides `COMMON`, and of which type: what its documentation says, and no other key. Ansible
#: itself acts on keys of a result: it would take facts, that is variables, of a file to read on the controller, too.
FIELDS: t.Dict[str, t.Dict[str, type]] = {
    'apache_module': {
        **dict.fromkeys(('layout', 'service', 'reason'), str),
        **dict.fromkeys(('loaded', 'enabled', 'disabled'), list),
        **dict.fromkeys(('reload_enough', 'restart_pending', 'service_active'), bool),
    },
    'apache_websocket_proxy': {
        **dict.fromkeys(('change', 'service', 'reason'), str),
        **dict.fromkeys(
            ('also', 'rules', 'modules_enabled', 'modules_disabled', 'files', 'test_command', 'backup_file'), list
        ),
        **dict.fromkeys(('vhost', 'tunnel', 'capacity', 'selinux'), dict),
        **dict.fromkeys(('reload_enough', 'restart_pending', 'service_active'), bool),
    },
    'daemon': {'reason': str},
    'omk_restart': _STATUS,
    'opcommon_info': {'opcommon_path': str, 'format': str, 'settings': dict},
    'opcommon_setting': {
        **dict.fromkeys(('opcommon_path', 'format', 'section', 'previous_value', 'value', 'change', 'reason'), str),
        **dict.fromkeys(('restart_pending', 'service_active'), bool),
        'overridden_by': list,
        'backup_file': str,
    },
    'websocket_info': _STATUS,
    'websocket_probe': {
        **dict.fromkeys(('status', 'reason', 'advice'), str),
        'notes': list,
        'observation': dict,
    },
}
COMMON: t.Dict[str, type] = {
    **dict.fromkeys(('changed', 'failed'), bool),
    **dict.fromkeys(('msg', 'exception', 'stdout', 'stderr'), str),
    'invocation': dict,
    'rc': int,
}
LARGEST = 1 << 22  # characters of an answer
DEEPEST = 20
#: The default of the option path.
PATH = _options.EVENTS_PATH
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
        character if character in '\n\t\f' or unicodedata.category(character) not in ('Cc', 'Cf', 'Cs', 'Co') else ''
        for character in text[: 16 * TEXT_LIMIT]
    )


def answer(text: str, module: str) -> t.Optional[t.Dict[str, t.Any]]:
    """What a host printed for a module, as a result (dict) of documented keys and types, or None when it is none.

    Args:
        text: all of it; a shell may have printed lines before the result.
        module: its name.
    """
    start = re.search(r'^[ \t]*(?=[{])', text, re.MULTILINE)
    if start is None or len(text) > LARGEST:
        return None
    try:
        said = json.JSONDecoder(parse_constant=lambda _name: None).raw_decode(text, start.end())[0]
    except (ValueError, RecursionError):
        return None
    if said.get('failed') is True and not isinstance(said.get('msg'), str):
        said['msg'] = 'The module failed on the host, and did not say why.'
    found: t.Dict[str, t.Any] = {}
    for name, kind in {**COMMON, **FIELDS[module]}.items():
        value = said.get(name)
        if value is None:
            if name in said:
                found[name] = None
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            # Since ansible-core 2.19 an exception is an object, which says the message once more.
            if name not in ('exception', 'rc', 'stdout', 'stderr', 'invocation'):
                return {'failed': True, 'msg': f'The host gave an answer of the wrong type ({name}). {_WHO_ANSWERS}'}
        else:
            found[name] = _tidy(value)
    found['warnings'] = warnings(said.get('warnings'))
    if not found['warnings']:
        del found['warnings']
    if 'diff' in said:
        found['diff'] = [_diff(one) for one in _several(said['diff']) if isinstance(one, dict)]
    return found


_WHO_ANSWERS = 'Find out what answers there for its Python.'


def _several(value: t.Any) -> t.List[t.Any]:
    return (value if isinstance(value, list) else [value])[:LIST_LIMIT]


def _diff(one: t.Dict[str, t.Any]) -> t.Dict[str, str]:
    names = ('before', 'after', 'before_header', 'after_header')
    return {name: disarm(str(one[name])) for name in names if isinstance(one.get(name), str)}


def _tidy(value: t.Any, depth: int = 0) -> t.Any:
    """A value of JSON without what takes hold of a terminal, what no database takes, and what has no end."""
    if isinstance(value, str):
        return disarm(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (dict, list)) and depth >= DEEPEST:
        return None
    if isinstance(value, list):
        return [_tidy(one, depth + 1) for one in value]
    if isinstance(value, dict):
        # Ansible's own objects are made of such keys.
        return {
            disarm(name): _tidy(one, depth + 1)
            for name, one in value.items()
            if not name.startswith(('_ansible_', '__ansible_'))
        }
    return value


def warnings(value: t.Any) -> t.List[str]:
    """The warnings of a module's result as a list of lines, whether texts or, since ansible-core 2.19, objects."""
    said = []
    for one in _several(value):
        event = one.get('event') if isinstance(one, dict) else None
        said.append(event.get('msg') if isinstance(event, dict) else one)
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


def is_about(url: str, arguments: t.Dict[str, t.Any]) -> bool:
    """Whether an address that a host names is the one that it was asked about: the controller goes there, and logs in.

    Args:
        url: the address.
        arguments: of the module websocket_info; what is not given has its default.
    """
    parts = urlsplit(url)
    name = str(arguments.get('server_name') or '').strip('[]')
    try:
        port = parts.port or (443 if parts.scheme == 'wss' else 80)
    except ValueError:
        return False
    return (
        parts.scheme == 'wss'
        and str(port) == str(arguments.get('port', 443))
        and unquote(parts.path) == unquote(str(arguments.get('path', PATH)))
        and (not name.isascii() or name.lower() in ('', parts.hostname))
    )


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
        'predicted': 'green' if green else said['predicted'] if said.get('predicted') in STATUSES else None,
        'url': url if _URL.match(url) else None,
        'certificate_days_left': whole(said.get('certificate_days_left')),
        'checked_at': checked_at if _TIME.match(checked_at) else '',
    }
