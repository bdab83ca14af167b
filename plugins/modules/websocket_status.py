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
  - Never fails because of yellow.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.info
  - opmantek.omk.probe
  - opmantek.omk.site
options:
  halves:
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
  expected:
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
  address:
    description: The address to connect to. The default is the one that the VirtualHost serves, not loopback.
    type: str
  apache_service:
    description: Apache's systemd unit. The default is the distribution's.
    type: str
  patience:
    description: Seconds to go on trying the tunnel until it answers, for right after a restart.
    type: float
    default: 0
seealso:
  - module: opmantek.omk.websocket_probe
"""

EXAMPLES = r"""
- name: Look at the pane
  opmantek.omk.websocket_status:
    server_name: omk.example.com
  register: pane

- name: Show the verdict
  ansible.builtin.debug:
    msg: "{{ pane.status }}: {{ pane.advice }}"
"""

RETURN = r"""
status:
  description: V(green) or V(yellow).
  type: str
  returned: success
reason:
  description: Why. The codes are listed in docs/verdicts.md.
  type: str
  returned: success
  sample: generic_rule_won
advice:
  description: What to do, one sentence.
  type: str
  returned: success
notes:
  description: What else will have to be mended, and what was not looked at.
  type: list
  elements: str
  returned: success
url:
  description: The address that a browser's websocket uses.
  type: str
  returned: success
certificate_days_left:
  description: Days until the certificate ends. Null when none was seen.
  type: int
  returned: success
checked_at:
  description: When, in UTC (ISO 8601).
  type: str
  returned: success
observations:
  description: What the verdict is made of, per part C(setting), C(omkd), C(apache), C(direct) and C(tunnel).
  type: dict
  returned: success
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, capacity, choose, plan, site
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._disk import apache_modules, atomic, opcommon_files, owed
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, own_address, verdict

_REASONS = {
    'plain_http': 'generic_rule_won', 'excluded': 'path_excluded', 'unhandled': 'not_proxied',
    'wrong_target': 'wrong_backend', 'rewritten': 'rewritten_page', 'redirected': 'redirected',
    'forbidden': 'access_denied', 'header': 'forwarded_proto_missing',
}


def _setting(params):
    """The setting as the verdict wants it, and the modification times of its files (list of float)."""
    seen = {'name': params['setting'], 'expected': params['expected']}
    try:
        path = opcommon_files.find(params['omk_base'], params['opcommon_path'])
        found = opcommon_files.read_setting(path, params['setting'])
    except Problem as problem:
        return dict(seen, problem=str(problem)), []
    seen.update((name, found[name]) for name in ('value', 'line', 'effective_value', 'effective_source', 'warnings'))
    seen.update(source=found['source_file'] or path, ambiguous=found['problem'], problem=None)
    return seen, opcommon_files.modified_at(path)


def _apache(run, params, wish):
    """Apache's own account: (what the verdict wants, the VirtualHost or None)."""
    seen = {'active': None, 'restart_needed': False, 'effective': False, 'reason': None, 'detail': None, 'file': None,
            'line': None, 'problem': None, 'missing_modules': [], 'capacity': None}
    try:
        layout = layouts.detect(atomic.exists)
        unit = _systemd.parse_show(run(_systemd.show_command(params['apache_service'] or layout.service))[1])
        seen['active'] = _systemd.is_active(unit) if _systemd.exists(unit) else None
        announced = apache_modules.announced(layout)
        try:
            ask.test(run, layout, atomic.exists, announced)
            dump = ask.ask(run, layout, atomic.exists, announced)
        except Problem:
            # Broken for want of a module only?
            ask.test(run, layout, atomic.exists, ask.NEEDED_MODULES)
            dump = ask.ask(run, layout, atomic.exists, ask.NEEDED_MODULES)
            loaded = ask.loaded_in_spite_of_errors(run, layout, atomic.exists, ask.NEEDED_MODULES) | set(announced)
            seen['missing_modules'] = [name for name in ask.NEEDED_MODULES if name not in loaded]
        seen['capacity'] = capacity.capacity(dump)
    except Problem as problem:
        seen['problem'] = str(problem)
        return seen, None
    try:
        vhost = choose.choose(dump, wish.port, params['server_name'], params['vhost'], wish.backend, atomic.same_file)
    except Problem as problem:
        return dict(seen, reason='vhost_ambiguous', detail=str(problem)), None
    if vhost is None:
        return dict(seen, reason='vhost_missing', detail=f'No VirtualHost serves port {wish.port}.'), None
    standing = plan.standing(dump, vhost, wish)
    files = [vhost.file] + layouts.enabling_files(layout, ask.NEEDED_MODULES)
    if not seen['missing_modules'] and not {'proxy_wstunnel', 'proxy_http'} & set(dump.modules):
        seen['missing_modules'] = ['proxy_wstunnel']
    seen.update(effective=standing.kind == 'tunnelled', reason=_REASONS.get(standing.kind, 'not_proxied'),
                detail=standing.detail[0].upper() + standing.detail[1:] + '.', file=standing.file, line=standing.line,
                restart_needed=owed.restart(unit, files, False, True))
    return seen, vhost


