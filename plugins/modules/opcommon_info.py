#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads settings of opCommon."""

DOCUMENTATION = r"""
module: opcommon_info
short_description: Read settings of opCommon
version_added: 1.0.0
description:
  - Reads named settings from C(opCommon.json) or C(opCommon.nmis) the way the vendor's reader does, and what the files
    in C(conf.d) make of them. Returns nothing that was not asked for.
options:
  settings:
    description: The settings, each a bare name or V(/section/name).
    type: list
    elements: str
    default: [websocket_proxy_port]
extends_documentation_fragment:
  - opmantek.omk.attributes.info
  - opmantek.omk.opcommon
notes:
  - The values of the settings asked for are shown. Put C(no_log) on the task when one of them is a secret.
author:
  - The opmantek.omk developers (@opmantek)
seealso:
  - module: opmantek.omk.opcommon_setting
"""

EXAMPLES = r"""
- name: Read the port that browsers are told to use
  opmantek.omk.opcommon_info:
  register: opcommon

- name: Show it
  ansible.builtin.debug:
    var: opcommon.settings.websocket_proxy_port.effective_value
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
settings:
  description: What is known about each name.
  type: dict
  returned: success
  contains:
    value:
      description: The value in the file, as the vendor's reader has it. Null when there is none.
      type: str
    section:
      description: The section in which it stands.
      type: str
    source_file:
      description: The file in which it stands. Null when it is not there.
      type: str
    line:
      description: The line in that file.
      type: int
    effective_value:
      description: The value after the files of C(conf.d).
      type: str
    effective_source:
      description: The file which that value is from.
      type: str
    problem:
      description: Why the vendor's reader may have another value, one sentence. Null when all is well.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _options
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

ARGUMENTS = {
    **_options.OPCOMMON,
    'settings': {'type': 'list', 'elements': 'str', 'default': [_options.SETTING]},
}


def main():
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
    )
    options = module.params
    try:
        path = files.find(options['omk_base'], options['opcommon_path'])
        settings = files.read_settings(path, options['settings'], options['lock_timeout'])
    except Problem as problem:
        module.fail_json(**problem.failure())
    warnings = {warning for found in settings.values() for warning in found.pop('warnings')}
    for warning in sorted(warnings):
        module.warn(warning)
    module.exit_json(changed=False, opcommon_path=path, format=setting.syntax_of(path).name, settings=settings)


if __name__ == '__main__':
    main()
