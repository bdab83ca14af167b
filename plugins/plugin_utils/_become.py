# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why nobody becomes root on a host, in one sentence (pure; private).

Sources: what sudo 1.8 and 1.9, su of util-linux and shadow, and Ansible's connection plugins print in English.
"""

import re
import typing as t

_CAUSES = (
    (
        r'unknown user|user \S+ does not exist|no passwd entry',
        'There is no such user to become on this host; correct ansible_become_user, or leave it out to become root.',
    ),
    (
        r'incorrect \S+ password|incorrect password attempt|sorry, try again|authentication failure',
        'The password for becoming root is wrong on this host; correct ansible_become_password, or what is typed for'
        ' --ask-become-pass.',
    ),
    (
        r'missing \S+ password|a password is required|no password was provided|no tty present|a terminal is required',
        'Becoming root takes a password on this host; set ansible_become_password, or give --ask-become-pass.',
    ),
    (
        r'not in the sudoers file|may not run sudo|is not allowed to (run|execute)',
        'The user of the connection may not become root on this host; correct ansible_user, or allow it in sudoers.',
    ),
    (
        r'waiting for (a )?privilege escalation prompt|premature end of stream waiting for become',
        'Becoming root did not succeed in time on this host; correct ansible_become_method, ansible_become_user and'
        ' ansible_become_password.',
    ),
    (
        r'failed to (change ownership of|set (file mode|permissions)[^.]* on) .{0,9}temporary files',
        'This needs root, and ansible_become_user names another user for this host; leave it out to become root.',
    ),
)


def problem(text: str) -> t.Optional[str]:
    """What keeps the run from becoming root, one sentence, or None when the text tells of nothing like that.

    Args:
        text (str): what Ansible, sudo or su said.
    """
    for pattern, sentence in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return sentence
    return None
