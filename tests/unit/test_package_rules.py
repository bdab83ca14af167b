# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of CONTRIBUTING.md that a machine can hold us to."""

import ast
import pathlib
import re
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
UTILS = sorted((ROOT / 'plugins/module_utils').rglob('*.py'))
MODULES = sorted((ROOT / 'plugins/modules').glob('*.py'))
ROLES = sorted(path for path in (ROOT / 'roles').iterdir() if path.is_dir())
# Files done safely, Apache on this host, opCommon on this host.
TOUCHES_DISK = {'_files', '_apache_host', '_opcommon_host'}
# What talks to the network.
TOUCHES_SOCKETS = {'_websocket/client.py', '_websocket/own_address.py'}
DOES_IO = {'os', 'io', 'socket', 'select', 'subprocess', 'shutil', 'pathlib', 'tempfile', 'fcntl', 'ansible'}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def imported(path):
    """The top-level names that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition('.')[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition('.')[0])
    return names


@pytest.mark.parametrize('path', UTILS, ids=relative)
def test_pure_packages_do_no_input_or_output(path):
    place = path.relative_to(ROOT / 'plugins/module_utils')
    forbidden = DOES_IO
    if place.parts[0] in TOUCHES_DISK:
        forbidden = {'ansible', 'socket', 'subprocess'}
    elif place.as_posix() in TOUCHES_SOCKETS:
        forbidden = {'ansible', 'subprocess', 'fcntl', 'shutil', 'tempfile'}
    assert not imported(path) & forbidden
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert place.parts[0] in TOUCHES_DISK or 'open' not in calls


@pytest.mark.parametrize('path', UTILS + MODULES, ids=relative)
def test_managed_hosts_need_the_standard_library_only(path):
    ours = {'ansible', 'ansible_collections'}
    assert imported(path) - ours - sys.stdlib_module_names == set()


@pytest.mark.parametrize('path', MODULES, ids=relative)
def test_modules_are_thin(path):
    tree = ast.parse(path.read_text())
    documentation = sum(
        node.end_lineno - node.lineno + 1
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in ('DOCUMENTATION', 'EXAMPLES', 'RETURN')
    )
    assert len(path.read_text().splitlines()) - documentation <= 225


@pytest.mark.parametrize('role', ROLES, ids=lambda role: role.name)
def test_role_variables_carry_the_role_name(role):
    defaults = yaml.safe_load((role / 'defaults/main.yml').read_text())
    assert all(name.startswith(role.name + '_') for name in defaults)
    for path in list((role / 'tasks').glob('*.yml')) + list((role / 'handlers').glob('*.yml')):
        registered = re.findall(r'^\s+register: (\S+)', path.read_text(), re.MULTILINE)
        assert all(name.startswith('__' + role.name) for name in registered), relative(path)


def test_every_module_is_in_the_action_group():
    groups = yaml.safe_load((ROOT / 'meta/runtime.yml').read_text())['action_groups']
    assert groups['all'] == [f'opmantek.omk.{path.stem}' for path in MODULES]
