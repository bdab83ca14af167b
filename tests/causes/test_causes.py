# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason is produced by its real cause: real Apache, real certificates, real daemons, nothing made up."""

import json

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import REASONS
from one_server import WAIT, wait_for

PATH = '/en/omk/opCharts/events/log'
WEBSOCKET = f'ProxyPass "{PATH}" "ws://localhost:8042{PATH}"'
GENERIC = 'ProxyPass /en/omk http://localhost:8042/en/omk'
HEADER = 'RequestHeader set X-Forwarded-Proto "https"'
OMK = '/usr/local/omk/script/opmantek.pl'
RESTART_OMK = '\nsystemctl restart omkd' + WAIT
CAUSES = []


def cause(reason, words=''):
    """Register a function as a real cause. It breaks the host and returns what was then said about it."""

    def register(function):
        CAUSES.append(pytest.param(reason, words, function, id=f'{reason}-{function.__name__}'))
        return function

    return register


@cause('green')
def all_is_well_from_inside(host):
    return host.status(wait_for_event=10)


@cause('green')
def all_is_well_from_outside(host):
    return host.probe(wait_for_event=10)


@cause('green')
def straight_to_omk(host):
    return host.probe(scheme='ws', port=8042)


@cause('green')
def logged_in(host):
    host.setting('"auth_required" : "false"', '"auth_required" : "true"')
    return host.probe(username='nmis', password='nm1888')


# the setting


@cause('opcommon_unreadable', '/usr/local/omk/conf/opCommon.json, line ')
def opcommon_is_not_json(host):
    host.setting('"database" : {', '"database" : {{', restart=False)
    return host.status()


@cause('opcommon_unreadable', '/usr/local/omk')
def opcommon_is_not_there(host):
    host.shell('mv /usr/local/omk/conf/opCommon.json /opt/away.json')
    return host.status()


@cause('setting_missing', '/usr/local/omk/conf/opCommon.json')
def setting_is_not_there(host):
    host.setting('"omkd_workers" : 4,\n      "websocket_proxy_port" : 443', '"omkd_workers" : 4')
    return host.status()


@cause('setting_wrong', 'from "8042" to "443" in /usr/local/omk/conf/opCommon.json:')
def browsers_are_told_8042(host):
    host.setting('"websocket_proxy_port" : 443', '"websocket_proxy_port" : "8042"')
    return host.status()


@cause('setting_ambiguous')
def setting_in_two_sections(host):
    host.setting('"opcharts_events_max" : 50,', '"websocket_proxy_port" : "443",')
    return host.status()


@cause('setting_overridden', '/usr/local/omk/conf/conf.d/from_opha.json')
def overridden_in_conf_d(host):
    host.write(
        '/usr/local/omk/conf/conf.d/from_opha.json', '{"omkd": {"websocket_proxy_port": "8042"}, "more": {"x": "y"}}'
    )
    host.shell("touch --date='1 hour ago' /usr/local/omk/conf/conf.d/from_opha.json" + RESTART_OMK)
    return host.status()


@cause('omkd_restart_pending')
def omkd_was_not_restarted(host):
    host.setting('"websocket_proxy_port" : 443', '"websocket_proxy_port" : "443"', restart=False)
    return host.status()


# OMK


@cause('omk_down', 'at 127.0.0.1:8042')
def omkd_is_stopped(host):
    host.shell('systemctl stop omkd')
    return host.status()


@cause('omk_refuses_websocket', 'answers 404')
def opcharts_is_not_installed(host):
    host.shell(f"sed -i 's#/opCharts/events/log#/opOther/events/log#' {OMK}" + RESTART_OMK)
    return host.status()


@cause('omk_refuses_websocket', 'does not answer')
def omk_hangs(host):
    host.shell('systemctl kill --signal=STOP omkd')
    return host.status(timeout=2)


@cause('omk_error', 'answered 500')
def omk_has_a_fault(host):
    host.shell(f"sed -i 's#^    my \\$send = #    die; my $send = #' {OMK}" + RESTART_OMK)
    return host.probe()


@cause('login_required')
def omk_wants_a_login(host):
    host.setting('"auth_required" : "false"', '"auth_required" : "true"')
    return host.status()


@cause('login_failed', 'does not accept')
def wrong_password(host):
    host.setting('"auth_required" : "false"', '"auth_required" : "true"')
    return host.status(username='nmis', password='wrong')


@cause('no_event')
def omk_is_silent(host):
    host.shell(f"sed -i 's#\\$c->send(encode_json(event(\\$node)))#1#' {OMK}" + RESTART_OMK)
    return host.status(wait_for_event=1)


# the way there


@cause('dns_failed', 'no-such-name.invalid')
def unknown_name(host):
    return host.probe(host='no-such-name.invalid', address=None, timeout=20)


@cause('apache_down')
def apache_is_stopped(host):
    host.shell('systemctl stop apache2')
    return host.status()


@cause('port_not_served', 'Listen 443')
def listen_is_missing(host):
    host.shell("sed -i 's/Listen 443/Listen 444/' /etc/apache2/ports.conf && systemctl restart apache2")
    return host.status()


