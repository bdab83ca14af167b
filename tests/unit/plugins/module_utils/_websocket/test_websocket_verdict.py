# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import re

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.verdict import (
    REASONS,
    judge,
    judge_probe,
    may_pass,
)

PATH = '/en/omk/opCharts/events/log'


def probe(error=None, **facts):
    seen = dict.fromkeys(('http_status', 'server', 'location', 'login', 'login_form', 'accept_ok', 'handshake_ms',
                          'tls', 'close_code', 'detail'))
    stage = 'open' if error in (None, 'no_event') else 'http'
    seen.update(url='wss://omk.example.com' + PATH, address='192.0.2.7:443', stage=stage, error=error, events=0)
    if error is None:
        seen.update(http_status=101, accept_ok=True, server='Mojolicious (Perl)')
    seen.update(facts)
    return seen


def http(status, server='Apache/2.4.68 (Debian)', **facts):
    return probe('not_upgraded', http_status=status, server=server, **facts)


def certificate(days_left=90, trusted=True):
    return {'protocol': 'TLSv1.3', 'cipher': 'X', 'subject': 'CN=omk', 'issuer': 'CN=CA', 'names': ['omk.example.com'],
            'not_before': '2026-01-01T00:00:00Z', 'not_after': '2026-12-31T23:59:59Z', 'days_left': days_left,
            'trusted': trusted}


OMK = 'Mojolicious (Perl)'
OPEN = probe(tls=certificate())
DIRECT = probe(url='ws://localhost:8042' + PATH, address='127.0.0.1:8042')
DEAD = probe('tcp_refused', url='ws://localhost:8042' + PATH, address='127.0.0.1:8042', detail='connection refused')


def setting(**changes):
    facts = {'name': 'websocket_proxy_port', 'expected': '443', 'value': '443', 'effective_value': '443', 'line': 7,
             'source': '/o/conf/opCommon.json', 'effective_source': '/o/conf/opCommon.json', 'problem': None,
             'ambiguous': None}
    return dict(facts, **changes)


def apache(**changes):
    facts = {'active': True, 'restart_needed': False, 'effective': True, 'reason': None, 'detail': None,
             'file': '/etc/apache2/omk.conf', 'line': 12, 'problem': None, 'missing_modules': []}
    return dict(facts, **changes)


OMKD = {'active': True, 'restart_needed': False}

