# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
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
    (False, (), ('RequestHeader set X-Forwarded-Proto https',
                 *located('RequestHeader unset X-Forwarded-Proto', '/en'))),
    (False, (), ('RequestHeader set X-Forwarded-Proto https', '<LocationMatch "^/en/omk/">',
                 'RequestHeader set X-Forwarded-Proto http', '</LocationMatch>')),
    (False, (), ('RequestHeader set X-Forwarded-Proto https',
                 *located('RequestHeader unset X-Forwarded-Proto', '/en/omk/opCharts'))),
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


@pytest.mark.parametrize(('expected', 'backend', 'rule'), [
    ('tunnelled', 'localhost', '127.0.0.1'), ('tunnelled', '127.0.0.1', 'localhost'), ('perhaps', 'localhost', '[::1]'),
    ('tunnelled', '[::1]', '[::1]'), ('perhaps', '[::1]', 'localhost'), ('wrong_target', 'localhost', '10.0.0.1'),
])
def test_loopback_addresses(expected, backend, rule):
    vhost = nodes(f'ProxyPass {PATH} ws://{rule}:8042{PATH}')
    assert rules.outcome([], vhost, PATH, rules.Backend(backend, 8042), '', 443).kind == expected


@pytest.mark.parametrize('expression', [
    '^/(?<language>en)/', '^/[[:alpha:]]+/', '^/\\h*en', '^/en(?>/omk)/', '^/en/++omk', '^/en/omk/(?',
    '^/en/\\Qomk\\E/',
])
def test_expressions_that_only_pcre_knows(expression):
    for lines in ((f'ProxyPassMatch "{expression}" "http://localhost:8042/$1"', WS),
                  (WS, f'<LocationMatch "{expression}">', 'ProxyPass http://localhost:8042/', '</LocationMatch>'),
                  (WS, 'RewriteEngine on', f'RewriteRule "{expression}" "http://localhost:8042/$1" [P]')):
        assert rules.outcome([], nodes(*lines), PATH, BACKEND, '', 443).kind == 'perhaps'


@pytest.mark.parametrize(('expected', 'pattern'), [
    ('tunnelled', '/en/omk/*'), ('redirected', '/en/*/opCharts/*/log'),
    ('redirected', '/en/omk/opCharts/event?/[a-m]og'),
])
def test_wildcards_stand_for_no_slash(expected, pattern):
    lines = (WS, *located('Redirect https://other.example.com/', pattern))
    assert rules.outcome([], nodes(*lines), PATH, BACKEND, '', 443).kind == expected


def test_a_proxy_rule_in_a_section_with_a_wildcard_takes_nothing():
    lines = (WS, *located('ProxyPass http://localhost:8042/', '/en/*/opCharts/*/log'))
    assert rules.outcome([], nodes(*lines), PATH, BACKEND, '', 443).kind == 'tunnelled'


@pytest.mark.parametrize(('expected', 'rule'), [
    ('redirected', 'Redirect https://other.example.com/'), ('redirected', 'Redirect permanent https://other.example.com/'),
    ('redirected', 'Redirect 302 /en https://other.example.com/'), ('tunnelled', 'Redirect /de https://other.example.com/'),
    ('redirected', 'RedirectMatch ^/en/(.*) https://other.example.com/$1'), ('redirected', 'RedirectPermanent /en /de'),
    ('tunnelled', 'RedirectMatch ^/de/(.*) https://other.example.com/$1'),
])
def test_redirects_in_sections(expected, rule):
    assert rules.outcome([], nodes(WS, *located(rule, '/en')), PATH, BACKEND, '', 443).kind == expected


@pytest.mark.parametrize(('expected', 'lines'), [
    ('perhaps', ('RewriteEngine on', 'RewriteRule ^ http://localhost:8042%{REQUEST_URI} [P]')),
    ('tunnelled', ('RewriteRule ^ http://localhost:8042%{REQUEST_URI} [P]',)),
    ('tunnelled', ('RewriteEngine on',)),
])
def test_rewriting_in_sections(expected, lines):
    section = ('<Location "/en">', *lines, '</Location>')
    assert rules.outcome([], nodes(WS, *section), PATH, BACKEND, '', 443).kind == expected
    after = (*section, *located('RewriteEngine off'))
    assert rules.outcome([], nodes(WS, *after), PATH, BACKEND, '', 443).kind == 'tunnelled'
