# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import re

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import reasons
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import (
    REASONS,
    assess,
    assess_probe,
    may_pass,
    wrong_backend,
)

PATH = '/en/omk/opCharts/events/log'


def probe(error=None, **facts):
    seen = dict.fromkeys(
        (
            'http_status',
            'server',
            'location',
            'login',
            'login_form',
            'accept_ok',
            'handshake_ms',
            'tls',
            'close_code',
            'detail',
        )
    )
    stage = 'open' if error in (None, 'no_event') else 'http'
    seen.update(url='wss://omk.example.com' + PATH, address='192.0.2.7:443', stage=stage, error=error, events=0)
    if error is None:
        seen.update(http_status=101, accept_ok=True, server='Mojolicious (Perl)')
    seen.update(facts)
    return seen


def http(status, server='Apache/2.4.68 (Debian)', **facts):
    return probe('not_upgraded', http_status=status, server=server, **facts)


def certificate(days_left=90, trusted=True):
    return {
        'protocol': 'TLSv1.3',
        'cipher': 'X',
        'subject': 'CN=omk',
        'issuer': 'CN=CA',
        'names': ['omk.example.com'],
        'not_before': '2026-01-01T00:00:00Z',
        'not_after': '2026-12-31T23:59:59Z',
        'days_left': days_left,
        'trusted': trusted,
    }


OMK = 'Mojolicious (Perl)'
OPEN = probe(tls=certificate())
DIRECT = probe(url='ws://localhost:8042' + PATH, address='127.0.0.1:8042')
DEAD = probe('tcp_refused', url='ws://localhost:8042' + PATH, address='127.0.0.1:8042', detail='connection refused')
OMK_UNRESOLVED = probe('dns_failed', url='ws://omk.internal:8042' + PATH, address=None, detail='no such name')


def setting(**changes):
    facts = {
        'name': 'websocket_proxy_port',
        'desired_value': '443',
        'value': '443',
        'effective_value': '443',
        'line': 7,
        'source': '/o/conf/opCommon.json',
        'effective_source': '/o/conf/opCommon.json',
        'problem': None,
        'ambiguous': None,
    }
    return dict(facts, **changes)


def apache(**changes):
    facts = {
        'active': True,
        'restart_pending': False,
        'effective': True,
        'reason': None,
        'detail': None,
        'file': '/etc/apache2/omk.conf',
        'line': 12,
        'rule': "OMK's ProxyPass",
        'does': 'forwards the path without the websocket upgrade',
        'vhost': '/etc/apache2/omk.conf:3',
        'refused': None,
        'problem': None,
        'missing_modules': [],
        'port': 443,
        'path': PATH,
    }
    return dict(facts, **changes)


