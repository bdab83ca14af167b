# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What site.yml --check predicts of a pane is what a real run then makes of it: each cause, and several at once."""

import json

import pytest
from one_server import site
from test_causes import CAUSES, GENERIC, HEADER, WEBSOCKET

pytestmark = pytest.mark.exhaustive
NO_SETTING = ('"omkd_workers" : 4,\n      "websocket_proxy_port" : 443', '"omkd_workers" : 4')
MADE = {
    'apache_websocket_server_name': 'omk.test',
    'apache_websocket_certificate': '/etc/ssl/certs/omk.pem',
    'apache_websocket_certificate_key': '/etc/ssl/certs/omk.pem',
}
STATES = []


@pytest.fixture
def server(host):
    host.restore()
    yield host
    host.shell('rm -rf /var/lib/opmantek.omk /run/opmantek.omk /usr/local/omk/conf/opCommon.json.*')


def state(predicted, **variables):
    """Register a function that brings the host into a state, of which site.yml predicts a status."""

    def register(function):
        STATES.append(pytest.param(function, predicted, variables, id=function.__name__))
        return function

    return register


@state('green')
def all_that_the_run_cures(host):
    host.shell('a2dismod --quiet proxy_wstunnel headers')
    host.setting(*NO_SETTING, restart=False)
    host.site(GENERIC)


@state('yellow')
def no_rule_and_an_unknown_authority(host):
    host.certificate(ca='other-ca')
    host.setting(*NO_SETTING)
    host.site(GENERIC)


@state('yellow')
def no_rule_and_a_setting_that_is_overridden(host):
    host.write('/usr/local/omk/conf/conf.d/from_opha.json', '{"omkd": {"websocket_proxy_port": "80"}, "x": {"y": "z"}}')
    host.site(GENERIC)


@state('yellow')
def no_rule_and_access_denied(host):
    host.site(f'{HEADER}\n{GENERIC}\n<Location /en/omk/opCharts/events>\nRequire all denied\n</Location>')


@state('green')
def another_application_answers_with_a_redirect(host):
    host.impostor_behind(b'HTTP/1.1 302 Found\r\nLocation: https://omk.test/sign-in\r\nContent-Length: 0\r\n\r\n')
    host.site(f'{HEADER}\nProxyPass / http://127.0.0.1:8000/')


@state('green')
def another_server_answers_behind_apache(host):
    host.impostor_behind(b'HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n')
    host.site(f'{HEADER}\nProxyPass / http://127.0.0.1:8000/')


@state('yellow')
def an_apache_that_the_run_refuses(host):
    host.setting(*NO_SETTING)
    host.site(f'{HEADER}\n<Location /en>\nRedirect temp https://elsewhere.test/\n</Location>\n{WEBSOCKET}')


@state('yellow')
def a_setting_that_the_run_refuses(host):
    host.setting('"opcharts_events_max" : 50,', '"websocket_proxy_port" : "8042",')
    host.site(GENERIC)


@state('green', **MADE)
def a_virtualhost_to_be_made(host):
    host.shell('a2dissite --quiet omk && systemctl restart apache2')


@state('green', **MADE)
def a_virtualhost_to_be_made_where_nothing_listens(host):
    host.shell("a2dissite --quiet omk && sed -i 's/Listen 443/Listen 444/' /etc/apache2/ports.conf")
    host.shell('systemctl restart apache2')


@state('yellow')
def a_virtualhost_of_which_nothing_is_known(host):
    host.shell('a2dissite --quiet omk && systemctl restart apache2')


@state('green')
def a_green_pane_with_something_to_do(host):
    host.shell('sleep 1; touch /etc/apache2/sites-available/omk.conf')


@state('green')
def an_edit_that_was_interrupted(host):
    host.interrupt_edit()
    host.site(GENERIC)


@state('')
def an_interrupted_change_in_an_apache_that_is_broken(host):
    host.shell('mkdir -p /var/lib/opmantek.omk; echo Bogus >>/etc/apache2/apache2.conf')
    host.write('/var/lib/opmantek.omk/apache-websocket-proxy.json', '{"snapshots": []}')


def run(host, variables, *options):
    # Nothing here needs a minute to come up, and what stays yellow is tried for that long.
    patience = {'websocket_check_timeout': 3, 'omk_websocket_start_timeout': 20}
    return site(host, '-e', json.dumps({**patience, **variables}), *options)


def both(host, variables):
    """What check mode predicts, whether the pane is green after the real run, and what both said."""
    _code, said, predicted = run(host, variables, '--check')
    code, really, row = run(host, variables)
    assert (code == 0) == (row['status'] == 'green') and not row['predicted'], really
    return predicted['predicted'], row['status'] == 'green', said + really


@pytest.mark.parametrize(('produce', 'expected', 'variables'), STATES)
def test_in_a_mixed_state(server, produce, expected, variables):
    produce(server)
    predicted, is_green, said = both(server, variables)
    assert (predicted, is_green) == (expected, expected == 'green'), said


@pytest.mark.parametrize('produce', [pytest.param(case.values[2], id=case.id) for case in CAUSES])
def test_of_every_cause(server, produce):
    produce(server)
    predicted, is_green, said = both(server, {})
    assert predicted == ('green' if is_green else 'yellow'), said
