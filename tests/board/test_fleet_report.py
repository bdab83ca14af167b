# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook, on hosts that are this machine, and what they leave behind."""

import json
import os
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import ansible_collections
import pytest

# At `make test`, a sample: each is a run, or a server broken and restored.
pytestmark = pytest.mark.exhaustive

COLLECTIONS = [os.path.dirname(path) for path in ansible_collections.__path__]
STATUS = {
    'status': 'green',
    'reason': 'green',
    'advice': 'Nothing to do.',
    'warnings': [],
    'certificate_days_left': 87,
    'changed': ['Apache'],
    'batch': '1',
    'url': 'wss://{{ inventory_hostname }}/x',
    'checked_at': '2026-11-22T16:58:00Z',
}


def give_status(hosts='all', **changes):
    """A task that gives these hosts a status."""
    data = {'omk_websocket': dict(STATUS, **changes)}
    return {
        'name': 'Check',
        'ansible.builtin.set_stats': {'per_host': True, 'aggregate': False, 'data': data},
        'when': f"inventory_hostname in groups.get('{hosts}', ['{hosts}'])",
    }


def fail(host, message, **more):
    return dict(
        {'name': 'Break', 'ansible.builtin.fail': {'msg': message}, 'when': f"inventory_hostname == '{host}'"}, **more
    )


