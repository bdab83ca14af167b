# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job, looked at from the controller: what a firewall or a name server breaks shows only there."""

import os
import subprocess

import pytest
from servers import CHECKOUT


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["websocket_check_validate_certs=false"], 0, "green"),
    ([], 2, "tls_untrusted"),  # the controller does not know the test CA, the host does
    (["websocket_check_validate_certs=false", "websocket_check_address=127.0.0.7"], 2, "tcp_refused"),
])
def test_the_view_from_the_controller_decides(server, arguments, code, words):
    inventories = [CHECKOUT / "molecule/shared/inventory", CHECKOUT / "molecule/browser/inventory.yml"]
    options = ["websocket_check_from=controller", f"websocket_check_address={server.address}", *arguments]
    command = ["ansible-playbook", *(f"--inventory={path}" for path in inventories),
               *(f"--extra-vars={option}" for option in options), str(CHECKOUT / "playbooks/verify.yml")]
    environment = dict(os.environ, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), MOLECULE_SCENARIO_NAME="browser",
                       OMK_REPORT_DIR=str(server.artifacts / "report"), ANSIBLE_FORCE_COLOR="0")
    ran = subprocess.run(command, cwd=CHECKOUT, env=environment, text=True, capture_output=True, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert words in ran.stdout
