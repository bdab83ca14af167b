#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: run_summary
short_description: Say in one line how many panes are green
version_added: 1.0.0
description:
  - Counts what is known of the hosts of a play by then, for who has not enabled the callback
    P(opmantek.omk.fleet_report#callback). The playbooks of this collection call it with C(run_once).
  - Works on the controller only; no host is connected to.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.no_files
attributes:
  check_mode:
    details: Counts the same, and what the panes would be.
  idempotent:
    support: full
options: {}
seealso:
  - module: opmantek.omk.websocket_info
"""

EXAMPLES = r"""
- name: Sum up
  opmantek.omk.run_summary:
  run_once: true
"""

RETURN = r"""
msg:
  description: The line.
  type: str
  returned: always
  sample: "12 hosts: 10 green, 1 yellow (omk3), 1 failed (omk7)."
"""