CASES = [
    # one probe
    ('green', {'tunnel': OPEN}),
    ('green', {'direct': DIRECT}),
    ('dns_failed', {'tunnel': probe('dns_failed')}),
    ('dns_failed', {'direct': probe('dns_failed')}),
    ('tcp_refused', {'tunnel': probe('tcp_refused')}),
    ('tcp_timeout', {'tunnel': probe('tcp_timeout')}),
    ('tcp_unreachable', {'tunnel': probe('tcp_unreachable')}),
    ('tls_not_spoken', {'tunnel': probe('tls_not_spoken')}),
    ('tls_client_certificate_wanted', {'tunnel': probe('tls_client_certificate_wanted')}),
    ('tls_expired', {'tunnel': probe('tls_expired', tls=certificate(-3, False))}),
    ('tls_not_yet_valid', {'tunnel': probe('tls_not_yet_valid')}),
    ('tls_name_mismatch', {'tunnel': probe('tls_name_mismatch')}),
    ('tls_untrusted', {'tunnel': probe('tls_untrusted')}),
    ('tls_protocol', {'tunnel': probe('tls_protocol')}),
    ('tls_failed', {'tunnel': probe('tls_failed')}),
    ('generic_rule_won', {'tunnel': http(404, OMK)}),
    ('not_proxied', {'tunnel': http(404)}),
    ('not_proxied', {'tunnel': http(404, None)}),
    ('backend_down', {'tunnel': http(503)}),
    ('no_handler', {'tunnel': http(500)}),
    ('gateway_failed', {'tunnel': http(502)}),
    ('gateway_failed', {'tunnel': http(504)}),
    ('access_denied', {'tunnel': http(401)}),
    ('access_denied', {'tunnel': http(403)}),
    ('redirected', {'tunnel': http(301, location='https://other.example/')}),
    ('redirected', {'tunnel': http(302, location='https://portal.example/login')}),
    ('rewritten_page', {'tunnel': http(200, login_form=False)}),
    ('rewritten_page', {'tunnel': http(200, login_form=True)}),
    ('another_server', {'tunnel': http(404, 'nginx')}),
    ('another_server', {'tunnel': http(200, 'BigIP', login_form=True)}),
    ('http_other', {'tunnel': http(400)}),
    ('omk_error', {'tunnel': http(500, OMK)}),
    ('omk_error', {'tunnel': http(302, OMK, location='/en/omk/opCharts')}),
    ('not_websocket_server', {'tunnel': probe('accept_wrong', http_status=101)}),
    ('protocol_error', {'tunnel': probe('protocol_error')}),
    ('protocol_error', {'tunnel': probe('an error of a later version')}),
    ('connection_closed', {'tunnel': probe('closed')}),
    ('timeout', {'tunnel': probe('timeout')}),
    ('login_required', {'tunnel': http(302, OMK, location='/en/omk/opCharts/login')}),
    ('login_required', {'tunnel': http(302, None, location='/en/omk/opCharts/login')}),
    ('login_required', {'tunnel': http(401, OMK)}),
    ('login_required', {'tunnel': http(403, OMK)}),
    ('login_required', {'tunnel': http(200, OMK, login_form=True)}),
    ('login_failed', {'tunnel': http(401, OMK, login='OMK does not accept the user name and password')}),
    ('login_failed', {'tunnel': http(401, OMK, login='done')}),
    ('no_event', {'tunnel': probe('no_event')}),
    ('omk_down', {'direct': DEAD}),
    ('omk_refuses_websocket', {'direct': http(404, OMK)}),
    ('login_required', {'direct': http(401, OMK)}),

    # nothing, or not enough
    ('not_checked', {}),
    ('not_checked', {'setting': setting(), 'omkd': OMKD}),
    ('not_checked', {'setting': setting(), 'omkd': OMKD, 'direct': DIRECT}),

    # the setting
    ('green', {'setting': setting(), 'omkd': OMKD, 'apache': apache(), 'direct': DIRECT, 'tunnel': OPEN}),
    ('opcommon_unreadable', {'setting': setting(problem='opCommon.json, line 3: it is not JSON.'), 'tunnel': OPEN}),
    ('setting_ambiguous', {'setting': setting(ambiguous='It is in omkd and opcharts.'), 'tunnel': OPEN}),
    ('setting_missing', {'setting': setting(value=None, effective_value=None, effective_source=None), 'tunnel': OPEN}),
    ('setting_wrong', {'setting': setting(value='8042', effective_value='8042'), 'tunnel': OPEN}),
    ('setting_overridden', {'setting': setting(effective_value='8042', effective_source='/o/conf/conf.d/x.json'),
                            'tunnel': OPEN}),
    ('green', {'setting': setting(value=443, effective_value=443), 'tunnel': OPEN}),
    ('omkd_restart_owed', {'setting': setting(), 'omkd': {'active': True, 'restart_needed': True}, 'tunnel': OPEN}),
    ('setting_missing', {'setting': setting(value=None, effective_value=None),
                         'omkd': {'active': True, 'restart_needed': True}, 'tunnel': OPEN}),

    # Apache, beside what the client saw
    ('apache_broken_configuration', {'apache': apache(problem='x.conf, line 1: no such directive.'),
                                     'tunnel': http(404)}),
    ('apache_down', {'apache': apache(active=False), 'tunnel': probe('tcp_refused')}),
    ('apache_down', {'apache': apache(active=False)}),
    ('port_not_served', {'apache': apache(), 'tunnel': probe('tcp_refused')}),
    ('tcp_refused', {'apache': apache(active=None), 'tunnel': probe('tcp_refused')}),
    ('module_missing', {'apache': apache(missing_modules=['proxy_wstunnel']), 'tunnel': http(500)}),
    ('vhost_missing', {'apache': apache(effective=False, reason='vhost_missing'), 'tunnel': http(404)}),
    ('vhost_ambiguous', {'apache': apache(effective=False, reason='vhost_ambiguous'), 'tunnel': http(404)}),
    ('path_excluded', {'apache': apache(effective=False, reason='path_excluded'), 'tunnel': http(404)}),
    ('generic_rule_won', {'apache': apache(effective=False, reason='generic_rule_won'), 'tunnel': http(404, OMK)}),
    ('not_proxied', {'apache': apache(effective=False, reason='something new')}),
    ('not_proxied', {'apache': apache(effective=False, reason='forwarded_proto_missing'), 'tunnel': http(404)}),
    ('forwarded_proto_missing', {'apache': apache(effective=False, reason='forwarded_proto_missing'), 'tunnel': OPEN}),
    ('forwarded_proto_missing', {'apache': apache(effective=False, reason='forwarded_proto_missing'), 'tunnel': OPEN,
                                 'setting': setting(value='1', effective_value='1')}),
    ('green', {'apache': apache(problem='x.conf, line 1: no such directive.'), 'tunnel': OPEN}),
    ('apache_restart_owed', {'apache': apache(restart_needed=True), 'tunnel': http(404)}),
    ('tls_expired', {'apache': apache(restart_needed=True), 'tunnel': probe('tls_expired')}),
    ('green', {'apache': apache(effective=False, reason='path_excluded'), 'tunnel': OPEN}),
    ('green', {'apache': apache(active=False, restart_needed=True), 'tunnel': OPEN}),

    # OMK, beside what the client saw through Apache
    ('omk_down', {'direct': DEAD, 'tunnel': http(503)}),
    ('omk_down', {'omkd': {'active': False, 'restart_needed': False}, 'tunnel': http(503)}),
    ('wrong_backend', {'direct': DIRECT, 'tunnel': http(503)}),
    ('green', {'direct': DEAD, 'tunnel': OPEN}),
    ('green', {'omkd': {'active': False, 'restart_needed': False}, 'tunnel': OPEN}),
    ('omk_refuses_websocket', {'direct': http(404, OMK, address='127.0.0.1:8042'), 'tunnel': http(404, OMK)}),
    ('omk_refuses_websocket', {'direct': probe('timeout'), 'tunnel': http(504)}),
    ('generic_rule_won', {'direct': DIRECT, 'tunnel': http(404, OMK)}),

    # what comes first
    ('not_proxied', {'setting': setting(value=None, effective_value=None), 'tunnel': http(404)}),
    ('setting_missing', {'setting': setting(value=None, effective_value=None), 'tunnel': http(401, OMK)}),
    ('omk_down', {'setting': setting(value='1', effective_value='1'), 'direct': DEAD, 'tunnel': probe('dns_failed')}),
]


