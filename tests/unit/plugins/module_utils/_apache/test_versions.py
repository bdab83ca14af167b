# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What depends on Apache's version: what is read of it, and what follows for rules, plans and hints."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired_state
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump, plan, rules, versions
from layouts import PATH, printed

BACKEND = desired_state.Backend('localhost', 8042)
SITE = '/etc/apache2/sites-enabled/omk.conf'
UPGRADE = 'ProxyPass /en http://localhost:8042/en upgrade=websocket'
WEBSOCKET = f'ProxyPass {PATH} ws://localhost:8042{PATH}'
ALONE = f'{WEBSOCKET} disablereuse=on'
ENGINE = 'RewriteEngine on'
REWRITE = 'RewriteRule ^/en ws://localhost:8042%{REQUEST_URI} [P]'
VHOST = dump.VirtualHost('*', '443', 'omk.example.com', SITE, 1, [], [])


@pytest.mark.parametrize(
    ('expected', 'said'),
    [
        ((2, 4, 35), 'Server version: Apache/2.4.35 (Unix)\nServer built:   Nov 24 2026 18:30:00\n'),
        ((2, 4, 6), 'Server version: Apache/2.4.6 (Red Hat Enterprise Linux)\nServer built:   Mar  1 2023\n'),
        ((2, 4, 68), 'AH00558: apache2: Could not determine the name\nServer version: Apache/2.4.68 (Debian)\n'),
        ((2, 4, 12), 'Server version: IBM_HTTP_Server/2.4.12 (Unix)\n'),
        (None, 'Server version: Apache\n'),
        (None, 'version 2.4.35'),
        (None, ''),
    ],
)
def test_parse(expected, said):
    assert versions.parse(said) == expected


def tree(*lines):
    """A VirtualHost of these lines, as Apache's own dump prints it; the first is its second."""
    text = printed(enumerate(['<VirtualHost *:443>', *lines, '</VirtualHost>'], 1))
    return dump.parse_dump('\n'.join([f'# In file: {SITE}', *text]))._replace(vhosts=[VHOST])


@pytest.mark.parametrize(
    ('version', 'lines', 'expected'),
    [
        ((2, 4, 46), [UPGRADE], 'upgrade'),
        ((2, 4, 47), [UPGRADE], 'tunnelled'),
        ((2, 5, 0), [UPGRADE], 'tunnelled'),
        (None, [UPGRADE], 'tunnelled'),
        ((2, 4, 9), [WEBSOCKET], 'own_connection'),
        ((2, 4, 9), [ALONE], 'tunnelled'),
        ((2, 4, 9), [ALONE.replace('disablereuse=on', 'DisableReuse=On retry=0')], 'tunnelled'),
        ((2, 4, 9), [ALONE.replace('=on', '=off')], 'own_connection'),
        ((2, 4, 10), [WEBSOCKET], 'tunnelled'),
        ((2, 4, 9), [ENGINE, REWRITE], 'rewrite_to_websocket'),
        ((2, 4, 10), [ENGINE, REWRITE], 'tunnelled'),
        (None, [ENGINE, REWRITE], 'tunnelled'),
        # What is wrong whatever the version is told as such.
        ((2, 4, 9), [UPGRADE.replace('8042', '8043')], 'wrong_target'),
        ((2, 4, 9), [WEBSOCKET.replace('8042', '8043')], 'wrong_target'),
        ((2, 4, 9), [ENGINE, REWRITE.replace('8042', '8043')], 'wrong_target'),
        ((2, 4, 9), ['ProxyPass /en http://localhost:8042/en'], 'plain_http'),
    ],
)
def test_what_becomes_of_a_handshake(version, lines, expected):
    [section] = tree(*lines).config
    assert rules.outcome([], section.children, PATH, BACKEND, 'omk.example.com', 443, version).kind == expected


