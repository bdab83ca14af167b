# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What site.yml --check predicts of a pane is what a real run then makes of it: each cause, and several at once.

Some hosts at a time, each in a state of its own: a run of several costs the controller little more than one of one.
"""

import re
import subprocess
from typing import NamedTuple

import pytest
from one_server import sites
from test_causes import CAUSES, GENERIC, HEADER, WEBSOCKET

pytestmark = pytest.mark.exhaustive
NO_SETTING = ('"omkd_workers" : 4,\n      "websocket_proxy_port" : 443', '"omkd_workers" : 4')
MADE = {
    'apache_websocket_server_name': 'omk.test',
    'apache_websocket_certificate': '/etc/ssl/certs/omk.pem',
    'apache_websocket_certificate_key': '/etc/ssl/certs/omk.pem',
}
STATES = []
AT_ONCE = 6
# Nothing here needs a minute to come up, and what stays yellow is tried for that long.
PATIENCE = {'websocket_check_timeout': 3, 'omk_websocket_start_timeout': 20}


class Outcome(NamedTuple):
    """What became of a host."""

    predicted: str
    is_green: bool
    #: What both runs printed, of all the hosts beside it, too.
    said: str


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


def outcomes(hosts, cases):
    """Bring each host into a state, and see what check mode predicts of it and what a real run makes of it.

    Args:
        hosts (list of Host): as many as there are cases.
        cases (list): (function, variables) each.

    Returns:
        list: an `Outcome` each, or the error of a state that could not be reached.
    """
    found, states = {}, {}
    for host, (produce, variables) in zip(hosts, cases):
        try:
            host.shell('rm -rf /var/lib/opmantek.omk /run/opmantek.omk')
            host.restore()
            produce(host)
            states[host] = {**PATIENCE, **variables}
        except (AssertionError, subprocess.SubprocessError) as error:
            found[host] = error
    if states:
        _code, said, predicted = sites(states, '--check')
        _code, really, rows = sites(states)
        for host, row in rows.items():
            [failures] = re.findall(rf'^{re.escape(host.container)} .* failed=([0-9]+)', really, re.MULTILINE)
            assert (failures == '0') == (row['status'] == 'green') and not row['predicted'], really
            found[host] = Outcome(predicted[host]['predicted'], row['status'] == 'green', said + really)
    return [found[host] for host in hosts]


def case_of(item):
    """What `outcomes` wants to know of a test (function, variables)."""
    return item.callspec.params['produce'], item.callspec.params.get('variables', {})


@pytest.fixture(scope='session')
def outcome_of(request, make_hosts):
    """Gives the outcome of a test, of some tests at a time."""
    waiting = [item for item in request.session.items if 'outcome' in getattr(item, 'fixturenames', ())]
    hosts, known = make_hosts(min(AT_ONCE, len(waiting))), {}

    def outcome(item):
        while item not in known:
            now = [waiting.pop(0) for _host in hosts[: len(waiting)]]
            known.update(zip(now, outcomes(hosts[: len(now)], [case_of(one) for one in now])))
        if isinstance(known[item], Exception):
            raise known[item]
        return known[item]

    return outcome


@pytest.fixture
def outcome(request, outcome_of):
    return outcome_of(request.node)


@pytest.mark.parametrize(('produce', 'expected', 'variables'), STATES)
def test_in_a_mixed_state(outcome, produce, expected, variables):
    assert (outcome.predicted, outcome.is_green) == (expected, expected == 'green'), outcome.said


@pytest.mark.parametrize('produce', [pytest.param(case.values[2], id=case.id) for case in CAUSES])
def test_of_every_cause(outcome, produce):
    assert outcome.predicted == ('green' if outcome.is_green else 'yellow'), outcome.said
