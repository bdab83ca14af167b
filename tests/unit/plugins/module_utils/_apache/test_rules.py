# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump, rules
from layouts import GENERIC, PATH, WS, located, printed

BACKEND = desired.Backend('localhost', 8042)


def nodes(*lines):
    """Directives as Apache's own dump prints them, one a line; sections with their end tags."""
    text = ['# In file: /etc/apache2/x.conf', *printed(enumerate(lines, 1))]
    return dump.parse_dump('\n'.join(text)).config


def outcome(vhost, server=(), backend=BACKEND):
    return rules.outcome(nodes(*server), nodes(*vhost), PATH, backend, 'omk.example.com', 443)


def test_outcome_names_the_deciding_directive():
    outcome = rules.outcome(nodes(GENERIC), nodes(WS), PATH, BACKEND, 'omk.example.com', 443)
    assert (outcome.node.name, outcome.node.file, outcome.node.line) == ('ProxyPass', '/etc/apache2/x.conf', 1)
    assert not outcome.rewrites


@pytest.mark.parametrize(
    ('expected', 'url', 'rule'),
    [
        # The URL to which a handshake goes: what follows the prefix is appended.
        ('tunnelled', f'ws://localhost:8042{PATH}', f'ProxyPass {PATH} ws://localhost:8042{PATH}'),
        ('tunnelled', f'ws://localhost:8042{PATH}', 'proxypass /en/ ws://localhost:8042/en/'),
        ('tunnelled', f'ws://localhost:8042{PATH}', 'ProxyPass / ws://localhost:8042/'),
        ('tunnelled', f'ws://localhost:8042{PATH}', 'ProxyPass /en "ws://localhost:8042/en" retry=0'),
        ('tunnelled', f'WS://LOCALHOST:8042{PATH}', 'ProxyPass /en WS://LOCALHOST:8042/en'),
        ('wrong_target', f'ws://localhost:8042{PATH[3:]}', 'ProxyPass /en ws://localhost:8042'),
        ('wrong_target', 'ws://localhost:8042' + PATH[4:], 'ProxyPass /en/ ws://localhost:8042'),
        ('wrong_target', f'wss://localhost:8042{PATH}', 'ProxyPass /en wss://localhost:8042/en'),
        ('wrong_target', f'https://localhost:8042{PATH}', 'ProxyPass /en https://localhost:8042/en upgrade=websocket'),
        ('wrong_target', f'ws://localhost{PATH}', 'ProxyPass /en ws://localhost/en'),
        ('plain_http', f'http://localhost:8042{PATH}', 'ProxyPass /en http://localhost:8042/en'),
        ('plain_http', f'http://localhost:8042{PATH}', 'ProxyPass /en http://localhost:8042/en upgrade=h2c'),
        ('tunnelled', f'http://localhost:8042{PATH}', 'ProxyPass /en http://localhost:8042/en upgrade=websocket'),
        ('tunnelled', f'http://localhost:8042{PATH}', 'ProxyPass /en http://localhost:8042/en retry=0 Upgrade=ANY'),
        ('tunnelled', f'http://localhost:8042{PATH}', 'ProxyPass /en http://localhost:8042/en upgrade=*'),
        ('perhaps', f'balancer://omk{PATH}', 'ProxyPass /en balancer://omk/en'),
        ('perhaps', f'Balancer://omk{PATH}', 'ProxyPass /en Balancer://omk/en'),
        (
            'perhaps',
            f'unix:/run/omk.sock|http://localhost{PATH}',
            'ProxyPass /en unix:/run/omk.sock|http://localhost/en',
        ),
        (
            'perhaps',
            f'unix:///run/omk.sock|ws://localhost{PATH}',
            'ProxyPass /en unix:///run/omk.sock|ws://localhost/en',
        ),
        ('perhaps', f'localhost:8042{PATH}', 'ProxyPass /en localhost:8042/en'),
        ('excluded', '!', 'ProxyPass /en !'),
        ('excluded', '!', 'ProxyPass /en/ !'),
        ('unhandled', None, 'ProxyPass /e http://localhost:8042/e'),
        ('unhandled', None, f'ProxyPass {PATH}/ ws://localhost:8042{PATH}/'),
        ('unhandled', None, 'ProxyPassReverse /en http://localhost:8042/en'),
        # By an expression.
        ('tunnelled', f'ws://localhost:8042{PATH}', 'ProxyPassMatch ^/en/(.*)$ ws://localhost:8042/en/$1'),
        ('tunnelled', f'ws://localhost:8042{PATH}', 'ProxyPassMatch ^/en ws://localhost:8042'),
        ('tunnelled', f'ws://localhost:8042{PATH}', 'ProxyPassMatch ^/(en)(x)?/(.*) ws://localhost:8042/$1$2/$3$4'),
        ('tunnelled', f'ws://localhost:8042{PATH}', 'ProxyPass ~ ^/en/(.*)$ ws://localhost:8042/en/$1'),
        ('tunnelled', f'http://localhost:8042{PATH}', 'ProxyPass ~ ^/(.*) http://localhost:8042/$1 upgrade=websocket'),
        ('wrong_target', 'ws://localhost:8042/log', 'ProxyPassMatch events/(.*) ws://localhost:8042/$1'),
        ('perhaps', None, 'ProxyPassMatch (?<rest>.*) ws://localhost:8042/$1'),
        ('excluded', '!', 'ProxyPassMatch /log$ !'),
        ('unhandled', None, 'ProxyPassMatch ^/events ws://localhost:8042'),
        ('unhandled', None, 'ProxyPass ~ ^/events ws://localhost:8042'),
    ],
)
def test_where_a_handshake_goes(expected, url, rule):
    found = outcome([rule])
    assert (found.kind, found.url, found.rewrites) == (expected, url, False)
    assert bool(found.node) is (expected != 'unhandled')
    if ' ~ ' not in rule:
        name, prefix, target = rule.split(None, 2)
        section = 'LocationMatch' if name == 'ProxyPassMatch' else 'Location'
        located_found = outcome([f'<{section} "{prefix}">', f'{name} {target}', f'</{section}>'])
        assert (located_found.kind, located_found.url) == (expected, url)


