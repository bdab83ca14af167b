# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the job, in Chromium: the page comes through Apache with TLS, its Events pane is yellow."""

from browser import look


def test_the_pane_is_yellow(server):
    pane = look(server, f'{server.host}-before.png')
    assert pane.state == 'yellow', pane
    assert 'yellow' in pane.text
    assert pane.events == 0
