# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VirtualHost a browser reaches (pure; private to the collection).

Source: the httpd manual's page "VirtualHost Examples" and measurements: names are compared in the order of the
configuration, so an earlier wildcard alias takes precedence over a later exact ServerName.
"""

import fnmatch
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import rules
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
    return name in exact or any(fnmatch.fnmatchcase(name, pattern.lower()) for pattern in vhost.wildcards)


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
) -> t.Any:
    """The VirtualHost to work on.

    Args:
        dump (Dump): what Apache said.
        port (int): the TLS port.
        server_name (str or None): the name by which browsers call the server.
        wanted (str or None): FILE or FILE:LINE, named by the user.
        backend (Backend): where OMK listens.
        same_file (callable): whether two paths name the same file.

    Returns:
        VirtualHost or None: None when no VirtualHost serves the port.

    Raises:
        Problem: the choice is not clear; names the candidates and the option that decides.
    """
    candidates = for_port(dump.vhosts, port)
    if wanted:
        chosen = _by_place(candidates, wanted, same_file)
    elif len(candidates) < 2:
        chosen = candidates[0] if candidates else None
    else:
        chosen = _among(candidates, dump, port, server_name, backend)
    if chosen and chosen.file.startswith('macro '):
        raise _unclear(
            f'the VirtualHost for port {port} is made by a macro, {chosen.file}, which cannot be edited for '
            'one VirtualHost alone',
            'write the VirtualHost out, or put the websocket rule into the macro yourself',
        )
    return chosen


def _among(candidates: t.List[t.Any], dump: t.Any, port: int, server_name: t.Optional[str], backend: t.Any) -> t.Any:
    if server_name:
        named = [vhost for vhost in candidates if answers_to(vhost, server_name)]
        if named and len({vhost.address for vhost in named}) == 1:
            return named[0]
        if named:
            raise _unclear(
                f'several addresses serve {server_name} on port {port}: {_listed(named)}',
                f'choose one with {variable("vhost")}, as FILE:LINE',
            )
        raise _unclear(
            f'no VirtualHost for port {port} is called {server_name}; there are: {_listed(candidates)}',
            f'correct {variable("server_name")}, or choose one with {variable("vhost")}, as FILE:LINE',
        )
    serving = [vhost for vhost in candidates if rules.proxies_to(rules.vhost_nodes(dump.config, vhost), backend)]
    if len(serving) == 1:
        return serving[0]
    raise _unclear(
        f'several VirtualHosts serve port {port}: {_listed(serving or candidates)}',
        f'name the one that browsers use for OMK in {variable("server_name")}, or in {variable("vhost")}, as FILE:LINE',
    )
