# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each layout has modules enabled and disabled (private to the collection).

One class a layout, all with the same methods. A mark is what stands in the place that enables a module: the name of a
link on Debian, a module's name elsewhere. `is_good` is called when all is written and raises Problem to have it undone
(not on Debian, where nothing is left to prove).
"""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, drop_in, modules, sysconfig
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run

#: The name of the transaction in which a file of modules is changed, and of the record of what runs enabled.
TRANSACTION = 'apache-modules-file'
RECORD = 'apache-modules'
# What a running Apache of SUSE includes, and reads again when it is reloaded.
_RENDERED = '/etc/apache2/sysconfig.d/loadmodule.conf'
# Where a2enmod and a2dismod note, in an empty file for each module, who wants it to be so. Packages go by these notes:
# one that stayed would keep a package from ever enabling the module again.
_NOTES = '/var/lib/apache2/module'
_NOTE_FOLDERS = ('disabled_by_admin', 'disabled_by_maint', 'enabled_by_admin', 'enabled_by_maint')


def _unknown(name: str, layout: layouts.Layout, path: t.Optional[str], package: str) -> Problem:
    return Problem(
        f'Apache has no module {name} on this host',
        path or layout.modules_folders[0],
        cure=f'correct it in apache_websocket_modules (option modules), or install the package that brings it{package}',
    )


class Debian:
    """a2enmod and a2dismod, and the links they make."""

    def __init__(self, run: Run, layout: layouts.Layout) -> None:
        self._run, self._layout = run, layout

    def marks(self) -> t.Set[str]:
        """What enables modules now (set of str)."""
        return transaction.names_in(self._layout.enabling)

    def marks_of(self, names: t.Sequence[str]) -> t.Set[str]:
        """The marks (set of str) that may come with these modules."""
        return {f'{name}.{suffix}' for name in names for suffix in ('load', 'conf')}

    def modules(self, marks: t.Iterable[str]) -> t.Set[str]:
        """The modules (set of str) that these marks enable."""
        return modules.linked_modules(marks)

    def dependencies(self, name: str) -> t.List[str]:
        """The modules (list of str) that a module depends on.

        Raises:
            Problem: there is no such module on this host.
        """
        path = layouts.load_file(self._layout, name)
        if not modules.is_name(name) or not transaction.exists(path):
            raise _unknown(name, self._layout, path, '')
        return modules.depends_on_debian(transaction.read(path).decode('latin-1'))

    def _tool(self, program: str, names: t.List[str]) -> None:
        code, output, errors = self._run([f'/usr/sbin/{program}', '-q'] + names)
        if code:
            raise Problem(f'{program} failed: ' + (errors.strip() or output.strip()).replace('\n', ' ').rstrip('.'))

    def enable(self, names: t.List[str], _is_good: t.Callable[[], None]) -> None:
        """Enable modules, those that they depend on too.

        Raises:
            Problem: it failed.
        """
        with transaction.links_kept(self._layout.enabling):
            self._tool('a2enmod', names)

    def disable(self, name: str) -> None:
        """Disable one module.

        Raises:
            Problem: an enabled module depends on it.
        """
        self._tool('a2dismod', [name])

    def prove(self, _names: t.Sequence[str]) -> None:
        """Nothing to prove: mods-enabled is part of every configuration on this layout."""

    def notes(self, names: t.List[str]) -> t.Dict[str, t.List[str]]:
        """What is noted of modules: which folders hold a note of each; under the name '', which folders there are."""
        folders = [name for name in _NOTE_FOLDERS if transaction.exists(f'{_NOTES}/{name}')]
        return {
            '': folders,
            **{
                name: [folder for folder in folders if transaction.exists(f'{_NOTES}/{folder}/{name}')]
                for name in names
            },
        }

    def put_back_notes(self, name: str, notes: t.Dict[str, t.List[str]]) -> bool:
        """Have the notes of a module again as `notes` found them; whether they are."""
        for folder in _NOTE_FOLDERS:
            if folder in notes[name]:
                transaction.touch(f'{_NOTES}/{folder}/{name}')
            else:
                transaction.discard(f'{_NOTES}/{folder}/{name}')
            if folder not in notes['']:
                transaction.discard(f'{_NOTES}/{folder}')
        return self.notes([name])[name] == notes[name]


class _OneFile:
    """What the two layouts share that enable modules in a file."""

    _path = ''

    def __init__(self, run: Run, layout: layouts.Layout) -> None:
        self._run, self._layout = run, layout

    def _listed(self) -> t.Union[t.List[str], t.Dict[str, str]]:
        """The modules that the file names."""
        raise NotImplementedError

    def marks(self) -> t.Set[str]:
        """As for Debian."""
        return set(self._listed())

    def marks_of(self, names: t.Sequence[str]) -> t.Set[str]:
        """As for Debian."""
        return set(names)

    def modules(self, marks: t.Iterable[str]) -> t.Set[str]:
        """As for Debian."""
        return set(marks)

    def dependencies(self, name: str) -> t.List[str]:
        """As for Debian."""
        self._file(name)
        return modules.depends_on(name)

    def _file(self, name: str) -> str:
        """The path of a module's .so file. Raises Problem: there is none."""
        path = layouts.module_file(self._layout, name, transaction.exists) if modules.is_name(name) else None
        if path is None:
            package = ' (mod_ssl)' if name == 'ssl' and self._layout.name == 'redhat' else ''
            raise _unknown(name, self._layout, None, package)
        return path

    def prove(self, names: t.List[str]) -> None:
        """Raises Problem when Apache refuses its configuration with these modules."""
        ask.test(self._run, self._layout, transaction.exists, names)

    def notes(self, _names: t.List[str]) -> t.Dict[str, t.List[str]]:
        """Nothing is noted."""
        return {}

    def put_back_notes(self, _name: str, _notes: t.Dict[str, t.List[str]]) -> bool:
        """Nothing is noted."""
        return True

    def _text(self) -> str:
        return transaction.read(self._path).decode('latin-1') if transaction.exists(self._path) else ''

    def _write(self, text: str, is_good: t.Callable[[], None]) -> None:
        content = text.encode('latin-1') if text else None
        transaction.apply([transaction.Change(self._path, content, None)], TRANSACTION, is_good)


