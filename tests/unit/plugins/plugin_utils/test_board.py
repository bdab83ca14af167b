# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import csv
import html.parser
import io
import json
import os
import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import DONE_BY_SITE, REFUSED_BY_SITE
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
        'predicted': '',
        'since': '',
        'before': '',
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


def test_a_failure_of_the_runs_own_adds_only_what_became_of_its_changes():
    failure = 'The Events pane is yellow (backend_down): Start OMK. What this run had changed was rolled back.'
    told = dict(YELLOW, concluded=True, outcome='What this run had changed was rolled back.')
    assert _board.row('omk1', told, failure)['warnings'] == [
        'Then: rest.',
        'What this run had changed was rolled back.',
    ]


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
    assert (one['status'], one['reason'], one['advice']) == ('failed', '', 'It broke.')
    assert one['warnings'] == ['Then: rest.', 'Before that: Start OMK.']


def test_a_mistake_in_the_arguments_is_a_failure_and_no_yellow_pane():
    """What stopped the run has no reason of a pane: nobody looked further."""
    wrong = '/etc/ssl/x.crt: the certificate does not exist.'
    told = dict(YELLOW, reason='', advice=wrong, warnings=[], concluded=True, outcome='Nothing was changed.')
    one = _board.row('omk1', told, f'{wrong} Nothing was changed.')
    assert (one['status'], one['advice'], one['warnings']) == ('failed', wrong, ['Nothing was changed.'])


REFUSED = f'Set it.{REFUSED_BY_SITE}two of them are there.'
CURABLE = dict(YELLOW, reason='setting_missing', advice='Set it and restart omkd.', warnings=[])


@pytest.mark.parametrize(
    'told, failure, advice',
    [
        (CURABLE, None, 'Run site.yml, which does this: Set it and restart omkd.'),
        (
            dict(CURABLE, concluded=True),
            'The Events pane is yellow (setting_missing): Set it and restart omkd.',
            'Run site.yml, which does this: Set it and restart omkd.',
        ),
        (dict(CURABLE, reason='tls_expired'), None, 'Set it and restart omkd.'),
        (dict(CURABLE, status='green'), None, 'Set it and restart omkd.'),
        (CURABLE, 'It broke.', 'It broke.'),
        (dict(CURABLE, advice='Set it.' + DONE_BY_SITE), None, 'Run site.yml, which does this: Set it.'),
        (dict(CURABLE, advice=REFUSED), None, REFUSED),
    ],
)
def test_what_we_cure_is_no_manual_work(told, failure, advice):
    assert _board.row('omk1', told, failure, cure='Run site.yml')['advice'] == advice


def test_a_run_that_was_to_do_it_does_not_say_that_it_does():
    told = dict(CURABLE, concluded=True, advice='Set it.' + DONE_BY_SITE)
    assert _board.row('omk1', told, 'It is yellow: Set it.')['advice'] == 'Set it.'


def test_reverted_and_predicted():
    assert _board.row('omk1', {'status': 'reverted'})['status'] == 'reverted'
    predicted = _board.row('omk1', {'status': '', 'predicted': 'reverted'})
    assert (predicted['status'], predicted['predicted']) == ('no status', 'reverted')
    assert predicted['advice'] == 'Run it without --check to revert the host.'
    assert _board.row('omk1', dict(YELLOW, predicted='blue'))['predicted'] == ''


def test_the_task_is_named_where_it_helps():
    task = 'opmantek.omk.websocket_check : Fail for a yellow pane'
    assert _board.row('omk1', dict(YELLOW, concluded=True), 'Yellow: Start OMK.', task)['task'] == ''
    assert _board.row('omk1', None, 'It broke.', task)['task'] == 'websocket_check : Fail for a yellow pane'


@pytest.mark.parametrize(
    'days, text',
    [
        (-177, 'expired 177 days ago'),
        (-1, 'expired 1 day ago'),
        (0, 'expires today'),
        (1, '1 day'),
        (87, '87 days'),
        (None, ''),
    ],
)
def test_certificate(days, text):
    assert _board.certificate(days) == text


def earlier(*rows):
    """A report as the next run finds it."""
    return _board.read(_board.to_json(board(*rows)))


