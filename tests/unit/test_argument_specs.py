# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role's defaults and its argument specs say the same: names, order, values and types."""

import pathlib

import pytest
import yaml
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeEnvironment

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLES = sorted(path for path in (ROOT / 'roles').iterdir() if path.is_dir())
TYPES = {
    'str': str,
    'path': str,
    'int': int,
    'float': (int, float),
    'bool': bool,
    'list': list,
    'dict': dict,
    'raw': object,
}


def effective(value):
    """A default where no other role was told anything: a template gives its own fall-back."""
    if not isinstance(value, str) or '{{' not in value:
        return value
    return NativeEnvironment(undefined=StrictUndefined).from_string(value).render()


def defaults_of(role):
    raw = yaml.safe_load((role / 'defaults/main.yml').read_text())
    return {name: effective(value) for name, value in raw.items()}


def options_of(role):
    return yaml.safe_load((role / 'meta/argument_specs.yml').read_text())['argument_specs']['main']['options']


@pytest.fixture(params=ROLES, ids=lambda role: role.name)
def role(request):
    return request.param


def test_both_name_the_same_variables_in_the_same_order(role):
    assert list(defaults_of(role)) == list(options_of(role))


def test_both_give_the_same_defaults(role):
    stated = {name: option['default'] for name, option in options_of(role).items()}
    assert {name: as_stated(value, stated.get(name)) for name, value in defaults_of(role).items()} == stated


def as_stated(value, stated):
    """Jinja makes a number of a lone '443'; Ansible makes a string of it again, where the type is str."""
    return str(value) if isinstance(stated, str) and isinstance(value, int) else value


def test_defaults_have_the_stated_type(role):
    for name, option in options_of(role).items():
        default = option['default']
        assert isinstance(default, TYPES[option['type']]), name
        assert option['type'] == 'bool' or not isinstance(default, bool), name
        values = default if option['type'] == 'list' else [default]
        if option['type'] == 'list':
            assert all(isinstance(value, TYPES[option['elements']]) for value in values), name
        if 'choices' in option:
            assert set(values) <= set(option['choices']), name


def test_every_variable_is_explained(role):
    for name, option in options_of(role).items():
        described = option['description']
        sentences = [described] if isinstance(described, str) else described
        assert sentences and all(sentence.rstrip().endswith('.') for sentence in sentences), name
