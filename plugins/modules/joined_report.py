#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: joined_report
short_description: Join the reports of several runs into one
version_added: 1.0.0
description:
  - Reads what P(opmantek.omk.fleet_report#callback) wrote in several runs, such as the slices of a job or runs with
    C(--limit), and writes one report of all their hosts. Of a host in several of them the last run counts that learnt
    something about it.
  - Works on the controller only; no host is connected to. The playbook C(opmantek.omk.report) calls it.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes
attributes:
  check_mode:
    support: full
    details: Reads the reports and shows them joined, and writes nothing.
  diff_mode:
    support: none
    details: The files of a report are shown by a browser.
  idempotent:
    support: none
    details: Writes the report each time.
  platform:
    platforms: linux
    support: full
options:
  reports:
    description:
      - Each is a C(report.json), a folder that holds one, a folder of reports, of which the last is meant, or a pattern
        (C(*)) of these.
    type: list
    elements: str
    required: true
  report_dir:
    description: Folder for the joined report. It is made if it is not there. None of the given reports may lie in it.
    type: path
    default: omk-report-joined
  junit:
    description: Whether to write C(junit.xml), too.
    type: bool
    default: false
seealso:
  - plugin: opmantek.omk.fleet_report
    plugin_type: callback
"""

EXAMPLES = r"""
- name: Join the reports of ten slices
  opmantek.omk.joined_report:
    reports: [slices/*/omk-report]
    report_dir: omk-report-all
"""

RETURN = r"""
page:
  description: Path of the page.
  returned: success
  type: str
  sample: /home/admin/omk-report-joined/index.html
counts:
  description: How many hosts there are of every status, and in V(all).
  returned: success
  type: dict
  sample: {failed: 0, unreachable: 0, yellow: 1, no status: 0, reverted: 0, green: 39, all: 40}
"""