def test_what_became_of_each_host_since_the_report_before():
    before = earlier(
        _board.row('a', GREEN),
        _board.row('b', YELLOW),
        _board.row('c', GREEN),
        _board.row('d', GREEN),
        _board.row('e', {'status': 'reverted'}),
        _board.row('g', failure='x'),
        _board.row('gone', GREEN),
    )
    report = _board.compare(
        board(
            _board.row('a', YELLOW),
            _board.row('b', GREEN),
            _board.row('c', GREEN),
            _board.row('d', failure='x', unreachable=True),
            _board.row('e', GREEN),
            _board.row('f', GREEN),
            _board.row('g', YELLOW),
        ),
        before,
    )
    assert {one['host']: (one['since'], one['before']) for one in report['hosts']} == {
        'a': ('turned yellow', 'green'),
        'b': ('turned green', 'yellow'),
        'c': ('', 'green'),
        'd': ('', 'green'),
        'e': ('turned green', 'reverted'),
        'f': ('new', ''),
        # What it was before, no run has found.
        'g': ('', ''),
    }
    assert report['since'] == {
        'ended_at': '2026-11-22T16:58:41Z',
        'playbook': 'site.yml',
        'turned yellow': 1,
        'turned green': 2,
        'reverted': 0,
        'new': 1,
    }
    assert report['elsewhere'] == {'gone': 'green'}
    line = 'Since 2026-11-22 16:58:41 UTC (site.yml): 1 turned yellow, 2 turned green, 1 new'
    assert terminal(report)[-2] == line
    assert '<yellow>yellow       a  turned yellow · backend_down' in terminal(report)[2], terminal(report)
    text = page(report)
    assert f'<p class="since">{line}</p>' in text
    assert ['yellow', 'turned yellow', 'a'] in [row[:3] for row in Elements(text).rows]
    assert [one['since'] for one in csv.DictReader(io.StringIO(_board.to_csv(report)))] == [
        one['since'] for one in report['hosts']
    ]


def test_a_host_that_cannot_be_reached_or_is_left_out_keeps_what_is_known():
    """Yellow, unreachable, left out by --limit, yellow: it has not turned."""
    first = earlier(_board.row('a', YELLOW), _board.row('b', GREEN))
    lost = board(_board.row('a', failure='x', unreachable=True), _board.row('b', GREEN))
    second = _board.read(_board.to_json(_board.compare(lost, first)))
    limited = _board.compare(board(_board.row('b', GREEN)), second)
    third = _board.read(_board.to_json(limited))
    report = _board.compare(board(_board.row('a', YELLOW), _board.row('b', GREEN)), third)
    assert [(one['since'], one['before']) for one in report['hosts']] == [('', 'yellow'), ('', 'green')]
    assert terminal(report)[-2].endswith(': no pane turned, no host is new')


def test_a_run_that_reverts_says_reverted_and_nothing_of_panes_that_turned():
    reverted = [_board.row(host, {'status': 'reverted', 'changed': ['OMK']}) for host in 'ab']
    report = _board.compare(board(*reverted), earlier(_board.row('a', GREEN), _board.row('b', YELLOW)))
    assert [(one['since'], one['before']) for one in report['hosts']] == [('reverted', 'green'), ('reverted', 'yellow')]
    assert terminal(report) == [
        '<reverted>reverted  a  changed: OMK',
        '<reverted>reverted  b  changed: OMK',
        'Since 2026-11-22 16:58:41 UTC (site.yml): 2 reverted',
        '2 hosts: 2 reverted',
    ]
    body = page(report).partition('<footer')[0]
    assert 'data-since="reverted"' in body and body.count('>reverted</span></button>') == 1
    again = _board.compare(board(*reverted), earlier(*reverted))
    assert terminal(again)[-2:] == ['Since 2026-11-22 16:58:41 UTC (site.yml): no host is new', '2 hosts: 2 reverted']
    for said in (*terminal(report), *terminal(again)):
        assert not re.search('turned|green|yellow', said)


def test_the_first_report_compares_nothing():
    report = _board.compare(board(_board.row('a', GREEN)), None)
    assert (report['since'], report['hosts'][0]['since']) == (None, '')
    assert 'class="since"' not in page(report)
    assert len(terminal(report)) == 2


