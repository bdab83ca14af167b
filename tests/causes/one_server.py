# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests know of the server that conftest.py makes for them."""

import json
import os
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent.parent
NAME = 'omk.test'


def wait_for(port):
    """Shell code that waits until somebody listens on a port, ends the script then, and fails when nobody does."""
    return f"""
for try in $(seq 600); do
    ss --no-header --listening --tcp --numeric 'sport = :{port}' | grep -q . && exit
    sleep 0.1
done
exit 1
"""


#: The same, until OMK does.
WAIT = wait_for(8042)


def site(host, *options):
    """Run site.yml on it; (exit code, what it printed, its row of the report)."""
    code, said, rows = sites({host: {}}, *options)
    return code, said, rows[host]


def sites(hosts, *options):
    """Run site.yml on several at once.

    Args:
        hosts (dict): variables (dict) by host.

    Returns:
        (int, str, dict): the exit code, what it printed, and each host's row of the report.
    """
    folder = next(iter(hosts)).folder
    inventory, report = folder / 'inventory.json', folder / 'report'
    # Gone before the run, so that an earlier one's is not read.
    (report / 'latest').unlink(missing_ok=True)
    inventory.write_text(json.dumps({'omk': {'hosts': {host.container: own for host, own in hosts.items()}}}))
    done = subprocess.run(
        [
            'ansible-playbook',
            '-i',
            inventory,
            CHECKOUT / 'playbooks/site.yml',
            *options,
        ]
        + ['-e', 'ansible_connection=disposable', '-e', 'ansible_python_interpreter=/usr/bin/python3'],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, OMK_REPORT_DIR=str(report)),
        text=True,
        check=False,
        timeout=900,  # on a busy machine
    )
    rows = {row['host']: row for row in json.loads((report / 'latest/report.json').read_text())['hosts']}
    return done.returncode, done.stdout, {host: rows[host.container] for host in hosts}
