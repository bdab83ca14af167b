# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report, on the controller (private to the collection)."""

import json
import os
import re
import tempfile
import typing as t

from ansible_collections.opmantek.omk.plugins.plugin_utils import _board

PAGE, DATA, TABLE, JUNIT = 'index.html', 'report.json', 'report.csv', 'junit.xml'
LARGEST = 1 << 28  # bytes of a report.json; 10,000 hosts are about 5 MB
_HERE = os.path.dirname(os.path.abspath(__file__))


def write(folder: str, report: t.Dict[str, t.Any], junit: bool = False) -> str:
    """Write a report (dict, from `_board`) into a folder, which is made if it is not there.

    Args:
        folder: of the files; what stands there of an older report is replaced.
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


def before(folder: str) -> t.Optional[t.Dict[str, t.Any]]:
    """The report (dict) that stands in a folder, or None where there is none that can be read."""
    try:
        return read(os.path.join(folder, DATA))
    except ValueError:
        return None


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
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
