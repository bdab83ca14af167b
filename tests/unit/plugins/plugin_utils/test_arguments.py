# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an option is told in the words of the file that people edit: the variables of the roles."""

import pathlib
import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.opmantek.omk.plugins.modules import (
    apache_websocket_proxy,
    omk_restart,
    opcommon_setting,
    websocket_info,
    websocket_probe,
)
from ansible_collections.opmantek.omk.plugins.plugin_utils import _arguments, _names

ROOT = pathlib.Path(__file__).resolve().parents[4]
MODULES = {
    'apache_websocket_proxy': apache_websocket_proxy.ARGUMENTS,
    'omk_restart': omk_restart.ARGUMENTS,
    'opcommon_setting': opcommon_setting.ARGUMENTS,
    'websocket_probe': websocket_probe.ARGUMENTS,
    'websocket_info': websocket_info.ARGUMENTS,
}


def given_by_roles():
    """Each (module, option) for which a role has a variable: read from the roles, not from the table."""
    texts = [path.read_text() for path in sorted(ROOT.glob('roles/*/tasks/*.yml'))]
    for task in (task for text in texts for task in yaml.safe_load(text)):
        for module, arguments in task.items():
            if module.rpartition('.')[2] in MODULES:
                for option, value in arguments.items():
                    named = re.fullmatch(r'{{ (\w+)( or omit)? }}', str(value))
                    if named and named[1] in _names.NAMES:
                        yield module.rpartition('.')[2], option, named[1]
    options = yaml.safe_load((ROOT / 'roles/websocket_check/vars/main.yml').read_text())['websocket_check_options']
    for option, value in options.items():
        yield 'websocket_info', option, re.search(r'\w+', value)[0]


@pytest.mark.parametrize(('module', 'option', 'variable'), sorted(set(given_by_roles())))
def test_an_option_is_called_as_the_variable_that_becomes_it(module, option, variable):
    called = _arguments.variable(module, option)
    if option == 'content':  # made of several
        return
    assert called.endswith(f' (option {option})')
    known = called.partition(' ')[0]
    # The check follows the other roles, so that people set these.
    followed = {
        f'{prefix}{variable.removeprefix("websocket_check_")}' for prefix in ('apache_websocket_', 'omk_websocket_')
    }
    service = {
        'websocket_check_omk_service': 'omk_websocket_service',
        'websocket_check_apache_service': 'apache_websocket_service',
    }
    assert known in {variable, service.get(variable), *(followed if module == 'websocket_info' else ())}
    assert known in _names.NAMES


WRONG = [
    ('websocket_info', 'port', 'x', 'apache_websocket_port (option port)'),
    ('websocket_info', 'sides', ['apach'], 'websocket_check_sides (option sides)'),
    ('websocket_info', 'strict', 'maybe', 'websocket_check_strict (option strict)'),
    ('apache_websocket_proxy', 'state', 'gone', 'apache_websocket_state (option state)'),
    ('apache_websocket_proxy', 'forwarded_proto', 'x', 'apache_websocket_forwarded_proto (option forwarded_proto)'),
    ('opcommon_setting', 'state', 'gone', 'omk_websocket_state (option state)'),
    ('websocket_probe', 'validate_certs', 'maybe', 'websocket_check_validate_certs (option validate_certs)'),
]


@pytest.mark.parametrize(('module', 'option', 'value', 'named'), WRONG)
def test_what_ansible_says_of_an_argument_names_the_variable(module, option, value, named):
    [said] = ArgumentSpecValidator(MODULES[module]).validate({option: value}).error_messages
    assert named not in said
    told = _arguments.in_words_of_roles(said, module)
    assert named in told and f"'{option}'" not in told


@pytest.mark.parametrize(
    'text', ['', 'value of things must be low', "argument 'x' is of type int", 'The port is closed.']
)
def test_any_other_text_stays_as_it_is(text):
    assert _arguments.in_words_of_roles(text, 'websocket_info') == text


@pytest.mark.parametrize(
    ('module', 'arguments', 'begins'),
    [
        ('websocket_info', {'timeout': -1}, 'websocket_check_timeout (option timeout) has to be a number'),
        ('websocket_info', {'port': 70000}, 'apache_websocket_port (option port) has to be a number'),
        ('opcommon_setting', {'lock_timeout': -1}, 'The option lock_timeout has to be a number'),
        ('opcommon_setting', {'tunnel': 7}, 'omk_websocket_tunnel (option tunnel) has to be a dictionary'),
        ('opcommon_setting', {'tunnel': {'timeout': -1}}, 'The option timeout has to be a number'),
        (
            'websocket_info',
            {'retry_timeout': float('nan')},
            'The option retry_timeout has to be a number',
        ),
        (
            'websocket_info',
            {'retry_timeout': 'nan'},
            'The option retry_timeout has to be a number',
        ),
        (
            'websocket_info',
            {'port': 'https'},
            'apache_websocket_port (option port) has to be a number from 0 to 65535; give one.',
        ),
        ('websocket_info', {'timeout': float('inf')}, 'websocket_check_timeout (option timeout) has to be a number'),
        (
            'websocket_info',
            {'server_name': float('nan')},
            'apache_websocket_server_name (option server_name) holds a',
        ),
        (
            'opcommon_setting',
            {'tunnel': {'url': [float('inf')]}},
            'omk_websocket_tunnel (option tunnel) holds a number',
        ),
    ],
)
def test_a_value_that_no_option_can_have(module, arguments, begins):
    assert _arguments.problem(arguments, module).startswith(begins)
