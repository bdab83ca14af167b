# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on hosts where it cannot succeed."""

import json
import os
import subprocess

import pytest
from events import listen
from servers import CHECKOUT

# The sentence that an admin reads, by host; and whether the run had to change something first and put it back.
SENTENCES = {
    "omk-broken-apache": ("/etc/apache2/conf-enabled/zz-broken.conf, line 1: Apache refuses its configuration: Invalid"
                          " command 'Bogus'", False),
    "omk-broken-opcommon": ("/usr/local/omk/conf/opCommon.json, line 1, column 18: ", False),
    "omk-no-opcommon": ("there is neither opCommon.json nor opCommon.nmis", False),
    "omk-down": ("Start OMK (systemctl start omkd)", False),
    "omk-apache-down": ("Start Apache", False),
    "omk-no-certificate": ("/etc/ssl/omk/omk.example.com.crt: the certificate does not exist", False),
    "omk-wrong-key": ("/etc/ssl/omk/omk.example.com.key: the private key does not belong to the certificate", False),
    "omk-no-vhost": ("no VirtualHost serves port 443", False),
    "omk-two-vhosts": ("several VirtualHosts serve port 443", False),
    "omk-overridden": ("conf.d/pushed.json, which overrides", True),
    "omk-untrusted": ("tls_untrusted", True),
    "omk-will-not-restart": ("restart", True),
    "omk-unknown-unit": ("systemd knows no unit opmantekd on this host", True),
    "omk-own-rule-untrusted": ("tls_untrusted", True),
}
GREEN = "omk-two-proxying"


def playbook(name, server, *arguments):
    inventories = [CHECKOUT / "molecule/shared/inventory", CHECKOUT / "molecule/failures/inventory.yml"]
    command = ["ansible-playbook", *(f"--inventory={path}" for path in inventories), f"--limit={server.host}",
               *arguments, str(CHECKOUT / "playbooks" / name)]
    environment = dict(os.environ, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), MOLECULE_SCENARIO_NAME="failures",
                       OMK_REPORT_DIR=str(server.artifacts / "reports" / server.host), ANSIBLE_FORCE_COLOR="0")
    return subprocess.run(command, cwd=CHECKOUT, env=environment, text=True, capture_output=True, check=False)


def state(server):
    """Files as they are (but for the backups) and when each daemon last took up its configuration."""
    files = {path: {key: entry.get(key) for key in ("mode", "owner", "sha256", "target", "links")}
             for path, entry in server.snapshot().items() if not path.startswith("/var/backups")}
    return files, server.run("systemctl", "show", "-p", "MainPID,ActiveState,StateChangeTimestampMonotonic",
                             "apache2", "omkd")


def test_every_spoilt_host_has_its_sentence(server):
    assert server.host in {*SENTENCES, GREEN}


@pytest.mark.parametrize("mode", [(), ("--check", "--diff")], ids=["run", "check"])
def test_one_clear_sentence_and_nothing_changed(server, mode):
    if server.host == GREEN:
        assert playbook("site.yml", server, *mode).returncode == 0
        return
    sentence, had_to_try = SENTENCES[server.host]
    if had_to_try and mode and server.host != "omk-unknown-unit":
        # Only a real run can find out; check mode foretells a change.
        assert playbook("site.yml", server, *mode).returncode == 0
        return
    before = state(server)
    ran = playbook("site.yml", server, *mode)
    after = state(server)
    assert ran.returncode == 2, ran.stdout
    assert sentence in ran.stdout, ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    assert after[0] == before[0]
    if had_to_try and not mode:
        assert "What this run had changed was put back (" in ran.stdout
        assert "Not put back" not in ran.stdout
        # And it works as before: both daemons run, and events come over ws.
        assert server.run("systemctl", "is-active", "apache2", "omkd").split() == ["active", "active"]
        assert len(listen(server, "ws", 8042)) == 1
    else:
        assert after[1] == before[1]


def test_verify_says_yellow_and_why(server):
    ran = playbook("verify.yml", server)
    assert ran.returncode == (0 if server.host == GREEN else 2), ran.stdout
    report = json.loads((server.artifacts / "reports" / server.host / "report.json").read_text())
    [entry] = report["hosts"]
    assert entry["status"] == ("green" if server.host == GREEN else "yellow")
    assert entry["advice"]
