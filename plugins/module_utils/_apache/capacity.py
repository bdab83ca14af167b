# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests Apache serves at once (pure; private to the collection).

Each open websocket holds one of these. Source: the httpd manual's pages "mpm_common" (MaxRequestWorkers, ServerLimit,
ThreadsPerChild, ThreadLimit, with their defaults), "event", "worker" and "prefork".
"""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Dump, Node, split_arguments

_THREADS_PER_CHILD = 25
_THREAD_LIMIT = 64
_SERVER_LIMIT = {'prefork': 256, 'worker': 16, 'event': 16}


def _number(config: t.List[Node], *names: str) -> t.Optional[int]:
    """The last value (int) that a directive of one of these names sets for the server, or None."""
    values = [split_arguments(node.args) for node in config if node.name.lower() in names]
    return int(values[-1][0]) if values and values[-1] and values[-1][0].isdigit() else None


def capacity(dump: Dump) -> t.Dict[str, t.Any]:
    """What bounds the number of requests, open websockets included, that Apache serves at once.

    Args:
        dump (Dump): of the whole configuration.

    Returns:
        dict: mpm (str: event, worker, prefork or another; None when Apache does not say), max_request_workers (int:
        what is in effect, defaults and limits included; None for another MPM).
    """
    mpm = next((name[len('mpm_') :] for name in sorted(dump.modules) if name.startswith('mpm_')), None)
    if mpm not in _SERVER_LIMIT:
        return {'mpm': mpm, 'max_request_workers': None}
    servers = _number(dump.config, 'serverlimit') or _SERVER_LIMIT[mpm]
    threads, default = 1, _SERVER_LIMIT[mpm]
    if mpm != 'prefork':
        threads = min(
            _number(dump.config, 'threadsperchild') or _THREADS_PER_CHILD,
            _number(dump.config, 'threadlimit') or _THREAD_LIMIT,
        )
        default *= _THREADS_PER_CHILD
    workers = _number(dump.config, 'maxrequestworkers', 'maxclients') or default
    return {'mpm': mpm, 'max_request_workers': min(max(workers // threads, 1), servers) * threads}
