# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the VirtualHosts that Apache prints (texts of Apache 2.4's own dumps) is chosen, or why none."""

import posixpath

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache import choose, dump
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from layouts import printed

BACKEND = desired.Backend('localhost', 8042)
OMK = 'ProxyPass /en/omk http://localhost:8042/en/omk'

# /c/x.conf:7 serves two addresses, so Apache names it twice.
SEVERAL = """\
VirtualHost configuration:
[2001:db8::1]:443      ten.example.com (/c/x.conf:15)
10.0.0.1:443           is a NameVirtualHost
         default server omk.example.com (/c/x.conf:7)
         port 443 namevhost omk.example.com (/c/x.conf:7)
                 alias nmis.example.com
                 wild alias *.Lan.example.com
         port 443 namevhost ten.example.com (/c/x.conf:15)
*:443                  is a NameVirtualHost
         default server First.example.com (/c/y.conf:3)
         port 443 namevhost First.example.com (/c/y.conf:3)
                 alias WWW.example.com
                 wild alias *.net.example.com
         port 443 namevhost omk.example.com (/c/x.conf:7)
                 alias nmis.example.com
                 wild alias *.Lan.example.com
         port 443 namevhost exact.net.example.com (/c/y.conf:12)
                 alias shared.example.com
         port 443 namevhost last.example.com (/c/y.conf:20)
                 alias shared.example.com
*:80                   plain.example.com (/c/plain.conf:1)
10.0.0.2:*             any.example.com (/c/any.conf:1)
"""
LISTED = (
    '/c/x.conf:15 (ten.example.com), /c/x.conf:7 (omk.example.com), /c/y.conf:3 (First.example.com), '
    '/c/y.conf:12 (exact.net.example.com), /c/y.conf:20 (last.example.com), /c/any.conf:1 (any.example.com)'
)
MACRO = """\
VirtualHost configuration:
*:443                  made.example.com (macro 'm' (defined on line 24 of "/c/x.conf") used on line 29 of "/c/x.conf":1)
"""


def said(vhosts, rules_in=()):
    """The `Dump` of Apache's list of VirtualHosts; in those at these lines of /c/y.conf stands a rule to OMK."""
    config = ['# In file: /c/y.conf']
    for line in (3, 12, 20):
        config += printed(
            [(line, '<VirtualHost *:443>'), *[(line + 1, OMK)] * (line in rules_in), (0, '</VirtualHost>')]
        )
    return dump.parse_dump(vhosts + '\n'.join(config))


def chosen(found, port=443, server_name=None, wanted=None):
    """FILE:LINE of what is chosen; a file may be named by more than one path, as links do it."""
    vhosts = choose.choose(
        found,
        port,
        server_name,
        wanted,
        BACKEND,
        lambda one, other: posixpath.normpath(one) == posixpath.normpath(other),
    )
    return ', '.join(f'{vhost.file}:{vhost.line}' for vhost in vhosts)


def refusal(*args, **options):
    with pytest.raises(Problem) as refused:
        chosen(*args, **options)
    assert refused.value.code == 'vhost_ambiguous'
    return str(refused.value)


def test_one_on_several_addresses_stands_there_once_and_one_for_all_ports_too():
    assert ', '.join(choose.place(vhost) for vhost in choose.for_port(said(SEVERAL).vhosts, 443)) == LISTED


@pytest.mark.parametrize('port', [80, 8443])
def test_no_virtualhost_serves_the_port(port):
    assert chosen(said('VirtualHost configuration:\n*:443   omk.example.com (/c/x.conf:7)\n'), port) == ''


@pytest.mark.parametrize('server_name', [None, 'omk.example.com', 'other.example.com'])
def test_the_only_one_is_taken_whatever_it_is_called(server_name):
    only = said('VirtualHost configuration:\n*:443   omk.example.com (/c/x.conf:7)\n*:80    x (/c/x.conf:1)\n')
    assert chosen(only, 443, server_name) == '/c/x.conf:7'


@pytest.mark.parametrize(
    ('server_name', 'place'),
    [
        ('omk.example.com', '/c/x.conf:7'),
        ('OMK.Example.com', '/c/x.conf:7'),
        ('nmis.example.com', '/c/x.conf:7'),
        ('router.lan.example.com', '/c/x.conf:7'),
        ('first.example.com', '/c/y.conf:3'),
        ('www.example.com', '/c/y.conf:3'),
        ('last.example.com', '/c/y.conf:20'),
        ('exact.net.example.com', '/c/y.conf:3'),  # an earlier wildcard takes precedence over a later exact name
        ('shared.example.com', '/c/y.conf:12'),
    ],
)
def test_the_first_of_that_name_is_taken(server_name, place):
    assert chosen(said(SEVERAL), 443, server_name) == place


def test_a_name_that_nobody_has():
    assert refusal(said(SEVERAL), 443, 'example.com') == (
        f'no VirtualHost for port 443 is called example.com; there are: {LISTED}; '
        'correct apache_websocket_server_name (option server_name), or choose one with '
        'apache_websocket_vhost (option vhost), as FILE:LINE.'
    )


TWICE = """\
VirtualHost configuration:
[2001:db8::1]:443      omk.lan (/c/y.conf:12)
*:443                  is a NameVirtualHost
         default server first.lan (/c/y.conf:20)
         port 443 namevhost first.lan (/c/y.conf:20)
         port 443 namevhost omk.lan (/c/y.conf:3)
         port 443 namevhost omk.lan (/c/y.conf:30)
"""


