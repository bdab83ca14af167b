#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets or removes one setting of opCommon."""

DOCUMENTATION = r"""
module: opcommon_setting
short_description: Set or remove one setting of opCommon
version_added: 1.0.0
description:
  - Changes one setting in C(opCommon.json) or C(opCommon.nmis), the file that holds the whole configuration of an OMK
    server, and nothing else in it. Comments, order, indentation, quoting, line ends and encoding stay as they are.
  - By default this is the port that browsers use for the websocket of the Events pane.
  - Takes the lock that the vendor's own tools take, and rewrites the file in place, so that owner, mode, access lists,
    links and bind mounts stay. A run that is killed is recovered by the next one.
options:
  setting:
    description:
      - The setting. It is changed in whatever section it stands.
      - The path form V(/section/name) decides where a bare name would be ambiguous.
    type: str
    default: websocket_proxy_port
  section:
    description: The section for a setting that does not exist yet. The section is made when it is missing.
    type: str
    default: omkd
  value:
    description:
      - The value. Required for O(state=present). A port (O(setting) ends in C(_port)) has to be from 1 to 65535.
      - The value is written as a quoted string. V(443), V('443') and V("443") in the file are the same value.
    type: str
  state:
    description:
      - V(present) has the setting there with that value.
      - V(absent) removes it.
      - V(original) gives back what stood there before this module first dealt with it, to the letter, or removes the
        setting if it was not there. The module keeps a record for that below C(/var/lib/opmantek.omk). Without a record
        nothing is changed, and what somebody else has changed since is left alone, with a warning.
      - V(previous) takes back the last change that this module made, or the one that O(change) names.
    type: str
    choices: [present, absent, original, previous]
    default: present
  change:
    description: With O(state=previous), the RV(change) to take back. If it is not the last one, nothing is done and the
      module fails, because another run has changed the setting since.
    type: str
  tunnel:
    description:
      - A websocket that has to answer before anything is changed, so that browsers are not sent where nothing answers.
        It is tried when there is something to change, and not in check mode. When it does not answer, the file is left
        alone and the module fails with the reason.
    type: dict
    suboptions:
      url:
        description: Its address, as in C(wss://omk.example.com/en/omk/opCharts/events/log).
        type: str
        required: true
      address:
        description: The IP address to connect to instead of the one that the name stands for.
        type: str
      retry_timeout:
        description: Seconds in which it is tried again when what is wrong may pass.
        type: float
        default: 5
      timeout:
        description: Seconds that one try may take.
        type: float
        default: 10
      validate_certs:
        description: Whether the certificate must be one that a browser accepts.
        type: bool
        default: true
      ca_path:
        description: A file or folder of certificate authorities on this host, instead of the system's.
        type: path
      username:
        description: A user of OMK, to log in with first; needs O(tunnel_password). Without one, a login that OMK wants
          is no fault.
        type: str
  tunnel_password:
    description: The password of the user in O(tunnel).
    type: str
  backup:
    description: Whether to keep a copy below C(/var/backups/opmantek.omk) before a change, with the owner and mode of
      the file.
    type: bool
    default: false
  service:
    description: The systemd unit that reads the file when it starts. RV(restart_pending) is about this unit.
    type: str
  backend:
    description:
      - Where it listens, as HOST:PORT. With it, a daemon that a SysV script starts is known from the process that
        listens on the port, because systemd does not know what becomes of it.
    type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the setting only, never what stands beside it.
  idempotent:
    support: full
  platform:
    support: full
    platforms: linux
extends_documentation_fragment:
  - opmantek.omk.attributes
  - opmantek.omk.opcommon
notes:
  - The setting that is touched is shown in results and diffs. Put C(no_log) on the task when it is a secret.
author:
  - The opmantek.omk developers (@opmantek)
seealso:
  - module: opmantek.omk.opcommon_info
"""

EXAMPLES = r"""
- name: Have browsers open the websocket through Apache
  opmantek.omk.opcommon_setting:
    value: "443"
    service: omkd.service
  register: opcommon
  notify: Restart omkd

- name: Take it back
  opmantek.omk.opcommon_setting:
    state: original

- name: Set a setting of one certain section in one certain file
  opmantek.omk.opcommon_setting:
    opcommon_path: /opt/omk/conf/opCommon.nmis
    setting: /omkd/omkd_workers
    value: "10"
    backup: true
"""