def test_joined():
    slices = [
        board(_board.row('a', YELLOW), _board.row('b', tried=False), _board.row('c', GREEN), playbook='rollout.yml'),
        _board.compare(board(_board.row('a', GREEN), _board.row('c')), earlier(_board.row('a', YELLOW))),
    ]
    slices[1]['started_at'], slices[1]['ended_at'] = '2026-11-22T17:00:00Z', '2026-11-22T17:01:00Z'
    for order in (slices, slices[::-1]):
        report = _board.join([_board.read(_board.to_json(one)) for one in order])
        assert [(one['host'], one['status'], one['since']) for one in report['hosts']] == [
            ('b', 'no status', ''),
            ('a', 'green', 'turned green'),
            ('c', 'green', ''),
        ]
        assert (report['runs'], report['playbook'], report['counts']['all']) == (2, 'rollout.yml, site.yml', 3)
        assert (report['started_at'], report['ended_at']) == ('2026-11-22T16:51:00Z', '2026-11-22T17:01:00Z')
        assert report['duration_seconds'] == 600
        assert (report['since']['turned green'], report['since']['new']) == (1, 0)
        assert '<dt>Runs</dt><dd>2</dd>' in page(report)


def test_joined_with_a_run_in_check_mode():
    changed = dict(GREEN, changed=['Apache', 'OMK'])
    due = dict(YELLOW, changed=['Apache'], predicted='green')
    dry = board(_board.row('a', changed), _board.row('c', due), check_mode=True)
    real = board(_board.row('b', changed))
    report = _board.join([_board.read(_board.to_json(one)) for one in (dry, real)])
    assert report['check_mode'] is False
    told = 'In check mode: would change Apache, and be green.'
    assert {one['predicted'] for one in report['hosts']} == {''}
    assert [(one['host'], one['changed'], one['warnings']) for one in report['hosts']] == [
        ('c', [], [*_board.row('c', YELLOW)['warnings'], told]),
        ('a', [], [*_board.row('a', GREEN)['warnings'], 'In check mode: would change Apache and OMK.']),
        ('b', ['Apache', 'OMK'], _board.row('b', GREEN)['warnings']),
    ]
    assert _board.join([_board.read(_board.to_json(dry))] * 2)['check_mode'] is True


@pytest.mark.parametrize(
    'text, message',
    [
        ('{', 'is not JSON; '),
        ('[' * 100000, 'is not JSON; '),
        ('[]', 'is not a report; '),
        ('{"hosts": 1}', 'is not a report; '),
        ('{"hosts": [], "version": 2}', 'is a report of version 2, and this collection reads 1'),
        ('{"hosts": [], "version": 1, "ended_at": 5}', 'is a report without times; '),
    ],
)
def test_what_is_no_report(text, message):
    with pytest.raises(ValueError, match='^' + message):
        _board.read(text)


def test_a_report_of_strangers_is_tamed():
    said = {
        'version': 1,
        'started_at': '2026-11-22T16:51:00Z',
        'ended_at': '2026-11-22T16:58:41Z',
        'playbook': HOSTILE,
        'runs': 'many',
        'since': {'new': -5, 'ended_at': HOSTILE},
        'elsewhere': {HOSTILE: HOSTILE, 'x': 1},
        'hosts': [1, {}, {'host': HOSTILE, 'status': HOSTILE, 'since': HOSTILE, 'before': 5, 'warnings': HOSTILE}],
    }
    report = _board.read(json.dumps(said))
    [one] = report['hosts']
    assert (one['status'], one['since'], one['before'], len(one['warnings'])) == ('no status', '', '', 1)
    assert (report['runs'], report['since']['new']) == (1, 0)
    written = page(report) + _board.to_csv(report) + _board.to_junit(report) + '\n'.join(terminal(report))
    assert not set(written) & set('\x1b\x07\u202e\x00\ud800')


def test_a_status_outlives_a_failure():
    one = _board.row('omk1', YELLOW, 'Gone.', unreachable=True)
    assert (one['status'], one['advice']) == ('yellow', 'Start OMK.')
    assert one['warnings'] == ['Then: rest.', 'Then it could not be reached: Gone.']
    green = _board.row('omk1', dict(YELLOW, status='green'), 'It broke.')
    assert (green['status'], green['warnings'][-1]) == ('green', 'Then a task failed: It broke.')


