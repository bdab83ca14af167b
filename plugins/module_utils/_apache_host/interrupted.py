# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What killed runs have left of their changes of Apache (private to the collection).

Each module that changes Apache settles what any of them has left: none could do its work while Apache refuses what
another one has not finished.
"""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask
from ansible_collections.opmantek.omk.plugins.module_utils._apache.layout import Layout
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import mechanisms, selinux, site_files
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


def left() -> t.List[str]:
    """What there is to recover (list of str), one sentence each. Changes nothing."""
    under_way = {'adding', 'removing'} & (records.read(mechanisms.RECORD) or {}).keys()
    modules = transaction.is_unfinished(mechanisms.TRANSACTION) or under_way
    found = ["Recover a change of Apache's modules that was interrupted."] if modules else []
    if transaction.is_unfinished(site_files.TRANSACTION):
        found.append("Recover a change of Apache's files that was interrupted.")
    return found


def settle(run: Run, layout: Layout) -> t.List[str]:
    """Finish or undo it (see `transaction.recover`); what was done (list of str), as sentences.

    Args:
        run (callable): how to run a program.
        layout (Layout): of this host.

    Raises:
        Problem: it cannot be done; the records stay.
    """

    def test() -> None:
        ask.test(run, layout, transaction.exists, mechanisms.announced(layout))

    selinux.tidy()
    said = [transaction.recover(name, test) for name in (mechanisms.TRANSACTION, site_files.TRANSACTION)]
    return [one for one in said if one]