class Run:
    """A playbook in a folder of its own, with three hosts."""

    def __init__(self, folder):
        self.folder = folder
        self.reports = folder / 'report'
        self.report = self.reports / 'latest'
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith('ANSIBLE_')}
        self.environment.update(
            ANSIBLE_CONFIG=str(folder / 'ansible.cfg'),
            ANSIBLE_HOME=str(folder / 'home'),
            ANSIBLE_NOCOLOR='1',
            ANSIBLE_COLLECTIONS_PATH=os.pathsep.join(COLLECTIONS),
            OMK_REPORT_DIR=str(self.reports),
            COLUMNS='100',
            LC_ALL='C.UTF-8',
        )
        (folder / 'ansible.cfg').write_text('[defaults]\ncallbacks_enabled = opmantek.omk.fleet_report\n')
        self.hosts = {'omk1': {}, 'omk2': {}, 'omk3': {}}

    def command(self, plays, *arguments):
        variables = {'ansible_connection': 'local', 'ansible_python_interpreter': sys.executable}
        (self.folder / 'hosts.json').write_text(json.dumps({'all': {'hosts': self.hosts, 'vars': variables}}))
        (self.folder / 'site.yml').write_text(
            json.dumps([dict({'hosts': 'all', 'gather_facts': False}, **play) for play in plays])
        )
        return [
            sys.executable,
            '-m',
            'ansible',
            'playbook',
            '-i',
            str(self.folder / 'hosts.json'),
            str(self.folder / 'site.yml'),
            *arguments,
        ]

    def __call__(self, *plays, arguments=()):
        """Run to the end; returns (exit code, output)."""
        done = subprocess.run(
            self.command(plays, *arguments),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout.decode()

    def json(self):
        return json.loads((self.report / 'report.json').read_text(encoding='utf-8'))

    def statuses(self):
        return {host['host']: host['status'] for host in self.json()['hosts']}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_a_run_that_went_well(run):
    code, output = run({'tasks': [give_status()]})
    assert code == 0
    assert run.statuses() == {'omk1': 'green', 'omk2': 'green', 'omk3': 'green'}
    assert sorted(os.listdir(run.report)) == ['index.html', 'report.csv', 'report.json']
    report = run.json()
    assert (report['playbook'], report['check_mode'], report['interrupted']) == ('site.yml', False, False)
    assert report['hosts'][0]['url'] == 'wss://omk1/x'
    assert 'EVENTS PANES' in output
    assert 'green  omk1  certificate 87 days · batch 1 · changed: Apache' in output
    assert f'Report: {run.report.resolve()}/index.html' in output.splitlines()


def test_statuses_of_the_run_by_host(run):
    for host in run.hosts:
        status = 'yellow' if host == 'omk2' else 'green'
        run.hosts[host] = {'given': [dict(STATUS, host=one, status=status) for one in ('other', host)]}
    code, _output = run(
        {
            'tasks': [
                {
                    'ansible.builtin.set_stats': {
                        'per_host': False,
                        'aggregate': True,
                        'data': {'omk_websocket': '{{ given }}'},
                    }
                }
            ]
        }
    )
    assert code == 0
    assert run.statuses() == {'omk1': 'green', 'omk2': 'yellow', 'omk3': 'green'}
    assert run.json()['hosts'][0]['url'] == 'wss://omk2/x'


def test_a_mixed_run(run):
    run.hosts['omk4'] = {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.9', 'ansible_port': 9}
    code, output = run(
        {
            'tasks': [
                give_status('omk1'),
                give_status('omk2', status='yellow', reason='backend_down', advice='Start OMK.'),
                fail('omk3', 'The file\nis broken.'),
                {'ansible.builtin.command': 'true', 'when': "inventory_hostname == 'omk4'"},
            ]
        }
    )
    assert code != 0
    assert run.statuses() == {'omk1': 'green', 'omk2': 'yellow', 'omk3': 'failed', 'omk4': 'unreachable'}
    assert run.json()['hosts'][0]['advice'] == 'The file is broken.'
    assert '4 hosts: 1 failed, 1 unreachable, 1 yellow, 1 green' in output


def test_hosts_of_batches_that_never_came(run):
    code, _output = run(
        {
            'serial': 1,
            'tasks': [
                fail('omk1', 'It broke.'),
                {'opmantek.omk.websocket_probe': {'host': '127.0.0.1', 'port': 1, 'timeout': 2}},
                give_status(),
            ],
        }
    )
    assert code != 0
    assert run.statuses() == {'omk1': 'failed', 'omk2': 'no status', 'omk3': 'no status'}
    assert run.json()['hosts'][0]['advice'] == 'It broke.'
    assert run.json()['hosts'][0]['task'] == 'Break'


def test_unreachable_hosts_of_a_play_of_ours(run):
    run.hosts['omk2'] = {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.9', 'ansible_port': 9}
    run({'tasks': [{'opmantek.omk.websocket_probe': {'host': '127.0.0.1', 'port': 1, 'timeout': 2}}, give_status()]})
    assert run.statuses() == {'omk1': 'green', 'omk2': 'unreachable', 'omk3': 'green'}


def test_a_rescued_failure_is_none(run):
    code, _output = run({'tasks': [{'block': [fail('omk1', 'It broke.')], 'rescue': [give_status('omk1')]}]})
    assert code == 0
    assert run.statuses() == {'omk1': 'green', 'omk2': 'no status', 'omk3': 'no status'}
    assert run.json()['hosts'][-1]['warnings'] == []


def test_hosts_of_batches_that_never_began_are_told_from_those_that_were_tried(run):
    """The whole first batch fails, so that Ansible begins no other."""
    look = {'name': 'Look', 'opmantek.omk.opcommon_info': {'opcommon_path': '/nowhere/opCommon.json'}}
    code, _output = run({'serial': 1, 'tasks': [look]})
    assert code == 2
    advice = {one['host']: one['advice'] for one in run.json()['hosts']}
    assert advice['omk2'] == advice['omk3'] == 'Not tried: the run ended before its turn.'
    assert '/nowhere/opCommon.json' in advice['omk1']


def test_ignored_failures_are_none(run):
    run({'tasks': [fail('omk1', 'Never mind.', ignore_errors=True), give_status()]})
    assert run.json()['hosts'][0]['warnings'] == []


def test_a_failure_after_the_status(run):
    run(
        {
            'tasks': [
                give_status(status='yellow', reason='backend_down', advice='Start OMK.'),
                fail('omk1', 'Rolled back.'),
            ]
        }
    )
    assert run.json()['hosts'][0]['status'] == 'failed'
    assert run.json()['hosts'][0]['advice'] == 'Rolled back.'
    assert run.json()['hosts'][0]['warnings'] == ['Before that: Start OMK.']


def test_the_next_run_says_what_turned(run):
    run.hosts.pop('omk3')
    run({'tasks': [give_status()]})
    assert run.json()['since'] is None
    run.hosts['omk3'] = {}
    look = give_status(status='yellow', reason='setting_missing', advice='Set it.')
    _code, output = run({'tasks': [give_status('omk1'), dict(look, when="inventory_hostname != 'omk1'")]})
    assert {one['host']: one['since'] for one in run.json()['hosts']} == {
        'omk1': '',
        'omk2': 'turned yellow',
        'omk3': 'new',
    }
    assert ' (site.yml): 1 turned yellow, 1 new' in output
    assert 'turned yellow' in (run.report / 'index.html').read_text(encoding='utf-8')
    # Nothing in this run changes anything, so what we cure is no manual work.
    assert run.json()['hosts'][0]['advice'] == 'Run site.yml, which does this: Set it.'


def test_a_report_that_cannot_be_read_is_none(run):
    run({'tasks': [give_status()]})
    (run.report / 'report.json').write_text('{"version": 1, "hosts"')
    code, _output = run({'tasks': [give_status()]})
    assert (code, run.json()['since']) == (0, None)


def test_a_run_that_may_change_something_does_not_advise_itself(run):
    ours = {
        'opmantek.omk.opcommon_setting': {'opcommon_path': '/nowhere/opCommon.json', 'value': '443'},
        'when': 'false',
    }
    look = give_status(status='yellow', reason='setting_missing', advice='Set it.')
    run({'tasks': [ours, look]})
    assert run.json()['hosts'][0]['advice'] == 'Set it.'
    run({'tasks': [ours, look]}, arguments=['--check'])
    assert run.json()['hosts'][0]['advice'] == 'Run it without --check, which does this: Set it.'


def test_junit_is_written_when_wanted(run):
    run.environment['OMK_REPORT_JUNIT'] = 'true'
    run(
        {
            'tasks': [
                give_status('omk1'),
                give_status('omk2', status='yellow', reason='backend_down', advice='Start OMK.'),
            ]
        }
    )
    suites = ElementTree.parse(run.report / 'junit.xml').getroot()
    assert (suites.get('tests'), suites.get('failures'), suites.get('skipped')) == ('3', '1', '1')
    assert suites.find('.//testcase[@name="omk2"]/failure').attrib == {'message': 'Start OMK.', 'type': 'backend_down'}


def join(run, *arguments):
    """The playbook as an admin calls it, with no inventory."""
    command = [sys.executable, '-m', 'ansible', 'playbook', 'opmantek.omk.report', *arguments]
    done = subprocess.run(
        command,
        env=run.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=run.folder,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.decode()


def test_several_runs_are_put_together(run):
    for host in ('omk1', 'omk2'):
        run.environment['OMK_REPORT_DIR'] = str(run.folder / 'slices' / host)
        run({'tasks': [give_status(status='green' if host == 'omk1' else 'yellow')]}, arguments=['--limit', host])
    run.environment['OMK_REPORT_DIR'] = str(run.reports)
    code, output = join(run, '-e', 'omk_reports=slices/omk1,slices/*/latest/report.json', '-e', 'omk_report_junit=true')
    assert code == 0, output
    assert '2 hosts: 1 yellow, 1 green' in output
    joined = run.folder / 'omk-report-joined'
    assert sorted(os.listdir(joined)) == ['index.html', 'junit.xml', 'report.csv', 'report.json']
    report = json.loads((joined / 'report.json').read_text())
    assert {one['host']: one['status'] for one in report['hosts']} == {'omk1': 'green', 'omk2': 'yellow'}
    assert report['runs'] == 2
    # Joining is no run of its own.
    assert not run.reports.exists()


@pytest.mark.parametrize(
    'arguments, message',
    [
        ([], 'No report was given. Name them in omk_reports'),
        (['omk_reports=nowhere/*'], 'There is no report nowhere/*. Name them in omk_reports'),
        (['omk_reports=ansible.cfg'], 'ansible.cfg is not JSON; give a report.json that a run has written'),
        (
            ['omk_reports=site', 'omk_report_dir=site'],
            'site holds one of the reports that are to be joined. Give another',
        ),
    ],
)
def test_what_cannot_be_put_together(run, arguments, message):
    (run.folder / 'site').mkdir()
    (run.folder / 'site' / 'report.json').write_text('old')
    code, output = join(run, *[part for one in arguments for part in ('-e', one)])
    assert code != 0
    assert message in ' '.join(output.split())
    assert (run.folder / 'site' / 'report.json').read_text() == 'old'
    assert not (run.folder / 'omk-report-joined').exists()


def test_the_last_status_counts(run):
    run({'tasks': [give_status(status='yellow', reason='backend_down', advice='Start OMK.'), give_status()]})
    assert set(run.statuses().values()) == {'green'}


def test_check_mode_is_marked(run):
    code, output = run({'tasks': [give_status()]}, arguments=['--check'])
    assert code == 0
    assert run.json()['check_mode'] is True
    assert 'check mode: nothing was changed' in output
    assert 'check mode: nothing was changed' in (run.report / 'index.html').read_text(encoding='utf-8')


@pytest.mark.parametrize(
    'play',
    [
        {'tasks': [{'ansible.builtin.debug': {'msg': 'hello'}}]},
        {'tasks': [fail('omk1', 'It broke.')]},
        {'tasks': [{'ansible.builtin.set_stats': {'data': {'omk_websocket': STATUS}}}]},
    ],
)
def test_other_runs_are_left_alone(run, play):
    _code, output = run(play)
    assert 'EVENTS PANES' not in output
    assert not run.reports.exists()


def test_a_run_whose_tags_leave_our_tasks_out_is_left_alone(run):
    """The role's arguments are validated whatever the tags are, and that is nothing that a board could tell of."""
    ours = {'name': 'Verify', 'ansible.builtin.import_role': {'name': 'opmantek.omk.websocket_check'}, 'tags': ['omk']}
    theirs = {'name': 'Say', 'ansible.builtin.debug': {'msg': 'hello'}, 'tags': ['web']}
    code, output = run({'tasks': [ours, theirs]}, arguments=['--tags', 'web'])
    assert (code, 'Validating arguments' in output) == (0, True), output
    assert 'EVENTS PANES' not in output
    assert not run.reports.exists()


def test_secrets_of_a_failed_task_stay_hidden(run):
    run(
        {
            'tasks': [
                fail('omk1', 'hush-hush', no_log=True),
                {'opmantek.omk.websocket_probe': {'host': '127.0.0.1', 'port': 1, 'timeout': 2}},
            ]
        }
    )
    written = b''.join(path.read_bytes() for path in run.report.iterdir())
    assert b'hush-hush' not in written
    assert run.statuses()['omk1'] == 'failed'


def test_hostile_names_and_messages(run):
    run.hosts = {'omk1': {}, '<b>&=1': {}}
    run({'tasks': [give_status(advice='<script>alert(1)</script>\x1b[2J', status='yellow', reason='=cmd')]})
    page = (run.report / 'index.html').read_text(encoding='utf-8')
    assert page.count('<script>') == 1 and '<b>&=1' not in page and '&lt;b&gt;&amp;=1' in page
    assert '\x1b' not in page
    assert "'=cmd" in (run.report / 'report.csv').read_text(encoding='utf-8')


@pytest.mark.parametrize('obstacle', ['file', 'parent'])
def test_a_folder_that_cannot_be_written_breaks_nothing(run, obstacle):
    path = run.reports if obstacle == 'file' else run.folder / 'x'
    path.write_text('in the way')
    run.environment['OMK_REPORT_DIR'] = str(path if obstacle == 'file' else path / 'deeper')
    code, output = run({'tasks': [give_status()]})
    assert code == 0
    assert output.replace('\n', ' ').count('The report could not be written to') == 1
    assert '3 hosts: 3 green' in output
    assert path.read_text() == 'in the way'


def test_the_folder_can_be_set_in_the_configuration(run):
    del run.environment['OMK_REPORT_DIR']
    with open(run.folder / 'ansible.cfg', 'a') as configuration:
        configuration.write(f'[callback_fleet_report]\nreport_dir = {run.folder}/elsewhere\n')
    run({'tasks': [give_status()]})
    assert (run.folder / 'elsewhere/latest/index.html').exists()


def test_the_default_folder(run):
    del run.environment['OMK_REPORT_DIR']
    run({'tasks': [give_status()]})
    assert (run.folder / 'omk-report/latest/index.html').exists()


def test_the_default_folder_in_a_job_of_awx(run):
    del run.environment['OMK_REPORT_DIR']
    run.environment['AWX_ISOLATED_DATA_DIR'] = str(run.folder / 'artifacts/7')
    _code, output = run({'tasks': [give_status()]})
    assert (run.folder / 'artifacts/7/omk-report/index.html').exists()
    assert not (run.folder / 'omk-report').exists()
    # The folder belongs to the job, and AWX deletes it: nobody could open what stands there.
    assert ('EVENTS PANES' in output, 'Report: ' in output, 'artifacts/7' in output) == (True, False, False), output


def test_a_folder_that_jobs_of_awx_share(run):
    """Each job's report is known by the job's number, and none replaces another's."""
    for number in ('7', '8'):
        run.environment.update(AWX_ISOLATED_DATA_DIR=str(run.folder / 'artifacts' / number), JOB_ID=number)
        _code, output = run({'tasks': [give_status()]})
        assert f'-site-job{number}/index.html' in output
    assert [name[-10:] for name in sorted(os.listdir(run.reports))] == ['-site-job7', '-site-job8', 'latest']
    assert run.report.resolve().name.endswith('-job8')


def test_a_run_leaves_the_reports_of_others_alone(run):
    run.reports.mkdir()
    (run.reports / 'other.txt').write_text('kept')
    run({'tasks': [give_status()]})
    first = run.report.resolve()
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    run({'tasks': [give_status(status='yellow', reason='backend_down')]})
    assert run.report.resolve() != first
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    assert set(run.statuses().values()) == {'yellow'}
    assert (run.reports / 'other.txt').read_text() == 'kept'
    assert sorted(os.listdir(run.reports)) == sorted([first.name, run.report.resolve().name, 'latest', 'other.txt'])


def test_old_reports_go_and_nothing_else_does(run):
    run.environment['OMK_REPORT_KEEP'] = '2'
    old = [run.reports / f'2026010{day}T000000Z-site' for day in (1, 2, 3, 4)]
    for folder in old:
        folder.mkdir(parents=True)
        (folder / 'report.json').write_text('{}')
    (old[1] / 'notes.txt').write_text('of a person')
    (run.reports / 'mine').mkdir()
    (run.reports / 'mine/report.json').write_text('{}')
    outside = run.folder / 'outside'
    outside.mkdir()
    (outside / 'index.html').write_text('not here')
    (run.reports / '20260101T000000Z-link').symlink_to(outside)
    code, output = run({'tasks': [give_status()]})
    assert (code, 'WARNING' in output) == (0, False), output
    left = sorted(os.listdir(run.reports))
    mine = run.report.resolve().name
    assert left == sorted(['20260101T000000Z-link', old[1].name, old[3].name, mine, 'latest', 'mine'])
    assert sorted(os.listdir(old[1])) == ['notes.txt', 'report.json']
    assert (outside / 'index.html').read_text() == 'not here'


@pytest.mark.parametrize(
    ('keep', 'kept', 'sentence'),
    [
        ('0', 4, ''),
        ('1', 1, ''),
        ('-1', 4, 'OMK_REPORT_KEEP is -1, but has to be 0 or more; all reports are kept.'),
    ],
)
def test_how_many_reports_are_kept(run, keep, kept, sentence):
    run.environment['OMK_REPORT_KEEP'] = keep
    for day in (1, 2, 3):
        folder = run.reports / f'2026010{day}T000000Z-site'
        folder.mkdir(parents=True)
        (folder / 'report.json').write_text('{}')
    code, output = run({'tasks': [give_status()]})
    assert code == 0
    assert sentence in ' '.join(output.split())
    assert len(os.listdir(run.reports)) == kept + 1


def test_runs_that_end_at_the_same_time(run):
    """Each finds its own report whole, and the link leads to one of them."""
    command = run.command([{'tasks': [give_status()]}])
    started = [
        subprocess.Popen(command, env=run.environment, stdout=subprocess.PIPE, cwd=run.folder) for _number in range(4)
    ]
    outputs = [process.communicate(timeout=120)[0].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 4
    pages = {line for output in outputs for line in output.splitlines() if line.startswith('Report: ')}
    assert len(pages) == 4
    folders = {os.path.dirname(page.removeprefix('Report: ')) for page in pages}
    assert str(run.report.resolve()) in folders
    assert {os.path.join(run.reports, name) for name in os.listdir(run.reports)} == folders | {str(run.report)}
    for folder in folders:
        assert sorted(os.listdir(folder)) == ['index.html', 'report.csv', 'report.json']


def test_what_is_in_the_place_of_the_link(run):
    """A link to elsewhere is replaced and never followed; what is no link stays, and is said to."""
    elsewhere = run.folder / 'elsewhere'
    elsewhere.mkdir()
    os.mkfifo(elsewhere / 'report.json')  # who reads it waits for ever
    run.reports.mkdir()
    for target in (elsewhere, elsewhere / 'nothing', '../elsewhere'):
        run.report.unlink(missing_ok=True)
        run.report.symlink_to(target)
        code, output = run({'tasks': [give_status()]})
        assert (code, 'WARNING' in output) == (0, False), output
        assert run.report.resolve().parent == run.reports
        assert os.listdir(elsewhere) == ['report.json']
    (run.report / 'report.json').unlink()
    os.mkfifo(run.report / 'report.json')
    assert run({'tasks': [give_status()]})[0] == 0
    run.report.unlink()
    run.report.write_text('a file')
    code, output = run({'tasks': [give_status()]})
    assert code == 0
    assert f'{run.report} does not lead to this report: something that is no link is there; move it away.' in ' '.join(
        output.split()
    )
    assert run.report.read_text() == 'a file'
    assert 'Report: ' in output


def test_a_full_disk(run):
    """A sentence; the outcome is the run's own, and the report before stays and is told from this run's."""
    run.reports.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', run.reports], check=True)
    try:
        assert run({'tasks': [give_status()]})[0] == 0
        first = run.report.resolve()
        full = pytest.raises(OSError, match='No space left')
        with open(run.reports / 'filling', 'wb', buffering=0) as filling, full:
            while filling.write(b'x' * 4096):
                pass
        code, output = run({'tasks': [give_status()]})
        assert code == 0
        flat = ' '.join(output.split())
        assert f'The report could not be written to {run.reports}: No space left on device.' in flat
        assert f'No report of this run; the last is of an earlier one: {first}' in flat
        assert sorted(os.listdir(run.reports)) == sorted([first.name, 'filling', 'latest'])
        assert run({'tasks': [fail('omk1', 'It broke.'), give_status()]})[0] == 2
    finally:
        subprocess.run(['umount', run.reports], check=True)


@pytest.mark.parametrize('earlier', [False, True])
def test_a_refused_run_claims_no_report(run, earlier):
    if earlier:
        run({'tasks': [give_status()]})
    refused = "{{ 'nosuch' | opmantek.omk.require_hosts(groups) }}"
    ours = {'name': 'Verify', 'opmantek.omk.websocket_probe': {'host': '127.0.0.1', 'port': 1}}
    code, output = run({'hosts': refused, 'tasks': [ours]})
    assert code != 0
    assert 'omk_hosts is nosuch, which matches no host of the inventory' in ' '.join(output.split())
    assert ('EVENTS PANES' in output, '\nReport: ' in output) == (False, False)
    if earlier:
        assert f'No report of this run; the last is of an earlier one: {run.report.resolve()}' in output
        assert len(os.listdir(run.reports)) == 2
    else:
        assert not run.reports.exists()


def interrupted(run, plays, mark):
    """Run plays and interrupt them (SIGINT, to all processes) once a file is there; the output (str)."""
    process = subprocess.Popen(
        run.command(plays),
        env=run.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=run.folder,
        start_new_session=True,
    )
    while not mark.exists() and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    return process.communicate(timeout=60)[0].decode()


def test_an_interrupted_run(run):
    mark = run.folder / 'waiting'
    plays = [
        {
            'serial': 1,
            'tasks': [
                {'opmantek.omk.websocket_probe': {'host': '127.0.0.1', 'port': 1, 'timeout': 2}},
                give_status('omk1'),
                {'ansible.builtin.shell': f'touch {mark}; sleep 60', 'when': "inventory_hostname == 'omk2'"},
            ],
        }
    ]
    output = interrupted(run, plays, mark)
    assert 'User interrupted execution' in output
    assert run.json()['interrupted'] is True
    assert run.statuses() == {'omk1': 'green', 'omk2': 'no status', 'omk3': 'no status'}
    assert output.count('EVENTS PANES') == 1


def test_an_interrupted_run_tells_who_could_not_be_reached(run):
    mark = run.folder / 'waiting'
    run.hosts['omk1'] = {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.9', 'ansible_port': 9}
    look = {'opmantek.omk.websocket_probe': {'host': '127.0.0.1', 'port': 1, 'timeout': 2}}
    wait = {'ansible.builtin.shell': f'touch {mark}; sleep 60', 'when': "inventory_hostname == 'omk3'"}
    interrupted(run, [{'tasks': [look, fail('omk2', 'It broke.'), wait]}], mark)
    assert run.statuses() == {'omk1': 'unreachable', 'omk2': 'failed', 'omk3': 'no status'}


def test_not_enabled_not_there(run):
    (run.folder / 'ansible.cfg').write_text('[defaults]\n')
    _code, output = run({'tasks': [give_status()]})
    assert 'EVENTS PANES' not in output
    assert not run.reports.exists()
