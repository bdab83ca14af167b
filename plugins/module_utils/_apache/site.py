# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VirtualHost file of our own (pure; private to the collection)."""

import posixpath
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, config_text
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node, split_arguments
from ansible_collections.opmantek.omk.plugins.module_utils._apache.layout import Layout


def listens(config: t.List[Node], port: int, file_is_own: t.Callable[[str], bool]) -> bool:
    """Whether Apache listens on the port through a directive outside our own file.

    Args:
        config (list of Node): the effective configuration.
        port (int)
        file_is_own (callable): whether a path is our own file.
    """
    for node in config:
        if node.name.lower() == 'listen' and not (node.file and file_is_own(node.file)):
            address = (split_arguments(node.args) or [''])[0]
            if address.rpartition(':')[2] == str(port):
                return True
    return False


def whole_file(content: str, listen_port: t.Optional[int], unless: t.Optional[str] = None) -> str:
    """The text of our own file: a VirtualHost with our mark, and a Listen where one is needed.

    Args:
        content (str): the VirtualHost.
        listen_port (int or None): the port for a Listen directive.
        unless (str or None): a name that is not defined, and when it is, something else listens: twice is an error.
    """
    listen = f'Listen {listen_port}\n' if listen_port else ''
    if listen and unless:
        listen = f'<IfDefine !{unless}>\n    {listen}</IfDefine>\n'
    return blocks.own_file(f'{listen}{content.rstrip()}\n')


def default_path(layout: Layout) -> str:
    """Where a VirtualHost of our own goes unless the user says otherwise."""
    return posixpath.join(layout.sites, 'opmantek-omk.conf')


def link_for(path: str, layout: Layout) -> t.Optional[t.Tuple[str, str]]:
    """(link, its target) that enables a file below the layout's folder of sites, or None where no link is needed."""
    folder, name = posixpath.split(path)
    if folder != layout.sites or layout.enabled_sites is None:
        return None
    return posixpath.join(layout.enabled_sites, name), posixpath.relpath(path, layout.enabled_sites)


def opening_line(text: str) -> t.Optional[int]:
    """The last physical line of the first VirtualHost's opening tag (int), or None."""
    for line in config_text.logical_lines(text):
        if re.match(r'<\s*VirtualHost\b', line.text, re.IGNORECASE):
            return line.last
    return None


def first_argument(text: str, directive: str) -> str:
    """The first argument of the first such directive in a text (str), or ''."""
    for line in config_text.logical_lines(text):
        if config_text.directive_name(line) == directive.lower():
            return (split_arguments(line.text)[1:] or [''])[0]
    return ''