def _probe(params, **where):
    names = ('path', 'timeout', 'wait_for_event', 'username', 'password', 'validate_certs', 'ca_path')
    return client.probe(dict({name: params[name] for name in names}, **where))


def _look(module, params):
    def run(command):
        return module.run_command(command, environ_update={'LC_ALL': 'C'})

    site.check_paths([params['path']])
    backend = site.parse_backend(params['backend'])
    wish = plan.Wish((params['path'],), backend, params['port'], params['server_name'] or '',
                     params['forwarded_proto'], None)
    seen, vhost = {}, None
    if 'omk' in params['halves']:
        unit = _systemd.parse_show(run(_systemd.show_command(params['omk_service']))[1])
        seen['setting'], changed_at = _setting(params)
        seen['omkd'] = {'active': _systemd.is_active(unit) if _systemd.exists(unit) else None,
                        'restart_needed': _systemd.restart_owed(unit, False, changed_at)}
        seen['direct'] = _probe(params, host=backend.host.strip('[]'), port=backend.port, scheme='ws')
    if 'apache' in params['halves']:
        seen['apache'], vhost = _apache(run, params, wish)
    host = params['server_name'] or (vhost.name if vhost else None) or params['address']
    if host:
        until = time.monotonic() + params['patience']
        where = {'host': host, 'port': params['port'], 'scheme': 'wss',
                 'address': params['address'] or (own_address.address_for(vhost.address) if vhost else None)}
        seen['tunnel'] = _probe(params, **where)
        while seen['tunnel']['error'] and time.monotonic() < until:
            time.sleep(0.2)
            seen['tunnel'] = _probe(params, **where)
    return seen


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            'halves': {'type': 'list', 'elements': 'str', 'choices': ['omk', 'apache'], 'default': ['omk', 'apache']},
            'omk_base': {'type': 'path', 'default': '/usr/local/omk'},
            'opcommon_path': {'type': 'path'},
            'setting': {'type': 'str', 'default': 'websocket_proxy_port'},
            'expected': {'type': 'str', 'default': '443'},
            'omk_service': {'type': 'str', 'default': 'omkd'},
            'path': {'type': 'str', 'default': '/en/omk/opCharts/events/log'},
            'backend': {'type': 'str', 'default': 'localhost:8042'},
            'port': {'type': 'int', 'default': 443},
            'server_name': {'type': 'str'},
            'vhost': {'type': 'str'},
            'forwarded_proto': {'type': 'bool', 'default': True},
            'address': {'type': 'str'},
            'apache_service': {'type': 'str'},
            'patience': {'type': 'float', 'default': 0},
            'validate_certs': {'type': 'bool', 'default': True},
            'ca_path': {'type': 'path'},
            'timeout': {'type': 'float', 'default': 10},
            'wait_for_event': {'type': 'float', 'default': 0},
            'username': {'type': 'str'},
            'password': {'type': 'str', 'no_log': True},
            'strict': {'type': 'bool', 'default': True},
            'certificate_days': {'type': 'int', 'default': 21},
        },
        required_together=[('username', 'password')],
        supports_check_mode=True,
    )
    try:
        seen = _look(module, module.params)
    except Problem as problem:
        module.fail_json(msg=str(problem))
    judged = verdict.judge(seen, module.params['strict'], module.params['certificate_days'])
    tunnel = seen.get('tunnel') or {}
    module.exit_json(
        changed=False, status=judged['status'], reason=judged['reason'], advice=judged['advice'],
        notes=judged['warnings'] + (seen.get('setting') or {}).get('warnings', []), url=tunnel.get('url'),
        observations=seen, certificate_days_left=(tunnel.get('tls') or {}).get('days_left'),
        checked_at=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()))


if __name__ == '__main__':
    main()