@cause('tcp_refused')
def nothing_listens(host):
    host.shell('systemctl stop apache2')
    return host.probe()


@cause('tcp_timeout')
def packets_are_dropped(host):
    host.shell(f'ip route add blackhole {host.gateway}/32')
    return host.probe(timeout=2)


@cause('tcp_unreachable')
def no_such_machine(host):
    start, _dot, last = host.address.rpartition('.')
    return host.probe(address=f'{start}.{250 if last != "250" else 251}', timeout=15)


# TLS


@cause('tls_not_spoken')
def tls_is_off(host):
    host.shell(
        "sed -i 's/SSLEngine on/SSLEngine off/' /etc/apache2/sites-available/omk.conf\nsystemctl restart apache2"
    )
    return host.status()


@cause('tls_client_certificate_wanted')
def client_certificate_wanted(host):
    host.site(f'SSLVerifyClient require\nSSLCACertificateFile /opt/tls/ca.crt\n{HEADER}\n{WEBSOCKET}')
    return host.status()


@cause('tls_client_certificate_wanted')
def client_certificate_wanted_in_tls_1_2(host):
    host.site(f'SSLProtocol TLSv1.2\nSSLVerifyClient require\nSSLCACertificateFile /opt/tls/ca.crt\n{WEBSOCKET}')
    return host.probe()


@cause('tls_expired', 'it expired on 2021-01-01')
def certificate_has_expired(host):
    host.certificate(not_before='20200101000000Z', not_after='20210101000000Z')
    return host.status()


@cause('certificate_reload_pending', 'Reload Apache, because /etc/ssl/certs/omk.pem holds a certificate')
def expired_and_renewed_behind_apaches_back(host):
    host.certificate(not_before='20200101000000Z', not_after='20210101000000Z')
    host.certificate(reload=False)
    return host.status()


@cause('tls_expired', 'it expired on 2021-01-01')
def expired_and_replaced_by_another_expired_one(host):
    host.certificate(not_before='20200101000000Z', not_after='20210101000000Z')
    host.certificate(reload=False, not_before='20210101000000Z', not_after='20220101000000Z')
    return host.status()


@cause('tls_not_yet_valid', 'is valid from 2048-01-01')
def certificate_is_not_valid_yet(host):
    host.certificate(not_before='20480101000000Z', not_after='20490101000000Z')
    return host.status()


@cause('tls_name_mismatch', 'other.test')
def certificate_is_for_another_name(host):
    host.certificate(name='other.test')
    return host.status()


@cause('tls_name_mismatch', 'apache_websocket_server_name')
def another_name_was_given(host):
    seen = host.status(server_name='omk.example.org')
    assert seen['advice'].endswith('holds omk.test, and no VirtualHost for port 443 has that name.')
    return seen


@cause('tls_untrusted')
def authority_is_unknown(host):
    host.certificate(ca='other-ca')
    return host.status()


@cause('tls_protocol')
def tls_1_0_only(host):
    host.site(f'SSLProtocol TLSv1\n{WEBSOCKET}')
    return host.probe()


@cause('tls_protocol')
def no_common_cipher(host):
    host.site(f'SSLProtocol TLSv1.2\nSSLCipherSuite AES128-SHA\n{WEBSOCKET}')
    return host.probe()


@cause('tls_failed')
def somebody_hangs_up(host):
    host.impostor(b'', tls=False)
    return host.probe()


# Apache's configuration


@cause('apache_broken_configuration', '/etc/apache2/')
def configuration_is_broken(host):
    host.shell("echo 'NoSuchDirective on' >>/etc/apache2/conf-enabled/security.conf; systemctl stop apache2")
    return host.status()


@cause('vhost_missing', 'port 443')
def no_virtualhost(host):
    host.shell('a2dissite --quiet omk && systemctl restart apache2')
    return host.status()


@cause('vhost_ambiguous', 'server_name')
def two_virtualhosts(host):
    host.shell(
        "sed 's/omk.test/two.test/' /etc/apache2/sites-available/omk.conf >/etc/apache2/sites-enabled/two.conf\n"
        'systemctl restart apache2'
    )
    return host.status()


@cause('module_missing', 'proxy_wstunnel')
def modules_are_off(host):
    host.shell('a2dismod --quiet proxy_wstunnel proxy_http && systemctl restart apache2')
    return host.status()


@cause('no_handler', 'proxy_wstunnel')
def modules_are_off_seen_from_outside(host):
    host.shell('a2dismod --quiet proxy_wstunnel proxy_http && systemctl restart apache2')
    return host.probe()


@cause('apache_restart_pending')
def apache_was_not_reloaded(host):
    host.site(f'{HEADER}\n{GENERIC}')
    host.site(f'{HEADER}\n{WEBSOCKET}\n{GENERIC}', reload=False)
    return host.status()


@cause('path_excluded', '/etc/apache2/sites-')
def exclamation_mark(host):
    host.site(f'{HEADER}\nProxyPass {PATH} !\n{WEBSOCKET}\n{GENERIC}')
    return host.status()


