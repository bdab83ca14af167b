#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: apache_module
short_description: Have Apache modules loaded
version_added: 1.0.0
description:
  - Sees to it that Apache loads modules, in the way of the distribution.
  - Whether a module is loaded is asked of Apache itself. A module that is compiled in counts as loaded.
  - Works as well when Apache does not accept its configuration because a module is missing.
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
      Debian's layout (a2enmod), Red Hat's (a file of our own in C(conf.modules.d)) and SUSE's (C(APACHE_MODULES) in
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
  require_valid_configuration:
    description:
      - Refuse to do anything when Apache does not accept its configuration for another reason than a missing module
        of O(name).
      - Without it, modules are enabled all the same and the reason is given as a warning.
    type: bool
    default: false
  service:
    description: Apache's systemd unit. The default is the distribution's.
    type: str
notes:
  - Nothing is reloaded. See RV(restart_needed).
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
    - Check mode does not foretell it.
  type: bool
  returned: success
service:
  description: Apache's systemd unit.
  type: str
  returned: success
restart_needed:
  description: Whether Apache runs on an older configuration than its files hold. False when it does not run at all.
  type: bool
  returned: success
service_active:
  description: Whether Apache runs.
  type: bool
  returned: success
"""

import functools

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _program, _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, modules
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._disk import (
    apache_modules,
    atomic,
    interrupted,
    ledger,
    owed,
)
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


class _Host:
    """Apache on this host: its layout, what can be asked of it, and how its modules are enabled."""

    def __init__(self, module):
        self.run = _program.runner(module)
        self.layout = layouts.detect(atomic.exists)
        self.mechanics = apache_modules.mechanics(self.run, self.layout)
        # What is there is looked up before anything is tried: a disk that fails is no sign of need.
        self._exists = functools.lru_cache(maxsize=None)(atomic.exists)

    def test(self, assumed=()):
        ask.test(self.run, self.layout, self._exists, assumed)

    def loaded(self):
        return ask.loaded_modules(self.run, self.layout)

    def enabled(self):
        return self.mechanics.modules(self.mechanics.marks())

    def meaning(self):
        return modules.meaning(ask.ask(self.run, self.layout, self._exists), self.layout.module_settings)


def _added(host):
    """The marks (list of str) that runs made and that are still there, those of a killed run included."""
    record = ledger.read(apache_modules.RECORD) or {}
    return sorted({*record.get('added', ()), *record.get('adding', ())} & host.mechanics.marks())


def _remember(host):
    """Keep the record of what runs enabled, without what is not there any more."""
    ledger.tidy(apache_modules.RECORD)
    record, added = ledger.read(apache_modules.RECORD), _added(host)
    if added and record != {'added': added}:
        ledger.write(apache_modules.RECORD, {'added': added})
    elif record and not added:
        ledger.forget(apache_modules.RECORD)


def _enable(host, names, is_good):
    adding = sorted(host.mechanics.marks_of(names) - host.mechanics.marks())
    ledger.write(apache_modules.RECORD, {'added': _added(host), 'adding': adding})
    try:
        with owed.noting_change():
            host.mechanics.enable(names, is_good)
    finally:
        _remember(host)


def _present(module, host, names):
    broken = unproven = False
    try:
        loaded = host.loaded() | set(apache_modules.announced(host.layout))
    except Problem:
        broken = True
        loaded = host.enabled() | ask.loaded_in_spite_of_errors(host.run, host.layout, atomic.exists, names)
    missing = [name for name in names if name not in loaded]
    needed = modules.with_dependencies(missing, host.mechanics.dependencies)
    if broken or missing:
        try:
            host.test(needed + apache_modules.announced(host.layout))
        except Problem as problem:
            if module.params['require_valid_configuration']:
                raise
            unproven = True
            module.warn(str(problem))
    if missing and not module.check_mode:
        wanted = [name for name in needed if name not in loaded]
        _enable(host, wanted, (lambda: None) if unproven else lambda: host.mechanics.prove(wanted))
    return {'loaded': [name for name in names if name in loaded], 'enabled': missing, 'disabled': []}


def _is_needed(host, name, before):
    """Whether the configuration, which just lost the module, came to mean something else, or cannot be asked."""
    try:
        host.test()
        return host.meaning() != before or (host.layout.name == 'suse' and name in host.loaded())
    except Problem:
        return True


def _disable_unneeded(host, names):
    """Disable the modules without which the configuration means the same; returns those (list of str)."""
    disabled, waiting = [], sorted(names)
    while waiting:
        left = []
        for name in waiting:
            before = host.meaning()
            if modules.is_in_use(name, before):
                left.append(name)
                continue
            try:
                host.mechanics.disable(name)  # refuses while another enabled module depends on it
            except Problem:
                left.append(name)
                continue
            if _is_needed(host, name, before):
                host.mechanics.enable([name], lambda: None)
                left.append(name)
            else:
                host.mechanics.forget(name)
                disabled.append(name)
        if left == waiting:
            break
        waiting = left
    return disabled


def _original(module, host, names):
    ours = sorted(host.mechanics.modules(_added(host)))
    wanted = modules.with_dependencies([name for name in names if name in ours], host.mechanics.dependencies)
    candidates = [name for name in ours if name in wanted]
    disabled = candidates
    if candidates:
        host.test()
    if candidates and not module.check_mode:
        with owed.noting_change():
            disabled = sorted(_disable_unneeded(host, candidates))
        kept = [name for name in candidates if name not in disabled]
        if kept:
            module.warn('These modules stay enabled, because the configuration needs them now, or because Apache '
                        f'cannot be asked what it would mean without them: {", ".join(kept)}.')
    if not module.check_mode:
        _remember(host)
    return {'loaded': [], 'enabled': [], 'disabled': disabled}


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'list', 'elements': 'str', 'required': True},
            'state': {'type': 'str', 'choices': ['present', 'original'], 'default': 'present'},
            'require_valid_configuration': {'type': 'bool', 'default': False},
            'service': {'type': 'str'},
        },
        supports_check_mode=True,
    )
    names, present = module.params['name'], module.params['state'] == 'present'
    try:
        host = _Host(module)
        if not module.check_mode:
            for said in interrupted.settle(host.run, host.layout):
                module.warn(said)
            _remember(host)
        result = (_present if present else _original)(module, host, names)
        changed = bool(result['enabled'] or result['disabled'])
        service = module.params['service'] or host.layout.service
        unit = _systemd.parse_show(host.run(_systemd.show_command(service))[1])
        files = layouts.enabling_files(host.layout, names) if present else []
        result.update(layout=host.layout.name, changed=changed, service=service,
                      service_active=_systemd.is_active(unit),
                      reload_enough=apache_modules.reload_is_enough(host.layout),
                      restart_needed=owed.restart(unit, files, changed, module.check_mode)
                      or apache_modules.start_is_owed(host.layout, unit))
    except Problem as problem:
        module.fail_json(msg=str(problem))
    if module._diff and changed:
        result['diff'] = {'before': ''.join(f'{name}: enabled\n' for name in result['disabled']),
                          'after': ''.join(f'{name}: enabled\n' for name in result['enabled']),
                          'before_header': 'Apache modules', 'after_header': 'Apache modules'}
    module.exit_json(**result)


if __name__ == '__main__':
    main()
