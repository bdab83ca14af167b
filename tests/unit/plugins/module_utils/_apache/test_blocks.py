# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, config_text, dump
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from hypothesis import given
from hypothesis import strategies as st

PATH = '/en/omk/opCharts/events/log'
BACKEND = desired.Backend('localhost', 8042)
NEEDS = blocks.Needs((PATH,), (), True, (), False, BACKEND, None)
PROTECTING = NEEDS._replace(protect=(PATH,), idle_timeout=3600)
VHOST = '<VirtualHost *:443>\n    ServerName x\n</VirtualHost>\n'


def test_block_stands_last_in_the_virtualhost_and_follows_its_indentation():
    assert blocks.insert(VHOST, 'x.conf', 1, NEEDS) == (
        '<VirtualHost *:443>\n'
        '    ServerName x\n'
        '    # BEGIN opmantek.omk websocket\n'
        '    RequestHeader set X-Forwarded-Proto "https"\n'
        f'    <Location "{PATH}">\n'
        f'        ProxyPass "ws://localhost:8042{PATH}" disablereuse=on\n'
        '    </Location>\n'
        '    # END opmantek.omk websocket\n'
        '</VirtualHost>\n'
    )


def test_protection_from_rewriting_stands_first():
    assert blocks.insert(VHOST, 'x.conf', 1, PROTECTING).startswith(
        '<VirtualHost *:443>\n'
        '    # BEGIN opmantek.omk pass-through\n'
        f'    RewriteRule "^{PATH}$" "-" [L]\n'
        '    # END opmantek.omk pass-through\n'
        '    ServerName x\n'
    )


def test_sections_of_others_are_overruled():
    text = blocks.insert(VHOST, 'x.conf', 1, NEEDS._replace(pages=('/en/omk',), unrewritten=True))
    assert text.endswith(
        '    RequestHeader set X-Forwarded-Proto "https"\n'
        '    <Location "/en/omk">\n'
        '        RequestHeader set X-Forwarded-Proto "https"\n'
        '    </Location>\n'
        f'    <Location "{PATH}">\n'
        f'        ProxyPass "ws://localhost:8042{PATH}" disablereuse=on\n'
        '        RewriteEngine off\n'
        '    </Location>\n'
        '    # END opmantek.omk websocket\n'
        '</VirtualHost>\n'
    )


def test_several_paths_and_another_backend():
    paths = ('/a.b', '/c-d_e~f/')
    needs = NEEDS._replace(tunnel=paths, protect=paths, header=False, backend=desired.Backend('[::1]', 8043))
    assert blocks.insert('<VirtualHost *:443>\n</VirtualHost>\n', 'x.conf', 1, needs) == (
        '<VirtualHost *:443>\n'
        '    # BEGIN opmantek.omk pass-through\n'
        '    RewriteRule "^/a[.]b$" "-" [L]\n'
        '    RewriteRule "^/c-d_e~f/$" "-" [L]\n'
        '    # END opmantek.omk pass-through\n'
        '    # BEGIN opmantek.omk websocket\n'
        '    <Location "/a.b">\n'
        '        ProxyPass "ws://[::1]:8043/a.b" disablereuse=on\n'
        '    </Location>\n'
        '    <Location "/c-d_e~f/">\n'
        '        ProxyPass "ws://[::1]:8043/c-d_e~f/" disablereuse=on\n'
        '    </Location>\n'
        '    # END opmantek.omk websocket\n'
        '</VirtualHost>\n'
    )


def test_a_block_with_nothing_to_say_is_not_there():
    nothing = NEEDS._replace(tunnel=(), header=False)
    assert blocks.insert(VHOST, 'x.conf', 1, nothing) == VHOST
    assert blocks.insert(VHOST, 'x.conf', 1, nothing._replace(header=True)) == VHOST.replace(
        '</V',
        '    # BEGIN opmantek.omk websocket\n'
        '    RequestHeader set X-Forwarded-Proto "https"\n'
        '    # END opmantek.omk websocket\n</V',
    )


