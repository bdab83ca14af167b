# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file-related system call of the modules' runs made to fail, and the process killed at each, on real Apache.

The promise is the same every time: Apache's own test passes, and the files are byte for byte the old or the new ones,
or the next run makes them so and says so; nothing stray stays; what failed is told in one sentence.
"""

import collections
import io
import json
import pathlib
import re
import signal
import subprocess
import tarfile
import time

import ansible
import proof_host
import pytest
import servers

HERE = pathlib.Path(__file__).parent
LAB = '/opt/proof'
SITE = '/etc/apache2/sites-available/omk.conf'
AVAILABLE, ENABLED = (f'/etc/apache2/sites-{which}/opmantek-omk.conf' for which in ('available', 'enabled'))
RECORDS = '/var/lib/opmantek.omk/'
MODULES = ['proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'ssl']
CONTENT = """<VirtualHost *:443>
    ServerName omk.example.com
    SSLEngine on
    SSLCertificateFile /etc/ssl/omk/omk.example.com.crt
    SSLCertificateKeyFile /etc/ssl/omk/omk.example.com.key
    RequestHeader set X-Forwarded-Proto "https"
    <Location "/en/omk/opCharts/events/log">
        ProxyPass "ws://localhost:8042/en/omk/opCharts/events/log"
    </Location>
