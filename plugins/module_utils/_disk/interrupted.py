# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What killed runs have left of their changes of Apache (private to the collection).

Each module that changes Apache settles what any of them has left: none could do its work while Apache refuses what
another one has not finished.
"""

from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask
from ansible_collections.opmantek.omk.plugins.module_utils._disk import (
    apache_modules,
    atomic,
    ledger,
    selinux,
    site_files,
)


def left():
    """What there is to look after (list of str), one sentence each. Changes nothing."""
    modules = atomic.is_unfinished(apache_modules.TRANSACTION) or 'adding' in (ledger.read(apache_modules.RECORD) or {})
    found = ["Look after a change of Apache's modules that was interrupted."] if modules else []
    if atomic.is_unfinished(site_files.TRANSACTION):
        found.append("Look after a change of Apache's files that was interrupted.")
    return found


def settle(run, layout):
    """Finish or undo it (see `atomic.recover`); what was done (list of str), as sentences.

    Args:
        run (callable): how to run a program.
        layout (Layout): of this host.

    Raises:
        Problem: it cannot be done; the records stay.
    """

    def test():
        ask.test(run, layout, atomic.exists, apache_modules.announced(layout))

    selinux.tidy()
    said = [atomic.recover(name, test) for name in (apache_modules.TRANSACTION, site_files.TRANSACTION)]
    return [one for one in said if one]
