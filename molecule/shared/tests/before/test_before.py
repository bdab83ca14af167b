# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the job: a real host of the field, and its pane is yellow."""

import os
import subprocess

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


def test_the_host_has_the_python_that_ansible_is_to_use(server):
    """The interpreter that dev/matrix names, or the host's own."""
    named = os.environ.get('OMK_HOST_PYTHON')
    program = ['-c', 'import sys; print(sys.version)']
    said = server.run('/usr/libexec/platform-python' if named else '/usr/bin/python3', *program)
    assert said.startswith('3.')
    if named:
        assert said == subprocess.check_output([named, *program], text=True)
