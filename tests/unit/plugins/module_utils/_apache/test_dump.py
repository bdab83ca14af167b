# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache 2.4 printed, as data: forms that the whole dumps of test_dumps.py do not have."""

import os
import random

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node, VirtualHost
from layouts import printed

X = '/c/x.conf'
SEED = int(os.environ.get('OMK_SEED') or 1)
SECTIONS = (
    'Directory /x',
    'DirectoryMatch ^/x',
    'Files x',
    'FilesMatch ^x',
    'Location /x',
    'LocationMatch ^/x',
    'Proxy *',
    'ProxyMatch ^x',
    'If "true"',
    'ElseIf "true"',
    'Else ',
    'Limit GET',
    'LimitExcept GET',
    'AuthnProviderAlias file x',
    'VirtualHost *:445',
)
MACRO = 'macro \'m\' (defined on line 24 of "/c/x.conf") used on line 29 of "/c/x.conf"'


@pytest.mark.parametrize(
    ('info_module', 'load'),
    [
        (None, []),
        ('/m/mod_info.so', ['-C', 'LoadModule\finfo_module\f/m/mod_info.so']),
    ],
)
def test_everything_is_asked_for_in_one_call(info_module, load):
    assert dump.dump_arguments(info_module) == [
        '-t',
        *load,
        '-C',
        'Define\fDUMP_VHOSTS',
        '-C',
        'Define\fDUMP_MODULES',
        '-C',
        'Define\fDUMP_RUN_CFG',
        '-C',
        'Define\fDUMP_CONFIG',
    ]


def test_virtualhosts_with_their_addresses_names_and_places():
    said = dump.parse_dump("""\
VirtualHost configuration:
[2001:db8::1]:443      ten.example.com (/c/x.conf:15)
10.0.0.2:*             any.example.com (/c/a site (old).conf:21)
10.0.0.1:443           is a NameVirtualHost
         default server omk.example.com (/c/x.conf:7)
         port 443 namevhost omk.example.com (/c/x.conf:7)
                 alias nmis.example.com
                 wild alias *.Example.com
                 alias omk
         port 443 namevhost ten.example.com (/c/x.conf:15)
                 wild alias ten?
*:*                    is a NameVirtualHost
         port * namevhost plain.example.com (/c/x.conf:18)
*:8443                 made.example.com (macro 'm' (defined on line 24 of "/c/x.conf") used on line 29 of "/c/x.conf":1)
ServerRoot: "/etc/apache2"
*:80                   nobody.example.com (/c/x.conf:99)
""")
    assert said.vhosts == [
        VirtualHost('[2001:db8::1]', '443', 'ten.example.com', X, 15, [], []),
        VirtualHost('10.0.0.2', '*', 'any.example.com', '/c/a site (old).conf', 21, [], []),
        VirtualHost('10.0.0.1', '443', 'omk.example.com', X, 7, ['nmis.example.com', 'omk'], ['*.Example.com']),
        VirtualHost('10.0.0.1', '443', 'ten.example.com', X, 15, [], ['ten?']),
        VirtualHost('*', '*', 'plain.example.com', X, 18, [], []),
        VirtualHost('*', '8443', 'made.example.com', MACRO, 1, [], []),
    ]


def test_an_alias_of_nobody_is_passed_over():
    assert dump.parse_dump('VirtualHost configuration:\n                 alias nmis.example.com\n').vhosts == []


def test_the_effective_configuration_as_a_tree():
    said = dump.parse_dump("""\
# In file: /c/x.conf
#   1:
ServerName x
#   2:
<Location /x> garbage
  #   3:
  SetEnv B\f"a b"
</Location>
#   5:
<Location "/y">>
  #   6:
  <IfVersion >= 2.4>
    # 107:
    SetEnv  A
  </IfVersion>
  #   8:
  ProxyPass !
</Location>
# In file: macro 'm' (defined on line 24 of "/c/x.conf") used on line 29 of "/c/x.conf"
#   2:
<VirtualHost *:8443>
#   4:
SSLEngine
""")
    assert said.config == [
        Node('ServerName', 'x', None, X, 1),
        Node('Location', '/x', [Node('SetEnv', 'B\f"a b"', None, X, 3)], X, 2),
        Node(
            'Location',
            '"/y">',
            [
                Node('IfVersion', '>= 2.4', [Node('SetEnv', 'A', None, X, 107)], X, 6),
                Node('ProxyPass', '!', None, X, 8),
            ],
            X,
            5,
        ),
        Node('VirtualHost', '*:8443', [], MACRO, 2),
        Node('SSLEngine', '', None, MACRO, 4),
    ]


