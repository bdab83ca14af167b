#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: apache_websocket_proxy
short_description: Tunnel websocket paths through Apache's TLS VirtualHost
version_added: 1.0.0
description:
  - Makes the VirtualHost that serves a TLS port pass websocket handshakes on some paths to OMK, whatever other proxy
    rules there are, and tell OMK that the browser came by https.
  - Decides on the effective configuration, as Apache itself prints it, and edits the VirtualHost's file without
    touching any other byte. What it adds stands between marker comments.
  - A configuration that already does the job is left alone, whoever wrote it.
  - Apache's own test runs on the result. When it fails, every file is restored and the test's message is the
    error.
  - Where SELinux is on, it is made to let Apache connect to OMK (C(httpd_can_network_connect), persistently).
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes
  - opmantek.omk.site
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: debian, rhel, suse
    details: The layouts of Debian, Red Hat and SUSE.
options:
  paths:
    description: The websocket paths. Letters, digits and C(. _ ~ - /) only.
    type: list
    elements: str
    default: [/en/omk/opCharts/events/log]
  modules:
    description:
      - With O(state=present), Apache modules to have loaded first, as M(opmantek.omk.apache_module) does. When the rest
        cannot be done, those that were enabled for it are taken back. Without it they have to be loaded already.
      - With O(state=absent), modules to take back at the end, as far as this collection enabled them and nothing needs
        them now.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(absent) removes what this module added, and nothing else. SELinux's permission is taken back if this module
        gave it.
      - V(previous) takes back the last change that this module made on this host since it was booted, if there was one.
    type: str
    choices: [present, absent, previous]
    default: present
  change:
    description: With O(state=previous), the RV(change) to take back. If it is not the last one, nothing is done and the
      module fails, because another run has changed something since.
    type: str
  content_path:
    description:
      - The file for O(content). On Debian, a file below C(sites-available) is enabled too.
      - The default is C(opmantek-omk.conf) in the distribution's folder for VirtualHosts.
    type: path
  backup:
    description: Copy each file that is about to change to C(/var/backups/opmantek.omk).
    type: bool
    default: false
  service:
    description: Apache's systemd unit. The default is the distribution's.
    type: str
notes:
  - Nothing is reloaded. See RV(restart_pending).
  - Needs the Apache modules of the first example.
seealso:
  - module: opmantek.omk.apache_module
  - module: opmantek.omk.websocket_probe
"""

EXAMPLES = r"""
- name: Tunnel the Events pane's websocket
  opmantek.omk.apache_websocket_proxy:
    modules: [proxy, proxy_http, proxy_wstunnel, headers, ssl]
  notify: Restart Apache

- name: Choose the VirtualHost among several
  opmantek.omk.apache_websocket_proxy:
    server_name: omk.example.com
  notify: Restart Apache

- name: Take it out again
  opmantek.omk.apache_websocket_proxy:
    state: absent
  notify: Restart Apache
"""

RETURN = r"""
vhost:
  description: The VirtualHost that was worked on. Null when there is none.
  type: dict
  returned: success
  contains:
    file:
      description: Its file, as Apache includes it.
      type: str
    line:
      description: The line of its opening tag.
      type: int
    server_name:
      description: Its name.
      type: str
    address:
      description: The address of its opening tag, C(*) for any. Null in check mode for one that is not there yet.
      type: str
    created:
      description: Whether it was made from O(content).
      type: bool
also:
  description: The VirtualHosts that serve the same name on other addresses, such as one for IPv6, in the form of
    RV(vhost). They are changed along with it.
  type: list
  elements: dict
  returned: success
rules:
  description: One entry per path, of RV(vhost).
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: The path.
      type: str
    before:
      description: What became of a websocket handshake before, and which directive decided.
      type: str
    after:
      description: What becomes of it now, and which directive decides.
      type: str
modules_enabled:
  description: Those of O(modules) that were enabled, or would be in check mode. After a failure, those that stay so.
  type: list
  elements: str
  returned: always
modules_disabled:
  description: Those of O(modules) that were taken back, or would be in check mode.
  type: list
  elements: str
  returned: success
