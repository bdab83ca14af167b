# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a filter can be given by the names in its documentation."""

import importlib
import inspect
import pathlib

import pytest
import yaml

FILTERS = sorted(path.stem for path in (pathlib.Path(__file__).resolve().parents[2] / 'plugins/filter').glob('*.py'))


@pytest.mark.parametrize('name', FILTERS)
def test_the_names_are_those_of_the_documentation(name):
    plugin = importlib.import_module(f'ansible_collections.opmantek.omk.plugins.filter.{name}')
    documentation = yaml.safe_load(plugin.DOCUMENTATION)
    parameters = list(inspect.signature(plugin.FilterModule().filters()[name]).parameters.values())[1:]
    assert [one.name for one in parameters] == [option for option in documentation['options'] if option != '_input']
    assert {one.name for one in parameters if one.default is one.empty} == {
        name for name, option in documentation['options'].items() if option.get('required') and name != '_input'
    }