</VirtualHost>
"""
BARE = f"""
a2dissite -q omk
a2dismod -qf {' '.join(MODULES)}
rm -rf /var/lib/apache2/module/disabled_by_admin
"""


# What is done: module, arguments, a script and arguments that lead to the state before, arguments that lead back.
class Scenario(collections.namedtuple('Scenario', 'name module arguments script first back')):
    @property
    def in_steps(self):
        """Whether modules of Apache are linked, one after the other."""
        return self.module == LOADER or 'modules' in self.arguments


PROXY, LOADER = 'apache_websocket_proxy', 'apache_module'
SCENARIOS = [
    Scenario('present', PROXY, {'backup': True}, '', None, {'state': 'absent'}),
    Scenario('absent', PROXY, {'state': 'absent', 'backup': True}, '', {}, {}),
    Scenario('previous', PROXY, {'state': 'previous'}, '', {}, {}),
    Scenario('linked', PROXY, {}, f'ln {SITE} /etc/apache2/twin', None, {'state': 'absent'}),
    Scenario('content', PROXY, {'content': CONTENT}, 'a2dissite -q omk', None, {'state': 'absent'}),
    Scenario('no-content', PROXY, {'state': 'absent'}, 'a2dissite -q omk', {'content': CONTENT}, {'content': CONTENT}),
    Scenario(
        'together',
        PROXY,
        {'modules': MODULES},
        'a2dismod -qf proxy_wstunnel',
        None,
        {'state': 'absent', 'modules': MODULES},
    ),
    Scenario('modules', LOADER, {'name': MODULES}, BARE, None, {'name': MODULES, 'state': 'original'}),
    Scenario(
        'no-modules',
        LOADER,
        {'name': ['headers'], 'state': 'original'},
        BARE,
        {'name': ['headers']},
        {'name': ['headers']},
    ),
]
CALLS = {
    'openat': ('EIO', 'ENOSPC'),
    'read': ('EIO',),
    'pread64': ('EIO',),
    'close': ('EIO',),
    'pwrite64': ('EIO', 'ENOSPC', 'EINTR'),
    'write': ('EIO', 'ENOSPC'),
    'fsync': ('EIO', 'EINTR'),
    'ftruncate': ('EIO',),
    'newfstatat': ('EIO',),
    'readlink': ('EIO',),
    'unlink': ('EIO', 'EROFS'),
    'rename': ('EIO', 'ENOSPC', 'EXDEV'),
    'symlink': ('EIO', 'ENOSPC'),
    'mkdir': ('EIO', 'ENOSPC'),
    'rmdir': ('EIO',),
    'fchmod': ('EIO',),
    'fchown': ('EIO', 'EPERM'),
    'listxattr': ('EIO',),
    'lseek': ('EIO',),
}
# A killed process leaves what the call before has made: the calls that make nothing add nothing.
CHANGING = (
    'openat',
    'pwrite64',
    'write',
    'fsync',
    'ftruncate',
    'unlink',
    'rename',
    'symlink',
    'mkdir',
    'rmdir',
    'fchmod',
    'fchown',
    'close',
)
POINTS = [(call, f'error={error}') for call, errors in CALLS.items() for error in errors]
POINTS += [(call, 'signal=KILL') for call in CHANGING]


class Stage:
    """The host with its keeper (see keeper.py), and the scenarios' states before and after."""

    def __init__(self, server):
        self.server = server
        self.packed()
        found = subprocess.run(
            ['podman', 'inspect', '--format', '{{.State.Pid}}', server.container],
            text=True,
            capture_output=True,
            check=True,
        ).stdout.strip()
        # Not in the host's process ids, so that they are ours; not through podman, so that root is root.
        command = [
            'nsenter',
            '--target',
            found,
            '--mount',
            '--uts',
            '--ipc',
            '--net',
            'env',
            '-C',
            '/',
            '-i',
            'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
            'LC_ALL=C',
            f'PYTHONPATH={LAB}',
            'PYTHONDONTWRITEBYTECODE=1',
            'python3',
            f'{LAB}/keeper.py',
        ]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.zygote, self.runner = json.loads(self.process.stdout.readline())
        self.before, self.after, self.counts, self.settled = {}, {}, {}, set()
        self.ask('save', name='pristine')

    def packed(self):
        """Put the collection, Ansible's part and the keeper on the host."""
        core, packed = pathlib.Path(ansible.__file__).parent, io.BytesIO()
        with tarfile.open(fileobj=packed, mode='w') as archive:
            for path, name in (
                (core / '__init__.py', 'ansible/__init__.py'),
                (core / '_vendor', 'ansible/_vendor'),
                (core / 'release.py', 'ansible/release.py'),
                (core / 'module_utils', 'ansible/module_utils'),
                (HERE / 'keeper.py', 'keeper.py'),
                (proof_host.ROOT / 'plugins', 'ansible_collections/opmantek/omk/plugins'),
            ):
                archive.add(path, name, filter=lambda entry: None if '__pycache__' in entry.name else entry)
        proof_host.shell(self.server, f'rm -rf {LAB}; mkdir -p {LAB}; a2enmod -q {" ".join(MODULES)}')
        subprocess.run([servers.ENTER, self.server.container, 'tar', '-xC', LAB], input=packed.getvalue(), check=True)

    def ask(self, do, **order):
        """What the keeper answers."""
        self.process.stdin.write(json.dumps(dict(order, do=do)) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self, scenario, arguments=None, calm=True, **order):
        """What the module said (dict), or the text when it is none. Calm: not by the process that is traced."""
        arguments = dict(
            {'name': MODULES} if scenario.module == LOADER else {},
            **scenario.arguments if arguments is None else arguments,
        )
        answer = self.ask('run', module=scenario.module, arguments=arguments, calm=calm, **order)
        said = answer['said']
        self.calls = answer['calls']
        return json.loads(said) if said.startswith('{') else said

    def prepare(self, scenario):
        """Make the state before, and learn the state after and which system calls lead there."""
        self.ask('reset', name='pristine')
        proof_host.shell(self.server, scenario.script or ':')
        if scenario.first is not None:
            assert self.run(scenario, scenario.first)['changed']
        self.before[scenario.name] = self.ask('save', name=scenario.name)['tree']
        assert self.run(scenario)['changed'], scenario
        if scenario.name == 'linked':
            self.texts = [self.ask('read', path=SITE)]
            self.ask('reset', name=scenario.name)
            self.texts.append(self.ask('read', path=SITE))
        self.ask('reset', name=scenario.name)
        with self.traced(self.zygote, ','.join(CALLS)) as log:
            said = self.run(scenario, calm=False)
        assert said['changed'], said
        state = self.ask('tree')
        assert not state['strays']
        self.after[scenario.name] = state['tree']
        self.counts[scenario.name] = collections.Counter(
            re.findall(r'^\d+ +(\w+)\(', log.read_text('latin-1'), re.MULTILINE)
        )

    def traced(self, process, calls, *faults):
        """Trace a process and its children in a ``with`` block; the value is the log's path."""
        return Tracer(process, calls, faults)

    def configuration(self, tree):
        """What Apache reads of a tree."""
        unread = set() if ENABLED in tree else {AVAILABLE}
        return {path: entry for path, entry in tree.items() if path.startswith('/etc/apache2') and path not in unread}

    def notes(self, tree):
        """What Debian's tools note of who enabled and disabled modules."""
        return {path: entry[:1] for path, entry in tree.items() if path.startswith('/var/lib/apache2/module')}

    def accepted(self):
        """Whether Apache's own test passes."""
        return self.ask('program', command=['/usr/sbin/apache2ctl', '-t'])[0] == 0

    def standing(self, scenario):
        """Which files Apache reads: 'before', 'after' or 'between'; and what lies about (list of paths)."""
        state = self.ask('tree')
        self.tree = state['tree']
        found = self.configuration(self.tree)
        self.seen = json.dumps([scenario.name, found, *(entry[:1] + entry[2:] for entry in state['tree'].values())])
        strays = state['strays'] + [
            path
            for path in state['tree']
            if path.endswith(('.new', '.partial'))
            or path == f'{RECORDS}apache-websocket-proxy.json'
            or path == AVAILABLE
            and ENABLED not in state['tree']
        ]
        for name, trees in (('before', self.before), ('after', self.after)):
            if found == self.configuration(trees[scenario.name]):
                return name, strays
        return 'between', strays

    def check(self, scenario, said, killed):
        """The promise. Returns whether a later run had to make it so."""
        standing, strays = self.standing(scenario)
        # Debian's a2enmod links ssl.conf, which means nothing to Apache without ssl.load, before ssl.load.
        links = [f'/etc/apache2/mods-enabled/ssl.{suffix}' for suffix in ('conf', 'load')]
        if [link in self.tree for link in links] == [True, False]:
            assert killed
        else:
            assert self.accepted()
        if standing == 'between' and scenario.name == 'linked':
            # Written in place, because another name of the file has to change too: perhaps with empty lines at the end.
            assert self.ask('read', path=SITE).rstrip('\n') in [text.rstrip('\n') for text in self.texts]
        elif standing == 'between':
            # Each link of a module by itself is a whole step.
            assert scenario.in_steps and killed
        if isinstance(said, str):
            assert killed or 'opmantek' not in said.split('ansible/module_utils')[-1], said
        elif said.get('failed'):
            assert '\n' not in said['msg'] and 'Traceback' not in said['msg'] and said['msg'].endswith('.'), said
            assert standing != 'between', said
        else:
            assert standing == 'after', said
        untidy = standing == 'between' or bool(strays)
        # What the next run makes of the very same state need not be seen twice.
        if (untidy or killed) and self.seen not in self.settled:
            self.settled.add(self.seen)
            self.settle(scenario, standing)
        return untidy

    def settle(self, scenario, standing):
        """The next run makes it right, the one after it has nothing to do, and all of it can be reverted."""
        said = self.run(scenario)
        assert not said.get('failed'), said
        assert self.standing(scenario) == ('after', []), said
        assert self.notes(self.tree) == self.notes(self.after[scenario.name])
        if standing == 'between' and not scenario.in_steps:
            assert 'cut short' in json.dumps(said['warnings']), said
        assert self.run(scenario)['changed'] is False
        assert self.run(scenario, scenario.back)['changed'] is True
        assert self.standing(scenario) == ('before', [])
        assert self.notes(self.tree) == self.notes(self.before[scenario.name])


