# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no option of a module can mean, found before the module is sent to the host (pure; private).

Ansible's own conversion of types, and the system calls behind a path, answer such values with a traceback.
"""

import math
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._desired import parse_backend
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.plugin_utils import _names, _run

#: The options that are numbers, and the most that each may be.
NUMBERS = {
    'port': 65535,
    'idle_timeout': 10**9,
    'certificate_days': 10**6,
    **dict.fromkeys(('timeout', 'retry_timeout', 'wait_for_event', 'lock_timeout', 'start_timeout'), 86400),
}
DICTIONARIES = ('headers', 'tunnel')
TEXT_LIMIT = 10**6  # characters: a whole VirtualHost fits in
#: The variables that are one of a few words and that a module gets to see too late or never, and those words.
WORDS: t.Dict[str, t.Tuple[str, ...]] = {
    'websocket_check_from': ('host', 'controller'),
    'websocket_check_required': ('true', 'false'),
    'apache_websocket_restart': ('graceful', 'full'),
    'omk_rollback': ('true', 'false'),
}
PATHS = 'apache_websocket_paths'
LISTEN = 'omk_websocket_listen'
NOTHING_DONE = 'Nothing was done on the host.'
#: By module: the beginnings of the variables of roles that become its options, the nearest first.
_ROLES = {
    'apache_module': ('apache_websocket_',),
    'apache_websocket_proxy': ('apache_websocket_',),
    'daemon': ('apache_websocket_',),
    # What the other roles were told holds for the check, too.
    'omk_restart': ('apache_websocket_', 'omk_websocket_', 'websocket_check_'),
    'opcommon_info': ('omk_websocket_',),
    'opcommon_setting': ('omk_websocket_',),
    'websocket_info': ('apache_websocket_', 'omk_websocket_', 'websocket_check_'),
    'websocket_probe': ('websocket_check_',),
}
#: By module and option: the variable, where it has another name, or none.
_RENAMED = {
    ('apache_module', 'name'): 'apache_websocket_modules',
    ('apache_module', 'state'): '',
    ('omk_restart', 'apache_service'): 'apache_websocket_service',
    ('omk_restart', 'omk_service'): 'omk_websocket_service',
    ('opcommon_setting', 'backend'): 'omk_websocket_listen',
    ('websocket_info', 'apache_service'): 'apache_websocket_service',
    ('websocket_info', 'omk_service'): 'omk_websocket_service',
}
#: What Ansible says of an argument that a module does not take; of ansible-core 2.16 to 2.21.
_OF_ANSIBLE = re.compile(
    r"(?P<before>\bargument )'(?P<quoted>\w+)'(?= is of type )|(?P<value>\bvalue of )(?P<plain>\w+)(?= must be one )"
)


def variable(module: str, option: str) -> str:
    """What a message calls an option: the variable of the role, which is what a playbook sets, and the option.

    Args:
        module (str): its name, without the collection.
        option (str): perhaps one that no role gives.
    """
    candidates = [prefix + option for prefix in _ROLES.get(module, ())]
    found = [name for name in [_RENAMED.get((module, option)), *candidates] if name is not None]
    known = found[0] if found and found[0] in ('', *_names.NAMES) else next((n for n in found if n in _names.NAMES), '')
    return f'{known} (option {option})' if known else f'the option {option}'


def in_words_of_roles(text: str, module: str) -> str:
    """What Ansible says of a module's argument (str), with the variable of the role; any other text as it is."""

    def named(found: t.Any) -> str:
        option = found['quoted'] or found['plain']
        name = variable(module, option)
        if name.startswith('the option'):
            return str(found[0])
        return f'{found["before"] or found["value"]}{name}'

    return _OF_ANSIBLE.sub(named, text)


def problem(arguments: t.Any, module: str = '') -> t.Any:
    """What is wrong with a module's arguments (dict), one sentence, or None.

    Types that an option does not take, but that Ansible refuses with a sentence itself, are left to it.
    """
    for name, value in arguments.items():
        wrong = _of_number(name, value) or _of_any(value)
        if name in DICTIONARIES and isinstance(value, (int, float, list)):
            wrong = 'has to be a dictionary; give it as the documentation shows'
        if wrong:
            called = variable(module, name)
            return f'{called[0].upper() + called[1:] if called.startswith("the ") else called} {wrong}.'
        if isinstance(value, dict):
            inner = problem(value)
            if inner:
                return inner
    return None


def problem_of_words(variables: t.Mapping[str, t.Any], template: t.Callable[[t.Any], t.Any]) -> t.Any:
    """What is wrong with the `WORDS`, `PATHS` and `LISTEN` among a host's variables, one sentence, or None.

    Args:
        variables (dict): of the host, not evaluated.
        template (callable): evaluates one.
    """
    for name, words in WORDS.items():
        if name in variables:
            value = str(template(variables[name]))
            if value not in words and not ('true' in words and value.strip().lower() in _run.TRUE | _run.FALSE):
                return f'{name} is {value[:100]!r}; use {" or ".join(words)}. {NOTHING_DONE}'
    # Of a text, a role would take the first character for the first path.
    if PATHS in variables and isinstance(template(variables[PATHS]), str):
        return f'{PATHS} is text; give a list, as in ["/en/omk/opCharts/events/log"]. {NOTHING_DONE}'
    # The module that it is for comes after Apache has been changed.
    if LISTEN in variables:
        try:
            parse_backend(str(template(variables[LISTEN])), LISTEN)
        except Problem as wrong:
            return f'{wrong} {NOTHING_DONE}'
    return None


def _of_number(name: str, value: t.Any) -> t.Any:
    if name not in NUMBERS or isinstance(value, (bool, list, dict)) or value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    except OverflowError:
        number = math.inf
    if not 0 <= number <= NUMBERS[name]:  # nor with NaN does it hold
        return f'has to be a number from 0 to {NUMBERS[name]}; give one'
    return None


def _of_any(value: t.Any, depth: t.Any = 0) -> t.Any:
    if depth > 20:
        return 'is nested too deeply; give it as the documentation shows'
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            return f'is longer than {TEXT_LIMIT} characters; give a shorter one'
        if '\0' in value:
            return 'holds a NUL character; leave it out'
        if any('\ud800' <= character <= '\udfff' for character in value):
            return 'holds half a character (a surrogate); leave it out, or write the text in UTF-8'
    elif isinstance(value, (list, tuple)):
        return next(filter(None, (_of_any(one, depth + 1) for one in value)), None)
    elif isinstance(value, dict):
        return next(filter(None, (_of_any(one, depth + 1) for pair in value.items() for one in pair)), None)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            return 'holds a number without end, or none at all; give a finite one'
    return None
