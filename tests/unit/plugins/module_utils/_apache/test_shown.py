# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a configuration file is shown in a diff."""

import difflib

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, shown, site
from ansible_collections.opmantek.omk.plugins.module_utils._desired import Backend

SECRET = 'Zwiebelkuchen17'
SITE = f"""\
# The key is {SECRET}
Define TOKEN {SECRET}
<VirtualHost *:443>
    ServerName omk.example.com
    SSLEngine on
    RequestHeader set Authorization "Bearer {SECRET}"
    ProxyPass /en/omk http://user:{SECRET}@localhost:8042/en/omk
</VirtualHost>
"""


def inserted(text):
    needs = blocks.Needs(('/en/omk/opCharts/events/log',), (), True, (), False, Backend('localhost', 8042), None)
    return blocks.insert(text, '/x', 3, needs)


@pytest.mark.parametrize(
    'line, seen',
    [
        ('    ServerName omk.example.com\n', None),
        ('  ServerAlias *.a.example.com b\r\n', None),
        ('<VirtualHost *:443 [::1]:443>\n', None),
        ('</Location>\n', None),
        ('<IfModule !mod_ssl.c>\n', None),
        ('\n', None),
        ('  \t\n', None),
        ('sslProtocol all -SSLv3\n', None),
        (f'# {SECRET}\n', '# …\n'),
        (f'\t## {SECRET}\r\n', '\t# …\r\n'),
        (f'Use Pane {SECRET}\n', 'Use …\n'),
        (f'<Location "/{SECRET}">\n', '<Location …>\n'),
        (f'  ServerName https://omk:{SECRET}@omk.example.com\n', '  ServerName …\n'),
        (f'SSLEngine on {SECRET}@\n', 'SSLEngine …\n'),
        (f'ErrorLog "|/usr/bin/log --key {SECRET}"', 'ErrorLog …'),
        (f'RequestHeader set X \\\n    "{SECRET}"\nSSLEngine on\n', 'RequestHeader …\n…\nSSLEngine on\n'),
        (f'# a \\\n ServerName {SECRET}\n', '# …\n…\n'),
        (f'Request\\\nHeader set X {SECRET}\n', 'Request …\n…\n'),
        (f'= {SECRET}\n', '…\n'),
        (f'"{SECRET}"\n', '…\n'),
        (f'<VirtualHost *:443> {SECRET}@\n', '<VirtualHost …>\n'),
        (f'ServerName ${{{SECRET}}}\n', 'ServerName …\n'),
    ],
)
def test_a_line(line, seen):
    assert shown.masked(line) == (line if seen is None else seen)


def test_a_diff_has_the_lines_of_the_file_and_three_around_it():
    texts = [shown.masked(text).splitlines() for text in (SITE, inserted(SITE))]
    lines = list(difflib.unified_diff(*texts, lineterm=''))
    assert lines[2] == '@@ -5,4 +5,10 @@'
    assert lines[3:6] == ['     SSLEngine on', '     RequestHeader …', '     ProxyPass …']
    assert lines[6] == '+    # BEGIN opmantek.omk websocket'
    assert [line[:1] for line in lines[6:12]] == ['+'] * 6
    assert '+        ProxyPass "ws://localhost:8042/en/omk/opCharts/events/log" disablereuse=on' in lines
    assert lines[12:] == [' </VirtualHost>']


@pytest.mark.parametrize('text', [SITE, inserted(SITE), SITE.replace('\n', '\r\n'), SITE.rstrip('\n'), ''])
def test_nothing_secret_and_no_line_lost(text):
    seen = shown.masked(text)
    assert SECRET not in seen
    assert seen.count('\n') == text.count('\n')


def test_a_file_of_our_own_is_shown_whole():
    whole = site.whole_file(SITE, 443)
    assert shown.masked(whole) == whole
