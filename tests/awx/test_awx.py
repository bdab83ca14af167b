# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX gets what the vars file says, once, predicted by check mode, and loses it again."""

import copy
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import stand_in
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / 'examples/awx-project'
pytestmark = pytest.mark.exhaustive
P = 'OMK Events panes'
KINDS = (
    'execution_environments',
    'projects',
    'inventories',
    'inventory_sources',
    'job_templates',
    'workflow_job_templates',
    'workflow_job_template_nodes',
    'schedules',
)


PAGE = (ROOT / 'docs/awx.md').read_text(encoding='utf-8')


def counts(awx):
    return {kind: len(awx.state.objects[kind]) for kind in KINDS}


def compare(awx, wanted):
    """Hold every object against the vars file."""
    find, linked = awx.state.find, awx.state.linked
    environment = find(
        'execution_environments', organization=awx.organization, **wanted['omk_awx_execution_environment']
    )
    project = find('projects', organization=awx.organization, **wanted['omk_awx_project'])
    inventory = find('inventories', organization=awx.organization, name=wanted['omk_awx_inventory'])
    find(
        'inventory_sources',
        inventory=inventory['id'],
        source_project=project['id'],
        **wanted['omk_awx_inventory_source'],
    )
    for template in wanted['omk_awx_job_templates']:
        there = find(
            'job_templates',
            name=template['name'],
            description=template['description'],
            playbook=template['playbook'],
            project=project['id'],
            inventory=inventory['id'],
            execution_environment=environment['id'],
            job_type='run',
            become_enabled=True,
            forks=20,
            job_slice_count=1,
            survey_enabled=True,
            allow_simultaneous=False,
        )
        assert linked('job_templates', there['id'], 'credentials') == [awx.credential]
        assert awx.state.surveys[there['id']]['spec'] == template['survey']
        assert {name for name in there if name.startswith('ask_') and there[name]} == {
            f'ask_{what}_on_launch' for what in ('limit', 'job_type', 'diff_mode', 'verbosity', 'forks')
        }
    schedule = dict(wanted['omk_awx_schedule'])
    verify = find('job_templates', name=schedule.pop('template'))
    find('schedules', unified_job_template=verify['id'], **schedule)
    workflow = find(
        'workflow_job_templates',
        name=wanted['omk_awx_workflow']['name'],
        organization=awx.organization,
        description=wanted['omk_awx_workflow']['description'],
    )
    for node in wanted['omk_awx_workflow']['nodes']:
        there = find(
            'workflow_job_template_nodes',
            identifier=node['identifier'],
            workflow_job_template=workflow['id'],
            unified_job_template=find('job_templates', name=node['template'])['id'],
        )
        for way in ('success', 'failure', 'always'):
            following = [
                awx.state.objects['workflow_job_template_nodes'][key]['identifier']
                for key in linked('workflow_job_template_nodes', there['id'], way + '_nodes')
            ]
            assert following == node.get(way, [])


@pytest.mark.exhaustive
def test_from_nothing_to_everything_and_back(awx):
    nothing = counts(awx)
    untouched = awx.state.whole()
    assert set(nothing.values()) == {0}

    predicted = awx.run('--check')
    assert predicted.code == 0, predicted.output
    assert awx.server.written() == []
    assert counts(awx) == nothing

    made = awx.run()
    assert made.code == 0, made.output
    assert counts(awx) == dict(zip(KINDS, (1, 1, 1, 1, 3, 1, 3, 1), strict=True))
    compare(awx, awx.wanted())
    # Check mode named every template, the workflow, its nodes and the schedule.
    named = {item for _task, items in predicted.changed for item in items}
    assert named == {
        one['name']
        for kind in ('job_templates', 'workflow_job_templates', 'schedules')
        for one in awx.state.objects[kind].values()
    } | {one['identifier'] for one in awx.state.objects['workflow_job_template_nodes'].values()} | {
        f'{P} (inventory source)'
    }
    assert made.stats['changed'] > 0
    awx.server.written()

    before = awx.state.whole()
    for arguments in ([], ['--check']):
        again = awx.run(*arguments)
        assert (again.code, again.stats['changed'], again.changed) == (0, 0, []), again.output
        assert awx.server.written() == []
        assert awx.state.whole() == before

    gone = awx.run('--check', omk_awx_state='absent')
    assert gone.code == 0, gone.output
    assert awx.server.written() == []
    really = awx.run(omk_awx_state='absent')
    assert really.code == 0, really.output
    assert really.changed == gone.changed
    assert awx.state.whole() == untouched
    assert awx.run(omk_awx_state='absent').stats['changed'] == 0


