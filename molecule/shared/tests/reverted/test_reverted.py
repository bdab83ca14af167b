# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job and its undoing: every file as before, and the pane works over ws again."""

from events import listen

LASTING = ("mode", "owner", "sha256", "target")


def essence(snapshot):
    """The snapshot without what a rewritten file cannot get back, and without the backups."""
    return {
        path: {key: entry[key] for key in LASTING if key in entry}
        for path, entry in snapshot.items()
        if not path.startswith("/var/backups")
    }


def test_every_file_is_as_before(server):
    assert essence(server.snapshot()) == essence(server.before)


def test_browsers_are_sent_to_omk_itself_again(server):
    assert server.setting("websocket_proxy_port") in (None, 8042)


def test_events_arrive_over_ws(server):
    assert len(listen(server, "ws", 8042, count=2)) == 2
