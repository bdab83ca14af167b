# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and dependencies of Apache modules in the Debian way (pure; private to the collection)."""

import re

_DEPENDS = re.compile(r'^#\s*Depends:(.*)$', re.MULTILINE)
_NAME = re.compile(r'[a-z0-9_]+\Z')


def is_name(name):
    """Whether it can be the name of a module, as in mods-available and in ``NAME_module``."""
    return bool(_NAME.match(name))


def with_dependencies(names, load_file):
    """The modules with all that they depend on, dependencies first (list of str).

    Args:
        names (list of str)
        load_file (callable): the text of a module's .load file.
    """
    ordered = []

    def add(name, above):
        if name in ordered or name in above:
            return
        for line in _DEPENDS.findall(load_file(name)):
            for other in line.replace(',', ' ').split():
                add(other, above + (name,))
        ordered.append(name)

    for name in names:
        add(name, ())
    return ordered


def linked_modules(links):
    """The modules that a folder of links enables (set of str)."""
    return {link[:-len('.load')] for link in links if link.endswith('.load')}
