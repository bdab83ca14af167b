# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that has no host to work on fails and says what to correct; and which host a rollout begins with.

Real runs of the playbooks, on hosts whose Python is missing: they end at the first module.
"""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOKS = ('site', 'rollout', 'verify', 'revert')
# Not in the order of their names, as AWX hands them out.
HOSTS = ('omk3', 'omk1', 'omk2')
INVENTORY = {
    'all': {
        'vars': {'ansible_connection': 'local', 'ansible_python_interpreter': '/nowhere/python'},
        'children': {
            'omk': {'hosts': dict.fromkeys(HOSTS, {})},
            'second': {'hosts': {'omk2': {}}},
            'web': {'hosts': {'web1': {}}},
            'empty': {},
        },
    }
}


class Runs:
    """Runs a playbook in a folder of its own; attributes: `inventory` (dict)."""

    def __init__(self, folder, command):
        self.folder, self.command, self.inventory = folder, command, INVENTORY

    def __call__(self, playbook, *arguments):
        """Exit code, and the output as one line."""
        path = self.folder / 'inventory.json'
        path.write_text(json.dumps(self.inventory))
        environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / 'ansible.cfg'), ANSIBLE_NOCOLOR='1', COLUMNS='1000')
        environment.update(OMK_REPORT_DIR=str(self.folder / 'report'), ANSIBLE_HOME=str(self.folder / 'home'))
        done = subprocess.run(
            [*self.command, '-i', path, playbook, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, re.sub(r'\s+', ' ', done.stdout)


@pytest.fixture
def run(tmp_path, ansible_playbook):
    return Runs(tmp_path, ansible_playbook)


@pytest.mark.parametrize(
    ('playbook', 'arguments', 'sentence'),
    [
        (
            'verify',
            ['-e', 'omk_hosts=nosuch'],
            'omk_hosts is nosuch, which matches no host of the inventory (its groups with hosts are omk, second, web);',
        ),
        ('site', ['-e', 'omk_hosts=nosuch:web1:!web1'], 'omk_hosts is nosuch:web1:!web1, which matches no host'),
        ('rollout', ['-e', 'omk_hosts='], 'omk_hosts is empty; give a group or a pattern of hosts, or leave it out,'),
        ('verify', ['-e', '{"omk_hosts": null}'], 'omk_hosts is empty; give a group'),
        ('verify', ['-e', '{"omk_hosts": [" "]}'], 'give a group or a pattern of hosts, or leave it out,'),
        ('revert', ['-e', '{"omk_hosts": {"omk1": 1}}'], "omk_hosts is {'omk1': 1}; give a group or a pattern"),
        ('rollout', ['-e', 'omk_hosts=~('], 'omk_hosts is ~(, which is no pattern of hosts to Ansible ('),
        ('rollout', ['-e', 'omk_hosts=empty'], 'omk_hosts is empty, which matches no host of the inventory'),
        ('verify', ['--limit', 'web'], 'The limit web leaves none of the 3 hosts of omk; correct the limit, or'),
        (
            'rollout',
            ['-e', 'omk_canary=omk9'],
            'omk_canary is omk9, which is no host or group among the 3 hosts of omk;',
        ),
        ('rollout', ['-e', 'omk_canary=web'], 'omk_canary is web, which is no host or group among the 3 hosts of omk;'),
        (
            'rollout',
            ['-e', 'omk_order=shuffle'],
            'omk_order is shuffle; use one of inventory, sorted, reverse_inventory,',
        ),
        *[(name, ['--tags', 'x'], 'No step of this job is left under --tags x, because its') for name in PLAYBOOKS],
        ('verify', ['--skip-tags', 'all'], 'No step of this job is left under --skip-tags all, because its steps have'),
    ],
)
def test_a_run_without_hosts_fails_with_what_to_correct(run, playbook, arguments, sentence):
    code, output = run(ROOT / f'playbooks/{playbook}.yml', *arguments)
    assert code != 0, output
    assert sentence in output
    assert 'Nothing was run.' in output
    assert 'Traceback' not in output
    assert 'TASK [' not in output


@pytest.mark.parametrize('playbook', PLAYBOOKS)
@pytest.mark.parametrize(
    ('children', 'sentence'),
    [
        ({}, 'The inventory holds no host, or none was read; give one with -i.'),
        (
            {'web': {'hosts': {'web1': {}}}},
            'The inventory has no group omk; put the OMK servers into it, or name another with -e omk_hosts=GROUP '
            '(its groups with hosts are web).',
        ),
        (
            {'web': {'hosts': {'web1': {}}}, 'omk': {}},
            'The inventory has no host in the group omk; put the OMK servers',
        ),
    ],
    ids=['no-host', 'no-group', 'empty-group'],
)
def test_an_inventory_without_omk_servers_is_no_success(run, playbook, children, sentence):
    run.inventory = {'all': {'children': children}}
    code, output = run(ROOT / f'playbooks/{playbook}.yml')
    assert code != 0, output
    assert sentence in output


def test_what_lists_and_runs_nothing_needs_no_host(run):
    run.inventory = {'all': {'hosts': {'web1': {}}}}
    for argument in ('--syntax-check', '--list-hosts', '--list-tasks', '--list-tags'):
        code, output = run(ROOT / 'playbooks/verify.yml', argument)
        assert code == 0, output


def test_a_playbook_that_imports_ours_under_tags_leaves_it_out_by_them(run):
    playbook = run.folder / 'mine.yml'
    playbook.write_text(
        json.dumps(
            [
                {'ansible.builtin.import_playbook': 'opmantek.omk.verify', 'tags': ['panes']},
                {
                    'hosts': 'web',
                    'gather_facts': False,
                    'tags': ['web'],
                    'tasks': [{'name': 'Something else', 'ansible.builtin.debug': {'msg': 'hello'}}],
                },
            ]
        )
    )
    code, output = run(playbook, '--tags', 'web')
    assert (code, 'Something else' in output, 'Check from the host' in output) == (0, True, False), output
    _code, output = run(playbook, '--tags', 'panes')
    assert ('Something else' in output, 'Check from the host' in output) == (False, True), output
    code, output = run(playbook, '--tags', 'panes', '-e', 'omk_hosts=nosuch')
    assert code != 0
    assert 'omk_hosts is nosuch, which matches no host' in output


@pytest.mark.parametrize(
    ('arguments', 'first'),
    [
        ([], 'omk1'),
        (['-e', 'omk_order=inventory'], 'omk3'),
        (['-e', 'omk_order=reverse_sorted'], 'omk3'),
        (['-e', 'omk_order=reverse_inventory'], 'omk2'),
        (['-e', 'omk_canary=omk2'], 'omk2'),
        (['-e', 'omk_canary=second'], 'omk2'),
        (['-e', 'omk_canary=omk1', '-e', '{"omk_hosts": ["omk3", "omk1"]}'], 'omk1'),
        (['-e', 'omk_canary=omk2', '--limit', '!omk2'], 'omk3'),
    ],
)
def test_the_first_host_of_a_rollout(run, arguments, first):
    _code, output = run(ROOT / 'playbooks/rollout.yml', '--check', *arguments)
    assert re.search(r'hosts in \d batches: [1, ]+\. First (\w+)\.', output)[1] == first
    # And it is the one on which the work begins.
    assert re.search(r'Check from the host\] \*+ (?:\[ERROR\]: .*?)?fatal: \[(\w+)\]', output)[1] == first


@pytest.mark.parametrize('order', ['inventory', 'sorted', 'reverse_inventory', 'reverse_sorted'])
def test_every_batch_knows_its_number_in_every_order(run, order):
    batch = [{'name': 'Begin', 'ansible.builtin.import_tasks': str(ROOT / 'playbooks/tasks/begin_batch.yml')}]
    said = {'name': 'Say', 'ansible.builtin.debug': {'msg': '{{ inventory_hostname }}={{ omk_batch }}'}}
    play = {'hosts': 'omk', 'order': order, 'serial': [1], 'gather_facts': False, 'tasks': [*batch, said]}
    play['vars'] = {'__omk_order': order, '__omk_batches': [1]}
    playbook = run.folder / 'batches.yml'
    playbook.write_text(json.dumps([play]))
    code, output = run(playbook)
    assert code == 0, output
    ordered = {'inventory': HOSTS, 'sorted': sorted(HOSTS), 'reverse_inventory': HOSTS[::-1]}
    ordered['reverse_sorted'] = sorted(HOSTS, reverse=True)
    assert re.findall(r'"msg": "(omk\d=\d)"', output) == [f'{host}={n}' for n, host in enumerate(ordered[order], 1)]


@pytest.mark.parametrize('playbook', ['site', 'rollout', 'verify'])
@pytest.mark.parametrize(
    ('given', 'use'),
    [
        ('websocket_check_from=controler', 'host or controller'),
        ('omk_rollback=flase', 'true or false'),
        ('websocket_check_required=perhaps', 'true or false'),
        ('apache_websocket_restart=gracefull', 'graceful or full'),
    ],
)
def test_a_misspelt_word_is_told_before_anything_is_done(run, playbook, given, use):
    code, output = run(ROOT / f'playbooks/{playbook}.yml', '-e', given)
    assert code != 0, output
    name, _equals, word = given.partition('=')
    said = f'{name} is {word!r}; use {use}. Nothing was done on the host.'
    # Once for a host; before its Python is called, which is not there.
    assert said in output and '/nowhere/python' not in output, output
    report = json.loads((run.folder / 'report/latest/report.json').read_text())
    tried = [one for one in report['hosts'] if 'Not tried' not in one['advice']]
    assert tried and {(one['status'], one['advice']) for one in tried} == {('failed', said)}


@pytest.mark.parametrize('playbook', ['site', 'verify'])
def test_a_python_that_cannot_be_run_is_named_with_its_variable(run, playbook):
    code, output = run(ROOT / f'playbooks/{playbook}.yml')
    assert code != 0, output
    report = json.loads((run.folder / 'report/latest/report.json').read_text())
    assert {one['status'] for one in report['hosts']} == {'failed'}
    for advice in {one['advice'] for one in report['hosts']}:
        assert advice.startswith('The Python of the host cannot be run ('), advice
        assert '/nowhere/python' in advice and advice.endswith('; correct ansible_python_interpreter.'), advice


@pytest.mark.parametrize('playbook', ['site', 'verify'])
def test_a_path_that_is_text_is_told_before_anything_is_done(run, playbook):
    code, output = run(ROOT / f'playbooks/{playbook}.yml', '-e', 'apache_websocket_paths=/en/omk/opCharts/events/log')
    assert code != 0, output
    said = 'apache_websocket_paths is text; give a list, as in ["/en/omk/opCharts/events/log"].'
    assert said in ' '.join(output.replace('\\"', '"').split()) and '/nowhere/python' not in output, output


@pytest.mark.parametrize('playbook', ['site', 'rollout'])
def test_a_place_of_omk_that_is_none_is_told_before_anything_is_done(run, playbook):
    code, output = run(
        ROOT / f'playbooks/{playbook}.yml', '-e', 'omk_websocket_listen=8042', '-e', '{"omk_batches": ["100%"]}'
    )
    assert code != 0, output
    said = (
        "omk_websocket_listen, '8042', is not HOST:PORT; give it as in localhost:8042 or [::1]:8042. Nothing was done"
    )
    assert said in ' '.join(output.split()) and '/nowhere/python' not in output, output


@pytest.mark.parametrize('playbook', ['site', 'rollout', 'verify'])
def test_a_misspelt_variable_is_told_once(run, playbook):
    _code, output = run(
        ROOT / f'playbooks/{playbook}.yml', '-e', 'omk_rolback=false', '-e', '{"omk_batches": ["100%"]}'
    )
    assert output.count('omk_rolback is no variable of this collection; did you mean omk_rollback?') == 1, output
    assert 'omk_batches is no variable' not in output
    # Somebody may count on them.
    assert output.count('omk_batches has no effect here') == (playbook == 'site'), output


@pytest.mark.parametrize('playbook', ['rollout', 'revert'])
@pytest.mark.parametrize(
    ('variables', 'sentence'),
    [
        (
            {'omk_batches': [2, '100%']},
            'omk_batches (2, 100%) is not what Ansible made the batches of, because it makes them before it reads the '
            'inventory; give omk_batches with -e, or in the survey of a job template. This batch was not begun.',
        ),
        (
            {'omk_batches': ['some']},
            "omk_batches holds 'some', which is not a batch size; use whole numbers from 1 and percentages, as in "
            '[1, "10%", "100%"].',
        ),
        (
            {'omk_batches': 1, 'omk_max_fail_percentage': 'few'},
            "omk_max_fail_percentage is 'few'; use a number from 0 to 100.",
        ),
    ],
    ids=['batches', 'no-batch', 'no-percentage'],
)
def test_batches_in_an_inventory_are_refused_with_one_sentence(run, playbook, variables, sentence):
    groups = INVENTORY['all']['children']
    of_group = {'omk': {**groups['omk'], 'vars': variables}}
    run.inventory = {'all': {**INVENTORY['all'], 'children': {**groups, **of_group}}}
    code, output = run(ROOT / f'playbooks/{playbook}.yml')
    assert code != 0, output
    assert 'Traceback' not in output and 'caused by' not in output, output
    report = json.loads((run.folder / 'report/latest/report.json').read_text())
    said = [one['advice'] for one in report['hosts'] if one['status'] == 'failed']
    assert said == [sentence]
    assert '/nowhere/python' not in output
