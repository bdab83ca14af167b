# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import layouts
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump, rules
from layouts import GENERIC, PATH, WS, located

BACKEND = rules.Backend('localhost', 8042)


def nodes(*lines):
    """Directives as Apache's own dump prints them, one a line; sections with their end tags."""
    text = ['# In file: /etc/apache2/x.conf']
    for number, line in enumerate(lines, 1):
        text += [f'# {number:3}:', line]
    return dump.parse_dump('\n'.join(text)).config


def kind(server, vhost):
    return rules.outcome(nodes(*server), nodes(*vhost), PATH, BACKEND, 'omk.example.com', 443).kind


@pytest.mark.parametrize('layout', layouts.LAYOUTS, ids=lambda layout: layout.name)
def test_outcome(layout):
    assert kind(layout.server, layout.vhost) == layout.kind


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
