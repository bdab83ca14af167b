# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import csv
import html.parser
import io
import json
import os
from datetime import datetime

import pytest
from ansible_collections.opmantek.omk.plugins.plugin_utils import _board

STARTED, ENDED = datetime(2026, 11, 22, 16, 51), datetime(2026, 11, 22, 16, 58, 41)
GREEN = {
    'status': 'green',
    'reason': 'green',
    'advice': 'Nothing to do.',
    'warnings': [],
    'certificate_days_left': 87,
    'changed': ['Apache', 'opCommon'],
    'batch': '1',
    'url': 'wss://omk1/x',
    'checked_at': '2026-11-22T16:58:00Z',
}
YELLOW = dict(GREEN, status='yellow', reason='backend_down', advice='Start OMK.', changed=[], warnings=['Then: rest.'])
HOSTILE = '<script>alert(1)</script>"\'&{{ 7*7 }}\x1b[31m\x07\u202e\r\n\x00\ud800'


def board(*rows, **options):
    return _board.board(rows, options.pop('playbook', 'site.yml'), STARTED, ENDED, **options)


def asset(kind):
    with open(os.path.join(os.path.dirname(_board.__file__), '_board.' + kind), encoding='utf-8') as file:
        return file.read()


def page(report):
    return _board.to_html(report, asset('html.j2'), asset('css'), asset('js'))


def terminal(report, **options):
    return _board.to_terminal(report, lambda text, status: f'<{status}>{text}', **options)


