#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: websocket_status
short_description: Say whether a host's Events pane is green or yellow, and why
version_added: 1.0.0
description:
  - Answers the whole question in one execution. Looks at the setting that tells browsers the port, at the effective
    configuration of Apache, at whether both daemons run on what their files say, and tries the websocket straight to
    OMK and through Apache as a browser would.
  - Never fails because of yellow. Changes nothing, unless O(restart) has it restart OMK first.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes
  - opmantek.omk.probe
  - opmantek.omk.site
options:
  sides:
    description: What lives on this host. Without V(omk) neither the setting nor OMK is looked at.
    type: list
    elements: str
    choices: [omk, apache]
    default: [omk, apache]
  omk_base:
    description: Where OMK is installed.
    type: path
    default: /usr/local/omk
  opcommon_path:
    description: The settings file itself, where it lies elsewhere.
    type: path
  setting:
    description: The setting that tells browsers the port.
    type: str
    default: websocket_proxy_port
  value:
    description: The value that the setting should have.
    type: str
    default: "443"
  omk_service:
    description: The systemd unit of OMK's daemon.
    type: str
    default: omkd
  path:
    description: The websocket path.
    type: str
    default: /en/omk/opCharts/events/log
  paths:
    description: All websocket paths that Apache has to tunnel. The default is O(path) alone, which is the one tried.
    type: list
    elements: str
  modules:
    description: The modules that Apache has to have. The default is what a tunnel through TLS needs.
    type: list
    elements: str
  idle_timeout:
    description: As for M(opmantek.omk.apache_websocket_proxy), for RV(pending).
    type: int
  content:
    description: As for M(opmantek.omk.apache_websocket_proxy), for RV(pending).
    type: str
  address:
    description: The address to connect to. The default is the one that the VirtualHost serves, not loopback.
    type: str
  apache_service:
    description: Apache's systemd unit. The default is the distribution's.
    type: str
  retry_timeout:
    description:
      - Seconds to go on trying until OMK answers, and then until the tunnel does, for right after a restart.
      - An Apache that found OMK down answers 503 by itself for as long as its option C(retry) of ProxyPass says, 60
        seconds by default.
    type: float
    default: 0
  ask_apache:
    description:
      - V(when_yellow) asks Apache about its configuration only when the rest does not look green already. It needs
        O(server_name) or O(address). For a check after a change, when Apache has just been asked.
      - V(unless_pending) asks Apache only whether it runs when the setting alone tells that there is something to do,
        and then leaves the tunnel alone. For a check before a change, which asks Apache itself.
    type: str
    choices: [always, when_yellow, unless_pending]
    default: always
  restart:
    description:
      - Restart O(omk_service) before looking, if it runs and OMK is among the O(sides).
      - For a handler, which then checks, too.
      - OMK takes a while to answer again, see O(retry_timeout).
    type: bool
    default: false
  statistic:
    description:
      - Fields to add to the status, which is then also handed to reports as the custom statistic C(omk_websocket), as
        C(ansible.builtin.set_stats) does. Without it nothing is handed over.
      - The statistic of the run has it under the name of the host. AWX keeps that statistic as the artifacts of a job.
    type: dict
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: No file is changed.
  idempotent:
    support: partial
    details: Without O(restart) nothing is changed; with it, OMK is restarted each time.
  platform:
    support: full
    platforms: linux
seealso:
  - module: opmantek.omk.websocket_probe
"""

EXAMPLES = r"""
- name: Look at the pane
  opmantek.omk.websocket_status:
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
    - What the roles of this collection would still do when they are told the same, one sentence each. Empty when they
      would change nothing and restart nothing. With an O(ask_apache) other than V(always), only of what was looked at.
  type: list
  elements: str
  returned: success
interrupted:
  description:
    - What of RV(pending) an interrupted run has left. The next run recovers it first; whatever else is wrong with
      the files may come of it.
  type: list
  elements: str
  returned: success