def test_what_is_decided_on_is_what_is_written():
    needs = PROTECTING._replace(pages=('/en/omk',), unrewritten=True)
    start, end = blocks.as_nodes(needs)
    assert start == [dump.Node('RewriteRule', f'"^{PATH}$" "-" [L]', None, None, None)]
    header = dump.Node('RequestHeader', 'set X-Forwarded-Proto "https"', None, None, None)
    assert end == [
        header,
        dump.Node('Location', '"/en/omk"', [header], None, None),
        dump.Node(
            'Location',
            f'"{PATH}"',
            [
                dump.Node('ProxyPass', f'"ws://localhost:8042{PATH}" disablereuse=on timeout=3600', None, None, None),
                dump.Node('RewriteEngine', 'off', None, None, None),
            ],
            None,
            None,
        ),
    ]


def test_idle_timeout():
    assert f'ProxyPass "ws://localhost:8042{PATH}" disablereuse=on timeout=3600\n' in blocks.insert(
        VHOST, 'x.conf', 1, PROTECTING
    )


def test_line_ends_follow_the_file():
    text = blocks.insert(VHOST.replace('\n', '\r\n'), 'x.conf', 1, NEEDS)
    assert text.count('\n') == text.count('\r\n') == 9


def test_a_comment_that_swallows_the_closing_tag_is_not_taken_for_its_end():
    text = '<VirtualHost *:443>\n  # a comment \\\n</VirtualHost>\n  ServerName x\n</VirtualHost>\n'
    assert blocks.insert(text, 'x.conf', 1, NEEDS).endswith('websocket\n</VirtualHost>\n')
    assert blocks.insert(text, 'x.conf', 1, NEEDS).startswith(text[: -len('</VirtualHost>\n')])


def test_tabs_follow_the_file():
    text = blocks.insert(VHOST.replace('    ', '\t'), 'x.conf', 1, NEEDS)
    assert f'\n\t\tProxyPass "ws://localhost:8042{PATH}" disablereuse=on\n' in text
    assert '  ' not in text


@pytest.mark.parametrize(
    ('inside', 'indent', 'deeper'),
    [
        ('\n', ' ' * 6, '    '),
        ('', ' ' * 6, '    '),
        ('  \n\n \tServerName x\n    SSLEngine on\n', ' \t', '\t'),
        ('ServerName x\n', '', '    '),
        ('      # a comment\n  ServerName x\n', ' ' * 6, '    '),
    ],
)
def test_indentation_follows_the_first_line_inside(inside, indent, deeper):
    text = blocks.insert(f'  <VirtualHost *:443>\n{inside}  </VirtualHost>\n', 'x.conf', 1, NEEDS)
    assert text == (
        f'  <VirtualHost *:443>\n{inside}'
        f'{indent}# BEGIN opmantek.omk websocket\n'
        f'{indent}RequestHeader set X-Forwarded-Proto "https"\n'
        f'{indent}<Location "{PATH}">\n'
        f'{indent}{deeper}ProxyPass "ws://localhost:8042{PATH}" disablereuse=on\n'
        f'{indent}</Location>\n'
        f'{indent}# END opmantek.omk websocket\n'
        '  </VirtualHost>\n'
    )


def test_only_the_named_virtualhost_changes():
    other = '<virtualhost *:80>\n\tServerName y\n</virtualhost>\n'
    text = blocks.insert(other + VHOST + other, 'x.conf', 4, NEEDS)
    assert text == other + blocks.insert(VHOST, 'x.conf', 1, NEEDS) + other


def test_opening_tag_over_several_lines_is_found_by_its_last():
    text = '<VirtualHost \\\n  10.0.0.1:443 \\\n  10.0.0.2:443>\n\tServerName x\n</VirtualHost>'
    assert '\t# BEGIN opmantek.omk websocket\n' in blocks.insert(text, 'x.conf', 3, NEEDS)


