# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs inside the execution environment of examples/, built by ansible-builder, on hosts that they reach by ssh."""

import json
import shutil
import subprocess

import hosts as ssh_hosts
import pytest
from jobs import ROOT, Jobs, galaxy

BASE, IMAGE = (f'localhost/{ssh_hosts.PREFIX}execution-environment-{name}:test' for name in ('base', 'built'))


@pytest.fixture(scope='module')
def image(tmp_path_factory):
    """The image, from the definition as it is, on a Debian without Python whose pip has what it needs in a folder."""
    folder = tmp_path_factory.mktemp('ee')
    shutil.copytree(ROOT / 'examples/execution-environment', folder, dirs_exist_ok=True)
    galaxy('build', ROOT, '--output-path', folder)
    base = folder / 'base'
    base.mkdir()
    packages = ('ansible-core', 'ansible-runner', 'bindep', 'packaging', 'pyyaml')
    ssh_hosts.call(
        'pip',
        'download',
        '--quiet',
        '--dest',
        base / 'wheels',
        '--only-binary',
        ':all:',
        '--python-version',
        '3.11',
        *packages,
    )
    (base / 'pip.conf').write_text('[global]\nno-index = true\nfind-links = /opt/wheels\n')
    (base / 'Containerfile').write_text(
        'ARG BASE\nFROM ${BASE}\nCOPY wheels /opt/wheels\nCOPY pip.conf /etc/pip.conf\n'
    )
    bare = ssh_hosts.call(ROOT / 'molecule/shared/images/build', 'bare')
    try:
        ssh_hosts.call('podman', 'build', '--layers=false', f'--build-arg=BASE={bare}', f'--tag={BASE}', base)
        built = subprocess.run(
            [
                'ansible-builder',
                'build',
                '--container-runtime=podman',
                f'--tag={IMAGE}',
                '--build-arg',
                f'EE_BASE_IMAGE={BASE}',
                '--extra-build-cli-args',
                '--network=host --layers=false',
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-2000:]
        yield IMAGE
    finally:
        subprocess.run(['podman', 'rmi', '--force', IMAGE, BASE], capture_output=True, check=False)


@pytest.fixture(scope='module')
def jobs(image, tmp_path_factory):
    """Jobs in that image, of a project that brings no collection, with a key in ssh's agent, as AWX hands it over."""
    folder = tmp_path_factory.mktemp('jobs')
    with ssh_hosts.Fleet('execution-environment') as fleet:
        fleet.grow(2)
        variables = {'ansible_user': 'root'}
        hosts = {name: {'ansible_host': address} for name, address in fleet.addresses(2).items()}
        inventory = folder / 'inventory.json'
        inventory.write_text(json.dumps({'omk': {'hosts': hosts, 'vars': variables}}))
        # As AWX sets it: no host key is asked for, and podman's root is meant where the image says user 1000.
        jobs = Jobs(
            folder,
            fleet.names,
            [inventory],
            {'ANSIBLE_HOST_KEY_CHECKING': 'False'},
            {
                'process_isolation': True,
                'process_isolation_executable': 'podman',
                'container_image': image,
                'container_options': ['--user=root', '--network=host'],
            },
            fleet.key,
        )
        shutil.rmtree(jobs.project / 'collections')
        yield jobs


def test_the_jobs_in_the_execution_environment(jobs):
    yellow, green = dict.fromkeys(jobs.names, 'yellow'), dict.fromkeys(jobs.names, 'green')

    before = jobs.run('verify.yml')
    assert before.status == 'failed', before.output
    assert before.stats['failures'] == dict.fromkeys(jobs.names, 1)
    assert before.panes() == before.rows() == yellow

    rollout = jobs.run('rollout.yml', omk_batches='1, 100%')
    assert rollout.status == 'successful', rollout.output
    assert set(rollout.stats['changed']) == set(jobs.names)
    assert rollout.panes() == rollout.rows() == green

    after = jobs.run('verify.yml')
    assert (after.status, after.stats['changed']) == ('successful', {}), after.output
    assert after.panes() == after.rows() == green

    revert = jobs.run('revert.yml', omk_hosts='omk')
    assert revert.status == 'successful', revert.output
    assert jobs.run('verify.yml').panes() == yellow