RENEWED = {'file': '/etc/ssl/omk.pem', 'not_after': '2027-01-31T12:00:00Z', 'valid': True}
OMKD = {'active': True, 'restart_pending': False}

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
    ('apache_login_required', {'tunnel': http(401)}),
    ('apache_login_required', {'apache': apache(effective=False, reason='generic_rule_won'), 'tunnel': http(401)}),
    ('other_rule_won', {'apache': apache(effective=False, reason='other_rule_won'), 'tunnel': http(503)}),
    (
        'other_rule_won',
        {'apache': apache(effective=False, reason='other_rule_won'), 'tunnel': http(404, 'TornadoServer/6')},
    ),
    ('access_denied', {'tunnel': http(403)}),
    ('redirected', {'tunnel': http(301, location='https://other.example/')}),
    ('redirected', {'tunnel': http(302, location='https://portal.example/login')}),
    ('rewritten_page', {'tunnel': http(200, login_form=False)}),
    ('rewritten_page', {'tunnel': http(200, login_form=True)}),
    ('another_server', {'tunnel': http(404, 'nginx')}),
    ('another_server', {'tunnel': http(200, 'BigIP', login_form=True)}),
    ('another_server', {'tunnel': http(302, 'nginx', location='/login')}),
    ('redirected', {'tunnel': http(300)}),
    ('redirected', {'tunnel': http(399)}),
    ('http_other', {'tunnel': http(201)}),
    ('http_other', {'tunnel': http(299)}),
    ('http_other', {'tunnel': http(400)}),
    ('omk_error', {'tunnel': http(500, OMK)}),
    ('omk_error', {'tunnel': http(302, OMK)}),
    ('omk_error', {'tunnel': http(302, OMK, location='/en/omk/opCharts')}),
    ('omk_error', {'tunnel': http(200, OMK, login_form=False)}),
    ('omk_error', {'tunnel': http(400, OMK, location='/en/omk/login')}),
    ('not_proxied', {'tunnel': http(404, None, location='/en/omk/login')}),
    ('access_denied', {'tunnel': http(403, None)}),
    ('not_websocket_server', {'tunnel': probe('accept_wrong', http_status=101)}),
    ('protocol_error', {'tunnel': probe('protocol_error')}),
    ('protocol_error', {'tunnel': probe('an error of a later version')}),
    ('connection_closed', {'tunnel': probe('closed')}),
    ('timeout', {'tunnel': probe('timeout')}),
    ('login_required', {'tunnel': http(302, OMK, location='/en/omk/opCharts/login')}),
    ('login_required', {'tunnel': http(302, None, location='/en/omk/opCharts/login')}),
    ('login_required', {'tunnel': http(300, OMK, location='/en/omk/Login')}),
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
    ('not_checked', {'setting': setting(), 'direct': DIRECT}),
    ('not_checked', {'omkd': OMKD, 'direct': DIRECT}),
    ('not_checked', {'omkd': {'active': None, 'restart_pending': False}}),
    ('not_checked', {'apache': apache(), 'direct': DIRECT}),
    # the setting
    ('green', {'setting': setting(), 'omkd': OMKD, 'apache': apache(), 'direct': DIRECT, 'tunnel': OPEN}),
    ('opcommon_unreadable', {'setting': setting(problem='opCommon.json, line 3: it is not JSON.'), 'tunnel': OPEN}),
    ('setting_ambiguous', {'setting': setting(ambiguous='It is in omkd and opcharts.'), 'tunnel': OPEN}),
    ('setting_missing', {'setting': setting(value=None, effective_value=None, effective_source=None), 'tunnel': OPEN}),
    ('setting_wrong', {'setting': setting(value='8042', effective_value='8042'), 'tunnel': OPEN}),
    (
        'setting_overridden',
        {'setting': setting(effective_value='8042', effective_source='/o/conf/conf.d/x.json'), 'tunnel': OPEN},
    ),
    ('green', {'setting': setting(value=443, effective_value=443), 'tunnel': OPEN}),
    ('omkd_restart_pending', {'setting': setting(), 'omkd': {'active': True, 'restart_pending': True}, 'tunnel': OPEN}),
    (
        'setting_missing',
        {
            'setting': setting(value=None, effective_value=None),
            'omkd': {'active': True, 'restart_pending': True},
            'tunnel': OPEN,
        },
    ),
    # Apache, beside what the client saw
    (
        'apache_broken_configuration',
        {'apache': apache(problem='x.conf, line 1: no such directive.'), 'tunnel': http(404)},
    ),
    ('apache_down', {'apache': apache(active=False), 'tunnel': probe('tcp_refused')}),
    ('apache_down', {'apache': apache(active=False)}),
    ('dns_failed', {'apache': apache(active=False), 'tunnel': probe('dns_failed')}),
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
    (
        'forwarded_proto_missing',
        {
            'apache': apache(effective=False, reason='forwarded_proto_missing'),
            'tunnel': OPEN,
            'setting': setting(value='1', effective_value='1'),
        },
    ),
    ('green', {'apache': apache(problem='x.conf, line 1: no such directive.'), 'tunnel': OPEN}),
    ('apache_restart_pending', {'apache': apache(restart_pending=True), 'tunnel': http(404)}),
    ('apache_restart_pending', {'apache': apache(restart_pending=True), 'direct': DIRECT}),
    ('tls_expired', {'apache': apache(restart_pending=True), 'tunnel': probe('tls_expired')}),
    # a renewed certificate that waits for a reload
    ('certificate_reload_pending', {'apache': apache(renewed_certificate=RENEWED), 'tunnel': probe('tls_expired')}),
    ('certificate_reload_pending', {'apache': apache(renewed_certificate=RENEWED), 'tunnel': probe('tls_untrusted')}),
    ('tls_failed', {'apache': apache(renewed_certificate=RENEWED), 'tunnel': probe('tls_failed')}),
    (
        'tls_expired',
        {'apache': apache(renewed_certificate=dict(RENEWED, valid=False)), 'tunnel': probe('tls_expired')},
    ),
    ('green', {'apache': apache(renewed_certificate=RENEWED), 'tunnel': OPEN}),
    ('green', {'apache': apache(effective=False, reason='path_excluded'), 'tunnel': OPEN}),
    ('green', {'apache': apache(active=False, restart_pending=True), 'tunnel': OPEN}),
    ('green', {'apache': apache(effective=False, reason='generic_rule_won', version='2.4.35'), 'tunnel': OPEN}),
    # OMK, beside what the client saw through Apache
    ('omk_down', {'direct': DEAD, 'tunnel': http(503)}),
    ('omk_down', {'omkd': {'active': False, 'restart_pending': False}, 'tunnel': http(503)}),
    ('wrong_backend', {'direct': DIRECT, 'tunnel': http(503)}),
    ('wrong_backend', {'direct': http(401, OMK), 'tunnel': http(503)}),
    ('backend_down', {'omkd': OMKD, 'tunnel': http(503)}),
    ('omk_refuses_websocket', {'direct': http(404, OMK), 'tunnel': http(503)}),
    ('green', {'direct': DEAD, 'tunnel': OPEN}),
    ('green', {'omkd': {'active': False, 'restart_pending': False}, 'tunnel': OPEN}),
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
    assessment = assess(observations)
    assert assessment['reason'] == code
    assert assessment['status'] == ('green' if code == 'green' else 'yellow')
    assert assessment['advice'] and '{' not in assessment['advice'] and 'None' not in assessment['advice']


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
        assert re.search(r'(\.|: \{\w+\}|\.\{how\})$', reason.advice)


def test_what_acts_after_the_header_is_told():
    clause = 'RequestHeader at /etc/apache2/omk.conf:12 sets it to something else, or takes it away'
    account = apache(effective=False, reason='forwarded_proto_missing', rule=None, does=clause)
    assert assess({'apache': account, 'tunnel': OPEN})['advice'].endswith(f'on an https page; as it is, {clause}.')


def test_a_login_of_apache_is_told_beside_the_rule_that_has_to_change():
    seen = {'apache': apache(effective=False, reason='generic_rule_won'), 'tunnel': http(401)}
    found = assess(seen)
    assert found['advice'].startswith(f'Exempt {PATH} from the login')
    assert found['warnings'][0].startswith("Then: Have OMK's websocket rule take precedence over OMK's ProxyPass")