def test_what_changes_in_the_data_changes_in_awx_and_nothing_else(awx):
    assert awx.run().code == 0
    awx.server.written()

    def paths():
        return {(method, re.sub(r'^/api/v2/', '', path)) for method, path in awx.server.written()}

    schedule = awx.state.find('schedules')['id']
    environment = awx.state.find('execution_environments')['id']
    change = {'omk_awx_verify_at': '05:30', 'omk_awx_image': 'registry.example.com/omk-ee:0.2.0'}
    predicted = awx.run('--check', **change)
    assert paths() == set()
    changed = awx.run(**change)
    assert changed.changed == predicted.changed
    assert changed.changed == [('Create the execution environment', []), ('Create the schedule', [])]
    assert paths() == {('PATCH', f'schedules/{schedule}/'), ('PATCH', f'execution_environments/{environment}/')}
    compare(awx, awx.wanted(**change))

    wanted = awx.wanted(**change)
    templates, workflow = wanted['omk_awx_job_templates'], wanted['omk_awx_workflow']
    templates[2]['survey'][0]['default'] = 'omk_test'
    workflow['nodes'][1] = {**workflow['nodes'][1], 'always': [], 'success': ['verify-after']}
    revert = awx.state.find('job_templates', name=templates[2]['name'])['id']
    node = awx.state.find('workflow_job_template_nodes', identifier='roll-out')['id']
    change.update(omk_awx_job_templates=templates, omk_awx_workflow=workflow)
    changed = awx.run(**change)
    assert changed.changed == [
        ('Create the job templates', [f'{P}: revert']),
        ('Create the nodes of the workflow', ['roll-out']),
    ]
    assert paths() == {('POST', f'job_templates/{revert}/survey_spec/')} | {
        ('POST', f'workflow_job_template_nodes/{node}/{way}_nodes/') for way in ('always', 'success')
    }
    compare(awx, awx.wanted(**change))
    assert set(counts(awx).values()) == {1, 3}
    assert len(awx.state.objects['organizations']) == 1


def test_an_inventory_that_was_there_is_used_and_never_removed(awx):
    inventory = awx.state.add('inventories', name='Servers', organization=awx.organization)
    change = {'omk_awx_inventory': 'Servers', 'omk_awx_inventory_path': '', 'omk_awx_image': ''}
    assert awx.run(**change).code == 0
    assert {one['inventory'] for one in awx.state.objects['job_templates'].values()} == {inventory}
    assert awx.state.objects['inventory_sources'] == awx.state.objects['execution_environments'] == {}
    assert awx.run(**change).stats['changed'] == 0
    assert awx.run(omk_awx_state='absent', **change).code == 0
    assert list(awx.state.objects['inventories']) == [inventory]
    assert awx.state.objects['projects'] == {}


def test_an_execution_environment_that_is_not_ours_stays(awx):
    awx.state.add('execution_environments', name=P, image='registry.example.com/theirs:1')
    assert awx.run(omk_awx_image='').code == 0
    assert awx.run(omk_awx_state='absent', omk_awx_image='').code == 0
    assert [one['name'] for one in awx.state.objects['execution_environments'].values()] == [P]


def test_verify_is_sliced_by_itself(awx):
    assert awx.run(omk_awx_slices=2).code == 0
    assert {one['name']: one['job_slice_count'] for one in awx.state.objects['job_templates'].values()} == {
        f'{P}: verify': 2,
        f'{P}: roll out': 1,
        f'{P}: revert': 1,
    }


