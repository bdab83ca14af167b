# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups for module_defaults: what docs/roles.md says of them. tests/playbooks has Ansible use them."""

import pathlib
import re

import pytest
import yaml
from ansible_collections.opmantek.omk.plugins import modules

ROOT = pathlib.Path(__file__).resolve().parents[2]
GROUPS = yaml.safe_load((ROOT / 'meta/runtime.yml').read_text())['action_groups']
#: What is in the own documentation of no module but in a fragment.
FRAGMENTS = ROOT / 'plugins/doc_fragments'


def options(module):
    """The options (set of str) that a module documents, in its own file and by fragments."""
    text = pathlib.Path(list(modules.__path__)[0], f'{module}.py').read_text()
    documentation = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', text, re.DOTALL).group(1))
    found = set(documentation['options'])
    for fragment in documentation.get('extends_documentation_fragment', []):
        shared = (FRAGMENTS / f'{fragment.split(".")[2]}.py').read_text()
        found |= set(yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', shared, re.DOTALL).group(1))['options'])
    return found


def documented():
    """By group, the modules and the options that the page gives (lists of str)."""
    page = (ROOT / 'docs/roles.md').read_text()
    rows = re.findall(r'^\| `opmantek\.omk\.(\w+)` \| (.*) \| (.*) \|$', page, re.MULTILINE)
    return {group: [re.findall(r'`(\w+)`', cell) for cell in cells] for group, *cells in rows if group in GROUPS}


@pytest.mark.parametrize('group', GROUPS)
def test_a_group_shares_what_the_page_says(group):
    members, shared = documented()[group]
    assert [f'opmantek.omk.{module}' for module in members] == GROUPS[group]
    assert set(shared) == set.intersection(*map(options, members))


def test_every_module_that_shares_options_is_in_a_group():
    own = {f'opmantek.omk.{path.stem}' for path in (ROOT / 'plugins/modules').glob('*.py')}
    # They share no option that means the same with another.
    alone = {f'opmantek.omk.{name}' for name in ('daemon', 'joined_report', 'run_outcome', 'run_summary')}
    assert {module for members in GROUPS.values() for module in members} == own - alone