@pytest.mark.parametrize(
    'lines',
    [
        (),
        ('ProxyPass',),
        ('ProxyPass /en',),
        ('ProxyPass ~ /en',),
        ('<Location>', WS, '</Location>'),
        ('<LocationMatch>', WS, '</LocationMatch>'),
        ('<Location "/en">', 'ProxyPass', 'Redirect', '</Location>'),
        ('<Directory "/en">', f'ProxyPass ws://localhost:8042{PATH}', '</Directory>'),
        located(f'ProxyPass ws://localhost:8042{PATH}', '/de'),
        ('ProxyRequests off', 'Location /en'),
        ('<Location ~ "^/de">', 'ProxyPass ws://localhost:8042', '</Location>'),
    ],
)
def test_what_takes_no_path(lines):
    assert outcome(lines) == ('unhandled', None, False, None)


def test_the_root_of_a_url_that_names_none():
    root = nodes('<LocationMatch "^/$">', 'ProxyPassMatch ws://localhost:8042$1', '</LocationMatch>')
    assert rules.outcome([], root, '/', BACKEND, '', 443).kind == 'tunnelled'


OTHER = 'ProxyPass / http://localhost:8042/'


@pytest.mark.parametrize(
    ('line', 'server', 'vhost'),
    [
        # Of plain rules the first that takes the path, those of the server before those of the VirtualHost.
        (2, (), ('ProxyPass /de !', WS, OTHER)),
        (1, (), (OTHER, WS)),
        (101, (GENERIC,), (WS,)),
        # Of sections the last; those of the VirtualHost after those of the server, and all before plain rules.
        (5, (), (*located(OTHER[10:], '/en'), *located('ProxyPass !', '/'))),
        (2, (WS,), located('ProxyPass !')),
        (102, located('ProxyPass !'), (WS,)),
        (2, located('ProxyPass !'), located(f'ProxyPass ws://localhost:8042{PATH}')),
        (2, (), ('<Location "/en">', 'ProxyPass !', '</Location>', *located('SetEnv A 1'))),
        (3, (), ('<Location "/en">', 'SetEnv A 1', 'proxypass !', 'SetEnv A 1', '</Location>')),
        # Before them what rewrites in a section, before that what redirects in one, and first what is rewritten,
        # unless it is proxied.
        (
            4,
            (),
            (
                WS,
                '<Location "/en">',
                'RewriteEngine on',
                'RewriteRule x y',
                'RewriteRule z y',
                'ProxyPass !',
                '</Location>',
            ),
        ),
        (4, (), (WS, '<Location "/en">', 'RewriteEngine on', 'Redirect /de', 'RewriteRule x y', '</Location>')),
        (4, (), ('RewriteEngine on', 'RewriteRule ^ http://localhost:8042/ [P]', *located('Redirect /de'))),
        (2, (), ('RewriteEngine on', 'RewriteRule ^ - [F]', *located('Redirect /de'))),
        (2, located('Redirect /de'), ('RewriteEngine on', 'RewriteRule ^ /de [L]')),
    ],
)
def test_which_rule_decides(line, server, vhost):
    server_nodes = [
        node._replace(
            line=node.line + 100,
            children=node.children and [child._replace(line=child.line + 100) for child in node.children],
        )
        for node in nodes(*server)
    ]
    found = rules.outcome(server_nodes, nodes(*vhost), PATH, BACKEND, 'omk.example.com', 443)
    assert found.node.line == line
    # A pass-through rule can stand in front of a RewriteRule, if that is in no section.
    assert found.rewrites is (found.node.name == 'RewriteRule' and found.node in nodes(*vhost))