@pytest.mark.parametrize(
    'kind', ['plain_http', 'excluded', 'wrong_target', 'rewritten', 'redirected', 'forbidden', 'perhaps']
)
def test_no_advice_is_to_change_a_rule_of_another_application(kind):
    """Whatever a client sees: where the rule is named, it is said that it is not OMK's."""
    other = {'rule': "the ProxyPass that is not OMK's", 'file': '/etc/apache2/jhub.conf', 'line': 27}
    account = apache(effective=False, reason=reasons.of_standing(kind, False), **other)
    for tunnel in (None, http(200), http(302), http(401), http(403), http(404), http(500), http(502), http(503)):
        found = assess({'tunnel': tunnel, 'direct': DIRECT, 'apache': account})
        for advice in (found['advice'], *found['warnings']):
            assert advice.count('jhub.conf') == advice.count("not OMK's (/etc/apache2/jhub.conf:27)")


STRAY = probe('tcp_refused', url='ws://localhost:9999' + PATH, address='127.0.0.1:9999')
SENT_ELSEWHERE = apache(effective=False, reason='wrong_backend')


@pytest.mark.parametrize(
    'observations, is_wrong',
    [
        ({'direct': STRAY, 'tunnel': OPEN, 'apache': SENT_ELSEWHERE}, True),
        # Something answers, a name leads nowhere, and OMK wants a login through Apache.
        ({'direct': http(404), 'tunnel': OPEN, 'apache': SENT_ELSEWHERE}, True),
        ({'direct': OMK_UNRESOLVED, 'tunnel': OPEN, 'apache': SENT_ELSEWHERE}, True),
        ({'direct': STRAY, 'tunnel': http(401, OMK), 'apache': SENT_ELSEWHERE}, True),
        # It is Apache that lacks something, or OMK that is down, or nobody knows.
        ({'direct': DIRECT, 'tunnel': OPEN, 'apache': SENT_ELSEWHERE}, False),
        ({'direct': http(401, OMK), 'tunnel': OPEN, 'apache': SENT_ELSEWHERE}, False),
        ({'direct': STRAY, 'tunnel': OPEN, 'apache': apache()}, False),
        ({'direct': STRAY, 'tunnel': http(503), 'apache': SENT_ELSEWHERE}, False),
        ({'direct': STRAY, 'apache': SENT_ELSEWHERE}, False),
        ({'direct': STRAY, 'tunnel': OPEN}, False),
        ({'tunnel': OPEN, 'apache': SENT_ELSEWHERE}, False),
    ],
)
def test_apache_is_not_sent_away_from_omk(observations, is_wrong):
    found = wrong_backend(observations, 'localhost:9999')
    said = (
        'OMK does not answer at localhost:9999, where apache_websocket_backend says that it listens, but it does'
        ' through'
        ' Apache as it is (/etc/apache2/omk.conf:12); correct apache_websocket_backend; nothing was changed.'
    )
    assert (found and str(found)) == (said if is_wrong else None)


def test_green_and_yet_something_to_do():
    found = assess({'tunnel': OPEN}, pending=['Change /etc/apache2/omk.conf.'])
    assert found['status'] == 'green'
    assert found['advice'] == 'Nothing is wrong now; site.yml would still do this: Change /etc/apache2/omk.conf.'


CORRECT_THE_NAME = (
    'Correct apache_websocket_server_name (and websocket_check_server_name, where it is set), or use a certificate'
    ' that holds'
)
UNREAD = dict(dict.fromkeys(certificate()), protocol='TLSv1.3', cipher='X', trusted=False)
UNPROBED = {'setting': setting(), 'omkd': OMKD, 'direct': DIRECT}


