# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-builder takes the definition, and learns from the collection that it needs nothing."""

import os
import pathlib
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFINITION = ROOT / 'examples/execution-environment/execution-environment.yml'


@pytest.fixture(scope='module')
def tarball(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tarball')
    subprocess.run(
        ['ansible-galaxy', 'collection', 'build', ROOT, '--output-path', folder], check=True, capture_output=True
    )
    return next(folder.iterdir())


def test_the_collection_needs_no_package(tarball, tmp_path):
    subprocess.run(
        ['ansible-galaxy', 'collection', 'install', '--offline', tarball, '-p', tmp_path],
        check=True,
        capture_output=True,
        env={**os.environ, 'ANSIBLE_COLLECTIONS_PATH': str(tmp_path)},
    )
    meta = tmp_path / 'ansible_collections/opmantek/omk/meta/execution-environment.yml'
    assert yaml.safe_load(meta.read_text())['dependencies'] == {}
    done = subprocess.run(['ansible-builder', 'introspect', tmp_path], check=True, capture_output=True, text=True)
    found = yaml.safe_load(done.stdout[done.stdout.index('---') :])
    assert found == {'python': [], 'system': []}


def test_the_definition_is_taken(tarball, tmp_path):
    shutil.copy(DEFINITION, tmp_path)
    shutil.copy(tarball, tmp_path)
    done = subprocess.run(['ansible-builder', 'create'], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = yaml.safe_load((tmp_path / 'context/_build/requirements.yml').read_text())['collections']
    assert wanted == [{'name': f'galaxy/{tarball.name}', 'type': 'file'}]
    assert (tmp_path / 'context/_build/galaxy' / tarball.name).read_bytes() == tarball.read_bytes()
    steps = (tmp_path / 'context/Containerfile').read_text()
    assert 'ansible-galaxy collection install' in steps
    assert 'openssh-client' in steps
