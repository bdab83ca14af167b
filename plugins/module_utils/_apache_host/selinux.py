# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SELinux's permission for Apache to connect to OMK (private to the collection).

Without the boolean httpd_can_network_connect an enforcing SELinux has Apache answer 503 for every proxied request. The
programs of SELinux do the work, so that no library has to be there. Sources: selinuxenabled(8), getsebool(8),
setsebool(8), httpd_selinux(8).
"""

import contextlib
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import records, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run

BOOLEAN = 'httpd_can_network_connect'
_KEY = 'selinux'
_FOLDERS = ('/usr/sbin', '/sbin', '/usr/bin')


def _program(name: str) -> t.Optional[str]:
    paths = [f'{folder}/{name}' for folder in _FOLDERS]
    return next((path for path in paths if transaction.exists(path)), None)


def permitted(run: Run) -> t.Optional[bool]:
    """Whether SELinux lets Apache connect (bool); None where SELinux is off or does not confine Apache.

    Args:
        run (callable): how to run a program.
    """
    enabled, get = _program('selinuxenabled'), _program('getsebool')
    if not enabled or not get or run([enabled])[0]:
        return None
    code, output, _errors = run([get, BOOLEAN])
    # A policy without this boolean does not confine Apache in this way.
    return None if code else output.split('-->')[-1].split()[:1] == ['on']


def _set(run: Run, value: str) -> None:
    program = _program('setsebool')
    code, output, errors = run([program, '-P', BOOLEAN, value]) if program else (1, '', 'there is no setsebool')
    if code:
        said = (errors or output).strip().replace('\n', ' ').rstrip('.')
        raise Problem(
            f'SELinux did not turn {BOOLEAN} {value}: {said}', cure=f'run setsebool -P {BOOLEAN} {value} yourself'
        )


def wanted(run: Run, state: str) -> t.Optional[str]:
    """What a state of apache_websocket_proxy makes of the permission: 'on', 'off' or None for no change.

    It is taken back only where `changing` gave it; for the state "previous" only when the last change did.
    """
    permission = permitted(run)
    if state == 'present':
        return 'on' if permission is False else None
    recent = (records.read(_KEY, transaction.RECENT) or {}).get('permitted')
    ours = permission and records.read(_KEY) is not None
    return 'off' if ours and (state == 'absent' or recent) else None


@contextlib.contextmanager
def changing(run: Run, value: t.Optional[str]) -> t.Iterator[None]:
    """Change the permission around the change of Apache's files: given before it, taken back after it.

    Args:
        value (str or None): of `wanted`.

    Raises:
        Problem: SELinux refused, or the block failed; the permission is then as before.
    """
    if value == 'on':
        records.write(_KEY, {'boolean': BOOLEAN})
        try:
            _set(run, 'on')
        except Problem:
            records.forget(_KEY)
            raise
    try:
        yield
    except Problem:
        if value == 'on':
            _set(run, 'off')
            records.forget(_KEY)
        raise
    if value == 'off':
        _set(run, 'off')
        records.forget(_KEY)
    if value == 'on':
        records.write(_KEY, {'permitted': True}, transaction.RECENT)
    else:
        records.forget(_KEY, transaction.RECENT)


def tidy() -> None:
    """Remove what a killed run has left of a record that it had not finished, and nothing else."""
    for folder in (None, transaction.RECENT):
        records.tidy(_KEY, folder)


def result(run: Run, value: t.Optional[str], check_mode: bool) -> t.Optional[t.Dict[str, t.Any]]:
    """What a module returns (dict, or None where SELinux is off) after `changing`, or instead of it in check mode."""
    permission = permitted(run)
    if permission is None:
        return None
    return {
        'boolean': BOOLEAN,
        'changed': value is not None,
        'permitted': value == 'on' if value and check_mode else permission,
    }


def diff(value: t.Optional[str]) -> t.List[t.Dict[str, str]]:
    """The change of the permission for a module's diff (list of dict)."""
    if value is None:
        return []
    before = 'off' if value == 'on' else 'on'
    return [
        {
            'before': f'{BOOLEAN} --> {before}\n',
            'after': f'{BOOLEAN} --> {value}\n',
            'before_header': 'SELinux',
            'after_header': 'SELinux',
        }
    ]