@pytest.mark.parametrize(
    'code, observations, sentence',
    [
        (
            'opcommon_unreadable',
            {
                'setting': {
                    'name': 'websocket_proxy_port',
                    'desired_value': '443',
                    'problem': '/o/opCommon.json, line 3: it is not JSON.',
                }
            },
            'Repair the settings file of OMK first: /o/opCommon.json, line 3: it is not JSON.',
        ),
        (
            'apache_broken_configuration',
            {'apache': apache(problem='x.conf, line 1: no such directive.')},
            'Repair the configuration of Apache first: x.conf, line 1: no such directive.',
        ),
        (
            'omk_down',
            {'direct': DEAD},
            'Start OMK (systemctl restart omkd) and look into its log, or correct apache_websocket_backend where OMK'
            ' listens'
            ' elsewhere, because nothing answers at 127.0.0.1:8042.',
        ),
        (
            'omk_down',
            {'omkd': {'active': False, 'restart_pending': False}},
            'Start OMK (systemctl restart omkd) and look into its log, or correct apache_websocket_backend where OMK'
            ' listens'
            ' elsewhere, because nothing answers at port 8042.',
        ),
        (
            'omk_refuses_websocket',
            {'direct': http(404, OMK, address='127.0.0.1:8042')},
            'Check that opCharts is installed and licensed, and that apache_websocket_backend says where OMK listens,'
            f' because what is asked at 127.0.0.1:8042 answers 404 for {PATH}.',
        ),
        (
            'omk_refuses_websocket',
            {'direct': probe('timeout', address='127.0.0.1:8042'), 'apache': apache()},
            'Check that opCharts is installed and licensed, and that apache_websocket_backend says where OMK listens,'
            f' because what is asked at 127.0.0.1:8042 does not answer as it should for {PATH}.',
        ),
        (
            'dns_failed',
            {'tunnel': probe('dns_failed', detail='no such name')},
            'Enter omk.example.com in the DNS, or correct apache_websocket_server_name or websocket_check_address (no'
            ' such'
            ' name).',
        ),
        (
            'dns_failed',
            {'tunnel': probe('dns_failed', url='wss://omk.example.com:8443/x?y')},
            'Enter omk.example.com in the DNS, or correct apache_websocket_server_name or websocket_check_address (no'
            ' further detail).',
        ),
        (
            'dns_failed',
            {'direct': OMK_UNRESOLVED},
            'Enter omk.internal in the DNS, or correct apache_websocket_server_name or websocket_check_address (no such'
            ' name).',
        ),
        (
            'dns_failed',
            {'direct': OMK_UNRESOLVED, 'apache': apache(effective=False, reason='not_proxied')},
            'Enter omk.internal in the DNS, or correct apache_websocket_backend (no such name).',
        ),
        (
            'dns_failed',
            {'direct': OMK_UNRESOLVED, 'apache': apache(), 'tunnel': http(502, detail='the answer was 502')},
            'Enter omk.internal in the DNS, or correct apache_websocket_backend (no such name).',
        ),
        (
            'dns_failed',
            {'direct': OMK_UNRESOLVED, 'tunnel': probe('dns_failed', detail='no answer')},
            'Enter omk.example.com in the DNS, or correct apache_websocket_server_name or websocket_check_address (no'
            ' answer).',
        ),
        (
            'port_not_served',
            {'tunnel': probe('tcp_refused', address='[::1]:8443'), 'apache': apache(port=8443)},
            'Add the missing "Listen 8443" to Apache, or open the firewall, because Apache runs and [::1]:8443 refuses'
            ' connections.',
        ),
        (
            'tcp_refused',
            {'tunnel': probe('tcp_refused')},
            'Start the web server or open the firewall, because 192.0.2.7:443 refuses connections.',
        ),
        (
            'tls_not_spoken',
            {'tunnel': probe('tls_not_spoken'), 'apache': apache()},
            'Switch TLS on in the VirtualHost (/etc/apache2/omk.conf:3) (SSLEngine on, and a certificate), because'
            ' 192.0.2.7:443 answers without TLS.',
        ),
        (
            'certificate_reload_pending',
            {'apache': apache(renewed_certificate=RENEWED), 'tunnel': probe('tls_expired')},
            'Reload Apache, because /etc/ssl/omk.pem holds a certificate that is valid until 2027-01-31, '
            'and Apache still serves the one before.',
        ),
        (
            'tls_expired',
            {'tunnel': probe('tls_expired', tls=certificate(-3, False))},
            'Renew the certificate (it expired on 2026-12-31) and reload Apache.',
        ),
        (
            'tls_expired',
            {'tunnel': probe('tls_expired', tls=UNREAD)},
            'Renew the certificate (it expired on a day that is past) and reload Apache.',
        ),
        (
            'tls_not_yet_valid',
            {'tunnel': probe('tls_not_yet_valid', tls=certificate(400, False))},
            'Check the clocks of this machine and of the server, because the certificate is valid from 2026-01-01.',
        ),
        (
            'tls_not_yet_valid',
            {'tunnel': probe('tls_not_yet_valid', tls=UNREAD)},
            'Check the clocks of this machine and of the server, because the certificate is valid from a later day.',
        ),
        (
            'tls_name_mismatch',
            {
                'tunnel': probe(
                    'tls_name_mismatch',
                    url='wss://[2001:db8::7]:8443/',
                    tls=dict(
                        certificate(),
                        names=['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example'],
                    ),
                )
            },
            f'{CORRECT_THE_NAME} 2001:db8::7, because the one that is served holds a.example, b.example, c.example,'
            ' d.example, e.example.',
        ),
        (
            'tls_name_mismatch',
            {'tunnel': probe('tls_name_mismatch', tls=dict(certificate(), names=[]))},
            f'{CORRECT_THE_NAME} omk.example.com, because the one that is served holds CN=omk.',
        ),
        (
            'tls_name_mismatch',
            {'tunnel': probe('tls_name_mismatch', tls=certificate()), 'apache': apache(is_named=True)},
            f'{CORRECT_THE_NAME} omk.example.com, because the one that is served holds omk.example.com.',
        ),
        (
            'tls_name_mismatch',
            {'tunnel': probe('tls_name_mismatch', tls=UNREAD), 'apache': apache(is_named=False)},
            f'{CORRECT_THE_NAME} omk.example.com, because the one that is served holds no known name, and no'
            f' VirtualHost for'
            ' port 443 has that name.',
        ),
        (
            'vhost_missing',
            dict(UNPROBED, apache=apache(effective=False, reason='vhost_missing', port=8443)),
            'Let the role apache_websocket create a VirtualHost for port 8443, or write one.',
        ),
        (
            'vhost_ambiguous',
            {'apache': apache(effective=False, reason='vhost_ambiguous', detail='There are two.')},
            'Say which VirtualHost is meant with apache_websocket_server_name or apache_websocket_vhost: There are'
            ' two.',
        ),
        (
            'module_missing',
            {'apache': apache(missing_modules=['proxy_http', 'headers'])},
            'Enable the Apache module proxy_http, headers and restart Apache.',
        ),
        (
            'path_excluded',
            {'apache': apache(effective=False, reason='path_excluded', line=None), 'tunnel': http(404)},
            "Have OMK's websocket rule take precedence over OMK's ProxyPass (/etc/apache2/omk.conf), which excludes"
            f' {PATH} from proxying. The playbook site.yml does that.',
        ),
        (
            'generic_rule_won',
            {
                'tunnel': http(404, OMK),
                'apache': apache(
                    effective=False, reason='generic_rule_won', detail='ProxyPass at /etc/apache2/omk.conf:12 wins.'
                ),
            },
            "Have OMK's websocket rule take precedence over OMK's ProxyPass (/etc/apache2/omk.conf:12), which forwards"
            f' the path without the websocket upgrade: put it in a <Location "{PATH}"> at the end of the'
            f' VirtualHost. The'
            ' playbook site.yml does that.',
        ),
        (
            'generic_rule_won',
            {'tunnel': http(404, OMK)},
            "Have OMK's websocket rule take precedence over the generic rule, which forwards the path without the"
            f' websocket upgrade: put it in a <Location "{PATH}"> at the end of the VirtualHost.',
        ),
        (
            'other_rule_won',
            {
                'tunnel': http(503),
                'direct': DIRECT,
                'apache': apache(
                    effective=False,
                    reason='other_rule_won',
                    rule="the ProxyPass that is not OMK's",
                    does='sends the path somewhere else than to OMK',
                    file='/etc/apache2/jhub.conf',
                    line=27,
                ),
            },
            "Have OMK's websocket rule take precedence over the ProxyPass that is not OMK's"
            ' (/etc/apache2/jhub.conf:27), which sends the path somewhere else than to OMK, and leave that rule'
            ' as it is, because another'
            ' application may need it. The playbook site.yml does that.',
        ),
        (
            'redirected',
            {
                'tunnel': http(301, location='https://other.example/'),
                'apache': apache(
                    effective=False,
                    reason='redirected',
                    rule="the Redirect that is not OMK's",
                    refused='x.conf: no way.',
                ),
            },
            f"Exempt {PATH} from the redirect to https://other.example/ by the Redirect that is not OMK's"
            ' (/etc/apache2/omk.conf:12), because browsers follow no redirect for a websocket. But site.yml refuses:'
            ' x.conf: no way.',
        ),
        (
            'wrong_backend',
            {'tunnel': http(503), 'direct': DIRECT, 'apache': apache(effective=False, reason='wrong_backend')},
            "Correct host and port in OMK's own rule (/etc/apache2/omk.conf:12), or where they are right, look at"
            ' SELinux (httpd_can_network_connect) and wait a minute, because OMK answers at 127.0.0.1:8042 and'
            ' Apache does not'
            ' find it. The playbook site.yml does that.',
        ),
        (
            'apache_login_required',
            {'tunnel': http(401)},
            f'Exempt {PATH} from the login that Apache asks for (AuthType, Require), or look at the pane in a browser'
            ' that is logged in, because Apache answers 401 and nobody can tell from here whether the pane is green.',
        ),
        (
            'not_proxied',
            {'apache': apache(effective=False, reason='not_proxied', path='/x'), 'direct': DIRECT},
            f"Add OMK's websocket rule for {PATH} to the VirtualHost (/etc/apache2/omk.conf:3) that serves the host,"
            ' because Apache does not forward it. The playbook site.yml does that.',
        ),
        (
            'not_proxied',
            {'apache': apache(effective=False, reason='not_proxied', path='/x')},
            "Add OMK's websocket rule for /x to the VirtualHost (/etc/apache2/omk.conf:3) that serves the host,"
            ' because Apache does not forward it. The playbook site.yml does that.',
        ),
        (
            'not_proxied',
            {'tunnel': http(404, url='wss://omk:8443/a/b?c=d'), 'direct': DIRECT},
            "Add OMK's websocket rule for /a/b?c=d to the VirtualHost that serves omk, because Apache does not"
            ' forward it.',
        ),
        (
            'gateway_failed',
            {'tunnel': http(502)},
            f"Check the backend of OMK's rule and the log of OMK, because Apache got no proper answer for {PATH}"
            ' (status 502).',
        ),
        (
            'access_denied',
            {'tunnel': http(403)},
            f'Allow browsers to reach {PATH} in Apache (Require, SSLVerifyClient, RewriteRule), because it answers'
            ' 403.',
        ),
        (
            'access_denied',
            dict(UNPROBED, apache=apache(effective=False, reason='access_denied')),
            f'Allow browsers to reach {PATH} in Apache (Require, SSLVerifyClient, RewriteRule), because it answers'
            " 403 by OMK's ProxyPass (/etc/apache2/omk.conf:12). The playbook site.yml does that.",
        ),
        (
            'redirected',
            {'tunnel': http(301, location='https://other.example/')},
            f'Exempt {PATH} from the redirect to https://other.example/, because browsers follow no redirect for a'
            ' websocket.',
        ),
        (
            'redirected',
            {'tunnel': http(301)},
            f'Exempt {PATH} from the redirect to another address, because browsers follow no redirect for a websocket.',
        ),
        (
            'another_server',
            {'tunnel': http(404, 'nginx')},
            f'Have the server in front (nginx) forward websockets for {PATH}, because it answers 404 itself.',
        ),
        (
            'not_websocket_server',
            {'tunnel': probe('accept_wrong', http_status=101, detail='Upgrade is missing')},
            'Find out what answers at 192.0.2.7:443 instead of OMK, because it only pretends to open a websocket'
            ' (Upgrade is'
            ' missing).',
        ),
        (
            'connection_closed',
            {'tunnel': probe('closed')},
            'Look into the logs of Apache and OMK, because the connection to 192.0.2.7:443 ended early (no further'
            ' detail).',
        ),
        (
            'setting_ambiguous',
            {'setting': setting(ambiguous='It is in omkd and opcharts.'), 'tunnel': OPEN},
            'Keep websocket_proxy_port in one section only: It is in omkd and opcharts.',
        ),
        (
            'setting_missing',
            {'setting': setting(value=None, effective_value=None, line=None), 'tunnel': OPEN},
            'Set websocket_proxy_port to "443" in /o/conf/opCommon.json and restart omkd.',
        ),
        (
            'setting_wrong',
            {
                'setting': setting(name='other_port', desired_value='444', value='1', effective_value='1'),
                'tunnel': OPEN,
            },
            'Change other_port from "1" to "444" in /o/conf/opCommon.json:7 and restart omkd.',
        ),
        (
            'setting_overridden',
            {'setting': setting(effective_value='1', effective_source='/o/x.json'), 'tunnel': OPEN},
            'Change or remove websocket_proxy_port in /o/x.json, which overrides /o/conf/opCommon.json:7 with "1".',
        ),
        (
            'login_failed',
            {'tunnel': http(401, OMK, login='the login answered 404')},
            'Correct websocket_check_username and websocket_check_password, which OMK does not accept'
            ' (the login answered 404).',
        ),
        (
            'login_failed',
            {'direct': http(401, OMK, login='the login answered 404'), 'apache': apache()},
            'Correct websocket_check_username and websocket_check_password, which OMK does not accept'
            ' (the login answered 404).',
        ),
        (
            'login_failed',
            {'tunnel': http(403, OMK, login='done'), 'direct': OMK_UNRESOLVED},
            'Correct websocket_check_username and websocket_check_password, which OMK does not accept'
            ' (the login itself worked).',
        ),
        ('green', {'tunnel': OPEN}, 'Nothing to do.'),
    ],
)
def test_advice_names_the_place(code, observations, sentence):
    assessment = assess(observations)
    assert assessment['reason'] == code
    assert assessment['advice'] == sentence


