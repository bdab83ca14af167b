# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on hosts where it cannot succeed."""

import re

import pytest
from events import listen
from runs import Secretly, each, files
from servers import find

# By host: the sentence that an admin reads; the code in the report, where docs/reasons.md has one for it; and whether
# the run had to change something first and roll it back.
EXPECTED = {
    'omk-broken-apache': (
        "/etc/apache2/conf-enabled/zz-broken.conf, line 1: Apache refuses its configuration: Invalid command 'Bogus'",
        'apache_broken_configuration',
        False,
    ),
    'omk-broken-opcommon': ('/usr/local/omk/conf/opCommon.json, line 1, column 18: ', 'opcommon_unreadable', False),
    'omk-no-opcommon': ('there is neither opCommon.json nor opCommon.nmis', 'opcommon_unreadable', False),
    'omk-down': ('Start OMK (systemctl restart omkd)', 'omk_down', False),
    'omk-apache-down': ('Start Apache', 'apache_down', False),
    'omk-no-certificate': ('/etc/ssl/omk/omk.example.com.crt: the certificate does not exist', '', False),
    'omk-wrong-key': (
        '/etc/ssl/omk/omk.example.com.key: the private key does not belong to the certificate',
        '',
        False,
    ),
    'omk-no-vhost': ('no VirtualHost serves port 443', 'vhost_missing', False),
    'omk-two-vhosts': ('several VirtualHosts serve port 443', 'vhost_ambiguous', False),
    'omk-overridden': ('conf.d/pushed.json, which overrides', 'setting_overridden', True),
    'omk-untrusted': ('tls_untrusted', 'tls_untrusted', True),
    'omk-will-not-restart': ('restart', '', True),
    'omk-unknown-unit': ('systemd knows no unit opmantekd on this host', '', False),
    'omk-stray-backend': ('or correct apache_websocket_backend where OMK listens elsewhere', 'omk_down', False),
    'omk-own-rule-untrusted': ('tls_untrusted', 'tls_untrusted', True),
}
GREEN = 'omk-two-proxying'


MODES = {'check': ('site.yml', '--check'), 'run': ('site.yml',), 'verify': ('verify.yml',)}


def state(server):
    """Files as they are (but for the backups) and when each daemon last read its configuration."""
    return files(server), server.run(
        'systemctl', 'show', '-p', 'MainPID,ActiveState,StateChangeTimestampMonotonic', 'apache2', 'omkd'
    )


@pytest.fixture(scope='module')
def secretly():
    return Secretly('failures')


@pytest.fixture
def run(secretly):
    """Runs a playbook on one server."""
    return lambda name, server, *arguments: secretly.run(name, f'--limit={server.host}', *arguments)


class OnAll:
    """A playbook on all hosts at once, and every host's state before and after."""

    def __init__(self, secretly, name, *arguments):
        servers = find('failures')
        self.before = each(state, servers)
        # Modules are logged on the host only when they have a file of their own there.
        self.ran = secretly.run(name, '--forks=8', *arguments, ANSIBLE_PIPELINING='false')
        self.after = each(state, servers)

    def failed(self, host):
        """Whether the host failed."""
        return bool(self.ran.recap(host)['failed'])

    def said(self, host):
        """What the run printed about a host: how a task ended, and its result, which is indented."""
        return ''.join(
            re.findall(rf'^\w+: \[{re.escape(host)}(?: ->[^]]*)?\].*\n(?: .*\n)*', self.ran.output, re.MULTILINE)
        )


@pytest.fixture(scope='module')
def runs(secretly):
    """In this order: the dry run, the run, the verify after it."""
    return {mode: OnAll(secretly, *arguments) for mode, arguments in MODES.items()}


def test_every_spoilt_host_has_its_sentence(server):
    assert server.host in {*EXPECTED, GREEN}


