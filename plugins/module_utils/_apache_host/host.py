# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apache on this host while a run works on it: asked, and with the modules that the run needs (private)."""

import contextlib
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Dump
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import enabling, mechanisms, reloads
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


class Host:
    """Apache on this host, with the means to ask it."""

    def __init__(
        self,
        run: Run,
        check_mode: bool,
        warn: t.Callable[[str], None],
        wanted_modules: t.Sequence[str] = (),
    ) -> None:
        """
        Args:
            run (callable): how to run a program, see `_program.runner`.
            check_mode (bool): whether nothing may be changed.
            warn (callable): takes a sentence that the user should read.
            wanted_modules (iterable of str): the modules that a real run would have loaded by now, in check mode.

        Raises:
            Problem: there is no Apache here whose layout is known.
        """
        self.layout = layouts.detect(transaction.exists)
        self.seen: t.Optional[Dump] = None
        self.modules_enabled: t.List[str] = []
        self.run = run
        self._warn = warn
        #: Whether to ask for Apache's version in any case.
        self.version_matters = False
        self._assumed = tuple(wanted_modules) if check_mode else ()
        self._enabling = enabling.Enabling(self.run, self.layout, check_mode, warn)

    def dump(self) -> Dump:
        """What Apache says of its configuration now (Dump). Raises Problem."""
        assumed = [*self._assumed, *mechanisms.announced(self.layout)]
        said = self.seen = ask.ask(self.run, self.layout, transaction.exists, assumed, self.version_matters)
        return said

    @contextlib.contextmanager
    def with_modules(self, names: t.Sequence[str]) -> t.Iterator[None]:
        """A configuration that loads these modules; they are taken back after a Problem."""
        self._enabling.settle()
        pending = reloads.recorded()
        try:
            if names:
                self.modules_enabled = self._enabling.present(names, require_valid=True).enabled
            yield
        except Problem:
            self.modules_enabled = self._enabling.just_enabled
            if self.modules_enabled:
                self._take_back()
                if not self.modules_enabled:
                    reloads.restore(pending)
            raise

    def without_modules(self, names: t.Sequence[str]) -> t.List[str]:
        """Take back what was enabled of these modules; returns them (list of str)."""
        return self._enabling.original(names)

    def _take_back(self) -> None:
        try:
            disabled = self.without_modules(self.modules_enabled)
            self.modules_enabled = [name for name in self.modules_enabled if name not in disabled]
        except Problem as problem:
            self._warn(f'These modules stay enabled: {", ".join(self.modules_enabled)}. {problem}')