class Elements(html.parser.HTMLParser):
    """Every element of a page with its attributes, and the text of every table row."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == 'tr':
            self.rows.append([])

    def handle_data(self, data):
        if self.rows and data.strip():
            self.rows[-1].append(data.strip())

    def handle_endtag(self, tag):
        if tag == 'tbody':
            self.rows.append([])


def test_row_of_a_status():
    assert _board.row('omk1', YELLOW) == {
        'host': 'omk1',
        'status': 'yellow',
        'reason': 'backend_down',
        'advice': 'Start OMK.',
        'warnings': ['Then: rest.'],
        'certificate_days_left': 87,
        'changed': [],
        'batch': '1',
        'url': 'wss://omk1/x',
        'checked_at': '2026-11-22T16:58:00Z',
        'task': '',
    }


def test_a_failure_that_repeats_the_advice_adds_only_the_rest():
    failure = 'The Events pane is yellow (backend_down): Start OMK. What this run had changed was rolled back.'
    assert _board.row('omk1', YELLOW, failure)['warnings'] == [
        'Then: rest.',
        'What this run had changed was rolled back.',
    ]
    assert _board.row('omk1', YELLOW, 'The pane is yellow: Start OMK.')['warnings'] == ['Then: rest.']


@pytest.mark.parametrize(
    'options, status, advice',
    [
        ({}, 'no status', 'This run gave no status; verify.yml does.'),
        ({'tried': False}, 'no status', 'Not tried: the run ended before its turn.'),
        ({'failure': 'Broken.', 'task': 'Do it'}, 'failed', 'Broken.'),
        ({'failure': ''}, 'failed', ''),
        ({'failure': 'No route.', 'unreachable': True}, 'unreachable', 'No route.'),
        ({'told': {'status': 'blue', 'advice': 'x'}}, 'no status', 'This run gave no status; verify.yml does.'),
        ({'told': 'green'}, 'no status', 'This run gave no status; verify.yml does.'),
    ],
)
def test_row_without_a_status(options, status, advice):
    one = _board.row('omk1', **options)
    assert (one['status'], one['advice']) == (status, advice)


def test_what_stopped_the_run_comes_before_what_was_seen_earlier():
    one = _board.row('omk1', YELLOW, 'It broke.')
    assert (one['status'], one['reason'], one['advice']) == ('yellow', '', 'It broke.')
    assert one['warnings'] == ['Then: rest.', 'Before that: Start OMK.']


def test_a_status_outlives_a_failure():
    one = _board.row('omk1', YELLOW, 'Gone.', unreachable=True)
    assert (one['status'], one['advice']) == ('yellow', 'Start OMK.')
    assert one['warnings'] == ['Then: rest.', 'Then it could not be reached: Gone.']
    green = _board.row('omk1', dict(YELLOW, status='green'), 'It broke.')
    assert (green['status'], green['warnings'][-1]) == ('green', 'Then a task failed: It broke.')


def test_a_failure_that_only_repeats_the_advice_is_not_told_twice():
    failure = 'The Events pane is yellow (backend_down): Start OMK.'
    assert _board.row('omk1', YELLOW, failure)['warnings'] == ['Then: rest.']


@pytest.mark.parametrize(
    'given, expected',
    [
        (5, 5),
        ('5', 5),
        (-3, -3),
        ('', None),
        (None, None),
        ('soon', None),
        ([], None),
    ],
)
def test_days_are_a_number_or_nothing(given, expected):
    assert _board.row('omk1', dict(GREEN, certificate_days_left=given))['certificate_days_left'] == expected


@pytest.mark.parametrize(
    'given, expected',
    [
        ('one', ['one']),
        (['one', 2], ['one', '2']),
        ('', []),
        (None, []),
        (['', None, 'x'], ['x']),
    ],
)
def test_lists_are_lists_of_text(given, expected):
    assert _board.row('omk1', dict(GREEN, changed=given))['changed'] == expected


@pytest.mark.parametrize(
    'given, expected',
    [
        (None, ''),
        (443, '443'),
        ('two\r\nlines', 'two lines'),
        ('\x1b[31mred\x1b[0m', '[31mred[0m'),
        ('\u202egreen\u2066', 'green'),
        ('a\x00b\x9fc\ud800d', 'abcd'),
        ('ä 漢', 'ä 漢'),
        ('x' * 3000, 'x' * 1999 + '…'),
    ],
)
def test_plain(given, expected):
    assert _board.plain(given) == expected


def test_worst_first_then_by_name():
    report = board(
        _board.row('omk10', GREEN),
        _board.row('omk2', GREEN),
        _board.row('b', YELLOW),
        _board.row('c'),
        _board.row('z', failure='x'),
        _board.row('y', failure='x', unreachable=True),
        _board.row('7', GREEN),
    )
    assert [one['host'] for one in report['hosts']] == ['z', 'y', 'b', 'c', '7', 'omk2', 'omk10']
    assert report['counts'] == {'failed': 1, 'unreachable': 1, 'yellow': 1, 'no status': 1, 'green': 3, 'all': 7}
    assert _board.summary(report) == '7 hosts: 1 failed, 1 unreachable, 1 yellow, 1 no status, 3 green'


def test_facts_of_the_run():
    report = board(_board.row('omk1', GREEN), check_mode=True, interrupted=True)
    assert {
        key: report[key]
        for key in ('playbook', 'started_at', 'ended_at', 'duration_seconds', 'check_mode', 'interrupted')
    } == {
        'playbook': 'site.yml',
        'started_at': '2026-11-22T16:51:00Z',
        'ended_at': '2026-11-22T16:58:41Z',
        'duration_seconds': 461,
        'check_mode': True,
        'interrupted': True,
    }


@pytest.mark.parametrize('seconds, text', [(0, '0 s'), (59, '59 s'), (61, '1 min 1 s'), (3900, '1 h 5 min')])
def test_duration(seconds, text):
    assert _board.duration(seconds) == text


def test_json_is_the_report():
    report = board(_board.row(HOSTILE, YELLOW), _board.row('omk1', failure=HOSTILE))
    assert json.loads(_board.to_json(report)) == report


def test_csv_can_be_read_back():
    text = _board.to_csv(board(_board.row('omk1', dict(YELLOW, advice='a "b", c', warnings=['x', 'y']))))
    assert list(csv.DictReader(io.StringIO(text, newline=''))) == [
        {
            'host': 'omk1',
            'status': 'yellow',
            'reason': 'backend_down',
            'advice': 'a "b", c',
            'warnings': 'x; y',
            'certificate_days_left': '87',
            'changed': '',
            'batch': '1',
            'url': 'wss://omk1/x',
            'checked_at': '2026-11-22T16:58:00Z',
            'task': '',
        }
    ]
    assert text.count('\r\n') == text.count('\n') == 2


@pytest.mark.parametrize('text', ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1+1', '\r=1', ' =1', '\u202e=1', '=cmd|x!A1'])
def test_csv_holds_no_formula(text):
    out = _board.to_csv(board(_board.row(text, dict(YELLOW, advice=text, changed=[text]))))
    for cell in list(csv.reader(io.StringIO(out, newline='')))[1]:
        assert cell[:1] not in tuple('=+-@\t\r')


def test_csv_leaves_numbers_alone():
    assert ',-3,' in _board.to_csv(board(_board.row('omk1', dict(YELLOW, certificate_days_left=-3))))


def test_page_shows_every_host_with_its_word():
    shown = Elements(
        page(
            board(
                _board.row('omk1', GREEN),
                _board.row('omk2', YELLOW),
                _board.row('omk3'),
                _board.row('omk4', failure='It broke.', task='Do it'),
                _board.row('omk5', failure='No route.', unreachable=True),
            )
        )
    ).rows[1:6]
    assert [row[:2] for row in shown] == [
        ['failed', 'omk4'],
        ['unreachable', 'omk5'],
        ['yellow', 'omk2'],
        ['no status', 'omk3'],
        ['green', 'omk1'],
    ]
    assert 'Task: Do it' in shown[0] and 'It broke.' in shown[0]
    assert {'backend_down', 'Start OMK.', 'Then: rest.', '87 days'} <= set(shown[2])
    assert 'Apache, opCommon' in shown[4]


def test_page_shows_the_run():
    text = page(board(_board.row('omk1', GREEN), playbook='rollout.yml', check_mode=True, interrupted=True))
    for words in (
        'rollout.yml',
        '2026-11-22 16:58:41 UTC',
        '7 min 41 s',
        '>check mode: nothing was changed<',
        '>interrupted<',
    ):
        assert words in text
    assert 'check mode' not in page(board(_board.row('omk1', GREEN)))


def test_page_of_strangers_is_inert():
    hostile = dict(
        YELLOW,
        reason=HOSTILE,
        advice=HOSTILE,
        warnings=[HOSTILE],
        changed=[HOSTILE],
        batch=HOSTILE,
        url='javascript:alert(1)',
        checked_at=HOSTILE,
    )
    tame = page(board(_board.row('omk1', YELLOW), _board.row('omk2', failure='x', task='y')))
    wild = page(
        board(_board.row(HOSTILE, hostile), _board.row('omk2', failure=HOSTILE, task=HOSTILE), playbook=HOSTILE)
    )
    kinds = [[tag for tag, _attributes in Elements(text).elements] for text in (tame, wild)]
    assert set(kinds[1]) == set(kinds[0])
    assert kinds[1].count('script') == 1
    assert '{{ 7*7 }}' in wild
    assert not [
        attributes
        for _tag, attributes in Elements(wild).elements
        if 'javascript:' in str(attributes) or any(name.startswith('on') for name in attributes)
    ]
    assert not set(wild) & set('\x1b\x07\u202e\x00\ud800')


def test_page_needs_no_network():
    for _tag, attributes in Elements(page(board(_board.row('omk1', GREEN)))).elements:
        for name in ('src', 'href', 'action'):
            assert attributes.get(name, 'data:').startswith('data:')
    assert 'url(' not in asset('css') and '@import' not in asset('css')


def test_terminal_table():
    report = board(_board.row('omk1', GREEN), _board.row('omk2', YELLOW), check_mode=True)
    assert terminal(report) == [
        '<yellow>yellow  omk2  backend_down · certificate 87 d · batch 1',
        '        Start OMK.',
        '        Then: rest.',
        '<green>green   omk1  certificate 87 d · batch 1 · changed: Apache, opCommon',
        '2 hosts: 1 yellow, 1 green, check mode: nothing was changed',
    ]


def test_terminal_keeps_to_its_width():
    report = board(_board.row('omk1', dict(YELLOW, advice='word ' * 50)))
    assert max(len(line) for line in terminal(report, width=60)[1:]) <= 60


def test_terminal_shows_many_hosts_in_few_lines():
    rows = [_board.row(f'omk{number}', GREEN if number > 40 else YELLOW) for number in range(500)]
    lines = terminal(board(*rows), limit=30)
    assert sum(line.startswith('<yellow>') for line in lines) == 30
    assert not [line for line in lines if line.startswith('<green>')]
    assert lines[-2:] == ['470 more: see the report.', '500 hosts: 41 yellow, 459 green']


def test_terminal_of_strangers_holds_no_control_character():
    lines = terminal(board(_board.row(HOSTILE, dict(YELLOW, advice=HOSTILE, changed=[HOSTILE]))))
    assert not [line for line in lines if any(ord(character) < 32 or ord(character) == 0x202E for character in line)]
