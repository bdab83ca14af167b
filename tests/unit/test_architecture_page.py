# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/architecture.md names every package and every folder of tests, and nothing that is not there."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs/architecture.md').read_text()
PACKAGES = sorted(path for path in (ROOT / 'plugins/module_utils').glob('_*') if path.is_dir() and path.name[1] != '_')
# ansible-test keeps its own things in tests/output of the tree that it tests.
PLACES = {
    path.relative_to(ROOT).as_posix() + '/'
    for path in (ROOT / 'tests').iterdir()
    if path.is_dir() and path.name != 'output' and any(path.rglob('*.py'))
}


def section(title):
    """The text under a heading, up to the next one."""
    found = re.search(rf'^#+ `?{re.escape(title)}`?\n(.*?)(?=^#|\Z)', PAGE, re.M | re.S)
    assert found, f'docs/architecture.md has no section {title}'
    return found.group(1)


@pytest.mark.parametrize('package', PACKAGES, ids=lambda package: package.name)
def test_every_file_of_a_package_is_named(package):
    named = set(re.findall(r'`(\w+\.py)`', section(f'plugins/module_utils/{package.name}/')))
    assert named == {path.name for path in package.glob('*.py')} - {'__init__.py'}


def test_every_folder_of_tests_is_named():
    assert set(re.findall(r'`(tests/\w+/)`', section('The tests'))) == PLACES