class Tracer:
    """strace, attached to a process of the host from outside."""

    def __init__(self, process, calls, faults, through_programs=False):
        self.process, self.log = process, pathlib.Path(f'/tmp/opmantek-omk-strace.{process}')
        command = [
            'strace',
            '-f',
            *([] if through_programs else ['-b', 'execve']),
            '-qq',
            '-p',
            str(process),
            '-o',
            self.log,
            '-e',
            f'trace={calls}',
            '-e',
            'signal=none',
        ]
        self.command = command + [word for fault in faults for word in ('-e', f'inject={calls}:{fault}')]

    def __enter__(self):
        self.tracer = subprocess.Popen(self.command, stderr=subprocess.PIPE)
        while 'TracerPid:\t0\n' in pathlib.Path(f'/proc/{self.process}/status').read_text():
            assert self.tracer.poll() is None, self.tracer.stderr.read()
            time.sleep(0.005)
        return self.log

    def __exit__(self, *_unused):
        self.tracer.send_signal(signal.SIGINT)
        self.tracer.communicate()


@pytest.fixture(scope='module')
def stage():
    with proof_host.running('apache-proof') as server:
        built = Stage(server)
        for scenario in SCENARIOS:
            built.prepare(scenario)
        yield built
        built.process.stdin.close()
        built.process.wait()


