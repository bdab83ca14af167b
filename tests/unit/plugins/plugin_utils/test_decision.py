# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes next for a host, what became of it, and what people are told: tables."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import REASONS
from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision

GREEN = {'status': 'green', 'reason': 'green', 'advice': 'Nothing to do.', 'pending': [], 'interrupted': []}
PENDING = {**GREEN, 'pending': ['Restart OMK.']}
YELLOW = {**GREEN, 'status': 'yellow', 'reason': 'setting_missing', 'advice': 'Set it.', 'pending': ['Set it.']}
DOWN = {**YELLOW, 'reason': 'omk_down', 'advice': 'Start OMK.', 'pending': []}
KILLED = {**DOWN, 'interrupted': ['Recover an edit.'], 'pending': ['Recover an edit.']}
SAYS = 'The Events pane is yellow (setting_missing): Set it.'


@pytest.mark.parametrize(
    ('seen', 'purpose', 'check_from', 'next_one', 'message', 'outcome', 'is_last'),
    [
        (GREEN, 'show', 'host', 'nothing', '', '', True),
        (GREEN, 'require', 'host', 'nothing', '', '', True),
        (GREEN, 'before', 'host', 'nothing', '', '', True),
        (GREEN, 'after', 'host', 'nothing', '', '', True),
        # What is green from the host counts from elsewhere, too.
        (GREEN, 'show', 'controller', 'check_from_controller', '', '', False),
        (GREEN, 'require', 'controller', 'check_from_controller', '', '', False),
        (GREEN, 'before', 'controller', 'check_from_controller', '', '', False),
        (GREEN, 'after', 'controller', 'check_from_controller', '', '', False),
        # Something to do on a green pane is for who would do it.
        (PENDING, 'show', 'host', 'nothing', '', '', True),
        (PENDING, 'require', 'host', 'nothing', '', '', True),
        (PENDING, 'after', 'host', 'nothing', '', '', True),
        (PENDING, 'before', 'host', 'turn_green', '', '', False),
        (PENDING, 'before', 'controller', 'turn_green', '', '', False),
        # Yellow.
        (YELLOW, 'show', 'host', 'nothing', '', '', True),
        (YELLOW, 'show', 'controller', 'nothing', '', '', True),
        (YELLOW, 'require', 'host', 'fail', SAYS, '', True),
        (YELLOW, 'require', 'controller', 'fail', SAYS, '', True),
        (YELLOW, 'before', 'host', 'turn_green', '', '', False),
        # It is rolled back first.
        (YELLOW, 'after', 'host', 'fail', SAYS, '', False),
        # Nothing of ours can help, unless a killed run is behind it.
        (DOWN, 'before', 'host', 'fail', 'Start OMK. Nothing was changed.', 'Nothing was changed.', True),
        (DOWN, 'before', 'controller', 'fail', 'Start OMK. Nothing was changed.', 'Nothing was changed.', True),
        *[
            (
                {**DOWN, 'reason': code},
                'before',
                'host',
                'fail',
                'Start OMK. Nothing was changed.',
                'Nothing was changed.',
                True,
            )
            for code in ('omk_refuses_websocket', 'dns_failed')
        ],
        (KILLED, 'before', 'host', 'turn_green', '', '', False),
    ],
)
def test_what_comes_after_a_check(seen, purpose, check_from, next_one, message, outcome, is_last):
    assert _decision.step(seen, purpose, check_from) == (next_one, message, outcome, is_last)


