# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says where nobody can become root: one sentence, in Ansible's output and in the report."""

import json
import os
import subprocess
import sys

import pytest

PLAYBOOK = 'opmantek.omk.verify'
# Ansible refuses these by itself before it comes to the program, when it has to make files for another user.
OTHER_USER = 'This needs root, and ansible_become_user names another user for this host; leave it out to become root.'
SAID = {
    'unknown user: nosuch': 'There is no such user to become on this host; correct ansible_become_user, or leave it out'
    ' to become root.',
    'a password is required': 'Becoming root takes a password on this host; set ansible_become_password, or give'
    ' --ask-become-pass.',
    'admin is not in the sudoers file.': 'The user of the connection may not become root on this host; correct'
    ' ansible_user, or allow it in sudoers.',
}


@pytest.mark.parametrize('words', SAID)
@pytest.mark.parametrize('pipelining', [True, False])
def test_one_sentence_says_what_to_set(tmp_path, ansible_playbook, words, pipelining):
    program = tmp_path / 'sudo'
    program.write_text(f"#!/bin/sh\necho 'sudo: {words}' >&2\nexit 1\n")
    program.chmod(0o755)
    variables = {
        'ansible_connection': 'local',
        'ansible_python_interpreter': sys.executable,
        'ansible_become': True,
        # Not root, for whom a test that root runs has to become nobody.
        'ansible_become_user': 'nosuch',
        'ansible_become_exe': str(program),
    }
    (tmp_path / 'hosts.json').write_text(json.dumps({'omk': {'hosts': {'omk1': variables}}}))
    done = subprocess.run(
        [*ansible_playbook, '-i', tmp_path / 'hosts.json', PLAYBOOK],
        cwd=tmp_path,
        env=dict(os.environ, ANSIBLE_PIPELINING=str(pipelining), OMK_REPORT_DIR=str(tmp_path / 'report')),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    sentence = SAID[words] if pipelining else OTHER_USER
    report = json.loads((tmp_path / 'report/latest/report.json').read_text())
    [row] = report['hosts']
    assert done.returncode == 2
    assert f'"msg": "{sentence}"' in done.stdout, done.stdout
    assert (row['status'], row['advice']) == ('failed', sentence)
