# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why nobody becomes root, from what Ansible, sudo and su print."""

import pytest
from ansible_collections.opmantek.omk.plugins.plugin_utils import _become


@pytest.mark.parametrize(
    ('text', 'names'),
    [
        ('sudo: unknown user: nosuch', 'ansible_become_user'),
        ('sudo: unknown user nosuch\nsudo: error initializing audit plugin sudoers_audit', 'ansible_become_user'),
        (
            'su: user nosuch does not exist or the user entry does not contain all the required fields',
            'ansible_become_user',
        ),
        ('Incorrect sudo password', 'ansible_become_password'),
        ('sudo: 1 incorrect password attempt', 'ansible_become_password'),
        ('Sorry, try again.', 'ansible_become_password'),
        ('su: Authentication failure', 'ansible_become_password'),
        ('Missing sudo password', '--ask-become-pass'),
        ('sudo: a password is required', '--ask-become-pass'),
        ('sudo: no tty present and no askpass program specified', '--ask-become-pass'),
        ('sudo: a terminal is required to read the password; either use the -S option', '--ask-become-pass'),
        ('admin is not in the sudoers file.  This incident will be reported.', 'ansible_user'),
        ("Sorry, user admin is not allowed to execute '/bin/sh' as root on omk1.", 'ansible_user'),
        ('Sorry, user admin may not run sudo on omk1.', 'ansible_user'),
        ('Timeout (12s) waiting for privilege escalation prompt: ', 'ansible_become_method'),
        (
            'Failed to change ownership of the temporary files Ansible (via chmod nor setfacl) needs to',
            'ansible_become_user',
        ),
        ('Failed to set file mode or acl on remote temporary files (rc: 1, err: )', 'ansible_become_user'),
    ],
)
def test_the_sentence_names_what_to_set(text, names):
    said = _become.problem(text)
    assert said and names in said and said.endswith('.') and '\n' not in said


@pytest.mark.parametrize('text', ['', 'Connection refused', 'python3: not found', 'No space left on device', 'rc 1'])
def test_what_has_another_cause_is_left_to_ansible(text):
    assert _become.problem(text) is None
