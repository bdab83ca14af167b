# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball holds what a user needs and nothing else, installs without a network, and works from there."""

import os
import posixpath
import re
import subprocess
import tarfile

import pytest
import yaml
from pages import CHECKOUT

#: What a user needs, as patterns of paths; every one has to be there.
NEEDED = [
    r'FILES\.json',
    r'MANIFEST\.json',
    r'LICENSE',
    r'README\.md',
    r'SECURITY\.md',
    r'CHANGELOG\.rst',
    r'changelogs/changelog\.yaml',
    r'docs/[\w-]+\.md',
    r'docs/images/[\w-]+\.(?:png|svg)',
    r'docs/docsite/(?:links|extra-docs)\.yml',
    r'docs/docsite/rst/\w+\.rst',
    r'meta/runtime\.yml',
    r'playbooks/\w+\.yml',
    r'playbooks/tasks/\w+\.yml',
    r'plugins/callback/\w+\.py',
    r'plugins/doc_fragments/\w+\.py',
    r'plugins/modules/\w+\.py',
    r'plugins/module_utils/_\w+\.py',
    r'plugins/module_utils/_\w+/\w+\.py',
    r'plugins/filter/\w+\.py',
    r'plugins/action/\w+\.py',
    r'plugins/plugin_utils/_\w+\.py',
    r'plugins/plugin_utils/_board\.(?:py|css|js|html\.j2)',
    r'roles/\w+/README\.md',
    r'roles/\w+/templates/[\w.]+\.j2',
    r'roles/\w+/(?:defaults|meta|tasks|handlers|vars)/\w+\.yml',
]
#: What a part that is optional may add.
ALLOWED = [r'meta/execution-environment\.yml', r'playbooks/(?:\w+/)+\w+\.yml']


@pytest.fixture(scope='module')
def names(built):
    with tarfile.open(built) as archive:
        return [entry.name for entry in archive if not entry.isdir()]


def test_there_is_nothing_that_a_user_does_not_need(names):
    patterns = [re.compile(pattern) for pattern in NEEDED + ALLOWED]
    assert [name for name in names if not any(pattern.fullmatch(name) for pattern in patterns)] == []


@pytest.mark.parametrize('pattern', NEEDED)
def test_there_is_what_a_user_needs(names, pattern):
    assert any(re.fullmatch(pattern, name) for name in names)


def test_all_of_the_plugins_and_roles_are_in_it(names):
    ours = {
        path.relative_to(CHECKOUT).as_posix()
        for folder in ('plugins', 'roles', 'playbooks')
        for path in (CHECKOUT / folder).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }
    assert ours - set(names) == set()


def test_there_are_no_links_and_no_secrets(built):
    with tarfile.open(built) as archive:
        assert [entry.name for entry in archive if not (entry.isfile() or entry.isdir())] == []
        for entry in archive:
            if entry.isfile():
                assert b'PRIVATE KEY-----' not in archive.extractfile(entry).read(), entry.name


def test_links_lead_somewhere(built, names):
    """Within the tarball, or to a file of the repository under the address that galaxy.yml gives it."""
    address = yaml.safe_load((CHECKOUT / 'galaxy.yml').read_text())['repository']
    seen = []
    with tarfile.open(built) as archive:
        for name in names:
            if not name.endswith('.md'):
                continue
            for link in re.findall(r'\]\(([^)\s#]+)', archive.extractfile(name).read().decode()):
                seen.append(link)
                if link.startswith(f'{address}/blob/main/'):
                    assert (CHECKOUT / link.removeprefix(f'{address}/blob/main/')).exists(), f'{name}: {link}'
                elif not link.startswith('https://') and link != 'reference/index':  # the site's own
                    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
                    assert any(one == target or one.startswith(target + '/') for one in names), f'{name}: {link}'
    assert len(seen) > 50


def test_it_installs_without_a_network_and_its_playbooks_are_found(built, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(('ANSIBLE_', 'OMK_'))}
    environment.update(HOME=str(tmp_path), ANSIBLE_COLLECTIONS_PATH=str(tmp_path / 'collections'), ANSIBLE_NOCOLOR='1')

    def run(*command):
        # A network namespace of its own, without a way out.
        done = subprocess.run(
            ['unshare', '--net', *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run('ansible-galaxy', 'collection', 'install', '--offline', str(built))
    (tmp_path / 'inventory.ini').write_text('[omk]\nomk1.example.com\n')
    for playbook in ('site', 'verify', 'revert', 'rollout', 'awx'):
        said = run('ansible-playbook', '-i', 'inventory.ini', '--syntax-check', f'opmantek.omk.{playbook}')
        assert f'opmantek.omk.{playbook}' in said or f'{playbook}.yml' in said
    listed = run('ansible-doc', '-l', 'opmantek.omk').splitlines()
    modules = {path.stem for path in (CHECKOUT / 'plugins/modules').glob('*.py')}
    assert {line.split()[0].removeprefix('opmantek.omk.') for line in listed if line} == modules
