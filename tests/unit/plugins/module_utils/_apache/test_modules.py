# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import capacity, drop_in, dump, modules

PATHS = {'proxy': '/etc/httpd/modules/mod_proxy.so', 'proxy_wstunnel': '/etc/httpd/modules/mod_proxy_wstunnel.so'}


def test_drop_in_is_read_back():
    text = drop_in.render(PATHS)
    assert drop_in.parse(text) == PATHS
    assert list(drop_in.parse(text)) == list(PATHS)
    assert drop_in.parse('') == {}


def test_drop_in_yields_to_a_line_of_somebody_else():
    head, _newline, lines = drop_in.render(PATHS).partition('\n')
    assert head == '# Made by opmantek.omk: modules that its websocket tunnel needs and that nothing else loads.'
    assert (
        lines
        == """<IfModule !proxy_module>
    LoadModule proxy_module "/etc/httpd/modules/mod_proxy.so"
</IfModule>
<IfModule !proxy_wstunnel_module>
    LoadModule proxy_wstunnel_module "/etc/httpd/modules/mod_proxy_wstunnel.so"
</IfModule>
"""
    )


def test_lines_of_somebody_else_in_our_drop_in_stay():
    theirs = 'LoadModule ssl_module modules/mod_ssl.so\n# by an admin'
    text = drop_in.render(PATHS) + theirs
    text = drop_in.render({'headers': '/x/mod_headers.so'}, text)
    assert drop_in.parse(text) == {**PATHS, 'ssl': 'modules/mod_ssl.so', 'headers': '/x/mod_headers.so'}
    for name in (*PATHS, 'headers'):
        text = drop_in.without(text, name)
    assert text.split('\n', 1)[1] == theirs + '\n'
    changed = drop_in.render(PATHS).replace('    LoadModule proxy_module', 'LoadModule proxy_module')
    assert drop_in.without(changed, 'proxy') == changed


def test_the_drop_in_ends_with_its_last_module():
    text = drop_in.render(PATHS)
    assert drop_in.without(drop_in.without(text, 'proxy'), 'proxy_wstunnel') == ''
    moved = drop_in.render({'proxy': '/elsewhere/mod_proxy.so'}, text)
    assert drop_in.parse(moved)['proxy'] == '/elsewhere/mod_proxy.so'
    assert moved.count('LoadModule proxy_module') == 1


def test_lines_that_somebody_else_wrote_are_read_too():
    text = (
        'LoadModule proxy_module modules/mod_proxy.so\n  LoadModule ssl_module "/with blank/mod_ssl.so"\n'
        '#LoadModule headers_module modules/mod_headers.so\nLoadFile /usr/lib/libxml2.so\n'
    )
    assert drop_in.parse(text) == {'proxy': 'modules/mod_proxy.so', 'ssl': '/with blank/mod_ssl.so'}


@pytest.mark.parametrize(
    ('names', 'ordered'),
    [
        (['proxy_wstunnel', 'headers'], ['proxy', 'proxy_wstunnel', 'headers']),
        (['lbmethod_byrequests'], ['proxy', 'proxy_balancer', 'lbmethod_byrequests']),
        (['proxy', 'proxy_http'], ['proxy', 'proxy_http']),
        (['proxy_http', 'proxy', 'proxy_http'], ['proxy', 'proxy_http']),
        ([], []),
    ],
)
def test_dependencies_come_first(names, ordered):
    assert modules.with_dependencies(names, modules.depends_on) == ordered


def test_modules_that_depend_on_each_other_come_to_an_end():
    needs = {'a': ['b'], 'b': ['c', 'd'], 'c': ['a'], 'd': []}
    assert modules.with_dependencies(['a'], needs.__getitem__) == ['c', 'd', 'b', 'a']


@pytest.mark.parametrize(
    ('name', 'needed'),
    [
        ('proxy_http', ['proxy']),
        ('proxy_balancer', ['proxy']),
        ('lbmethod_bybusyness', ['proxy_balancer']),
        ('dav_fs', ['dav']),
        ('cache_disk', ['cache']),
        ('session_cookie', ['session']),
        ('authnz_ldap', ['ldap']),
        ('proxy', []),
        ('ssl', []),
        ('authnz_fcgi', []),
    ],
)
def test_what_a_module_of_a_family_needs(name, needed):
    assert modules.depends_on(name) == needed


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('ssl', True),
        ('proxy_http2', True),
        ('', False),
        ('SSL', False),
        ('mod-ssl', False),
        ('../ssl', False),
        ('ssl\n', False),
        ('s sl', False),
        ('caf\xe9', False),
    ],
)
def test_names_of_modules(name, expected):
    assert modules.is_name(name) is expected


def test_dependencies_that_debian_names():
    text = '# Depends: setenvif mime socache_shmcb\nLoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\n'
    assert modules.depends_on_debian(text) == ['setenvif', 'mime', 'socache_shmcb']
    assert modules.depends_on_debian('#Depends: proxy,alias\n# Depends:\nLoadModule x_module x # Depends: y\n') == [
        'proxy',
        'alias',
    ]


def test_links_that_enable_modules():
    assert modules.linked_modules(['ssl.load', 'ssl.conf', 'proxy.load', 'README', 'x.load.bak']) == {'ssl', 'proxy'}


def said(mpm, *directives):
    """What Apache says, with these directives at server level."""
    config = [f'# {number:3}:\n{line}' for number, line in enumerate(directives, 1)]
    loaded = [' core_module (static)', *([f' mpm_{mpm}_module (shared)'] if mpm else [])]
    return dump.parse_dump(
        '\n'.join(
            ['# In file: /etc/httpd/conf/httpd.conf', *config, 'ServerRoot: "/etc/httpd"', 'Loaded Modules:', *loaded]
        )
    )


