# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our file in Red Hat's conf.modules.d (pure; private to the collection).

Each module is loaded only where nothing before has loaded it, so that a line that an admin or a package adds later
gives no warning. Source: the httpd manual's pages "mod_so" and "core" (IfModule).
"""

import re
import typing as t

_HEAD = '# Made by opmantek.omk: modules that its websocket tunnel needs and that nothing else loads.\n'
_LOAD = re.compile(r'^\s*LoadModule (\w+)_module "?([^"\n]+?)"?$', re.MULTILINE)


def _stanza(name: str, path: str) -> str:
    return f'<IfModule !{name}_module>\n    LoadModule {name}_module "{path}"\n</IfModule>\n'


def render(modules: t.Dict[str, str], text: str = '') -> str:
    """The text of the file.

    Args:
        modules (dict of str to str): name to path of the .so file, dependencies first.
        text (str): what stands in it already; lines of somebody else's stay.
    """
    for name, path in modules.items():
        text = without(text, name) or _HEAD
        text += '\n' * (not text.endswith('\n')) + _stanza(name, path)
    return text


def without(text: str, name: str) -> str:
    """The text without what loads a module, unless somebody else has changed that; '' when nothing else is left."""
    path = parse(text).get(name)
    left = text if path is None else text.replace(_stanza(name, path), '')
    return '' if left == _HEAD else left


def parse(text: str) -> t.Dict[str, str]:
    """The modules (dict of str to str) that such a text loads, as for `render`."""
    return dict(_LOAD.findall(text))
