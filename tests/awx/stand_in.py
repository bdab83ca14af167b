# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the REST API of AWX 24 (/api/v2), written from its API reference: it keeps objects and runs nothing.

It refuses what AWX 24.6.1 was seen to refuse, such as a schedule that leaves a required question of a survey open.

It is stricter than AWX in one thing: a field that AWX does not have is refused, where AWX ignores it.
"""

import fnmatch
import json
import os
import random
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

PROMPTS = {
    'limit': str,
    'job_type': str,
    'diff_mode': bool,
    'verbosity': int,
    'forks': int,
    'job_slice_count': int,
    'timeout': int,
    'scm_branch': str,
    'job_tags': str,
    'skip_tags': str,
    'inventory': 'inventories',
    'execution_environment': 'execution_environments',
}
ASKS = {
    'ask_' + {'job_tags': 'tags'}.get(name, name) + '_on_launch': bool
    for name in [*PROMPTS, 'variables', 'credential', 'labels', 'instance_groups']
}
NAMED = {'name': str, 'description': str}
ORGANIZED = {**NAMED, 'organization': 'organizations'}

# What can be written, with its type; a str is the kind of object that a reference is to.
FIELDS = {
    'organizations': {**NAMED, 'max_hosts': int, 'default_environment': 'execution_environments'},
    'credentials': {**ORGANIZED, 'credential_type': int, 'inputs': dict},
    'execution_environments': {**ORGANIZED, 'image': str, 'credential': 'credentials', 'pull': str},
    'projects': {
        **ORGANIZED,
        'local_path': str,
        'scm_type': str,
        'scm_url': str,
        'scm_branch': str,
        'scm_refspec': str,
        'scm_clean': bool,
        'scm_track_submodules': bool,
        'scm_delete_on_update': bool,
        'credential': 'credentials',
        'timeout': int,
        'scm_update_on_launch': bool,
        'scm_update_cache_timeout': int,
        'allow_override': bool,
        'default_environment': 'execution_environments',
        'signature_validation_credential': 'credentials',
    },
    'inventories': {
        **ORGANIZED,
        'kind': str,
        'host_filter': str,
        'variables': str,
        'prevent_instance_group_fallback': bool,
    },
    'inventory_sources': {
        **NAMED,
        'source': str,
        'source_path': str,
        'source_vars': str,
        'scm_branch': str,
        'credential': 'credentials',
        'enabled_var': str,
        'enabled_value': str,
        'host_filter': str,
        'overwrite': bool,
        'overwrite_vars': bool,
        'timeout': int,
        'verbosity': int,
        'limit': str,
        'execution_environment': 'execution_environments',
        'inventory': 'inventories',
        'update_on_launch': bool,
        'update_cache_timeout': int,
        'source_project': 'projects',
    },
    'job_templates': {
        **NAMED,
        **PROMPTS,
        **ASKS,
        'project': 'projects',
        'playbook': str,
        'extra_vars': str,
        'force_handlers': bool,
        'start_at_task': str,
        'use_fact_cache': bool,
        'host_config_key': str,
        'survey_enabled': bool,
        'become_enabled': bool,
        'allow_simultaneous': bool,
        'webhook_service': str,
        'webhook_credential': 'credentials',
        'prevent_instance_group_fallback': bool,
    },
    'workflow_job_templates': {
        **ORGANIZED,
        'extra_vars': str,
        'survey_enabled': bool,
        'allow_simultaneous': bool,
        'inventory': 'inventories',
        'limit': str,
        'scm_branch': str,
        'job_tags': str,
        'skip_tags': str,
        'webhook_service': str,
        'webhook_credential': 'credentials',
        **{
            f'ask_{name}_on_launch': bool
            for name in ('variables', 'inventory', 'limit', 'scm_branch', 'labels', 'tags', 'skip_tags')
        },
    },
    'workflow_job_template_nodes': {
        **PROMPTS,
        'extra_data': dict,
        'identifier': str,
        'workflow_job_template': 'workflow_job_templates',
        'unified_job_template': 'unified_job_templates',
        'all_parents_must_converge': bool,
    },
    'workflow_approval_templates': {**NAMED, 'timeout': int},
    'schedules': {
        **NAMED,
        **PROMPTS,
        'extra_data': dict,
        'rrule': str,
        'enabled': bool,
        'unified_job_template': 'unified_job_templates',
    },
}
READ_ONLY = {'id', 'type', 'url', 'related', 'summary_fields', 'created', 'modified', 'status', 'custom_virtualenv'}
ALSO_READ_ONLY = {'job_templates': {'organization'}, 'projects': {'scm_revision'}}
REQUIRED = {
    'organizations': ['name'],
    'credentials': ['name', 'credential_type'],
    'execution_environments': ['name', 'image'],
    'projects': ['name'],
    'inventories': ['name', 'organization'],
    'inventory_sources': ['name', 'inventory'],
    'job_templates': ['name', 'project', 'playbook'],
    'workflow_job_templates': ['name'],
    'workflow_job_template_nodes': ['workflow_job_template'],
    'workflow_approval_templates': ['name'],
    'schedules': ['name', 'rrule', 'unified_job_template'],
}
UNIQUE = {
    'organizations': ['name'],
    'execution_environments': ['name'],
    'projects': ['name', 'organization'],
    'inventories': ['name', 'organization'],
    'inventory_sources': ['name', 'inventory'],
    'job_templates': ['name', 'organization'],
    'workflow_job_templates': ['name', 'organization'],
    'workflow_job_template_nodes': ['identifier', 'workflow_job_template'],
    'schedules': ['name', 'unified_job_template'],
}
CHOICES = {
    ('execution_environments', 'pull'): ('', 'always', 'missing', 'never'),
    ('projects', 'scm_type'): ('', 'git', 'svn', 'insights', 'archive'),
    ('inventories', 'kind'): ('', 'smart', 'constructed'),
    ('inventory_sources', 'source'): ('file', 'constructed', 'scm', 'ec2', 'gce', 'azure_rm', 'controller'),
    ('job_templates', 'job_type'): ('run', 'check'),
}
DEFAULTS = {
    ('schedules', 'enabled'): True,
    ('job_templates', 'job_type'): 'run',
    ('inventories', 'host_filter'): None,
    ('job_templates', 'job_slice_count'): 1,
}
DEFAULT = {str: '', bool: False, int: 0, dict: {}}
NODES = ('success_nodes', 'failure_nodes', 'always_nodes')
NOTIFICATIONS = {f'notification_templates_{when}': 'notification_templates' for when in ('started', 'success', 'error')}
# What an admin makes, and we only name.
OTHERS = {
    'labels': ORGANIZED,
    'instance_groups': {'name': str},
    'notification_templates': ORGANIZED,
    'teams': ORGANIZED,
    'users': {'username': str},
}
ASSOCIATIONS = {
    'organizations': {'galaxy_credentials': 'credentials'},
    'job_templates': {
        'credentials': 'credentials',
        'labels': 'labels',
        'instance_groups': 'instance_groups',
        **NOTIFICATIONS,
    },
    'schedules': {'credentials': 'credentials', 'labels': 'labels', 'instance_groups': 'instance_groups'},
    'inventories': {'instance_groups': 'instance_groups'},
    'workflow_job_templates': {'labels': 'labels', **NOTIFICATIONS},
    'workflow_job_template_nodes': {
        **dict.fromkeys(NODES, 'workflow_job_template_nodes'),
        'credentials': 'credentials',
    },
}
# What a credential is for, by its type.
CREDENTIAL_KINDS = {1: 'ssh', 2: 'scm', 18: 'registry', 19: 'galaxy_api_token'}
UNIFIED = ('job_templates', 'workflow_job_templates', 'projects', 'inventory_sources', 'workflow_approval_templates')
# What goes away with the object that it names; every other reference to it becomes empty.
CASCADES = {
    ('schedules', 'unified_job_template'),
    ('workflow_job_template_nodes', 'workflow_job_template'),
    ('inventory_sources', 'inventory'),
    ('inventory_sources', 'source_project'),
}
SURVEY_TYPES = {
    'text': str,
    'textarea': str,
    'password': str,
    'multiplechoice': str,
    'multiselect': str,
    'integer': int,
    'float': float,
}
RULE = re.compile(
    r'DTSTART;TZID=[A-Za-z_]+(/[A-Za-z_]+)*:\d{8}T\d{6} RRULE:FREQ=(HOURLY|DAILY|WEEKLY|MONTHLY)'
    r'(;(INTERVAL|COUNT)=\d+)*(;(BYDAY|UNTIL)=\w+)*'
)
# AWX lists a file of a project as a playbook when one of its lines looks so (awx/main/utils/ansible.py).
PLAYBOOK = re.compile(r'^\s*(-\s*)?(hosts|include|import_playbook):', re.MULTILINE)


class Refused(Exception):
    """An answer that is an error: status (int) and body (JSON)."""

    def __init__(self, status, body):
        super().__init__(status, body)
        self.status, self.body = status, body


def playbooks(folder):
    """The playbooks that AWX offers of a project's folder (pathlib.Path)."""
    found = [path.relative_to(folder) for ending in ('*.yml', '*.yaml') for path in folder.rglob(ending)]
    hidden = {'roles', 'tasks', 'group_vars', 'host_vars'}
    return sorted(
        path.as_posix()
        for path in found
        if not any(part in hidden or part.startswith('.') for part in path.parts[:-1])
        and PLAYBOOK.search((folder / path).read_text())
    )