@pytest.mark.parametrize(
    ('mpm', 'directives', 'workers'),
    [
        ('event', (), 400),
        ('worker', (), 400),
        ('prefork', (), 256),
        ('event', ('MaxRequestWorkers 150',), 150),
        ('event', ('MaxClients 100',), 100),
        ('event', ('MaxRequestWorkers 150', 'maxrequestworkers 75'), 75),
        ('event', ('MaxRequestWorkers 160',), 150),
        ('event', ('MaxRequestWorkers 1000',), 400),
        ('event', ('MaxRequestWorkers 1000', 'ServerLimit 40'), 1000),
        ('event', ('MaxRequestWorkers 800', 'ThreadsPerChild 50'), 800),
        ('event', ('MaxRequestWorkers 10',), 25),
        ('prefork', ('MaxRequestWorkers 500',), 256),
        ('prefork', ('MaxRequestWorkers 500', 'ServerLimit 500'), 500),
        ('itk', ('MaxRequestWorkers 500',), None),
        (None, (), None),
    ],
)
def test_capacity(mpm, directives, workers):
    assert capacity.capacity(said(mpm, *directives)) == {'mpm': mpm, 'max_request_workers': workers}


def configuration(*parts):
    """What `meaning` sees of files on Debian: parts are (file below /etc/apache2, directives)."""
    lines = []
    for file, directives in parts:
        lines.append(f'# In file: /etc/apache2/{file}')
        for number, line in enumerate(directives, 1):
            lines += [f'# {number:3}:', line]
    return modules.meaning(dump.parse_dump('\n'.join(lines)), ('/etc/apache2/mods-enabled/',))


SITE = ('sites-enabled/omk.conf', ['ProxyPass /en/omk http://localhost:8042/en/omk', 'ServerName omk.example.com'])


@pytest.mark.parametrize(
    'part',
    [
        ('mods-enabled/ssl.conf', ['SSLProtocol all']),
        ('ports.conf', ['Listen 443']),
        ('ports.conf', ['LISTEN 8443 https']),
    ],
)
def test_what_comes_along_with_a_module_is_no_meaning(part):
    assert configuration(SITE, part) == configuration(SITE)
    assert configuration(part, SITE) == configuration(SITE)


@pytest.mark.parametrize(
    'part',
    [
        ('sites-enabled/zz.conf', ['SSLProtocol all']),
        ('mods-available/ssl.conf', ['SSLProtocol all']),
        ('ports.conf', ['ListenBackLog 511']),
    ],
)
def test_all_else_means_something(part):
    assert configuration(SITE, part) != configuration(SITE)


def test_virtualhosts_mean_something():
    with_vhosts = [
        dump.parse_dump(f'VirtualHost configuration:\n*:{port}   omk (/etc/apache2/x.conf:1)\n') for port in (80, 443)
    ]
    assert modules.meaning(with_vhosts[0], ('/x',)) != modules.meaning(with_vhosts[1], ('/x',))


@pytest.mark.parametrize(
    ('name', 'lines'),
    [
        ('proxy_http', ['ProxyPass /x http://localhost:8042/x']),
        ('proxy_http', ['proxypass "/x" "HTTPS://localhost:8042/x" nocanon']),
        ('proxy_http', ["ProxyPass '/x' 'http://localhost:8042/x'"]),
        ('proxy_http', ['ProxyPassMatch ^/x(.*) http://localhost:8042/$1']),
        ('proxy_http', ['ProxyPass /x "unix:/run/x.sock|http://localhost/x"']),
        ('proxy_http', ['<Proxy "balancer://omk">', 'BalancerMember http://10.0.0.1:8042', '</Proxy>']),
        ('proxy_http', ['<Location /x>', '<If "true">', 'ProxyPass http://localhost:8042/x', '</If>', '</Location>']),
        ('proxy_http', ['SetHandler "proxy:http://localhost:8042"']),
        ('proxy_http', ['SetHandler "proxy:unix:/run/x.sock|http://localhost"']),
        ('proxy_http', ['RewriteRule ^/x "http://localhost:8042/x" [L,P]']),
        ('proxy_wstunnel', ['ProxyPass /x ws://localhost:8042/x']),
        ('proxy_wstunnel', ['ProxyPass /x wss://localhost:8042/x']),
        ('proxy_wstunnel', ['RewriteRule ^/x ws://localhost:8042/x [proxy]']),
        ('proxy_wstunnel', ['ServerName omk.example.com', 'ProxyPass /x http://x/', 'ProxyPass /y ws://x/']),
    ],
)
def test_a_proxy_module_is_in_use(name, lines):
    found = configuration(('sites-enabled/omk.conf', lines))
    assert modules.is_in_use(name, found) is True
    assert modules.is_in_use('headers', found) is False


@pytest.mark.parametrize(
    ('name', 'lines'),
    [
        ('proxy_http', []),
        ('proxy_http', ['ProxyPass /x ws://localhost:8042/x']),
        ('proxy_http', ['ProxyPass /http://x !']),
        ('proxy_http', ['RewriteRule ^/x http://localhost:8042/x [L]']),
        ('proxy_http', ['RewriteRule ^/x http://localhost:8042/x']),
        ('proxy_http', ['Redirect /x http://localhost:8042/x']),
        ('proxy_http', ['ProxyPass /x "unix:/run/x.sock|fcgi://localhost/x"']),
        ('proxy_wstunnel', ['ProxyPass /x http://localhost:8042/x']),
        ('proxy_wstunnel', ['ProxyPass /x balancer://omk']),
    ],
)
def test_a_proxy_module_is_not_in_use(name, lines):
    assert modules.is_in_use(name, configuration(('sites-enabled/omk.conf', lines))) is False
