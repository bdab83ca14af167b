# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When this collection last changed Apache's configuration (private to the collection).

A removed file has no time stamp, so the moment of a change is noted until Apache has been seen to read its files since.
The note lies below /run: a boot starts Apache anew and so settles the debt as well.
"""

import contextlib
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

_KEY = 'apache-changed'


@contextlib.contextmanager
def recording_change() -> t.Iterator[None]:
    """Note that Apache's configuration changes now; forget it again when the change fails and is taken back."""
    earlier = recorded()
    records.write(_KEY, {'at': time.time()}, transaction.RECENT)
    try:
        yield
    except Problem:
        restore(earlier)
        raise


def recorded() -> t.Optional[t.Dict[str, float]]:
    """The record of the last change that Apache was not seen to read since, or None."""
    return records.read(_KEY, transaction.RECENT)


def restore(earlier: t.Optional[t.Dict[str, float]]) -> None:
    """Have what `recorded` returned stand again: all that was changed since is as it was."""
    if earlier:
        records.write(_KEY, earlier, transaction.RECENT)
    else:
        records.forget(_KEY, transaction.RECENT)


def is_pending(properties: t.Dict[str, str], files: t.Iterable[str], changed: bool, check_mode: bool) -> bool:
    """Whether Apache has to take up its configuration anew.

    Args:
        properties (dict): of the unit, from `_systemd.parse_show`.
        files (iterable of str): the files that matter.
        changed (bool): whether this run changes or changed the configuration.
        check_mode (bool): leave the note as it is.

    Returns:
        bool: false too when Apache does not run, for it reads its files when it is started.
    """
    if not check_mode:
        records.tidy(_KEY, transaction.RECENT)
    if changed:
        return _systemd.is_active(properties)
    noted = (recorded() or {}).get('at')
    pending = _systemd.restart_pending(properties, True, [transaction.modified(path) for path in files] + [noted])
    if noted and not pending and not check_mode:
        records.forget(_KEY, transaction.RECENT)
    return pending