class State:
    """Everything that this AWX knows, and what may be done to it. `repository` (Path) is what every project holds."""

    def __init__(self, repository):
        self.repository = repository
        self.unreachable = {}  # what git says, by the address of a repository
        self.objects = {kind: {} for kind in [*FIELDS, *OTHERS]}
        self.links = {}
        self.roles = {}  # who may execute a template: ids of teams and of users, by the role's id
        self.surveys = {}
        self.updates = {}
        self.running = {}  # the jobs that have not ended, by id
        self.last_id = 0

    def new_id(self):
        """An id that no object of any kind has had."""
        self.last_id += 1
        return self.last_id

    def add(self, kind, **data):
        """Put an object there, as an admin did before; its id."""
        if kind in OTHERS:
            key = self.new_id()
            self.objects[kind][key] = {'id': key, **data}
            return key
        return self.create(kind, data)['id']

    def whole(self):
        """All that is there, as one value that no later change reaches."""
        return json.loads(
            json.dumps(
                [
                    self.objects,
                    self.roles,
                    self.surveys,
                    sorted([*link, sorted(keys)] for link, keys in self.links.items() if keys),
                ],
                sort_keys=True,
            )
        )

    def members(self, inventory):
        """The hosts of an inventory (id) that comes from a project, None of another: in no order, as AWX has them."""
        sources = [one for one in self.objects['inventory_sources'].values() if one['inventory'] == inventory]
        if not sources:
            return None
        lines = (self.repository / sources[0]['source_path']).read_text().splitlines()
        hosts = [
            line.split()[0] for line in lines if line.strip() and line[0] not in '[#;' and '=' not in line.split()[0]
        ]
        return random.sample(hosts, len(hosts))

    def find(self, kind, **where):
        """The only object of a kind with these fields."""
        found = [one for one in self.objects[kind].values() if all(one[name] == value for name, value in where.items())]
        assert len(found) == 1, (kind, where, found)
        return found[0]

    def linked(self, kind, key, association):
        return self.links.get((kind, key, association), [])

    def check(self, kind, data, old):
        """What is to be stored of the data that was sent."""
        errors = {}
        fields = FIELDS[kind]
        written = {}
        for name, value in data.items():
            if name in READ_ONLY or name in ALSO_READ_ONLY.get(kind, ()):
                continue
            if name not in fields:
                errors[name] = [f'{kind} have no field of this name.']
                continue
            wanted = fields[name]
            if isinstance(wanted, str):
                if value not in (None, '') and value not in self.of(wanted):
                    errors[name] = [f'Invalid pk "{value}" - object does not exist.']
                written[name] = None if value == '' else value
            elif value is None:
                written[name] = DEFAULTS.get((kind, name), DEFAULT[wanted])
            elif not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
                errors[name] = ['Not a valid value.']
            elif (kind, name) in CHOICES and value not in CHOICES[kind, name]:
                errors[name] = [f'"{value}" is not a valid choice.']
            else:
                written[name] = value
        whole = {**(old or {}), **written}
        for name in REQUIRED[kind]:
            if whole.get(name) in (None, ''):
                errors[name] = ['This field is required.']
        if not errors:
            errors = self.special(kind, whole, written)
        if errors:
            raise Refused(400, errors)
        return written

    def special(self, kind, whole, written):
        """What holds for one kind of object only: errors by field."""
        if kind == 'job_templates':
            project = self.objects['projects'][whole['project']]
            whole['organization'] = project['organization']
            if whole['playbook'] not in project['playbooks']:
                return {'playbook': ['Playbook not found for project.']}
            if not whole.get('inventory') and not whole.get('ask_inventory_on_launch'):
                return {'inventory': ["Job Template must provide 'inventory' or allow prompting for it."]}
        if kind == 'projects' and whole.get('scm_type') and not whole.get('scm_url'):
            return {'scm_url': ['This field is required.']}
        if kind == 'inventory_sources' and whole.get('source') == 'scm' and not whole.get('source_project'):
            return {'source_project': ['Project required for scm type sources.']}
        if kind == 'schedules' and not RULE.fullmatch(whole['rrule']):
            return {'rrule': ['rrule parsing failed validation.']}
        if kind in ('schedules', 'workflow_job_template_nodes') and whole.get('unified_job_template'):
            template = self.of('unified_job_templates')[whole['unified_job_template']]
            # A node may get the answers when its workflow is launched, a schedule may not.
            errors = self.answers(template, whole.get('extra_data') or {}, kind == 'schedules')
            if errors:
                return {{'extra_vars': 'extra_data'}.get(name, name): said for name, said in errors.items()}
            for name in set(PROMPTS) & set(written):
                ask = 'ask_' + {'job_tags': 'tags'}.get(name, name) + '_on_launch'
                if written[name] and not template.get(ask):
                    return {name: ['Field is not configured to prompt on launch.']}
        names = UNIQUE.get(kind, [])
        for one in self.objects[kind].values():
            if names and one['id'] != whole.get('id') and all(one.get(name) == whole.get(name) for name in names):
                return {'__all__': [f'{kind} with this {" and ".join(names)} already exists.']}
        return {}

    def answers(self, template, given, required=True):
        """What is wrong with the answers (dict) to a template's survey: a required question takes no default."""
        asked = self.surveys.get(template['id'], {}).get('spec', []) if template.get('survey_enabled') else []
        errors = {}
        wrong = []
        for question in asked:
            name, wanted = question['variable'], SURVEY_TYPES[question['type']]
            if name in given and not isinstance(given[name], wanted):
                wrong.append(f"Value {given[name]} for '{name}' expected to be {wanted.__name__}.")
            elif required and question['required'] and name not in given:
                wrong.append(f"'{name}' value missing")
        if wrong:
            errors['variables_needed_to_start'] = wrong
        strangers = sorted(set(given) - {question['variable'] for question in asked})
        if strangers and not template.get('ask_variables_on_launch'):
            errors['extra_vars'] = [f'Variables {", ".join(strangers)} are not allowed on launch.']
        return errors

    def launch(self, kind, key, data):
        """Start a job, which is to say: refuse it where AWX does."""
        template = self.objects[kind][key]
        errors = self.answers(template, data.get('extra_vars', {}))
        for node in self.objects['workflow_job_template_nodes'].values():
            if kind == 'workflow_job_templates' and node['workflow_job_template'] == key:
                errors.update(self.answers(self.of('unified_job_templates')[node['unified_job_template']], {}))
        if errors:
            raise Refused(400, errors)
        project = self.objects['projects'].get(template.get('project'))
        installs = project and self.linked('organizations', project['organization'], 'galaxy_credentials')
        if project and not installs and not template['execution_environment']:
            # The update of the project installs no collection, and the job fails before its first task.
            return {'id': self.new_id(), 'status': 'failed', 'job_explanation': 'Could not find or access'}
        # What is asked for without a prompt for it is ignored.
        ignored = self.ignored(template, data)
        job = {'id': self.new_id(), 'status': 'successful', 'ignored_fields': ignored, 'hosts': []}
        if kind == 'job_templates':
            chosen = {**template, **{name: value for name, value in data.items() if name not in ignored}}
            self.divide(job, chosen, self.members(template['inventory']))
        return job

    def start(self, kind, key):
        """Begin a job of a template, which runs until `end` of it; its id."""
        template = self.objects[kind][key]
        job = self.new_id()
        self.running[job] = {
            'id': job,
            'name': template['name'],
            'type': 'job',
            'status': 'running',
            'organization': template['organization'],
            'uses': [key, template.get('project'), template.get('inventory')],
        }
        return job

    def end(self, job):
        del self.running[job]

    def divide(self, job, chosen, members):
        """Give a job its slices, each a list of hosts; it fails where one is left with none."""
        if members is None:
            return
        count = max(min(chosen['job_slice_count'], len(members)), 1)
        limit = chosen['limit'] or 'all'
        for number in range(count):
            # Hosts are dealt out by name, whatever the limit is.
            mine = set(sorted(members)[number::count])
            job['hosts'].append(
                [
                    one
                    for one in members
                    if one in mine and limit in ('all', 'omk') or (one in mine and fnmatch.fnmatch(one, limit))
                ]
            )
            if not job['hosts'][-1]:
                job.update(status='failed', job_explanation='leaves us with no hosts to target')

    def ignored(self, template, data):
        asks = {name: 'ask_' + {'job_tags': 'tags'}.get(name, name) + '_on_launch' for name in PROMPTS}
        return {name: data[name] for name, ask in asks.items() if name in data and not template.get(ask)}

    def of(self, kind):
        """All objects of a kind by id."""
        if kind == 'unified_job_templates':
            return {key: one for part in UNIFIED for key, one in self.objects[part].items()}
        return self.objects[kind]

    def create(self, kind, data):
        defaults = {
            name: None if isinstance(wanted, str) else DEFAULTS.get((kind, name), DEFAULT[wanted])
            for name, wanted in FIELDS[kind].items()
        }
        written = self.check(kind, data, None)
        key = self.new_id()
        url = f'/api/v2/{kind}/{key}/'
        one = {
            'id': key,
            'type': {'inventories': 'inventory'}.get(kind, kind.rstrip('s')),
            'url': url,
            'related': {},
            'summary_fields': {},
            **defaults,
            **written,
        }
        if kind in ('job_templates', 'workflow_job_templates'):
            one['related']['survey_spec'] = url + 'survey_spec/'
        if kind == 'job_templates':
            one['organization'] = self.objects['projects'][one['project']]['organization']
        if kind in ('job_templates', 'workflow_job_templates'):
            role = self.new_id()
            self.roles[role] = {'teams': [], 'users': []}
            one['summary_fields']['object_roles'] = {'execute_role': {'id': role, 'name': 'Execute'}}
        if kind == 'credentials':
            one['kind'] = CREDENTIAL_KINDS[one['credential_type']]
        if kind == 'projects':
            one.update(scm_revision='', playbooks=[], status='never updated')
            one['related']['update'] = url + 'update/'
        self.objects[kind][key] = one
        if kind == 'projects':
            self.sync(one)
        return one

    def sync(self, project):
        """Start to fetch a project's repository; the second look at the update finds it done."""
        key = self.new_id()
        update = {'id': key, 'url': f'/api/v2/project_updates/{key}/', 'status': 'pending', 'project': project['id']}
        self.updates[key] = {**update, 'failed': False, 'finished': None, 'scm_revision': '', 'events': []}
        project['summary_fields']['current_update'] = {'id': key, 'status': 'pending'}
        return self.updates[key]

    def update(self, key):
        update = self.updates[key]
        if update['status'] == 'pending':
            update['status'] = 'running'
        elif update['status'] == 'running':
            project = self.objects['projects'][update['project']]
            project['summary_fields'].pop('current_update', None)
            said = self.unreachable.get(project['scm_url'])
            update.update(finished='2026-11-24T12:00:00Z', failed=said is not None)
            if said is None:
                # AWX keeps the playbooks that it knew when an update fails, and knows none before the first.
                project.update(playbooks=playbooks(self.repository), scm_revision='1' * 40)
            else:
                update['events'] = [{'event': 'runner_on_failed', 'event_data': {'res': {'msg': said}}}]
            update['status'] = project['status'] = 'failed' if said else 'successful'
            update['scm_revision'] = project['scm_revision']
            project['summary_fields']['last_update'] = {'id': key, 'status': update['status'], 'failed': bool(said)}
        return update

    def change(self, kind, key, data):
        one = self.objects[kind][key]
        written = self.check(kind, data, one)
        moved = kind == 'projects' and any(
            one[name] != value
            for name, value in written.items()
            if name.startswith('scm_') and not name.startswith('scm_update')
        )
        one.update(written)
        if moved:
            self.sync(one)
        return one

    def delete(self, kind, key):
        if any(key in job['uses'] for job in self.running.values()):
            raise Refused(409, {'error': 'Resource is being used by running jobs.'})
        for other, fields in FIELDS.items():
            for name, wanted in fields.items():
                if wanted != kind and not (wanted == 'unified_job_templates' and kind in UNIFIED):
                    continue
                for one in [one for one in self.objects[other].values() if one[name] == key]:
                    if (other, name) in CASCADES:
                        self.delete(other, one['id'])
                    else:
                        one[name] = None
        for role in self.objects[kind][key]['summary_fields'].get('object_roles', {}).values():
            del self.roles[role['id']]
        approval = self.objects[kind][key].get('unified_job_template')
        if kind == 'workflow_job_template_nodes' and approval in self.objects['workflow_approval_templates']:
            del self.objects['workflow_approval_templates'][approval]
        del self.objects[kind][key]
        self.links = {link: keys for link, keys in self.links.items() if link[:2] != (kind, key)}
        self.surveys.pop(key, None)

    def associate(self, kind, key, association, data):
        if set(data) - {'id', 'disassociate'} or not isinstance(data.get('id'), int):
            raise Refused(400, {'detail': 'id and disassociate are all that is taken here.'})
        other = data['id']
        if other not in self.objects[ASSOCIATIONS[kind][association]]:
            raise Refused(400, {'detail': f'there is no {association} {other}'})
        links = self.links.setdefault((kind, key, association), [])
        if data.get('disassociate'):
            links.remove(other)
            return
        if association in NODES:
            if any(other in self.linked(kind, key, name) for name in NODES):
                raise Refused(400, {'Error': 'Relationship not allowed.'})
            if self.leads(other, key):
                raise Refused(400, {'Error': 'Cycle detected.'})
        links.append(other)

    def leads(self, start, end):
        following = [key for name in NODES for key in self.linked('workflow_job_template_nodes', start, name)]
        return start == end or any(self.leads(key, end) for key in following)

    def survey(self, key, spec):
        """Take a survey, as the API reference of survey_spec describes it."""

        def refuse(what):
            raise Refused(400, {'error': what})

        if set(spec) != {'name', 'description', 'spec'} or not all(
            isinstance(spec[name], str) for name in ('name', 'description')
        ):
            refuse('a survey has a name, a description and a spec')
        if not isinstance(spec['spec'], list) or not spec['spec']:
            refuse("'spec' doesn't contain any items.")
        seen = set()
        for question in spec['spec']:
            known = {
                'question_name',
                'question_description',
                'variable',
                'type',
                'required',
                'default',
                'choices',
                'min',
                'max',
                'new_question',
            }
            lacking = {'question_name', 'variable', 'type', 'required'} - set(question)
            if lacking or set(question) - known:
                refuse(f'a question lacks {sorted(lacking)} or has {sorted(set(question) - known)}')
            wanted = SURVEY_TYPES.get(question['type']) or refuse(f'{question["type"]} is not a type of question')
            if question['variable'] in seen or not re.fullmatch(r'\w+', question['variable']):
                refuse(f'the variable {question["variable"]} is there twice, or is none')
            seen.add(question['variable'])
            default = question.get('default')
            if default is not None and not isinstance(default, wanted):
                refuse(f'the default {default!r} does not fit the type {question["type"]}')
            if question['type'] in ('multiplechoice', 'multiselect') and default not in [None, *question['choices']]:
                refuse(f'the default {default!r} is not a choice')
            if 'min' in question and default is not None and not question['min'] <= default <= question['max']:
                refuse(f'the default {default!r} is not allowed')
        self.surveys[key] = spec