RETURN = r"""
opcommon_path:
  description: The file.
  type: str
  returned: success
  sample: /usr/local/omk/conf/opCommon.json
format:
  description: Its format.
  type: str
  returned: success
  sample: json
section:
  description: The section in which the setting stands, or stood. Null when it is nowhere.
  type: str
  returned: success
  sample: omkd
previous_value:
  description: The value before, as the vendor's reader has it. Null when there was none.
  type: str
  returned: success
  sample: "8042"
value:
  description: The value now. Null when there is none.
  type: str
  returned: success
  sample: "443"
restart_pending:
  description: Whether the unit O(service) runs and has not read the file since it last changed. Also true when an
    earlier run changed the file and its restart was lost. False when the unit is stopped or none is named.
  type: bool
  returned: success
service_active:
  description: Whether the unit O(service) runs. Null when none is named or systemd is not there.
  type: bool
  returned: success
reason:
  description: Why the O(tunnel) does not answer, a code of docs/reasons.md.
  type: str
  returned: when it does not
change:
  description: What identifies this change, for O(change). Null when none was made.
  type: str
  returned: success
overridden_by:
  description: Files of C(conf.d) that set this setting too; the last one counts.
  type: list
  elements: str
  returned: success
backup_file:
  description: The copy from before the change. Null when none was made.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _desired, _options, _program, _secret, _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import daemon, files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, status, target

_TUNNEL = {
    'url': {'type': 'str', 'required': True},
    'address': {'type': 'str'},
    'retry_timeout': {'type': 'float', 'default': 5},
    'timeout': {'type': 'float', 'default': 10},
    'validate_certs': {'type': 'bool', 'default': True},
    'ca_path': {'type': 'path'},
    'username': {'type': 'str'},
}
ARGUMENTS = {
    **_options.OPCOMMON,
    'setting': {'type': 'str', 'default': _options.SETTING},
    'section': {'type': 'str', 'default': 'omkd'},
    'value': {'type': 'str'},
    'state': {'type': 'str', 'choices': ['present', 'absent', 'original', 'previous'], 'default': 'present'},
    'change': {'type': 'str'},
    'tunnel': {'type': 'dict', 'options': _TUNNEL},
    'tunnel_password': {'type': 'str', 'no_log': True},
    'backup': {'type': 'bool', 'default': False},
    'service': {'type': 'str'},
    'backend': {'type': 'str'},
}


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS, required_if=[('state', 'present', ['value'])], supports_check_mode=True
    )
    try:
        records.require_rights()
        module.exit_json(**run(module))
    except Problem as problem:
        module.fail_json(**problem.failure())


def run(module):
    """The result (dict). Raises `Problem`."""
    options = module.params
    _check(options)
    path = files.find(options['omk_base'], options['opcommon_path'])
    # Mistaken names are refused before anything is changed.
    unit = _unit(module, options['service'])
    backend = options['backend'] and _desired.parse_backend(options['backend'], 'omk_websocket_listen (option backend)')

    def change(check_mode):
        return files.change(
            path,
            options['setting'],
            options['state'],
            options['value'],
            options['section'],
            options['backup'],
            check_mode,
            options['lock_timeout'],
            change_id=options['change'],
        )

    if options['tunnel'] and not module.check_mode and change(check_mode=True)['changed']:
        _prove(module, options['tunnel'], options['setting'])
    result = change(module.check_mode)
    warnings = result.pop('warnings')
    name = setting.names(options['setting'])[1]
    found, more = files.overrides(path, name, options['lock_timeout'])
    warnings += more
    if options['state'] == 'present' and found and found[-1]['value'] != result['value']:
        warnings.append(f'{found[-1]["file"]} overrides {name}, so the value in {path} has no effect.')
    result.update(
        opcommon_path=path,
        format=setting.syntax_of(path).name,
        overridden_by=[override['file'] for override in found],
        diff=[_diff(path, name, result)],
        **_of_daemon(_program.runner(module), unit, backend, path, result['changed']),
    )
    if result['changed'] and result['service_active'] is False:
        warnings.append(
            f'{options["service"]} is stopped on this host and was not started; it reads the new setting '
            'when somebody starts it.'
        )
    for warning in warnings:
        module.warn(warning)
    return result


def _check(options):
    """Refuse options that cannot be used. Raises `Problem`."""
    if bool((options['tunnel'] or {}).get('username')) != (options['tunnel_password'] is not None):
        raise Problem(
            'only one of omk_websocket_tunnel.username and omk_websocket_tunnel_password is given (options '
            'tunnel.username and tunnel_password)',
            cure='give both, or none to try without a login',
        )
    if options['state'] == 'present':
        setting.check_value(options['setting'], options['value'])


def _of_daemon(run, unit, backend, path, changed):
    """What the result (dict) tells of the daemon that reads the file at a path."""
    running = daemon.look(run, unit or {}, backend.port if backend else None)
    pending = bool(running.active) and _systemd.is_newer(files.modified_at(path), running.since)
    return {
        'service_active': running.active,
        'restart_pending': pending or bool(running.active and changed),
    }


def _prove(module, tunnel, name):
    """Fails unless the tunnel answers a websocket handshake."""
    password = _secret.decode(module.params['tunnel_password'])
    request = target.Request(**{name: tunnel[name] for name in target.Request._fields if name in tunnel})
    seen = client.probe_with_retries(request._replace(password=password), tunnel['retry_timeout'], status.may_pass)
    found = status.assess({'tunnel': seen}, strict=False)
    if found['status'] != 'green':
        module.fail_json(
            reason=found['reason'],
            msg=f'The tunnel does not answer ({found["reason"]}), so {name} was left as it was: {found["advice"]}',
        )


def _diff(path, name, result):
    def shown(value):
        return f'{name}: {"(not set)" if value is None else value}\n'

    return {
        'before_header': path,
        'after_header': path,
        'before': shown(result['previous_value']),
        'after': shown(result['value']),
    }


def _unit(module, unit):
    """The unit's properties (dict); None without a unit or without systemd. Raises `Problem` for an unknown one."""
    systemctl = unit and module.get_bin_path('systemctl')
    if not systemctl:
        return None
    code, output, _errors = module.run_command([systemctl, *_systemd.show_command(unit)[1:]])
    if code:
        return None  # systemd does not run here
    properties = _systemd.parse_show(output)
    if not _systemd.exists(properties):
        raise daemon.unknown(unit, 'service')
    return properties


if __name__ == '__main__':
    main()
