# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import re

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump, rewrite
from layouts import PATH

NAME = 'omk.example.com'
TAKEN = 'RewriteRule ^/en/omk - [F]'
MOVED = 'RewriteRule ^/en/omk /de [R]'
TUNNEL = f'ws://localhost:8042{PATH}'


def caught(*lines, port=443):
    """(kind, line, url) of the directive that takes the handshake, each on the line of its place, or None."""
    nodes = [
        dump.Node(*line.partition(' ')[::2], None, '/etc/apache2/x.conf', number)
        for number, line in enumerate(lines, 1)
    ]
    found = rewrite.caught_by(nodes, PATH, rewrite.request_variables(PATH, NAME, port))
    return found and (found.kind, found.node.line, found.url)


def holds(condition, port=443):
    """Whether the rule behind this condition takes the request: True, False, or None where nobody can tell."""
    return {None: False, ('redirected', 2, None): True, ('perhaps', 2, None): None}[
        caught('RewriteCond ' + condition, MOVED, port=port)
    ]


@pytest.mark.parametrize(
    ('args', 'words'),
    [
        ('^/en /de', ['^/en', '/de']),
        ('  ^/en\t /de   [R,L] ', ['^/en', '/de', '[R,L]']),
        ('"^/with blank" \'/other blank\' "[R, L]"', ['^/with blank', '/other blank', '[R, L]']),
        ('^/with\\ blank /x', ['^/with blank', '/x']),
        ('"^/a\\"b" \'it\\\'s\'', ['^/a\\"b', "it\\'s"]),
        ('^/a\\.b$ /x', ['^/a\\.b$', '/x']),
        ('"" x', ['', 'x']),
        ('%{QUERY_STRING} =""', ['%{QUERY_STRING}', '=""']),
        ('^/en /ends\\', ['^/en', '/ends\\']),
        ('', []),
    ],
)
def test_words_of_a_rule(args, words):
    assert rewrite.split_rule(args) == words


@pytest.mark.parametrize(
    ('words', 'flags'),
    [
        (['^', '-'], {}),
        (['^', '-', '[L]'], {'L': ''}),
        (['^', '-', '[R=301,l]'], {'R': '301', 'L': ''}),
        (['^', '-', '[ S=2 , NC ]'], {'S': '2', 'NC': ''}),
        (['^', '-', '[E=path:/a=b]'], {'E': 'path:/a=b'}),
        (
            ['^', '-', '[proxy,Last,redirect=303,forbidden,gone,passthrough]'],
            {'P': '', 'L': '', 'R': '303', 'F': '', 'G': '', 'PT': ''},
        ),
        (
            ['^', '-', '[nocase,chain,skip=1,next,ornext,END]'],
            {'NC': '', 'C': '', 'S': '1', 'N': '', 'OR': '', 'END': ''},
        ),
        (['^', '-', 'L'], {}),
    ],
)
def test_flags_by_their_short_names(words, flags):
    assert rewrite.rule_flags(words, 2) == flags


def test_expressions_are_searched_with_regard_to_case_unless_told():
    assert rewrite.search('omk/(op.+?)/', PATH).group(1) == 'opCharts'
    assert rewrite.search('opcharts', PATH) is None
    assert rewrite.search('opcharts', PATH, no_case=True)


@pytest.mark.parametrize('expression', ['[[:alpha:]]', '(?R)', '\\h', '(?>en)', 'e++', '(?|a|b)', '\\Qen\\E'])
def test_what_python_might_read_otherwise_is_no_expression(expression):
    with pytest.raises(re.error, match='^an expression that only PCRE knows$'):
        rewrite.search(expression, PATH)


@pytest.mark.parametrize(
    ('expected', 'rule'),
    [
        (None, '^/de /x [R]'),
        (None, '^/EN/ /x [R]'),
        (None, '^/en'),
        (None, '^/en/ - [L]'),
        (None, '^/en/ - [E=seen:1]'),
        (None, '^/(en/.*) /$1'),
        ('forbidden', '^/en/ - [F]'),
        ('forbidden', '^/en/ - [G,L]'),
        ('forbidden', '^/EN/ - [F,NC]'),
        ('forbidden', '!^/de/ - [F]'),
        (None, '!^/en/ - [F]'),
        ('forbidden', '!^/omk/ - [F]'),
        ('redirected', '^/en/ /de/ [R]'),
        ('forbidden', '^/en/ - [R=404]'),
        ('redirected', '^/en/ /de/ [R=301]'),
        ('redirected', '^/en/ https://other.example.com/'),
        ('redirected', '^/en/ HTTPS://other.example.com/'),
        ('rewritten', '^/en/ /de/'),
        ('rewritten', '^/en/(.*)$ /de/$1 [PT]'),
        ('rewritten', '^/en/ /a://b'),
        ('perhaps', '^/en/ %{ENV:there}'),
        ('perhaps', '^/en/ ${map:there}'),
        ('perhaps', '^/en/ /x [N]'),
        ('perhaps', '^/(?<language>en)/ /x'),
        ('perhaps', '!^/(?<language>de)/ /x'),
        ('perhaps', '^/(en /x [R]'),
        (None, '^/(?<language>en)/ -'),
        ('perhaps', '^/(?<language>en)/ /x [R]'),
        # What may refuse a request sends it nowhere else.
        (None, '^/(?<language>en)/ - [F]'),
        (None, '^/(?<language>en)/ - [G]'),
        (None, '^/(?<language>en)/ - [R=404]'),
        ('perhaps', '^/(?<language>en)/ - [P]'),
    ],
)
def test_one_rule(expected, rule):
    assert caught('RewriteRule ' + rule) == (expected and (expected, 1, None))


