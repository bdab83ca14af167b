#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: run_outcome
short_description: Say what has become of a host, and what has to be rolled back
version_added: 1.0.0
description:
  - Takes the results of the other modules of this collection in a run, and says what follows from them for the host.
    The playbooks of this collection call it.
  - Works on the controller only; no host is connected to. Hands the status of the host over to reports and to the
    custom statistic C(omk_websocket) of the run.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.no_files
attributes:
  check_mode:
    details: In check mode nothing has changed, and so nothing has to be rolled back.
  idempotent:
    support: full
options:
  after:
    description:
      - V(probe) lets the check from the controller (O(probe)) decide, which follows a green one from the host
        (O(check)).
      - V(failure) says what the run has changed. With O(rolled_back) it also says what has become of the host, for when
        that has been undone.
      - V(revert) says that the host has been reverted.
    type: str
    choices: [probe, failure, revert]
    required: true
  check:
    description: What M(opmantek.omk.websocket_info) has returned, for O(probe).
    type: dict
  checks:
    description: The results of all checks of this run, for O(failure). The one made last counts; others may be empty.
    type: list
    elements: dict
    default: []
  probe:
    description: What M(opmantek.omk.websocket_probe) has returned on the controller.
    type: dict
  failure:
    description: What made the run fail (C(ansible_failed_result)).
    type: dict
  apache:
    description: What M(opmantek.omk.apache_websocket_proxy) has returned, where it was called.
    type: dict
  omk:
    description: What M(opmantek.omk.opcommon_setting) has returned, where it was called.
    type: dict
  rolled_back:
    description: Of each side that was to be rolled back, C(omk) and C(apache), why it was not. Empty where it was.
    type: dict
  rollback:
    description: Whether what was changed is rolled back.
    type: bool
    default: true
  restart:
    description: How Apache re-reads its files, as the role variable C(apache_websocket_restart).
    type: str
    choices: [graceful, full]
    default: graceful
  purpose:
    description: As in the option O(opmantek.omk.websocket_info#module:run).
    type: str
    choices: [show, before, after]
    default: show
  required:
    description: Whether yellow is a failure.
    type: bool
    default: false
  batch:
    description: The number of the batch, for the report.
    type: str
    default: ""
seealso:
  - module: opmantek.omk.websocket_info
"""

EXAMPLES = r"""
- name: Say what has become of the host
  opmantek.omk.run_outcome:
    after: failure
    failure: "{{ ansible_failed_result }}"
    checks: ["{{ pane }}"]
    rolled_back: {}
  register: outcome

- name: Fail with the reason
  ansible.builtin.fail:
    msg: "{{ outcome.message }}"
"""

RETURN = r"""
next:
  description: What comes next, as M(opmantek.omk.websocket_info) says it, and the other fields of a status.
  type: str
  returned: with O(after=probe)
omk:
  description: What has to be rolled back of OMK. C(needed) says whether anything has.
  type: dict
  returned: with O(after=failure), without O(rolled_back)
  sample: {needed: true, opcommon_path: /usr/local/omk/conf/opCommon.json, change: a1b2c3, restart: true}
apache:
  description: What has to be rolled back of Apache. C(needed) says whether anything has.
  type: dict
  returned: with O(after=failure), without O(rolled_back)
  sample: {needed: true, files: true, modules: [], change: a1b2c3, service: apache2, state: reloaded}
message:
  description: What to fail with, in sentences.
  type: str
  returned: with O(after=failure) and O(rolled_back), and with O(after=probe)
pane:
  description: What reports show of the host.
  type: dict
  returned: when it is known what has become of the host
ansible_stats:
  description: The same for the statistic of the run.
  type: dict
  returned: when it is known what has become of the host
"""
