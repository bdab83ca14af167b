# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Apache side is set up, changed and removed under open websockets and a loop of requests: nothing drops or fails.

Only the role apache_websocket runs: omkd is not restarted, which would end the websockets at their other end.
"""

import os
import subprocess

import proof_host
import pytest
import websocket
from events import listen
from traffic import Traffic

NAME = 'apache-websockets'
EACH = 20
PLAY = """
- name: Set up or remove the Apache side
  hosts: omk
  gather_facts: false
  roles:
    - opmantek.omk.apache_websocket
"""
# A tunnel of the admin's own, so that websockets are open before there is any of ours.
ADMIN = """
cat >/etc/apache2/sites-available/admin.conf <<'END'
Listen 8443
<VirtualHost *:8443>
    ServerName omk.example.com
    SSLEngine on
    SSLCertificateFile /etc/ssl/omk/omk.example.com.crt
    SSLCertificateKeyFile /etc/ssl/omk/omk.example.com.key
    ProxyPass /en/omk/opCharts/events/log ws://localhost:8042/en/omk/opCharts/events/log
</VirtualHost>
END
a2enmod -q proxy_wstunnel
a2ensite -q admin
systemctl restart apache2
"""


@pytest.fixture(scope='module')
def server():
    with proof_host.running(NAME) as found:
        proof_host.shell(found, ADMIN)
        yield found


@pytest.fixture
def role(server, tmp_path):
    """Run the role with variables; whether it changed anything."""
    play = tmp_path / 'play.yml'
    play.write_text(PLAY)
    environment = dict(os.environ, MOLECULE_SCENARIO_NAME=NAME)
    inventory = subprocess.run(
        [proof_host.ROOT / 'dev/host', 'inventory', NAME], text=True, capture_output=True, check=True
    ).stdout.split()

    def run(**variables):
        extra = [f'--extra-vars=apache_websocket_{name}={value}' for name, value in variables.items()]
        ran = subprocess.run(
            ['ansible-playbook', *inventory, *extra, play], env=environment, text=True, capture_output=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return 'changed=0' not in ran.stdout

    return run


def main_process(server):
    """Apache's main process, and how often it took up its configuration."""
    process = proof_host.shell(server, 'systemctl show --property=MainPID --value apache2').strip()
    return process, int(proof_host.shell(server, 'grep -c AH00493 /var/log/apache2/error.log || :'))


def test_nothing_drops_and_no_request_fails(server, role, record_property):
    process, reloads = main_process(server)
    with Traffic(server) as traffic:
        traffic.open(EACH, port=8443)
        assert role(state='present')
        traffic.wait_for_events()
        traffic.open(EACH, port=443)
        assert role(state='present', idle_timeout=600)
        traffic.wait_for_events()
        assert role(state='absent')
        traffic.wait_for_events()
    with pytest.raises(websocket.WebSocketBadStatusException):
        listen(server)
    assert main_process(server) == (process, reloads + 3)
    assert traffic.dropped == []
    assert traffic.failed == []
    assert len(traffic.events) == 2 * EACH
    assert min(traffic.events) >= 6
    assert min(traffic.requests.values()) > 0
    for name, count in (
        ('websockets', len(traffic.events)),
        ('websockets dropped', len(traffic.dropped)),
        ('events', sum(traffic.events)),
        ('requests', sum(traffic.requests.values())),
        ('requests failed', len(traffic.failed)),
        ('kept connections reopened', traffic.reopened),
    ):
        record_property(name, count)


def test_a_full_restart_would_be_seen(server, role):
    with Traffic(server) as traffic:
        traffic.open(EACH, port=8443)
        assert role(state='present', restart='full')
    assert len(traffic.dropped) == EACH
    assert traffic.failed
