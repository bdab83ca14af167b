# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles say of mistaken variables, as Ansible itself runs them. No host is changed: all are refused."""

import os
import re
import subprocess

import pytest
import yaml

#: By host: its variables, and the sentences that it gets.
PATH = 'give an absolute path of letters, digits and . _ / @ + -.'
PAIR = {'apache_websocket_certificate': '/c', 'apache_websocket_certificate_key': '/k'}
NAMED = {'apache_websocket_server_name': 'omk.example.com'}
MISTAKES = {
    'without-key': (
        {**NAMED, 'apache_websocket_certificate': '/c'},
        f'apache_websocket_certificate_key is missing: {PATH}',
    ),
    'without-certificate': (
        {**NAMED, 'apache_websocket_certificate_key': '/k'},
        f'apache_websocket_certificate is missing: {PATH}',
    ),
    'without-name': (PAIR, 'apache_websocket_server_name is missing: give a host name, as in omk.example.com.'),
    'relative-key': (
        {**NAMED, **PAIR, 'apache_websocket_certificate_key': 'ssl/k'},
        f'apache_websocket_certificate_key cannot be used: {PATH}',
    ),
    'no-template': (
        {**NAMED, **PAIR, 'apache_websocket_template': 'no.j2'},
        'apache_websocket_template is missing: there is no no.j2 in {0}/plays/templates, {0}/plays, '
        '{0}/inventory/templates, {0}/inventory, {0}/here; give an absolute path, or one from one of these folders.',
    ),
    # Found, so that the other mistake alone is told.
    **{
        f'template-in-{number}': (
            {**PAIR, 'apache_websocket_template': template},
            'apache_websocket_server_name is missing: give a host name, as in omk.example.com.',
        )
        for number, template in enumerate(
            ['one.j2', 'two.j2', 'templates/one.j2', 'three.j2', 'four.j2', '{0}/here/four.j2']
        )
    },
}
RIGHT = 'all-right'
TEMPLATES = ['plays/templates/one.j2', 'plays/two.j2', 'inventory/three.j2', 'here/four.j2']


@pytest.fixture
def said(tmp_path, ansible_playbook):
    """What each host was told (dict of str), with the folder of the test as {0}."""
    folder = tmp_path
    for name in TEMPLATES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('# {{ apache_websocket_server_name }}\n')
    # Nothing is wrong with it: it comes to the module, for which it has no Python.
    given = {**MISTAKES, RIGHT: ({**NAMED, **PAIR}, None)}
    hosts = {
        name: {key: value.replace('{0}', str(folder)) for key, value in variables.items()}
        for name, (variables, _sentence) in given.items()
    }
    connection = {'ansible_connection': 'local', 'ansible_python_interpreter': '/nowhere/python'}
    (folder / 'inventory/hosts.yml').write_text(yaml.safe_dump({'omk': {'hosts': hosts, 'vars': connection}}))
    block = {
        'block': [{'ansible.builtin.import_role': {'name': 'opmantek.omk.apache_websocket'}}],
        'rescue': [{'ansible.builtin.debug': {'msg': 'SAID {{ inventory_hostname }} {{ ansible_failed_result.msg }}'}}],
    }
    play = [{'hosts': 'omk', 'gather_facts': False, 'tasks': [block]}]
    (folder / 'plays/play.yml').write_text(yaml.safe_dump(play))
    done = subprocess.run(
        [*ansible_playbook, '-i', folder / 'inventory/hosts.yml', folder / 'plays/play.yml'],
        cwd=folder / 'here',
        env=dict(os.environ, PWD=str(folder / 'here'), ANSIBLE_DEPRECATION_WARNINGS='0'),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    told = dict(re.findall(r'"SAID (\S+) (.*)"', done.stdout.replace(str(folder), '{0}')))
    assert set(given) == set(told), done.stdout
    return told


def test_one_sentence_that_names_the_variable(said):
    # Nothing is wrong here but the interpreter, which ansible-core 2.16 does not name.
    right = said.pop(RIGHT)
    assert 'interpreter' in right and 'apache_websocket' not in right
    assert said == {host: sentence for host, (_variables, sentence) in MISTAKES.items()}
