#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: apache_module
short_description: Have Apache modules loaded
version_added: 0.1.0
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
    platforms: debian
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
from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, modules
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._disk import atomic, ledger, owed
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

_RECORD = 'apache-modules'
# Where a2dismod notes each module; such a note would keep packages from ever enabling it again.
_DISABLED_BY_ADMIN = '/var/lib/apache2/module/disabled_by_admin'


def _runner(module):
    def run(command):
        try:
            return module.run_command(command, environ_update={'LC_ALL': 'C'}, handle_exceptions=False)
        except OSError as error:
            raise Problem(f'the program cannot be run ({error.strerror})', command[0]) from error
    return run


def _load_file(layout, name):
    path = f'{layout.available_modules}/{name}.load'
    if not modules.is_name(name) or not atomic.exists(path):
        raise Problem(f'Apache has no module {name} on this host', path,
                      cure='correct the name or install the package that brings it')
    return atomic.read(path).decode('latin-1')


def _tool(run, layout, program, names):
    code, output, errors = run([f'/usr/sbin/{program}', '-q'] + names)
    if code:
        raise Problem(f'{program} failed: ' + (errors.strip() or output.strip()).replace('\n', ' ').rstrip('.'))


def _added(layout):
    """The links (list of names) that runs enabled and that are still there, those of a killed run included."""
    record = ledger.read(_RECORD) or {}
    return sorted({*record.get('added', ()), *record.get('adding', ())} & atomic.names_in(layout.enabled_modules))


def _remember(layout):
    """Keep the record of what runs enabled, without what is not there any more."""
    ledger.tidy(_RECORD)
    record, added = ledger.read(_RECORD), _added(layout)
    if added and record != {'added': added}:
        ledger.write(_RECORD, {'added': added})
    elif record and not added:
        ledger.forget(_RECORD)


def _present(module, run, layout, names):
    broken = None
    try:
        loaded = ask.loaded_modules(run, layout)
    except Problem as problem:
        broken = problem
        loaded = modules.linked_modules(atomic.names_in(layout.enabled_modules))
    missing = [name for name in names if name not in loaded]
    needed = modules.with_dependencies(missing, lambda name: _load_file(layout, name))
    if broken or missing:
        try:
            ask.test(run, layout, atomic.exists, needed)
        except Problem as problem:
            if module.params['require_valid_configuration']:
                raise
            module.warn(str(problem))
    if missing and not module.check_mode:
        adding = {f'{name}.{suffix}' for name in needed for suffix in ('load', 'conf')}
        adding -= atomic.names_in(layout.enabled_modules)
        ledger.write(_RECORD, {'added': _added(layout), 'adding': sorted(adding)})
        try:
            with owed.noting_change(), atomic.links_kept(layout.enabled_modules):
                _tool(run, layout, 'a2enmod', missing)
        finally:
            _remember(layout)
    links = [f'{layout.enabled_modules}/{name}.load' for name in names]
    return {'loaded': [name for name in names if name in loaded], 'enabled': missing, 'disabled': []}, links


def _disable_unneeded(run, layout, names):
    """Disable the modules without which the configuration means the same; returns those (list of str)."""
    # What is there is looked up before anything is tried: a disk that fails is no sign of need.
    exists = functools.lru_cache(maxsize=None)(atomic.exists)
    disabled, waiting, had_notes = [], sorted(names), atomic.exists(_DISABLED_BY_ADMIN)
    while waiting:
        left = []
        for name in waiting:
            before = modules.meaning(ask.ask(run, layout, exists), layout.enabled_modules)
            if modules.is_in_use(name, before):
                left.append(name)
                continue
            try:
                _tool(run, layout, 'a2dismod', [name])  # refuses while another enabled module depends on it
            except Problem:
                left.append(name)
                continue
            try:
                ask.test(run, layout, exists)
                kept = modules.meaning(ask.ask(run, layout, exists), layout.enabled_modules) != before
            except Problem:
                kept = True
            if kept:
                _tool(run, layout, 'a2enmod', [name])
                left.append(name)
            else:
                atomic.discard(f'{_DISABLED_BY_ADMIN}/{name}')
                disabled.append(name)
        if left == waiting:
            break
        waiting = left
    if not had_notes:
        atomic.discard(_DISABLED_BY_ADMIN)
    return disabled


def _original(module, run, layout, names):
    ours = sorted(modules.linked_modules(_added(layout)))
    wanted = modules.with_dependencies([name for name in names if name in ours], lambda name: _load_file(layout, name))
    candidates = [name for name in ours if name in wanted]
    disabled = candidates
    if candidates:
        ask.test(run, layout, atomic.exists)
    if candidates and not module.check_mode:
        with owed.noting_change():
            disabled = sorted(_disable_unneeded(run, layout, candidates))
        kept = [name for name in candidates if name not in disabled]
        if kept:
            module.warn(f'The configuration needs these modules now, so they stay enabled: {", ".join(kept)}.')
    if not module.check_mode:
        _remember(layout)
    return {'loaded': [], 'enabled': [], 'disabled': disabled}, []


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
    run = _runner(module)
    try:
        layout = layouts.detect(atomic.exists)
        if not module.check_mode:
            _remember(layout)
        act = _present if module.params['state'] == 'present' else _original
        result, links = act(module, run, layout, module.params['name'])
        changed = bool(result['enabled'] or result['disabled'])
        unit = _systemd.parse_show(run(_systemd.show_command(module.params['service'] or layout.service))[1])
        result.update(layout=layout.name, changed=changed, service_active=_systemd.is_active(unit),
                      restart_needed=owed.restart(unit, links, changed, module.check_mode))
    except Problem as problem:
        module.fail_json(msg=str(problem))
    if module._diff and changed:
        result['diff'] = {'before': ''.join(f'{name}: enabled\n' for name in result['disabled']),
                          'after': ''.join(f'{name}: enabled\n' for name in result['enabled']),
                          'before_header': 'Apache modules', 'after_header': 'Apache modules'}
    module.exit_json(**result)


if __name__ == '__main__':
    main()