@pytest.mark.parametrize('code, observations', CASES)
def test_judge(code, observations):
    verdict = judge(observations)
    assert verdict['reason'] == code
    assert verdict['status'] == ('green' if code == 'green' else 'yellow')
    assert verdict['advice'] and '{' not in verdict['advice'] and 'None' not in verdict['advice']


def test_every_reason_is_reached():
    assert {code for code, _observations in CASES} == {reason.code for reason in REASONS}


def test_codes_are_unique_and_complete():
    codes = [reason.code for reason in REASONS]
    assert len(codes) == len(set(codes))
    assert codes[-1] == 'green'
    for reason in REASONS:
        assert re.match('^[a-z]+(_[a-z0-9]+)*$', reason.code)
        assert reason.seen and reason.cause
        assert reason.advice[0].isupper()
        assert re.search(r'(\.|: \{\w+\}|\. \{\w+\})$', reason.advice)


@pytest.mark.parametrize('code, observations, words', [
    ('tls_expired', {'tunnel': probe('tls_expired', tls=certificate(-3, False))}, '2026-12-31'),
    ('tls_name_mismatch', {'tunnel': probe('tls_name_mismatch', tls=certificate())}, 'omk.example.com'),
    ('generic_rule_won', {'tunnel': http(404, OMK), 'apache': apache(effective=False, reason='generic_rule_won',
                          detail='ProxyPass at /etc/apache2/omk.conf:12 wins.')}, '(/etc/apache2/omk.conf:12)'),
    ('setting_missing', {'setting': setting(value=None, effective_value=None, line=None)},
     'Set websocket_proxy_port to "443" in /o/conf/opCommon.json and'),
    ('setting_wrong', {'setting': setting(value='8042', effective_value='8042')}, '/o/conf/opCommon.json:7'),
    ('setting_overridden', {'setting': setting(effective_value='1', effective_source='/o/x.json')}, 'in /o/x.json,'),
    ('module_missing', {'apache': apache(missing_modules=['proxy_http', 'headers'])}, 'proxy_http, headers'),
    ('vhost_missing', {'apache': apache(effective=False, reason='vhost_missing'), 'direct': DIRECT}, 'port 443'),
    ('not_proxied', {'apache': apache(effective=False, reason='not_proxied'), 'direct': DIRECT}, f'for {PATH} '),
    ('not_proxied', {'apache': apache(effective=False, reason='not_proxied'), 'direct': DIRECT}, 'serves the host'),
    ('not_proxied', {'tunnel': http(404)}, f'for {PATH} '),
    ('tcp_refused', {'tunnel': probe('tcp_refused')}, '192.0.2.7:443 refuses'),
    ('port_not_served', {'tunnel': probe('tcp_refused', address='[::1]:8443'), 'apache': apache()}, '"Listen 8443"'),
    ('omk_refuses_websocket', {'direct': http(404, OMK, address='127.0.0.1:8042')}, '127.0.0.1:8042, answers 404'),
    ('opcommon_unreadable', {'setting': setting(problem='/o/opCommon.json, line 3: it is not JSON.')}, 'line 3: it'),
    ('redirected', {'tunnel': http(301, location='https://other.example/')}, 'https://other.example/'),
])
def test_advice_names_the_place(code, observations, words):
    verdict = judge(observations)
    assert verdict['reason'] == code
    assert words in verdict['advice']


