# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password of OMK on a real host: in no output, log, board, journal, cache, file or process."""

import contextlib
import json
import pathlib
import threading

import passwords
import pytest

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
#: The playbook, more variables, and the exit code.
CASES = {
    'green': ('site.yml', {}, 0),
    'login refused': ('site.yml', {'websocket_check_username': 'nobody'}, 2),
}


class Watched(threading.Thread):
    """The arguments of every process of this machine, its containers included, while the block runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.ended = set(), threading.Event()

    def run(self):
        while not self.ended.wait(0.1):
            for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
                with contextlib.suppress(OSError):
                    self.seen.add(path.read_bytes())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_unused):
        self.ended.set()
        self.join()


def secret(folder, password, **variables):
    """The arguments that hand over a login as a vault would: a text that is no template."""
    given = json.dumps(dict({'websocket_check_username': 'nmis'}, **variables, websocket_check_password='PASSWORD'))
    path = folder / 'secrets.yml'
    path.write_text(given.replace('"PASSWORD"', f'!unsafe {json.dumps(password)}'))
    return ('--extra-vars', f'@{path}')


def with_login(server, password):
    """Have OMK want a login with this password."""
    server.run('python3', '-', json.dumps(password), stdin=LOGIN)
    server.run('systemctl', 'restart', 'omkd')


@pytest.mark.exhaustive
@pytest.mark.parametrize('case', CASES)
def test_a_password_appears_nowhere(server, playbook, tmp_path, case):
    name, variables, code = CASES[case]
    with_login(server, passwords.ODD)
    since = server.run('date', '+%s').strip()
    watched_ones = {'ANSIBLE_LOG_PATH': tmp_path / 'log', 'ANSIBLE_CACHE_PLUGIN_CONNECTION': tmp_path / 'facts'}
    with Watched() as watched:
        run = playbook(
            name,
            arguments=('-vvvv', '--diff', *secret(tmp_path, passwords.ODD, **variables)),
            environment={
                **{key: str(path) for key, path in watched_ones.items()},
                'ANSIBLE_CACHE_PLUGIN': 'jsonfile',
                'ANSIBLE_SHOW_CUSTOM_STATS': 'true',
                # Modules are logged only when they have a file of their own, and whatever they leave is seen.
                'ANSIBLE_PIPELINING': 'false',
            },
        ).end()
    assert run.code == code, run.output
    left = [*(run.folder / 'report/latest').glob('*'), *tmp_path.glob('facts/*'), tmp_path / 'log']
    assert (tmp_path / 'log').stat().st_size > 10000 and len(left) >= 4
    told = {str(path): path.read_text(errors='replace') for path in left}
    told['output'] = run.output
    told['journal'] = server.run('journalctl', '--since', f'@{since}', '--all', '--output', 'export')
    told['processes'] = b'\n'.join(watched.seen).decode(errors='replace')
    assert 'ansible-playbook' in told['processes']
    assert 'Invoked with' in told['journal']
    assert [
        (trace, name) for name, text in told.items() for trace in passwords.traces(passwords.ODD) if trace in text
    ] == []
    # Nor in a file that is left on the host.
    where = ('/tmp', '/var/tmp', '/root/.ansible', '/var/log', '/var/lib/opmantek.omk', '/run/opmantek.omk')
    found = server.run('sh', '-c', f'grep -rlE "Zq7|omk-secret:" {" ".join(where)} 2>/dev/null || :')
    assert found == ''