def test_the_next_causes_are_warnings():
    assessment = assess(
        {
            'tunnel': http(404),
            'setting': setting(value=None, effective_value=None),
            'direct': DEAD,
            'apache': apache(effective=False, reason='forwarded_proto_missing'),
            'omkd': {'active': True, 'restart_pending': True},
        }
    )
    assert assessment['reason'] == 'omk_down'
    assert assessment['warnings'] == [
        f"Then: Add OMK's websocket rule for {PATH} to the VirtualHost (/etc/apache2/omk.conf:3) that serves"
        ' omk.example.com, because Apache does not forward it.',
        'Then: Add RequestHeader set X-Forwarded-Proto "https" to the VirtualHost (/etc/apache2/omk.conf:3), because'
        ' without it OMK sends browsers to ws://, which they refuse on an https page.',
        'Then: Set websocket_proxy_port to "443" in /o/conf/opCommon.json:7 and restart omkd.',
    ]


def test_a_probe_that_nobody_has_made_is_nothing_to_do_afterwards():
    """Before a change, and after one that was rolled back, nobody has looked: that is no advice for an admin."""
    wrong = setting(value=None, effective_value=None)
    for seen in (
        {'apache': apache(effective=False, reason='forwarded_proto_missing')},
        {**UNPROBED, 'setting': wrong},
        {**UNPROBED, 'omkd': {'active': True, 'restart_pending': True}},
    ):
        assessment = assess(seen)
        assert (assessment['status'], assessment['warnings']) == ('yellow', [])
        assert assessment['reason'] != 'not_checked'