@pytest.mark.parametrize('section', SECTIONS)
def test_a_section_that_holds_nothing_has_no_closing_tag(section):
    """As Apache 2.4.68 prints it, at the start, in the middle and at the end of what is around it."""
    said = dump.parse_dump(f"""\
# In file: /c/x.conf
#   1:
<{section}>
#   4:
<VirtualHost *:443>
  #   5:
  <{section}>
  #   7:
  ServerName x
  #   8:
  <Location /y>
    #   9:
    <{section}>
    #  11:
    SetEnv A
    #  12:
    <{section}>
  </Location>
# In file: /c/y.conf
  #   1:
  <{section}>
# In file: /c/x.conf
  #  18:
  ServerAlias y
</VirtualHost>
#  20:
<VirtualHost *:444>
#  22:
ServerAdmin z
""")
    name, _blank, args = section.partition(' ')
    assert said.config == [
        Node(name, args, [], X, 1),
        Node(
            'VirtualHost',
            '*:443',
            [
                Node(name, args, [], X, 5),
                Node('ServerName', 'x', None, X, 7),
                Node(
                    'Location',
                    '/y',
                    [Node(name, args, [], X, 9), Node('SetEnv', 'A', None, X, 11), Node(name, args, [], X, 12)],
                    X,
                    8,
                ),
                Node(name, args, [], '/c/y.conf', 1),
                Node('ServerAlias', 'y', None, X, 18),
            ],
            X,
            4,
        ),
        Node('VirtualHost', '*:444', [], X, 20),
        Node('ServerAdmin', 'z', None, X, 22),
    ]


def grown(choose, depth=0):
    """A tree of directives and sections, some of which hold nothing: (name, arguments, children or None)."""
    tree = []
    for _one in range(choose.randrange(0, 5)):
        section = choose.choice(SECTIONS) if depth < 4 and choose.random() < 0.6 else None
        if section:
            name, _blank, args = section.partition(' ')
            tree.append((name, args, grown(choose, depth + 1) if choose.random() < 0.6 else []))
        else:
            tree.append((choose.choice(('SetEnv', 'ProxyPass', 'Options')), f'a{choose.randrange(100)} "<b>"', None))
    return tree


def written(tree):
    """The lines of a tree as somebody writes them."""
    for name, args, children in tree:
        if children is None:
            yield f'{name} {args}'
        else:
            yield f'<{name} {args}>' if args else f'<{name}>'
            yield from written(children)
            yield f'</{name}>'


def bare(nodes):
    """Nodes without their places."""
    return [(one.name, one.args, one.children if one.children is None else bare(one.children)) for one in nodes]


def test_whatever_holds_nothing_nests_nothing():
    """The printer is held against Apache's own in tests/apache/test_empty_sections.py."""
    held = 0
    for seed in range(SEED, SEED + 300):
        tree = grown(random.Random(seed))
        lines = list(written(tree))
        said = dump.parse_dump('\n'.join(['# In file: /c/x.conf', *printed(enumerate(lines, 1))]))
        assert bare(said.config) == tree, seed
        held += len(lines)
    assert held > 1000


def test_what_a_value_brings_along_is_no_directive():
    """A variable of the environment may hold line ends; Apache's own lines come after their numbers."""
    said = dump.parse_dump("""\
# In file: /c/x.conf
#   1:
<VirtualHost *:443>
  #   2:
  SetEnv A "b
</VirtualHost>
<Location />
c"
  #   3:
  ServerName x
</VirtualHost>
""")
    inside = [Node('SetEnv', 'A "b', None, X, 2), Node('ServerName', 'x', None, X, 3)]
    assert said.config == [Node('VirtualHost', '*:443', inside, X, 1)]


def test_nothing_said():
    assert dump.parse_dump('') == dump.Dump([], {}, [], set(), None)


CURE = 'see all that it says with /sbin/httpd -t, as root on this host.'


