# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around the code for those who come by: workflows, locks, addresses, fragments, releases."""

import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / '.github/workflows').glob('*.yml'))
#: What a Debian container needs before make can bring the rest.
BOOTSTRAP = 'apt-get update && apt-get install --yes git make python3'


def git(folder, *arguments):
    """What git says (str) in a folder, with a committer of its own."""
    command = ['git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'safe.directory=*', *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def runs(workflow):
    """The commands (list of str) that a workflow runs."""
    jobs = yaml.safe_load(workflow.read_text())['jobs'].values()
    return [step['run'] for job in jobs for step in job['steps'] if 'run' in step]


@pytest.mark.parametrize('workflow', WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_a_list_of_make_calls(workflow):
    targets = set(re.findall(r'^([a-z][a-z -]*):', (ROOT / 'Makefile').read_text(), re.M))
    known = {name for line in targets for name in line.split()}
    called = [command for command in runs(workflow) if command != BOOTSTRAP]
    assert called
    for command in called:
        found = re.fullmatch(r'make ([a-z-]+)( [A-Z]+=\S.*)?', command)
        assert found and found.group(1) in known, command


def test_the_three_levels_and_the_release_have_their_workflow():
    assert {path.stem: [run for run in runs(path) if run.startswith('make')] for path in WORKFLOWS} == {
        'quick': [
            'make quick',
            "make matrix MATRIX='sanity units' CORES=${{ matrix.core }}",
            'make matrix MATRIX=units',
        ],
        'test': ['make test'],
        'nightly': ['make test-all'],
        'release': ['make release-check', 'make test-all', 'make import', 'make publish'],
    }


@pytest.mark.parametrize('name', ['requirements-dev', 'requirements-import'])
def test_a_lock_has_all_that_is_required_with_checksums(name):
    wanted = re.findall(r'^([A-Za-z][\w.-]*)', (ROOT / f'{name}.txt').read_text(), re.M)
    lock = (ROOT / f'{name}.lock').read_text()
    entries = re.findall(r'^([a-z0-9][a-z0-9.-]*)==(\S+)[^\n]*((?:\n    --hash=\S+[^\n]*)*)', lock, re.M)
    assert wanted and set(wanted) <= {entry[0] for entry in entries}
    assert [entry[0] for entry in entries if '--hash=sha256:' not in entry[2]] == []
    assert '://' not in lock, 'a lock names packages and no server'


@pytest.fixture
def copy(tmp_path):
    """A repository with the files that the tools of a release work on."""
    for name in ('galaxy.yml', 'dev/address', 'dev/release', 'dev/env.sh', 'README.md', 'SECURITY.md', 'CHANGELOG.rst'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(str(ROOT / name), str(tmp_path / name))
    # Without the fragments of changes that wait for a release.
    shutil.copytree(str(ROOT / 'changelogs'), str(tmp_path / 'changelogs'), ignore=lambda *_: ['fragments'])
    (tmp_path / 'changelogs/fragments').mkdir()
    git(tmp_path, 'init', '--quiet', '--initial-branch=main')
    git(tmp_path, 'add', '--all')
    git(tmp_path, 'commit', '--quiet', '--message=Begin')
    return tmp_path


def done(command, **more):
    """A command's end, with both of its outputs."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_another_home_is_one_command(copy):
    before = (copy / 'README.md').read_text()
    old = re.search('^repository: (.*)', (copy / 'galaxy.yml').read_text(), re.M).group(1)
    new = 'https://code.example.net/a/b.c'
    assert before.count(old) > 3
    assert done([str(copy / 'dev/address'), new]).returncode == 0
    assert (copy / 'README.md').read_text() == before.replace(old, new)
    assert f'repository: {new}\nissues: {new}/issues\n' in (copy / 'galaxy.yml').read_text()
    assert done([str(copy / 'dev/address'), old]).returncode == 0
    assert git(copy, 'status', '--porcelain') == ''


@pytest.mark.parametrize('address', ['', 'http://a.example.com/b/c', 'https://a.example.com/b/c/', 'https://a/b|c'])
def test_what_is_no_address_changes_nothing(copy, address):
    refused = done([str(copy / 'dev/address'), address])
    assert refused.returncode == 2 and 'usage: dev/address https://' in refused.stderr
    assert git(copy, 'status', '--porcelain') == ''


def test_a_release_is_refused_until_all_is_there(copy):
    def check():
        return done([str(copy / 'dev/release'), 'check'])

    def commit():
        git(copy, 'add', '--all')
        git(copy, 'commit', '--quiet', '--allow-empty', '--message=Change')

    assert 'galaxy.yml names no home yet' in check().stderr
    assert done([str(copy / 'dev/address'), 'https://code.test/omk/ansible']).returncode == 0
    assert 'changes that are not committed' in check().stderr
    commit()
    version = re.search('^version: (.*)', (copy / 'galaxy.yml').read_text(), re.M).group(1)
    assert f'this commit has no tag v{version}' in check().stderr
    git(copy, 'tag', f'v{version}')
    complete = check()
    assert (complete.returncode, complete.stdout) == (0, f'release: {version} is complete\n'), complete.stderr
    (copy / 'changelogs/fragments').mkdir(exist_ok=True)
    (copy / 'changelogs/fragments/new.yml').write_text('bugfixes: [a]\n')
    commit()
    git(copy, 'tag', '--force', f'v{version}')
    assert 'fragments are not in the changelog yet: changelogs/fragments/new.yml' in check().stderr
    galaxy = copy / 'galaxy.yml'
    galaxy.write_text(galaxy.read_text().replace(f'version: {version}', 'version: 77.0.0'))
    commit()
    git(copy, 'tag', 'v77.0.0')
    assert 'the changelog has no release 77.0.0' in check().stderr


def test_nothing_is_published_without_a_token(copy):
    refused = done([str(copy / 'dev/release'), 'publish'], env={'PATH': '/usr/bin:/bin', 'GALAXY_TOKEN': ''})
    assert refused.returncode == 1 and 'GALAXY_TOKEN is not set' in refused.stderr


def changes_without_a_fragment(root):
    """Commits (list of str) since the last release that change what users have and touch no fragment."""
    # Not yet among the ancestors of HEAD: ansible-test makes a repository without a commit.
    if not git(root, 'tag', '--list', 'v*'):
        return []
    tags = git(root, 'tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname').split()
    if not tags:
        return []
    found = []
    for commit in git(root, 'rev-list', '--no-merges', f'{tags[0]}..HEAD').split():
        touched = git(root, 'show', '--name-only', '--format=', commit).split('\n')
        if any(name.startswith(('plugins/', 'roles/', 'playbooks/')) for name in touched) and not any(
            name.startswith('changelogs/') for name in touched
        ):
            found.append(git(root, 'show', '--no-patch', '--format=%h %s', commit).strip())
    return found


def test_every_change_since_the_last_release_has_its_fragment():
    assert not (ROOT / '.git').exists() or changes_without_a_fragment(ROOT) == []


def test_a_change_without_a_fragment_is_seen(copy):
    def change(message, *names):
        for name in names:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_text(message)
        git(copy, 'add', '--all')
        git(copy, 'commit', '--quiet', f'--message={message}')

    change('Before any release', 'plugins/a.py')
    assert changes_without_a_fragment(copy) == []
    git(copy, 'tag', 'v1.0.0')
    change('Described', 'roles/a.yml', 'changelogs/fragments/a.yml')
    change('A page', 'docs/a.md')
    assert changes_without_a_fragment(copy) == []
    change('Not described', 'playbooks/a.yml')
    assert [line.split(' ', 1)[1] for line in changes_without_a_fragment(copy)] == ['Not described']
