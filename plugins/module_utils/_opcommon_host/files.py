# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""opCommon on disk: which file it is, what overrides it, and one setting read or changed (private)."""

import binascii
import contextlib
import hashlib
import os
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._files import backups as copies
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, walk
from ansible_collections.opmantek.omk.plugins.module_utils._files.locked import Locked
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

# Of each section, by its name: the token before the first change of ours, and the last ones of ours.
_Sections = t.Dict[t.Optional[str], t.Dict[str, t.Any]]


def find(omk_base: str, path: t.Optional[str] = None) -> str:
    """Where opCommon is.

    Args:
        omk_base (str): where OMK is installed.
        path (str or None): the file itself, which then decides.

    Returns:
        str: ``conf/opCommon.json`` below the base, else ``conf/opCommon.nmis``.

    Raises:
        Problem: neither is there, or what is named is a folder.
    """
    if path:
        if os.path.isdir(path):
            cure = 'name the file itself in omk_websocket_opcommon_path (option opcommon_path)'
            raise Problem('this is a folder', path, cure=cure)
        return path
    conf = os.path.join(omk_base, 'conf')
    for name in ('opCommon.json', 'opCommon.nmis'):
        if os.path.lexists(os.path.join(conf, name)):
            return os.path.join(conf, name)
    raise Problem(
        'there is neither opCommon.json nor opCommon.nmis',
        conf,
        cure='correct omk_websocket_omk_base (option omk_base), or name the file itself in omk_websocket_opcommon_path '
        '(option opcommon_path)',
    )


