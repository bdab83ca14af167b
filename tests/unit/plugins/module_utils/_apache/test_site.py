# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, dump, site

OWN = '/etc/apache2/sites-enabled/opmantek-omk.conf'
VHOST = '<VirtualHost *:443>\n    ServerName omk.example.com\n</VirtualHost>\n'


@pytest.mark.parametrize(
    ('expected', 'lines'),
    [
        (True, ['Listen 443']),
        (True, ['listen "443" https']),
        (True, ['Listen 80', 'Listen 10.0.0.1:443']),
        (True, ['Listen [::]:443']),
        (True, ['Listen *:443 https']),
        (False, []),
        (False, ['Listen 80']),
        (False, ['Listen 8443']),
        (False, ['Listen 80 443']),
        (False, ['ServerName 443']),
        (False, ['Listen 10.0.0.1:4430']),
    ],
)
def test_whether_somebody_else_listens(expected, lines):
    def config(file):
        return [dump.Node(*line.partition(' ')[::2], None, file, 1) for line in lines]

    ports, own = config('/etc/apache2/ports.conf'), config(OWN)
    assert site.listens(ports, 443, OWN.__eq__) is expected
    assert site.listens(own + ports, 443, OWN.__eq__) is expected
    assert not site.listens(own, 443, OWN.__eq__)


def test_a_file_of_our_own():
    content = '\n' + VHOST
    for text, whole in (
        (content, site.whole_file(content + '\n\n', None)),
        (f'Listen 8443\n{content}', site.whole_file(content, 8443)),
        (f'<IfDefine !SSL>\n    Listen 443\n</IfDefine>\n{content}', site.whole_file(content, 443, 'SSL')),
    ):
        head, seal, rest = whole.split('\n', 2)
        assert (head, rest) == (blocks.OWN_FILE, text)
        assert seal.startswith('# ')


@pytest.mark.parametrize(
    ('edit', 'as_made'),
    [
        (lambda text: text, True),
        (lambda text: text.replace('omk.example', 'other.example'), False),
        (lambda text: text + '# by an admin\n', False),
        (lambda text: text.rstrip('\n'), False),
        (lambda text: text.replace('\n', '\r\n'), False),
        (lambda text: text.replace(text.split('\n')[1], '# nothing'), False),
        (lambda text: text.split('\n')[0], False),
        # A block of ours, which a later run may have added, is no edit of somebody else's.
        (
            lambda text: text.replace(
                '</VirtualHost>', '# BEGIN opmantek.omk websocket\n# END opmantek.omk websocket\n</VirtualHost>'
            ),
            True,
        ),
    ],
)
def test_an_edit_of_it_is_noticed(edit, as_made):
    text = edit(site.whole_file(VHOST + '# \xe9\n', 443))
    assert blocks.is_own_file(text)
    assert blocks.is_as_made(text) is as_made


@pytest.mark.parametrize(
    ('line', 'text'),
    [
        (1, VHOST),
        (3, f'{blocks.OWN_FILE}\nListen 443\n{VHOST}'),
        (2, f'# <VirtualHost *:80>\n  < virtualhost *:443>\n{VHOST}'),
        (3, '# one\n<VIRTUALHOST \\\n*:443>\n</VIRTUALHOST>\n'),
        (3, f'# goes on \\\n<VirtualHost *:80>\n{VHOST}'),
        (2, f'<VirtualHosts *:80>\n{VHOST}'),
        (None, '# no VirtualHost\nListen 443\n'),
        (None, ''),
    ],
)
def test_where_the_first_virtualhost_opens(line, text):
    assert site.opening_line(text) == line


@pytest.mark.parametrize(
    ('expected', 'line'),
    [
        ('omk.example.com', 'ServerName omk.example.com'),
        ('omk.example.com', '  servername "omk.example.com" more'),
        ('omk.example.com', 'ServerName\tomk.example.com'),
        ('omk.example.com', 'ServerName  omk.example.com'),
        ('omk.example.com', 'ServerName \\\n    omk.example.com'),
        ('', 'ServerName'),
        ('', '# ServerName omk.example.com'),
        ('', 'ServerNames omk.example.com'),
        ('', ''),
    ],
)
def test_first_argument_of_a_directive(expected, line):
    text = f'<VirtualHost *:443>\n{line}\nSSLEngine on\n</VirtualHost>\n'
    assert site.first_argument(text, 'ServerName') == expected


def test_the_first_directive_of_its_name_counts():
    text = '<VirtualHost *:443>\nServerAlias c\nServerName a\nServerName b\n</VirtualHost>\n'
    assert site.first_argument(text, 'servername') == 'a'