@pytest.mark.parametrize(('text', 'line'), [(VHOST, 2), (VHOST.replace('</VirtualHost>', '# </VirtualHost>'), 1)])
def test_virtualhost_that_is_not_there(text, line):
    with pytest.raises(Problem) as refused:
        blocks.insert(text, 'x.conf', line, NEEDS)
    assert str(refused.value) == (
        f'x.conf, line {line}: the VirtualHost that Apache reports here cannot be found in the file; '
        'make sure that nothing else is writing the file, and run again.'
    )


LINE = st.sampled_from(
    [
        'ServerName x',
        '# comment',
        '# goes on \\',
        '',
        '\t<Location />',
        '</Location>',
        'Alias /a \\',
        '  Caf\xe9',
        'RewriteRule ^ - [L]',
        '# BEGIN opmantek.omk',
    ]
)


@given(
    before=st.lists(LINE, max_size=4),
    inside=st.lists(LINE, max_size=6),
    end=st.sampled_from(['\n', '\r\n']),
    last=st.sampled_from(['', '\n']),
    needs=st.sampled_from([NEEDS, PROTECTING]),
)
def test_taking_the_blocks_out_gives_the_original_back(before, inside, end, last, needs):
    text = end.join([*before, '', '<VirtualHost *:443>', *inside, '', '</VirtualHost>']) + last
    opening = next((line.last for line in config_text.logical_lines(text) if line.text == '<VirtualHost *:443>'), None)
    try:
        changed = blocks.insert(text, 'x.conf', opening, needs)
    except Problem:
        assert opening is None or '</Location>' in text or '\\' in text
        return
    assert changed != text
    assert blocks.without_own(changed) == text
    assert len(blocks.own_ranges(changed)) == (2 if needs.protect else 1)


def test_own_ranges_count_physical_lines():
    assert blocks.own_ranges(blocks.insert(VHOST, 'x.conf', 1, PROTECTING)) == [(2, 4), (6, 11)]


def test_only_blocks_inside_the_lines_are_taken_out():
    both = blocks.insert(VHOST, 'x.conf', 1, NEEDS)
    twice = both + both
    assert blocks.without_own(twice, 10, 18) == both + VHOST
    assert blocks.without_own(twice, 1, 9) == VHOST + both
    assert blocks.without_own(twice) == VHOST + VHOST
    assert blocks.without_own(twice, 3) == VHOST + VHOST
    assert blocks.without_own(twice, 4) == both + VHOST
    assert blocks.without_own(twice, 1, 8) == VHOST + both
    assert blocks.without_own(twice, 1, 7) == twice


def test_a_file_of_our_own():
    assert blocks.is_own_file(blocks.OWN_FILE + '\n' + VHOST)
    assert not blocks.is_own_file(VHOST + blocks.OWN_FILE)


def test_a_block_is_what_one_name_begins_and_ends():
    text = blocks.insert(VHOST, 'x.conf', 1, NEEDS)
    other = text.replace('# END opmantek.omk websocket', '# END opmantek.omk pass-through')
    assert blocks.without_own(other) == other
    last = '# BEGIN opmantek.omk websocket\n\n  # END opmantek.omk websocket'
    assert blocks.without_own('A\n' + last) == 'A\n'
    assert blocks.without_own(last) == ''
    assert blocks.own_ranges('A\n' + last) == [(2, 4)]


@pytest.mark.parametrize(('lost', 'line'), [('BEGIN', 8), ('END', 3)])
def test_a_marker_without_its_partner_is_refused_and_takes_nothing_with_it(lost, line):
    whole = blocks.insert(VHOST, 'x.conf', 1, NEEDS)
    text = ''.join(part for part in whole.splitlines(True) if f'# {lost} opmantek' not in part)
    second = blocks.insert(VHOST, 'x.conf', 1, NEEDS)
    line -= lost == 'BEGIN'
    with pytest.raises(Problem) as refused:
        blocks.check_markers(text + second, 'x.conf')
    assert str(refused.value) == (
        f'x.conf, line {line}: this marker comment of ours has lost its partner, so nobody can tell what is ours; '
        'remove the lines that opmantek.omk added here, with both marker comments.'
    )
    assert blocks.without_own(text + second) == text + VHOST
    assert blocks.check_markers(second, 'x.conf') is None