def rounds(stage, call, fault):
    """Run every scenario with the first, the second, ... such call failing; (how many, how many states put right)."""
    killing, hit, injected, repaired = 'KILL' in fault, 0, 0, 0
    most = max(counts[call] for counts in stage.counts.values())
    assert most, 'no run makes this call'
    with stage.traced(stage.zygote, call, f'{fault}:when={most}') as log:
        for scenario in SCENARIOS:
            for count in range(1, stage.counts[scenario.name][call] + 1):
                stage.ask('reset', name=scenario.name)
                said = stage.run(scenario, calm=False, call=call, idle=most - count)
                hit += 1
                injected += said == ''
                repaired += stage.check(scenario, said, killing)
    injected += log.read_bytes().count(b'INJECTED')
    assert injected == hit
    return hit, repaired


@pytest.mark.exhaustive
@pytest.mark.parametrize(('call', 'fault'), POINTS, ids=lambda part: part)
def test_every_call_may_fail(stage, call, fault, record_property):
    hit, repaired = rounds(stage, call, fault)
    record_property('processes killed at a system call' if 'KILL' in fault else 'system calls made to fail', hit)
    record_property('states that the next run put in order', repaired)


@pytest.mark.exhaustive
@pytest.mark.parametrize('how', ['missing', 'failed', 'killed'])
@pytest.mark.parametrize('scenario', SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_program_may_fail(stage, scenario, how, record_property):
    stage.ask('reset', name=scenario.name)
    stage.run(scenario)
    most = stage.calls
    for count in range(1, most + 1):
        stage.ask('reset', name=scenario.name)
        said = stage.run(scenario, spoil={'call': count, 'how': how})
        if said.get('failed') or said.get('changed'):
            stage.check(scenario, said, False)
        else:  # What cannot be tried out is not disabled.
            assert scenario.name == 'no-modules' and 'warnings' in said
            assert stage.standing(scenario) == ('before', [])
    record_property('programs made to fail', most)


@pytest.mark.parametrize('fault', ['error=EIO', 'error=ENOSPC', 'signal=KILL'])
def test_a2enmod_may_fail_at_each_link(stage, fault, record_property):
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == 'modules')
    count = 0
    while True:
        for also_killed in (False, True):
            stage.ask('reset', name=scenario.name)
            tracer = Tracer(stage.runner, 'symlink', [f'{fault}:when={count + 1}'], through_programs=True)
            with tracer:
                said = stage.run(scenario, kill_after='a2enmod' if also_killed else None)
            if not also_killed and said.get('changed'):
                assert count > len(MODULES)
                record_property('links that a2enmod failed to make', count)
                return
            stage.check(scenario, said, also_killed)
        count += 1


@pytest.mark.parametrize('name', ['modules', 'no-modules', 'together'])
@pytest.mark.parametrize('program', ['a2enmod', 'a2dismod'])
def test_a_kill_after_debians_tools_leaves_no_note(stage, name, program):
    """What they note of a module would keep packages from ever enabling it again, or have them do so."""
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    stage.ask('reset', name=scenario.name)
    arguments = scenario.arguments
    if (program == 'a2dismod') != (arguments.get('state') == 'original'):
        assert stage.run(scenario)['changed']
        arguments = scenario.back
    assert stage.run(scenario, arguments, kill_after=program) == ''
    stage.settle(scenario, 'between')