@cause('generic_rule_won', '/etc/apache2/sites-')
def generic_rule_first(host):
    host.site(f'{HEADER}\n{GENERIC}\n{WEBSOCKET}')
    return host.status()


@cause('generic_rule_won', '/etc/apache2/conf-')
def generic_rule_at_server_level(host):
    host.write('/etc/apache2/conf-enabled/omk-proxy.conf', GENERIC + '\n')
    host.site(f'{HEADER}\n{WEBSOCKET}')
    return host.status()


@cause('generic_rule_won')
def generic_rule_seen_from_outside(host):
    host.site(f'{HEADER}\n{GENERIC}\n{WEBSOCKET}')
    return host.probe()


@cause('not_proxied', PATH)
def no_rule(host):
    host.site(HEADER)
    return host.status()


@cause('not_proxied')
def rule_is_commented_out_seen_from_outside(host):
    host.site(f'# {WEBSOCKET}')
    return host.probe()


@cause('wrong_backend')
def rule_names_another_port(host):
    host.site(f'{HEADER}\n{WEBSOCKET.replace("8042", "8043")}\n{GENERIC}')
    return host.status()


@cause('backend_down')
def omkd_is_stopped_seen_from_outside(host):
    host.shell('systemctl stop omkd')
    return host.probe()


@cause('gateway_failed', '502')
def backend_is_something_else(host):
    host.write(
        '/opt/hangs_up.py',
        "import socket\nlistener = socket.create_server(('', 8044))\nwhile True:\n    listener.accept()[0].close()\n",
    )
    host.shell('systemd-run --quiet --unit=impostor python3 /opt/hangs_up.py' + wait_for(8044))
    host.site(f'{HEADER}\nProxyPass "{PATH}" "http://localhost:8044{PATH}"')
    return host.probe()


@cause('other_rule_won', "not OMK's (/etc/apache2/sites-")
def another_application_takes_all(host):
    host.site(f'{HEADER}\nProxyPass / http://127.0.0.1:8000/')
    return host.status()


@cause('apache_login_required', 'AuthType')
def apache_asks_for_a_login(host):
    host.site(
        f'{HEADER}\n{WEBSOCKET}\n<Location />\nAuthType Basic\nAuthName OMK\nAuthUserFile /dev/null\n'
        'Require valid-user\n</Location>'
    )
    return host.status()


@cause('access_denied', '403')
def access_is_denied(host):
    host.site(f'{HEADER}\n{WEBSOCKET}\n<Location "{PATH}">\nRequire all denied\n</Location>')
    return host.status()


@cause('redirected', 'https://elsewhere.test/')
def path_is_redirected(host):
    host.site(f'RewriteEngine on\nRewriteRule "^/en/omk" "https://elsewhere.test/" [R]\n{HEADER}\n{WEBSOCKET}')
    return host.status()


@cause('rewritten_page')
def path_is_rewritten(host):
    host.site(f'DocumentRoot /var/www/html\nRewriteEngine on\nRewriteRule "^/en/omk" "/index.html"\n{WEBSOCKET}')
    return host.probe()


@cause('http_other', '410')
def path_is_gone(host):
    host.site(f'RewriteEngine on\nRewriteRule "^/en/omk" "-" [G]\n{HEADER}\n{WEBSOCKET}')
    return host.probe()


@cause('forwarded_proto_missing')
def omk_does_not_know_of_https(host):
    host.site(f'{WEBSOCKET}\n{GENERIC}')
    return host.status()


# something else instead of Apache


@cause('another_server', 'nginx')
def another_server_answers(host):
    host.impostor(b'HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n')
    return host.probe()


@cause('not_websocket_server')
def a_bare_101(host):
    host.impostor(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    return host.probe()


@cause('protocol_error')
def not_even_http(host):
    host.impostor(b'220 mail.example.com ESMTP\r\n')
    return host.probe()


@cause('connection_closed')
def closed_without_an_answer(host):
    host.impostor(b'')
    return host.probe()


@cause('timeout')
def omk_hangs_seen_from_outside(host):
    host.shell('systemctl kill --signal=STOP omkd')
    return host.probe(timeout=2)


@cause('not_checked')
def only_the_omk_half(host):
    return host.status(sides=['omk'])


@pytest.mark.exhaustive
@pytest.mark.parametrize('reason, words, produce', CAUSES)
def test_cause(host, reason, words, produce):
    host.restore()
    seen = produce(host)
    expected = (reason, 'green' if reason == 'green' else 'yellow')
    assert (seen['reason'], seen['status']) == expected, json.dumps(seen, indent=1)
    assert words in seen['advice']


def test_every_reason_has_a_cause():
    assert {case.values[0] for case in CAUSES} == {reason.code for reason in REASONS}


def test_green_with_a_certificate_that_ends_soon(host):
    host.restore()
    soon = host.shell("date --utc --date='5 days' +%Y%m%d%H%M%SZ").strip()
    host.certificate(not_before='20200101000000Z', not_after=soon)
    seen = host.status()
    assert seen['status'] == 'green'
    assert 'The certificate expires in 4 days' in seen['notes'][0]
