# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reverting what is reverted already changes nothing."""

import json


def test_the_second_time_changed_nothing(server):
    first, second = (json.loads((server.state / f'runs/revert.run.{number}.json').read_text()) for number in (1, 2))
    assert server.host in {entry['host'] for entry in first if entry['changed']}
    assert [entry for entry in second if entry['changed']] == []
