# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the job: a real host of the field, and its pane is yellow."""

import pytest
import websocket
from events import listen


def test_the_tunnel_does_not_answer(server):
    with pytest.raises((websocket.WebSocketBadStatusException, ConnectionError)) as refused:
        listen(server)
    if server.site == 'plain':
        assert refused.type is ConnectionRefusedError
    else:
        assert refused.value.status_code == 404
        assert refused.value.resp_headers['server'] == 'Mojolicious (Perl)'


def test_omk_itself_streams_events(server):
    events = listen(server, 'ws', 8042, count=2)
    assert [event['node'] for event in events] == ['core-router1', 'core-router1']
    assert events[1]['id'] > events[0]['id']