class Handler(BaseHTTPRequestHandler):
    """The HTTP side: addresses, the token, filters and pages."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *_arguments):
        pass

    def answer(self, status, body=None):
        data = b'' if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header('X-API-Product-Name', 'AWX')
        self.send_header('X-API-Product-Version', '24.6.1')
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_request(self):
        address = urlsplit(self.path)
        length = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(length)
        self.server.log.append((self.command, address.path))
        try:
            if self.headers.get('Authorization') != f'Bearer {self.server.token}':
                raise Refused(401, {'detail': 'Authentication credentials were not provided.'})
            with self.server.lock:
                self.answer(*self.route(address, json.loads(body) if body else {}))
        except Refused as refused:
            self.answer(refused.status, refused.body)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_request

    def route(self, address, data):
        state = self.server.state
        parts = [part for part in address.path.split('/') if part]
        if parts[:2] != ['api', 'v2']:
            raise Refused(404, {'detail': 'Not found.'})
        parts = parts[2:]
        if self.command == 'GET' and parts[0] == 'project_updates':
            if parts[2:] == ['events']:
                return 200, self.page(address, state.updates[int(parts[1])]['events'])
            return 200, state.update(int(parts[1]))
        if self.command == 'GET' and parts == ['unified_jobs']:
            query = dict(parse_qsl(address.query))
            wanted = query['status__in'].split(','), int(query['organization'])
            jobs = [job for job in state.running.values() if job['status'] in wanted[0]]
            return 200, self.page(address, [job for job in jobs if job['organization'] == wanted[1]])
        kind = parts[0]
        if kind == 'roles' and len(parts) == 3 and int(parts[1]) in state.roles and parts[2] in ('teams', 'users'):
            return self.role(address, state.roles[int(parts[1])][parts[2]], parts[2], data)
        if kind not in state.objects and kind != 'unified_job_templates':
            raise Refused(404, {'detail': 'Not found.'})
        if len(parts) == 1:
            if self.command == 'POST':
                return 201, state.create(kind, data)
            return 200, self.page(address, self.filtered(kind, dict(parse_qsl(address.query, True))))
        key = int(parts[1])
        if key not in state.objects[kind]:
            raise Refused(404, {'detail': 'Not found.'})
        if len(parts) == 3:
            return self.below(address, kind, key, parts[2], data)
        if self.command == 'PATCH':
            return 200, state.change(kind, key, data)
        if self.command == 'DELETE':
            state.delete(kind, key)
            return (202 if kind == 'inventories' else 204), None
        return 200, state.objects[kind][key]

    def role(self, address, members, kind, data):
        """Who has a role (list of ids of teams or users): told, or changed."""
        if self.command != 'POST':
            return 200, self.page(address, [self.server.state.objects[kind][key] for key in members])
        if data['id'] not in self.server.state.objects[kind]:
            raise Refused(400, {'detail': f'there is no {kind} {data["id"]}'})
        if data.get('disassociate'):
            members.remove(data['id'])
        elif data['id'] not in members:
            members.append(data['id'])
        return 204, None

    def below(self, address, kind, key, name, data):
        state = self.server.state
        if name == 'survey_spec' and kind in ('job_templates', 'workflow_job_templates'):
            if self.command == 'POST':
                state.survey(key, data)
            return 200, state.surveys.get(key, {})
        if self.command == 'POST' and name == 'update' and kind == 'projects':
            return 202, state.sync(state.objects[kind][key])
        if self.command == 'POST' and name == 'launch' and kind in ('job_templates', 'workflow_job_templates'):
            return 201, state.launch(kind, key, data)
        if self.command == 'POST' and name == 'create_approval_template' and kind == 'workflow_job_template_nodes':
            approval = state.create('workflow_approval_templates', data)
            node = state.objects[kind][key]
            node['unified_job_template'] = approval['id']
            node['related']['unified_job_template'] = approval['url']
            return 201, approval
        if name not in ASSOCIATIONS.get(kind, {}):
            raise Refused(404, {'detail': 'Not found.'})
        if self.command == 'POST':
            state.associate(kind, key, name, data)
            return 204, None
        others = state.objects[ASSOCIATIONS[kind][name]]
        return 200, self.page(address, [others[other] for other in state.linked(kind, key, name)])

    def filtered(self, kind, query):
        found = list(self.server.state.of(kind).values())
        query = {name: value for name, value in query.items() if name not in ('page', 'page_size', 'order_by')}
        either = {name[4:]: value for name, value in query.items() if name.startswith('or__')}
        every = {name: value for name, value in query.items() if not name.startswith('or__')}
        known = {'id', 'type', 'organization'} | set().union(
            *({**FIELDS, **OTHERS}[part] for part in (UNIFIED if kind == 'unified_job_templates' else [kind]))
        )
        for name in [*either, *every]:
            if name not in known:
                raise Refused(400, {'detail': f'{kind} has no field named {name}'})
        return [
            one
            for one in found
            if all(str(one.get(name)) == value for name, value in every.items())
            and (not either or any(str(one.get(name)) == value for name, value in either.items()))
        ]

    def page(self, address, found):
        query = dict(parse_qsl(address.query))
        size, number = int(query.get('page_size', 25)), int(query.get('page', 1))
        following = f'{address.path}?{urlencode({**query, "page": number + 1})}' if len(found) > size * number else None
        return {
            'count': len(found),
            'next': following,
            'previous': None,
            'results': found[size * (number - 1) : size * number],
        }


class StandIn(ThreadingHTTPServer):
    """The server, on a port of its own of the loopback interface, in a thread of its own."""

    daemon_threads = True

    def __init__(self, repository):
        super().__init__(('127.0.0.1', 0), Handler)
        self.token = os.urandom(12).hex()
        self.lock = threading.Lock()
        self.log = []
        self.state = State(repository)
        self.url = f'http://127.0.0.1:{self.server_port}'
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def written(self):
        """The requests that were to change something (method, path), since the last time this was asked."""
        written = [request for request in self.log if request[0] != 'GET']
        self.log.clear()
        return written