@pytest.mark.parametrize(
    ('lines', 'why'),
    [
        ([UPGRADE], f'ProxyPass at {SITE}:3 asks for the websocket with upgrade=, which Apache ignores before 2.4.47'),
        (
            [WEBSOCKET],
            f'ProxyPass at {SITE}:3 lacks disablereuse=on, without which Apache before 2.4.10 mixes up the websockets '
            'of browsers',
        ),
        (
            [REWRITE, ENGINE],
            f'RewriteRule at {SITE}:3 hands a websocket to [P], which Apache cannot do before 2.4.10',
        ),
    ],
)
def test_ours_takes_the_place_of_what_an_old_version_does_not_do(lines, why):
    lines = ['RequestHeader set X-Forwarded-Proto "https"', *lines]
    text = '\n'.join(['<VirtualHost *:443>', *lines, '</VirtualHost>', ''])
    desired = desired_state.Desired((PATH,), BACKEND, 443, '', True, None)
    new = tree(*lines)._replace(version=(2, 4, 68))
    assert plan.plan(new, VHOST, text, desired).text == text

    old = new._replace(version=(2, 4, 6))
    assert plan.standing(old, VHOST, desired).detail == why
    planned = plan.plan(old, VHOST, text, desired)
    assert planned.rules[0]['before'] == why
    assert f'    ProxyPass "ws://localhost:8042{PATH}" disablereuse=on\n' in planned.text
    assert ('[L]' in planned.text) is (REWRITE in lines)
    after = tree(*(line for line in planned.text.splitlines()[1:-1] if '#' not in line))._replace(version=(2, 4, 6))
    assert plan.standing(after, VHOST, desired).kind == 'tunnelled'


@pytest.mark.parametrize(
    ('expected', 'lines'),
    [
        (True, [UPGRADE]),
        (True, [WEBSOCKET]),
        (True, ['<Location /en>', 'ProxyPass "WS://localhost:8042/en"', '</Location>']),
        (True, [REWRITE]),
        (True, ['ProxyPassMatch ^/en http://localhost:8042 Upgrade=any']),
        (False, ['ProxyPass /en http://localhost:8042/en', 'ProxyPassReverse /en ws://localhost:8042/en']),
        (False, ['RewriteRule ^/en http://localhost:8042%{REQUEST_URI} [P]']),
        (False, []),
    ],
)
def test_when_the_version_matters(expected, lines):
    assert versions.matters(tree(*lines).config) is expected


PARENT = 'ProxyPass /en ws://localhost:8042/en'
IDLE = (
    'The idle timeout (apache_websocket_idle_timeout, option idle_timeout) has no effect: Apache 2.4.46 does not cut '
    'idle websockets, 2.4.47 and newer do.'
)
PAGES = (
    f'ProxyPass at {SITE}:2 takes ordinary pages below /en/omk/, too, which Apache 2.4.46 answers with 500 there '
    '(2.4.47 and newer pass them on). Name the websocket alone in it.'
)


@pytest.mark.parametrize(
    ('version', 'idle_timeout', 'lines', 'expected'),
    [
        ((2, 4, 46), 600, [PARENT], [IDLE, PAGES]),
        ((2, 4, 46), None, [PARENT], [PAGES]),
        ((2, 4, 46), 600, [WEBSOCKET], [IDLE]),
        ((2, 4, 46), None, [UPGRADE], []),
        ((2, 4, 46), None, [], []),
        ((2, 4, 46), None, [ENGINE, 'RewriteCond %{HTTP:Upgrade} =websocket', REWRITE], []),
        ((2, 4, 47), 600, [PARENT], []),
        (None, 600, [PARENT], []),
    ],
)
def test_hints(version, idle_timeout, lines, expected):
    desired = desired_state.Desired((PATH, PATH + '/x'), BACKEND, 443, '', True, idle_timeout)
    said = tree(*lines)._replace(version=version)
    assert plan.hints(said, (SITE, 1), desired) == expected
    assert plan.hints(said, (SITE, 99), desired) == [one for one in expected if one == IDLE]
