# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password of OMK on a real host: in no output, log, board, journal, cache, file or process."""

import contextlib
import json
import pathlib
import re
import signal
import threading

import passwords
import pytest
from conftest import RESET, Playbook

# In conf/opCommon.json: a login, with these words.
LOGIN = """
import json, sys
path = '/usr/local/omk/conf/opCommon.json'
with open(path) as file:
    settings = json.load(file)
settings['authentication']['auth_required'] = 'true'
settings['omkd'].update(stand_in_user='nmis', stand_in_password=json.loads(sys.argv[1]))
with open(path, 'w') as file:
    json.dump(settings, file, indent=3)
"""
#: The passwords, by host; all of them can log in but the last one, which has another user name.
LOGINS = {
    'omk-login-none': None,
    'omk-login-odd': passwords.ODD,
    'omk-login-omk': 'omk',
    'omk-login-e': 'e',
    'omk-login-443': '443',
    'omk-login-refused': passwords.ODD,
}
NONE, ODD, REFUSED = 'omk-login-none', 'omk-login-odd', 'omk-login-refused'
ALIKE = [host for host in LOGINS if host != REFUSED]
# Becomes somebody without rights, and is not there at all.
WRONG = {
    'omk-login-wrong-become': {
        'ansible_become': True,
        'ansible_become_method': 'sudo',
        'ansible_become_user': 'nobody',
    },
    'omk-login-gone': {'ansible_host': 'nowhere'},
}
# Green for the host itself, and then not from the controller, which knows no such name: all is rolled back.
FAILING = {
    # One batch: Ansible itself ends a play when all hosts of a batch have failed.
    'omk_batches': ['100%'],
    'omk_max_fail_percentage': 100,
    'websocket_check_from': 'controller',
    'websocket_check_timeout': 10,
    'websocket_check_server_name': 'omk.example.com',
}
# As an admin might mistype it; Apache quotes it.
BROKEN = 'ProxyPass /x httpx/user:MUST-NOT-LEAK@example.com\n'
#: The playbook, and its variables. Each has hosts that fail.
RUNS = {
    'rolled back': ('rollout.yml', FAILING),
    'green': ('site.yml', {}),
    'verified': ('verify.yml', {}),
    'reverted': ('revert.yml', {}),
}
#: What became of every host that is alike, and of the one that cannot log in.
OUTCOMES = {
    'rolled back': ('yellow', 'yellow'),
    'green': ('green', 'yellow'),
    'verified': ('green', 'yellow'),
    'reverted': ('reverted', 'failed'),
}


