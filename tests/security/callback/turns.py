# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has a run wait for its turn before each step that touches the host, so that a test can interleave two runs."""

from __future__ import annotations

import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: turns
type: aggregate
short_description: Wait for a turn before each step
description:
  - Writes a line with the task's name to the pipe E(OMK_TURNS_ASK) before each task of a module that works on the host,
    and goes on when it has read a line from the pipe E(OMK_TURNS_GO), or its end. Does nothing without them.
options: {}
"""
ON_THE_HOST = 'opmantek.omk.'


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'aggregate'
    CALLBACK_NAME = 'turns'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._ask = self._go = None
        if 'OMK_TURNS_ASK' in os.environ:
            self._ask = os.open(os.environ['OMK_TURNS_ASK'], os.O_WRONLY)
            self._go = os.open(os.environ['OMK_TURNS_GO'], os.O_RDONLY)

    def v2_playbook_on_task_start(self, task, is_conditional):
        if self._ask is not None and str(getattr(task, 'resolved_action', None) or task.action).startswith(ON_THE_HOST):
            os.write(self._ask, task.get_name().strip().encode() + b'\n')
            os.read(self._go, 1)

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)
