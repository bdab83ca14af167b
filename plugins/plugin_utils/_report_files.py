# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report, on the controller (private to the collection)."""

import errno
import json
import os
import re
import shutil
import tempfile
import typing as t

from ansible_collections.opmantek.omk.plugins.plugin_utils import _board

PAGE, DATA, TABLE, JUNIT = 'index.html', 'report.json', 'report.csv', 'junit.xml'
LATEST = 'latest'
"""The link to the folder of the last run's report."""

KEPT = 50
"""Reports that are kept of earlier runs and this one, where nobody says how many."""

LARGEST = 1 << 28  # bytes of a report.json; 10,000 hosts are about 5 MB
# A folder of one run: its end in UTC, its playbook, its job if it is one of AWX, a number where that is taken.
_RUN = re.compile('[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9-]+')
_HERE = os.path.dirname(os.path.abspath(__file__))


def write(folder: str, report: t.Dict[str, t.Any], junit: bool = False) -> str:
    """Write a report (dict, from `_board`) into a folder, which is made if it is not there.

    Args:
        folder: of the files, and of no other run; what stands there of an older report is replaced.
        junit: whether to write it for JUnit's readers, too.

    Returns:
        The path of the page.

    Raises:
        OSError: it cannot be written.
    """
    page = os.path.join(folder, PAGE)
    os.makedirs(folder, exist_ok=True)
    _replace(os.path.join(folder, DATA), _board.to_json(report))
    _replace(os.path.join(folder, TABLE), _board.to_csv(report))
    if junit:
        _replace(os.path.join(folder, JUNIT), _board.to_junit(report))
    _replace(page, _board.to_html(report, _asset('html.j2'), _asset('css'), _asset('js'), documentation()))
    return page


def read(path: str) -> t.Dict[str, t.Any]:
    """The report (dict) in a file.

    Raises:
        ValueError: it is none, or cannot be read; the message is a sentence without its full stop.
    """
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read(LARGEST)
    except OSError as error:
        raise ValueError(f'{path} cannot be read: {error.strerror or error}') from None
    except UnicodeDecodeError:
        raise ValueError(f'{path} is not JSON; give a report.json that a run has written') from None
    try:
        return _board.read(text)
    except ValueError as error:
        raise ValueError(f'{path} {error}') from None


def add(
    folder: str, report: t.Dict[str, t.Any], keep: int = KEPT, junit: bool = False, job: str = ''
) -> t.Tuple[str, t.List[str]]:
    """Write the report of a run into a folder of its own, which appears as a whole, and have `latest` lead to it.

    Runs that end at the same time do not touch each other's reports, nor does a run touch what is no report.

    Args:
        folder: in which the folders of all runs are; it is made if it is not there.
        report: from `_board`.
        keep: how many reports stay, this one included: older ones are removed. 0 keeps them all.
        junit: whether to write it for JUnit's readers, too.
        job: number of the job in AWX, or empty.

    Returns:
        The path of the page, and sentences about what else could not be done, without their full stops.

    Raises:
        OSError: the report cannot be written; nothing of it stays.
    """
    os.makedirs(folder, exist_ok=True)
    temporary = tempfile.mkdtemp(dir=folder, prefix='.report-')
    try:
        write(temporary, report, junit)
        os.chmod(temporary, 0o777 & ~_mask())
        name = _place(temporary, folder, _name(report, job))
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    problems = []
    try:
        _lead(folder, name)
    except OSError as error:
        problems.append(f'{os.path.join(folder, LATEST)} does not lead to this report: {error.strerror or error}')
    try:
        _remove_old(folder, keep, name)
    except OSError as error:
        problems.append(f'Older reports in {folder} could not be removed: {error.strerror or error}')
    return os.path.join(folder, name, PAGE), problems


def latest(folder: str) -> t.Optional[str]:
    """The folder of the last run's report, of all that are in a folder, or None."""
    try:
        name = os.readlink(os.path.join(folder, LATEST))
    except OSError:
        return None
    # A link to anywhere else is none of ours.
    path = os.path.join(folder, name)
    return path if _RUN.fullmatch(name) and os.path.isdir(path) and not os.path.islink(path) else None


def before(folder: str) -> t.Optional[t.Dict[str, t.Any]]:
    """The report (dict) of the last run, or None where there is none that can be read."""
    last = latest(folder)
    path = os.path.join(last or '', DATA)
    # A pipe would be waited for.
    if last is None or os.path.islink(path) or not os.path.isfile(path):
        return None
    try:
        return read(path)
    except ValueError:
        return None


def _name(report: t.Dict[str, t.Any], job: str) -> str:
    playbook = re.sub('[^A-Za-z0-9]+', '-', os.path.splitext(report['playbook'].partition(',')[0])[0]).strip('-')
    ended = re.sub('[^0-9TZ]', '', report['ended_at'])
    return f'{ended}-{playbook[:40] or "run"}' + (f'-job{job}' if job.isdecimal() else '')


def _place(temporary: str, folder: str, name: str) -> str:
    """Give a folder its name, or the next that is free; returns it."""
    free, number = name, 1
    while True:
        try:
            # Over a folder that holds something, the system renames none.
            os.rename(temporary, os.path.join(folder, free))
            return free
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
        number += 1
        free = f'{name}-{number}'


def _lead(folder: str, name: str) -> None:
    link = os.path.join(folder, LATEST)
    if os.path.lexists(link) and not os.path.islink(link):
        raise FileExistsError(errno.EEXIST, 'something that is no link is there; move it away')
    made = os.path.join(folder, f'.{LATEST}-{name}')  # as unique as the name of the run
    os.symlink(name, made)
    try:
        os.replace(made, link)
    except OSError:
        os.unlink(made)
        raise


def _remove_old(folder: str, keep: int, mine: str) -> None:
    runs = sorted(name for name in os.listdir(folder) if _RUN.fullmatch(name))
    stay = {mine, os.path.basename(latest(folder) or '')}
    for name in runs[: max(len(runs) - keep, 0)] if keep else []:
        if name not in stay:
            _remove(os.path.join(folder, name))


def _remove(path: str) -> None:
    """Remove the folder of a run, unless it holds what no run has put there."""
    try:
        if os.path.islink(path) or set(os.listdir(path)) - {PAGE, DATA, TABLE, JUNIT}:
            return
        for name in os.listdir(path):
            os.unlink(os.path.join(path, name))
        os.rmdir(path)
    except (FileNotFoundError, NotADirectoryError):  # another run was faster, or it is no folder
        return


def documentation() -> str:
    """The address of the folder docs, from what the collection says of itself; empty when it names none."""
    root = os.path.dirname(os.path.dirname(_HERE))
    try:
        with open(os.path.join(root, 'MANIFEST.json'), encoding='utf-8') as manifest:
            said = json.load(manifest)['collection_info'].get('documentation')
    except (OSError, ValueError, LookupError):  # a checkout
        try:
            with open(os.path.join(root, 'galaxy.yml'), encoding='utf-8') as galaxy:
                found = re.search(r'^documentation: *(\S+)', galaxy.read(), re.MULTILINE)
        except OSError:
            return ''
        said = found.group(1) if found else ''
    return str(said or '')


def _asset(kind: str) -> str:
    with open(os.path.join(_HERE, '_board.' + kind), encoding='utf-8') as asset:
        return asset.read()


def _replace(path: str, text: str) -> None:
    """Write a file as a whole: nobody ever sees a half-written one."""
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix='.report-')
    try:
        with os.fdopen(descriptor, 'w', encoding='utf-8', newline='') as out:
            out.write(text)
        os.chmod(temporary, 0o666 & ~_mask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