@pytest.mark.parametrize(
    ('seen', 'next_one', 'predicted'),
    [
        ({**GREEN, 'predicted': 'green'}, 'nothing', 'green'),
        ({**YELLOW, 'predicted': 'green'}, 'nothing', 'green'),
        ({**YELLOW, 'predicted': 'yellow'}, 'nothing', 'yellow'),
        ({**YELLOW, 'predicted': None}, 'nothing', None),
        # Where the run ends, nothing changes any more.
        ({**YELLOW, 'predicted': 'green'}, 'fail', 'yellow'),
        ({**YELLOW, 'predicted': None}, 'fail', 'yellow'),
        # Recovery may cure what nothing else does.
        ({**KILLED, 'predicted': 'yellow'}, 'nothing', None),
        ({**KILLED, 'predicted': 'green'}, 'nothing', 'green'),
        ({**KILLED, 'predicted': 'yellow'}, 'fail', None),
    ],
)
def test_what_a_status_would_be_after_the_run(seen, next_one, predicted):
    assert _decision.predicted(seen, _decision.Step(next_one, is_last=True)) == predicted


@pytest.mark.parametrize(
    ('seen', 'purpose', 'next_one', 'message', 'is_last'),
    [
        *[(GREEN, purpose, 'nothing', '', True) for purpose in _decision.PURPOSES],
        (YELLOW, 'show', 'nothing', '', True),
        (YELLOW, 'require', 'fail', SAYS, True),
        (YELLOW, 'before', 'fail', f'{SAYS} Nothing was changed.', True),
        (YELLOW, 'after', 'fail', SAYS, False),
    ],
)
def test_what_comes_after_the_check_from_the_controller(seen, purpose, next_one, message, is_last):
    found = _decision.step_from_controller(seen, purpose)
    assert (found.next, found.message, found.is_last) == (next_one, message, is_last)


def test_the_reasons_that_stop_a_run_are_reasons():
    assert {reason.code for reason in REASONS} >= _decision.STOPS


@pytest.mark.parametrize(
    ('apache', 'omk', 'sides'),
    [
        ({'changed': True}, {'changed': True}, ['Apache', 'OMK']),
        ({'changed': True}, {'changed': False}, ['Apache']),
        ({}, {'changed': True}, ['OMK']),
        ({'skipped': True, 'changed': False}, None, []),
        ('', [], []),
    ],
)
def test_the_sides_that_changed(apache, omk, sides):
    assert _decision.changed(apache, omk) == sides


OPTIONS = {'port': 443, 'path': '/x', 'timeout': 10, 'validate_certs': True, 'ca_path': '', 'username': ''}


@pytest.mark.parametrize(
    ('options', 'found', 'url', 'address'),
    [
        ({'server_name': 'omk.test'}, {}, 'wss://omk.test:443/x', None),
        ({'server_name': 'omk.test', 'address': '10.0.0.1'}, None, 'wss://omk.test:443/x', '10.0.0.1'),
        ({'server_name': '', 'address': '10.0.0.1', 'port': '8443'}, {}, 'wss://10.0.0.1:8443/x', '10.0.0.1'),
        ({'address': 'fd00::1'}, {}, 'wss://[fd00::1]:443/x', 'fd00::1'),
        # What Apache was changed to says it better.
        (
            {'server_name': 'omk.test'},
            {'host': 'a', 'url': 'wss://a/x', 'address': '10.0.0.2'},
            'wss://a/x',
            '10.0.0.2',
        ),
        ({'address': '10.0.0.1'}, {'host': 'a', 'url': 'wss://a/x', 'address': '10.0.0.2'}, 'wss://a/x', '10.0.0.1'),
    ],
)
def test_how_browsers_reach_the_tunnel(options, found, url, address):
    assert _decision.tunnel({**OPTIONS, **options}, found) == {
        'url': url,
        'address': address,
        'timeout': 10,
        'validate_certs': True,
        'ca_path': None,
        'username': None,
    }


@pytest.mark.parametrize('found', [None, {}, {'host': None, 'url': None, 'address': None}])
def test_no_tunnel_where_nobody_knows_a_name(found):
    assert _decision.tunnel({**OPTIONS, 'server_name': '', 'address': ''}, found) == {}


