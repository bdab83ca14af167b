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
  - Never fails because of yellow. Changes nothing, unless O(restart) has it restart OMK first.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.no_files
  - opmantek.omk.probe
  - opmantek.omk.site
options:
  sides:
    description: What lives on this host. Without V(omk) neither the setting nor OMK is checked.
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
      - Restart O(omk_service) before the check, if it runs and OMK is among the O(sides).
      - For a handler, which then checks, too.
      - OMK takes a while to answer again, see O(retry_timeout).
    type: bool
    default: false
  options:
    description:
      - Options of this module, as one dictionary or the name of a variable that is one, such as
        C(websocket_check_options) of the role P(opmantek.omk.websocket_check#role). They come before those that are
        given beside it. One that is empty is left out.
      - A name spares the controller much of its work for each host, because an expression that only names a variable,
        with a default or not, then is not compiled.
    type: raw
  run:
    description:
      - What the run needs the status for, as a dictionary or the name of a variable that is one. With it the result
        also says what comes next, RV(next), and the status is handed over to reports, and to the custom statistic
        C(omk_websocket) of the run, which AWX keeps as the artifacts of a job.
      - C(purpose) is V(show) by default; V(before) is for a check before a change, V(after) for one after it.
      - C(required), with V(show), says whether yellow is a failure.
      - C(check_from) is V(host), or V(controller) where what is green from the host is also tried from the controller.
      - C(group) is a group of hosts to which the host is added, as C(ansible.builtin.group_by) does, when RV(next) is
        not V(nothing).
      - C(batch) is shown in the report, and so are the sides that were changed according to C(apache) and C(omk),
        which are what M(opmantek.omk.apache_websocket_proxy) and M(opmantek.omk.opcommon_setting) have returned.
    type: raw
attributes:
  idempotent:
    support: partial
    details: Without O(restart) nothing is changed; with it, OMK is restarted each time.
seealso:
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

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _desired, _program, _secret, _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import check as check_opcommon
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import daemon
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, own_address, status, target

ARGUMENTS = {
    **_desired.ARGUMENTS,
    'sides': {'type': 'list', 'elements': 'str', 'choices': ['omk', 'apache'], 'default': ['omk', 'apache']},
    'omk_base': {'type': 'path', 'default': '/usr/local/omk'},
    'opcommon_path': {'type': 'path'},
    'setting': {'type': 'str', 'default': 'websocket_proxy_port'},
    'value': {'type': 'str', 'default': '443'},
    'omk_service': {'type': 'str', 'default': 'omkd'},
    'path': {'type': 'str', 'default': '/en/omk/opCharts/events/log'},
    'paths': {'type': 'list', 'elements': 'str'},
    'modules': {'type': 'list', 'elements': 'str'},
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
    'options': {'type': 'raw'},
    'run': {'type': 'raw'},
}


def _desired_of(params):
    """The `Desired` in the options: what the roles would have Apache do."""
    _desired.check_paths([params['path']])
    return _desired.from_options(
        paths=params['paths'] or [params['path']],
        modules=params['modules'],
        service=params['apache_service'],
        **{name: params[name] for name in _desired.ARGUMENTS},
    )


class Check:
    """One check of this host, made step by step, because an open tunnel makes the rest needless."""

    def __init__(self, module, run):
        self.params = module.params
        self.desired = _desired_of(module.params)
        self.seen = {}
        #: What the roles would do, and what a killed run has left: one sentence each.
        self.pending, self.interrupted = [], []
        self._run = run
        self._retry_timeout = self.params['retry_timeout']

    def at_omk(self):
        """The setting, the daemon, and OMK asked directly."""
        params = self.params
        where = {name: params[name] for name in ('omk_base', 'opcommon_path', 'setting', 'value', 'omk_service')}
        found = check_opcommon.check(self._run, port=self.desired.backend.port, **where)
        # Said before a change, and not when Apache has been changed already.
        if found.unknown and params['ask_apache'] == 'unless_pending':
            raise found.unknown
        self.seen.update(setting=found.setting, omkd=found.omkd)
        self.interrupted += found.interrupted
        self.pending += found.pending
        self.at_backend()
        if status.may_pass(self.seen['direct']):
            self._retry_timeout = 0

    def at_backend(self):
        """OMK asked directly."""
        backend = self.desired.backend
        self.seen['direct'] = self._probe(host=backend.host.strip('[]'), port=backend.port, scheme='ws')

    def refuse_wrong_backend(self):
        """Say that Apache would be sent away from OMK: before a change as a Problem, else as all that is pending."""
        problem = status.wrong_backend(self.seen, self.params['backend'])
        if problem and self.params['ask_apache'] == 'unless_pending':
            raise problem
        if problem:
            self.pending = [f'Refuse: {problem}']

    def at_tunnel(self, host, address):
        """The websocket through the web server, as a browser opens it. Returns whether that is all of a green pane."""
        self.seen['tunnel'] = self._probe(host=host, port=self.desired.port, scheme='wss', address=address)
        self._retry_timeout = 0
        return status.assess(self.seen, self.params['strict'])['status'] == 'green'

    def at_apache(self):
        """Apache's own account; returns the name and the address at which a browser reaches it (str or None)."""
        # Half of what this module is made of, and compiled on the host each time: only for who needs it.
        from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import check as apache

        found = apache.check(self._run, self.desired, self.params['path'])
        self.seen['apache'] = dict(found.seen._asdict())
        self.interrupted += found.interrupted
        self.pending += found.pending
        return found.name, found.address

    def is_pending_anyway(self):
        """Whether both daemons run and the setting can be read, but is not what it should be."""
        from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import unit

        setting = self.seen.get('setting')
        if not setting or setting['problem'] or setting['value'] == setting['desired_value'] or self.interrupted:
            return False
        return (
            bool(self.seen['omkd']['active'])
            and status.answers_as_omk(self.seen['direct'])
            and unit.is_active(self._run, self.desired.service)
        )

    def _probe(self, **where):
        names = ('path', 'timeout', 'wait_for_event', 'username', 'validate_certs', 'ca_path')
        request = target.Request(password=_secret.decode(self.params['password']), **where)
        request = request._replace(**{name: self.params[name] for name in names})
        if where['scheme'] != 'wss' and request.username:
            # The port may be anybody's while OMK is down, and the way there anybody's to read.
            request = request._replace(username=None, password=None)
            return dict(client.probe_with_retries(request, self._retry_timeout, status.may_pass), login=status.UNTRIED)
        return client.probe_with_retries(request, self._retry_timeout, status.may_pass)


def check(found):
    """Check this host as far as the options ask for it."""
    params = found.params
    if 'omk' in params['sides']:
        found.at_omk()
    host = params['server_name'] or params['address']
    if params['ask_apache'] == 'when_yellow' and host and found.at_tunnel(host, params['address']):
        return
    if params['ask_apache'] == 'unless_pending' and found.is_pending_anyway():
        return
    name = address = None
    if 'apache' in params['sides']:
        name, address = found.at_apache()
    # Where OMK lives elsewhere it is asked only before Apache is sent there.
    if 'direct' not in found.seen and found.pending and params['ask_apache'] == 'unless_pending':
        found.at_backend()
    host = params['server_name'] or (name if name and target.is_host(name) else None) or params['address']
    if host:
        found.at_tunnel(host, params['address'] or (own_address.address_for(address) if address else None))
    found.refuse_wrong_backend()


def restart(module, run, port):
    """Restart OMK's daemon, unless in check mode; returns whether it was to be restarted, because it runs.

    Args:
        port (int): on which it listens.
    """
    service = module.params['omk_service']
    found = daemon.look(run, _systemd.shown(run, service), port)
    if not found.active:
        return False
    if not module.check_mode:
        _systemd.bring(run, service, 'restart', found.script)
    return True


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, required_together=[('username', 'password')], supports_check_mode=True
    )
    run = _program.runner(module)
    try:
        records.require_rights()
        found = Check(module, run)  # refuses what cannot be used, before anything is restarted
        restarts = module.params['restart'] and 'omk' in module.params['sides']
        changed = restarts and restart(module, run, found.desired.backend.port)
        check(found)
    except Problem as problem:
        module.fail_json(**problem.failure())
    assessed = status.assess(
        found.seen,
        module.params['strict'],
        module.params['certificate_days'],
        found.interrupted + found.pending,
    )
    tunnel = found.seen.get('tunnel') or {}
    module.exit_json(
        changed=changed,
        status=assessed['status'],
        reason=assessed['reason'],
        advice=assessed['advice'],
        notes=assessed['warnings'] + (found.seen.get('setting') or {}).get('warnings', []),
        url=tunnel.get('url'),
        certificate_days_left=(tunnel.get('tls') or {}).get('days_left'),
        checked_at=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
        pending=found.interrupted + found.pending,
        interrupted=found.interrupted,
        observations=found.seen,
    )


if __name__ == '__main__':
    main()
