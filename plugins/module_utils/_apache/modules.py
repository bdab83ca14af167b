# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, dependencies and use of Apache modules (pure; private to the collection)."""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import rewrite
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Dump, Node, VirtualHost

_DEPENDS = re.compile(r'^#\s*Depends:(.*)$', re.MULTILINE)
_NAME = re.compile(r'[a-z0-9_]+\Z')
# What surrounds a URL in a directive: a socket's path comes before a bar, mod_proxy's own handler before a colon.
_AROUND_URL = re.compile(r"""["'\s|]|proxy:""")
# Modules that use symbols of another one (mod_so would say "undefined symbol").
_FAMILIES = (
    ('proxy_', 'proxy'),
    ('lbmethod_', 'proxy_balancer'),
    ('dav_', 'dav'),
    ('cache_', 'cache'),
    ('session_', 'session'),
    ('authnz_ldap', 'ldap'),
)

#: What `meaning` returns: the VirtualHosts and the directives, comparable.
Meaning = t.Tuple[t.List[VirtualHost], t.List[Node]]


def is_name(name: str) -> bool:
    """Whether it can be the name of a module, as in mods-available and in ``NAME_module``."""
    return bool(_NAME.match(name))


def depends_on_debian(load_file: str) -> t.List[str]:
    """The modules (list of str) that a module's .load file names as those it depends on."""
    return [other for line in _DEPENDS.findall(load_file) for other in line.replace(',', ' ').split()]


def depends_on(name: str) -> t.List[str]:
    """The modules (list of str) without which httpd cannot load a module, where no file of the distribution says so."""
    return [base for prefix, base in _FAMILIES if name.startswith(prefix)]


def with_dependencies(names: t.Iterable[str], dependencies: t.Callable[[str], t.Iterable[str]]) -> t.List[str]:
    """The modules with all that they depend on, dependencies first (list of str).

    Args:
        names (list of str)
        dependencies (callable): the modules that one module depends on.
    """
    ordered = []

    def add(name: str, above: t.Tuple[str, ...]) -> None:
        if name in ordered or name in above:
            return
        for other in dependencies(name):
            add(other, above + (name,))
        ordered.append(name)

    for name in names:
        add(name, ())
    return ordered


def linked_modules(links: t.Iterable[str]) -> t.Set[str]:
    """The modules that a folder of links enables (set of str)."""
    return {link[: -len('.load')] for link in links if link.endswith('.load')}


def meaning(dump: Dump, module_settings: t.Tuple[str, ...]) -> Meaning:
    """What a configuration says beyond what modules bring along: what must be the same without a module.

    Args:
        dump (Dump): the configuration.
        module_settings (tuple of str): of the layout: directives of files that begin so come and go with the modules.
            The Listen directives that Debian and SUSE tie to the ssl module count as such.

    Returns:
        tuple: the VirtualHosts and the directives, comparable.
    """
    nodes = [
        node
        for node in dump.config
        if node.name.lower() != 'listen' and not (node.file or '').startswith(module_settings)
    ]
    return dump.vhosts, nodes


def _targets(nodes: t.List[Node]) -> t.Iterator[str]:
    """The URLs to which any directive hands requests."""
    for node in nodes:
        if node.children is not None:
            yield from _targets(node.children)
        elif node.name.lower() == 'rewriterule':
            words = rewrite.split_rule(node.args)
            if 'P' in rewrite.rule_flags(words, 2):
                yield words[1]
        elif node.name.lower() in ('proxypass', 'proxypassmatch', 'balancermember', 'sethandler'):
            yield from _AROUND_URL.split(node.args)


def is_in_use(name: str, configuration: Meaning) -> bool:
    """Whether a rule needs this proxy module, which Apache's test does not notice.

    Args:
        name (str): the module.
        configuration (tuple): of `meaning`.
    """
    schemes = {'proxy_http': ('http://', 'https://'), 'proxy_wstunnel': ('ws://', 'wss://')}.get(name, ())
    return any(target.lower().startswith(schemes) for target in _targets(configuration[1]))
