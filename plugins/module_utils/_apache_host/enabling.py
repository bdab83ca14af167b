# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apache's modules enabled and taken back, with a record of what was enabled (private to the collection)."""

import functools
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, modules
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import interrupted, mechanisms, reloads
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run


def diff(enabled: t.Iterable[str], disabled: t.Iterable[str]) -> t.Dict[str, str]:
    """What a diff shows of modules (two lists of str) that are enabled and disabled."""
    return {
        'before': ''.join(f'{name}: enabled\n' for name in disabled),
        'after': ''.join(f'{name}: enabled\n' for name in enabled),
        'before_header': 'Apache modules',
        'after_header': 'Apache modules',
    }


class Loaded(t.NamedTuple):
    """Modules that were loaded already, and modules that were not and now are."""

    loaded: t.List[str]
    enabled: t.List[str]


class Enabling:
    """The modules of Apache on this host.

    Args:
        run (callable): how to run a program.
        layout (Layout): of this host.
        check_mode (bool): whether nothing may be changed.
        warn (callable): takes a sentence that the user should read.
    """

    def __init__(
        self,
        run: Run,
        layout: layouts.Layout,
        check_mode: bool,
        warn: t.Callable[[str], None],
    ) -> None:
        self._run, self._layout, self._check_mode, self._warn = run, layout, check_mode, warn
        self._mechanics = mechanisms.mechanics(run, layout)
        # What is there is looked up before anything is tried: a disk that fails is no sign of need.
        self._exists = functools.lru_cache(maxsize=None)(transaction.exists)
        #: What this run has enabled (list of str), also when it could not be recorded as done.
        self.just_enabled: t.List[str] = []

    def settle(self) -> None:
        """Finish or undo what a killed run has left, unless in check mode. Raises Problem: it cannot be done."""
        if not self._check_mode:
            for said in interrupted.settle(self._run, self._layout):
                self._warn(said)
            self._remember()

    def present(self, names: t.Sequence[str], require_valid: bool) -> Loaded:
        """Have modules loaded.

        Args:
            names (list of str)
            require_valid (bool): do nothing when Apache refuses its configuration for another reason than that they
                are missing.

        Raises:
            Problem: it cannot be done.
        """
        broken = tested = unproven = False
        announced = mechanisms.announced(self._layout)
        try:
            loaded, tested = self._loaded(names, announced)
        except Problem:
            broken = True
            loaded = self._mechanics.modules(self._mechanics.marks()) | ask.loaded_in_spite_of_errors(
                self._run, self._layout, self._exists, names
            )
        missing = [name for name in names if name not in loaded]
        needed = modules.with_dependencies(missing, self._mechanics.dependencies)
        if broken or missing and not tested:
            try:
                self._test(needed + announced)
            except Problem as problem:
                if require_valid:
                    raise
                unproven = True
                self._warn(str(problem))
        if missing and not self._check_mode:
            wanted = [name for name in needed if name not in loaded]
            self._enable(wanted, (lambda: None) if unproven else lambda: self._mechanics.prove(wanted))
        return Loaded([name for name in names if name in loaded], missing)

    def original(self, names: t.Sequence[str]) -> t.List[str]:
        """Take back those of these modules that `present` enabled, as far as nothing needs them now.

        Returns:
            list of str: the modules that were disabled, or would be in check mode.

        Raises:
            Problem: it cannot be done.
        """
        ours = sorted(self._mechanics.modules(self._added()))
        wanted = modules.with_dependencies([name for name in names if name in ours], self._mechanics.dependencies)
        candidates = [name for name in ours if name in wanted]
        disabled = candidates
        if candidates:
            self._test()
        if candidates and not self._check_mode:
            records.write(mechanisms.RECORD, self._record({'removing': candidates}))
            try:
                with reloads.recording_change():
                    disabled = sorted(self._disable_unneeded(candidates))
            finally:
                self._remember()
            kept = [name for name in candidates if name not in disabled]
            if kept:
                self._warn(
                    'These modules stay enabled, because the configuration needs them now, or because Apache '
                    f'cannot be asked what it would mean without them: {", ".join(kept)}.'
                )
        elif not self._check_mode:
            self._remember()
        return disabled

    def _test(self, assumed: t.Iterable[str] = ()) -> t.Set[str]:
        return ask.test(self._run, self._layout, self._exists, assumed)

    def _loaded(self, names: t.Sequence[str], announced: t.Sequence[str]) -> t.Tuple[t.Set[str], bool]:
        """The modules that Apache loads (set of str, of those that count), and whether it was tested with all of them.

        One call tells both when Apache warns of what is loaded already, and each module has a file to load it from.
        """
        try:
            already = self._test([*names, *announced])
        except Problem:
            already = set()
        rest = [name for name in names if name not in already]
        if already and all(layouts.module_file(self._layout, name, self._exists) for name in rest):
            return already | set(announced), True
        return ask.loaded_modules(self._run, self._layout) | set(announced), False

    def _meaning(self) -> modules.Meaning:
        return modules.meaning(ask.ask(self._run, self._layout, self._exists), self._layout.module_settings)

    def _added(self) -> t.List[str]:
        """The marks (list of str) that runs made and that are still there, those of a killed run included."""
        record = records.read(mechanisms.RECORD) or {}
        return sorted({*record.get('added', ()), *record.get('adding', ())} & self._mechanics.marks())

    def _record(self, under_way: t.Dict[str, t.List[str]], names: t.Iterable[str] = ()) -> t.Dict[str, t.Any]:
        """The record (dict) of what runs enabled, with what is under way and the notes of modules that come to it."""
        kept = (records.read(mechanisms.RECORD) or {}).get('notes', {})
        now = self._mechanics.notes([name for name in names if name not in kept])
        record: t.Dict[str, t.Any] = {'added': self._added(), **under_way}
        # The folders of notes as they were before any change of ours.
        notes = {**now, **kept}
        return {**record, 'notes': notes} if notes else record

    def _remember(self) -> None:
        """Keep the record of what runs enabled, without what is not there any more, whose notes are put back."""
        records.tidy(mechanisms.RECORD)
        record, added = records.read(mechanisms.RECORD), self._added()
        if not record:
            return
        notes, enabled = record.get('notes', {}), self._mechanics.modules(self._mechanics.marks())
        under_way = self._mechanics.modules(record.get('adding', ())) | set(record.get('removing', ()))
        # What somebody else has disabled has got its notes from them.
        gone = sorted((under_way & notes.keys()) - enabled)
        stuck = [name for name in gone if not self._mechanics.put_back_notes(name, notes)]
        kept = {name: notes[name] for name in notes if name in self._mechanics.modules(added) or name in stuck}
        wanted: t.Dict[str, t.Any] = {'added': added}
        if stuck:
            wanted['removing'] = stuck
        if kept:
            wanted['notes'] = {**kept, '': notes['']}
        if not added and not stuck:
            records.forget(mechanisms.RECORD)
        elif record != wanted:
            records.write(mechanisms.RECORD, wanted)

    def _enable(self, names: t.List[str], is_good: t.Callable[[], None]) -> None:
        adding = sorted(self._mechanics.marks_of(names) - self._mechanics.marks())
        records.write(mechanisms.RECORD, self._record({'adding': adding}, names))
        try:
            with reloads.recording_change():
                self._mechanics.enable(names, is_good)
            self.just_enabled = names
        finally:
            self._remember()

    def _is_needed(self, name: str, before: modules.Meaning) -> bool:
        """Whether the configuration, which just lost the module, came to mean something else, or cannot be asked."""
        try:
            return self._meaning() != before or (
                self._layout.name == 'suse' and name in ask.loaded_modules(self._run, self._layout)
            )
        except Problem:
            return True

    def _disable_unneeded(self, names: t.List[str]) -> t.List[str]:
        """Disable the modules without which the configuration means the same; returns those (list of str)."""
        disabled, waiting = [], sorted(names)
        while waiting:
            left = []
            for name in waiting:
                before = self._meaning()
                if modules.is_in_use(name, before):
                    left.append(name)
                    continue
                try:
                    self._mechanics.disable(name)  # refuses while another enabled module depends on it
                except Problem:
                    left.append(name)
                    continue
                if self._is_needed(name, before):
                    self._mechanics.enable([name], lambda: None)
                    left.append(name)
                else:
                    disabled.append(name)
            if left == waiting:
                break
            waiting = left
        return disabled
