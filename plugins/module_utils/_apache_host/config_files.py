# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apache's configuration files as texts (private to the collection): Latin-1, so that no byte is lost."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import shown
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction


def text(path: str) -> str:
    """The text of a file (str).

    Raises:
        Problem: it cannot be read.
    """
    return transaction.read(path).decode('latin-1')


def given(content: str) -> str:
    """The text that stands for the user's own (str), which is written in UTF-8."""
    return content.encode('utf-8', 'surrogateescape').decode('latin-1')


def holding(path: str, content: str) -> transaction.Change:
    """The `transaction.Change` that has a file hold a text."""
    return transaction.Change(path, content.encode('latin-1'), None)


def paths(changes: t.Iterable[transaction.Change]) -> t.List[str]:
    """The files (sorted list of str) that changes write, links followed."""
    return sorted({transaction.real(change.path) if change.link is None else change.path for change in changes})


def diff(changes: t.Iterable[transaction.Change]) -> t.List[t.Dict[str, str]]:
    """Each file before and after, as Ansible shows it; of a stranger's lines only what cannot be a secret.

    Both are as long as the file, so that the numbers of the lines are its own.
    """
    parts = []
    for change in changes:
        before = _shown(transaction.read(change.path)) if not change.link and transaction.exists(change.path) else ''
        after = f'link to {change.link}\n' if change.link is not None else ''
        if change.content is not None:
            after = _shown(change.content)
        parts.append({'before': before, 'after': after, 'before_header': change.path, 'after_header': change.path})
    return parts


def _shown(content: bytes) -> str:
    # For people, who have written it in UTF-8 or in ASCII.
    return shown.masked(content.decode('utf-8', 'replace'))
