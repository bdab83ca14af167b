# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked up is what Jinja would say."""

import pathlib

import pytest
import yaml
from ansible_collections.opmantek.omk.plugins.plugin_utils import _variables
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeEnvironment

ROOT = pathlib.Path(__file__).resolve().parents[4]
VARIABLES = {
    'name': 'omk',
    'port': 443,
    'nothing': None,
    'empty': '',
    'no': False,
    'several': ['a', 'b'],
    'other': '{{ name }}',
    'deeper': '{{ other }}',
    'in_a_list': ['{{ name }}', {'x': '{{ port }}'}],
    'unknown': '{{ nowhere }}',
    'hostile': '{{ port }} {# a fact #}',
    'loop': '{{ loop }}',
}


def of(value, **more):
    """A value, evaluated by us; and what was handed to Jinja."""
    compiled = []

    def template(text):
        compiled.append(text)
        return 'compiled'

    variables = {**VARIABLES, **more, 'x': {'value': value}}
    found = _variables.evaluated('x', variables, template, lambda text: not text.endswith('{# a fact #}'))
    return found['value'], compiled


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('plain', 'plain'),
        (5, 5),
        (None, None),
        ('{{ name }}', 'omk'),
        ('{{port}}', 443),
        ('{{ deeper }}', 'omk'),
        ('{{ in_a_list }}', ['omk', {'x': 443}]),
        ('{{ several | first }}', 'a'),
        ("{{ nowhere | default('localhost:8042') }}", 'localhost:8042'),
        ("{{ nowhere|default(['/a/b']) | first }}", '/a/b'),
        ('{{ nowhere | default(0) }}', 0),
        ('{{ nowhere | default({}) }}', {}),
        ('{{ nowhere | default(true) }}', True),
        ("{{ name | default('x') }}", 'omk'),
        ("{{ nothing | default('x') }}", None),
        ("{{ empty | default('x') }}", ''),
        ("{{ name if no else '' }}", ''),
        ("{{ unknown if empty else '' }}", ''),
        ("{{ other if port else '' }}", 'omk'),
        # What may not be evaluated stands for itself, wherever it comes from.
        ('{{ hostile }}', '{{ port }} {# a fact #}'),
    ],
)
def test_looked_up(value, expected):
    assert of(value) == (expected, [])


@pytest.mark.parametrize(
    'value',
    [
        '{{ nowhere }}',
        '{{ unknown }}',
        "{{ unknown | default('x') }}",
        '{{ loop }}',
        '{{ name }}s',
        '{{ name | upper }}',
        '{{ name | first }}',
        '{{ nowhere | default(name) }}',
        "{{ nowhere | default('', true) }}",
        "{{ unknown if port else '' }}",
        "{{ name if nowhere else '' }}",
        '{% if name %}x{% endif %}',
        ['{{ name | upper }}'],
    ],
)
def test_what_is_more_is_left_to_jinja(value):
    assert of(value) == ('compiled', [value])


class TestTheRoles:
    """The options that the roles give, evaluated in both ways."""

    @staticmethod
    def variables():
        found = {'ansible_check_mode': False}
        for role in ('apache_websocket', 'omk_websocket', 'websocket_check'):
            for part in ('defaults', 'vars'):
                path = ROOT / f'roles/{role}/{part}/main.yml'
                found.update(yaml.safe_load(path.read_text()) if path.exists() else {})
        return found

    @staticmethod
    def rendered(value, variables):
        """A value as Jinja has it, with what it names."""
        if isinstance(value, dict):
            return {name: TestTheRoles.rendered(one, variables) for name, one in value.items()}
        if isinstance(value, list):
            return [TestTheRoles.rendered(one, variables) for one in value]
        if not isinstance(value, str) or '{{' not in value:
            return value

        # What a value names, for Jinja to find.
        found = {name: TestTheRoles.rendered(variables[name], variables) for name in variables if name in value}
        environment = NativeEnvironment(undefined=StrictUndefined)
        return environment.from_string(value).render(found)

    @pytest.mark.parametrize(
        'given',
        [
            {},
            {
                'omk_websocket_omk_base': '/opt/omk',
                'apache_websocket_paths': ['/a', '/b'],
                'apache_websocket_port': 8443,
            },
            {'websocket_check_server_name': '{{ apache_websocket_service }}.test', 'apache_websocket_service': 'httpd'},
        ],
    )
    @pytest.mark.parametrize('name', ['websocket_check_options', '__websocket_check_shows', '__websocket_check_before'])
    def test_both_ways_say_the_same(self, given, name):
        variables = {**self.variables(), **given}
        compiled = []

        def template(value):
            compiled.append(value)
            return self.rendered(value, variables)

        found = _variables.evaluated(name, variables, template, lambda _text: True)
        as_texts = {key: str(value) for key, value in found.items()}
        assert as_texts == {key: str(self.rendered(value, variables)) for key, value in variables[name].items()}
        # And hardly anything has to be compiled.
        assert len(compiled) <= len([value for value in given.values() if '{{' in str(value)])
