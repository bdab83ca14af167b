# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A compromised host answers with what it likes: a real playbook, and an interpreter of the attacker's on that host."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GREEN = {
    'status': 'green',
    'reason': 'green',
    'advice': 'Nothing to do.',
    'url': 'wss://omk/en/omk/opCharts/events/log',
    'certificate_days_left': 90,
    'checked_at': '2026-01-01T00:00:00Z',
    'notes': [],
    'pending': [],
    'interrupted': [],
    'observations': {},
    'changed': False,
}
OWNED = '\x1b]0;owned\x07\x1b[2J'
ABOUT_OTHERS = {'data': {'omk_websocket': {'victim': GREEN, 'hostile0': GREEN}}, 'aggregate': True, 'per_host': False}
LEVELS = 200
# Of a file of the controller's, which the role would then send as a template.
FACTS = {
    'apache_websocket_template': '/etc/hostname',
    'apache_websocket_certificate': '/x',
    'websocket_check_from': 'x',
}


def nested(levels):
    return '{"status": "green", "observations": ' + '[' * levels + ']' * levels + '}'


ANSWERS = {
    'a status of another host': json.dumps(dict(GREEN, ansible_stats=ABOUT_OTHERS)),
    'the same, per host': json.dumps(dict(GREEN, ansible_stats=dict(ABOUT_OTHERS, per_host=True))),
    'a statistic that is none': json.dumps(dict(GREEN, ansible_stats='x')),
    'data that are none': json.dumps(dict(GREEN, ansible_stats={'data': 'x'})),
    'infinity': json.dumps(dict(GREEN, certificate_days_left=float('inf'))),
    'no number': json.dumps(dict(GREEN, certificate_days_left=float('nan'), notes=float('nan'))),
    'a huge number': json.dumps(GREEN).replace('90', '9' * 4000),
    'a status of another type': json.dumps(dict(GREEN, status={'green': 1})),
    'no status': json.dumps({'changed': False}),
    'a reason that does not fit': json.dumps(dict(GREEN, reason='omk_down')),
    'a yellow that says green': json.dumps(dict(GREEN, status='yellow')),
    'a prediction that is none': json.dumps(dict(GREEN, status='yellow', predicted='blue' + OWNED)),
    'a prediction of another type': json.dumps(dict(GREEN, status='yellow', predicted=['green'])),
    'texts of other types': json.dumps(dict(GREEN, status='yellow', advice=[{}], url=7, checked_at={}, pending='x')),
    'very long texts': json.dumps(dict(GREEN, status='yellow', advice='x' * 3000000, notes=['y' * 10000] * 1000)),
    'control characters': json.dumps(dict(GREEN, status='yellow', advice=OWNED, notes=[OWNED], warnings=[OWNED])),
    'control characters in a failure': json.dumps({'failed': True, 'msg': OWNED, 'reason': OWNED}),
    'deep nesting': '{"status": "green", "x": ' + '[' * LEVELS + ']' * LEVELS + '}',
    'half characters': json.dumps(dict(GREEN, advice='\ud800', url='wss://\udfff/x')),
    'nested ten thousand deep': nested(10000),
    'nested as deep as may be': nested(900),
    'nested too deep for any text': json.dumps(dict(GREEN, status='yellow', advice=json.loads('[' * 500 + ']' * 500))),
    'the same key twice': json.dumps(dict(GREEN, status='yellow'))[:-1] + ', "status": "yellow"}',
    'changed as a text': json.dumps(dict(GREEN, status='yellow', changed='no')),
    'failed as a text': json.dumps(dict(GREEN, status='yellow', failed='no')),
    'a code of failure': json.dumps(dict(GREEN, status='yellow', rc='1')),
    'facts that are variables': json.dumps(dict(GREEN, status='yellow', ansible_facts=FACTS)),
    'facts that are none': json.dumps(dict(GREEN, status='yellow', ansible_facts=[OWNED])),
    'an interpreter': json.dumps(
        dict(GREEN, status='yellow', ansible_facts={'ansible_python_interpreter': '/x', 'ansible_connection': 'local'})
    ),
    'keys that are internal': json.dumps(
        dict(GREEN, status='yellow', _ansible_no_log=OWNED, _ansible_verbose_always=True, _ansible_delegated_vars={})
    ),
    'a host to add': json.dumps(dict(GREEN, status='yellow', add_host={'host_name': OWNED, 'host_vars': {}})),
    'results of a loop': json.dumps(dict(GREEN, status='yellow', results=OWNED)),
    'skipped': json.dumps(dict(GREEN, status='yellow', skipped=True)),
    'skipped, with no status': json.dumps({'skipped': True, 'changed': False}),
    'unreachable': json.dumps(dict(GREEN, status='yellow', unreachable=True)),
    'deprecations': json.dumps(dict(GREEN, status='yellow', deprecations=[{'msg': OWNED, 'version': OWNED}, OWNED])),
    'warnings of other types': json.dumps(dict(GREEN, status='yellow', warnings={'x': [OWNED]}, deprecations=7)),
    'an exception': json.dumps({'failed': True, 'msg': 'x', 'exception': OWNED, 'stdout': OWNED, 'stderr': OWNED}),
    'objects of Ansible': json.dumps(
        dict(GREEN, status='yellow', notes=[{'__ansible_type': 'TrustedAsTemplate', 'value': '{{ 1 }}'}])
    ),
    'a template': json.dumps(dict(GREEN, status='yellow', advice="{{ lookup('pipe', 'echo own''ed') }}")),
    'an invocation': json.dumps(dict(GREEN, status='yellow', invocation={'module_args': {'x': '\x9b2J' + OWNED}})),
    'an invocation that is none': json.dumps(dict(GREEN, status='yellow', invocation=OWNED)),
    'words around it': OWNED + '\n' + json.dumps(dict(GREEN, status='yellow')) + '\n' + OWNED,
    'an address elsewhere': json.dumps(dict(GREEN, url='wss://elsewhere.example.com:22/x')),
    'nothing': '',
    'no JSON': '{"status": ',
    'a list': '[1, 2]',
}
# A host may say of itself that it is green.
GREEN_ONES = {
    'a status of another host',
    'the same, per host',
    'a statistic that is none',
    'data that are none',
    'infinity',
    'no number',
    'a huge number',
    'a reason that does not fit',
    'deep nesting',
    'half characters',
}


