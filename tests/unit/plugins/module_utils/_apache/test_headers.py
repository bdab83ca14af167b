# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump, headers
from layouts import GENERIC, PATH, located, printed

BACKEND = desired.Backend('localhost', 8042)
SET = 'RequestHeader set X-Forwarded-Proto https'
UNSET = 'RequestHeader unset X-Forwarded-Proto'


def nodes(*lines):
    """Directives as Apache's own dump prints them, one a line; sections with their end tags."""
    text = ['# In file: /etc/apache2/x.conf', *printed(enumerate(lines, 1))]
    return dump.parse_dump('\n'.join(text)).config


def within(tag, line=UNSET):
    """A section with one line."""
    return (f'<{tag}>', line, f'</{tag.split()[0]}>')


def told(vhost, server=()):
    return headers.proto(nodes(*server), nodes(*vhost), PATH, BACKEND, 'omk.example.com', 443)


@pytest.mark.parametrize(
    ('expected', 'server', 'vhost'),
    [
        (False, (), ()),
        (True, (), ('RequestHeader set X-Forwarded-Proto "https"',)),
        (True, (), ('requestheader SET x-forwarded-proto https',)),
        (True, ('RequestHeader set X-Forwarded-Proto https',), ()),
        (False, (), ('RequestHeader set X-Forwarded-Proto http',)),
        (False, (), ('RequestHeader set X-Forwarded-Proto https', 'RequestHeader unset X-Forwarded-Proto')),
        (False, (), ('RequestHeader set X-Forwarded-Proto https env=TLS',)),
        (True, (), ('RequestHeader set X-Forwarded-Proto https "EXPR=%{HTTPS} == \'on\'"',)),
        (True, (), ('RequestHeader set X-Forwarded-Proto https early',)),
        (
            True,
            (),
            (
                'RequestHeader set X-Forwarded-Proto https',
                'RequestHeader unset X-Forwarded-Proto env=PLAIN',
                'RequestHeader set X-Forwarded-Proto http "expr=%{HTTPS} == \'off\'"',
            ),
        ),
        (True, (), ('RequestHeader setifempty X-Forwarded-Proto: https',)),
        (False, (), ('RequestHeader set X-Forwarded-Proto HTTPS',)),
        (True, (), ('RequestHeader set X-Forwarded-Proto expr=https',)),
        (True, (), ('RequestHeader set X-Forwarded-Proto "%{REQUEST_SCHEME}s"',)),
        (True, ('RequestHeader unset X-Forwarded-Proto',), ('RequestHeader set X-Forwarded-Proto https',)),
        (
            True,
            (),
            (
                'RequestHeader set X-Forwarded-Proto https',
                'RequestHeader unset X-Forwarded-For',
                'RequestHeader unset',
                'RequestHeader set X-Forwarded-Proto',
            ),
        ),
        (True, (), ('RequestHeader append X-Forwarded-Proto https',)),
        (False, (), ('Header set X-Forwarded-Proto https',)),
        (
            True,
            (),
            ('RequestHeader set X-Forwarded-Proto https', *located('RequestHeader unset X-Forwarded-Proto', '/de')),
        ),
        (
            True,
            (),
            (
                'RequestHeader set X-Forwarded-Proto https',  # where no page stands
                *located('RequestHeader unset X-Forwarded-Proto', '/en/omk/opCharts/events'),
            ),
        ),
        (True, (), ('RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}',)),
        (True, (), located('RequestHeader set X-Forwarded-Proto https', '/en/omk')),
        (True, (), located('RequestHeader set X-Forwarded-Proto https', '/')),
        (False, (), located('RequestHeader set X-Forwarded-Proto https')),
        (
            False,
            (),
            ('RequestHeader set X-Forwarded-Proto https', *located('RequestHeader unset X-Forwarded-Proto', '/en')),
        ),
        (
            False,
            (),
            (
                'RequestHeader set X-Forwarded-Proto https',
                '<LocationMatch "^/en/omk/">',
                'RequestHeader set X-Forwarded-Proto http',
                '</LocationMatch>',
            ),
        ),
        (
            False,
            (),
            (
                'RequestHeader set X-Forwarded-Proto https',
                *located('RequestHeader unset X-Forwarded-Proto', '/en/omk/opCharts'),
            ),
        ),
        # What nobody but a request can tell.
        (None, (), ('RequestHeader set X-Forwarded-Proto %{PROTO}e',)),
        (None, (), ('RequestHeader set X-Forwarded-Proto expr=%{req_novary:X}',)),
        (None, (), (SET, 'RequestHeader edit X-Forwarded-Proto ^https$ http')),
        (None, (), (SET, 'SetEnvIf Host omk PLAIN', f'{UNSET} env=PLAIN')),
        (None, (), (SET, 'SetEnvIf Host omk !PLAIN', f'{UNSET} env=!PLAIN')),
        (None, (), (SET, '<Location /en>', 'SetEnv PLAIN 1', '</Location>', f'{UNSET} env=PLAIN')),
        (None, (), (SET, f'{UNSET} env=SSL_CLIENT_VERIFY')),
        (None, (), (SET, *within('If "-R \'10.0.0.0/8\'"'))),
        (None, (), (*within('If "%{REMOTE_ADDR} == \'::1\'"', SET), *within('Else', SET))),
        (None, (), within('LocationMatch "^/en(?>/omk)"', SET)),
        (None, (), (SET, GENERIC, *within('ProxyMatch "(?>h)"'))),
        (None, (), (SET, 'ProxyPassMatch ^/en(?>/omk) http://localhost:8042', *within('Proxy "*"'))),
        # What the environment tells.
        (True, (), (f'{SET} env=HTTPS',)),
        (False, (), (f'{SET} env=!HTTPS',)),
        (False, (), (SET, 'SetEnv PLAIN 1', f'{UNSET} env=PLAIN')),
        (True, (), (SET, 'SetEnv PLAINER 1', f'{UNSET} env=PLAIN')),
        # What acts on what is there.
        (True, (), ('RequestHeader add X-Forwarded-Proto https',)),
        (False, (), (SET, 'RequestHeader add X-Forwarded-Proto https')),
        (False, (), (SET, 'RequestHeader append X-Forwarded-Proto https')),
        (True, (), (SET, 'RequestHeader merge X-Forwarded-Proto https')),
        (False, (), (SET, 'RequestHeader merge X-Forwarded-Proto http')),
        (True, (), (SET, 'RequestHeader setifempty X-Forwarded-Proto http')),
        (False, (), ('RequestHeader edit X-Forwarded-Proto x https',)),
        # Early ones first.
        (False, (), (UNSET, f'{SET} early')),
        (True, (), (f'{UNSET} early', SET)),
        # Sections.
        (False, (), (SET, GENERIC, *within('Proxy "*"'))),
        (False, within('Proxy "*"'), (SET, GENERIC)),
        (False, (), (SET, GENERIC, *within('Proxy "http://localhost:8042/"'))),
        (False, (), (SET, GENERIC, *within('Proxy ~ "8042"'))),
        (False, (), (SET, GENERIC, *within('ProxyMatch "8042"'))),
        (True, (), (SET, GENERIC, *within('ProxyMatch "8043"'))),
        (True, (), (SET, GENERIC, *within('Proxy "http://localhost:80/*"'))),
        (True, (), (SET, *within('Proxy "*"'))),  # nothing is proxied
        (True, (), (GENERIC, *within('Proxy "*"'), *within('Location "/en"', SET))),
        (False, (), (SET, *within('If "true"'), *within('Location "/en"', SET))),
        (True, (), (SET, *within('If "false"'))),
        (False, (), (SET, '<Location "/en">', *within('If "true"'), '</Location>')),
        (False, (), (SET, *within('If "false"', SET), *within('ElseIf "true"'), *within('Else', SET))),
        (True, (), (SET, *within('If "true"', SET), *within('ElseIf "true"'), *within('Else'))),
        (False, (), (SET, '<If "true">', *within('If "true"'), '</If>', *within('If "true"', SET))),
        (True, (), (SET, *within('Files "*"'), *within('Directory "/"'))),
        (False, (), (SET, *within('Location "/en/omk/opCharts/nodes/core-router1"'))),
        (True, (), (SET, *within('Location "/en/omk/opCharts/events"'))),
    ],
)
def test_whether_omk_is_told_of_https(expected, server, vhost):
    assert told(vhost, server).holds is expected


