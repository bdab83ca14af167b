# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user without rights gets one sentence, before a module looks at anything."""

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.opmantek.omk.plugins.module_utils._files import exclusive, records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.modules import (
    apache_module,
    apache_websocket_proxy,
    daemon,
    omk_restart,
    opcommon_setting,
    websocket_info,
)

SENTENCE = 'needs root on this host: set `ansible_become: true`.'
NOBODY = 65534
MODULES = [
    (apache_module, {'name': ['proxy']}),
    (apache_websocket_proxy, {}),
    (daemon, {'name': 'nothing'}),
    (omk_restart, {}),
    (opcommon_setting, {'value': '443'}),
    (websocket_info, {}),
]


def as_nobody(function):
    """What a function prints (str) in a process without rights."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            sys.stdout = os.fdopen(writing, 'w')
            if not os.geteuid():
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            function()
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def import_what_ansible_imports_late(monkeypatch):
    """Ansible's code may lie where only root can read, and it imports a part of itself when needed."""
    monkeypatch.setattr(basic, '_ANSIBLE_ARGS', json.dumps({'ANSIBLE_MODULE_ARGS': {}}).encode())
    with pytest.raises(SystemExit):
        basic.AnsibleModule({}).fail_json(msg='')


@pytest.fixture(params=['a fresh host', 'a host that was changed before'])
def folder(request, monkeypatch):
    """A folder of records as root has it: nobody else gets in."""
    with tempfile.TemporaryDirectory() as place:
        own = Path(place) / 'opmantek.omk'
        if request.param != 'a fresh host':
            own.mkdir(mode=0o700)
            (own / 'key.json').write_text('{}')
        monkeypatch.setattr(records, 'FOLDER', str(own))
        Path(place).chmod(0o755 if not os.geteuid() else 0)
        yield own
        Path(place).chmod(0o700)


@pytest.mark.parametrize('check_mode', [False, True])
@pytest.mark.parametrize('module, options', MODULES, ids=[module.__name__.rpartition('.')[2] for module, _ in MODULES])
def test_the_first_thing_that_a_module_says(folder, monkeypatch, module, options, check_mode):
    options = dict(options, _ansible_check_mode=check_mode)
    monkeypatch.setattr(basic, '_ANSIBLE_PROFILE', 'legacy', raising=False)
    import_what_ansible_imports_late(monkeypatch)
    monkeypatch.setattr(basic, '_ANSIBLE_ARGS', json.dumps({'ANSIBLE_MODULE_ARGS': options}).encode())
    assert json.loads(as_nobody(module.main))['msg'] == SENTENCE


def problem_of(function):
    """Prints what a function refuses."""
    try:
        function()
    except Problem as problem:
        print(problem)


@pytest.mark.parametrize(
    'step',
    [
        lambda: records.read('key'),
        lambda: records.write('key', {}),
        lambda: exclusive.alone(records.FOLDER + '.lock').__enter__(),
    ],
    ids=['read', 'write', 'lock'],
)
def test_nobody_is_told_to_move_a_record_for_want_of_rights(folder, step):
    folder.mkdir(mode=0o700, exist_ok=True) if not os.geteuid() else None
    assert as_nobody(lambda: problem_of(step)).strip() == SENTENCE