@pytest.mark.parametrize(
    ('errors', 'place', 'mistake'),
    [
        (
            "AH00558: apache2: Could not reliably determine the server's fully qualified domain name\n"
            'AH00526: Syntax error on line 2 of /c/b b.conf:\n'
            "Invalid command 'Bogus', perhaps misspelled\nAction 'configtest' failed.\n",
            '/c/b b.conf, line 2: ',
            "Invalid command 'Bogus'",
        ),
        # A line that continues one that is broken: the first word may be anything.
        ("Syntax error on line 2 of /c/x:\nInvalid command 'u:SECRET@h', perhaps", '/c/x, line 2: ', 'Invalid command'),
        (
            'AH00526: Syntax error on line 14 of /c/x.conf:\nListen requires 1 or 2 arguments.\n',
            '/c/x.conf, line 14: ',
            'Listen has the wrong number or kind of arguments',
        ),
        (
            'Syntax error on line 3 of /c/x.conf:\nProxyPass Unable to parse URL: httpx/user:SECRET@h takes\n',
            '/c/x.conf, line 3: ',
            'ProxyPass is not as it should be',
        ),
        (
            "Syntax error on line 3 of /c/x.conf:\nSSLCertificateFile: file '/SECRET.pem' does not exist or is empty\n",
            '/c/x.conf, line 3: ',
            'the file that SSLCertificateFile names does not exist or is empty',
        ),
        (
            'Syntax error on line 9 of /c/x.conf:\n</Location> without matching <Location> section\n',
            '/c/x.conf, line 9: ',
            '</Location> has no counterpart',
        ),
        (
            'Syntax error on line 9 of /c/x.conf:\nExpected </Location> but saw </VirtualHost>\n',
            '/c/x.conf, line 9: ',
            '</Location> is not closed, or closed in the wrong place',
        ),
        (
            "Syntax error on line 9 of /c/x.conf:\n<Location> directive missing closing '>'\n",
            '/c/x.conf, line 9: ',
            '<Location> lacks its closing bracket',
        ),
        (
            'Syntax error on line 9 of /c/x.conf:\nProxyPass cannot occur within <Directory> section\n',
            '/c/x.conf, line 9: ',
            'ProxyPass is not allowed in this place',
        ),
        (
            'Syntax error on line 9 of /c/x.conf:\nthe password SECRET is wrong\n',
            '/c/x.conf, line 9: ',
            'something in this place is not as it should be',
        ),
        # An error while files are still being read, through two includes.
        (
            'apache2: Syntax error on line 222 of /c/apache2.conf: Syntax error on line 1 of /c/b.conf: '
            'Cannot load /q.so into server: /q.so: cannot open shared object file: No such file or directory\n',
            '/c/b.conf, line 1: ',
            'a module that it is to load does not exist',
        ),
        (
            'apache2: Could not open configuration file /c/apache2.conf: No such file or directory\n',
            '',
            'a file or folder that it is to read cannot be opened',
        ),
        # What every failure says is no reason.
        (
            "AH00558: apache2: Could not reliably determine the server's fully qualified domain name\n\n"
            "Action 'configtest' failed.\nThe Apache error log may have more information.\n"
            '  AH00072: no listening sockets...\n  another word\n',
            '',
            'there are no listening sockets (Listen)',
        ),
        (
            "Action 'configtest' failed.\nThe Apache error log may have more information.\n",
            '',
            'it gives no reason',
        ),
        ('', '', 'it gives no reason'),
    ],
)
def test_why_apache_refuses_its_configuration_without_what_it_quotes(errors, place, mistake):
    problem = dump.configuration_problem(errors, '/sbin/httpd')
    said = f'{place}Apache refuses its configuration: {mistake}; {CURE}'
    assert problem.failure() == {'msg': said, 'reason': 'apache_broken_configuration'}
    assert 'SECRET' not in said


@pytest.mark.parametrize(
    ('args', 'words'),
    [
        ('', []),
        (' \t', []),
        ('a', ['a']),
        ('  /en/omk\t http://x/ ', ['/en/omk', 'http://x/']),
        ('a\fb\vc', ['a', 'b', 'c']),
        ('"a b" c', ['a b', 'c']),
        ("'a b' c", ['a b', 'c']),
        ('""', ['']),
        ("'' x", ['', 'x']),
        ('"a"b', ['a', 'b']),
        ('a"b c"', ['a"b', 'c"']),
        ('"it\'s" \'"\'', ["it's", '"']),
        # A backslash protects the quote it stands in, and itself everywhere.
        (r'"a\"b" c', ['a"b', 'c']),
        (r"'a\'b' c", ["a'b", 'c']),
        (r'"a\'b"', [r'a\'b']),
        (r"'a\"b'", [r'a\"b']),
        (r'"a\\" b', ['a\\', 'b']),
        (r'"^/a\.b$"', [r'^/a\.b$']),
        (r'^/a\.b\\.c$', [r'^/a\.b\.c$']),
        (r'a\"b', [r'a\"b']),
        (r'a\ b', ['a\\', 'b']),
        (r'"\\\"\\"', [r'\"' + '\\']),
        # A quote that is never closed holds the rest.
        ('"a b', ['a b']),
        ("x 'a b ", ['x', 'a b ']),
        ('"a\\', ['a\\']),
        ('"', ['']),
        # A blank of other alphabets is none.
        ('caf\xe9\xa0x y', ['caf\xe9\xa0x', 'y']),
    ],
)
def test_words_of_a_directive(args, words):
    assert dump.split_arguments(args) == words
