# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the control program, word by word, and what becomes of its answer."""

import pathlib

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, dump
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

SAID = (pathlib.Path(__file__).parent / 'dumps/debian.txt').read_text()
DEBIAN = layouts.LAYOUTS[0]
CONTROL = '/usr/sbin/apache2ctl'
FOLDER = '/usr/lib/apache2/modules/'
DUMPS = [
    '-C',
    'Define\fDUMP_VHOSTS',
    '-C',
    'Define\fDUMP_MODULES',
    '-C',
    'Define\fDUMP_RUN_CFG',
    '-C',
    'Define\fDUMP_CONFIG',
]
REFUSAL = (
    "AH00526: Syntax error on line 3 of /etc/apache2/sites-enabled/x.conf:\nInvalid command 'Foo', perhaps misspelled\n"
)
SENTENCE = (
    "/etc/apache2/sites-enabled/x.conf, line 3: Apache refuses its configuration: Invalid command 'Foo'; "
    'see all that it says with /usr/sbin/apache2ctl -t, as root on this host.'
)


class Control:
    """Apache's control program, with one answer; keeps how it was called."""

    def __init__(self, code=0, output='', errors=''):
        self.answer = code, output, errors
        self.calls = []

    def __call__(self, command):
        self.calls.append(command)
        return self.answer


def load(name):
    return ['-C', f'LoadModule\f{name}_module\f{FOLDER}mod_{name}.so']


def are_there(*names):
    return [f'{FOLDER}mod_{name}.so' for name in names].__contains__


def test_everything_is_asked_in_one_call():
    control = Control(0, SAID, 'AH00558: Could not reliably determine the name')
    assert ask.ask(control, DEBIAN, are_there('info')) == dump.parse_dump(SAID)
    assert control.calls == [[CONTROL, '-t', *load('info'), *DUMPS]]


@pytest.mark.parametrize('matters', [True, False])
def test_the_version_is_asked_where_it_matters(matters):
    said = SAID.replace('localhost:8042/en/omk', 'localhost:8042/en/omk upgrade=websocket') if matters else SAID
    answers = [(0, 'Server version: Apache/2.4.35 (Unix)\n', ''), (0, said, '')]
    calls = []

    def control(command):
        calls.append(command)
        return answers[-1] if '-t' in command else answers[0]

    for anyway in (False, True):
        del calls[:]
        found = ask.ask(control, DEBIAN, are_there('info'), (), anyway)
        assert found.version == ((2, 4, 35) if matters or anyway else None)
        assert calls[1:] == ([[CONTROL, '-v']] if matters or anyway else [])


def test_modules_that_are_about_to_be_loaded_are_taken_as_loaded():
    control = Control(0, SAID)
    ask.ask(control, DEBIAN, are_there('proxy', 'proxy_http'), ['proxy_http', 'ssl'])
    assert control.calls == [[CONTROL, *load('proxy'), *load('proxy_http'), '-t', *DUMPS]]
    control = Control()
    ask.test(control, DEBIAN, are_there('proxy', 'proxy_http'), ['proxy_http', 'ssl'])
    assert control.calls == [[CONTROL, *load('proxy'), *load('proxy_http'), '-t']]


def test_the_plain_test_asks_for_nothing_else():
    control = Control()
    assert ask.test(control, DEBIAN, are_there('info', 'ssl')) == set()
    assert control.calls == [[CONTROL, '-t']]


def test_the_plain_test_tells_what_was_loaded_without_us():
    said = ''.join(
        f'[so:warn] [pid 1:tid 1] AH01574: module {name}_module is already loaded, skipping\n'
        for name in ('proxy', 'ssl')
    )
    found = ask.test(Control(0, '', said), DEBIAN, are_there('proxy', 'ssl', 'headers'), ['proxy', 'ssl', 'headers'])
    assert found == {'proxy', 'ssl'}


def test_an_apache_without_mod_info_is_told():
    control = Control(0, SAID[: SAID.index('# In file:')] + SAID[SAID.index('Loaded Modules:') :])
    with pytest.raises(Problem) as refused:
        ask.ask(control, DEBIAN, are_there())
    assert str(refused.value) == (
        f'{FOLDER[:-1]}: Apache has no mod_info, without which it cannot tell its effective configuration; install the '
        'package that brings mod_info.so.'
    )


def test_an_answer_without_any_module_is_none():
    with pytest.raises(Problem) as refused:
        ask.ask(Control(0, 'Syntax OK'), DEBIAN, are_there('info'))
    assert str(refused.value) == (
        f'{CONTROL}: Apache says nothing about its configuration; see what this prints: {CONTROL} -t -D DUMP_MODULES.'
    )


def test_modules_that_apache_loads():
    control = Control(0, 'Loaded Modules:\n core_module (static)\n proxy_http_module (shared)\n')
    assert ask.loaded_modules(control, DEBIAN) == {'core', 'proxy_http'}
    assert control.calls == [[CONTROL, '-t', '-D', 'DUMP_MODULES']]


def test_what_is_loaded_in_spite_of_errors_is_seen_when_it_is_loaded_once_more():
    warned = (
        '[so:warn] [pid 1:tid 1] AH01574: module proxy_module is already loaded, skipping\n'
        '[so:warn] [pid 1:tid 1] AH01574: module alias_module is already loaded, skipping\n'
    )
    control = Control(1, '', warned + REFUSAL)
    exists = are_there('proxy', 'proxy_http', 'ssl')
    assert ask.loaded_in_spite_of_errors(control, DEBIAN, exists, ['proxy_http', 'ssl']) == set()
    assert ask.loaded_in_spite_of_errors(control, DEBIAN, exists, ['proxy', 'ssl']) == {'proxy'}
    assert control.calls == [
        [CONTROL, *load('proxy'), *load('proxy_http'), *load('ssl'), '-t'],
        [CONTROL, *load('proxy'), *load('ssl'), '-t'],
    ]


@pytest.mark.parametrize(
    'question',
    [
        lambda control: ask.ask(control, DEBIAN, are_there()),
        lambda control: ask.test(control, DEBIAN, are_there()),
        lambda control: ask.loaded_modules(control, DEBIAN),
    ],
    ids=['ask', 'test', 'loaded_modules'],
)
def test_what_apache_refuses_is_told_with_its_place(question):
    with pytest.raises(Problem) as refused:
        question(Control(1, SAID, REFUSAL))
    assert str(refused.value) == SENTENCE
