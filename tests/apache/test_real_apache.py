# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module does over several runs, and what it refuses, on real Apache."""

import re

import pytest
from layouts import GENERIC, PATH, located

AVAILABLE, SITE = 'sites-available/omk.conf', '/etc/apache2/sites-available/omk.conf'
HEAD = (
    'SSLEngine on',
    'SSLCertificateFile /etc/ssl/omk/omk.example.com.crt',
    'SSLCertificateKeyFile /etc/ssl/omk/omk.example.com.key',
)


def vhost(*lines, name='omk.example.com', address='*:443'):
    return '\n'.join(
        [
            f'<VirtualHost {address}>',
            f'    ServerName {name}',
            *(f'    {line}' for line in HEAD + lines),
            '</VirtualHost>',
            '',
        ]
    )


@pytest.fixture
def configure(lab):
    """Give Apache one site, and have it run on it."""

    def write(text):
        lab.lay({AVAILABLE: text.encode()}, {'sites-enabled/omk.conf': f'../{AVAILABLE}'})
        assert lab.reload() == ''

    yield write
    lab.do('pristine')


def refused(lab, **options):
    """The sentence with which the module refuses; nothing may have changed."""
    before = lab.fingerprint()
    result = lab.module(**options)
    assert result.get('failed'), result
    assert lab.fingerprint() == before
    assert 'Traceback' not in result['msg']
    return result['msg']


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'paths': ['/x">\n</Location>']}, 'cannot be a websocket path'),
        ({'paths': []}, 'apache_websocket_paths (option paths) is empty'),
        ({'backend': 'localhost'}, 'is not HOST:PORT'),
        ({'backend': 'localhost:99999'}, 'is not HOST:PORT'),
        ({'backend': 'localhost:8042 timeout=1'}, 'is not HOST:PORT'),
        ({'port': 0}, 'from 1 to 65535'),
        ({'port': 8443}, 'no VirtualHost serves port 8443'),
        ({'idle_timeout': -1}, 'idle_timeout'),
        ({'vhost': '/etc/apache2/nothing.conf'}, 'no such VirtualHost'),
    ],
)
def test_options_that_cannot_be(lab, configure, options, words):
    configure(vhost(GENERIC))
    assert words in refused(lab, **options)


def test_configuration_that_was_broken_before(lab, configure):
    configure(vhost(GENERIC))
    path = '/etc/apache2/sites-enabled/lab-broken.conf'
    lab.write(path, b'Bogus\n')
    assert refused(lab).startswith(path + ', line 1: Apache refuses its configuration')


def test_ours_is_renewed_when_the_desired_state_changes(lab, configure):
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
    with_both = lab.read(SITE).replace(
        b'</VirtualHost>', '\n'.join(['', *located(f'ProxyPass ws://127.0.0.1:8042{PATH}'), '</VirtualHost>']).encode()
    )
    lab.write(SITE, with_both)
    assert lab.module()['changed'] is False
    assert lab.read(SITE) == with_both


def test_ours_moves_below_what_came_after_it(lab, configure):
    configure(vhost(GENERIC))
    lab.module()
    overtaken = lab.read(SITE).replace(
        b'</VirtualHost>',
        '\n'.join(['', *located('ProxyPass http://localhost:8042/en/omk', '/en/omk'), '</VirtualHost>']).encode(),
    )
    lab.write(SITE, overtaken)
    result = lab.module()
    assert result['changed'] is True
    assert 'ProxyPass at ' in result['rules'][0]['before']
    block = lab.read(SITE).partition(b'# BEGIN')[2]
    assert b'http:' not in block
    assert block.count(b'END opmantek.omk') == 1
    assert lab.module()['changed'] is False
    lab.module(state='absent')
    assert lab.read(SITE) == re.sub(rb'(?s) *# BEGIN opmantek.*?# END opmantek[^\n]*\n', b'', overtaken)
    assert 'ProxyPass …' in result['diff'][0]['before']


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
        lab.write(
            '/etc/apache2/sites-enabled/lab-admin.conf',
            '\n'.join(
                [
                    'Listen 8444',
                    '<IfModule mod_ssl.c>',
                    '<IfModule mod_headers.c>',
                    '<VirtualHost *:8444>',
                    *HEAD,
                    'ServerName admin.example.com',
                    'ProxyPass /x ws://localhost:9000/x',
                    '</VirtualHost>',
                    '</IfModule>',
                    '</IfModule>',
                    '',
                ]
            ).encode(),
        )
        kept = lab.module('apache_module', name=MODULES, state='original')
        assert kept['disabled'] == ['proxy_http']
        assert b'admin.example.com' in lab.shell('apache2ctl -S')
        lab.shell('rm /etc/apache2/sites-enabled/lab-admin.conf')
        assert lab.module('apache_module', name=MODULES, state='original')['disabled'] == [
            'headers',
            'proxy',
            'proxy_wstunnel',
            'ssl',
        ]
        assert lab.fingerprint() == bare
        assert lab.module('apache_module', name=MODULES, state='original')['changed'] is False
    finally:
        lab.shell('a2enmod -q proxy proxy_http proxy_wstunnel headers ssl lbmethod_byrequests')