@pytest.mark.parametrize(
    ('url', 'rule'),
    [
        (TUNNEL, f'^{PATH}$ {TUNNEL} [P]'),
        (TUNNEL, '^/en/omk/(.*) ws://localhost:8042/en/omk/$1 [P,L]'),
        (TUNNEL, '^/(en)/(.*) ws://localhost:8042/$1/$2 [proxy]'),
        (TUNNEL, '^ ws://localhost:8042%{REQUEST_URI} [P]'),
        (TUNNEL, '^ "ws://localhost:8042%{request_uri}" [P]'),
        ('ws://localhost:8042' + PATH, '^(.*)$ ws://localhost:8042$0 [P]'),
        ('ws://localhost:8042//x', '^/(en|(de))/ ws://localhost:8042/$2/x [P]'),
        ('ws://localhost:8042//x', '^/en ws://localhost:8042/$1/x [P]'),
        ('ws://localhost:8042//x', '!^/(de) ws://localhost:8042/$1/x [P]'),
        ('ws://localhost:8042//x', '^/(en) ws://localhost:8042/%1/x [P]'),
    ],
)
def test_where_a_rule_proxies_to(url, rule):
    assert caught('RewriteRule ' + rule) == ('proxied', 1, url)


def test_references_to_the_last_condition_that_matched():
    conditions = (
        'RewriteCond %{SERVER_PORT} ^(4)(4)3$',
        'RewriteCond %{HTTP_HOST} ^([^.]+)',
        'RewriteCond %{HTTPS} !=off',
        'RewriteCond %{REQUEST_METHOD} !^(POST)$',
    )
    assert caught(*conditions, 'RewriteRule ^/(en) ws://%1.lan:8042/$1/%2 [P]') == (
        'proxied',
        5,
        'ws://omk.lan:8042/en/',
    )


@pytest.mark.parametrize(
    ('second', 'takes'),
    [
        ('%1 ^43$', True),
        ('%1 ^44$', False),
        ('$1 ^en$', True),
        ('$1 ^de$', False),
        ('$2 ^$', True),
        ('%2 ^$', True),
        ('%1-$1 ^43-en$', True),
    ],
)
def test_conditions_refer_to_the_rule_and_to_the_condition_before(second, takes):
    lines = ('RewriteCond %{SERVER_PORT} 4(43)', 'RewriteCond ' + second, 'RewriteRule ^/(en)/ - [F]')
    assert caught(*lines) == (('forbidden', 3, None) if takes else None)


@pytest.mark.parametrize(
    'condition',
    [
        f'%{{REQUEST_URI}} ={PATH}',
        f'%{{REQUEST_FILENAME}} ={PATH}',
        '%{REQUEST_METHOD} =GET',
        '%{QUERY_STRING} =""',
        '%{QUERY_STRING} ^$',
        '%{HTTPS} =on',
        '%{REQUEST_SCHEME} =https',
        '%{SERVER_PORT} =443',
        f'%{{SERVER_NAME}} ={NAME}',
        f'%{{HTTP_HOST}} ={NAME}',
        f'%{{HTTP:Host}} ={NAME}',
        f'%{{THE_REQUEST}} "=GET {PATH} HTTP/1.1"',
        '%{SERVER_PROTOCOL} =HTTP/1.1',
        '%{HTTP:Upgrade} =websocket',
        '%{HTTP:Connection} =Upgrade',
        '%{HTTP:X-Forwarded-Proto} ^$',
        '%{IS_SUBREQ} =false',
        '%{HTTPS}:%{SERVER_PORT} ^on:443$',
    ],
)
def test_what_a_handshake_brings_along(condition):
    assert holds(condition) is True
    test, blank, pattern = condition.partition(' ')
    quote = '"' * pattern.startswith('"')
    assert holds(f'{test}{blank}{quote}!{pattern[len(quote) :]}') is False