@pytest.mark.parametrize(
    ('expected', 'url'),
    [
        (True, 'ws://localhost:8042/x'),
        (True, 'http://127.0.0.1:8042'),
        (True, 'http://[::1]:8042/'),
        (False, 'http://localhost:8043/'),
        (False, 'http://localhost/'),
        (False, 'http://10.0.0.1:8042/'),
        (False, '!'),
        (False, None),
        (False, 'fcgi://localhost/'),
    ],
)
def test_reaches(expected, url):
    assert rules.reaches(url, BACKEND) is expected


@pytest.mark.parametrize(('scheme', 'port'), [('ws', 80), ('HTTP', 80), ('wss', 443), ('https', 443)])
def test_ports_that_urls_do_not_name(scheme, port):
    url = scheme + '://localhost/en'
    assert rules.reaches(url, desired.Backend('localhost', port))
    assert not rules.reaches(url, desired.Backend('localhost', 8042))


@pytest.mark.parametrize(
    ('expected', 'backend', 'rule'),
    [
        ('tunnelled', 'localhost', '127.0.0.1'),
        ('tunnelled', '127.0.0.1', 'localhost'),
        ('perhaps', 'localhost', '[::1]'),
        ('tunnelled', '[::1]', '[::1]'),
        ('tunnelled', 'IP6-localhost', '[::1]'),
        ('tunnelled', '[::1]', 'ip6-LOOPBACK'),
        ('perhaps', '[::1]', 'localhost'),
        ('perhaps', 'localhost', 'ip6-LOOPBACK'),
        ('wrong_target', 'localhost', '10.0.0.1'),
    ],
)
def test_loopback_addresses(expected, backend, rule):
    vhost = nodes(f'ProxyPass {PATH} ws://{rule}:8042{PATH}')
    assert rules.outcome([], vhost, PATH, desired.Backend(backend, 8042), '', 443).kind == expected


@pytest.mark.parametrize(
    'expression',
    [
        '^/(?<language>en)/',
        '^/[[:alpha:]]+/',
        '^/\\h*en',
        '^/en(?>/omk)/',
        '^/en/++omk',
        '^/en/omk/(?',
        '^/en/\\Qomk\\E/',
    ],
)
def test_expressions_that_only_pcre_knows(expression):
    for lines in (
        (f'ProxyPassMatch "{expression}" "http://localhost:8042/$1"', WS),
        (WS, f'<LocationMatch "{expression}">', 'ProxyPass http://localhost:8042/', '</LocationMatch>'),
        (WS, 'RewriteEngine on', f'RewriteRule "{expression}" "http://localhost:8042/$1" [P]'),
    ):
        assert rules.outcome([], nodes(*lines), PATH, BACKEND, '', 443).kind == 'perhaps'


@pytest.mark.parametrize(
    ('expected', 'pattern'),
    [
        ('tunnelled', '/en/omk/*'),
        ('redirected', '/en/*/opCharts/*/log'),
        ('redirected', '/en/omk/opCharts/event?/[a-m]og'),
    ],
)
def test_wildcards_stand_for_no_slash(expected, pattern):
    lines = (WS, *located('Redirect https://other.example.com/', pattern))
    assert rules.outcome([], nodes(*lines), PATH, BACKEND, '', 443).kind == expected


