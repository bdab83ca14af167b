# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of joined_report: reports are files of the controller."""

import glob
import os
import shutil
import typing

from ansible.utils.display import Display
from ansible_collections.opmantek.omk.plugins.plugin_utils import _board, _report_files
from ansible_collections.opmantek.omk.plugins.plugin_utils._action import OnController

HOW = 'Name them in omk_reports (in a task of your own: reports), such as -e omk_reports=a/report.json,b/report.json'


class ActionModule(OnController):
    """See the module."""

    OPTIONS: typing.ClassVar = {
        'reports': {'type': 'list', 'elements': 'str', 'required': True},
        'report_dir': {'type': 'path', 'default': 'omk-report-joined'},
        'junit': {'type': 'bool', 'default': False},
    }

    def _answer(self, options, task_vars):
        folder = options['report_dir']
        try:
            paths = _paths(options['reports'], folder)
            report = _board.join([_report_files.read(path) for path in paths])
            if not self._task.check_mode:
                _report_files.write(folder, report, options['junit'])
        except ValueError as error:
            return {'failed': True, 'msg': f'{error}. Nothing was written.'}
        except OSError as error:
            text = f'The report could not be written to {folder}: {error.strerror or error}.'
            return {'failed': True, 'msg': text}
        lines = _board.to_terminal(report, lambda text, _status: text, shutil.get_terminal_size((100, 24)).columns)
        for line in lines:
            Display().display(line)
        page = os.path.abspath(os.path.join(folder, _report_files.PAGE))
        return {'changed': True, 'page': page, 'counts': report['counts']}


def _paths(wanted, folder):
    """The files (list of str) that are meant; each once, in their order.

    Raises:
        ValueError: there is none, or it would be overwritten; the message is a sentence without its full stop.
    """
    found = {}
    for one in filter(None, map(str.strip, wanted)):
        matches = sorted(glob.glob(os.path.expanduser(one)))
        if not matches:
            raise ValueError(f'There is no report {one}. {HOW}')
        for path in matches:
            file = _file(path)
            found[os.path.realpath(file)] = file
    if not found:
        raise ValueError(f'No report was given. {HOW}')
    if os.path.realpath(os.path.join(folder, _report_files.DATA)) in found:
        raise ValueError(
            f'{folder} holds one of the reports that are to be joined. Give another folder in omk_report_dir'
        )
    return list(found.values())


def _file(path):
    """The report.json (str) that a path means: itself, or that in a folder, or that of the last run in it."""
    if not os.path.isdir(path):
        return path
    file = os.path.join(path, _report_files.DATA)
    last = _report_files.latest(path)
    return os.path.join(last, _report_files.DATA) if last and not os.path.exists(file) else file
