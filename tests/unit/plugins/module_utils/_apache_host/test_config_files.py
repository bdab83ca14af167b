# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import config_files


@pytest.mark.parametrize('content', ['ServerName omk', '# ěšč ü €', '# \U0001f600', '# \udcfc'])
def test_what_the_user_gives_is_written_in_utf_8(content):
    change = config_files.holding('/x', config_files.given(content))
    assert change.content == content.encode('utf-8', 'surrogateescape')