def test_a_failure_that_only_repeats_the_advice_is_not_told_twice():
    failure = 'The Events pane is yellow (backend_down): Start OMK.'
    assert _board.row('omk1', dict(YELLOW, concluded=True), failure)['warnings'] == ['Then: rest.']
    # Whatever it says: another failure is told.
    assert _board.row('omk1', YELLOW, failure)['status'] == 'failed'


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
        _board.row('u', {'status': 'reverted'}),
    )
    assert [one['host'] for one in report['hosts']] == ['z', 'y', 'b', 'c', 'u', '7', 'omk2', 'omk10']
    counts = {'failed': 1, 'unreachable': 1, 'yellow': 1, 'no status': 1, 'reverted': 1, 'green': 3, 'all': 8}
    assert report['counts'] == counts
    assert _board.summary(report) == '8 hosts: 1 failed, 1 unreachable, 1 yellow, 1 no status, 1 reverted, 3 green'


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
            'predicted': '',
            'since': '',
            'before': '',
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


@pytest.mark.parametrize('sign', '=+-@＝＋－＠')
@pytest.mark.parametrize('before', ['', 'x;', 'x; ', 'x,', 'x\t', 'x|'])
def test_csv_holds_no_formula_in_full_width_or_behind_what_may_end_a_cell(sign, before):
    """Spreadsheets take these signs in full width, too, and a semicolon, for instance, for the end of a cell."""
    assert _board._cell(f'{before}{sign}1+1') == f"{before}'{sign}1+1"
    assert f"'{sign}1+1" in _board.to_csv(board(_board.row('omk1', dict(YELLOW, changed=[f'x{sign}1', f'{sign}1+1']))))


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
    tame = page(board(_board.row('omk1', dict(YELLOW, reason='what')), _board.row('omk2', failure='x', task='y')))
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


@pytest.mark.parametrize(
    'documentation, address',
    [
        ('https://docs.example.com/omk/', 'https://docs.example.com/omk/reasons.md#backend_down'),
        ('', '#backend_down'),
        ('javascript:alert(1)', '#backend_down'),
    ],
)
def test_each_reason_links_to_its_row_in_the_docs(documentation, address):
    report = board(_board.row('omk1', YELLOW), _board.row('omk2', dict(YELLOW, reason='made_up')))
    text = _board.to_html(report, asset('html.j2'), asset('css'), asset('js'), documentation)
    elements = Elements(text).elements
    links = [attributes['href'] for tag, attributes in elements if tag == 'a']
    assert links == [address] * (2 if documentation.startswith('https') else 1)
    # Also without an address the page says what a reason means.
    assert 'backend_down' in [attributes.get('id') for _tag, attributes in elements]
    assert 'OMK is down, OMK&#39;s rule names a wrong port, or another application' in text


def test_style_needs_no_network():
    assert 'url(' not in asset('css') and '@import' not in asset('css')


def test_terminal_table():
    report = board(_board.row('omk1', GREEN), _board.row('omk2', dict(YELLOW, predicted='green')), check_mode=True)
    assert terminal(report) == [
        '<yellow>yellow  omk2  would be green · backend_down · certificate 87 days · batch 1',
        '        Start OMK.',
        '        Then: rest.',
        '<green>green   omk1  certificate 87 days · batch 1 · would change: Apache, opCommon',
        '2 hosts: 1 yellow, 1 green, check mode: nothing was changed. Would be: 1 green',
    ]


def test_check_mode_says_what_would_be():
    report = board(
        _board.row('omk1', dict(YELLOW, predicted='green')),
        _board.row('omk2', dict(YELLOW, predicted='yellow')),
        _board.row('omk3', dict(GREEN, predicted='green')),
        _board.row('omk4', dict(YELLOW, predicted='yellow'), 'It broke.'),
        _board.row('omk5', {'status': '', 'predicted': 'reverted'}),
        check_mode=True,
    )
    shown = page(report)
    rows = {next(cell for cell in row if cell.startswith('omk')): row for row in Elements(shown).rows[1:6]}
    assert 'Would change' in Elements(shown).rows[0]
    assert [[cell for cell in rows[f'omk{one}'] if cell.startswith('would ')] for one in range(1, 6)] == [
        ['would be green'],
        ['would stay yellow'],
        [],  # no news
        [],  # the failure has said it
        ['would be reverted'],
    ]
    assert '<span class="badge">Would be: 2 yellow, 1 reverted, 2 green</span>' in shown
    assert 'Would be' not in page(board(_board.row('omk1', YELLOW), check_mode=True))
    assert ' · changed: Apache' in terminal(board(_board.row('omk1', GREEN)))[0]
    assert 'Changed' in Elements(page(board(_board.row('omk1', GREEN)))).rows[0]


def test_a_column_without_anything_in_it_is_none():
    heads = Elements(page(board(_board.row('omk1', failure='It broke.')))).rows[0]
    assert heads == ['Pane', 'Host', 'Why, and what to do']