def test_a_proxy_rule_in_a_section_with_a_wildcard_takes_nothing():
    lines = (WS, *located('ProxyPass http://localhost:8042/', '/en/*/opCharts/*/log'))
    assert rules.outcome([], nodes(*lines), PATH, BACKEND, '', 443).kind == 'tunnelled'


@pytest.mark.parametrize(
    ('expected', 'rule'),
    [
        ('redirected', 'Redirect https://other.example.com/'),
        ('redirected', 'redirect https://other.example.com/'),
        # A status, then an URL for everything below the section.
        ('redirected', 'Redirect permanent https://other.example.com/'),
        ('redirected', 'Redirect Temp /de'),
        ('redirected', 'Redirect SeeOther /de'),
        ('redirected', 'Redirect 308 /de'),
        # A path and an URL, with and without a status.
        ('redirected', 'Redirect /en https://other.example.com/'),
        ('tunnelled', 'Redirect /de https://other.example.com/'),
        ('redirected', 'Redirect 302 /en https://other.example.com/'),
        ('tunnelled', 'Redirect Permanent /de /fr'),
        ('redirected', 'RedirectPermanent /en /de'),
        ('tunnelled', 'RedirectPermanent /de /fr'),
        ('redirected', 'RedirectTemp /en/ /de'),
        ('tunnelled', 'RedirectTemp /e /fr'),
        # A status that leads nowhere, for everything or for a path.
        ('redirected', 'Redirect gone'),
        ('redirected', 'Redirect 404'),
        ('redirected', 'Redirect Gone /en'),
        ('tunnelled', 'Redirect gone /de'),
        ('redirected', 'Redirect 503 /en'),
        ('tunnelled', 'Redirect 503 /de'),
        # By an expression.
        ('redirected', 'RedirectMatch ^/en/(.*) https://other.example.com/$1'),
        ('tunnelled', 'RedirectMatch ^/de/(.*) https://other.example.com/$1'),
        ('redirected', 'RedirectMatch 301 log$ /de'),
        ('tunnelled', 'RedirectMatch 301 ^log /de'),
        ('redirected', 'RedirectMatch 403 log$'),
        ('tunnelled', 'RedirectMatch gone ^log'),
        ('tunnelled', 'Redirect'),
        ('tunnelled', 'SetEnv /en /de'),
    ],
)
def test_redirects_in_sections(expected, rule):
    for section in ((f'<Location "{path}">', rule, '</Location>') for path in ('/en', '/en/omk/')):
        assert outcome([WS, *section]).kind == expected
    assert outcome([WS, *located('SetEnv A 1'), '<Location "/en">', 'SetEnv A 1', rule, '</Location>']).kind == expected
    assert outcome([WS, '<Location "/de">', rule, '</Location>']).kind == 'tunnelled'
    assert outcome([WS, rule]).kind == 'tunnelled'


@pytest.mark.parametrize(
    ('covers', 'tag'),
    [
        (True, 'Location "/en"'),
        (True, 'location /en/'),
        (True, f'Location {PATH}'),
        (True, 'Location ~ ^/en'),
        (True, 'LocationMatch log$'),
        (True, 'LOCATIONMATCH "^/(en|de)/"'),
        (True, 'Location ~ (?<only-pcre>'),
        (False, 'Location "/e"'),
        (False, f'Location {PATH}/'),
        (False, 'Location ~ ^/de'),
        (False, 'LocationMatch ^log'),
        (False, 'Location "/EN"'),
        (False, 'Location ^/en'),
        (False, 'Directory /en'),
        (False, 'Location ~'),
    ],
)
def test_which_sections_apply(covers, tag):
    name = tag.partition(' ')[0]
    assert outcome([WS, f'<{tag}>', 'Redirect /de', f'</{name}>']).kind == ('redirected' if covers else 'tunnelled')


