# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a document, the three edits, as bytes, and what a refusal says, for all tests of opCommon."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import setting
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.tree import Document
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def parsed(data, syntax):
    """A file of any shape (`Document`), also one that is no configuration."""
    return Document(data, syntax, syntax.parse(data))


def present(*given, **named):
    return setting.present(*given, **named).data


def absent(*given):
    return setting.absent(*given).data


def put_token(*given):
    return setting.put_token(*given).data


def refusal(action, *given, **named):
    """What the user is told (str) of something that is refused."""
    with pytest.raises(Problem) as caught:
        action(*given, **named)
    return str(caught.value)
