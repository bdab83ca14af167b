# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for opCommon document alike."""


class ModuleDocFragment:
    """The file, and the wait for its lock."""

    DOCUMENTATION = r"""
options:
  opcommon_path:
    description:
      - The file. Its format is taken from its name, C(.json) or anything else for C(.nmis).
      - By default C(conf/opCommon.json) below O(omk_base), or C(conf/opCommon.nmis) where the former is missing.
    type: path
  omk_base:
    description: Where OMK is installed.
    type: path
    default: /usr/local/omk
  lock_timeout:
    description: How many seconds to wait while another program has a file locked.
    type: float
    default: 30
"""