@pytest.mark.parametrize(
    ('expected', 'lines'),
    [
        ('perhaps', ('RewriteEngine on', 'RewriteRule ^ http://localhost:8042%{REQUEST_URI} [P]')),
        ('tunnelled', ('RewriteRule ^ http://localhost:8042%{REQUEST_URI} [P]',)),
        ('tunnelled', ('RewriteEngine on',)),
    ],
)
def test_rewriting_in_sections(expected, lines):
    section = ('<Location "/en">', *lines, '</Location>')
    assert rules.outcome([], nodes(WS, *section), PATH, BACKEND, '', 443).kind == expected
    after = (*section, *located('RewriteEngine off'))
    assert rules.outcome([], nodes(WS, *after), PATH, BACKEND, '', 443).kind == 'tunnelled'
    for name in ('RewriteEngine', 'REWRITEengine'):  # the last word on rewriting counts, and the engine's last one
        more = ('<Location "/en">', f'{name} on', f'{name} "off"', *lines[1:], '</Location>', *section)
        assert outcome([WS, *more]).kind == expected
        assert outcome([WS, *section, *more[:3], 'RewriteRule ^ /de', '</Location>']).kind == 'tunnelled'
    elsewhere = ('<Location "/en/omk">', 'RewriteEngine off', 'SetEnv A 1', '</Location>', *section)
    assert outcome([WS, *elsewhere]).kind == expected
    assert outcome([WS, '<Location "/de">', *lines, '</Location>']).kind == 'tunnelled'


def test_a_section_that_switches_on_what_another_one_inherits():
    on = ('<Location "/">', 'RewriteEngine "On"', '</Location>')
    rule = ('<Location "/en">', 'rewriterule ^ /de', '</Location>')
    assert outcome([WS, *rule]).kind == 'tunnelled'
    assert outcome([WS, *on, *rule]).kind == 'perhaps'
    assert outcome([WS, *rule, *on]).kind == 'tunnelled'
    assert outcome([WS, *on, *rule, *located('SetEnv A 1')]).kind == 'perhaps'


ON = 'RewriteEngine on'
TO_DE, TO_FR = 'RewriteRule ^/en /de [F]', 'RewriteRule ^/en http://localhost:8042/ [P]'


@pytest.mark.parametrize(
    ('expected', 'server', 'vhost'),
    [
        ('forbidden', (), (ON, TO_DE)),
        ('unhandled', (), (TO_DE,)),
        ('unhandled', (), ('RewriteEngine off', TO_DE)),
        ('forbidden', (), ('RewriteEngine off', 'rewriteengine "On"', 'rewriterule ^/en - [F]')),
        ('unhandled', (), (ON, 'RewriteEngine off', TO_DE)),
        ('unhandled', (), (ON, 'RewriteCond %{HTTPS} off', TO_DE)),
        ('forbidden', (), (ON, 'RewriteCond %{HTTPS} on', TO_DE)),
        # The engine is inherited, the rules are not.
        ('forbidden', (ON,), (TO_DE,)),
        ('unhandled', (ON, TO_DE), ()),
        ('unhandled', (ON,), ('RewriteEngine off', TO_DE)),
        ('forbidden', ('RewriteEngine off',), (ON, TO_DE)),
        ('unhandled', (ON, TO_DE), (ON,)),
        # Unless they are asked for, after or before those of the VirtualHost.
        ('forbidden', (TO_DE,), (ON, 'RewriteOptions Inherit')),
        ('forbidden', (TO_DE,), (ON, 'rewriteoptions "inherit"')),
        ('unhandled', ('RewriteCond %{HTTPS} off', TO_DE), (ON, 'RewriteOptions Inherit')),
        ('wrong_target', (TO_DE,), (ON, 'RewriteOptions Inherit', TO_FR)),
        ('forbidden', (TO_DE,), (ON, 'RewriteOptions InheritBefore', TO_FR)),
        (
            'forbidden',
            (TO_DE,),
            (ON, 'RewriteOptions AllowAnyURI', 'RewriteOptions InheritBefore IgnoreInherit', TO_FR),
        ),
        ('unhandled', (TO_DE,), (ON, 'RewriteOptions AllowAnyURI')),
        # Or handed down, which a VirtualHost may ignore.
        ('forbidden', (ON, 'RewriteOptions InheritDown', TO_DE), (ON,)),
        ('forbidden', (ON, 'RewriteOptions AllowAnyURI', 'RewriteOptions InheritDown', TO_DE), ()),
        ('wrong_target', (ON, 'RewriteOptions InheritDown', TO_DE), (ON, TO_FR)),
        ('forbidden', (ON, 'RewriteOptions InheritDownBefore', TO_DE), (ON, TO_FR)),
        ('unhandled', (ON, 'RewriteOptions InheritDown', TO_DE), (ON, 'RewriteOptions IgnoreInherit')),
        ('wrong_target', (ON, 'RewriteOptions InheritDownBefore', TO_DE), (ON, 'RewriteOptions IgnoreInherit', TO_FR)),
        ('forbidden', (ON, 'RewriteOptions InheritDown', TO_DE), (ON, 'RewriteOptions IgnoreInherit Inherit')),
    ],
)
def test_which_rewrite_rules_apply(expected, server, vhost):
    found = outcome(vhost, server)
    assert found.kind == expected
    assert found.rewrites is (expected != 'unhandled')
    assert found.url == ('http://localhost:8042/' if expected == 'wrong_target' else None)


