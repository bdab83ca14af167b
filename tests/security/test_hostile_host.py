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
    'url': 'wss://omk/x',
    'certificate_days_left': 90,
    'checked_at': '2026-01-01T00:00:00Z',
    'notes': [],
    'pending': [],
    'interrupted': [],
    'observations': {},
    'changed': False,
}
OWNED = '\x1b]0;owned\x07\x1b[2J'
ABOUT_OTHERS = {'data': {'omk_websocket': {'victim': GREEN, 'hostile': GREEN}}, 'aggregate': True, 'per_host': False}
LEVELS = 200
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
    'texts of other types': json.dumps(dict(GREEN, status='yellow', advice=[{}], url=7, checked_at={}, pending='x')),
    'very long texts': json.dumps(dict(GREEN, status='yellow', advice='x' * 3000000, notes=['y' * 10000] * 1000)),
    'control characters': json.dumps(dict(GREEN, status='yellow', advice=OWNED, notes=[OWNED], warnings=[OWNED])),
    'control characters in a failure': json.dumps({'failed': True, 'msg': OWNED, 'reason': OWNED}),
    'deep nesting': '{"status": "green", "x": ' + '[' * LEVELS + ']' * LEVELS + '}',
    'half characters': json.dumps(dict(GREEN, advice='\ud800', url='wss://\udfff/x')),
    'nothing': '',
    'no JSON': '{"status": ',
    'a list': '[1, 2]',
}


class Run:
    """A playbook on two hosts: one whose pane is yellow, and one that answers as it likes."""

    def __init__(self, folder, answer, playbook='verify.yml'):
        script = folder / 'python'
        script.write_text(f'#!/bin/sh\ncat >/dev/null\ncat {folder}/answer\n')
        script.chmod(0o755)
        (folder / 'answer').write_text(answer, errors='surrogatepass')
        (folder / 'inventory.ini').write_text(
            '[omk]\n'
            f'hostile ansible_connection=local ansible_python_interpreter={script}\n'
            f'victim ansible_connection=local ansible_python_interpreter={sys.executable} '
            f'omk_websocket_omk_base={folder}/nowhere\n'
        )
        done = subprocess.run(
            ['ansible-playbook', '-i', folder / 'inventory.ini', CHECKOUT / 'playbooks' / playbook],
            env=dict(os.environ, OMK_REPORT_DIR=str(folder / 'report'), ANSIBLE_NOCOLOR='1', COLUMNS='200'),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.code, self.output = done.returncode, done.stdout + done.stderr
        self.report = {path.name: path.read_text() for path in (folder / 'report').iterdir()}
        self.rows = {row['host']: row for row in json.loads(self.report['report.json'], parse_constant=None)['hosts']}


@pytest.mark.parametrize('answer', ANSWERS.values(), ids=ANSWERS)
def test_a_host_speaks_for_itself_only_and_the_report_is_written(tmp_path, answer):
    run = Run(tmp_path, answer)
    assert set(run.rows) == {'hostile', 'victim'}
    assert (run.rows['victim']['status'], run.code) == ('yellow', 2)
    assert run.rows['victim']['reason'] == 'opcommon_unreadable'
    # A status that is none is no green, and no text is one that takes hold of a terminal or fills the page.
    if '"status": "green"' not in answer:
        assert run.rows['hostile']['status'] != 'green'
    assert '\x1b' not in run.output and '\x07' not in run.output
    assert all('\x1b' not in text and len(text) < 400000 for text in run.report.values())
    assert 'Traceback' not in run.output


def test_a_host_that_failed_is_never_green(tmp_path):
    run = Run(tmp_path, json.dumps(dict(GREEN, failed=True, msg='no')))
    assert run.rows['hostile']['status'] == 'failed'


def test_any_other_module_of_a_hostile_host_makes_no_status(tmp_path):
    (tmp_path / 'play.yml').write_text(
        '- hosts: omk\n  gather_facts: false\n  tasks:\n'
        '    - opmantek.omk.opcommon_info:\n      ignore_errors: true\n    - ansible.builtin.ping:\n'
    )
    run = Run(tmp_path, json.dumps(dict(GREEN, ansible_stats=ABOUT_OTHERS)), tmp_path / 'play.yml')
    assert 'green' not in {row['status'] for row in run.rows.values()}
