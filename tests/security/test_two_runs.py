# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two playbooks on one real host at the same time, interleaved step by step; and what an admin changes meanwhile.

One does some of its steps, then another one all of its own, then the first one goes on and fails, at every step that it
has. It does not take back what the other one has done, what is left can be finished, and revert.yml undoes all of it.
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
#: The same tunnel, written in other ways.
OTHERS = ({'apache_websocket_idle_timeout': 600}, {'apache_websocket_idle_timeout': 900})
#: Before which steps of the failing run another one does all of its own. The first one's Apache side is left to it from
#: then on, so that the last two are apart.
PLACES = {
    'before the reload, and before the check that fails': ('Reload or restart Apache', 'Check from the controller too'),
    "before the setting, and in the rollback before Apache's side": (
        'Set the port that browsers use',
        "Restore Apache's files",
    ),
    'before and after the setting is taken back': ('Restore the setting', 'Restart OMK'),
    "when Apache's files are as they were": ("Restore Apache's modules",),
    "when Apache's side is as it was": ('Reload Apache',),
}


def told(run):
    """What a run says of the sides that it changed."""
    return next(iter(run.rows.values()))['changed']


def go_to(run, place):
    """Let a run go on until it waits before a step of that name; the first one does not count."""
    while not run.asked[1:] or not run.asked[-1].endswith(place):
        assert run.step(), (place, run.asked)


@pytest.mark.exhaustive
@pytest.mark.parametrize('places', PLACES.values(), ids=PLACES)
def test_a_run_that_fails_takes_back_nothing_of_another(server, playbook, places):
    before = files(server)
    failing = playbook('site.yml', FAILING, turns=True)
    for place, variables in zip(places, OTHERS):
        go_to(failing, place)
        stood = server.setting(PORT)
        other = playbook('site.yml', variables).end()
        assert other.code == 0, other.output
        assert 'Traceback' not in other.output
    failing.end()
    assert failing.code == 2, failing.output
    assert 'Traceback' not in failing.output
    # What the last one has changed itself stays.
    if 'Apache' in told(other):
        assert f'timeout={variables["apache_websocket_idle_timeout"]}' in server.run('cat', SITE), failing.output
    if stood is None:
        assert server.setting(PORT) == '443', failing.output
    # A run finishes whatever is there, and can be reverted.
    again = playbook('site.yml', variables).end()
    assert again.code == 0, again.output
    assert 'interrupted' not in again.output
    assert server.setting(PORT) == '443'
    back = playbook('revert.yml').end()
    assert back.code == 0, back.output
    assert files(server) == before


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