def test_apache_has_to_be_reloaded_though_the_answer_is_of_omk_s_making():
    assessment = assess({'direct': DEAD, 'apache': apache(restart_pending=True), 'tunnel': http(503)})
    assert assessment['reason'] == 'omk_down'
    assert assessment['warnings'] == ['Then: Reload Apache, because its configuration changed after it last started.']


def test_the_next_causes_come_before_what_is_only_worth_knowing():
    wrong = setting(value='1', effective_value='1')
    assert assess({'tunnel': probe('no_event', tls=certificate(3)), 'setting': wrong}) == {
        'status': 'yellow',
        'reason': 'setting_wrong',
        'advice': 'Change websocket_proxy_port from "1" to "443" in /o/conf/opCommon.json:7 and restart omkd.',
        'warnings': [
            'Then: Wait longer or trigger an event, because the websocket is open and no event came.',
            'The certificate expires in 3 days, on 2026-12-31.',
        ],
        'predicted': 'yellow',
    }


def test_one_mistake_is_named_once():
    assessment = assess({'tunnel': http(404, OMK), 'apache': apache(effective=False, reason='generic_rule_won')})
    assert assessment['warnings'] == []


def test_login_counts_only_when_strict():
    refused = {'tunnel': http(401, OMK)}
    assert assess(refused, strict=True)['status'] == 'yellow'
    assert assess(refused)['status'] == 'yellow'
    assert assess(refused, strict=False) == {
        'status': 'green',
        'reason': 'green',
        'advice': 'Nothing to do.',
        'warnings': ['The tunnel is proven, the pane is not: OMK wants a login.'],
        'predicted': 'green',
    }
    assert assess({'direct': http(401, OMK)}, strict=False) == {
        'status': 'green',
        'reason': 'green',
        'advice': 'Nothing to do.',
        'warnings': [],
        'predicted': 'green',
    }
    assert assess({'tunnel': http(401, OMK, login='done')}, strict=False)['reason'] == 'login_failed'
    assert assess(dict(refused, setting=setting(value='1', effective_value='1')), strict=False)['status'] == 'yellow'


