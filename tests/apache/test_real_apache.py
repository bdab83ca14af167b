# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layouts on real Apache: a handshake before, the module, a handshake after, a second run, and back."""

import pytest
import websocket
from events import listen
from layouts import GENERIC, LAYOUTS, PATH, WS, located

SITE = '/etc/apache2/sites-available/omk.conf'
SERVER_LEVEL = '/etc/apache2/conf-enabled/omk-lab.conf'
HEAD = ('SSLEngine on', 'SSLCertificateFile /etc/ssl/omk/omk.example.com.crt',
        'SSLCertificateKeyFile /etc/ssl/omk/omk.example.com.key')


def vhost(*lines, name='omk.example.com', address='*:443'):
    return '\n'.join([f'<VirtualHost {address}>', f'    ServerName {name}', *(f'    {line}' for line in HEAD + lines),
                      '</VirtualHost>', ''])


def opens(lab):
    """Whether a websocket opens through TLS and an event comes."""
    try:
        return len(listen(lab.server, timeout=5)) == 1
    except (websocket.WebSocketException, OSError):
        return False


@pytest.fixture
def configure(lab):
    """Write a configuration and have Apache take it up; afterwards the host is as before."""
    site = lab.read(SITE)

    def write(text, server=()):
        lab.write(SERVER_LEVEL, '\n'.join([*server, '']).encode())
        lab.write(SITE, text if isinstance(text, bytes) else text.encode())
        lab.shell('apache2ctl -t 2>&1 && apache2ctl graceful && sleep 0.2')

    yield write
    lab.shell(f'rm -f {SERVER_LEVEL} /etc/apache2/sites-enabled/lab-* /etc/apache2/lab-*')
    lab.write(SITE, site)
    lab.shell('apache2ctl graceful')


def converge(lab, before_opens, **options):
    """Run the module twice and back, with a handshake at every step."""
    before = lab.fingerprint()
    assert opens(lab) is before_opens
    foretold = lab.module(_ansible_check_mode=True, **options)
    assert lab.fingerprint() == before
    first = lab.module(**options)
    assert (first.get('changed'), first.get('diff')) == (foretold.get('changed'), foretold.get('diff')), first
    assert not first.get('failed'), first['msg']
    lab.shell('apache2ctl graceful && sleep 0.2')
    assert opens(lab)
    assert lab.module(**options)['changed'] is False
    assert lab.module(state='absent', **options)['changed'] is first['changed']
    assert lab.fingerprint() == before
    return first


@pytest.mark.parametrize('layout', LAYOUTS, ids=lambda layout: layout.name)
def test_proxy_rules(lab, configure, layout):
    balancer = ('<Proxy balancer://omk>', 'BalancerMember http://localhost:8042', '</Proxy>')
    server = layout.server + (balancer if layout.name == 'balancer' else ())
    works = layout.kind == 'tunnelled'
    # Rules that may take the request, and do not: the handshake succeeds although nobody could promise it.
    really = works or layout.name in ('rewrite-by-environment', 'rewrite-by-file')
    configure(vhost(*layout.vhost, 'RequestHeader set X-Forwarded-Proto https'), server)
    first = converge(lab, really)
    assert first['changed'] is not works