def conf_d(path: str) -> t.List[str]:
    """The files (list of str) that override the main file, in the order in which the vendor's reader takes them.

    Raises:
        Problem: the folder is a link that is not followed: not even the names in another user's folder are told.
    """
    folder = os.path.join(os.path.dirname(path), 'conf.d')
    try:
        names = sorted(walk.names_in(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if name.endswith(('.json', '.nmis'))]


def overrides(path: str, name: str, timeout: float = 30) -> t.Tuple[t.List[t.Dict[str, t.Any]], t.List[str]]:
    """What the files of conf.d make of a setting.

    Args:
        path (str): the main file.
        name (str): the setting, as a bare name.
        timeout (float): seconds to wait for all of their locks together.

    Returns:
        tuple: the files that set it (list of dict: file, value; the last one counts), and warnings (list of str).
    """
    found, warnings = [], []
    deadline = time.monotonic() + timeout
    try:
        overriding = conf_d(path)
    except Problem as problem:
        return [], [f'What the files of conf.d override is not known: {problem}']
    for file in overriding:
        try:
            # Together: whoever owns the folder could keep any number of files locked.
            with Locked(file, timeout=max(0, deadline - time.monotonic())) as held:
                syntax = setting.syntax_of(file)
                reading = _reading(setting.read_document(held.content, syntax, main=False), file, name)
        except Problem as problem:
            warnings.append(f'What this file of conf.d overrides is not known: {problem.at(problem.path or file)}')
            continue
        if reading.found:
            found.append({'file': file, 'value': reading.value})
    return found, warnings


def read_setting(path: str, name: str, timeout: float = 30) -> t.Dict[str, t.Any]:
    """One setting and what becomes of it.

    Args:
        path (str): the main file.
        name (str): the setting, bare or ``/section/name``.
        timeout (float): seconds to wait for each lock.

    Returns:
        dict: value (str or None), section, source_file, line, effective_value, effective_source, problem (str or None),
        and warnings (list of str) about files of conf.d.

    Raises:
        Problem: the main file cannot be read.
    """
    return read_settings(path, [name], timeout)[name]


def read_settings(path: str, names: t.Iterable[str], timeout: float = 30) -> t.Dict[str, t.Dict[str, t.Any]]:
    """Several settings in one reading of the file: dict of name to what `read_setting` returns."""
    with _about(path), Locked(path, timeout=timeout) as held:
        try:
            document = setting.read_document(held.content, setting.syntax_of(path))
        except Problem as problem:
            if held.interrupted():
                problem.cure = 'an edit was interrupted here, and the next run of opcommon_setting recovers it'
            raise
    return {name: _described(document, path, name, timeout) for name in names}


def is_interrupted(path: str, timeout: float = 30) -> bool:
    """Whether an edit of the file was interrupted, so that the next one has something to recover."""
    with _about(path), Locked(path, timeout=timeout) as held:
        return held.interrupted()


def _described(document: setting.Document, path: str, name: str, timeout: float) -> t.Dict[str, t.Any]:
    section, bare = setting.names(name)
    result: t.Dict[str, t.Any] = dict.fromkeys(
        ('value', 'section', 'line', 'effective_value', 'effective_source', 'problem')
    )
    result['source_file'] = None
    try:
        reading = setting.read(document, bare, section)
    except Problem as problem:
        result['problem'] = str(problem)
    else:
        result['problem'] = reading.doubt and reading.doubt[0].upper() + reading.doubt[1:] + '.'
        if reading.found:
            result.update(
                value=reading.value,
                section=reading.section,
                source_file=path,
                line=reading.line,
                effective_value=reading.value,
                effective_source=path,
            )
    found, result['warnings'] = overrides(path, bare, timeout)
    if result['problem'] is None and reading.unseen:
        result['warnings'] = [f'{path}: {reading.unseen}.', *result['warnings']]
    if found:
        result.update(effective_value=found[-1]['value'], effective_source=found[-1]['file'])
    return result


def change(
    path: str,
    name: str,
    state: str,
    value: t.Optional[str] = None,
    section: str = 'omkd',
    backup: bool = False,
    check: bool = False,
    timeout: float = 30,
    records: str = records.FOLDER,
    backups: str = copies.FOLDER,
    change_id: t.Optional[str] = None,
) -> t.Dict[str, t.Any]:
    """Bring one setting into a state.

    Args:
        path (str): the main file.
        name (str): the setting, bare or ``/section/name``.
        state (str): present, absent, original (as it was before the first change of ours), or previous (as it was
            before the last one).
        value (str or None): for present.
        section (str): where a setting goes that is nowhere yet.
        backup (bool): whether to keep a copy before a change.
        check (bool): whether to change nothing and only tell.
        timeout (float): seconds to wait for the lock.
        records, backups (str): folders.
        change_id (str or None): for previous: the change to take back, and no other one.

    Returns:
        dict: changed (bool), section, previous_value, value (str or None each), backup_file (str or None), change (str
        or None: what identifies it), warnings (list of str).

    Raises:
        Problem: the file is as it was, unless the sentence says otherwise.
    """
    explicit, bare = setting.names(name)
    syntax = setting.syntax_of(path)
    with _about(path), Locked(path, write=True, exclusive=not check, timeout=timeout, journals=records) as held:
        said = _after_interruption(held, syntax, check, backups)
        document = setting.read_document(held.content, syntax)
        record = _Record(held.real_path, bare, records)
        before = setting.read(document, bare, explicit)
        if state == 'present':
            changed, doubt = setting.present(document, bare, value or '', explicit, section), before.doubt
        elif state == 'previous':
            changed, doubt = _previous(document, bare, explicit, record.last, change_id), None
        else:
            changed, doubt = _without_ours(document, state, bare, explicit, before, record.sections)
        after = setting.read(changed, bare, explicit)
        result = {
            'changed': changed.data != held.content,
            'section': after.section or before.section,
            'backup_file': None,
            'change': None,
            'previous_value': before.value,
            'value': after.value,
            'warnings': [f'{path}: {clause}.' for clause in (said, doubt, before.unseen) if clause],
        }
        if result['changed']:
            held.require_write()
        if not check:
            wanted = record.after(state, before, after, explicit, result['changed'])
            if result['changed']:
                kept = held.back_up(backups) if backup else None
                result['backup_file'] = kept
                result['warnings'] += _commit(held, changed.data, record, wanted, state == 'present', kept)
                result['change'] = (wanted['last'] or {}).get('id')
            else:
                result['warnings'] += record.try_to_keep(wanted)
    return result


def _commit(
    held: Locked,
    content: bytes,
    record: '_Record',
    wanted: t.Dict[str, t.Any],
    keep_first: bool,
    backup_file: t.Optional[str],
) -> t.List[str]:
    """Change the file and the record; warnings (list of str). What is to be undone later is recorded before."""
    before = record.standing
    try:
        if keep_first:
            record.keep(wanted)
        warning = held.rewrite(content)
    except (Problem, OSError):
        record.try_to_keep(before)
        if backup_file:
            with contextlib.suppress(OSError):
                os.unlink(backup_file)
        raise
    return ([f'{held.path}: {warning}.'] if warning else []) + record.try_to_keep(wanted)


def modified_at(path: str) -> t.List[float]:
    """Modification times (list of float, seconds) of the main file and of what overrides it."""
    times, overriding = [], []
    with contextlib.suppress(Problem):
        overriding = conf_d(path)
    for file in [path, os.path.join(os.path.dirname(path), 'conf.d'), *overriding]:
        with contextlib.suppress(OSError):
            times.append(os.stat(file).st_mtime)
    return times


@contextlib.contextmanager
def _about(path: str) -> t.Iterator[None]:
    """Problems of the pure packages, which know no file, get its name; what else the system refuses becomes one."""
    try:
        yield
    except OSError as error:
        raise Problem(f'the file cannot be processed ({error.strerror})', path) from error
    except Problem as problem:
        if problem.path:
            raise
        raise problem.at(path) from None


def _reading(document: setting.Document, file: str, name: str) -> setting.Reading:
    with _about(file):
        return setting.read(document, name)


def _after_interruption(held: Locked, syntax: t.Any, check: bool, backups: str) -> t.Optional[str]:
    if check:
        return 'an earlier edit was interrupted; a real run recovers it first' if held.interrupted() else None

    def is_valid(content: bytes) -> bool:
        try:
            setting.read_document(content, syntax)
        except Problem:
            return False
        return True

    with contextlib.suppress(OSError):
        os.unlink(held.unfinished_backup(backups))
    return held.recover(is_valid)


def _without_ours(
    document: setting.Document,
    state: str,
    name: str,
    section: t.Optional[str],
    before: setting.Reading,
    kept: _Sections,
) -> t.Tuple[setting.Document, t.Optional[str]]:
    """The file in the state absent or original, and a doubt (str or None)."""
    if state == 'absent':
        return setting.absent(document, name, section), None
    return _original(document, name, section, before, kept)


def _original(
    document: setting.Document, name: str, section: t.Optional[str], before: setting.Reading, kept: _Sections
) -> t.Tuple[setting.Document, t.Optional[str]]:
    """The file (Document) as it was before our first change, and a doubt (str or None)."""
    mine = kept.get(before.section or section)
    if mine is None and len(kept) == 1 and not before.found and section is None:
        mine = next(iter(kept.values()))
    if mine is None:  # never changed by us, or restored already
        return document, None
    if before.token in mine['wrote']:
        if mine['before'] is None:
            return setting.absent(document, name, section), None
        return setting.put_token(document, name, mine['before'], section), None
    if before.token == mine['before']:
        return document, None
    return document, 'somebody has changed the setting since this collection did; it is left as it is'


def _previous(document: t.Any, name: str, section: t.Any, last: t.Any, change_id: t.Optional[str]) -> t.Any:
    """The file (Document) as it was before our last change. Raises `Problem`: that is not for this run to take back."""
    if change_id is not None and change_id != (last or {}).get('id'):
        raise Problem(
            'another run has changed this setting since, so it is left as it is',
            cure='look at the host when no run is going on there; revert.yml undoes what all of them did',
        )
    if last is None:
        return document
    section = section or last['section']
    if setting.read(document, name, section).token != last['after']:
        raise Problem('somebody has changed this setting since, so it is left as it is', cure='set it yourself')
    if last['before'] is None:
        return setting.absent(document, name, section)
    return setting.put_token(document, name, last['before'], section)


class _Record:
    """What stood where this collection has changed one setting.

    `sections` has of each section the tokens before and of ours, `last` the last change: what identifies it, its
    section, the tokens before and after, and the sections before.
    """

    def __init__(self, path: str, name: str, folder: str) -> None:
        place = f'{path}\0{name}'
        self._key = 'opcommon-' + hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:16]
        self._folder = folder
        self._fields = {'path': path, 'name': name}
        found = records.read(self._key, folder) or {}
        self.standing = {'sections': found.get('sections', {}), 'last': found.get('last')}

    @property
    def sections(self) -> _Sections:
        return self.standing['sections']

    @property
    def last(self) -> t.Optional[t.Dict[str, t.Any]]:
        return self.standing['last']

    def after(
        self, state: str, before: setting.Reading, after: setting.Reading, section: t.Optional[str], changed: bool
    ) -> t.Dict[str, t.Any]:
        """What to remember after a run: sections and last."""
        if state == 'previous':
            return {'sections': self.last['sections'], 'last': None} if self.last else self.standing
        if state != 'present':
            left = {other: mine for other, mine in self.sections.items() if section is not None and other != section}
            return {'sections': left, 'last': None}
        mine = self.sections.get(after.section)
        if mine is None or before.token not in mine['wrote'] + [mine['before']]:
            mine = {'before': before.token, 'wrote': [after.token]}
        elif after.token not in mine['wrote']:
            mine = {'before': mine['before'], 'wrote': [*mine['wrote'], after.token][-2:]}
        last = self.last
        if changed:
            last = {
                'id': binascii.hexlify(os.urandom(8)).decode(),
                'section': after.section,
                'before': before.token,
                'after': after.token,
                'sections': self.sections,
            }
        return {'sections': dict(self.sections, **{after.section: mine}), 'last': last}

    def keep(self, wanted: t.Dict[str, t.Any]) -> None:
        """Write it down. Raises `Problem`."""
        if wanted == self.standing:
            return
        if wanted['sections']:
            records.write(self._key, dict(self._fields, **wanted), self._folder)
        else:
            records.forget(self._key, self._folder)
        self.standing = wanted

    def try_to_keep(self, wanted: t.Dict[str, t.Any]) -> t.List[str]:
        """Write it down where nothing depends on it: warnings (list of str)."""
        try:
            self.keep(wanted)
        except Problem as problem:
            return [str(problem)]
        return []