APACHE = {
    'changed': True,
    'files': ['/etc/apache2/sites-available/omk.conf'],
    'selinux': {'changed': False},
    'modules_enabled': ['headers'],
    'change': 'a1',
    'service': 'apache2',
    'service_active': True,
    'reload_enough': True,
}
OMK = {
    'changed': True,
    'value': '443',
    'previous_value': None,
    'opcommon_path': '/o/opCommon.json',
    'change': 'b2',
    'service_active': True,
}


def test_all_that_was_changed_is_rolled_back():
    assert _decision.to_roll_back(APACHE, OMK) == {
        'omk': {'needed': True, 'opcommon_path': '/o/opCommon.json', 'change': 'b2', 'restart': True},
        'apache': {
            'needed': True,
            'files': True,
            'modules': ['headers'],
            'change': 'a1',
            'service': 'apache2',
            'state': 'reloaded',
        },
    }


@pytest.mark.parametrize(
    ('apache', 'files', 'needed', 'state'),
    [
        ({}, True, True, 'reloaded'),
        ({'reload_enough': False}, True, True, 'restarted'),
        ({'service_active': False}, True, True, ''),
        ({'files': []}, False, True, 'reloaded'),
        ({'files': None, 'modules_enabled': None}, False, False, 'reloaded'),
        ({'files': [], 'modules_enabled': [], 'selinux': {'changed': True}}, True, True, 'reloaded'),
        # Nothing but a reload was pending.
        ({'files': [], 'modules_enabled': [], 'selinux': None}, False, False, 'reloaded'),
    ],
)
def test_what_is_rolled_back_of_apache(apache, files, needed, state):
    found = _decision.to_roll_back({**APACHE, **apache}, {})['apache']
    assert (found['files'], found['needed'], found['state']) == (files, needed, state)
    assert _decision.to_roll_back({**APACHE, **apache}, {}, 'full')['apache']['state'] in ('', 'restarted')


@pytest.mark.parametrize(
    ('omk', 'needed'),
    [
        (OMK, True),
        ({**OMK, 'previous_value': '8443'}, True),
        ({**OMK, 'previous_value': '443'}, False),  # only a restart was pending
        ({'failed': True, 'msg': 'It broke.'}, False),
        ({'skipped': True, 'changed': False}, False),
        ({}, False),
        (None, False),
    ],
)
def test_what_is_rolled_back_of_omk(omk, needed):
    assert _decision.to_roll_back({}, omk)['omk']['needed'] == needed


CHECK = {**YELLOW, 'next': 'fail', 'message': SAYS}
FAILED = {'failed': True, 'msg': 'It broke.'}
ROLLED_BACK = "What this run had changed was rolled back (OMK's setting and Apache's configuration)."


