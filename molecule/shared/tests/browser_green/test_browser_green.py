# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job, in Chromium: the Events pane is green, over wss on 443, and lists events."""

from browser import look
from servers import EVENTS


def test_the_pane_turns_green(server):
    pane = look(server, f'{server.host}-after.png')
    assert pane.state == 'green', pane
    assert 'green' in pane.text
    assert pane.url == f'wss://{server.name}:443{EVENTS}'
    assert pane.events >= 3