FORMS = {
    'crlf': (vhost(GENERIC).replace('\n', '\r\n').encode(), {}),
    'latin-1': (vhost('# Caf\xe9 \xfcber', GENERIC).encode('latin-1'), {}),
    'no-final-newline': (vhost(GENERIC).rstrip().encode(), {}),
    'tabs-and-case': (vhost(GENERIC).replace('    ', '\t').replace('VirtualHost', 'virtualHOST').encode(), {}),
    'continued-tag': (vhost(GENERIC).replace('<VirtualHost *:443>', '<VirtualHost \\\n  *:443>').encode(), {}),
    'comment-that-swallows-a-line': (vhost('# \\', '</VirtualHost>', GENERIC).encode(), {}),
    'two-closing-tags-on-a-line': (f'<IfModule mod_ssl.c>\n{vhost(GENERIC).rstrip()} </IfModule>\n'.encode(), {}),
    'inside-ifmodule': (f'<IfModule mod_ssl.c>\n{vhost(GENERIC)}</IfModule>\n'.encode(), {}),
    'rule-in-inactive-ifmodule': (vhost('<IfModule mod_nothing.c>', WS, '</IfModule>', GENERIC).encode(), {}),
    'commented-out-rule': (vhost(f'#{WS}', GENERIC).encode(), {}),
    'rule-in-the-other-virtualhost': (f'<VirtualHost *:80>\n{WS}\n</VirtualHost>\n{vhost(GENERIC)}'.encode(), {}),
    'several-only-one-proxies': (vhost(name='a.example.com', address='*:443').encode()
                                 .replace(b'a.example.com', b'zzz.example.com') + vhost(GENERIC).encode(),
                                 {'server_name': 'omk.example.com'}),
    'wildcard-alias-first': ((vhost('ServerAlias *.example.com', GENERIC, name='first.test')
                              + vhost(GENERIC, name='omk.example.com')).encode(), {'server_name': 'omk.example.com'}),
    'several-addresses-of-one': (vhost(GENERIC, address='*:443 [::1]:443').encode(), {}),
    'default-virtualhost': (vhost(GENERIC, address='_default_:443').encode(), {}),
    'define-and-variable': (f'Define OMKHOST localhost\n{vhost("ProxyPass /en/omk http://${OMKHOST}:8042/en/omk")}'
                            .encode(), {}),
    'https-name-with-alias': (vhost('ServerAlias omk.example.com', GENERIC, name='other.example.com').encode(),
                              {'server_name': 'omk.example.com'}),
}


@pytest.mark.parametrize('form', FORMS)
def test_forms_of_files(lab, configure, form):
    text, options = FORMS[form]
    configure(text)
    first = converge(lab, False, **options)
    assert first['changed'] is True


def test_rules_in_an_included_file(lab, configure):
    lab.write('/etc/apache2/lab-rules.inc', f'{GENERIC}\n'.encode())
    configure(vhost('Include /etc/apache2/lab-rules.inc'))
    assert converge(lab, False)['files'] == [SITE]


def test_symlinks_stay_links(lab, configure):
    configure(vhost(GENERIC))
    lab.module()
    assert lab.shell('readlink /etc/apache2/sites-enabled/omk.conf').strip() == b'../sites-available/omk.conf'


def refused(lab, **options):
    """The sentence with which the module refuses; nothing may have changed."""
    before = lab.fingerprint()
    result = lab.module(**options)
    assert result.get('failed'), result
    assert lab.fingerprint() == before
    assert 'Traceback' not in result['msg']
    return result['msg']


def test_several_virtualhosts_and_no_name(lab, configure):
    configure(vhost(GENERIC, name='a.example.com') + vhost(GENERIC, name='b.example.com'))
    message = refused(lab)
    assert 'omk.conf:1 (a.example.com)' in message
    assert 'omk.conf:8 (b.example.com)' in message
    assert 'server_name' in message
    assert 'no VirtualHost for port 443 is called c.example.com' in refused(lab, server_name='c.example.com')
    assert lab.module(vhost='/etc/apache2/sites-enabled/omk.conf:8')['vhost']['line'] == 8


def test_virtualhost_of_a_macro(lab, configure):
    configure('<Macro Site $name>\n' + vhost(GENERIC, name='$name') + '</Macro>\nUse Site omk.example.com\n')
    assert 'made by a macro' in refused(lab)