@pytest.mark.parametrize('mode', ['check', 'run'])
def test_one_clear_sentence_and_nothing_changed(runs, server, mode):
    all_of_them = runs[mode]
    if server.host == GREEN:
        assert not all_of_them.failed(server.host)
        return
    sentence, code, had_to_try = EXPECTED[server.host]
    if had_to_try and mode == 'check':
        # Only a real run can find out; check mode predicts a change.
        assert not all_of_them.failed(server.host)
        return
    before, after = all_of_them.before[server.host], all_of_them.after[server.host]
    said, row = all_of_them.said(server.host), all_of_them.ran.rows[server.host]
    assert all_of_them.failed(server.host), all_of_them.ran.output
    assert sentence in said, said
    assert 'Traceback' not in all_of_them.ran.output
    # What no reason stands for has ended the run before the pane was checked to the end.
    assert (row['status'], row['reason']) == ('yellow' if code else 'failed', code)
    assert after[0] == before[0]
    if had_to_try and mode == 'run':
        assert 'What this run had changed was rolled back (' in said
        assert 'Not rolled back' not in said
        # And it works as before: both daemons run, and events come over ws.
        assert server.run('systemctl', 'is-active', 'apache2', 'omkd').split() == ['active', 'active']
        assert len(listen(server, 'ws', 8042)) == 1
    else:
        assert after[1] == before[1]


def test_verify_says_yellow_and_why(runs, server):
    verify = runs['verify']
    assert verify.failed(server.host) == (server.host != GREEN), verify.ran.output
    row = verify.ran.rows[server.host]
    assert row['status'] == ('green' if server.host == GREEN else 'yellow')
    assert row['advice']


@pytest.fixture
def overridden():
    """The host on which a run has changed everything before it finds that the pane stays yellow."""
    [server] = [server for server in find('failures') if server.host == 'omk-overridden']
    return server


def test_a_host_may_be_left_for_somebody_to_look_at(overridden, run):
    before = files(overridden)
    ran = run('site.yml', overridden, '--extra-vars', 'omk_rollback=false')
    assert ran.code == 2
    assert 'It was left as it is, because omk_rollback is false.' in ran.output
    assert 'rolled back' not in ran.output
    assert files(overridden) != before
    assert overridden.run('systemctl', 'is-active', 'apache2', 'omkd').split() == ['active', 'active']
    assert run('revert.yml', overridden).code == 0
    assert files(overridden) == before


def test_a_half_that_cannot_be_put_back_is_told_and_does_not_keep_the_other_from_it(overridden, run):
    """OMK's daemon does not start any more, whatever its files say."""
    before, folder = files(overridden), '/etc/systemd/system/omkd.service.d'
    never = "printf '[Service]\\nExecStartPre=/bin/false\\n'"
    overridden.run('sh', '-c', f'mkdir -p {folder} && {never} >{folder}/never.conf && systemctl daemon-reload')
    ran = run('site.yml', overridden)
    assert ran.code == 2
    assert (
        "What this run had changed was rolled back (Apache's configuration). Not rolled back: OMK's setting ("
        in ran.output
    )
    # The report, and what AWX keeps as the job's artifacts, say what happened, and not what the first look saw.
    for account in (ran.rows[overridden.host]['advice'], ran.output.partition('CUSTOM STATS')[2]):
        assert 'omkd did not restart: ' in account
        assert 'Set websocket_proxy_port' not in account
    overridden.run(
        'sh',
        '-c',
        f'rm -r {folder} && systemctl daemon-reload && systemctl reset-failed omkd &&'
        ' systemctl start omkd && timeout 60 sh -c'
        " 'until ss -Hltn sport = :8042 | grep -q .; do sleep 0.1; done'",
    )
    assert files(overridden) == before
    assert len(listen(overridden, 'ws', 8042)) == 1


def test_no_password_was_shown_on_the_way(secretly, runs):
    """The runs above, with a long and odd one: in no output, log, board or journal."""
    servers = find('failures')
    assert len(secretly.told) >= len(MODES)
    assert any('Invoked with' in server.run('journalctl', '--all') for server in servers)
    assert secretly.traces(servers) == []
