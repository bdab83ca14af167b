# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module takes is what it documents; what several share has one documentation and one specification."""

import importlib
import pathlib

import pytest
import yaml
from ansible_collections.opmantek.omk.plugins import doc_fragments
from ansible_collections.opmantek.omk.plugins.module_utils import _options

PACKAGE = 'ansible_collections.opmantek.omk.plugins'
PLUGINS = pathlib.Path(__file__).resolve().parents[3] / 'plugins'
SHARED = sorted({path.stem for path in (PLUGINS / 'doc_fragments').glob('*.py')} - {'__init__', 'attributes'})
MODULES = ['apache_websocket_proxy', 'omk_restart', 'opcommon_info', 'opcommon_setting']
MODULES += ['websocket_info', 'websocket_probe']
#: What a specification says beside the documentation: that a value is shown nowhere.
SECRETS = {'password', 'tunnel_password'}


def documented(text):
    """The options (dict) of a documentation, as specifications."""
    found = {}
    for name, option in (yaml.safe_load(text).get('options') or {}).items():
        found[name] = {key: value for key, value in option.items() if key not in ('description', 'suboptions')}
        if 'suboptions' in option:
            found[name]['options'] = documented(yaml.safe_dump({'options': option['suboptions']}))
        if name in SECRETS:
            found[name]['no_log'] = True
    return found


def of_fragment(name):
    return documented(importlib.import_module(f'{PACKAGE}.doc_fragments.{name}').ModuleDocFragment.DOCUMENTATION)


@pytest.mark.parametrize('fragment', SHARED)
def test_a_fragment_documents_its_specification(fragment):
    assert of_fragment(fragment) == getattr(_options, fragment.upper())


def test_every_specification_has_its_fragment():
    assert {
        name.lower() for name, value in vars(_options).items() if name.isupper() and isinstance(value, dict)
    } == set(SHARED)
    assert doc_fragments


@pytest.mark.parametrize('name', MODULES)
def test_a_module_takes_what_it_documents(name):
    module = importlib.import_module(f'{PACKAGE}.modules.{name}')
    fragments = [one.split('.')[2] for one in yaml.safe_load(module.DOCUMENTATION)['extends_documentation_fragment']]
    expected = documented(module.DOCUMENTATION)
    for fragment in set(fragments) & set(SHARED):
        assert not expected.keys() & of_fragment(fragment).keys()
        expected.update(of_fragment(fragment))
    assert expected == module.ARGUMENTS


def test_no_module_shares_options_without_a_fragment():
    users = {path.stem for path in (PLUGINS / 'modules').glob('*.py') if '_options.' in path.read_text()}
    assert users == set(MODULES)
