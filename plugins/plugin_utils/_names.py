# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of our variables, and what somebody may have meant who set another one (pure; private)."""

import difflib
import functools
import typing as t

#: By prefix: what a role or a playbook reads. tests/unit/plugins/plugin_utils/test_names.py holds it to them.
KNOWN: t.Dict[str, t.Tuple[str, ...]] = {
    'apache_websocket_': (
        *('state', 'paths', 'backend', 'port', 'server_name', 'vhost', 'forwarded_proto', 'idle_timeout', 'modules'),
        *('certificate', 'certificate_key', 'hsts', 'template', 'restart', 'service', 'backup', 'content', 'result'),
    ),
    'omk_websocket_': (
        *('state', 'omk_base', 'opcommon_path', 'setting', 'value', 'section', 'tunnel', 'tunnel_password', 'service'),
        *('listen', 'start_timeout', 'status', 'status_run', 'backup', 'result', 'restarted'),
    ),
    'websocket_check_': (
        *('required', 'sides', 'from', 'omk_base', 'opcommon_path', 'setting', 'value', 'omk_service', 'path'),
        *('backend', 'port', 'server_name', 'vhost', 'forwarded_proto', 'address', 'apache_service', 'validate_certs'),
        *('ca_path', 'timeout', 'wait_for_event', 'username', 'password', 'strict', 'certificate_days', 'options'),
        *('run_after', 'known', 'result', 'before', 'again', 'from_controller'),
    ),
    'omk_': (
        *('hosts', 'batches', 'order', 'canary', 'rollback', 'max_fail_percentage', 'batch'),
        *('reports', 'report_dir', 'report_junit'),
    ),
}
NAMES = tuple(prefix + name for prefix, names in KNOWN.items() for name in names)
_ROLES = ('apache_websocket_', 'omk_websocket_', 'websocket_check_')
_LIKE_OURS = ('apache_websocket', 'omk_', 'websocket_')
_OTHERS = ('omk_awx_',)


def misspelt(names: t.Iterable[str]) -> t.List[str]:
    """A sentence (list of str) on each variable that looks like one of ours and is none.

    Args:
        names (iterable of str): of all variables of a host.
    """
    return sorted(filter(None, map(_said, names)))


# The hosts of a run have the same variables.
@functools.lru_cache(maxsize=4096)
def _said(name: str) -> str:
    if name in NAMES or name.startswith(('_', *_OTHERS)):
        return ''
    if not name.startswith(_LIKE_OURS):
        meant = difflib.get_close_matches(name, NAMES, 1, 0.9)
        return f'{name} is no variable of this collection; did you mean {meant[0]}?' if meant else ''
    # Where the beginning is right, only the rest tells.
    prefix = next((one for one in KNOWN if name.startswith(one)), '')
    known, rest = (KNOWN[prefix], name[len(prefix) :]) if prefix else (NAMES, name)
    meant = difflib.get_close_matches(rest, known, 1, 0.75 if prefix else 0.85)
    if meant:
        return f'{name} is no variable of this collection; did you mean {prefix}{meant[0]}?'
    # Whoever has other variables of such a name, has them for something else.
    return f'{name} is no variable of this collection; see docs/roles.md.' if name.startswith(_ROLES) else ''
