# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How these tests run the programs of their hosts: for real, as AnsibleModule.run_command would."""

import subprocess


def run(command):
    ran = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = ran.communicate()
    return ran.returncode, output.decode(), errors.decode()