ansible_stats:
  description: The status for reports.
  type: dict
  returned: when O(statistic) is given
observations:
  description:
    - What the status is decided from, per part C(setting), C(omkd), C(apache), C(direct) and C(tunnel).
    - What was not looked at is missing.
  type: dict
  returned: success
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired_state
from ansible_collections.opmantek.omk.plugins.module_utils import _program, _secret, _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._files import raw
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import daemon, files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, own_address, status, target


def _setting(params, left, pending):
    """The setting as the status wants it, and the modification times of its files (list of float)."""
    seen = {'name': params['setting'], 'desired_value': params['value']}
    try:
        path = files.find(params['omk_base'], params['opcommon_path'])
        if files.is_interrupted(path):
            left.append(f'Recover an edit of {path} that was interrupted.')
        found = files.read_setting(path, params['setting'])
    except Problem as problem:
        pending.append(str(problem))
        return dict(seen, problem=str(problem)), []
    seen.update((name, found[name]) for name in ('value', 'line', 'effective_value', 'effective_source', 'warnings'))
    seen.update(source=found['source_file'] or path, ambiguous=found['problem'], problem=None)
    if seen['value'] != seen['desired_value'] or seen['ambiguous']:
        pending.append(f'Set {seen["name"]} to "{seen["desired_value"]}" in {path}.')
    return seen, files.modified_at(path)


def _probe(params, retry_timeout, **where):
    names = ('path', 'timeout', 'wait_for_event', 'username', 'validate_certs', 'ca_path')
    where['password'] = _secret.decode(params['password'])
    return client.probe_with_retries(
        dict({name: params[name] for name in names}, **where), retry_timeout, status.may_pass
    )


def _restart(module, run):
    """Restart OMK's daemon, unless in check mode; returns whether it was to be restarted, because it runs."""
    service = module.params['omk_service']
    port = desired_state.parse_backend(module.params['backend']).port
    found = daemon.look(run, _systemd.shown(run, service), port)
    if not found.active:
        return False
    if not module.check_mode:
        if found.script:  # systemd would only start it once more
            run([found.script, 'stop'])
        code, _output, errors = run(['systemctl', 'restart', '--', service])
        if code:
            raise Problem(
                f'{service} did not restart: ' + ' '.join(errors.split()).rstrip('.'),
                cure=f'look at journalctl -u {service}',
            )
    return True


def _is_pending_anyway(run, params, seen, left):
    """Whether both daemons run and the setting can be read, but is not what it should be."""
    setting = seen.get('setting')
    if not setting or setting['problem'] or setting['value'] == setting['desired_value'] or left:
        return False
    try:
        layout = layouts.detect(lambda path: raw.look(path, follow=True) is not None)
    except (OSError, Problem):
        return False
    service = params['apache_service'] or layout.service
    return (
        bool(seen['omkd']['active'])
        and status.assess({'direct': seen['direct']})['reason'] != 'omk_down'
        and _systemd.is_active(_systemd.shown(run, service))
    )


