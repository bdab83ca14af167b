# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Apache's files would have to change for a desired (private to the collection). Changes nothing."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, choose, plan, site
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import certificate, config_files
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: The name of the transaction in which these files are changed.
TRANSACTION = 'apache-websocket-proxy'


def described(vhost: t.Any, created: t.Any) -> t.Any:
    """A VirtualHost as results show it."""
    return {
        'file': vhost.file,
        'line': vhost.line,
        'server_name': vhost.name,
        'address': vhost.address,
        'created': created,
    }


def wanted(layout: t.Any, dump: t.Any, desired: t.Any, params: t.Any) -> t.Any:
    """What makes the desired come true.

    Args:
        layout (Layout), dump (Dump): Apache on this host.
        desired (Desired)
        params (dict): `server_name`, `vhost`, `content`, `content_path` (str or None each), as the module
            apache_websocket_proxy describes them.

    Returns:
        tuple: changes (list of Change, empty when all is well), the VirtualHost (dict, see `described`), and its rules
        (list of dict).

    Raises:
        Problem: there is no way.
    """
    chosen = choose.choose(
        dump, desired.port, params['server_name'], params['vhost'], desired.backend, transaction.same_file
    )
    path = params['content_path'] or site.default_path(layout)
    is_ours = bool(chosen and transaction.same_file(chosen.file, path) and blocks.is_own_file(config_files.text(path)))
    if chosen is None or (is_ours and params['content']):
        return _own_file(layout, params['content'], path, desired, dump, chosen)
    text = config_files.text(chosen.file)
    planned = plan.plan(dump, chosen, text, desired)
    changes = [config_files.holding(chosen.file, planned.text)] if planned.text != text else []
    return changes, described(chosen, is_ours), planned.rules


def unwanted(dump: t.Any, desired: t.Any, params: t.Any) -> t.Any:
    """What takes out what this collection added: changes, the VirtualHost (dict or None), no rules.

    Args, Raises: as for `wanted`.
    """
    candidates = choose.for_port(dump.vhosts, desired.port)
    if params['vhost'] or params['server_name']:
        candidates = (
            [
                choose.choose(
                    dump, desired.port, params['server_name'], params['vhost'], desired.backend, transaction.same_file
                )
            ]
            if candidates
            else []
        )
    changes: dict = {}
    vhost = None
    for candidate in candidates:
        if not transaction.exists(candidate.file):
            continue  # made by a macro
        text = config_files.text(candidate.file)
        blocks.check_markers(text, candidate.file)
        if blocks.is_own_file(text):
            changes.update(
                (path, transaction.Change(path, None, None))
                for path in (candidate.file, transaction.real(candidate.file))
            )
            vhost = described(candidate, True)
        elif blocks.own_ranges(text):
            changes[candidate.file] = config_files.holding(candidate.file, blocks.without_own(text))
            vhost = described(candidate, False)
    return list(changes.values()), vhost, []


def _own_file(layout: t.Any, content: t.Any, path: str, desired: t.Any, dump: t.Any, chosen: t.Any) -> t.Any:
    """The same for a VirtualHost that is made as a whole from the option content."""
    if not content:
        flag = ' (in <IfDefine SSL>, one needs the flag SSL in APACHE_SERVER_FLAGS)' * (layout.name == 'suse')
        raise Problem(
            f'no VirtualHost serves port {desired.port}{flag}',
            cure='give the option content to have one made (the role does so when it is told server_name, '
            'certificate and certificate_key), or correct the option port',
            code='vhost_missing',
        )
    if chosen is None and transaction.exists(path) and not blocks.is_own_file(config_files.text(path)):
        raise Problem(
            'this file is in the way of the new VirtualHost', path, cure='move it away or choose another content_path'
        )
    listens = site.listens(dump.config, desired.port, lambda file: transaction.same_file(file, path))
    # SUSE's own listen.conf listens on 443 once the flag SSL is set.
    flag = 'SSL' if layout.name == 'suse' and desired.port == 443 and 'SSL' not in dump.defines else None
    text = site.whole_file(config_files.given(content), None if listens else desired.port, flag)
    pair = [
        site.first_argument(text, name).encode('latin-1').decode('utf-8', 'surrogateescape')
        for name in ('SSLCertificateFile', 'SSLCertificateKeyFile')
    ]
    if pair[0]:
        certificate.check(pair[0], pair[1] or pair[0])
    changes = [] if transaction.exists(path) and config_files.text(path) == text else [config_files.holding(path, text)]
    link = site.link_for(path, layout)
    if link and not transaction.exists(link[0]):
        changes.append(transaction.Change(link[0], None, link[1]))
    vhost = {
        'file': link[0] if link else path,
        'line': site.opening_line(text),
        'server_name': site.first_argument(text, 'ServerName'),
        'address': chosen.address if chosen else None,
        'created': True,
    }
    before = 'no VirtualHost serves the port' if chosen is None else plan.standing(dump, chosen, desired).detail
    after = 'the path is tunnelled to OMK by a rule of the VirtualHost that was made'
    return changes, vhost, [{'path': one, 'before': before, 'after': after} for one in desired.paths]
