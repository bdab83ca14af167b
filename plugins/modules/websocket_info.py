#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: websocket_info
short_description: Say whether a host's Events pane is green or yellow, and why
version_added: 1.0.0
description:
  - Answers the whole question in one execution. Looks at the setting that tells browsers the port, at the effective
    configuration of Apache, at whether both daemons run on what their files say, and tries the websocket straight to
    OMK and through Apache as a browser would.
  - Never fails because of yellow. Changes nothing.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.info
  - opmantek.omk.opcommon
  - opmantek.omk.probe
  - opmantek.omk.site
  - opmantek.omk.status
options:
  retry_timeout:
    description:
      - Seconds to go on trying until OMK answers, and then until the tunnel does, for right after a restart.
      - An Apache that found OMK down answers 503 by itself for as long as its option C(retry) of ProxyPass says, 60
        seconds by default.
    type: float
    default: 0
seealso:
  - module: opmantek.omk.omk_restart
  - module: opmantek.omk.websocket_probe
"""

EXAMPLES = r"""
- name: Check the pane
  opmantek.omk.websocket_info:
    server_name: omk.example.com
  register: pane

- name: Show the status
  ansible.builtin.debug:
    msg: "{{ pane.status }}: {{ pane.advice }}"
"""

RETURN = r"""
status:
  description: V(green) or V(yellow).
  type: str
  returned: success
reason:
  description: Why. The codes are listed in docs/reasons.md.
  type: str
  returned: success
  sample: generic_rule_won
advice:
  description: What to do, one sentence.
  type: str
  returned: success
predicted:
  description:
    - What RV(status) would be once the roles of this collection have done what is RV(pending), V(green) or V(yellow),
      as far as what was looked at tells. docs/reasons.md says which causes they cure.
    - That they refuse to, which RV(pending) says, is not counted.
    - Null where that is up to another host, because Apache is not among the O(sides).
  type: str
  returned: success
notes:
  description: What else will have to be fixed, and what was not checked.
  type: list
  elements: str
  returned: success
url:
  description: The address that a browser's websocket uses. Null when the tunnel was not tried.
  type: str
  returned: success
certificate_days_left:
  description: Days until the certificate expires. Null when none was seen.
  type: int
  returned: success
checked_at:
  description: When, in UTC (ISO 8601).
  type: str
  returned: success
pending:
  description:
    - What the roles of this collection would still do with the same settings, one sentence each. Empty when they
      would change nothing and restart nothing. With an O(ask_apache) other than V(always), only of what was looked at.
  type: list
  elements: str
  returned: success
interrupted:
  description:
    - What of RV(pending) an interrupted run has left. The next run recovers it first; whatever else is wrong with
      the files may be a consequence.
  type: list
  elements: str
  returned: success
next:
  description:
    - What comes next for the host. V(nothing); V(check_from_controller), which decides; V(turn_green), by a change of
      ours; or V(fail) with RV(message).
  type: str
  returned: when O(run) is given
message:
  description: What to fail with, in sentences. Empty when nothing fails.
  type: str
  returned: when O(run) is given
pane:
  description: The status for reports.
  type: dict
  returned: when O(run) is given
ansible_stats:
  description: The same for the statistic of the run, a list with one entry for a host.
  type: dict
  returned: when O(run) is given and nothing comes next that could change the status
observations:
  description:
    - What the status is decided from, per part C(setting), C(omkd), C(apache), C(direct) and C(tunnel).
    - What was not looked at is missing.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _options, _program
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._pane import check
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

ARGUMENTS = {
    **_options.OPCOMMON,
    **_options.PROBE,
    **_options.SITE,
    **_options.STATUS,
    'retry_timeout': {'type': 'float', 'default': 0},
}


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, required_together=[('username', 'password')], supports_check_mode=True
    )
    try:
        records.require_rights()
        found = check.Check(module.params, _program.runner(module))
        module.exit_json(changed=False, **found.status(module.params['retry_timeout']))
    except Problem as problem:
        module.fail_json(**problem.failure())


if __name__ == '__main__':
    main()