@pytest.mark.parametrize(
    ('why', 'check', 'apache', 'omk', 'rolled_back', 'is_left', 'reason', 'message', 'touched'),
    [
        # The check after the change has found it yellow.
        ({'msg': SAYS}, CHECK, APACHE, OMK, {}, False, 'setting_missing', f'{SAYS} {ROLLED_BACK}', []),
        # A module has refused, with its reason or without one, before anything was changed.
        (
            {'msg': 'There is none.', 'reason': 'vhost_missing'},
            CHECK,
            {'failed': True, 'msg': 'There is none.'},
            {},
            {},
            False,
            'vhost_missing',
            'There is none. Nothing was changed.',
            [],
        ),
        (FAILED, CHECK, {}, {}, {}, False, '', 'It broke. Nothing was changed.', []),
        # A program that failed says more than Ansible does.
        ({'msg': 'x', 'stderr': 'No space.\n'}, {}, {}, {}, {}, False, '', 'No space. Nothing was changed.', []),
        ({}, {}, {}, {}, {}, False, '', 'A step failed. Nothing was changed.', []),
        # One side cannot be rolled back.
        (
            FAILED,
            FAILED,
            APACHE,
            OMK,
            {'omk': 'It does not start.'},
            False,
            '',
            "It broke. What this run had changed was rolled back (Apache's configuration). Not rolled back: OMK's "
            'setting (It does not start.).',
            ['OMK'],
        ),
        (
            FAILED,
            FAILED,
            APACHE,
            OMK,
            {'omk': 'a', 'apache': 'b'},
            False,
            '',
            "It broke. Not rolled back: OMK's setting (a), Apache's configuration (b).",
            ['Apache', 'OMK'],
        ),
        # Only modules were enabled before the module failed.
        (
            FAILED,
            {},
            {'failed': True, 'modules_enabled': ['ssl']},
            {},
            {},
            False,
            '',
            "It broke. What this run had changed was rolled back (Apache's configuration).",
            [],
        ),
        # Nobody wants it rolled back; or nothing has happened, in check mode.
        (
            FAILED,
            {},
            APACHE,
            {},
            None,
            True,
            '',
            'It broke. It was left as it is, because omk_rollback is false.',
            ['Apache'],
        ),
        (FAILED, {}, {}, {}, None, True, '', 'It broke. Nothing was changed.', []),
        (FAILED, {}, APACHE, {}, None, False, '', 'It broke.', ['Apache']),
    ],
)
def test_what_became_of_a_host_that_did_not_turn_green(
    why, check, apache, omk, rolled_back, is_left, reason, message, touched
):
    found = _decision.failed(why, check, apache, omk, rolled_back, is_left)
    assert (found['reason'], found['message'], found['changed']) == (reason, message, touched)
    if check is CHECK and why['msg'] == SAYS:
        assert found['advice'] == 'Set it.'
    else:
        assert found['message'] == f'{found["advice"]} {found["outcome"]}'.strip()


def test_the_check_that_was_made_last_counts():
    first, second = (dict(YELLOW, checked_at=f'2026-11-30T05:00:0{second}Z') for second in (1, 2))
    decided = dict(second, reason='dns_failed')
    assert _decision.last([]) == _decision.last([{}, {'skipped': True}, {'failed': True}, None]) == {}
    assert _decision.last([first, {'failed': True}, {}]) is first
    assert _decision.last([second, first]) is second  # of an earlier play
    assert _decision.last([first, second, decided, {}]) is decided


def test_what_is_empty_is_left_out_of_a_report():
    seen = {**YELLOW, 'url': None, 'certificate_days_left': 3, 'checked_at': '', 'notes': ['Then: more.']}
    assert _decision.pane(seen, changed=['OMK'], batch='2', outcome='', concluded=False) == {
        'status': 'yellow',
        'reason': 'setting_missing',
        'advice': 'Set it.',
        'url': None,
        'certificate_days_left': 3,
        'checked_at': '',
        'warnings': ['Then: more.'],
        'changed': ['OMK'],
        'batch': '2',
    }
    assert _decision.pane(seen, outcome='Nothing was changed.')['outcome'] == 'Nothing was changed.'


@pytest.mark.parametrize(
    ('statuses', 'predictions', 'said'),
    [
        ({'a': 'green'}, [None], '1 host: 1 green.'),
        (
            {'a': 'green', 'b': 'yellow', 'c': 'failed', 'd': None},
            [],
            '4 hosts: 1 green, 1 yellow (b), 1 failed (c), 1 not checked.',
        ),
        (dict.fromkeys('abcdefghijkl', 'yellow'), [], '12 hosts: 12 yellow (a, b, c, d, e, f, g, h, i, j, 2 more).'),
        ({}, [], '0 hosts: none.'),
        (
            dict.fromkeys('abc', 'yellow'),
            ['green', 'yellow', 'green'],
            '3 hosts: 3 yellow (a, b, c). Would be: 2 green, 1 yellow.',
        ),
    ],
)
def test_how_many_panes_are_green_in_one_line(statuses, predictions, said):
    assert _decision.summary(statuses, predictions) == said