@pytest.mark.parametrize('rules_in', [(), (3, 12)])
def test_a_name_that_several_addresses_serve_stands_for_one_virtualhost_on_each(rules_in):
    assert chosen(said(TWICE, rules_in), 443, 'omk.lan') == '/c/y.conf:12, /c/y.conf:3'


def test_of_those_the_ones_that_serve_omk_already():
    assert chosen(said(TWICE, [3]), 443, 'omk.lan') == '/c/y.conf:3'


def test_without_a_name_one_site_on_several_addresses_is_one():
    two = 'VirtualHost configuration:\n[::1]:443   omk.lan (/c/y.conf:3)\n*:443   OMK.lan (/c/y.conf:12)\n'
    assert chosen(said(two)) == chosen(said(two, [3, 12])) == '/c/y.conf:3, /c/y.conf:12'
    assert refusal(said(two.replace('OMK', 'nmis'))).startswith('several VirtualHosts serve port 443: ')
    assert refusal(said(two.replace('[::1]', '*'))).startswith('several VirtualHosts serve port 443: ')


SERVER = ('SSLEngine on', 'Listen 443', 'ServerName https://omk.lan:443')


@pytest.mark.parametrize(
    ('name', 'directives'),
    [
        ('omk.lan', SERVER),
        ('omk.lan', ('sslengine "On"', 'Listen [::]:443 https', 'ServerName omk.lan')),
        ('', SERVER[:2]),
        (None, SERVER[:1]),
        (None, SERVER[1:]),
        (None, ('SSLEngine off', *SERVER[1:])),
        (None, ('SSLEngine on', 'Listen 8443')),
    ],
)
def test_a_server_that_speaks_tls_by_itself(name, directives):
    lines = ['# In file: /c/httpd.conf', *printed(enumerate(directives, 1))]
    found = choose.main_server(dump.parse_dump('\n'.join(lines)), 443)
    expected = dump.VirtualHost('*', '443', name, '/c/httpd.conf', 1, [], [])
    assert found == (None if name is None else expected)
    other = 'VirtualHost configuration:\n*:443   omk.lan (/c/y.conf:3)\n'
    assert choose.main_server(dump.parse_dump(other + '\n'.join(lines)), 443) is None


def test_without_a_name_the_one_that_serves_omk_already_is_taken():
    assert chosen(said(SEVERAL, rules_in=[12])) == '/c/y.conf:12'


@pytest.mark.parametrize(
    ('rules_in', 'listed'),
    [
        ((), LISTED),
        ((3, 20), '/c/y.conf:3 (First.example.com), /c/y.conf:20 (last.example.com)'),
    ],
)
def test_without_a_name_a_choice_that_is_not_clear_is_refused(rules_in, listed):
    assert refusal(said(SEVERAL, rules_in)) == (
        f'several VirtualHosts serve port 443: {listed}; '
        'name the one that browsers use for OMK in apache_websocket_server_name (option server_name), or in '
        'apache_websocket_vhost (option vhost), as FILE:LINE.'
    )


def test_two_are_several():
    two = 'VirtualHost configuration:\n*:443   a.lan (/c/a.conf:1)\n*:443   b.lan (/c/b.conf:1)\n'
    assert refusal(said(two)).startswith(
        'several VirtualHosts serve port 443: /c/a.conf:1 (a.lan), /c/b.conf:1 (b.lan); name the one'
    )


@pytest.mark.parametrize(
    ('wanted', 'place'),
    [
        ('/c/x.conf:7', '/c/x.conf:7'),
        ('/c/./y.conf:20', '/c/y.conf:20'),
        ('/c/any.conf', '/c/any.conf:1'),
        ('/c/./any.conf', '/c/any.conf:1'),
    ],
)
def test_a_place_decides_over_names_and_rules(wanted, place):
    assert chosen(said(SEVERAL, rules_in=[3]), 443, 'first.example.com', wanted) == place


def test_a_file_whose_name_ends_like_a_place():
    odd = said('VirtualHost configuration:\n*:443   a.lan (/c/a:b:3)\n*:443   b.lan (/c/a:b:9)\n*:443   c (/c/a:5:9)\n')
    assert chosen(odd, wanted='/c/a:b:9') == '/c/a:b:9'
    assert refusal(odd, wanted='/c/a:b').startswith('/c/a:b: several VirtualHosts for this port stand in this file')


@pytest.mark.parametrize(
    ('vhosts', 'wanted', 'listed'),
    [
        (SEVERAL, '/c/x.conf:8', LISTED),
        (SEVERAL, '/c/z.conf', LISTED),
        (SEVERAL, '/c/plain.conf:1', LISTED),
        (SEVERAL, ':7', LISTED),
        ('', '/c/x.conf:7', 'none'),
    ],
)
def test_a_place_where_none_is(vhosts, wanted, listed):
    assert refusal(said(vhosts), wanted=wanted) == (
        f'{wanted}: there is no such VirtualHost for this port; the candidates are: {listed}; correct '
        'apache_websocket_vhost (option vhost).'
    )


def test_a_file_with_several():
    assert refusal(said(SEVERAL), wanted='/c/x.conf') == (
        '/c/x.conf: several VirtualHosts for this port stand in this file: /c/x.conf:15 (ten.example.com), '
        '/c/x.conf:7 (omk.example.com); give '
        'apache_websocket_vhost (option vhost) as FILE:LINE.'
    )


def test_one_that_a_macro_makes():
    assert refusal(said(MACRO)) == (
        'the VirtualHost for port 443 is made by a macro, macro \'m\' (defined on line 24 of "/c/x.conf") used on '
        'line 29 of "/c/x.conf", which cannot be edited for one VirtualHost alone; write the VirtualHost out, or put '
        'the websocket rule into the macro yourself.'
    )