def _look(run, params, left, pending):
    desired_state.check_paths([params['path']])
    desired = desired_state.from_options(params, params['paths'] or [params['path']])
    seen, vhost, retry_timeout = {}, None, params['retry_timeout']
    if 'omk' in params['sides']:
        found = daemon.look(run, _systemd.shown(run, params['omk_service']), desired.backend.port)
        seen['setting'], changed_at = _setting(params, left, pending)
        seen['omkd'] = {
            'active': found.active,
            'restart_pending': bool(found.active) and _systemd.is_newer(changed_at, found.since),
        }
        if seen['omkd']['restart_pending']:
            pending.append('Restart OMK.')
        seen['direct'] = _probe(
            params, retry_timeout, host=desired.backend.host.strip('[]'), port=desired.backend.port, scheme='ws'
        )
        if status.may_pass(seen['direct']):
            retry_timeout = 0
    host = params['server_name'] or params['address']
    if params['ask_apache'] == 'when_yellow' and host:
        seen['tunnel'] = _probe(
            params, retry_timeout, host=host, port=params['port'], scheme='wss', address=params['address']
        )
        if status.assess(seen, params['strict'])['status'] == 'green':
            return seen
        retry_timeout = 0
    if params['ask_apache'] == 'unless_pending' and _is_pending_anyway(run, params, seen, left):
        return seen
    if 'apache' in params['sides']:
        # Half of what this module is made of, and compiled on the host each time: only for who needs it.
        from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import check, interrupted

        left += interrupted.left()
        seen['apache'], vhost = check.check(run, params, desired, pending)
    named = vhost.name if vhost and target.is_host(vhost.name) else None
    host = params['server_name'] or named or params['address']
    if host:
        seen['tunnel'] = _probe(
            params,
            retry_timeout,
            host=host,
            port=params['port'],
            scheme='wss',
            address=params['address'] or (own_address.address_for(vhost.address) if vhost else None),
        )
    return seen


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            'sides': {'type': 'list', 'elements': 'str', 'choices': ['omk', 'apache'], 'default': ['omk', 'apache']},
            'omk_base': {'type': 'path', 'default': '/usr/local/omk'},
            'opcommon_path': {'type': 'path'},
            'setting': {'type': 'str', 'default': 'websocket_proxy_port'},
            'value': {'type': 'str', 'default': '443'},
            'omk_service': {'type': 'str', 'default': 'omkd'},
            'path': {'type': 'str', 'default': '/en/omk/opCharts/events/log'},
            'paths': {'type': 'list', 'elements': 'str'},
            'modules': {'type': 'list', 'elements': 'str'},
            'idle_timeout': {'type': 'int'},
            'content': {'type': 'str'},
            'backend': {'type': 'str', 'default': 'localhost:8042'},
            'port': {'type': 'int', 'default': 443},
            'server_name': {'type': 'str'},
            'vhost': {'type': 'str'},
            'forwarded_proto': {'type': 'bool', 'default': True},
            'address': {'type': 'str'},
            'apache_service': {'type': 'str'},
            'retry_timeout': {'type': 'float', 'default': 0},
            'validate_certs': {'type': 'bool', 'default': True},
            'ca_path': {'type': 'path'},
            'timeout': {'type': 'float', 'default': 10},
            'wait_for_event': {'type': 'float', 'default': 0},
            'username': {'type': 'str'},
            'password': {'type': 'str', 'no_log': True},
            'strict': {'type': 'bool', 'default': True},
            'certificate_days': {'type': 'int', 'default': 21},
            'ask_apache': {'type': 'str', 'choices': ['always', 'when_yellow', 'unless_pending'], 'default': 'always'},
            'restart': {'type': 'bool', 'default': False},
            'statistic': {'type': 'dict'},
        },
        required_together=[('username', 'password')],
        supports_check_mode=True,
    )
    left, pending = [], []
    run = _program.runner(module)
    try:
        changed = module.params['restart'] and 'omk' in module.params['sides'] and _restart(module, run)
        seen = _look(run, module.params, left, pending)
    except Problem as problem:
        module.fail_json(**problem.failure())
    pending = left + pending
    found = status.assess(seen, module.params['strict'], module.params['certificate_days'])
    tunnel = seen.get('tunnel') or {}
    result = {
        'status': found['status'],
        'reason': found['reason'],
        'advice': found['advice'],
        'notes': found['warnings'] + (seen.get('setting') or {}).get('warnings', []),
        'url': tunnel.get('url'),
        'certificate_days_left': (tunnel.get('tls') or {}).get('days_left'),
        'checked_at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
    }
    module.exit_json(changed=changed, pending=pending, interrupted=left, observations=seen, **result)


if __name__ == '__main__':
    main()
