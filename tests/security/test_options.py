# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of every module with every odd value: one sentence, no traceback, no hang, nothing changed."""

import contextlib
import functools
import importlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.opmantek.omk.plugins.plugin_utils import _arguments
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = int(os.environ.get('OMK_SAMPLE') or 1)
PACKAGE = 'ansible_collections.opmantek.omk.plugins.modules.'
OPCOMMON = b'{\n   "omkd" : {\n      "omkd_port" : "8042"\n   },\n   "e" : {}\n}\n'

TEXTS = [
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '*',
    '?',
    '[',
    '-',
    '--',
    '../..',
    '/',
    '/proc/self/root',
    '\n',
    "'",
    '"',
    '\\',
]
TEXTS += [
    '{{ 1 }}',
    '${x}',
    '`id`',
    'x' * 70000,
    '\u202e',
    '\x1b[2J',
    '0',
    '-1',
    '65536',
    '99999999999999999999',
    '1e400',
]
TEXTS += [
    'wss://',
    'wss://[',
    'wss://a:99999/',
    'http://x',
    'localhost:',
    ':80',
    '[::1]:x',
    'nan',
    'inf',
    'NaN',
    'é.example',
]
NUMBERS = [
    0,
    -1,
    1,
    65535,
    65536,
    2**31,
    2**63,
    2**64,
    10**400,
    0.5,
    -0.5,
    1e308,
    float('inf'),
    float('-inf'),
    float('nan'),
]
ODD = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from([None, True, False, [], {}, [[]], [{}], [None], {'': None}, {'a': [1]}, [1, 'x', None]]),
    st.text(max_size=20),
    st.floats(),
    st.integers(),
)
# What would go to the network, or wait for it, when it is right; what has to be given.
STILL = {
    'daemon': {'name': 'nothing'},
    'omk_restart': {'backend': '127.0.0.1:1', 'address': '127.0.0.1', 'port': 1, 'timeout': 0.05, 'status': True},
    'websocket_probe': {'url': 'ws://127.0.0.1:1/x', 'timeout': 0.05},
    'websocket_info': {'backend': '127.0.0.1:1', 'address': '127.0.0.1', 'port': 1, 'timeout': 0.05},
}
#: What restarts whatever it is told to.
RESTART = ('daemon', 'omk_restart')
LONGEST = 5  # seconds: the two tries of 0.05 s, and what a module does besides


class TooLong(Exception):
    """The module did not end."""


# Asked for each example, and to parse the documentation takes longer than to run the module.
@functools.cache
def options_of(module):
    """The names of a module's options, those of its documentation fragments too."""
    documents = [importlib.import_module(PACKAGE + module).DOCUMENTATION]
    for name in yaml.safe_load(documents[0]).get('extends_documentation_fragment', []):
        fragment = importlib.import_module(
            f'ansible_collections.opmantek.omk.plugins.doc_fragments.{name.split(".")[2]}'
        )
        documents.append(fragment.ModuleDocFragment.DOCUMENTATION)
    return sorted({option for text in documents for option in yaml.safe_load(text).get('options') or {}})


# One that has no code of its own works on the controller alone, by its action plugin; tests/board has its refusals.
MODULES = sorted(path.stem for path in (CHECKOUT / 'plugins/modules').glob('*.py') if 'def main(' in path.read_text())
CASES = [(module, option) for module in MODULES for option in options_of(module)]


def execute(module, arguments):
    """Run a module in this process as Ansible would, after what its action plugin looks at; its result (dict).

    Those that restart are in check mode.
    """
    wrong = _arguments.problem(arguments)
    if wrong:
        return {'failed': True, 'msg': wrong}
    # As it comes over the wire: ansible-core replaces half characters by itself, and JSON has no NaN but Python's has.
    given_ones = json.dumps({'ANSIBLE_MODULE_ARGS': dict(arguments, _ansible_check_mode=module in RESTART)})
    basic._ANSIBLE_ARGS = given_ones.encode('utf-8', 'surrogatepass')
    basic._ANSIBLE_PROFILE = 'legacy'
    out, errors = io.StringIO(), io.StringIO()

    def end(_signal, _frame):
        raise TooLong

    before, started = signal.signal(signal.SIGALRM, end), time.monotonic()
    signal.alarm(2 * LONGEST)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), pytest.raises(SystemExit):
            importlib.import_module(PACKAGE + module).main()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < LONGEST
    assert 'Traceback' not in out.getvalue() + errors.getvalue()
    return json.loads(out.getvalue())


@pytest.fixture(scope='module')
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp('omk')
    (folder / 'conf').mkdir()
    return folder


@pytest.mark.exhaustive
@pytest.mark.parametrize(('module', 'option'), CASES, ids=str)
@settings(max_examples=max(12, 60 // SAMPLE), deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(value=ODD)
def test_an_odd_value_is_refused_or_taken_for_what_it_is(base, module, option, value):
    if option == 'retry_timeout' and _arguments.problem({option: value}) is None:
        assume(not isinstance(value, (int, float)) or value < 1)  # it waits that long, as it should
        assume(not isinstance(value, str) or not value.isdigit() or int(value) < 1)
    path = base / 'conf/opCommon.json'
    path.write_bytes(OPCOMMON)
    arguments = dict(STILL.get(module, {}))
    if 'omk_base' in options_of(module):
        arguments['omk_base'] = str(base)
    if module == 'opcommon_setting':
        # A setting that is not there is not removed: whatever the value, the file stays as it is.
        arguments.update(state='absent', setting='nothing')
    if module == 'apache_module':
        arguments['name'] = ['nothing']
    if option == 'host':
        arguments.pop('url', None)
    result = execute(module, {**arguments, option: value})
    if result.get('failed'):
        assert result['msg'].strip() and len(result['msg']) < 100000
    if option not in ('state', 'setting', 'value', 'section'):
        assert path.read_bytes() == OPCOMMON


def test_the_modules_have_options():
    assert len(CASES) > 60 and sys.version_info


@pytest.mark.parametrize('option', ['run', 'options'])
def test_a_dictionary_of_another_type_is_refused_with_a_sentence(tmp_path, option):
    """It never reaches the module: it is for the controller."""
    values = ['x', '', 5, 0.5, True, [1], [{}]]
    # The failure is the subject.
    tasks = [{'opmantek.omk.websocket_info': {option: value}, 'ignore_errors': True} for value in values]
    (tmp_path / 'play.yml').write_text(json.dumps([{'hosts': 'localhost', 'gather_facts': False, 'tasks': tasks}]))
    done = subprocess.run(
        ['ansible-playbook', '-vvv', '-i', 'localhost,', '-c', 'local', tmp_path / 'play.yml'],
        env=dict(os.environ, OMK_REPORT_DIR=str(tmp_path / 'report'), ANSIBLE_NOCOLOR='1'),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0 and 'Traceback' not in output and 'Unexpected' not in output, output
    assert output.count(f'The option {option} ') >= len(values), output