@pytest.mark.parametrize(
    'days, options, warnings',
    [
        (20, {}, ['The certificate expires in 20 days, on 2026-12-31.']),
        (21, {}, []),
        (6, {'certificate_days': 7}, ['The certificate expires in 6 days, on 2026-12-31.']),
        (7, {'certificate_days': 7}, []),
        (2, {}, ['The certificate expires in 2 days, on 2026-12-31.']),
        (1, {}, ['The certificate expires in 1 day, on 2026-12-31.']),
        (0, {}, ['The certificate expires in 0 days, on 2026-12-31.']),
        (-1, {}, []),
    ],
)
def test_certificate_that_ends_soon(days, options, warnings):
    assessment = assess({'tunnel': probe(tls=certificate(days))}, **options)
    assert (assessment['status'], assessment['warnings']) == ('green', warnings)


OVERRIDDEN = setting(value='8042', effective_source='/o/conf.d/x.json')


@pytest.mark.parametrize(
    'observations, warnings',
    [
        ({'tunnel': probe(tls=certificate(trusted=None))}, ['The certificate was not verified; browsers verify it.']),
        (
            {'tunnel': OPEN, 'apache': apache(restart_pending=True)},
            ['The configuration of Apache changed after Apache last started; the tunnel works all the same.'],
        ),
        (
            {'tunnel': OPEN, 'apache': apache(renewed_certificate=RENEWED)},
            ['Apache serves an older certificate than /etc/ssl/omk.pem holds, until it is reloaded.'],
        ),
        (
            {'tunnel': OPEN, 'apache': apache(problem='x.conf, line 1: no.', restart_pending=True)},
            ['Apache would not start again: x.conf, line 1: no.'],
        ),
        (
            {'tunnel': OPEN, 'setting': OVERRIDDEN},
            ['The setting comes from /o/conf.d/x.json, not from /o/conf/opCommon.json.'],
        ),
        (
            {'tunnel': OPEN, 'setting': dict(OVERRIDDEN, effective_value=443)},
            ['The setting comes from /o/conf.d/x.json, not from /o/conf/opCommon.json.'],
        ),
        (
            {'tunnel': dict(OPEN, login='the login answered 404')},
            ['The login did not work (the login answered 404), and OMK did not ask for one.'],
        ),
        (
            {
                'tunnel': dict(OPEN, login='done'),
                'apache': apache(),
                'setting': setting(),
                'omkd': OMKD,
                'direct': DEAD,
            },
            [],
        ),
        ({'tunnel': OPEN, 'setting': setting(effective_source=None)}, []),
    ],
)
def test_green_with_warnings(observations, warnings):
    assessment = assess(observations)
    assert (assessment['status'], assessment['warnings']) == ('green', warnings)


@pytest.mark.parametrize(
    'observations',
    [
        {'tunnel': http(404), 'apache': apache(restart_pending=True)},
        {'tunnel': http(404), 'apache': apache(problem='x.conf, line 1: no.')},
        {'tunnel': http(401, OMK, login='the login answered 404')},
        {'setting': setting(effective_value='1', effective_source='/o/x.json'), 'tunnel': OPEN},
    ],
)
def test_the_reason_is_not_repeated_as_a_warning(observations):
    assessment = assess(observations)
    assert (assessment['status'], assessment['warnings']) == ('yellow', [])


@pytest.mark.parametrize(
    'observation, code',
    [
        (http(404, OMK, url='ws://omk:8042' + PATH), 'omk_refuses_websocket'),
        (http(404, url='ws://omk' + PATH), 'not_proxied'),
        (probe('tcp_refused', url='ws://omk:8042' + PATH), 'omk_down'),
        (probe('tcp_refused'), 'tcp_refused'),
        (probe('tcp_refused', url='ws://omk:8042' + PATH, server=None), 'omk_down'),
        (OPEN, 'green'),
        (DIRECT, 'green'),
    ],
)
def test_one_probe_over_ws_is_about_omk(observation, code):
    assert assess_probe(observation)['reason'] == code


def test_one_probe_is_judged_as_asked():
    refused, ending = http(401, OMK), probe(tls=certificate(10))
    assert assess_probe(refused)['reason'] == 'login_required'
    assert assess_probe(refused, strict=False)['reason'] == 'green'
    assert assess_probe(ending)['warnings'] == ['The certificate expires in 10 days, on 2026-12-31.']
    assert assess_probe(probe(tls=certificate(21)))['warnings'] == []
    assert assess_probe(ending, certificate_days=7)['warnings'] == []


def test_braces_of_strangers_are_left_alone():
    assessment = assess({'tunnel': http(301, location='https://{host}/{0}')})
    assert 'https://{host}/{0}' in assessment['advice']


@pytest.mark.parametrize(
    'observation',
    [DEAD, probe('closed'), http(503), http(404), http(404, OMK), http(500), http(502), probe('tls_not_spoken')],
)
def test_what_a_starting_daemon_answers_may_pass(observation):
    assert may_pass(observation)


@pytest.mark.parametrize(
    'observation',
    [
        OPEN,
        DIRECT,
        probe('dns_failed'),
        probe('tls_untrusted'),
        http(403),
        probe('no_event'),
        http(302, OMK, location='/en/omk/login'),
        probe('accept_wrong'),
    ],
)
def test_what_waiting_does_not_cure(observation):
    assert not may_pass(observation)


@pytest.mark.parametrize('tunnel', [OPEN, http(404), None])
def test_what_to_know_of_this_version_of_apache_is_told_whatever_the_status(tunnel):
    hint = 'The idle timeout has no effect.'
    assert hint in assess({'apache': apache(hints=[hint]), 'tunnel': tunnel})['warnings']