tunnel:
  description: How browsers reach the first of O(paths). Null when no name is known for the VirtualHost.
  type: dict
  returned: success
  contains:
    url:
      description: The websocket's address.
      type: str
    host:
      description: The server's name in it.
      type: str
    address:
      description: The IP address at which this host itself can try it.
      type: str
change:
  description: What identifies this change of files, for O(change). Null when none was made.
  type: str
  returned: success
files:
  description: The files that were changed, or would be in check mode.
  type: list
  elements: str
  returned: success
capacity:
  description: What bounds the number of open websockets, each of which holds one of Apache's workers.
  type: dict
  returned: success
  contains:
    mpm:
      description: Apache's processing module, as in V(event).
      type: str
    max_request_workers:
      description: How many requests Apache serves at once, with all defaults and limits. Null for an unknown module.
      type: int
selinux:
  description: SELinux's permission for Apache to connect to OMK. Null where SELinux is off.
  type: dict
  returned: success
  contains:
    boolean:
      description: Its name.
      type: str
    permitted:
      description: Whether it is given now, or would be in check mode.
      type: bool
    changed:
      description: Whether this run changed it, or would in check mode.
      type: bool
reason:
  description: What it is that keeps Apache from it, a code of docs/reasons.md.
  type: str
  returned: on failure, when there is a code for it
restart_pending:
  description: Whether Apache runs on an older configuration than its files hold. False when it does not run at all.
  type: bool
  returned: success
reload_enough:
  description: Whether a reload has Apache load all modules, too. It is not on some SUSE systems.
  type: bool
  returned: success
service_active:
  description: Whether Apache runs.
  type: bool
  returned: success
service:
  description: Apache's systemd unit.
  type: str
  returned: success
test_command:
  description: The command that has Apache test its configuration.
  type: list
  elements: str
  returned: success
backup_file:
  description: The copies that O(backup) made.
  type: list
  elements: str
  returned: when a copy was made
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _desired, _options, _program
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import proxy
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

ARGUMENTS = {
    **_options.SITE,
    'paths': {'type': 'list', 'elements': 'str', 'default': [_options.EVENTS_PATH]},
    'modules': {'type': 'list', 'elements': 'str', 'default': []},
    'state': {'type': 'str', 'choices': ['present', 'absent', 'previous'], 'default': 'present'},
    'change': {'type': 'str'},
    'content_path': {'type': 'path'},
    'backup': {'type': 'bool', 'default': False},
    'service': {'type': 'str'},
}
#: Of these, what says how the module does its work, and not what is desired of Apache.
HOW = ('state', 'change', 'backup')


def desired_of(params):
    """The `Desired` in the options of the module."""
    if params['server_name']:
        _desired.check_name(params['server_name'])
    return _desired.from_options(**{name: value for name, value in params.items() if name not in HOW})


def result_of(outcome, backup, check_mode):
    """What the module returns (dict) of an outcome."""
    result = dict(outcome._asdict())
    result['vhost'] = result.pop('site') and dict(outcome.site._asdict())
    result['also'] = [dict(one._asdict()) for one in outcome.also]
    result['tunnel'] = outcome.tunnel and dict(outcome.tunnel._asdict())
    result.pop('diff')
    copies = result.pop('backups')
    if backup and outcome.changed and not check_mode:
        result['backup_file'] = copies
    return result


def main():
    """Entry point of the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params, apache = module.params, None
    try:
        records.require_rights()
        apache = proxy.Proxy(_program.runner(module), desired_of(params), module.check_mode, module.warn)
        outcome = apache.bring(params['state'], params['change'], params['backup'])
    except Problem as problem:
        module.fail_json(modules_enabled=apache.modules_enabled if apache else [], **problem.failure())
    if outcome.changed and not outcome.service_active:
        module.warn(
            'Apache is stopped on this host and was not started; it reads the new configuration when somebody '
            'starts it.'
        )
    result = result_of(outcome, params['backup'], module.check_mode)
    if module._diff and outcome.diff:
        result['diff'] = outcome.diff
    module.exit_json(**result)


if __name__ == '__main__':
    main()