class Watched(threading.Thread):
    """The arguments of every process of this machine, its containers included, while the block runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.ended = set(), threading.Event()

    def run(self):
        while not self.ended.wait(0.3):
            for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
                with contextlib.suppress(OSError):
                    self.seen.add(path.read_bytes())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_unused):
        self.ended.set()
        self.join()


def with_login(server, password):
    """Have OMK want a login with this password."""
    server.run('python3', '-', json.dumps(password), stdin=LOGIN)
    server.run('systemctl', 'restart', 'omkd')


class Runs:
    """All `RUNS` on all these hosts, one after the other, as loud as can be, and a last one that is interrupted.

    Attributes:
        done: the playbooks, by name.
        told: all that could be read afterwards, by where.
    """

    def __init__(self, hosts, folder):
        self.hosts, self.folder = {host: hosts[host] for host in LOGINS}, folder
        for host, password in LOGINS.items():
            self.hosts[host].run('sh', '-c', RESET)
            if password is not None:
                with_login(self.hosts[host], password)
        since = self.hosts[ODD].run('date', '+%s').strip()
        self._write_inventory(hosts['omk-security'])
        self.done = {}
        with Watched() as watched:
            for name, (playbook, variables) in RUNS.items():
                if name == 'reverted':
                    self.hosts[REFUSED].run('tee', '/etc/apache2/conf-enabled/zz-broken.conf', stdin=BROKEN)
                self.done[name] = self._start(playbook, variables).end()
            self._interrupt()
        journals = [
            server.run('journalctl', '--since', f'@{since}', '--all', '--output', 'export')
            for server in (*self.hosts.values(), hosts['omk-security'])
        ]
        self.told = {
            'journals': '\n'.join(journals),
            'processes': b'\n'.join(watched.seen).decode(errors='replace'),
            **{str(path): path.read_text() for path in (folder / 'log', *folder.glob('facts/*'))},
        }
        for name, run in self.done.items():
            left = [path.read_text() for path in (run.folder / 'report/latest').iterdir()]
            assert len(left) >= 3
            self.told[name] = '\n'.join([run.output, *left])

    def _write_inventory(self, server):
        """As a vault would hand a password over: a text that is no template."""
        lines = []
        for host, password in {**LOGINS, **dict.fromkeys(WRONG, passwords.ODD)}.items():
            login = {
                'websocket_check_username': 'nobody' if host == REFUSED else 'nmis',
                'websocket_check_password': 'PASSWORD',
            }
            more = {'ansible_host': server.container, **WRONG[host]} if host in WRONG else {}
            given = {**more, **(login if password is not None else {})}
            lines.append(f'{json.dumps(host)}: {passwords.as_yaml(given, password)}')
        (self.folder / 'logins.yml').write_text(f'{{"omk": {{"hosts": {{{", ".join(lines)}}}}}}}')

    def _start(self, playbook, variables=(), host='omk-login-*', turns=False):
        return Playbook(
            self.folder,
            playbook,
            host,
            variables,
            ('-vvvv', '--diff', '--forks=8', f'--inventory={self.folder}/logins.yml'),
            turns,
            {
                'ANSIBLE_LOG_PATH': str(self.folder / 'log'),
                'ANSIBLE_CACHE_PLUGIN_CONNECTION': str(self.folder / 'facts'),
                'ANSIBLE_CACHE_PLUGIN': 'jsonfile',
                'ANSIBLE_SHOW_CUSTOM_STATS': 'true',
                # Modules are logged only when they have a file of their own, and whatever they leave is seen.
                'ANSIBLE_PIPELINING': 'false',
            },
        )

    def _interrupt(self):
        """Ctrl-C when Apache has been changed and OMK has not."""
        run = self._start('site.yml', host=ODD, turns=True)
        while not run.asked[-1].endswith('Set the port that browsers use'):
            assert run.step()
        run.process.send_signal(signal.SIGINT)
        self.done['interrupted'] = run.end()


@pytest.fixture(scope='module')
def runs(hosts, tmp_path_factory):
    return Runs(hosts, tmp_path_factory.mktemp('logins'))


def test_a_password_appears_nowhere(runs):
    """Whether a run succeeds, fails, is refused, cannot become root, reaches nobody, or ends early."""
    assert 'ansible-playbook' in runs.told['processes'] and 'Invoked with' in runs.told['journals']
    assert len(runs.told[str(runs.folder / 'log')]) > 10000 and 'interrupted' in runs.done
    assert [
        (trace, name) for name, text in runs.told.items() for trace in passwords.traces(passwords.ODD) if trace in text
    ] == []
    # Nor in a file that is left on the host, but for what of the interrupted run waits for the next one.
    where = ('/tmp', '/var/tmp', '/root/.ansible', '/var/log', '/var/lib/opmantek.omk', '/run/opmantek.omk')
    search = f'grep -rlE "Zq7|omk-secret:" {" ".join(where)} 2>/dev/null || :'
    assert {host: server.run('sh', '-c', search) for host, server in runs.hosts.items()} == dict.fromkeys(LOGINS, '')


@pytest.mark.parametrize('name', RUNS)
def test_a_password_that_occurs_everywhere_changes_nothing(runs, name):
    """Against the host without a password: every field of the row, and how each task ended."""
    run, (alike, refused) = runs.done[name], OUTCOMES[name]
    assert run.code in (2, 4, 6), run.output[-3000:]
    rows = {host: dict(run.rows[host]) for host in LOGINS}
    for row in rows.values():
        for field in ('host', 'checked_at', 'before'):
            del row[field]
    assert {host: rows[host] for host in ALIKE} == dict.fromkeys(ALIKE, rows[NONE])
    assert (rows[NONE]['status'], rows[REFUSED]['status']) == (alike, refused)
    # Without what is done, or skipped, once a batch on its first host.
    line = re.compile(r'^(\S+) +:.* (changed=\d+ +unreachable=\d+ +failed=\d+).* (rescued=\d+)', re.MULTILINE)
    recap = {host: counts for host, *counts in line.findall(run.output.partition('PLAY RECAP')[2])}
    assert {host: recap[host] for host in ALIKE} == dict.fromkeys(ALIKE, recap[NONE])
    assert {run.rows[host]['status'] for host in WRONG} == {'failed', 'unreachable'}


def test_an_interrupted_run_says_so(runs):
    run = runs.done['interrupted']
    assert run.code not in (0, 2, 4)
    assert run.rows[ODD]['status'] != 'green'
