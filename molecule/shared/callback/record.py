# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what a scenario's runs did, so that a test can hold check mode against the real run, and count."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__

DOCUMENTATION = """
name: record
type: aggregate
short_description: Record the tasks of a run for the scenarios' tests
description:
  - Writes one JSON file a run, C(converge.check.1.json), C(converge.run.1.json) and so on, into the folder
    named by E(OMK_RECORD). Does nothing without it.
options: {}
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'aggregate'
    CALLBACK_NAME = 'record'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._name = ''
        self._done = []

    def v2_playbook_on_start(self, playbook):
        self._name = Path(playbook._file_name).stem
        # The matrix of versions looks for this line: what a scenario ran on is not taken for granted.
        self._display.display(f'ansible-core {__version__} runs {self._name}')

    def v2_runner_on_ok(self, result):
        task = result.task if hasattr(result, 'task') else result._task
        host = result.host if hasattr(result, 'host') else result._host
        self._done.append(
            {
                'host': host.get_name(),
                'task': task.get_name().strip(),
                'action': task.resolved_action or task.action,
                'changed': result.is_changed(),
            }
        )

    def v2_playbook_on_stats(self, stats):
        if 'OMK_RECORD' not in os.environ:
            return
        folder = Path(os.environ['OMK_RECORD'])
        folder.mkdir(parents=True, exist_ok=True)
        kind = f'{self._name}.{"check" if context.CLIARGS.get("check") else "run"}'
        number = len(list(folder.glob(f'{kind}.*.json'))) + 1
        folder.joinpath(f'{kind}.{number}.json').write_text(json.dumps(self._done, indent=1) + '\n')