def test_rewriting_that_is_inherited_before(lab, configure):
    configure(vhost('RewriteEngine on', 'RewriteOptions InheritBefore', GENERIC),
              ('RewriteEngine on', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]'))
    message = refused(lab)
    assert message.startswith(f'{SERVER_LEVEL}, line 2: RewriteRule here ')
    assert 'RewriteCond' in message


@pytest.mark.parametrize(('options', 'words'), [
    ({'paths': ['/x">\n</Location>']}, 'cannot be a websocket path'),
    ({'paths': []}, 'paths is empty'),
    ({'backend': 'localhost'}, 'is not HOST:PORT'),
    ({'backend': 'localhost:99999'}, 'is not HOST:PORT'),
    ({'backend': 'localhost:8042 timeout=1'}, 'is not HOST:PORT'),
    ({'port': 0}, 'from 1 to 65535'),
    ({'port': 8443}, 'no VirtualHost serves port 8443'),
    ({'idle_timeout': -1}, 'idle_timeout'),
    ({'vhost': '/etc/apache2/nothing.conf'}, 'no such VirtualHost'),
])
def test_options_that_cannot_be(lab, configure, options, words):
    configure(vhost(GENERIC))
    assert words in refused(lab, **options)


def test_configuration_that_was_broken_before(lab, configure):
    configure(vhost(GENERIC))
    path = '/etc/apache2/sites-enabled/lab-broken.conf'
    lab.write(path, b'Bogus\n')
    assert refused(lab).startswith(path + ', line 1: Apache refuses its configuration')


def test_ours_is_renewed_when_the_wish_changes(lab, configure):
    configure(vhost(GENERIC))
    before = lab.read(SITE)
    lab.module()
    result = lab.module(idle_timeout=600)
    assert result['changed'] is True
    assert lab.read(SITE).count(b'BEGIN opmantek.omk') == 1
    assert b'timeout=600' in lab.read(SITE)
    assert lab.module(state='previous')['changed'] is True
    assert b'timeout=600' not in lab.read(SITE)
    assert lab.module(state='absent')['changed'] is True
    assert lab.read(SITE) == before


def test_an_admins_rule_beside_ours_is_left_alone(lab, configure):
    configure(vhost(GENERIC))
    lab.module()
    with_both = lab.read(SITE).replace(b'</VirtualHost>', '\n'.join(
        ['', *located(f'ProxyPass ws://127.0.0.1:8042{PATH}'), '</VirtualHost>']).encode())
    lab.write(SITE, with_both)
    assert lab.module()['changed'] is False
    assert lab.read(SITE) == with_both


def test_two_virtualhosts_of_one_file_keep_their_own_blocks(lab, configure):
    configure(vhost(GENERIC, name='a.example.com') + vhost(GENERIC))
    before = lab.read(SITE)
    for name in ('a.example.com', 'omk.example.com'):
        assert lab.module(server_name=name)['changed'] is True
    assert lab.read(SITE).count(b'BEGIN opmantek.omk') == 2
    for name in ('a.example.com', 'omk.example.com'):
        assert lab.module(server_name=name)['changed'] is False
    assert lab.module(state='absent')['changed'] is True
    assert lab.read(SITE) == before


def test_a_lost_marker_is_refused(lab, configure):
    configure(vhost(GENERIC))
    lab.module()
    lab.write(SITE, lab.read(SITE).replace(b'    # END opmantek.omk websocket\n', b''))
    for state in ('present', 'absent'):
        assert 'lost its partner' in refused(lab, state=state, idle_timeout=600)


MODULES = ['proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'ssl']


def test_modules_that_the_configuration_came_to_need_stay(lab, configure):
    configure('<VirtualHost *:80>\nServerName x.example.com\n</VirtualHost>\n')
    lab.shell('a2dismod -qf proxy_wstunnel proxy_http lbmethod_byrequests proxy headers ssl')
    try:
        bare = lab.fingerprint()
        assert lab.module('apache_module', name=[*MODULES, 'so'])['enabled'] == MODULES
        assert lab.module('apache_module', name=MODULES)['enabled'] == []
        # Since then somebody serves another site, of which Apache's test would not miss a thing.
        lab.write('/etc/apache2/sites-enabled/lab-admin.conf', '\n'.join([
            'Listen 8444', '<IfModule mod_ssl.c>', '<IfModule mod_headers.c>', '<VirtualHost *:8444>', *HEAD,
            'ServerName admin.example.com', 'ProxyPass /x ws://localhost:9000/x', '</VirtualHost>', '</IfModule>',
            '</IfModule>', '']).encode())
        kept = lab.module('apache_module', name=MODULES, state='original')
        assert kept['disabled'] == ['proxy_http']
        assert b'admin.example.com' in lab.shell('apache2ctl -S')
        lab.shell('rm /etc/apache2/sites-enabled/lab-admin.conf')
        assert lab.module('apache_module', name=MODULES, state='original')['disabled'] == [
            'headers', 'proxy', 'proxy_wstunnel', 'ssl']
        assert lab.fingerprint() == bare
        assert lab.module('apache_module', name=MODULES, state='original')['changed'] is False
    finally:
        lab.shell('a2enmod -q proxy proxy_http proxy_wstunnel headers ssl lbmethod_byrequests')