def test_the_next_causes_are_warnings():
    verdict = judge({'tunnel': http(404), 'setting': setting(value=None, effective_value=None)})
    assert verdict['reason'] == 'not_proxied'
    assert [warning[:32] for warning in verdict['warnings']] == ['Then: Set websocket_proxy_port t']


def test_one_mistake_is_named_once():
    verdict = judge({'tunnel': http(404, OMK), 'apache': apache(effective=False, reason='generic_rule_won')})
    assert verdict['warnings'] == []


def test_login_counts_only_when_strict():
    refused = {'tunnel': http(401, OMK)}
    assert judge(refused, strict=True)['status'] == 'yellow'
    relaxed = judge(refused, strict=False)
    assert (relaxed['status'], relaxed['reason']) == ('green', 'green')
    assert 'OMK wants a login' in relaxed['warnings'][0]
    assert judge({'tunnel': http(401, OMK, login='done')}, strict=False)['reason'] == 'login_failed'
    assert judge(dict(refused, setting=setting(value='1', effective_value='1')), strict=False)['status'] == 'yellow'


@pytest.mark.parametrize('days, limit, words', [
    (20, 21, 'ends in 20 days, on 2026-12-31'), (1, 21, 'ends in 1 day,'), (0, 21, 'ends in 0 days'), (21, 21, None),
    (20, 7, None),
])
def test_certificate_that_ends_soon(days, limit, words):
    verdict = judge({'tunnel': probe(tls=certificate(days))}, certificate_days=limit)
    assert verdict['status'] == 'green'
    assert words in verdict['warnings'][0] if words else verdict['warnings'] == []


@pytest.mark.parametrize('observations, words', [
    ({'tunnel': probe(tls=certificate(trusted=None))}, 'not verified'),
    ({'tunnel': OPEN, 'apache': apache(restart_needed=True)}, 'tunnel works'),
    ({'tunnel': OPEN, 'apache': apache(problem='x.conf, line 1: no.')}, 'not start again: x.conf, line 1: no.'),
    ({'tunnel': OPEN, 'setting': setting(value='8042', effective_source='/o/conf.d/x.json')}, '/o/conf.d/x.json'),
    ({'tunnel': dict(OPEN, login='the login answered 404')}, 'did not ask'),
])
def test_green_with_a_warning(observations, words):
    verdict = judge(observations)
    assert verdict['status'] == 'green'
    assert words in verdict['warnings'][0]
    assert len(verdict['warnings']) == 1


@pytest.mark.parametrize('observation, code', [
    (http(404, OMK, url='ws://omk:8042' + PATH), 'omk_refuses_websocket'),
    (http(404, url='ws://omk' + PATH), 'not_proxied'),
    (probe('tcp_refused', url='ws://omk:8042' + PATH), 'omk_down'),
    (probe('tcp_refused'), 'tcp_refused'),
    (OPEN, 'green'),
    (DIRECT, 'green'),
])
def test_one_probe_over_ws_is_about_omk(observation, code):
    assert judge_probe(observation)['reason'] == code


def test_braces_of_strangers_are_left_alone():
    verdict = judge({'tunnel': http(301, location='https://{host}/{0}')})
    assert 'https://{host}/{0}' in verdict['advice']


@pytest.mark.parametrize('observation', [
    DEAD, probe('closed'), http(503), http(404), http(404, OMK), http(500), http(502), probe('tls_not_spoken')])
def test_what_a_starting_daemon_answers_may_pass(observation):
    assert may_pass(observation)


@pytest.mark.parametrize('observation', [
    OPEN, DIRECT, probe('dns_failed'), probe('tls_untrusted'), http(403), probe('no_event'),
    http(302, OMK, location='/en/omk/login'), probe('accept_wrong')])
def test_what_waiting_does_not_cure(observation):
    assert not may_pass(observation)
