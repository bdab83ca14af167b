# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests know of the server that conftest.py makes for them."""

from pathlib import Path

CHECKOUT = Path(__file__).parent.parent.parent
NAME = 'omk.test'

#: Shell code that waits until OMK listens, and fails when it does not.
WAIT = """
for try in $(seq 100); do
    ss --no-header --listening --tcp --numeric 'sport = :8042' | grep -q . && exit
    sleep 0.1
done
exit 1
"""
