# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that the packages of this collection raise (private to the collection)."""

import typing as t


class Problem(Exception):
    """Something the user has to know: what is wrong, where, and what to do about it.

    Args:
        what (str): the fact, a clause without a final stop. Quotes no file content, which may be secret.
        path (str or None): the file it is about.
        line (int or None): line in that file, counted from 1.
        column (int or None): character in that line, counted from 1.
        cure (str or None): what the user can do, a clause without a final stop.
        code (str or None): the reason code of docs/reasons.md, where it is one of those.
    """

    def __init__(
        self,
        what: str,
        path: t.Optional[str] = None,
        line: t.Optional[int] = None,
        column: t.Optional[int] = None,
        cure: t.Optional[str] = None,
        code: t.Optional[str] = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.path = path
        self.line = line
        self.column = column
        self.cure = cure
        self.code = code

    def at(self, path: str) -> 'Problem':
        """The same problem, now with the file it stands in (the pure packages do not know the name)."""
        return Problem(self.what, path, self.line, self.column, self.cure, self.code)

    def __str__(self) -> str:
        """One sentence: ``FILE, line L, column C: what; cure.``"""
        where = []
        if self.path:
            where.append(str(self.path))
        if self.line:
            where.append(f'line {self.line}')
        if self.column:
            where.append(f'column {self.column}')
        place = ', '.join(where) + ': ' if where else ''
        cure = '; ' + self.cure if self.cure else ''
        return f'{place}{self.what}{cure}.'

    def failure(self) -> t.Dict[str, str]:
        """What a module that ends with it returns (dict): the sentence and, for the report, the code if it has one."""
        return {'msg': str(self), 'reason': self.code} if self.code else {'msg': str(self)}