LACKS = apache(effective=False, reason='generic_rule_won')
TAKEN = apache(effective=False, reason='other_rule_won')
NO_VHOST = apache(effective=False, reason='vhost_missing')
WAITS = apache(restart_pending=True)
NO_SETTING = setting(value=None, effective_value=None)


@pytest.mark.parametrize(
    'observations, predicted',
    [
        ({'tunnel': OPEN, 'apache': apache(), 'setting': setting(), 'omkd': OMKD}, 'green'),
        ({'tunnel': OPEN, 'apache': apache(), 'setting': NO_SETTING}, 'green'),
        ({'tunnel': OPEN, 'apache': apache(), 'omkd': {'active': True, 'restart_pending': True}}, 'green'),
        ({'tunnel': OPEN, 'apache': apache(effective=False, reason='forwarded_proto_missing')}, 'green'),
        # All at once, and each with something that stays.
        ({'tunnel': http(404, OMK), 'apache': LACKS, 'setting': NO_SETTING}, 'green'),
        ({'tunnel': http(404, OMK), 'apache': LACKS, 'setting': NO_SETTING, 'direct': DEAD}, 'yellow'),
        ({'tunnel': http(404, OMK), 'apache': LACKS, 'setting': setting(ambiguous='Twice.')}, 'yellow'),
        ({'tunnel': probe('tls_untrusted'), 'apache': LACKS, 'setting': NO_SETTING}, 'yellow'),
        ({'tunnel': probe('no_event'), 'apache': apache(), 'setting': NO_SETTING}, 'yellow'),
        ({'tunnel': http(401), 'apache': LACKS}, 'yellow'),
        # What a client saw counts by what Apache says of itself.
        ({'tunnel': http(404, OMK), 'apache': apache()}, 'yellow'),
        ({'tunnel': http(404, OMK), 'apache': WAITS}, 'green'),
        ({'tunnel': http(503), 'direct': DIRECT, 'apache': LACKS}, 'green'),
        ({'tunnel': http(503), 'direct': DIRECT, 'apache': apache()}, 'yellow'),
        ({'tunnel': http(503), 'direct': DIRECT, 'apache': apache(selinux_pending=True)}, 'green'),
        ({'tunnel': http(500), 'apache': apache(missing_modules=['proxy_wstunnel'])}, 'green'),
        ({'tunnel': http(302, location='https://x/'), 'apache': apache()}, 'yellow'),
        ({'tunnel': http(302, location='https://x/'), 'apache': LACKS}, 'yellow'),
        ({'tunnel': http(302, location='https://x/'), 'apache': TAKEN}, 'green'),
        ({'tunnel': http(302, location='https://x/'), 'apache': apache(effective=False, reason='redirected')}, 'green'),
        ({'tunnel': http(403), 'apache': LACKS}, 'yellow'),
        ({'tunnel': http(410), 'apache': LACKS}, 'yellow'),
        ({'tunnel': http(410), 'apache': apache(effective=False, reason='access_denied')}, 'green'),
        ({'tunnel': http(403), 'apache': apache(effective=False, reason='access_denied')}, 'green'),
        ({'tunnel': http(404, 'nginx'), 'apache': TAKEN}, 'green'),
        ({'tunnel': http(404, 'nginx'), 'apache': LACKS}, 'yellow'),
        ({'tunnel': http(404, 'nginx'), 'apache': apache()}, 'yellow'),
        # The port itself.
        ({'tunnel': probe('tcp_refused'), 'apache': NO_VHOST}, 'green'),
        ({'tunnel': probe('tcp_refused'), 'apache': apache()}, 'yellow'),
        ({'tunnel': probe('tcp_refused'), 'apache': dict(NO_VHOST, active=False)}, 'yellow'),
        ({'tunnel': probe('tls_not_spoken'), 'apache': WAITS}, 'green'),
        ({'tunnel': probe('tls_expired'), 'apache': apache(renewed_certificate=RENEWED)}, 'green'),
        ({'tunnel': probe('tls_expired'), 'apache': dict(LACKS, renewed_certificate=RENEWED)}, 'green'),
        ({'tunnel': probe('tls_expired'), 'apache': apache(renewed_certificate=dict(RENEWED, valid=False))}, 'yellow'),
        # Nobody knows where to try the tunnel, unless the VirtualHost that is made says so.
        ({'apache': LACKS, 'setting': NO_SETTING}, 'yellow'),
        ({'apache': NO_VHOST, 'setting': NO_SETTING}, 'green'),
        ({'apache': apache(problem='Broken.', effective=False)}, 'yellow'),
        # Apache is another host's.
        ({'tunnel': OPEN, 'setting': NO_SETTING}, 'green'),
        ({'tunnel': http(404, OMK), 'setting': NO_SETTING}, None),
        ({'tunnel': probe('tls_untrusted'), 'setting': NO_SETTING}, 'yellow'),
        ({'setting': NO_SETTING}, 'yellow'),
    ],
)
def test_what_becomes_of_it(observations, predicted):
    assert assess(observations)['predicted'] == predicted


def test_a_cure_is_a_condition_that_is_decided():
    conditions = {reasons.ALWAYS, reasons.WITH_RULE, reasons.WITH_BACKEND, reasons.WITH_VHOST, reasons.OVER_RULE}
    assert {reason.cure for reason in REASONS} == {*conditions, ''}
    assert not any(reasons.is_cured(reason.code, '', WAITS) for reason in REASONS)
