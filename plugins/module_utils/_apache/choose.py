# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VirtualHost a browser reaches (pure; private to the collection).

Source: the httpd manual's page "VirtualHost Examples" and measurements: names are compared in the order of the
configuration, so an earlier wildcard alias takes precedence over a later exact ServerName.
"""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump as dumps
from ansible_collections.opmantek.omk.plugins.module_utils._apache import glob, rules
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import split_arguments
from ansible_collections.opmantek.omk.plugins.module_utils._desired import variable
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def for_port(vhosts: t.List[t.Any], port: int) -> t.List[t.Any]:
    """The VirtualHosts (list) that serve the port; one on several addresses stands there once."""
    seen, result = set(), []
    for vhost in vhosts:
        if vhost.port in (str(port), '*') and (vhost.file, vhost.line) not in seen:
            seen.add((vhost.file, vhost.line))
            result.append(vhost)
    return result


def answers_to(vhost: t.Any, server_name: str) -> bool:
    """Whether the VirtualHost has that name: as ServerName, alias or wildcard alias."""
    name = server_name.lower()
    exact = [vhost.name.lower()] + [alias.lower() for alias in vhost.aliases]
    return name in exact or any(glob.matches(pattern.lower(), name) for pattern in vhost.wildcards)


def _unclear(what: str, cure: str, path: t.Optional[str] = None) -> Problem:
    return Problem(what, path, cure=cure, code='vhost_ambiguous')


def place(vhost: t.Any) -> str:
    """``FILE:LINE (NAME)`` for messages."""
    return f'{vhost.file}:{vhost.line} ({vhost.name})'


def _listed(vhosts: t.List[t.Any]) -> str:
    return ', '.join(place(vhost) for vhost in vhosts)


def _by_place(vhosts: t.List[t.Any], wanted: str, same_file: t.Callable[[str, str], bool]) -> t.Any:
    file, _colon, line = wanted.rpartition(':')
    if not (file and line.isdigit()):
        file, line = wanted, ''
    found = [vhost for vhost in vhosts if same_file(vhost.file, file) and line in ('', str(vhost.line))]
    if not found:
        raise _unclear(
            f'there is no such VirtualHost for this port; the candidates are: {_listed(vhosts) or "none"}',
            f'correct {variable("vhost")}',
            wanted,
        )
    if len(found) > 1:
        raise _unclear(
            f'several VirtualHosts for this port stand in this file: {_listed(found)}',
            f'give {variable("vhost")} as FILE:LINE',
            wanted,
        )
    return found[0]


def choose(
    dump: t.Any,
    port: int,
    server_name: t.Optional[str],
    wanted: t.Optional[str],
    backend: t.Any,
    same_file: t.Callable[[str, str], bool],
) -> t.List[t.Any]:
    """The VirtualHosts to work on: one, or one for each address on which the server has the same name.

    Args:
        dump (Dump): what Apache said.
        port (int): the TLS port.
        server_name (str or None): the name by which browsers call the server.
        wanted (str or None): FILE or FILE:LINE, named by the user.
        backend (Backend): where OMK listens.
        same_file (callable): whether two paths name the same file.

    Returns:
        list of VirtualHost: empty when no VirtualHost serves the port.

    Raises:
        Problem: the choice is not clear; names the candidates and the option that decides.
    """
    candidates = for_port(dump.vhosts, port)
    if wanted:
        chosen = [_by_place(candidates, wanted, same_file)]
    elif len(candidates) < 2:
        chosen = candidates
    else:
        chosen = _among(candidates, dump, port, server_name, backend)
    for one in chosen:
        if one.file.startswith('macro '):
            raise _unclear(
                f'the VirtualHost for port {port} is made by a macro, {one.file}, which cannot be edited for '
                'one VirtualHost alone',
                'write the VirtualHost out, or put the websocket rule into the macro yourself',
            )
    return chosen


def main_server(dump: t.Any, port: int) -> t.Any:
    """The server itself where it speaks TLS on a port that no VirtualHost serves (VirtualHost), else None.

    Its place is that of its SSLEngine.
    """
    directives = {
        name: [node for node in dump.config if node.name.lower() == name]
        for name in ('sslengine', 'listen', 'servername')
    }
    listened = [split_arguments(node.args)[:1] for node in directives['listen']]
    switch = directives['sslengine'][-1] if directives['sslengine'] else None
    if (
        for_port(dump.vhosts, port)
        or switch is None
        or switch.args.strip('"').lower() != 'on'
        or not any(words and words[0].rpartition(':')[2] == str(port) for words in listened)
    ):
        return None
    names = [split_arguments(node.args)[0] for node in directives['servername']]
    name = names[-1].rpartition('://')[2].partition(':')[0] if names else ''
    return dumps.VirtualHost('*', str(port), name, switch.file, switch.line, [], [])


def _on_each_address(vhosts: t.List[t.Any], port: int, server_name: str) -> t.List[t.Any]:
    """The VirtualHosts that a browser reaches by a name: on each address the first that has it."""
    first: t.Dict[str, t.Any] = {}
    for vhost in vhosts:
        if vhost.port in (str(port), '*') and answers_to(vhost, server_name):
            first.setdefault(vhost.address, vhost)
    return for_port(list(first.values()), port)


def _are_one_site(vhosts: t.List[t.Any]) -> bool:
    """Whether VirtualHosts have the same name on addresses of their own: a browser may reach any of them."""
    names, addresses = {vhost.name.lower() for vhost in vhosts}, [vhost.address for vhost in vhosts]
    return len(names) == 1 and len(set(addresses)) == len(addresses)


def _among(
    candidates: t.List[t.Any], dump: t.Any, port: int, server_name: t.Optional[str], backend: t.Any
) -> t.List[t.Any]:
    named = _on_each_address(dump.vhosts, port, server_name) if server_name else candidates
    if not named:
        raise _unclear(
            f'no VirtualHost for port {port} is called {server_name}; there are: {_listed(candidates)}',
            f'correct {variable("server_name")}, or choose one with {variable("vhost")}, as FILE:LINE',
        )
    serving = [vhost for vhost in named if rules.proxies_to(rules.vhost_nodes(dump.config, vhost), backend)] or named
    if server_name or len(serving) == 1 or _are_one_site(serving):
        return serving
    raise _unclear(
        f'several VirtualHosts serve port {port}: {_listed(serving)}',
        f'name the one that browsers use for OMK in {variable("server_name")}, or in {variable("vhost")}, as FILE:LINE',
    )
