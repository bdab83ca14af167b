# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of a host say (pure; private).

Ansible compiles each expression anew for each host and task, which for the options of a check costs the controller more
than all the rest of it. Most of them only name a variable, perhaps with a default; these are looked up instead.
"""

import ast
import re
import typing as t

_NAMES = re.compile(r'\{\{ *(\w+)(?: *\| *default\(((?:[^{}|]|\{\})*)\))?( *\| *first)? *\}\}\Z')
_CHOICE = re.compile(r"\{\{ *(\w+) if (\w+) else '' *\}\}\Z")
_LITERALS = {'true': True, 'false': False, 'none': None}

Variables = t.Mapping[str, t.Any]


def evaluated(
    name: str,
    variables: Variables,
    template: t.Callable[[t.Any], t.Any],
    is_trusted: t.Callable[[str], bool],
) -> t.Dict[str, t.Any]:
    """A variable that holds a dictionary, with all its values evaluated.

    Args:
        name (str): of the variable.
        variables (mapping): those of the host, not evaluated.
        template (callable): evaluates a value with Jinja.
        is_trusted (callable): whether a text may be evaluated; what is not stands for itself.
    """
    found = {}
    for key, value in variables[name].items():
        try:
            found[key] = _looked_up(value, variables, is_trusted)
        except LookupError:
            found[key] = template(value)
    return found


def _looked_up(value: t.Any, variables: Variables, is_trusted: t.Callable[[str], bool], depth: int = 0) -> t.Any:
    """What Jinja would make of a value.

    Raises:
        LookupError: that is more than to look up variables.
    """
    if depth > 20:
        raise LookupError
    if isinstance(value, dict):
        return {key: _looked_up(one, variables, is_trusted, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_looked_up(one, variables, is_trusted, depth + 1) for one in value]
    if not isinstance(value, str) or '{' not in value or not is_trusted(value):
        return value
    named, choice = _NAMES.match(value), _CHOICE.match(value)
    if choice and choice[2] in variables:
        if not _looked_up(variables[choice[2]], variables, is_trusted, depth + 1):
            return ''
        name, default, first = choice[1], None, None
    elif named:
        name, default, first = named.groups()
    else:
        raise LookupError
    if name in variables:
        found = _looked_up(variables[name], variables, is_trusted, depth + 1)
    elif default:
        found = _literal(default)
    else:
        raise LookupError
    if first and not (isinstance(found, list) and found):
        raise LookupError
    return found[0] if first else found


def _literal(text: str) -> t.Any:
    if text in _LITERALS:
        return _LITERALS[text]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise LookupError from None
