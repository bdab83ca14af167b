# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes that the modules of this collection document."""


class ModuleDocFragment:
    """Options and attributes shared by the modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and then tells what a real run would change, without changing anything.
  diff_mode:
    description: Returns what changed, or would change, in diff mode.
  idempotent:
    description: A second run with the same options changes nothing.
  platform:
    description: Systems on which the module works. They need Python 3.6 or newer, and nothing else.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and then tells what a real run would change, without changing anything.
    support: full
    details: The module changes nothing.
  diff_mode:
    description: Returns what changed, or would change, in diff mode.
    support: N/A
    details: The module changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
  platform:
    description: Systems on which the module works. They need Python 3.6 or newer, and nothing else.
    support: full
    platforms: linux
"""

    NO_FILES = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and then tells what a real run would change, without changing anything.
    support: full
  diff_mode:
    description: Returns what changed, or would change, in diff mode.
    support: N/A
    details: No file is changed.
  idempotent:
    description: A second run with the same options changes nothing.
  platform:
    description: Systems on which the module works. They need Python 3.6 or newer, and nothing else.
    support: full
    platforms: linux
"""
