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
# What asks the clock where its caller does not give the time.
ASKS_CLOCK = {'_systemd.py'}
# What reads, writes, starts or asks something by itself.
DOES_IO = {
    *('os', 'io', 'pathlib', 'shutil', 'tempfile', 'glob', 'fileinput', 'mmap', 'fcntl', 'linecache', 'logging'),
    *('socket', 'select', 'selectors', 'socketserver', 'asyncio', 'http', 'ftplib', 'smtplib', 'urllib.request'),
    *('subprocess', 'multiprocessing', 'threading', 'signal', 'pty', 'ctypes', 'importlib', 'runpy'),
    *('sys', 'platform', 'pwd', 'grp', 'getpass', 'datetime', 'random', 'secrets', 'uuid', 'ansible'),
}
CALLS_IO = {'open', 'input', 'print', 'exec', 'eval', '__import__', 'breakpoint'}
CLOCKS = {'time.time', 'time.monotonic', 'time.sleep', 'time.perf_counter', 'time.localtime'}
# Which package imports which: what decides imports nothing that does I/O, and nothing goes in circles.
ARROWS = {
    '_apache': set(),
    '_opcommon': set(),
    '_files': set(),
    '_websocket': {'_apache'},
    '_apache_host': {'_apache', '_files', '_websocket'},
    '_opcommon_host': {'_opcommon', '_files'},
    '_pane': {'_apache_host', '_opcommon_host', '_websocket'},
}
# All that the rest knows of Apache: another front end has these three, and modules and a role of its own.
SEAM = {'_apache.reasons', '_apache_host.check', '_apache_host.unit'}
PREFIX = 'ansible_collections.opmantek.omk.plugins.module_utils'


def relative(path):
    return path.relative_to(ROOT).as_posix()


def place(path):
    """A file of the packages, below their folder."""
    return path.relative_to(ROOT / 'plugins/module_utils')


def imports(path):
    """What a file imports, as dotted names; of a package, what is taken from it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f'{node.module}.{alias.name}' for alias in node.names}
    return names


def imported(path):
    """The names of modules that a file imports, each with those above it."""
    parts = [name.split('.') for name in imports(path)]
    return {'.'.join(one[:end]) for one in parts for end in range(1, len(one) + 1)}


def ours(path):
    """What a file imports of the packages, below their folder."""
    return {name[len(PREFIX) + 1 :] for name in imports(path) if name.startswith(PREFIX + '.')}


@pytest.mark.parametrize('path', UTILS, ids=relative)
def test_only_the_packages_for_it_do_input_or_output(path):
    package, name = place(path).parts[0], place(path).as_posix()
    forbidden, calls = DOES_IO, CALLS_IO | CLOCKS
    if package in TOUCHES_DISK:
        forbidden, calls = {'ansible', 'socket', 'subprocess', 'ctypes', 'importlib'}, CALLS_IO - {'open'}
    elif name in TOUCHES_SOCKETS:
        forbidden = {'ansible', 'subprocess', 'fcntl', 'shutil', 'tempfile', 'pathlib', 'ctypes', 'importlib'}
        calls = CALLS_IO
    elif name in ASKS_CLOCK:
        calls = CALLS_IO
    assert not imported(path) & forbidden
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    assert not called & calls


@pytest.mark.parametrize('path', UTILS, ids=relative)
def test_packages_import_only_those_below_them(path):
    package = place(path).parts[0]
    taken = {name.partition('.')[0] for name in ours(path)} & set(ARROWS)
    assert taken - {package} <= ARROWS.get(package, set())


def test_every_package_has_its_arrows_and_no_other():
    found = {package: set() for package in ARROWS}
    for path in UTILS:
        if len(place(path).parts) > 1:
            package = place(path).parts[0]
            found[package] |= {name.partition('.')[0] for name in ours(path)} & set(ARROWS) - {package}
    assert found == ARROWS


def is_of_apache(path):
    return path.name.startswith('apache_') or {'_apache', '_apache_host'} & set(path.parts)


@pytest.mark.parametrize(
    'path',
    [path for path in sorted((ROOT / 'plugins').rglob('*.py')) if not is_of_apache(path)],
    ids=relative,
)
def test_apache_stands_behind_one_seam(path):
    assert {name for name in ours(path) if name.startswith('_apache')} <= SEAM


@pytest.mark.parametrize('path', UTILS + MODULES, ids=relative)
def test_managed_hosts_need_the_standard_library_only(path):
    names = {name.partition('.')[0] for name in imports(path)}
    assert names - {'ansible', 'ansible_collections'} - sys.stdlib_module_names == set()


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
        assert all(re.match(f'(__)?{role.name}_', name) for name in registered), relative(path)


#: Of Ansible's own, what runs on the controller alone.
ON_THE_CONTROLLER = {
    *('assert', 'debug', 'fail', 'import_role', 'include_role', 'import_tasks', 'include_tasks', 'meta'),
    *('set_fact', 'set_stats'),
}


def actions(tasks):
    """Every action of tasks (list of dict), those of blocks too."""
    for task in tasks:
        for name, value in task.items():
            if name in ('block', 'rescue', 'always', 'tasks', 'pre_tasks', 'post_tasks', 'handlers'):
                yield from actions(value)
            elif '.' in name:
                yield name


@pytest.mark.parametrize(
    'path',
    [
        path
        for path in sorted(
            [*ROOT.glob('playbooks/*.yml'), *ROOT.glob('playbooks/tasks/*.yml'), *ROOT.glob('roles/*/*/*.yml')]
        )
        if path.parent.name in ('playbooks', 'tasks', 'handlers') and path.name != 'awx.yml'  # works on localhost
    ],
    ids=relative,
)
def test_no_module_of_ansibles_own_runs_on_a_host(path):
    """What a host answers to one is not checked, see docs/security-notes.md."""
    found = set(actions(yaml.safe_load(path.read_text())))
    assert {name for name in found if not name.startswith('opmantek.omk.')} <= {
        f'ansible.builtin.{name}' for name in ON_THE_CONTROLLER
    }
