# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the main job decide nothing: they name variables and compare, and know no reason."""

import pathlib
import re

import pytest
import yaml
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import REASONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = [
    *(ROOT / 'playbooks' / f'{name}.yml' for name in ('site', 'verify')),
    *sorted((ROOT / 'playbooks/tasks').glob('*.yml')),
    *sorted((ROOT / 'roles/websocket_check').glob('*/*.yml')),
]
#: The arithmetic of batches has its own filter.
FILES.remove(ROOT / 'playbooks/tasks/begin_batch.yml')
FILES = [path for path in FILES if path.parent.name in ('tasks', 'handlers', 'playbooks')]
NAME = r'[\w.]+'
#: A name, perhaps with a default, an option left out where it is empty, or one of our filters.
EXPRESSION = re.compile(rf'{NAME}( \| default\([^()]*\))?( or omit)?( \| opmantek\.omk\.\w+(\(.*\))?)*')
COMPARISON = re.compile(rf"{NAME}|{NAME} [!=]= '\w*'|'\w+' in {NAME}|{NAME} \| length > 0")
LONGEST = 120  # characters: one line


def found(path, key):
    """The values of a key anywhere in a file."""
    waiting = [yaml.safe_load(path.read_text())]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from (value for name, value in one.items() if name == key)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def relative(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize('path', FILES, ids=relative)
def test_an_expression_names_a_variable(path):
    for expression in re.findall(r'{{ *(.*?) *}}', path.read_text(), re.DOTALL):
        assert EXPRESSION.fullmatch(expression) and len(expression) <= LONGEST, expression


@pytest.mark.parametrize('path', FILES, ids=relative)
def test_a_condition_compares(path):
    for conditions in found(path, 'when'):
        for condition in conditions if isinstance(conditions, list) else [conditions]:
            assert COMPARISON.fullmatch(condition), condition


@pytest.mark.parametrize('path', FILES, ids=relative)
def test_no_reason_and_no_address_is_made(path):
    code = '\n'.join(line.partition('#')[0] for line in path.read_text().splitlines())
    assert not re.search(r'wss?://', code)
    assert {word for word in re.findall(r'\w+', code) if '_' in word} & {reason.code for reason in REASONS} == set()


def test_these_are_the_files():
    assert len(FILES) > 12


def test_no_file_of_tasks_leads_back_to_itself():
    """Ansible would go round for ever."""
    folder = ROOT / 'playbooks/tasks'
    leads = {
        path.name: {
            pathlib.PurePath(str(value)).name
            for key in ('ansible.builtin.include_tasks', 'ansible.builtin.import_tasks')
            for value in found(path, key)
        }
        for path in folder.glob('*.yml')
    }
    assert leads['turn_green.yml'] >= {'change.yml'}
    for name, led in leads.items():
        reached, waiting = set(), list(led)
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += leads.get(one, ())
        assert name not in reached, name