@pytest.mark.parametrize(
    'condition',
    [
        '%{HTTP:UPGRADE} ^WebSocket$ [NC]',
        '%{HTTP:upgrade} =WEBSOCKET [NC]',
        '%{http:connection} upgrade [nocase]',
        '%{https} =on',
    ],
)
def test_names_of_variables_are_read_without_regard_to_case(condition):
    assert holds(condition) is True


@pytest.mark.parametrize(('port', 'host'), [(443, NAME), (8443, NAME + ':8443')])
def test_a_browser_names_a_port_that_is_not_the_usual_one(port, host):
    for variable in ('HTTP_HOST', 'HTTP:Host'):
        assert holds(f'%{{{variable}}} ={host}', port) is True
    assert holds(f'%{{SERVER_NAME}} ={NAME}', port) is True
    assert holds(f'%{{SERVER_PORT}} ={port}', port) is True


@pytest.mark.parametrize(
    ('expected', 'condition'),
    [
        (True, '%{HTTPS} on'),
        (False, '%{HTTPS} off'),
        (True, '%{HTTPS} !off'),
        (True, '%{HTTPS} !=off'),
        (False, '%{HTTPS} =ON'),
        (True, '%{HTTPS} =ON [NC]'),
        (False, '%{HTTPS} !=ON [NC]'),
        (False, '%{HTTPS} ="off"'),
        (True, '%{HTTPS} ="on"'),
        (False, '%{HTTPS} =off [NC]'),
        (False, '%{HTTPS} ON'),
        (True, '%{HTTPS} ON [NC]'),
        (None, '%{HTTP_COOKIE} ^$'),
        (None, '%{REMOTE_ADDR} =10.0.0.1'),
        (None, '${names:%{HTTP_HOST}} =omk'),
        (None, '%{HTTPS}%{TIME} on'),
        (None, '%{REQUEST_FILENAME} -f'),
        (None, '%{REQUEST_FILENAME} !-d'),
        (None, '%{REQUEST_FILENAME} -F'),
        (None, '%{SERVER_PORT} -gt 80'),
        (None, '%{SERVER_PORT} >80'),
        (None, '%{SERVER_PORT} !<80'),
        (None, '%{SERVER_PORT} "<=80"'),
        (None, 'expr "%{HTTPS} == \'on\'"'),
        (None, '%{HTTPS} (on'),
        (None, '%{HTTPS}'),
        (False, '%{REQUEST_METHOD} ^(TRACE|TRACK)$'),
        (True, '%{REQUEST_URI} !^/\\.well-known/'),
    ],
)
def test_one_condition(expected, condition):
    assert holds(condition) is expected


YES, NO, UNKNOWN = '%{HTTPS} =on', '%{HTTPS} =off', '%{ENV:maintenance} =yes'


@pytest.mark.parametrize(
    ('kind', 'conditions'),
    [
        ('redirected', (YES, YES)),
        (None, (YES, NO)),
        (None, (NO, YES)),
        ('perhaps', (YES, UNKNOWN)),
        ('perhaps', (UNKNOWN, YES)),
        (None, (UNKNOWN, NO)),
        (None, (NO, UNKNOWN)),
        ('redirected', (NO + ' [OR]', YES)),
        ('redirected', (YES + ' [OR]', NO)),
        (None, (NO + ' [OR]', NO)),
        ('redirected', (NO + ' [NC,ornext]', YES)),
        ('redirected', (UNKNOWN + ' [OR]', YES)),
        ('redirected', (YES + ' [OR]', UNKNOWN)),
        ('perhaps', (UNKNOWN + ' [OR]', NO)),
        ('perhaps', (NO + ' [OR]', UNKNOWN)),
        ('redirected', (NO + ' [OR]', NO + ' [OR]', YES)),
        (None, (YES + ' [OR]', NO, NO)),
        (None, (NO, YES + ' [OR]', YES)),
        ('redirected', (YES, NO + ' [OR]', YES)),
        ('perhaps', (UNKNOWN, NO + ' [OR]', YES)),
    ],
)
def test_conditions_together(kind, conditions):
    lines = [f'RewriteCond {condition}' for condition in conditions]
    assert caught(*lines, MOVED) == (kind and (kind, len(lines) + 1, None))
    refused = caught(*lines, TAKEN)
    assert refused == (('forbidden', len(lines) + 1, None) if kind == 'redirected' else None)


@pytest.mark.parametrize(
    ('expected', 'condition'),
    [
        (False, '%{HTTP_REFERER} !^$'),  # browsers send none when they open a websocket
        (True, '%{HTTP:Origin} ^https://omk[.]example[.]com$'),
    ],
)
def test_what_a_browser_sends_along(expected, condition):
    assert holds(condition) is expected


