# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the README and the docs that test_commands.py does not execute as they stand, and why."""

from collections import namedtuple

#: Why a command is not executed there, and the file and its line that execute it instead.
Elsewhere = namedtuple('Elsewhere', 'why file line')

#: By command, as it stands on the page.
ELSEWHERE = {
    'make test-all': Elsewhere('it is what runs this very test', 'Makefile', '\t@dev/test all'),
    "pip install 'ansible<14'": Elsewhere(
        'dev/setup has pip install it in the virtual environment in which everything here runs',
        'requirements-dev.txt',
        'ansible>=12,<14',
    ),
    'export CONTROLLER_HOST=https://awx.example.com CONTROLLER_OAUTH_TOKEN=…': Elsewhere(
        'there it is the address and the token of the stand-in for AWX',
        'tests/awx/conftest.py',
        '            CONTROLLER_HOST=self.server.url,',
    ),
    'ansible-playbook -i localhost, opmantek.omk.awx -e @my-awx.yml --check': Elsewhere(
        'it wants an AWX; there is a stand-in for one', 'tests/awx/test_awx.py', "    predicted = awx.run('--check')"
    ),
    'ansible-playbook -i localhost, opmantek.omk.awx -e @my-awx.yml': Elsewhere(
        'it wants an AWX; there is a stand-in for one',
        'tests/awx/conftest.py',
        "                ROOT / 'playbooks/awx.yml',",
    ),
    'ansible-playbook -i localhost, opmantek.omk.awx -e @my-awx.yml -e omk_awx_state=absent': Elsewhere(
        'it wants an AWX; there is a stand-in for one',
        'tests/awx/test_awx.py',
        "    really = awx.run(omk_awx_state='absent')",
    ),
}

#: Commands that no test executes, by command why. They want what is not here, or there is nothing to be right or wrong.
NOWHERE = {
    'podman push registry.example.com/omk-ee:1.0.0': 'it wants a registry, and nothing in it is ours',
    'ansible-galaxy collection install opmantek.omk': 'it is not published yet; the tarball is installed instead',
    'ansible-galaxy collection install awx.awx': (
        'it wants a Galaxy server, and nothing in it is ours; the tests have awx.awx from the package `ansible`'
    ),
    **dict.fromkeys(
        [
            'make bench',
            "make bench BENCH='--hosts 5 --repeats 1'",
            "make bench BENCH='simulated --hosts 300 --repeats 3'",
            'dev/bench simulated --hosts 300 --yellow 5 --unreachable 2 --slow 1 --delay 0.2',
            'dev/bench simulated',
            'dev/bench board',
        ],
        'it measures, which takes long and means something on a quiet machine only; started by hand. How it reckons is '
        'tested by tests/unit/benchmarks',
    ),
    'make lock': 'it asks a package index for the newest versions, which are others every day; tried by hand',
    **dict.fromkeys(
        ['make release-check', 'make publish'],
        'they want a commit that is tagged as a release, and Galaxy; tests/unit/test_public_files.py has the refusals',
    ),
    'dev/address https://git.example.com/omk/ansible': 'tests/unit/test_public_files.py runs it on a copy',
    'make matrix': 'it runs dev/matrix, as `make test-all` does, of which this test is a part',
    '.venv/bin/molecule login -s nmis': 'it opens a shell for a person, and wants a terminal; tried by hand',
    'dev/bench --publish': 'it puts the tables of a measurement that was made by hand into docs/scale.md',
}

#: Commands `make PART` that run a part of `make test-all`, this very test among them. That each is one is tested.
PARTS = ['make quick', 'make test', 'make lint', 'make unit', 'make sanity', 'make scenarios', 'make import']

#: Commands that take long and are on several pages: executed for the first of them.
ONCE = {'make setup', 'make demo', 'make demo-down', 'make docs'}

#: By command: what is executed in its place, and why. For what needs a service that the tests bring in another form.
IN_PLACE_OF = {
    'ansible-pull --url https://git.example.com/omk-pull.git --directory /var/lib/omk-pull --inventory hosts.ini '
    'site.yml': (
        "unshare --uts sh -c 'hostname omk1.example.com && exec ansible-pull "
        '--url "$PWD/omk-pull" --directory "$PWD/pulled" --inventory hosts.ini site.yml\'',
        'the repository is a folder, and this machine bears the name of the server, whose connection leads to its host',
    ),
    'ansible-builder build -f ../omk-ee/execution-environment.yml -c ../omk-ee/context '
    '-t registry.example.com/omk-ee:1.0.0': (
        'ansible-builder create -f ../omk-ee/execution-environment.yml -c ../omk-ee/context',
        'it takes the definition and writes what podman is to do; podman would then fetch a Debian and packages',
    ),
}
