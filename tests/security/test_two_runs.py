# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two playbooks on one real host at the same time, interleaved step by step; and what an admin changes meanwhile.

One does some of its steps, then the other one all of its own, then the first one goes on and fails. It does not take
back what the other one has done, what is left can be finished, and revert.yml undoes all of it.
"""

import pytest
from runs import files

PORT, SITE = 'websocket_proxy_port', '/etc/apache2/sites-available/omk.conf'
# Turns the pane green for the host itself, and then does not find it so from the controller, which knows no such
# authority: what it changed is rolled back.
FAILING = {
    'websocket_check_from': 'controller',
    'websocket_check_ca_path': '/etc/ssl/certs/ca-certificates.crt',
    'websocket_check_timeout': 2,
    'websocket_check_server_name': 'omk.example.com',
    'omk_websocket_start_timeout': 10,
}
# The same tunnel, written in another way.
OTHER = {'apache_websocket_idle_timeout': 600}
# Later, the other run finds the setting in place and has not changed it.
STEPS = range(1, 5)


def told(run):
    """What a run says of the sides that it changed."""
    return next(iter(run.rows.values()))['changed']


def interleaved(first, second, steps):
    """Let the first do so many steps, then the second all, then the first the rest."""
    for _step in range(steps):
        first.step()
    second.end()
    return first.end(), second


def check_the_end(server, playbook, before):
    """A run finishes whatever is there, the next one has nothing to do, and there is a way back."""
    again = playbook('site.yml', OTHER).end()
    assert again.code == 0, again.output
    assert 'interrupted' not in again.output
    assert server.setting(PORT) == '443'
    back = playbook('revert.yml').end()
    assert back.code == 0, back.output
    assert files(server) == before


@pytest.mark.exhaustive
@pytest.mark.parametrize('steps', STEPS)
def test_a_run_that_fails_takes_back_nothing_of_another(server, playbook, steps):
    before = files(server)
    failing, other = interleaved(playbook('site.yml', FAILING, turns=True), playbook('site.yml', OTHER), steps)
    assert failing.code == 2, failing.output
    assert other.code == 0, other.output
    assert 'Traceback' not in failing.output + other.output
    site = server.run('cat', SITE)
    if 'Apache' in told(other):
        assert 'timeout=600' in site, failing.output
    if 'OMK' in told(other):
        assert server.setting(PORT) == '443', failing.output
    check_the_end(server, playbook, before)


@pytest.mark.parametrize('server', ['omk-security-made'], indirect=True)
def test_revert_keeps_what_an_admin_has_changed_in_a_virtualhost_that_was_made(server, playbook):
    before, path = files(server), '/etc/apache2/sites-available/opmantek-omk.conf'
    assert playbook('site.yml').end().code == 0
    made = server.run('cat', path)
    edited = made.replace('</VirtualHost>', '    Header set X-By-An-Admin yes\n</VirtualHost>')
    server.run('tee', path, stdin=edited)
    for _turn in range(2):
        back = playbook('revert.yml').end()
        assert back.code == 0, back.output
        assert f'{path.replace("available", "enabled")} was made by this collection and has been changed' in ' '.join(
            back.output.split()
        )
        assert server.run('cat', path) == edited
    assert server.setting(PORT) is None
    server.run('tee', path, stdin=made)
    back = playbook('revert.yml').end()
    assert back.code == 0, back.output
    assert files(server) == before
