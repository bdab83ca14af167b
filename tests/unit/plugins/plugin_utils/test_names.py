# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that are misspelt."""

import pathlib
import re

import pytest
import yaml
from ansible_collections.opmantek.omk.plugins.plugin_utils import _names

ROOT = pathlib.Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ('name', 'meant'),
    [
        ('omk_rolback', 'omk_rollback'),
        ('omk_host', 'omk_hosts'),
        ('omk_max_fail_percent', 'omk_max_fail_percentage'),
        ('apache_websocket_servername', 'apache_websocket_server_name'),
        ('apache_websockets_port', 'apache_websocket_port'),
        ('apache_websoket_server_name', 'apache_websocket_server_name'),
        ('apache_webscoket_server_name', 'apache_websocket_server_name'),
        ('omkhosts', 'omk_hosts'),
        ('websocket_chek_from', 'websocket_check_from'),
        ('websocket_check_certificate_day', 'websocket_check_certificate_days'),
    ],
)
def test_what_was_meant(name, meant):
    assert _names.misspelt(['ansible_host', name, meant]) == [
        f'{name} is no variable of this collection; did you mean {meant}?'
    ]


def test_what_looks_like_nothing_that_we_have():
    assert _names.misspelt(['websocket_check_colour']) == [
        'websocket_check_colour is no variable of this collection; see docs/roles.md.'
    ]


@pytest.mark.parametrize(
    'name', ['omk_licence', 'omk_awx_prefix', 'websocket_timeouts', 'apache_port', 'omk', '__omk_x', '__omk_batches']
)
def test_variables_of_others(name):
    assert _names.misspelt([name]) == []


@pytest.mark.parametrize('role', ['apache_websocket', 'omk_websocket', 'websocket_check'])
def test_what_a_role_reads_is_known(role):
    found = set()
    for part in ('defaults', 'vars'):
        path = ROOT / f'roles/{role}/{part}/main.yml'
        found |= set(yaml.safe_load(path.read_text())) if path.exists() else set()
    # What it leaves for others to read.
    for path in [*ROOT.glob(f'roles/{role}/tasks/*.yml'), *ROOT.glob(f'roles/{role}/handlers/*.yml')]:
        found |= set(re.findall(r'^ +register: (\w+)', path.read_text(), re.MULTILINE))
    found = {name for name in found if not name.startswith('__')}
    assert found == {f'{role}_{name}' for name in _names.KNOWN[f'{role}_']}


def test_what_the_playbooks_read_is_known():
    files = [path for path in ROOT.glob('playbooks/**/*.yml') if 'awx' not in path.as_posix().split('playbooks/')[1]]
    read = {name for path in files for name in re.findall(r'(?<![\w.])omk_[a-z_]+', path.read_text())}
    ours = {f'omk_{name}' for name in _names.KNOWN['omk_']}
    # The first is a group, the second an option; others belong to the role.
    assert {name for name in read if not name.startswith('omk_websocket')} - {'omk_due', 'omk_service'} == ours
