# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins tell of a run."""

import pytest
from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision, _run


def test_an_empty_variable_is_an_option_left_out():
    options = {'a': '', 'b': None, 'c': False, 'd': 0, 'e': [], 'idle_timeout': 0, 'server_name': 'x'}
    assert _run.given(options) == {'c': False, 'd': 0, 'e': [], 'server_name': 'x'}
    assert _run.given({'idle_timeout': '0'}) == {}
    assert _run.given({'idle_timeout': 4711}) == {'idle_timeout': 4711}


@pytest.mark.parametrize(
    ('run', 'check_mode', 'purpose'),
    [
        ({}, False, 'show'),
        ({'required': True}, False, 'require'),
        ({'required': 'yes'}, True, 'require'),
        ({'purpose': 'show', 'required': 'False'}, False, 'show'),
        ({'purpose': 'before', 'required': True}, False, 'before'),
        ({'purpose': 'before'}, True, 'before'),
        ({'purpose': 'after'}, False, 'after'),
        ({'purpose': 'after'}, True, 'show'),  # nothing has changed
    ],
)
def test_what_a_check_is_made_for(run, check_mode, purpose):
    assert _run.purpose(run, check_mode) == purpose


TUNNEL = {'url': 'wss://omk/x', 'host': 'omk', 'address': '192.0.2.1'}


@pytest.mark.parametrize(
    ('run', 'options'),
    [
        ({}, {}),
        ({'purpose': 'before', 'apache': {'tunnel': TUNNEL}}, {}),
        ({'purpose': 'after'}, {'ask_apache': 'when_yellow'}),
        ({'purpose': 'after', 'apache': {'skipped': True}}, {'ask_apache': 'when_yellow'}),
        ({'purpose': 'after', 'apache': {'tunnel': None}}, {'ask_apache': 'when_yellow'}),
        (
            {'purpose': 'after', 'apache': {'tunnel': TUNNEL}},
            {'ask_apache': 'when_yellow', 'server_name': 'omk', 'address': '192.0.2.1'},
        ),
        (
            {'purpose': 'after', 'apache': {'tunnel': {**TUNNEL, 'address': None}}},
            {'ask_apache': 'when_yellow', 'server_name': 'omk'},
        ),
    ],
)
def test_which_options_follow_from_what_a_check_is_made_for(run, options):
    assert _run.options_of(run, check_mode=False) == options
    assert _run.options_of(run, check_mode=True) == {}


def test_the_statistic_is_told_once_when_the_status_is_final():
    seen = {'status': 'yellow', 'reason': 'omk_down', 'advice': 'Start OMK.', 'notes': []}
    run = {'batch': 2, 'apache': {'changed': True}, 'omk': {}}
    told = _run.told(seen, _decision.Step('turn_green'), 'omk1', run)
    assert (told['next'], told['message'], 'ansible_stats' in told) == ('turn_green', '', False)
    assert (told['pane']['batch'], told['pane']['changed']) == ('2', ['Apache'])
    assert 'concluded' not in told['pane']
    told = _run.told(seen, _decision.Step('fail', 'It is.', 'Nothing was changed.', True), 'omk1', run)
    assert told['pane']['concluded'] is True
    statistic = told['ansible_stats']
    assert (statistic['per_host'], statistic['aggregate']) == (False, True)
    [entry] = statistic['data']['omk_websocket']
    assert (entry['host'], entry['reason'], entry['outcome']) == ('omk1', 'omk_down', 'Nothing was changed.')


@pytest.mark.parametrize(
    ('run', 'variables', 'said'),
    [
        ({'purpose': 'before', 'batch': ''}, ['omk_batches'], 1),
        ({'purpose': 'before', 'batch': '1'}, ['omk_batches'], 0),
        ({'purpose': 'show'}, ['omk_batches'], 0),
        ({'purpose': 'before'}, ['omk_order'], 0),
    ],
)
def test_who_counts_on_batches_is_told_where_there_are_none(run, variables, said):
    assert len(_run.without_effect(run, variables)) == said


@pytest.mark.parametrize(
    ('purpose', 'check_mode', 'is_last', 'predicted'),
    [
        ('after', True, True, 'green'),
        ('before', True, True, 'green'),
        ('before', True, False, None),  # another check follows
        ('show', True, True, None),  # by a run that changes nothing anyway
        ('after', False, True, None),  # it has happened
    ],
)
def test_a_prediction_is_for_check_mode_and_beside_the_status(purpose, check_mode, is_last, predicted):
    seen = {'status': 'yellow', 'reason': 'setting_missing', 'predicted': 'green', 'interrupted': []}
    pane = _run.told(seen, _decision.Step('nothing', is_last=is_last), 'omk1', {'purpose': purpose}, check_mode)['pane']
    assert (pane['status'], pane.get('predicted')) == ('yellow', predicted)