def test_the_directive_that_is_to_blame():
    assert told((SET, 'RequestHeader unset X-Forwarded-For', UNSET, 'SetEnv A 1')).node.line == 3
    # Of several that perhaps take it away, the first.
    assert told((SET, f'{UNSET} env=A', *within('If "-R \'10.0.0.0/8\'"'), 'SetEnvIf Host x A')).node.line == 2
    assert told(()).node is None
    assert told((SET,)) == (True, None)


@pytest.mark.parametrize(
    ('expected', 'lines'),
    [
        (True, ()),
        (False, ('RequestHeader unset Upgrade',)),
        (False, ('RequestHeader unset Upgrade early',)),
        (False, ('RequestHeader set Upgrade h2c',)),
        (True, ('RequestHeader unset Upgrade', 'RequestHeader set Upgrade websocket')),
        (True, ('RequestHeader unset Connection', 'Header unset Upgrade')),
        (False, within('Proxy "ws://localhost:8042/"', 'RequestHeader unset Upgrade')),
        (False, within('If "%{HTTP:Upgrade} == \'websocket\'"', 'RequestHeader unset Upgrade')),
        (True, within('If "%{HTTP:Upgrade} == \'h2c\'"', 'RequestHeader unset Upgrade')),
        (None, within('If "%{REMOTE_ADDR} == \'::1\'"', 'RequestHeader unset Upgrade')),
    ],
)
def test_whether_a_handshake_keeps_its_upgrade(expected, lines):
    url = f'ws://localhost:8042{PATH}'
    assert headers.upgrade([], nodes(*lines), PATH, url, 'omk.example.com', 443).holds is expected
