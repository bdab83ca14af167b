# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of opCommon share: real Perl."""

import pytest
from oracle import Perl


@pytest.fixture(scope='session')
def perl():
    with Perl() as running:
        yield running
