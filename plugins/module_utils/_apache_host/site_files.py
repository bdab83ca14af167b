# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Apache's files would have to change for a desired state (private to the collection). Changes nothing."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, choose, plan, site
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Dump, VirtualHost
from ansible_collections.opmantek.omk.plugins.module_utils._apache.layout import Layout
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import certificate, config_files
from ansible_collections.opmantek.omk.plugins.module_utils._desired import Desired, variable
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: The name of the transaction in which these files are changed.
TRANSACTION = 'apache-websocket-proxy'


class Site(t.NamedTuple):
    """A VirtualHost as results show it."""

    file: str
    line: t.Optional[int]
    server_name: str
    #: As Apache has it: an address or ``*``; None when it is not known yet.
    address: t.Optional[str]
    #: Whether the collection made all of it.
    created: bool


class Found(t.NamedTuple):
    """What would have to change."""

    #: Empty when all is well.
    changes: t.List[transaction.Change]
    site: t.Optional[Site]
    #: Of each path (dict): `path`, and which rule decides `before` and `after`, in `site`.
    rules: t.List[t.Dict[str, str]]
    #: What serves the same name on other addresses, and is changed along.
    also: t.List[Site]


def _site(vhost: VirtualHost, created: bool) -> Site:
    return Site(vhost.file, vhost.line, vhost.name, vhost.address, created)


def _choose(dump: Dump, desired: Desired) -> t.List[VirtualHost]:
    return choose.choose(dump, desired.port, desired.name, desired.vhost, desired.backend, transaction.same_file)


def _silent(_sentence: str) -> None:
    """Say nothing."""


def wanted(layout: Layout, dump: Dump, desired: Desired, warn: t.Callable[[str], None] = _silent) -> Found:
    """What makes the desired state come true.

    Args:
        layout (Layout), dump (Dump): Apache on this host.
        desired (Desired)
        warn (callable): takes a sentence that the user should read.

    Raises:
        Problem: there is no way.
    """
    chosen = _choose(dump, desired)
    server = None if chosen else choose.main_server(dump, desired.port)
    if server:
        return Found([], _site(server, False), _of_server(dump, server, desired), [])
    path = desired.content_path or site.default_path(layout)
    first = chosen[0] if chosen else None
    is_ours = bool(first and transaction.same_file(first.file, path) and blocks.is_own_file(config_files.text(path)))
    if first is None or (is_ours and desired.content):
        return _own_file(layout, path, desired, dump, first, warn)
    texts: t.Dict[str, t.Tuple[str, str]] = {}  # by real path: the path as Apache includes it, and the text
    moved = [0] * len(chosen)
    rules: t.List[t.Dict[str, str]] = []
    # From the last to the first: what is added to one moves no line of those above.
    for index in sorted(range(len(chosen)), key=lambda index: chosen[index].line, reverse=True):
        vhost, file = chosen[index], transaction.real(chosen[index].file)
        text = texts[file][1] if file in texts else config_files.text(vhost.file)
        planned = plan.plan(dump, vhost, text, desired)
        texts[file] = (vhost.file, planned.text)
        for other in range(len(chosen)):
            if chosen[other].line > vhost.line and transaction.same_file(chosen[other].file, file):
                moved[other] += planned.text.count('\n') - text.count('\n')
        rules = rules if index else planned.rules
    changes = [config_files.holding(path, text) for path, text in texts.values() if text != config_files.text(path)]
    sites = [_site(vhost._replace(line=vhost.line + lines), is_ours) for vhost, lines in zip(chosen, moved)]
    return Found(changes, sites[0], rules, sites[1:])


def _of_server(dump: Dump, server: VirtualHost, desired: Desired) -> t.List[t.Dict[str, str]]:
    """The rules of a server that speaks TLS outside of every VirtualHost.

    Raises:
        Problem: they do not do the job. There is no VirtualHost to add ours to, and one that were made would take the
            place of all that the server serves on the port.
    """
    standing = plan.standing(dump, server, desired)
    if standing.kind != 'tunnelled':
        raise Problem(
            f'the server itself speaks TLS on port {desired.port} here, outside of every VirtualHost, and does not do '
            f'the job ({standing.detail})',
            server.file,
            server.line,
            cure=f'write a VirtualHost for port {desired.port} around what it serves there, and run again',
            code='vhost_missing',
        )
    return [{'path': path, 'before': standing.detail, 'after': standing.detail} for path in desired.paths]