def test_a_blocklist_does_not_hide_what_comes_after_it():
    lines = ('RewriteCond ${blocked:%{REMOTE_ADDR}} =yes', 'RewriteRule ^ - [F]', MOVED)
    assert caught(*lines[:2]) is None
    assert caught(*lines) == ('redirected', 3, None)


def test_an_or_does_not_hide_what_the_alternative_matched():
    lines = ('RewriteCond %{HTTPS} =off [OR]', 'RewriteCond %{SERVER_PORT} ^(4)', 'RewriteCond %1 =4', TAKEN)
    assert caught(*lines) == ('forbidden', 4, None)


@pytest.mark.parametrize('first', ['RewriteRule ^/de - [F]', 'RewriteRule ^/en - [E=x:1]', 'RewriteRule ^/en'])
def test_conditions_count_for_the_next_rule_only(first):
    assert caught('RewriteCond %{HTTPS} =off', first, TAKEN) == ('forbidden', 3, None)


@pytest.mark.parametrize(
    ('line', 'lines'),
    [
        # A rule that does not match, or cannot be read, lets the next one try.
        (2, ('RewriteRule ^/de /x [R]', TAKEN)),
        (2, ('RewriteRule ^/en', TAKEN)),
        (3, ('RewriteCond %{HTTPS} =off', 'RewriteRule ^ - [F]', TAKEN)),
        # A file that may be served as it is: what comes later still counts.
        (3, ('RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} -f', 'RewriteRule ^ - [L]', TAKEN)),
        # The last word: L, END and PT.
        (None, ('RewriteRule ^/en/omk/opCharts/events - [L]', TAKEN)),
        (None, ('RewriteRule ^/en/omk/opCharts/events - [last]', TAKEN)),
        (None, ('RewriteRule ^/en/omk/opCharts/events - [END]', TAKEN)),
        (None, ('RewriteRule ^/en/omk/opCharts/events - [PT]', TAKEN)),
        (2, ('RewriteRule ^/en/omk/opCharts/events - [NC,E=x:1]', TAKEN)),
        (2, ('RewriteRule ^/de - [L]', TAKEN)),
        # S skips the next rules where its own holds.
        (None, ('RewriteRule ^/en - [S=1]', TAKEN)),
        (None, ('RewriteRule ^/en - [skip=2]', TAKEN, TAKEN)),
        (3, ('RewriteRule ^/en - [S=1]', TAKEN, TAKEN)),
        (4, ('RewriteRule ^/en - [S=2]', TAKEN, TAKEN, TAKEN)),
        (2, ('RewriteRule ^/de - [S=1]', TAKEN)),
        (4, ('RewriteRule ^/en - [S=1]', 'RewriteCond %{HTTPS} =on', TAKEN, TAKEN)),
        (2, ('RewriteRule ^/en - [S=x]', TAKEN)),
        (3, ('RewriteRule ^/en - [S=1]', 'RewriteRule ^/de - [C]', TAKEN)),
        # C ties rules together: where one does not hold, the rest of the chain is not tried.
        (2, ('RewriteRule ^/en - [C]', TAKEN)),
        (None, ('RewriteRule ^/de - [C]', TAKEN)),
        (None, ('RewriteRule ^/de - [chain]', 'RewriteRule ^/en - [F,C]', TAKEN)),
        (3, ('RewriteRule ^/de - [C]', 'RewriteRule ^/en - [E=x:1]', TAKEN)),
        (4, ('RewriteCond %{HTTPS} =off', 'RewriteRule ^/en - [C]', 'RewriteRule ^/en - [F]', TAKEN)),
        (3, ('RewriteRule ^/en - [C]', 'RewriteRule ^/de - [F]', TAKEN)),
    ],
)
def test_which_of_several_rules_takes_the_request(line, lines):
    assert caught(*lines) == (line and ('forbidden', line, None))


def test_later_rules_see_what_an_earlier_one_made_of_the_path():
    first = 'RewriteRule ^/en/omk/(.*) /inner/$1'
    assert caught(first, 'RewriteRule ^/inner/(.*) ws://localhost:8042/$1 [P]') == (
        'proxied',
        2,
        'ws://localhost:8042/opCharts/events/log',
    )
    assert caught(first, TAKEN) == ('rewritten', 1, None)
    assert caught(first, 'RewriteRule ^/inner/ - [L]', 'RewriteRule ^/inner - [F]') == ('rewritten', 1, None)
    assert caught(first, 'RewriteRule ^/inner/ /other') == ('rewritten', 2, None)
    assert caught(first, 'RewriteRule ^/inner/(.*) /en/omk/$1') is None


def test_names_of_directives_are_read_without_regard_to_case():
    assert caught('rewritecond %{HTTPS} =off', 'REWRITERULE ^ - [F]') is None
    assert caught('rewritecond %{HTTPS} =on', 'REWRITERULE ^ - [F]') == ('forbidden', 2, None)