def test_a_rewritten_target_is_judged_like_another():
    for expected, scheme in (('tunnelled', 'ws'), ('plain_http', 'http'), ('wrong_target', 'wss')):
        found = outcome([ON, f'RewriteRule (.*) {scheme}://localhost:8042$1 [P]'])
        assert (found.kind, found.url, found.rewrites) == (expected, f'{scheme}://localhost:8042{PATH}', True)


def test_a_rewrite_rule_sees_what_the_browser_calls_the_server():
    for condition in ('%{HTTP_HOST} =omk.example.com', '%{SERVER_PORT} ^443$', '%{REQUEST_URI} log$'):
        assert outcome([ON, 'RewriteCond ' + condition, TO_DE]).kind == 'forbidden'


@pytest.mark.parametrize(
    ('expected', 'lines'),
    [
        (True, (GENERIC,)),
        (True, ('ProxyPassMatch ^/(.*) http://127.0.0.1:8042/$1',)),
        (True, located('ProxyPass ws://[::1]:8042')),
        (
            True,
            ('<IfVersion >= 2.4>', '<Location /en>', 'proxypass http://localhost:8042', '</Location>', '</IfVersion>'),
        ),
        (True, ('<Location /de>', 'SetEnv A 1', '</Location>', 'RewriteRule ^/en/(.*) http://localhost:8042/$1 [P]')),
        (True, ('RewriteRule ^/a\\ b "http://localhost:8042/a b" [P]',)),
        (False, ()),
        (False, ('ProxyPass /en http://localhost:8043/en',)),
        (False, located('ProxyPass !')),
        (False, ('ProxyPassReverse /en http://localhost:8042/en', 'SetEnv A http://localhost:8042/')),
    ],
)
def test_who_proxies_to_omk(expected, lines):
    assert rules.proxies_to(nodes(*lines), BACKEND) is expected
    among_others = nodes('ServerName x', *lines, 'ProxyPass /de http://localhost:8043/de')
    assert rules.proxies_to(among_others, BACKEND) is expected


def test_the_server_and_its_virtualhosts():
    config = nodes(
        'ServerName x',
        '<VirtualHost *:80>',
        'ServerName y',
        '</VirtualHost>',
        '<virtualhost *:443>',
        WS,
        '</virtualhost>',
        *located('ProxyPass !'),
    )
    place = dump.VirtualHost('*', '443', 'z', '/etc/apache2/x.conf', 5, [], [])
    assert [node.name for node in rules.server_nodes(config)] == ['ServerName', 'Location']
    assert [node.name for node in rules.vhost_nodes(config, place)] == ['ProxyPass']
    assert rules.vhost_nodes(config, place._replace(line=6)) == []
    assert rules.vhost_nodes(config, place._replace(file='/etc/apache2/y.conf')) == []


@pytest.mark.parametrize(('path', 'application'), [(PATH, '/en/omk'), ('/omk', '/omk'), ('/a/b/', '/a/b')])
def test_the_application_of_a_path(path, application):
    assert rules.application(path) == application


@pytest.mark.parametrize(
    ('expected', 'one', 'other'),
    [
        (True, 'omk.lan', 'OMK.lan'),
        (True, 'localhost', 'LocalHost.localdomain'),
        (True, 'ip6-loopback', '127.0.0.1'),
        (True, '::1', 'ip6-localhost'),
        (False, 'localhost', 'omk.lan'),
        (False, 'omk.lan', '127.0.0.1'),
        (False, '127.0.0.2', '127.0.0.1'),
    ],
)
def test_same_host(expected, one, other):
    assert rules.same_host(one, other) is rules.same_host(other, one) is expected