def test_a_required_question_gets_no_default(awx):
    """The stand-in refuses what AWX 24.6.1 refuses in schedules and launches; what is made here needs no answer."""
    assert awx.run().code == 0
    state = awx.state
    for one in state.objects['job_templates'].values():
        asks = [question['variable'] for question in state.surveys[one['id']]['spec'] if question['required']]
        assert asks == (['omk_hosts'] if one['name'] == f'{P}: revert' else [])
    for kind, name in (('job_templates', f'{P}: verify'), ('workflow_job_templates', f'{P}: verify, roll out, verify')):
        assert state.launch(kind, state.find(kind, name=name)['id'], {})['status'] == 'successful'
    revert = state.find('job_templates', name=f'{P}: revert')['id']
    schedule = {'name': 'S', 'rrule': state.find('schedules')['rrule'], 'unified_job_template': revert}
    missing = {'variables_needed_to_start': ["'omk_hosts' value missing"]}
    for refused in (lambda: state.create('schedules', schedule), lambda: state.launch('job_templates', revert, {})):
        with pytest.raises(stand_in.Refused) as refusal:
            refused()
        assert refusal.value.body == missing
    state.create('schedules', {**schedule, 'extra_data': {'omk_hosts': 'omk'}})
    with pytest.raises(stand_in.Refused, match='not allowed on launch'):
        state.create('schedules', {**schedule, 'name': 'T', 'extra_data': {'omk_hosts': 'omk', 'other': 1}})


def test_an_organization_without_a_galaxy_credential(awx):
    state = awx.state
    assert awx.run(omk_awx_image='').code == 0
    verify = state.find('job_templates', name=f'{P}: verify')['id']
    assert state.launch('job_templates', verify, {})['status'] == 'successful'
    state.associate('organizations', awx.organization, 'galaxy_credentials', {'id': awx.galaxy, 'disassociate': True})
    assert state.launch('job_templates', verify, {})['status'] == 'failed'
    awx.server.written()
    done = awx.run(omk_awx_image='')
    assert done.code != 0
    assert 'The organization Operations has no Galaxy credential' in done.message
    assert done.message.endswith('Nothing was changed.')
    assert awx.server.written() == []
    assert awx.run().code == 0  # the image brings the collection


def test_an_inventory_of_others_is_neither_adopted_nor_removed(awx):
    theirs = awx.state.add('inventories', name='Production', organization=awx.organization, description='Ours')
    awx.server.written()
    done = awx.run(omk_awx_inventory='Production')
    assert done.code != 0
    assert 'AWX has an inventory Production that was not made here' in done.message
    assert awx.server.written() == []
    assert awx.run(omk_awx_inventory='Production', omk_awx_state='absent').code == 0
    assert list(awx.state.objects['inventories']) == [theirs]


def test_an_execution_environment_of_others_is_not_adopted(awx):
    awx.state.add('execution_environments', name=P, image='registry.example.com/theirs:1')
    awx.server.written()
    done = awx.run()
    assert f'AWX has an execution environment {P} that was not made here' in done.message
    assert awx.server.written() == []


def test_credentials_of_the_same_name(awx):
    """The organization's own are meant, then the only one there is; of several, none is picked."""
    state = awx.state
    others = state.add('organizations', name='Others')
    state.add('credentials', name='OMK servers', credential_type=1, organization=others)
    sentence = 'AWX has more than one credential OMK servers that can be meant'
    awx.server.written()
    done = awx.run()
    assert sentence in done.message, done.output
    assert done.message.endswith('Nothing was changed.')
    assert awx.server.written() == []
    mine = state.add('credentials', name='OMK servers', credential_type=1, organization=awx.organization)
    # For the project, one that reads a repository: the machine credential may bear its name.
    git = state.add('credentials', name='OMK servers', credential_type=2, organization=awx.organization)
    change = {'omk_awx_scm_credential': 'OMK servers'}
    done = awx.run(**change)
    assert done.code == 0, done.message
    assert {tuple(state.linked('job_templates', key, 'credentials')) for key in state.objects['job_templates']} == {
        (mine,)
    }
    assert state.find('projects')['credential'] == git
    assert awx.run(**change).stats['changed'] == 0