#: Ansible hands the module to it, as a file of its name.
INTERPRETER = """#!/bin/sh
module=${{1##*AnsiballZ_}}
module=${{module%.py}}
cat >/dev/null
echo "$module" >>{folder}/{number}.asked
cat "{folder}/$module.by_module" 2>/dev/null || cat {folder}/{number}.answer
"""


class Run:
    """A playbook on many hosts: one whose pane is yellow, and for each answer one that gives no other one.

    Args:
        folder: where all of it goes.
        playbook: of the collection, or a path.
        arguments: of ansible-playbook.
        answers: by name.
        others: other answers (dict), by module, that all of them give to these.
    """

    def __init__(self, folder, playbook='verify.yml', *arguments, answers=ANSWERS, others=()):
        lines = [
            '[omk]',
            f'victim ansible_connection=local ansible_python_interpreter={sys.executable} '
            f'omk_websocket_omk_base={folder}/nowhere',
        ]
        self.names = {}
        for module, answer in dict(others).items():
            (folder / f'{module}.by_module').write_text(json.dumps(answer))
        for number, (name, answer) in enumerate(answers.items()):
            self.names[name] = f'hostile{number}'
            (folder / f'{number}.answer').write_text(answer, errors='surrogatepass')
            script = folder / f'{number}.python'
            script.write_text(INTERPRETER.format(folder=folder, number=number))
            script.chmod(0o755)
            lines.append(f'hostile{number} ansible_connection=local ansible_python_interpreter={script}')
        (folder / 'inventory.ini').write_text('\n'.join(lines) + '\n')
        done = subprocess.run(
            [
                'ansible-playbook',
                '-i',
                folder / 'inventory.ini',
                '--forks',
                '4',
                CHECKOUT / 'playbooks' / playbook,
                *arguments,
            ],
            env=dict(os.environ, OMK_REPORT_DIR=str(folder / 'report'), ANSIBLE_NOCOLOR='1', COLUMNS='200'),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            errors='replace',
            timeout=500,
            check=False,
        )
        self.code, self.output = done.returncode, done.stdout + done.stderr
        self.report = {path.name: path.read_text() for path in (folder / 'report/latest').iterdir()}
        self.rows = {row['host']: row for row in json.loads(self.report['report.json'], parse_constant=None)['hosts']}

    def check(self):
        """Nobody spoke for another host, nobody is missing, and nothing of Ansible died."""
        assert set(self.rows) == {'victim', *self.names.values()}
        assert self.rows['victim']['status'] != 'green'
        for words in ('Unexpected Exception', 'Failure using method', 'Traceback', '"omk_websocket": {"victim"'):
            assert words not in self.output
        assert all('\x1b' not in text and len(text) < 4000000 for text in self.report.values())


@pytest.fixture(scope='module')
def verified(tmp_path_factory):
    return Run(tmp_path_factory.mktemp('verified'))


def test_a_host_speaks_for_itself_only_and_the_report_is_written(verified):
    verified.check()
    assert (verified.code, verified.rows['victim']['reason']) == (2, 'opcommon_unreadable')
    # No text is one that takes hold of a terminal.
    assert not set(verified.output) & {'\x1b', '\x07', '\x9b'}


@pytest.mark.parametrize('name', ANSWERS)
def test_a_status_that_is_none_is_no_green(verified, name):
    row = verified.rows[verified.names[name]]
    if name in GREEN_ONES:
        assert row['status'] == 'green'
    else:
        assert row['status'] in ('yellow', 'failed')


