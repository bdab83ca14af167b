# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX gets what the vars file says, once, predicted by check mode, and loses it again."""

import copy
import pathlib
import re

import pytest
import stand_in
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / 'examples/awx-project'
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


def test_from_nothing_to_everything_and_back(awx):
    nothing = counts(awx)
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

    before = copy.deepcopy((awx.state.objects, awx.state.links, awx.state.surveys))
    for arguments in ([], ['--check']):
        again = awx.run(*arguments)
        assert (again.code, again.stats['changed'], again.changed) == (0, 0, []), again.output
        assert awx.server.written() == []
        assert (awx.state.objects, awx.state.links, awx.state.surveys) == before

    gone = awx.run('--check', omk_awx_state='absent')
    assert gone.code == 0, gone.output
    assert awx.server.written() == []
    really = awx.run(omk_awx_state='absent')
    assert really.code == 0, really.output
    assert really.changed == gone.changed
    assert counts(awx) == nothing
    assert [one['name'] for one in awx.state.objects['organizations'].values()] == ['Operations']
    assert [one['name'] for one in awx.state.objects['credentials'].values()] == ['OMK servers', 'Ansible Galaxy']
    assert awx.run(omk_awx_state='absent').stats['changed'] == 0


def test_what_changes_in_the_data_changes_in_awx_and_nothing_else(awx):
    assert awx.run().code == 0
    awx.server.written()
    objects = awx.state.objects

    def paths():
        return {(method, re.sub(r'^/api/v2/', '', path)) for method, path in awx.server.written()}

    schedule = awx.state.find('schedules')['id']
    change = {'omk_awx_verify_at': '05:30'}
    predicted = awx.run('--check', **change)
    assert paths() == set()
    changed = awx.run(**change)
    assert changed.changed == predicted.changed == [('Create the schedule', [])]
    assert paths() == {('PATCH', f'schedules/{schedule}/')}
    compare(awx, awx.wanted(**change))

    environment = awx.state.find('execution_environments')['id']
    change['omk_awx_image'] = 'registry.example.com/omk-ee:0.2.0'
    assert awx.run(**change).changed == [('Create the execution environment', [])]
    assert paths() == {('PATCH', f'execution_environments/{environment}/')}

    templates = awx.wanted(**change)['omk_awx_job_templates']
    templates[2]['survey'][0]['default'] = 'omk_test'
    revert = awx.state.find('job_templates', name=templates[2]['name'])['id']
    change['omk_awx_job_templates'] = templates
    changed = awx.run(**change)
    assert changed.changed == [('Create the job templates', [f'{P}: revert'])]
    assert paths() == {('POST', f'job_templates/{revert}/survey_spec/')}

    workflow = awx.wanted(**change)['omk_awx_workflow']
    workflow['nodes'][1] = {**workflow['nodes'][1], 'always': [], 'success': ['verify-after']}
    node = awx.state.find('workflow_job_template_nodes', identifier='roll-out')['id']
    change['omk_awx_workflow'] = workflow
    changed = awx.run(**change)
    assert changed.changed == [('Create the nodes of the workflow', ['roll-out'])]
    assert paths() == {('POST', f'workflow_job_template_nodes/{node}/{way}_nodes/') for way in ('always', 'success')}
    compare(awx, awx.wanted(**change))
    assert set(counts(awx).values()) == {1, 3}
    assert len(objects['organizations']) == 1


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
    assert awx.run(omk_awx_slices=4).code == 0
    assert {one['name']: one['job_slice_count'] for one in awx.state.objects['job_templates'].values()} == {
        f'{P}: verify': 4,
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
    assert awx.run(omk_awx_slices=4).code == 0
    prompts = {
        one['name'].rpartition(': ')[2]: (one['ask_limit_on_launch'], one['ask_job_slice_count_on_launch'])
        for one in awx.state.objects['job_templates'].values()
    }
    assert prompts == {'verify': (False, True), 'roll out': (True, False), 'revert': (True, False)}
    assert awx.state.find('workflow_job_templates')['ask_limit_on_launch'] is False


def test_more_options_of_every_object(awx):
    label = awx.state.objects['labels'][900] = {'id': 900, 'name': 'OMK', 'organization': awx.organization}
    groups = awx.state.objects['instance_groups'][901] = {'id': 901, 'name': 'dmz'}
    registry = awx.state.add('credentials', name='Registry', credential_type=18)
    options = {
        'omk_awx_execution_environment_options': {'credential': 'Registry'},
        'omk_awx_project_options': {'timeout': 120},
        'omk_awx_inventory_options': {'prevent_instance_group_fallback': True},
        'omk_awx_inventory_source_options': {'timeout': 60},
        'omk_awx_job_template_options': {'timeout': 3600, 'labels': ['OMK'], 'instance_groups': ['dmz']},
        'omk_awx_schedule_options': {'verbosity': 1},
        'omk_awx_workflow_options': {'allow_simultaneous': True},
    }
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
        assert linked('job_templates', key, 'labels') == [label['id']]
        assert linked('job_templates', key, 'instance_groups') == [groups['id']]
    assert awx.run(**options).stats['changed'] == 0


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
        ('omk_awx_job_templates', lambda data: data[0].update(playbook='site.yml'), 'Playbook not found for project.'),
        ('omk_awx_job_templates', lambda data: data[0]['survey'][0].pop('variable'), "a question lacks ['variable']"),
        ('omk_awx_job_templates', lambda data: data[0]['survey'][0].update(kind='text'), "has ['kind']"),
        (
            'omk_awx_job_templates',
            lambda data: data[0]['survey'][1].update(default='0'),
            "the default '0' does not fit",
        ),
        ('omk_awx_schedule', lambda data: data.update(rrule='FREQ=DAILY'), 'rrule parsing failed validation.'),
        ('omk_awx_project', lambda data: data.update(scm_type='svm'), 'value of scm_type must be one of'),
        ('omk_awx_workflow', lambda data: data['nodes'][0].update(failure=['verify-after']), 'Cycle detected.'),
    ],
    ids=['playbook', 'no-variable', 'unknown-key', 'default', 'rrule', 'scm-type', 'cycle'],
)
def test_what_awx_would_refuse_is_refused(awx, where, change, complaint):
    data = awx.wanted()[where]
    change(data)
    if where == 'omk_awx_workflow':
        assert awx.run().code == 0
    done = awx.run(**{where: data})
    assert done.code != 0
    assert complaint in done.output


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
