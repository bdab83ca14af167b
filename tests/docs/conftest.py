# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of the docs: a copy of the checkout, an empty folder, two disposable hosts, and hands that type commands."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml
from executions import IN_PLACE_OF, ONCE
from pages import CHECKOUT

LONGEST = 1200  # seconds that one command may take
OURS = ('ANSIBLE_', 'OMK_', 'MOLECULE_', 'PYTEST_')


def tracked_files():
    """The files (list of str) that belong to the project, as they are now."""
    listed = subprocess.run(
        ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listed.split('\0') if name and os.path.lexists(CHECKOUT / name)]


class Reader:
    """Does what a page says, in the place where it says so."""

    def __init__(self, folder):
        self.checkout, self.elsewhere, self.home = folder / 'checkout', folder / 'elsewhere', folder / 'home'
        for path in (self.checkout, self.elsewhere, self.home):
            path.mkdir()
        for name in tracked_files():
            (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, self.checkout / name, follow_symlinks=False)
        # A clone, as a reader has it: molecule finds its shared configuration from the repository's root.
        subprocess.run(['git', 'init', '--quiet', self.checkout], check=True)
        # The same virtual environment: making another one would prove nothing but take a minute.
        (self.checkout / '.venv').symlink_to(CHECKOUT / '.venv')
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.environment = dict(
            kept,
            HOME=str(self.home),
            LC_ALL='C.UTF-8',
            ANSIBLE_NOCOLOR='1',
            ANSIBLE_PIPELINING='1',
            OMK_CONTAINER_PREFIX=os.environ.get('OMK_CONTAINER_PREFIX', 'opmantek-') + 'docs-',
            ANSIBLE_CONNECTION_PLUGINS=str(self.checkout / 'molecule/shared/connection'),
        )
        self.place = self.checkout
        self.made = set()

    def execute(self, command):
        """Type a command; the CompletedProcess, with all that it printed in stdout (str)."""
        return subprocess.run(
            ['bash', '-euo', 'pipefail', '-c', command],
            cwd=self.place,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )

    def fresh_hosts(self):
        """The hosts of the pages, yellow, under the names that the pages give them."""
        # Without that file, `up` removes what is there and makes all of it anew.
        (self.checkout / '.cache/scenarios/docs/prepared').unlink(missing_ok=True)
        done = self.execute(f'"{self.checkout}/dev/host" up docs')
        assert done.returncode == 0, done.stdout
        inventory = yaml.safe_load((self.checkout / 'dev/hosts/docs/inventory.yml').read_text())
        for place in (self.checkout, self.elsewhere):
            (place / 'host_vars').mkdir(exist_ok=True)
            for host, variables in inventory['omk']['hosts'].items():
                reached = {
                    'ansible_connection': 'disposable',
                    'ansible_host': self.environment['OMK_CONTAINER_PREFIX'] + host,
                }
                name = variables['stand_in_server_name']
                (place / 'host_vars' / f'{name}.yml').write_text(yaml.safe_dump(reached))

    def follow(self, steps):
        """Do the steps of a page. Raises AssertionError for the first that does not end as the page says."""
        self.place = self.checkout
        for step in steps:
            if step.kind == 'file':
                target = self.place / step.what
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.more)
            elif step.kind == 'place':
                self._go(step.what)
            elif step.what not in ONCE & self.made:
                done = self.execute(IN_PLACE_OF.get(step.what, (step.what,))[0])
                said = f'line {step.line}: {step.what}\n{done.stdout[-6000:]}\n'
                assert done.returncode == step.status, f'{said}status {done.returncode} and not {step.status}'
                for line in step.more or []:
                    pattern = '.*'.join(re.escape(part) for part in line.strip().split('…'))
                    assert re.search(pattern, done.stdout), f'{said}this was not printed: {line}'
                self.made.add(step.what)

    def _go(self, place):
        places = {'the checkout': self.checkout, 'an empty folder': self.elsewhere}
        self.place = places[place]
        if self.place == self.elsewhere:
            # What the reader brings along: the tarball and the inventory.
            for brought in [*self.checkout.glob('*.tar.gz'), *self.checkout.glob('inventory.ini')]:
                shutil.copy(brought, self.elsewhere)


@pytest.fixture(scope='session')
def reader(tmp_path_factory):
    made = Reader(tmp_path_factory.mktemp('reader'))
    yield made
    for name in ('docs', 'demo'):
        subprocess.run(
            [made.checkout / 'dev/host', 'down', name], env=made.environment, check=True, capture_output=True
        )


#: What lies in the checkout of somebody who uses it: inventories, variables, credentials, playbooks of their own.
AN_ADMINS_FILES = (
    *('inventory.ini', 'inventory/hosts.yml', 'hosts', 'hosts.yml', 'prod.yml', 'my-awx.yml', 'awx.yml', 'site.retry'),
    *('group_vars/omk.yml', 'host_vars/omk1.example.com.yml', 'host_vars/omk1/vault.yml', 'vault.yml', '.vault_pass'),
    *('playbooks/group_vars/all.yml', 'playbooks/host_vars/omk1.yml', 'playbooks/inventory.ini', 'playbooks/my.yml'),
    *('id_ed25519', 'certs/omk.key', 'omk.pem', 'collections/requirements.yml', 'ansible.log', 'password.txt'),
    *('Documents/notes.md', 'README.md.orig', 'README.old', 'LICENSE.bak', 'changes.txt', 'docs.tar.gz', 'report.json'),
    *('docs/inventory.ini', 'docs/notes.txt', 'roles/site.retry', 'changelogs/my.yml', 'playbooks/hosts'),
    *('meta.txt', 'plugins.txt', 'roles.yml', 'SECRETS', 'CREDENTIALS', 'log/site.log', 'requirements.yml'),
)


@pytest.fixture(scope='session')
def built(tmp_path_factory):
    """The tarball (its path) that `ansible-galaxy collection build` makes of the project's files beside an admin's."""
    folder = tmp_path_factory.mktemp('built')
    source = folder / 'source'
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, source / name, follow_symlinks=False)
    for name in AN_ADMINS_FILES:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        assert not (source / name).exists(), name
        (source / name).write_text('ansible_become_password: hush-hush\n')
    subprocess.run(
        ['ansible-galaxy', 'collection', 'build', source, '--output-path', folder], check=True, capture_output=True
    )
    [tarball] = folder.glob('*.tar.gz')
    return pathlib.Path(tarball)