def test_terminal_does_not_cut_off_the_cure():
    sentence = 'The inventory sets omk_batches. ' + 'This is why that does not work. ' * 15 + 'Give it with -e.'
    shown = ' '.join(line.strip() for line in terminal(board(_board.row('omk1', failure=sentence))))
    assert sentence in shown


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


def of_junit(report):
    return ElementTree.fromstring(_board.to_junit(report))


def test_junit_names_hosts_and_reasons():
    suites = of_junit(
        board(
            _board.row('omk1', GREEN),
            _board.row('omk2', YELLOW),
            _board.row('omk3'),
            _board.row('omk4', failure='It broke.', task='Do it'),
        )
    )
    assert suites.attrib == {
        'name': 'Events panes (site.yml)',
        'tests': '4',
        'failures': '1',
        'errors': '1',
        'skipped': '1',
        'time': '461',
    }
    cases = {case.get('name'): case for case in suites.iter('testcase')}
    assert len(cases['omk1']) == 0
    assert cases['omk2'][0].tag == 'failure'
    assert cases['omk2'][0].attrib == {'message': 'Start OMK.', 'type': 'backend_down'}
    assert cases['omk2'][0].text == 'Start OMK.\nThen: rest.'
    assert (cases['omk3'][0].tag, cases['omk3'][0].get('message')) == (
        'skipped',
        'This run gave no status; verify.yml does.',
    )
    assert (cases['omk4'][0].tag, cases['omk4'][0].get('type')) == ('error', 'failed')


#: The part of the format on which its readers agree: by element, the attributes with their form, and what may be in it.
NUMBER, ANY = r'[0-9]+', r'(?s).*'
JUNIT = {
    'testsuites': (
        {'name': ANY, 'tests': NUMBER, 'failures': NUMBER, 'errors': NUMBER, 'skipped': NUMBER, 'time': NUMBER},
        {'testsuite'},
    ),
    'testsuite': (
        {
            'name': ANY,
            'timestamp': r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d',
            'tests': NUMBER,
            'failures': NUMBER,
            'errors': NUMBER,
            'skipped': NUMBER,
            'time': NUMBER,
        },
        {'testcase'},
    ),
    'testcase': ({'name': r'.+', 'classname': r'[a-z_.]+', 'time': NUMBER}, {'failure', 'error', 'skipped'}),
    'failure': ({'message': ANY, 'type': r'.+'}, set()),
    'error': ({'message': ANY, 'type': r'.+'}, set()),
    'skipped': ({'message': ANY}, set()),
}


@pytest.mark.parametrize('text', ['plain', HOSTILE, '\ufffe\uffff]]>', '<a/>&amp;'])
def test_junit_keeps_to_its_schema(text):
    report = board(
        _board.row('omk1' + text, dict(YELLOW, reason=text, advice=text, warnings=[text])),
        _board.row('omk2', GREEN),
        _board.row('omk3'),
        _board.row('omk4', failure=text, unreachable=True),
        playbook=text,
    )
    suites = of_junit(report)
    assert suites.tag == 'testsuites'
    for element in suites.iter():
        attributes, inside = JUNIT[element.tag]
        assert set(element.attrib) == set(attributes)
        assert all(re.fullmatch(attributes[name], value) for name, value in element.attrib.items()), element.attrib
        assert {child.tag for child in element} <= inside
    assert len(suites.findall('testsuite/testcase')) == 4
    assert [len(suites.findall(f'.//{kind}')) for kind in ('failure', 'error', 'skipped')] == [1, 1, 1]


def test_10000_hosts_are_at_most_6_MB():
    """One of ten is yellow, with an advice and warnings as they are; names, addresses and certificates on all."""
    url = 'wss://omk{}.syd.example.com/en/omk/opCharts/events/log'
    advice = _board._REASONS['generic_rule_won'].advice
    rows = (
        _board.row(
            f'omk{number}.syd.example.com',
            dict(
                GREEN if number % 10 else dict(YELLOW, reason='generic_rule_won', advice=advice),
                url=url.format(number),
            ),
        )
        for number in range(10000)
    )
    report = board(*rows)
    assert (report['counts']['yellow'], report['counts']['all']) == (1000, 10000)
    for text in (page(report), _board.to_json(report), _board.to_csv(report)):
        assert len(text.encode()) <= 6e6
