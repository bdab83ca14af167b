# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a host's answer is believed."""

import importlib
import json
import math

import pytest
import yaml
from ansible_collections.opmantek.omk.plugins.plugin_utils import _trust

TYPES = {'str': str, 'list': list, 'dict': dict, 'bool': bool, 'int': int}


@pytest.mark.parametrize('module', _trust.FIELDS)
def test_what_is_believed_is_what_is_documented(module):
    documented = importlib.import_module(f'ansible_collections.opmantek.omk.plugins.modules.{module}').RETURN
    returned = {name: TYPES[entry['type']] for name, entry in yaml.safe_load(documented).items()}
    for name in ('ansible_stats', 'next', 'message', 'pane'):  # the controller's own
        returned.pop(name, None)
    assert _trust.FIELDS[module] == returned


def test_an_answer_keeps_what_the_module_gives_and_nothing_else():
    said = {
        'changed': True,
        'service': 'apache2',
        'loaded': ['proxy'],
        'ansible_facts': {'apache_websocket_template': '/etc/passwd'},
        'add_host': {'host_name': 'localhost'},
        'skipped': True,
        'unreachable': True,
        'results': [],
        '_ansible_no_log': True,
        'warnings': ['one\x1b[2J', {'event': {'msg': 'two'}}, 7],
        'diff': [{'before': '\x1b]0;x\x07', 'after': 'y', 'prepared': 'z'}, 'x'],
        'invocation': {'module_args': {'_ansible_x': 1, '__ansible_type': 'x', 'name': 'a\x9bb'}},
    }
    assert _trust.answer('Welcome!\n' + json.dumps(said) + '\nbye', 'apache_module') == {
        'changed': True,
        'service': 'apache2',
        'loaded': ['proxy'],
        'warnings': ['one[2J', 'two'],
        'diff': [{'before': ']0;x', 'after': 'y'}],
        'invocation': {'module_args': {'name': 'ab'}},
    }


@pytest.mark.parametrize(
    'text',
    [
        '',
        'x',
        '[1]',
        '{',
        '{"a": ' + '[' * 100000 + ']' * 100000 + '}',
        '{"a": ' + '9' * 5000 + '}',
        '{"a": "' + 'x' * _trust.LARGEST + '"}',
    ],
    ids=len,
)
def test_what_is_no_answer(text):
    assert _trust.answer(text, 'apache_module') is None


@pytest.mark.parametrize(
    ('name', 'value'),
    [('changed', 'yes'), ('failed', 'no'), ('msg', 7), ('service', ['x']), ('loaded', 'x'), ('service_active', 1)],
)
def test_an_answer_of_another_type_is_a_failure(name, value):
    said = _trust.answer(json.dumps({name: value}), 'apache_module')
    assert said['failed'] is True and name in said['msg'] and said['msg'].endswith('.')


def test_a_failure_always_says_something():
    assert _trust.answer('{"failed": true}', 'apache_module')['msg'].endswith('did not say why.')


@pytest.mark.parametrize('number', ['NaN', 'Infinity', '-Infinity', '1e999'])
def test_numbers_without_end_are_none(number):
    said = _trust.answer(f'{{"capacity": {{"x": {number}}}}}', 'apache_websocket_proxy')
    assert said == {'capacity': {'x': None}}


@pytest.mark.parametrize('levels', [10, 21, 100, 900, 10000])
def test_what_is_nested_too_deeply_is_cut(levels):
    said = _trust.answer('{"loaded": ' + '[' * levels + ']' * levels + '}', 'apache_module')
    if said is not None:
        assert json.dumps(said).count('[') <= _trust.DEEPEST
    else:
        assert levels > 500


@pytest.mark.parametrize(
    ('about', 'url', 'arguments'),
    [
        (True, 'wss://omk.example.com/en/omk/opCharts/events/log', {}),
        (True, 'wss://omk.example.com:443/en/omk/opCharts/events/log', {'server_name': 'OMK.example.com'}),
        (True, 'wss://[::1]:8443/x', {'path': '/x', 'port': '8443', 'server_name': '::1'}),
        (False, 'wss://omk.example.com:22/en/omk/opCharts/events/log', {}),
        (False, 'wss://omk.example.com:99999/en/omk/opCharts/events/log', {}),
        (False, 'ws://omk.example.com:443/en/omk/opCharts/events/log', {}),
        (False, 'wss://omk.example.com/admin', {}),
        (False, 'wss://evil.example.com/en/omk/opCharts/events/log', {'server_name': 'omk.example.com'}),
    ],
)
def test_a_host_names_no_other_address_than_it_was_asked_about(about, url, arguments):
    assert _trust.is_about(url, arguments) is about


def test_a_status_has_fields_of_its_types():
    said = {'status': 'green', 'reason': 'omk_down', 'certificate_days_left': math.inf, 'url': 'file:///x', 'advice': 7}
    assert _trust.status(said) == {
        'status': 'green',
        'reason': 'green',
        'advice': '7',
        'predicted': 'green',
        'url': None,
        'certificate_days_left': None,
        'checked_at': '',
    }
    for predicted, believed in (('yellow', 'yellow'), ('reverted', None), (['green'], None), (None, None)):
        assert _trust.status(dict(said, status='yellow', predicted=predicted))['predicted'] == believed
    assert _trust.status(dict(said, predicted='yellow'))['predicted'] == 'green'
    assert _trust.status(dict(said, status=['green'])) is None