def unwanted(dump: Dump, desired: Desired, warn: t.Callable[[str], None] = _silent) -> Found:
    """What takes out what this collection added; no rules. Args, Raises: as for `wanted`.

    A VirtualHost that was made as a whole, and that somebody has changed since, stays: the changes are theirs.
    """
    candidates = choose.for_port(dump.vhosts, desired.port)
    if candidates and (desired.vhost or desired.name):
        candidates = _choose(dump, desired)
    changes: t.Dict[str, transaction.Change] = {}
    site_found = None
    for candidate in candidates:
        if not transaction.exists(candidate.file):
            continue  # made by a macro
        text = config_files.text(candidate.file)
        blocks.check_markers(text, candidate.file)
        is_own = blocks.is_own_file(text)
        if is_own and not blocks.is_as_made(text):
            warn(
                f'{candidate.file} was made by this collection and has been changed since, so it stays, with the '
                'tunnel in it. Remove it yourself, or take those changes back and run again.'
            )
            site_found = _site(candidate, True)
        elif is_own:
            changes.update(
                (path, transaction.Change(path, None, None))
                for path in (candidate.file, transaction.real(candidate.file))
            )
            site_found = _site(candidate, True)
        if blocks.own_ranges(text) and candidate.file not in changes:
            changes[candidate.file] = config_files.holding(candidate.file, blocks.without_own(text))
            site_found = _site(candidate, is_own)
    return Found(list(changes.values()), site_found, [], [])


def _own_file(
    layout: Layout,
    path: str,
    desired: Desired,
    dump: Dump,
    chosen: t.Optional[VirtualHost],
    warn: t.Callable[[str], None],
) -> Found:
    """The same for a VirtualHost that is made as a whole from the option content."""
    if not desired.content:
        flag = ' (in <IfDefine SSL>, one needs the flag SSL in APACHE_SERVER_FLAGS)' * (layout.name == 'suse')
        raise Problem(
            f'no VirtualHost serves port {desired.port}{flag}',
            cure='set apache_websocket_server_name, apache_websocket_certificate and apache_websocket_certificate_key '
            f'to have one made (option content), or correct {variable("port")}',
            code='vhost_missing',
        )
    if chosen is None and transaction.exists(path) and not blocks.is_own_file(config_files.text(path)):
        raise Problem(
            'this file is in the way of the new VirtualHost',
            path,
            cure='move it away (or choose another option content_path)',
        )
    text = _own_text(layout, path, desired, dump)
    standing = config_files.text(path) if transaction.exists(path) else None
    changes = [] if standing == text else [config_files.holding(path, text)]
    if changes and standing is not None and not blocks.is_as_made(standing):
        warn(
            f'{path} was made by this collection and has been changed since; those changes are replaced. '
            'Change the variables of the role apache_websocket, or its template, instead.'
        )
    link = site.link_for(path, layout)
    if link and not transaction.exists(link[0]):
        changes.append(transaction.Change(link[0], None, link[1]))
    made = Site(
        link[0] if link else path,
        site.opening_line(text),
        site.first_argument(text, 'ServerName'),
        chosen.address if chosen else None,
        True,
    )
    before = 'no VirtualHost serves the port' if chosen is None else plan.standing(dump, chosen, desired).detail
    after = 'the path is tunnelled to OMK by a rule of the VirtualHost that was made'
    return Found(changes, made, [{'path': one, 'before': before, 'after': after} for one in desired.paths], [])


def _own_text(layout: Layout, path: str, desired: Desired, dump: Dump) -> str:
    """The text of our own file. Raises Problem: its certificate cannot be used."""
    listens = site.listens(dump.config, desired.port, lambda file: transaction.same_file(file, path))
    # SUSE's own listen.conf listens on 443 once the flag SSL is set.
    flag = 'SSL' if layout.name == 'suse' and desired.port == 443 and 'SSL' not in dump.defines else None
    text = site.whole_file(config_files.given(desired.content or ''), None if listens else desired.port, flag)
    pair = [
        site.first_argument(text, name).encode('latin-1').decode('utf-8', 'surrogateescape')
        for name in ('SSLCertificateFile', 'SSLCertificateKeyFile')
    ]
    if pair[0]:
        certificate.check(pair[0], pair[1] or pair[0])
    return text
