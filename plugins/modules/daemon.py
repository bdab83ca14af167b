#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: daemon
short_description: Restart or reload a daemon, and wait until it answers
version_added: 1.0.0
description:
  - For the handlers and the rollback of this collection, in one execution on the host.
  - What a host answers to it is checked on the controller, as for the other modules of this collection. Ansible itself
    believes what a host says of C(ansible.builtin.systemd_service), and a compromised one can end a run with that.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.no_files
options:
  name:
    description: Its systemd unit, one.
    type: str
    required: true
  state:
    description: Whether it restarts, or re-reads its files while it runs.
    type: str
    choices: [restarted, reloaded]
    default: restarted
  script:
    description:
      - The SysV script of a daemon that somebody has started without systemd, which then would only start a second one.
        It is told to C(stop) first.
    type: path
  test_command:
    description:
      - Apache's own test, as M(opmantek.omk.apache_websocket_proxy) returns it. When it fails, nothing is restarted.
      - Of what it says, only the place and the kind of the mistake are told.
    type: list
    elements: str
  port:
    description: The TCP port that it has to answer on afterwards. Without one, nothing is waited for.
    type: int
  host:
    description: Where that port is, seen from the managed host.
    type: str
    default: localhost
  start_timeout:
    description: Seconds to wait for it.
    type: float
    default: 60
attributes:
  idempotent:
    support: none
    details: Restarts or reloads each time.
seealso:
  - module: opmantek.omk.websocket_info
"""

EXAMPLES = r"""
- name: Restart OMK
  opmantek.omk.daemon:
    name: omkd
    port: 8042
"""

RETURN = r"""
reason:
  description: What it is that keeps Apache from it, a code of docs/reasons.md.
  type: str
  returned: on failure, when there is a code for it
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _program, _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import unit
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, target

VERBS = {'restarted': 'restart', 'reloaded': 'reload'}
NOT_YET = ('dns_failed', 'tcp_refused', 'tcp_timeout', 'tcp_unreachable')
ONE_TRY = 5  # seconds


def wait(request, name, timeout):
    """Wait until a port answers.

    Args:
        request (Request): a probe of it; whatever comes back is an answer.
        name (str): whose port it is, timeout (float): seconds to wait.

    Raises:
        Problem: it does not.
    """
    seen = client.probe_with_retries(request, timeout, lambda seen: seen['error'] in NOT_YET)
    if seen['error'] in NOT_YET:
        raise Problem(
            f'{name} does not answer on {request.host}:{request.port} within {timeout:g} seconds after its restart',
            cure=f'look at journalctl -u {name}',
        )


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True},
            'state': {'type': 'str', 'choices': ['restarted', 'reloaded'], 'default': 'restarted'},
            'script': {'type': 'path'},
            'test_command': {'type': 'list', 'elements': 'str'},
            'port': {'type': 'int'},
            'host': {'type': 'str', 'default': 'localhost'},
            'start_timeout': {'type': 'float', 'default': 60},
        },
        supports_check_mode=True,
    )
    run, wanted = _program.runner(module), module.params
    try:
        records.require_rights()
        _systemd.check_unit(wanted['name'])
        request = target.Request(
            host=wanted['host'].strip('[]'), port=wanted['port'], scheme='ws', path='/', timeout=ONE_TRY
        )
        if wanted['port'] is not None:
            target.build(request)  # refused before anything is restarted
        if not module.check_mode:
            if wanted['test_command']:
                unit.test(run, wanted['test_command'])
            _systemd.bring(run, wanted['name'], VERBS[wanted['state']], wanted['script'])
            if wanted['port'] is not None:
                wait(request, wanted['name'], wanted['start_timeout'])
    except Problem as problem:
        module.fail_json(**problem.failure())
    module.exit_json(changed=True)


if __name__ == '__main__':
    main()