def test_an_execution_environment_of_another_organization_is_not_ours(awx):
    """Its name is unique in all of AWX, and the other organization may have made its own with this playbook."""
    state = awx.state
    state.add('organizations', name='Others')
    assert awx.run(omk_awx_organization='Others', omk_awx_collection_in_image=True).code == 0
    before = state.whole()
    awx.server.written()
    done = awx.run()
    assert f'AWX has an execution environment {P} that was not made here' in done.message
    assert awx.server.written() == []
    assert awx.run(omk_awx_state='absent').code == 0
    made = awx.run(omk_awx_image='')
    assert made.code == 0, made.message
    assert awx.run(omk_awx_state='absent').code == 0
    assert state.whole() == before


def test_without_its_image_the_execution_environment_goes_and_nothing_stays_bound_to_it(awx):
    assert awx.run().code == 0
    assert awx.run(omk_awx_image='').code == 0
    assert awx.state.objects['execution_environments'] == {}
    assert {one['execution_environment'] for one in awx.state.objects['job_templates'].values()} == {None}
    assert awx.run(omk_awx_image='').stats['changed'] == 0
    assert awx.run().code == 0
    assert awx.run(omk_awx_image='', omk_awx_state='absent').code == 0
    assert awx.state.objects['execution_environments'] == {}


def test_a_repository_that_cannot_be_fetched(awx):
    url = awx.wanted()['omk_awx_project']['scm_url']
    awx.state.unreachable[url] = "fatal: repository 'omk-awx.git'\nnot found"
    done = awx.run()
    assert done.code != 0
    assert (
        f"set up the project from {url} (fatal: repository 'omk-awx.git' not found); correct omk_awx_scm_url"
        in done.message
    )
    assert awx.state.find('projects')['status'] == 'failed'
    # Nothing of the project changes, and AWX does not try again by itself.
    again = awx.run()
    assert "(fatal: repository 'omk-awx.git' not found)" in again.message
    awx.state.unreachable.clear()
    healed = awx.run()
    assert healed.code == 0, healed.output
    assert awx.state.find('projects')['status'] == 'successful'
    assert counts(awx)['job_templates'] == 3
    assert awx.run().stats['changed'] == 0


def test_slices_leave_no_prompt_for_the_limit(awx):
    assert awx.run(omk_awx_slices=2).code == 0
    prompts = {
        one['name'].rpartition(': ')[2]: (one['ask_limit_on_launch'], one['ask_job_slice_count_on_launch'])
        for one in awx.state.objects['job_templates'].values()
    }
    assert prompts == {'verify': (False, True), 'roll out': (True, False), 'revert': (True, False)}
    assert awx.state.find('workflow_job_templates')['ask_limit_on_launch'] is False


def test_more_options_of_every_object(awx):
    add = awx.state.add
    label = add('labels', name='OMK', organization=awx.organization)
    groups = add('instance_groups', name='dmz')
    mail = add('notification_templates', name='Mail', organization=awx.organization)
    team = add('teams', name='Operators', organization=awx.organization)
    user = add('users', username='operator')
    registry = awx.state.add('credentials', name='Registry', credential_type=18)
    # The examples of the page, each as it stands there.
    documented = re.findall(r'^\| `(omk_awx_\w+_options)` \| `([^`]+)`', PAGE, re.MULTILINE)
    options = {name: yaml.safe_load(example) for name, example in documented}
    known = yaml.safe_load((ROOT / 'playbooks/vars/awx.yml').read_text())
    assert set(options) == {name for name in known if name.endswith('_options')}
    foretold = awx.run('--check', **options)
    assert ('the right to execute' in [item for _task, items in foretold.changed for item in items]) is True
    done = awx.run(**options)
    assert done.code == 0, done.output
    find, linked = awx.state.find, awx.state.linked
    assert find('execution_environments')['credential'] == registry
    assert find('projects')['timeout'] == 120
    assert find('inventories')['prevent_instance_group_fallback'] is True
    assert find('inventory_sources')['timeout'] == 60
    assert find('schedules')['verbosity'] == 1
    assert find('workflow_job_templates')['allow_simultaneous'] is True
    for key, one in awx.state.objects['job_templates'].items():
        assert one['timeout'] == 3600
        assert linked('job_templates', key, 'labels') == [label]
        assert linked('job_templates', key, 'instance_groups') == [groups]
        assert linked('job_templates', key, 'notification_templates_error') == [mail]
    assert linked('workflow_job_templates', find('workflow_job_templates')['id'], 'notification_templates_success') == [
        mail
    ]
    assert list(awx.state.roles.values()) == [{'teams': [team], 'users': [user]}] * 4
    assert awx.run(**options).stats['changed'] == 0
    assert awx.run('--check', **options).stats['changed'] == 0


