# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxy rules as servers have them: held against our reading of them (unit tests) and against real Apache."""

import collections

PATH = '/en/omk/opCharts/events/log'
WS = f'ProxyPass "{PATH}" "ws://localhost:8042{PATH}"'
GENERIC = 'ProxyPass /en/omk http://localhost:8042/en/omk'

#: kind: what becomes of a websocket handshake (see `rules.Outcome`); server, vhost: lines at server level and in the
#: VirtualHost for port 443.
Layout = collections.namedtuple('Layout', 'name kind server vhost')


def located(rule, path=PATH):
    """A <Location> with one rule."""
    return (f'<Location "{path}">', rule, '</Location>')


LAYOUTS = (
    Layout('nothing', 'unhandled', (), ()),
    Layout('ws', 'tunnelled', (), (WS,)),
    Layout('ws-above-generic', 'tunnelled', (), (WS, GENERIC)),
    Layout('generic-above-ws', 'plain_http', (), (GENERIC, WS)),
    Layout('generic', 'plain_http', (), (GENERIC,)),
    Layout('generic-at-server-level', 'plain_http', (GENERIC,), (WS,)),
    Layout('generic-at-server-level-not-inherited', 'plain_http', (GENERIC,), ('ProxyPassInherit Off', WS)),
    Layout('both-at-server-level', 'tunnelled', (WS, GENERIC), ()),
    Layout('location-beats-server-level', 'tunnelled', (GENERIC,), located(f'ProxyPass "ws://localhost:8042{PATH}"')),
    Layout(
        'location-by-address-beats-generic',
        'tunnelled',
        (),
        (GENERIC, *located(f'ProxyPass ws://127.0.0.1:8042{PATH}')),
    ),
    Layout(
        'generic-location-beats-ws',
        'plain_http',
        (),
        (WS, *located('ProxyPass http://localhost:8042/en/omk', '/en/omk')),
    ),
    Layout(
        'ws-location-after-generic-location',
        'tunnelled',
        (),
        (
            *located('ProxyPass http://localhost:8042/en/omk', '/en/omk'),
            *located(f'ProxyPass ws://localhost:8042{PATH}'),
        ),
    ),
    Layout(
        'generic-location-after-ws-location',
        'plain_http',
        (),
        (
            *located(f'ProxyPass ws://localhost:8042{PATH}'),
            *located('ProxyPass http://localhost:8042/en/omk', '/en/omk'),
        ),
    ),
    Layout(
        'ws-location-beats-location-at-server-level',
        'tunnelled',
        located('ProxyPass http://localhost:8042/en/omk', '/en/omk'),
        located(f'ProxyPass ws://localhost:8042{PATH}'),
    ),
    Layout('parent-location', 'tunnelled', (), located('ProxyPass ws://localhost:8042/en/omk', '/en/omk')),
    Layout('excluded-above-ws', 'excluded', (), (f'ProxyPass {PATH} !', WS)),
    Layout(
        'location-beats-exclusion',
        'tunnelled',
        (),
        (f'ProxyPass {PATH} !', *located(f'ProxyPass ws://localhost:8042{PATH}')),
    ),
    Layout('excluded-in-location', 'excluded', (), located('ProxyPass !')),
    Layout('wrong-port-above-ws', 'wrong_target', (), (f'ProxyPass {PATH} ws://localhost:8043{PATH}', WS)),
    Layout('wrong-path', 'wrong_target', (), (f'ProxyPass {PATH} ws://localhost:8042/elsewhere',)),
    Layout('wrong-host', 'wrong_target', (), (f'ProxyPass {PATH} ws://other.example.com:8042{PATH}',)),
    Layout('wss-to-plain-backend', 'wrong_target', (), (f'ProxyPass {PATH} wss://localhost:8042{PATH}',)),
    Layout('upgrade-on-http', 'tunnelled', (), ('ProxyPass /en/omk http://localhost:8042/en/omk upgrade=websocket',)),
    Layout('match-with-reference', 'tunnelled', (), (f'ProxyPassMatch ^({PATH})$ ws://localhost:8042$1',)),
    Layout('match-of-parent', 'tunnelled', (), ('ProxyPassMatch "^/en/omk/(.*)" "ws://localhost:8042/en/omk/$1"',)),
    Layout('match-without-reference', 'wrong_target', (), (f'ProxyPassMatch ^{PATH}$ ws://localhost:8042{PATH}',)),
    Layout(
        'locationmatch',
        'tunnelled',
        (),
        ('<LocationMatch "^(/en/omk/opCharts/.*)$">', 'ProxyPass ws://localhost:8042$1', '</LocationMatch>'),
    ),
    Layout('root-over-http', 'plain_http', (), ('ProxyPass / http://localhost:8042/',)),
    Layout('prefix-that-ends-inside-a-word', 'unhandled', (), ('ProxyPass /en/om http://localhost:8042/en/om',)),
    Layout('longer-path', 'unhandled', (), ('ProxyPass /en/omk/opCharts/events/log/ ws://localhost:8042/x',)),
    Layout(
        'rewrite-p-beats-location',
        'plain_http',
        (),
        (
            'RewriteEngine on',
            'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]',
            *located(f'ProxyPass ws://localhost:8042{PATH}'),
        ),
    ),
    Layout(
        'rewrite-engine-off',
        'tunnelled',
        (),
        ('RewriteEngine off', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]', WS),
    ),
    Layout(
        'rewrite-exception-first',
        'tunnelled',
        (),
        (
            'RewriteEngine on',
            f'RewriteRule "^{PATH}$" "-" [L]',
            'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]',
            WS,
        ),
    ),
    Layout(
        'rewrite-condition-excludes',
        'tunnelled',
        (),
        (
            'RewriteEngine on',
            'RewriteCond %{REQUEST_URI} !^/en/omk/opCharts/events',
            'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]',
            WS,
        ),
    ),
    Layout(
        'rewrite-p-for-websockets',
        'tunnelled',
        (),
        (
            'RewriteEngine on',
            'RewriteCond %{HTTP:Upgrade} =websocket [NC]',
            'RewriteRule ^/en/omk/(.*) ws://localhost:8042/en/omk/$1 [P,L]',
            GENERIC,
        ),
    ),
    Layout(
        'rewrite-p-for-others',
        'plain_http',
        (),
        (
            'RewriteEngine on',
            'RewriteCond %{HTTP:Upgrade} !=websocket [NC]',
            'RewriteRule ^/en/omk/(.*) ws://localhost:8042/en/omk/$1 [P,L]',
            GENERIC,
        ),
    ),
    Layout(
        'redirect-http-only',
        'tunnelled',
        (),
        (
            'RewriteEngine on',
            'RewriteCond %{HTTPS} off',
            'RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]',
            WS,
        ),
    ),
    Layout(
        'redirect',
        'redirected',
        (),
        ('RewriteEngine on', 'RewriteRule ^/en/(.*) https://other.example.com/$1 [R=301,L]', WS),
    ),
    Layout('forbidden', 'forbidden', (), ('RewriteEngine on', 'RewriteRule ^/en/omk/opCharts/events - [F]', WS)),
    Layout('rewritten', 'rewritten', (), ('RewriteEngine on', 'RewriteRule ^/en/omk/(.*)$ /index.html [L]', WS)),
    Layout(
        'rewrite-by-environment',
        'perhaps',
        (),
        ('RewriteEngine on', 'RewriteCond %{ENV:maintenance} yes', 'RewriteRule ^/ /down.html [L]', WS),
    ),
    Layout(
        'rewrite-by-file',
        'perhaps',
        (),
        ('RewriteEngine on', 'RewriteCond /var/www/down -f', 'RewriteRule ^/ /down.html [L]', WS),
    ),
    Layout(
        'rewrite-at-server-level',
        'tunnelled',
        ('RewriteEngine on', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]'),
        (WS,),
    ),
    Layout(
        'rewrite-inherited',
        'plain_http',
        ('RewriteEngine on', 'RewriteRule ^/en/omk(.*)$ http://localhost:8042/en/omk$1 [P,L]'),
        ('RewriteEngine on', 'RewriteOptions Inherit', WS),
    ),
    Layout('balancer', 'perhaps', (), ('ProxyPass /en/omk balancer://omk/en/omk',)),
)
