#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: apache_module
short_description: Enable Apache modules
version_added: 1.0.0
description:
  - Enables modules of Apache, or takes that back, the way the distribution does it.
  - Whether a module is loaded is asked of Apache itself. A module that is compiled in counts as loaded.
  - Works as well when Apache does not accept its configuration because a module is missing. Where the reason
    is another one, that is a warning.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes
attributes:
  check_mode:
    support: partial
    details: With O(state=original) a module that turns out to be still needed is only found by trying, in a real run.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: debian, rhel, suse
    details: >-
      Debian's layout (a2enmod), Red Hat's (a file of its own in C(conf.modules.d)) and SUSE's (C(APACHE_MODULES) in
      C(/etc/sysconfig/apache2)).
options:
  name:
    description: The modules, as in C(proxy_wstunnel). Those that they depend on are loaded too.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(present) has the modules loaded.
      - V(original) takes back what V(present) enabled on this host, as far as nothing else needs it. Modules that were
        enabled before, or by somebody else, stay.
    type: str
    choices: [present, original]
    default: present
  service:
    description: Apache's systemd unit. The default is the distribution's.
    type: str
notes:
  - Nothing is reloaded. See RV(restart_pending).
seealso:
  - module: opmantek.omk.apache_websocket_proxy
"""

EXAMPLES = r"""
- name: Load what a websocket tunnel needs
  opmantek.omk.apache_module:
    name: [proxy, proxy_http, proxy_wstunnel, headers, ssl]
  notify: Restart Apache
"""

RETURN = r"""
layout:
  description: Whose way of laying out Apache this host follows.
  type: str
  returned: success
  sample: debian
loaded:
  description: The modules of O(name) that were loaded before.
  type: list
  elements: str
  returned: success
enabled:
  description: The modules of O(name) that were enabled, or would be in check mode.
  type: list
  elements: str
  returned: success
disabled:
  description: The modules that O(state=original) disabled, or would disable in check mode.
  type: list
  elements: str
  returned: success
reload_enough:
  description:
    - Whether a reload has Apache load the modules. False on SUSE where C(start_apache2) writes the LoadModule lines
      only when Apache starts, so that it must be restarted.
    - Check mode does not predict it.
  type: bool
  returned: success
service:
  description: Apache's systemd unit.
  type: str
  returned: success
reason:
  description: What it is that keeps Apache from it, a code of docs/reasons.md.
  type: str
  returned: on failure, when there is a code for it
restart_pending:
  description: Whether Apache runs on an older configuration than its files hold. False when it does not run at all.
  type: bool
  returned: success
service_active:
  description: Whether Apache runs.
  type: bool
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _program
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import enabling, loading
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'list', 'elements': 'str', 'required': True},
            'state': {'type': 'str', 'choices': ['present', 'original'], 'default': 'present'},
            'service': {'type': 'str'},
        },
        supports_check_mode=True,
    )
    try:
        records.require_rights()
        outcome = loading.bring(
            _program.runner(module),
            module.params['name'],
            module.params['state'],
            module.params['service'],
            module.check_mode,
            module.warn,
        )
    except Problem as problem:
        module.fail_json(**problem.failure())
    result = dict(outcome._asdict())
    if module._diff and outcome.changed:
        result['diff'] = enabling.diff(outcome.enabled, outcome.disabled)
    module.exit_json(**result)


if __name__ == '__main__':
    main()
