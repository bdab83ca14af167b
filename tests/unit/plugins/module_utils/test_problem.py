# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module that fails says."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


@pytest.mark.parametrize(
    ('place', 'sentence'),
    [
        ({}, 'it is wrong.'),
        ({'path': '/c'}, '/c: it is wrong.'),
        ({'path': '/c', 'line': 2}, '/c, line 2: it is wrong.'),
        (
            {'path': '/c', 'line': 2, 'column': 3, 'cure': 'correct it'},
            '/c, line 2, column 3: it is wrong; correct it.',
        ),
        ({'line': 2}, 'line 2: it is wrong.'),
    ],
)
def test_one_sentence_with_its_place_and_cure(place, sentence):
    assert Problem('it is wrong', **place).failure() == {'msg': sentence}


def test_the_code_goes_along_also_to_a_file():
    problem = Problem('it is wrong', line=2, code='vhost_missing').at('/c')
    assert problem.failure() == {'msg': '/c, line 2: it is wrong.', 'reason': 'vhost_missing'}
