#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: omk_restart
short_description: Restart OMK, wait until it answers, and say whether the pane is green
version_added: 1.0.0
description:
  - Restarts OMK's daemon, also one that somebody has started by its SysV script, and waits until it answers where
    O(backend) says that it listens.
  - With O(status) it returns the status of the Events pane afterwards, as M(opmantek.omk.websocket_info) does, in the
    same execution on the host.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.no_files
  - opmantek.omk.opcommon
  - opmantek.omk.probe
  - opmantek.omk.site
  - opmantek.omk.status
options:
  start_timeout:
    description:
      - Seconds that OMK may take until it answers. With V(0) nothing is waited for.
      - When it does not answer by then, the module fails, or with O(status) says so by the status.
    type: float
    default: 60
  status:
    description: Whether the status is returned, too. The options that a restart by itself does not need are for this.
    type: bool
    default: false
attributes:
  idempotent:
    support: none
    details: Restarts each time.
seealso:
  - module: opmantek.omk.websocket_info
"""

EXAMPLES = r"""
- name: Restart OMK
  opmantek.omk.omk_restart:

- name: Restart it, and see what becomes of the pane
  opmantek.omk.omk_restart:
    status: true
    server_name: omk.example.com
  register: pane
"""

RETURN = r"""
status:
  description: V(green) or V(yellow). This and all other values are those of M(opmantek.omk.websocket_info).
  type: str
  returned: when O(status) is true
reason:
  description: Why. The codes are listed in docs/reasons.md.
  type: str
  returned: when O(status) is true
advice:
  description: What to do, one sentence.
  type: str
  returned: when O(status) is true
predicted:
  description: What RV(status) would be once the roles of this collection have done what is RV(pending), see
    M(opmantek.omk.websocket_info).
  type: str
  returned: when O(status) is true
notes:
  description: What else will have to be fixed, and what was not checked.
  type: list
  elements: str
  returned: when O(status) is true
url:
  description: The address that a browser's websocket uses. Null when the tunnel was not tried.
  type: str
  returned: when O(status) is true
certificate_days_left:
  description: Days until the certificate expires. Null when none was seen.
  type: int
  returned: when O(status) is true
checked_at:
  description: When, in UTC (ISO 8601).
  type: str
  returned: when O(status) is true
pending:
  description: What the roles of this collection would still do, one sentence each.
  type: list
  elements: str
  returned: when O(status) is true
interrupted:
  description: What of RV(pending) an interrupted run has left.
  type: list
  elements: str
  returned: when O(status) is true
next:
  description: What comes next for the host.
  type: str
  returned: when O(status) is true and O(run) is given
message:
  description: What to fail with, in sentences. Empty when nothing fails.
  type: str
  returned: when O(status) is true and O(run) is given
pane:
  description: The status for reports.
  type: dict
  returned: when O(status) is true and O(run) is given
ansible_stats:
  description: The same for the statistic of the run.
  type: dict
  returned: when O(status) is true, O(run) is given and nothing comes next that could change the status
observations:
  description: What the status is decided from.
  type: dict
  returned: when O(status) is true
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _options, _program, _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import daemon
from ansible_collections.opmantek.omk.plugins.module_utils._pane import check
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, target

ARGUMENTS = {
    **_options.OPCOMMON,
    **_options.PROBE,
    **_options.SITE,
    **_options.STATUS,
    'start_timeout': {'type': 'float', 'default': 60},
    'status': {'type': 'bool', 'default': False},
}
NOT_YET = ('dns_failed', 'tcp_refused', 'tcp_timeout', 'tcp_unreachable')
ONE_TRY = 5  # seconds


def wait(request, service, timeout):
    """Wait until OMK answers, whatever it says.

    Args:
        request (Request): a probe of it, service (str): its unit, timeout (float): seconds to wait.

    Raises:
        Problem: it does not answer.
    """
    if client.probe_with_retries(request, timeout, lambda seen: seen['error'] in NOT_YET)['error'] in NOT_YET:
        raise Problem(
            f'{service} does not answer on {request.host}:{request.port} within {timeout:g} seconds after its restart',
            cure=f'look at journalctl -u {service}',
        )


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, required_together=[('username', 'password')], supports_check_mode=True
    )
    run, service = _program.runner(module), module.params['omk_service']
    timeout, result = 0 if module.check_mode else module.params['start_timeout'], {}
    try:
        records.require_rights()
        _systemd.check_unit(service)
        # What cannot be used is refused before anything is restarted.
        found = check.Check(module.params, run)
        host, port = found.desired.backend
        request = target.Request(host=host.strip('[]'), port=port, scheme='ws', path='/', timeout=ONE_TRY)
        target.build(request)
        if not module.check_mode:
            script = daemon.look(run, _systemd.shown(run, service), port).script
            _systemd.bring(run, service, 'restart', script)
        if module.params['status']:
            result = found.status(timeout)
        elif timeout:
            wait(request, service, timeout)
    except Problem as problem:
        module.fail_json(**problem.failure())
    module.exit_json(changed=True, **result)


if __name__ == '__main__':
    main()
