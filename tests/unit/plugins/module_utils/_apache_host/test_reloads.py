# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Apache has read its files since they were changed."""

import time

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import reloads
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

FAILED_RELOAD = 'ReloadResult=exit-code\n'


def unit(host, more=''):
    return _systemd.parse_show(host.run(['systemctl'])[1] + more)


def pending(host, files=(), changed=False, check_mode=False, more=''):
    return reloads.is_pending(unit(host, more), files, changed, check_mode)


def test_a_change_is_pending_until_a_reload(debian):
    with reloads.recording_change():
        pass
    assert pending(debian)
    debian.reload()
    assert pending(debian, check_mode=True) is False
    assert reloads.recorded() is not None  # check mode leaves the record
    assert pending(debian) is False
    assert reloads.recorded() is None


def test_a_change_that_failed_is_not(debian):
    with pytest.raises(Problem), reloads.recording_change():
        raise Problem('no')
    assert reloads.recorded() is None
    assert not pending(debian)


def test_an_earlier_change_stays_pending_when_a_later_one_failed(debian):
    with reloads.recording_change():
        pass
    earlier = reloads.recorded()
    with pytest.raises(Problem), reloads.recording_change():
        raise Problem('no')
    assert reloads.recorded() == earlier
    assert pending(debian)


def test_files_that_changed_after_the_last_reload(debian, tmp_path):
    path = tmp_path / 'x'
    path.write_text('')
    assert pending(debian, [str(path)])
    assert not pending(debian, [str(tmp_path / 'not there')])
    debian.reload()
    assert not pending(debian, [str(path)])


def test_a_failed_reload_settles_nothing(debian):
    with reloads.recording_change():
        pass
    time.sleep(0.01)
    debian.reload()
    assert pending(debian, more=FAILED_RELOAD)
    assert reloads.recorded() is not None


def test_a_stopped_apache_reads_its_files_when_it_starts(debian):
    debian.active = False
    with reloads.recording_change():
        pass
    assert not pending(debian)
    assert not pending(debian, changed=True)
    debian.active = True
    assert pending(debian, changed=True)
