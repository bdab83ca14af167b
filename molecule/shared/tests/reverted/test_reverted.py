# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job and its undoing: every file as before, and the pane works over ws again."""

from events import listen
from runs import essence, files


def test_every_file_is_as_before(server):
    assert files(server) == essence(server.before)


def test_browsers_are_sent_to_omk_itself_again(server):
    assert server.setting('websocket_proxy_port') in (None, 8042)


def test_events_arrive_over_ws(server):
    assert len(listen(server, 'ws', 8042, count=2)) == 2
