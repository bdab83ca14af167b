# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump, rules

PATH = '/en/omk/opCharts/events/log'
WS = f'ProxyPass "{PATH}" "ws://localhost:8042{PATH}"'
GENERIC = 'ProxyPass /en/omk http://localhost:8042/en/omk'
BACKEND = rules.Backend('localhost', 8042)


def nodes(*lines):
    """Directives as Apache's own dump prints them, one a line; sections with their end tags."""
    text = ['# In file: /etc/apache2/x.conf']
    for number, line in enumerate(lines, 1):
        text += [f'# {number:3}:', line]
    return dump.parse_dump('\n'.join(text)).config


def located(rule, path=PATH):
    return (f'<Location "{path}">', rule, '</Location>')


def kind(server, vhost):
    return rules.outcome(nodes(*server), nodes(*vhost), PATH, BACKEND, 'omk.example.com', 443).kind


# Who wins over whom was measured with a real Apache and a real websocket client; this table holds the rooms to it.
@pytest.mark.parametrize(('expected', 'server', 'vhost'), [
    ('unhandled', (), ()),
    ('tunnelled', (), (WS,)),
    ('tunnelled', (), (WS, GENERIC)),
    ('plain_http', (), (GENERIC, WS)),
    ('plain_http', (), (GENERIC,)),
    ('plain_http', (GENERIC,), (WS,)),
    ('plain_http', (GENERIC,), ('ProxyPassInherit Off', WS)),
    ('tunnelled', (WS, GENERIC), ()),
    ('tunnelled', (GENERIC,), located(f'ProxyPass "ws://localhost:8042{PATH}"')),
    ('tunnelled', (), (GENERIC, *located(f'ProxyPass ws://127.0.0.1:8042{PATH}'))),
    ('plain_http', (), (WS, *located('ProxyPass http://localhost:8042/en/omk', '/en/omk'))),
    ('tunnelled', (), (*located('ProxyPass http://localhost:8042/en/omk', '/en/omk'),
                       *located(f'ProxyPass ws://localhost:8042{PATH}'))),
    ('plain_http', (), (*located(f'ProxyPass ws://localhost:8042{PATH}'),
                        *located('ProxyPass http://localhost:8042/en/omk', '/en/omk'))),
    ('tunnelled', located('ProxyPass http://localhost:8042/en/omk', '/en/omk'),
     located(f'ProxyPass ws://localhost:8042{PATH}')),
    ('tunnelled', (), located('ProxyPass ws://localhost:8042/en/omk', '/en/omk')),
    ('excluded', (), (f'ProxyPass {PATH} !', WS)),
    ('tunnelled', (), (f'ProxyPass {PATH} !', *located(f'ProxyPass ws://localhost:8042{PATH}'))),
    ('excluded', (), located('ProxyPass !')),
    ('wrong_target', (), (f'ProxyPass {PATH} ws://localhost:8043{PATH}', WS)),
    ('wrong_target', (), (f'ProxyPass {PATH} ws://localhost:8042/elsewhere',)),
    ('wrong_target', (), (f'ProxyPass {PATH} ws://other.example.com:8042{PATH}',)),
    ('wrong_target', (), (f'ProxyPass {PATH} wss://localhost:8042{PATH}',)),
    ('tunnelled', (), ('ProxyPass /en/omk http://localhost:8042/en/omk upgrade=websocket',)),
    ('tunnelled', (), (f'ProxyPassMatch ^({PATH})$ ws://localhost:8042$1',)),
    ('tunnelled', (), ('ProxyPassMatch "^/en/omk/(.*)" "ws://localhost:8042/en/omk/$1"',)),
    ('wrong_target', (), (f'ProxyPassMatch ^{PATH}$ ws://localhost:8042{PATH}',)),
    ('tunnelled', (), ('<LocationMatch "^(/en/omk/opCharts/.*)$">', 'ProxyPass ws://localhost:8042$1',
                       '</LocationMatch>')),
    ('plain_http', (), ('ProxyPass / http://localhost:8042/',)),
    ('unhandled', (), ('ProxyPass /en/om http://localhost:8042/en/om',)),
    ('unhandled', (), ('ProxyPass /en/omk/opCharts/events/log/ ws://localhost:8042/x',)),
    ('plain_http', (), ('RewriteEngine on', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]',
                        *located(f'ProxyPass ws://localhost:8042{PATH}'))),
    ('tunnelled', (), ('RewriteEngine off', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]', WS)),
    ('tunnelled', (), ('RewriteEngine on', f'RewriteRule "^{PATH}$" "-" [L]',
                       'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]', WS)),
    ('tunnelled', (), ('RewriteEngine on', 'RewriteCond %{REQUEST_URI} !^/en/omk/opCharts/events',
                       'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]', WS)),
    ('tunnelled', (), ('RewriteEngine on', 'RewriteCond %{HTTP:Upgrade} =websocket [NC]',
                       'RewriteRule ^/en/omk/(.*) ws://localhost:8042/en/omk/$1 [P,L]', GENERIC)),
    ('plain_http', (), ('RewriteEngine on', 'RewriteCond %{HTTP:Upgrade} !=websocket [NC]',
                        'RewriteRule ^/en/omk/(.*) ws://localhost:8042/en/omk/$1 [P,L]', GENERIC)),
    ('tunnelled', (), ('RewriteEngine on', 'RewriteCond %{HTTPS} off',
                       'RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]', WS)),
    ('redirected', (), ('RewriteEngine on', 'RewriteRule ^/en/(.*) https://other.example.com/$1 [R=301,L]', WS)),
    ('forbidden', (), ('RewriteEngine on', 'RewriteRule ^/en/omk/opCharts/events - [F]', WS)),
    ('rewritten', (), ('RewriteEngine on', 'RewriteRule ^/en/omk/(.*)$ /index.html [L]', WS)),
    ('perhaps', (), ('RewriteEngine on', 'RewriteCond %{ENV:maintenance} yes', 'RewriteRule ^/ /down.html [L]', WS)),
    ('perhaps', (), ('RewriteEngine on', 'RewriteCond /var/www/down -f', 'RewriteRule ^/ /down.html [L]', WS)),
    ('tunnelled', ('RewriteEngine on', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]'), (WS,)),
    ('plain_http', ('RewriteEngine on', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]'),
     ('RewriteEngine on', 'RewriteOptions Inherit', WS)),
    ('perhaps', (), ('ProxyPass /en/omk balancer://omk/en/omk',)),
])
def test_outcome(expected, server, vhost):
    assert kind(server, vhost) == expected


def test_outcome_names_the_deciding_directive():
    outcome = rules.outcome(nodes(GENERIC), nodes(WS), PATH, BACKEND, 'omk.example.com', 443)
    assert (outcome.node.name, outcome.node.file, outcome.node.line) == ('ProxyPass', '/etc/apache2/x.conf', 1)
    assert not outcome.rewrites


@pytest.mark.parametrize(('expected', 'server', 'vhost'), [
    (False, (), ()),
    (True, (), ('RequestHeader set X-Forwarded-Proto "https"',)),
    (True, (), ('requestheader SET x-forwarded-proto https',)),
    (True, ('RequestHeader set X-Forwarded-Proto https',), ()),
    (False, (), ('RequestHeader set X-Forwarded-Proto http',)),
    (False, (), ('RequestHeader set X-Forwarded-Proto https', 'RequestHeader unset X-Forwarded-Proto')),
    (False, (), ('RequestHeader set X-Forwarded-Proto https env=TLS',)),
    (True, (), ('RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}',)),
    (True, (), located('RequestHeader set X-Forwarded-Proto https', '/en/omk')),
    (True, (), located('RequestHeader set X-Forwarded-Proto https', '/')),
    (False, (), located('RequestHeader set X-Forwarded-Proto https')),
])
def test_forwards_proto(expected, server, vhost):
    assert rules.forwards_proto(nodes(*server), nodes(*vhost), PATH) is expected


@pytest.mark.parametrize(('expected', 'url'), [
    (True, 'ws://localhost:8042/x'), (True, 'http://127.0.0.1:8042'), (True, 'http://[::1]:8042/'),
    (False, 'http://localhost:8043/'), (False, 'http://localhost/'), (False, 'http://10.0.0.1:8042/'), (False, '!'),
    (False, None),
])
def test_reaches(expected, url):
    assert rules.reaches(url, BACKEND) is expected