class RedHat(_OneFile):
    """A file of our own in conf.modules.d; the lines of others are not touched."""

    def __init__(self, run: Run, layout: layouts.Layout) -> None:
        super().__init__(run, layout)
        self._path = layouts.drop_in(layout)

    def _listed(self) -> t.Dict[str, str]:
        return drop_in.parse(self._text())

    def enable(self, names: t.List[str], is_good: t.Callable[[], None]) -> None:
        """As for Debian; each module is written only once Apache was seen not to load it."""
        wanted = {name: self._file(name) for name in names}
        self._write(drop_in.render(wanted, self._text()), is_good)

    def prove(self, names: t.List[str]) -> None:
        """Raises Problem when Apache refuses its configuration with these modules, or does not load them."""
        ask.test(self._run, self._layout, transaction.exists)
        if not set(names) <= ask.loaded_modules(self._run, self._layout):
            raise Problem(
                'Apache does not load what is written here, so it was undone',
                self._path,
                cure='include conf.modules.d/*.conf in httpd.conf, as the package does',
            )

    def disable(self, name: str) -> None:
        """As for Debian."""
        needing = [other for other in self._listed() if other != name and name in modules.depends_on(other)]
        if needing:
            raise Problem(f'{needing[0]} depends on {name}')
        text = drop_in.without(self._text(), name)
        if name in drop_in.parse(text):
            raise Problem(
                f'somebody else has changed the lines that load {name}', self._path, cure='remove them yourself'
            )
        self._write(text, lambda: None)


def _listed_in(path: str) -> t.List[str]:
    try:
        return sysconfig.modules(transaction.read(path).decode('latin-1'))
    except Problem as problem:
        raise problem.at(path) from None


class Suse(_OneFile):
    """The variable APACHE_MODULES, as a2enmod changes it there; start_apache2 makes LoadModule lines of it."""

    def __init__(self, run: Run, layout: layouts.Layout) -> None:
        super().__init__(run, layout)
        self._path = layout.enabling

    def _listed(self) -> t.List[str]:
        return _listed_in(self._path)

    def enable(self, names: t.List[str], is_good: t.Callable[[], None]) -> None:
        """As for Debian."""
        try:
            text = sysconfig.with_modules(self._text(), names)
        except Problem as problem:
            raise problem.at(self._path) from None
        self._write(text, is_good)

    def disable(self, name: str) -> None:
        """As for Debian."""
        needing = [other for other in self._listed() if name in modules.depends_on(other)]
        if needing:
            raise Problem(f'{needing[0]} depends on {name}')
        self._write(sysconfig.without_module(self._text(), name), lambda: None)


#: The way of a layout.
Mechanics = t.Union[Debian, RedHat, Suse]
_BY_LAYOUT: t.Dict[str, t.Callable[[Run, layouts.Layout], Mechanics]] = {
    'debian': Debian,
    'redhat': RedHat,
    'suse': Suse,
}


def mechanics(run: Run, layout: layouts.Layout) -> Mechanics:
    """The way of this layout: an object of one of the classes above."""
    return _BY_LAYOUT[layout.name](run, layout)


def announced(layout: layouts.Layout, enabled: t.Iterable[str] = (), disabled: t.Iterable[str] = ()) -> t.List[str]:
    """The modules (list of str) that Apache's next start loads, though a test need not know of them yet.

    SUSE's list becomes LoadModule lines when start_apache2 renders them, which not every version does for a test.

    Args:
        layout (Layout)
        enabled, disabled (iterable of str): what a run changes, or would in check mode.
    """
    if layout.name != 'suse':
        return []
    listed = {*_listed_in(layout.enabling), *enabled} - set(disabled)
    return [name for name in ask.NEEDED_MODULES if name in listed]


def reload_is_enough(layout: layouts.Layout) -> bool:
    """Whether a reload has Apache load what is announced.

    It is not where start_apache2 has not rendered the list by now, after a test: it will when Apache starts. Nor where
    it hands the modules over on the command line, as SLES 12 did at first.
    """
    rendered = drop_in.parse(transaction.read(_RENDERED).decode('latin-1')) if transaction.exists(_RENDERED) else {}
    return all(name in rendered for name in announced(layout) if layouts.module_file(layout, name, transaction.exists))


def start_is_pending(layout: layouts.Layout, properties: t.Dict[str, str]) -> bool:
    """Whether Apache was only reloaded since its list of modules changed, and a reload is not enough.

    Args:
        layout (Layout)
        properties (dict): of Apache's unit, from `_systemd.parse_show`.
    """
    changed_at = [transaction.modified(layout.enabling)]
    return not reload_is_enough(layout) and _systemd.restart_pending(properties, False, changed_at)