def test_the_right_to_execute_some_of_the_templates(awx):
    team = awx.state.add('teams', name='Operators', organization=awx.organization)
    awx.state.add('teams', name='Operators', organization=awx.state.add('organizations', name='Others'))
    narrow = {'teams': ['Operators'], 'job_templates': [f'{P}: verify'], 'workflows': []}
    assert awx.run(omk_awx_execute_options=narrow).code == 0
    granted = {
        one['name'].rpartition(': ')[2]: awx.state.roles[one['summary_fields']['object_roles']['execute_role']['id']]
        for kind in ('job_templates', 'workflow_job_templates')
        for one in awx.state.objects[kind].values()
    }
    nobody = {'teams': [], 'users': []}
    assert granted == {
        'verify': {'teams': [team], 'users': []},
        'roll out': nobody,
        'revert': nobody,
        'verify, roll out, verify': nobody,
    }


def test_hosts_reach_a_job_in_no_order_and_a_rollout_begins_with_the_same(awx, tmp_path):
    project = tmp_path / 'project'
    shutil.copytree(PROJECT, project)
    names = [f'omk{number}' for number in range(1, 9)]
    (project / 'inventory.ini').write_text('\n'.join(['[omk]', *names, '']))
    assert awx.run().code == 0
    awx.state.repository = project
    template = awx.state.find('job_templates', name=f'{P}: roll out')['id']
    launches = [awx.state.launch('job_templates', template, {})['hosts'][0] for _launch in range(20)]
    assert {frozenset(one) for one in launches} == {frozenset(names)}
    orders = [one for one in launches if one[0] != 'omk1']
    assert orders, 'the stand-in has an order'
    inventory = tmp_path / 'inventory.json'
    variables = {'ansible_connection': 'local', 'ansible_python_interpreter': '/nowhere/python'}
    inventory.write_text(json.dumps({'omk': {'hosts': dict.fromkeys(orders[0], {}), 'vars': variables}}))
    done = subprocess.run(
        [sys.executable, '-m', 'ansible', 'playbook', '-i', inventory, ROOT / 'playbooks/rollout.yml', '--check'],
        env=dict(awx.environment, ANSIBLE_STDOUT_CALLBACK='default', OMK_REPORT_DIR=str(tmp_path / 'report')),
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'First omk1.' in done.stdout, done.stdout + done.stderr


def test_a_slice_without_a_host_of_the_limit_fails(awx):
    """So what is made here has slices or a prompt for the limit, and an admin who adds the prompt sees it fail."""
    assert awx.run(omk_awx_slices=2).code == 0
    state = awx.state
    one = {'limit': 'omk1.example.com'}
    rollout = state.find('job_templates', name=f'{P}: roll out')['id']
    job = state.launch('job_templates', rollout, one)
    assert (job['status'], job['hosts']) == ('successful', [['omk1.example.com']])
    assert state.launch('job_templates', rollout, {'limit': 'nosuch'})['status'] == 'failed'
    verify = state.find('job_templates', name=f'{P}: verify')['id']
    job = state.launch('job_templates', verify, one)
    assert (job['status'], job['ignored_fields'], len(job['hosts'])) == ('successful', one, 2)
    state.change('job_templates', verify, {'ask_limit_on_launch': True})
    job = state.launch('job_templates', verify, one)
    assert (job['status'], job['job_explanation']) == ('failed', 'leaves us with no hosts to target')


def test_an_approval_between_verify_and_roll_out(awx):
    def leads():
        nodes = awx.state.objects['workflow_job_template_nodes']
        return {
            (nodes[key]['identifier'], way, nodes[other]['identifier'])
            for (kind, key, way), others in awx.state.links.items()
            if kind == 'workflow_job_template_nodes'
            for other in others
        }

    plain = {('roll-out', 'always_nodes', 'verify-after'), ('verify-before', 'failure_nodes', 'roll-out')}
    assert awx.run().code == 0
    assert leads() == plain
    foretold = awx.run('--check', omk_awx_approval=True)
    assert foretold.code == 0, foretold.output
    assert foretold.changed
    with_approval = {
        ('roll-out', 'always_nodes', 'verify-after'),
        ('verify-before', 'failure_nodes', 'approve'),
        ('approve', 'success_nodes', 'roll-out'),
    }
    done = awx.run(omk_awx_approval=True)
    assert done.code == 0, done.output
    assert leads() == with_approval
    assert [one['name'] for one in awx.state.objects['workflow_approval_templates'].values()] == [
        f'{P}: approve the roll out'
    ]
    assert awx.run(omk_awx_approval=True).stats['changed'] == 0
    assert awx.run().code == 0
    assert leads() == plain
    assert awx.state.objects['workflow_approval_templates'] == {}


@pytest.mark.parametrize(
    ('remove', 'given', 'sentence'),
    [
        (['CONTROLLER_HOST'], {}, 'No AWX is named; set CONTROLLER_HOST'),
        (['CONTROLLER_OAUTH_TOKEN'], {}, 'There is no token for http://127.0.0.1:'),
        ([], {'omk_awx_scm_url': ''}, 'No repository is named for the project'),
        ([], {'omk_awx_verify_at': 870}, 'omk_awx_verify_at is 870, which is no time of day; give it in quotes'),
        ([], {'omk_awx_verify_at': '24:00'}, 'omk_awx_verify_at is 24:00, which is no time of day'),
        ([], {'omk_awx_state': 'gone'}, 'omk_awx_state is gone, but has to be present or absent.'),
        (
            [],
            {'omk_awx_credentials': ['OMK servers', 'Nobody']},
            'AWX has no credential Nobody that this token can see;',
        ),
        ([], {'omk_awx_scm_credential': 'Git'}, 'AWX has no credential Git that this token can see;'),
        ([], {'omk_awx_inventory': 'X', 'omk_awx_inventory_path': ''}, 'AWX has no inventory X in the organization'),
        ([], {'omk_awx_organization': 'Nobody'}, 'AWX has no organization Nobody that this token can see'),
        ([], {'omk_awx_token': 'wrong'}, 'does not answer as it should (Invalid authentication credentials for '),
        ([], {'omk_awx_host': 'http://127.0.0.1:9'}, 'AWX at http://127.0.0.1:9 does not answer as it should ('),
    ],
)
def test_one_sentence_for_what_is_missing(awx, remove, given, sentence):
    for name in remove:
        del awx.environment[name]
    done = awx.run(**given)
    assert done.code != 0
    assert sentence in done.message
    assert done.message.endswith('Nothing was changed.')
    assert '\n' not in done.message
    assert awx.server.written() == []


def test_one_sentence_when_awx_awx_is_missing(awx):
    # Ansible looks beside itself for collections, in site-packages: this environment has it there.
    awx.environment['ANSIBLE_COLLECTIONS_SCAN_SYS_PATH'] = 'false'
    awx.environment['ANSIBLE_STDOUT_CALLBACK'] = 'ansible.builtin.default'
    with pytest.raises(AssertionError) as failure:
        awx.run()
    assert (
        'The collection awx.awx is missing; install it with: ansible-galaxy collection install awx.awx.'
        ' Nothing was changed.'
    ) in str(failure.value)


@pytest.mark.parametrize(
    ('where', 'change', 'complaint'),
    [
        ('omk_awx_schedule', lambda data: data.update(rrule='FREQ=DAILY'), 'rrule parsing failed validation.'),
        ('omk_awx_project', lambda data: data.update(scm_type='svm'), 'value of scm_type must be one of'),
        ('omk_awx_workflow', lambda data: data['nodes'][0].update(failure=['verify-after']), 'Cycle detected.'),
    ],
    ids=['rrule', 'scm-type', 'cycle'],
)
def test_what_awx_would_refuse_is_refused(awx, where, change, complaint):
    data = awx.wanted()[where]
    change(data)
    if where == 'omk_awx_workflow':
        assert awx.run().code == 0
    done = awx.run(**{where: data})
    assert done.code != 0
    assert complaint in done.output


def test_templates_that_awx_would_refuse_are_refused(awx):
    """Each by itself, in one run: one item of a loop that fails does not keep the others from being tried."""
    good = awx.wanted()['omk_awx_job_templates'][0]
    wrong = [
        (lambda data: data.update(playbook='site.yml'), 'Playbook not found for project.'),
        (lambda data: data['survey'][0].pop('variable'), "a question lacks ['variable']"),
        (lambda data: data['survey'][0].update(kind='text'), "has ['kind']"),
        (lambda data: data['survey'][1].update(default='0'), "the default '0' does not fit"),
    ]
    templates = []
    for number, (change, _complaint) in enumerate(wrong):
        templates.append(copy.deepcopy(good) | {'name': f'{P}: {number}'})
        change(templates[-1])
    done = awx.run(omk_awx_job_templates=templates)
    assert done.code != 0
    assert len(done.messages) == len(wrong), done.messages
    for message, (_change, complaint) in zip(done.messages, wrong, strict=True):
        assert complaint in message


def test_from_an_organization_to_jobs_with_the_page_alone(awx):
    """What the page has people make before is what is there; what its file says is all that is given."""
    state = awx.state
    given = yaml.safe_load(re.search(r'```yaml\n# my-awx.yml\n(.*?)```', PAGE, re.DOTALL)[1])
    assert given['omk_awx_organization'] == state.find('organizations')['name']
    assert awx.run('--check', given=given).code == 0
    made = awx.run(given=given)
    assert made.code == 0, made.output
    assert awx.run(given=given).stats['changed'] == 0
    for one, kind, data in (
        ('verify', 'job_templates', {}),
        ('roll out', 'job_templates', {'job_type': 'check'}),
        ('roll out', 'job_templates', {'job_type': 'run', 'limit': 'omk1.example.com'}),
        ('verify, roll out, verify', 'workflow_job_templates', {}),
        ('revert', 'job_templates', {'extra_vars': {'omk_hosts': 'omk'}}),
    ):
        job = state.launch(kind, state.find(kind, name=f'{P}: {one}')['id'], data)
        assert (job['status'], job['ignored_fields']) == ('successful', {}), one
    gone = awx.run(omk_awx_state='absent', given=given)
    assert gone.code == 0, gone.output
    assert set(counts(awx).values()) == {0}


def test_absent_leaves_everything_of_others(awx):
    """Also what bears our names in another organization, and what stands beside ours."""
    state = awx.state
    others = state.add('organizations', name='Others')
    for organization, name in ((others, P), (awx.organization, 'Web')):
        project = state.add(
            'projects', name=name, organization=organization, scm_type='git', scm_url='https://git.example.com/x.git'
        )
        update = state.objects['projects'][project]['summary_fields']['current_update']['id']
        assert [state.update(update)['status'] for _look in range(2)] == ['running', 'successful']
        inventory = state.add('inventories', name=name, organization=organization)
        state.add(
            'inventory_sources',
            name=name,
            inventory=inventory,
            source='scm',
            source_project=project,
            source_path='inventory.ini',
        )
        template = state.add(
            'job_templates', name=f'{name}: verify', project=project, inventory=inventory, playbook='verify.yml'
        )
        state.add(
            'schedules',
            name=f'{name}: daily verify',
            unified_job_template=template,
            rrule='DTSTART;TZID=UTC:20260101T060000 RRULE:FREQ=DAILY;INTERVAL=1',
        )
        workflow = state.add(
            'workflow_job_templates', name=f'{name}: verify, roll out, verify', organization=organization
        )
        state.add(
            'workflow_job_template_nodes',
            identifier='roll-out',
            workflow_job_template=workflow,
            unified_job_template=template,
        )
    state.add('execution_environments', name='Web', image='registry.example.com/web:1', organization=awx.organization)
    state.add('labels', name='OMK', organization=awx.organization)
    before = state.whole()
    made = awx.run()
    assert made.code == 0, made.message
    assert state.whole() != before
    assert awx.run().stats['changed'] == 0
    gone = awx.run(omk_awx_state='absent')
    assert gone.code == 0, gone.output
    assert state.whole() == before


def test_nothing_is_removed_while_a_job_of_it_runs(awx):
    """AWX refuses to remove what a job uses, when others have gone already."""
    state = awx.state
    assert awx.run().code == 0
    verify = state.find('job_templates', name=f'{P}: verify')['id']
    # More jobs of others than fit a page.
    project = state.add('projects', name='Web', organization=awx.organization)
    state.objects['projects'][project]['playbooks'] = ['verify.yml']
    web = state.add('job_templates', name='Web', project=project, playbook='verify.yml', ask_inventory_on_launch=True)
    others = [state.start('job_templates', web) for _job in range(30)]
    before = state.whole()
    job = state.start('job_templates', verify)
    awx.server.written()
    done = awx.run(omk_awx_state='absent')
    assert f'AWX has not ended {P}: verify (job {job}) yet; wait for it, or cancel it' in done.message
    assert done.message.endswith('Nothing was changed.')
    assert awx.server.written() == []
    assert state.whole() == before
    state.end(job)
    gone = awx.run(omk_awx_state='absent')
    assert gone.code == 0, gone.output
    assert [one['name'] for one in state.objects['job_templates'].values()] == ['Web']
    assert len(others) == len(state.running)


def test_a_job_does_not_warn_about_the_python_of_each_host(awx, tmp_path):
    inventory = tmp_path / 'inventory.json'
    variables = {'ansible_connection': 'local'}
    inventory.write_text(json.dumps({'omk': {'hosts': {'omk1': {}, 'omk2': {}}, 'vars': variables}}))
    done = subprocess.run(
        [sys.executable, '-m', 'ansible', 'playbook', '-i', inventory, 'verify.yml'],
        cwd=PROJECT,
        env=dict(
            awx.environment,
            ANSIBLE_CONFIG=str(PROJECT / 'ansible.cfg'),
            ANSIBLE_STDOUT_CALLBACK='default',
            AWX_ISOLATED_DATA_DIR=str(tmp_path / 'artifacts'),
            PATH='/usr/bin:/bin',  # where Ansible looks for a Python
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert '2 hosts: 2 yellow' in done.stdout, done.stdout
    assert 'WARNING' not in done.stdout, done.stdout


def test_the_example_project_offers_its_three_playbooks():
    assert stand_in.playbooks(PROJECT) == ['revert.yml', 'rollout.yml', 'verify.yml']
    names = {
        template['playbook']
        for template in yaml.safe_load((ROOT / 'playbooks/vars/awx.yml').read_text())['omk_awx_job_templates']
    }
    assert names == {'revert.yml', 'rollout.yml', 'verify.yml'}


def test_the_example_project_asks_for_this_version_of_the_collection():
    version = yaml.safe_load((ROOT / 'galaxy.yml').read_text())['version']
    wanted = yaml.safe_load((PROJECT / 'collections/requirements.yml').read_text())['collections']
    assert wanted == [{'name': f'collections/opmantek-omk-{version}.tar.gz', 'type': 'file'}]