MODULES = {
    'apache_module': {'name': ['x']},
    'apache_websocket_proxy': {},
    'daemon': {'name': 'x'},
    'omk_restart': {'status': True, 'run': {}},
    'opcommon_info': {},
    'opcommon_setting': {'value': '443'},
    'websocket_probe': {'host': 'omk'},
    'websocket_info': {'run': {}},
}


def play(folder, tasks, names=()):
    """A playbook of these tasks on all hosts, each allowed to fail; then variables that nobody may have set."""
    checks = [{'ansible.builtin.assert': {'that': [f'{name} is not defined']}} for name in names]
    tasks = [{name: arguments, 'ignore_errors': True} for name, arguments in tasks.items()]
    (folder / 'play.yml').write_text(json.dumps([{'hosts': 'omk', 'gather_facts': False, 'tasks': tasks + checks}]))
    return folder / 'play.yml'


def test_no_module_takes_more_from_a_host_than_it_gives(tmp_path):
    """Shown as much as can be, Ansible's own words about results included."""
    tasks = {f'opmantek.omk.{name}': arguments for name, arguments in MODULES.items()}
    run = Run(tmp_path, play(tmp_path, tasks, FACTS), '-vvv', '--diff')
    assert run.code == 0, run.output[-5000:]
    run.check()
    assert not set(run.output) & {'\x1b', '\x07', '\x9b'}


# What a host says that has to be changed, so that its daemons are restarted, and that does not turn green.
NO_FILES = {'vhost': None, 'rules': [], 'also': [], 'modules_enabled': [], 'modules_disabled': [], 'selinux': None}
BY_MODULE = {
    'websocket_info': dict(GREEN, status='yellow', reason='tcp_refused'),
    'apache_websocket_proxy': {
        **NO_FILES,
        **dict.fromkeys(('changed', 'service_active', 'restart_pending'), True),
        'reload_enough': False,
        'files': ['/x'],
        'change': 'x',
        'service': 'apache2',
        'test_command': ['apache2ctl', '-t'],
        'tunnel': None,
    },
    'opcommon_setting': {
        **dict.fromkeys(('changed', 'service_active', 'restart_pending'), True),
        'opcommon_path': '/x',
        'change': 'x',
        'value': '443',
        'previous_value': None,
    },
}
#: With these, given for a module of Ansible's own, a host ends the whole run or sets variables.
ABOUT_DAEMONS = (
    'a status of another host',
    'a statistic that is none',
    'data that are none',
    'control characters in a failure',
    'facts that are variables',
    'an interpreter',
    'a host to add',
    'no JSON',
)


@pytest.mark.parametrize('playbook', ['site.yml', 'revert.yml'])
def test_what_a_restart_answers_ends_nothing_and_sets_nothing(tmp_path, playbook):
    """Restarts and reloads, of the handlers and of the rollback."""
    answers = {name: ANSWERS[name] for name in ABOUT_DAEMONS}
    run = Run(tmp_path, playbook, '--diff', answers=answers, others=BY_MODULE)
    run.check()
    assert run.code == 2 and 'apache_websocket_certificate is' not in run.output
    assert not set(run.output) & {'\x1b', '\x07', '\x9b'}
    asked = {path.name: path.read_text().split() for path in tmp_path.glob('*.asked')}
    assert len(asked) == len(answers) and all({'daemon', 'omk_restart'} & set(names) for names in asked.values()), asked
    good = {'green', 'reverted'} if playbook == 'revert.yml' else set()
    # The status that comes with the restart of OMK is the host's own word about itself.
    own = {run.names[name] for name in GREEN_ONES & answers.keys()}
    assert {row['status'] for host, row in run.rows.items() if host not in own} <= {'yellow', 'failed', *good}


def test_what_ansibles_own_modules_hand_over_makes_no_status(tmp_path):
    """In a playbook of somebody's own; what they show on the terminal, and which facts they take, is Ansible's."""
    tasks = {'ansible.builtin.command': {'argv': ['x']}, 'opmantek.omk.websocket_info': {'run': {}}}
    answers = {name: ANSWERS[name] for name in ('a status of another host', 'the same, per host', 'infinity')}
    run = Run(tmp_path, play(tmp_path, tasks), answers=answers)
    assert set(run.rows) == {'victim', *run.names.values()}
    assert run.rows['victim']['status'] == 'yellow', run.output[-3000:]
    assert 'Failure using method' not in run.output
    assert {run.rows[host]['status'] for host in run.names.values()} == {'green'}


def test_a_host_that_failed_is_never_green(tmp_path):
    run = Run(tmp_path, answers={'failed': json.dumps(dict(GREEN, failed=True, msg='no'))})
    assert run.rows['hostile0']['status'] == 'failed'


def test_any_other_module_of_a_hostile_host_makes_no_status(tmp_path):
    tasks = {'opmantek.omk.opcommon_info': {}, 'ansible.builtin.ping': {}}
    answers = {'others': json.dumps(dict(GREEN, ansible_stats=ABOUT_OTHERS))}
    run = Run(tmp_path, play(tmp_path, tasks), answers=answers)
    assert 'green' not in {row['status'] for row in run.rows.values()}
