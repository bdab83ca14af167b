# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and dependencies of Apache modules in the Debian way (pure; private to the collection)."""

import re

from ansible_collections.opmantek.omk.plugins.module_utils._apache import rewrite

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


def meaning(dump, enabled_modules):
    """What a configuration says beyond what modules bring along: what must be the same without a module.

    Args:
        dump (Dump): the configuration.
        enabled_modules (str): the folder whose files come and go with the modules. The Listen directives that Debian
            ties to the ssl module count as such.

    Returns:
        tuple: the VirtualHosts and the directives, comparable.
    """
    nodes = [node for node in dump.config
             if node.name.lower() != 'listen' and not (node.file or '').startswith(enabled_modules + '/')]
    return dump.vhosts, nodes


def _targets(nodes):
    """The URLs to which any directive hands requests."""
    for node in nodes:
        if node.children is not None:
            yield from _targets(node.children)
        elif node.name.lower() == 'rewriterule':
            words = rewrite.split_rule(node.args)
            if 'P' in rewrite.rule_flags(words, 2):
                yield words[1]
        elif node.name.lower() in ('proxypass', 'proxypassmatch', 'balancermember', 'sethandler'):
            yield from node.args.replace('"', ' ').replace('proxy:', ' ').split()


def is_in_use(name, configuration):
    """Whether a rule needs this proxy module, which Apache's test does not notice.

    Args:
        name (str): the module.
        configuration (tuple): of `meaning`.
    """
    schemes = {'proxy_http': ('http://', 'https://'), 'proxy_wstunnel': ('ws://', 'wss://')}.get(name, ())
    return bool(schemes) and any(target.lower().startswith(schemes) for target in _targets(configuration[1]))
