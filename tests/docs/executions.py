# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the README and the docs that test_commands.py does not execute as they stand, and why."""

from collections import namedtuple

#: Why a command is not executed there, and the file and its line that execute it instead.
Elsewhere = namedtuple('Elsewhere', 'why file line')

#: By command, as it stands on the page.
ELSEWHERE = {
    'make test-all': Elsewhere('it is what runs this very test', 'Makefile', '\t@dev/test all'),
}

#: Commands `make PART` that run a part of `make test-all`, this very test among them. That each is one is tested.
PARTS = ['make test', 'make lint', 'make unit', 'make sanity', 'make scenarios', 'make import']

#: Commands that take long and are on several pages: executed for the first of them.
ONCE = {'make setup', 'make demo', 'make demo-down', 'make docs'}

#: By command: what is executed in its place, and why. For what needs a service that the tests bring in another form.
IN_PLACE_OF = {
}
