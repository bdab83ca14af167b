# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a run in check mode: nothing at all was written."""


def test_check_mode_wrote_nothing(server):
    assert server.snapshot() == server.before
