#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: daemon
short_description: Restart or reload a daemon
version_added: 1.0.0
description:
  - For the handlers and the rollback of this collection, in one execution on the host. For OMK there is
    M(opmantek.omk.omk_restart).
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
  test_command:
    description:
      - Apache's own test, as M(opmantek.omk.apache_websocket_proxy) returns it. When it fails, nothing is restarted.
      - Of what it says, only the place and the kind of the mistake are told.
    type: list
    elements: str
attributes:
  idempotent:
    support: none
    details: Restarts or reloads each time.
seealso:
  - module: opmantek.omk.omk_restart
"""

EXAMPLES = r"""
- name: Have Apache re-read its configuration
  opmantek.omk.daemon:
    name: apache2
    state: reloaded
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

VERBS = {'restarted': 'restart', 'reloaded': 'reload'}


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True},
            'state': {'type': 'str', 'choices': ['restarted', 'reloaded'], 'default': 'restarted'},
            'test_command': {'type': 'list', 'elements': 'str'},
        },
        supports_check_mode=True,
    )
    run, wanted = _program.runner(module), module.params
    try:
        records.require_rights()
        _systemd.check_unit(wanted['name'])
        if not module.check_mode:
            if wanted['test_command']:
                unit.test(run, wanted['test_command'])
            _systemd.bring(run, wanted['name'], VERBS[wanted['state']])
    except Problem as problem:
        module.fail_json(**problem.failure())
    module.exit_json(changed=True)


if __name__ == '__main__':
    main()
