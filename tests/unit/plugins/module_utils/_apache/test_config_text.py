# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import config_text
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ('text', 'lines'),
    [
        ('', []),
        ('\n', [(1, 1, '')]),
        ('A 1\n\tB  2 \n', [(1, 1, 'A 1'), (2, 2, 'B  2')]),
        ('A 1\r\nB 2\r\n', [(1, 1, 'A 1'), (2, 2, 'B 2')]),
        ('A 1', [(1, 1, 'A 1')]),
        ('A 1\n  B 2', [(1, 1, 'A 1'), (2, 2, 'B 2')]),
        # A backslash at the end joins, in comments too; nothing stands between the parts.
        ('A \\\n  1\nB', [(1, 2, 'A   1'), (3, 3, 'B')]),
        ('A \\\r\n1\\\r\n2\r\nB\r\n', [(1, 3, 'A 12'), (4, 4, 'B')]),
        ('# A\\\n</B>\n\nC', [(1, 2, '# A</B>'), (3, 3, ''), (4, 4, 'C')]),
        ('A \\\n', [(1, 1, 'A')]),
        ('A\\\n\\\n', [(1, 2, 'A')]),
        ('A\\\n\nB', [(1, 2, 'A'), (3, 3, 'B')]),
        # No other backslash does.
        ('A\\\\\n', [(1, 1, 'A\\')]),
        ('A \\', [(1, 1, 'A \\')]),
        ('A \\\rB\n', [(1, 1, 'A \\\rB')]),
        ('A \\ \nB\n', [(1, 1, 'A \\'), (2, 2, 'B')]),
        ('A \\\r\r\nB\n', [(1, 1, 'A \\'), (2, 2, 'B')]),
    ],
)
def test_logical_lines(text, lines):
    assert [(line.first, line.last, line.text) for line in config_text.logical_lines(text)] == lines


@given(st.text(st.sampled_from('A \\\t\r\n\xe9')))
def test_every_character_stands_in_one_logical_line(text):
    lines = config_text.logical_lines(text)
    assert ''.join(text[line.start : line.end] for line in lines) == text
    assert [line.first for line in lines[1:]] == [line.last + 1 for line in lines[:-1]]
    assert (lines[-1].last if lines else 0) == text.count('\n') + (not text.endswith('\n') and text != '')


@pytest.mark.parametrize(
    ('text', 'last', 'section'),
    [
        ('<VirtualHost a>\nA\n</VirtualHost>\n', 1, (1, 3)),
        ('A\n<virtualHOST \\\n a>\n</VIRTUALhost>', 3, (2, 4)),
        ('<VirtualHost a>\n</VirtualHost>\n<VirtualHost b>\nB\n</VirtualHost>\n', 3, (3, 5)),
        ('< VirtualHost a>\n</ VirtualHost>\n', 1, (1, 2)),
        # Other sections inside, of names that begin alike too, and its own kind in a comment.
        ('<VirtualHost a>\n<VirtualHosting>\n</VirtualHosting>\n# </VirtualHost>\n</VirtualHost>\n', 1, (1, 5)),
        ('<VirtualHost a>\n<VirtualHost b>\n</VirtualHost>\n</VirtualHost>\n', 1, (1, 4)),
        ('<VirtualHost a>\n<VirtualHost b>\n</VirtualHost>\n</VirtualHost>\n', 2, (2, 3)),
        # None opens there, or none is closed.
        ('<VirtualHost a>\n</VirtualHost>\n', 2, None),
        ('<VirtualHost \\\na>\n</VirtualHost>\n', 1, None),
        ('<VirtualHosting>\n</VirtualHosting>\n', 1, None),
        ('# <VirtualHost a>\n</VirtualHost>\n', 1, None),
        ('<VirtualHost a>\n<VirtualHost b>\n</VirtualHost>\n', 1, None),
        ('', 1, None),
    ],
)
def test_the_lines_of_a_section(text, last, section):
    assert config_text.section_lines(text, 'VirtualHost', last) == section


@pytest.mark.parametrize(
    ('text', 'name'),
    [
        ('ServerName omk', 'servername'),
        ('\tServerName\tomk', 'servername'),
        ('SSLEngine', 'sslengine'),
        ('Server\\\nName omk', 'servername'),
        ('# ServerName omk', ''),
        ('#ServerName', ''),
        ('<Location />', ''),
        ('</Location>', ''),
        (' ', ''),
        ('Name# omk', 'name#'),
    ],
)
def test_the_name_of_a_directive(text, name):
    assert config_text.directive_name(config_text.logical_lines(text)[0]) == name


@pytest.mark.parametrize(
    ('text', 'indents', 'ends'),
    [
        ('A\n  B\r\n\t \tC', ['', '  ', '\t \t'], ['\n', '\r\n', '\n']),
        ('\r\nA \\\r\n  B\n\n', ['', '', ''], ['\r\n', '\n', '\n']),
    ],
)
def test_indentation_and_line_end(text, indents, ends):
    lines = config_text.logical_lines(text)
    assert [config_text.indentation(text, line) for line in lines] == indents
    assert [config_text.line_end(text, line) for line in lines] == ends
