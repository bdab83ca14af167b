# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import expression

VARIABLES = {
    'HTTPS': 'on',
    'SERVER_PORT': '443',
    'REQUEST_URI': '/en/omk',
    'REQUEST_FILENAME': '/en/omk',
    'HTTP:UPGRADE': '',
    'HTTP_HOST': 'omk',
}


@pytest.mark.parametrize(
    ('expected', 'text'),
    [
        (True, 'true'),
        (False, 'false'),
        (True, "%{HTTPS} == 'on'"),
        (True, '%{HTTPS} = "on"'),
        (True, "%{https} == 'on'"),
        (False, "%{HTTPS} != 'on'"),
        (True, "'on' == %{HTTPS}"),
        (True, "'%{HTTPS}:%{SERVER_PORT}' == 'on:443'"),
        (True, '%{SERVER_PORT} -eq 443'),
        (True, '%{SERVER_PORT} == 443'),
        (False, '%{SERVER_PORT} -ne 443'),
        (True, '%{REQUEST_URI} =~ m#^/en/#'),
        (True, '%{REQUEST_URI} =~ /^.EN/i'),
        (True, r'%{REQUEST_URI} =~ /^\/en/'),
        (False, '%{REQUEST_URI} !~ m|^/en|'),
        (True, "%{HTTP_HOST} -strmatch 'o*'"),
        (False, "%{HTTP_HOST} -strmatch 'O*'"),
        (True, "%{HTTP_HOST} -strcmatch 'O*'"),
        (True, "%{REQUEST_URI} -fnmatch '/*/omk'"),
        (False, "%{REQUEST_URI} -fnmatch '*'"),
        (True, "%{REQUEST_URI} -strmatch '*'"),
        (True, r"'o\'n' == 'o\n' || 'on' == '\on'"),
        (True, '-n %{HTTPS}'),
        (True, '-z %{HTTP:Upgrade}'),
        (True, "-z req('Upgrade')"),
        (True, '-T %{HTTPS}'),
        (False, "-T 'off'"),
        (False, '! true'),
        (True, '!-n %{HTTP:Upgrade}'),
        (True, 'true && ! ( false || false )'),
        (True, 'false && false || true'),  # Apache's operators: no shell runs this
        # Nobody knows, unless it does not matter.
        (None, "%{REMOTE_ADDR} == '::1'"),
        (None, "'::1' == '%{REMOTE_ADDR}'"),
        (None, '%{REMOTE_USER} =~ /x/'),
        (None, '-n %{REMOTE_USER}'),
        (None, "%{HTTP_HOST} == '$1'"),
        (None, '%{HTTP_HOST} =~ /(?>o)/'),
        (False, "false && %{REMOTE_ADDR} == '::1'"),
        (True, "%{REMOTE_ADDR} == '::1' || true"),  # Apache's operator: no shell runs this
        (None, "! %{REMOTE_ADDR} == '::1'"),
        (None, r"'on' == '\%{HTTPS}'"),
        (None, "%{REQUEST_FILENAME} == '/en/omk'"),
        # Not read.
        (None, ''),
        (None, "-R '10.0.0.0/8'"),
        (None, "%{HTTPS} in {'on', 'off'}"),
        (None, "tolower(%{HTTPS}) == 'on'"),
        (None, '%{HTTPS}'),
        (None, '(true'),
        (None, 'true true'),
        (None, '%{HTTPS} =~ on'),
        (None, 'truest'),
    ],
)
def test_whether_an_expression_holds(expected, text):
    assert expression.holds(text, VARIABLES) is expected


@pytest.mark.parametrize(
    ('expected', 'text'),
    [('https', 'https'), ('on-443', '%{HTTPS}-%{SERVER_PORT}'), (None, '%{REMOTE_ADDR}'), (None, '$1')],
)
def test_a_string_with_variables(expected, text):
    assert expression.interpolated(text, VARIABLES) == expected
