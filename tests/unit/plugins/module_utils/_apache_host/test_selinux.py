# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SELinux cannot be had in a test; its three programs stand in as scripts that keep the boolean in a file."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import selinux
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.programs import run

PROGRAMS = {
    'selinuxenabled': 'exit 0',
    'getsebool': 'echo "$1 --> $(cat STATE)"',
    'setsebool': '[ "$1 $2" = "-P httpd_can_network_connect" ] && echo "$3" >STATE && echo "$3" >>LOG',
}


@pytest.fixture
def host(tmp_path, monkeypatch, record_folders):
    """A host with SELinux on and the permission off; what the folder `bin` and the files `state`, `log` say."""
    monkeypatch.setattr(selinux, '_FOLDERS', (str(tmp_path / 'bin'),))
    (tmp_path / 'bin').mkdir()
    for name, script in PROGRAMS.items():
        path = tmp_path / 'bin' / name
        lines = script.replace('STATE', str(tmp_path / 'state')).replace('LOG', str(tmp_path / 'log'))
        path.write_text(f'#!/bin/sh\n{lines}\n')
        path.chmod(0o755)
    (tmp_path / 'state').write_text('off\n')
    return tmp_path


def change(state):
    value = selinux.wanted(run, state)
    with selinux.changing(run, value):
        pass
    return value


def test_given_once_and_taken_back(host):
    assert change('present') == 'on'
    assert selinux.permitted(run) is True
    assert change('present') is None
    assert change('absent') == 'off'
    assert selinux.permitted(run) is False
    assert change('absent') is None
    assert (host / 'log').read_text() == 'on\noff\n'
    assert not (host / 'lib').exists()


def test_what_an_admin_permitted_stays(host):
    (host / 'state').write_text('on\n')
    assert change('present') is None
    assert change('absent') is None
    assert not (host / 'log').exists()


def test_what_an_admin_took_back_is_not_taken_back_again(host):
    change('present')
    (host / 'state').write_text('off\n')
    assert change('absent') is None


def test_previous_takes_back_what_the_last_change_gave(host):
    change('present')
    assert change('previous') == 'off'
    assert selinux.permitted(run) is False


def test_previous_leaves_what_an_earlier_change_gave(host):
    change('present')
    change('present')  # of files only
    assert change('previous') is None
    assert selinux.permitted(run) is True


def test_taken_back_when_the_files_could_not_be_changed(host):
    with pytest.raises(Problem, match='no'), selinux.changing(run, selinux.wanted(run, 'present')):
        assert selinux.permitted(run) is True
        raise Problem('no')
    assert selinux.permitted(run) is False
    assert not (host / 'lib').exists()


def test_a_refusal_is_one_sentence_and_nothing_is_remembered(host):
    (host / 'bin/setsebool').write_text('#!/bin/sh\necho "Cannot set persistent booleans." >&2\nexit 1\n')
    with pytest.raises(Problem, match=r'^SELinux did not turn httpd_can_network_connect on: Cannot set persistent'):
        change('present')
    assert not (host / 'lib').exists()


@pytest.mark.parametrize(
    'spoil',
    [
        lambda folder: (folder / 'selinuxenabled').write_text('#!/bin/sh\nexit 1\n'),
        lambda folder: (folder / 'selinuxenabled').unlink(),
        lambda folder: (folder / 'getsebool').unlink(),
        lambda folder: (folder / 'getsebool').write_text('#!/bin/sh\nexit 1\n'),
    ],
    ids=['off', 'not installed', 'no getsebool', 'no such boolean'],
)
def test_without_selinux_nothing_is_done(host, spoil):
    spoil(host / 'bin')
    assert selinux.permitted(run) is None
    assert change('present') is None
    assert selinux.result(run, None, False) is None


def test_check_mode_predicts(host):
    assert selinux.result(run, 'on', True) == {'boolean': selinux.BOOLEAN, 'changed': True, 'permitted': True}
    assert selinux.result(run, None, True) == {'boolean': selinux.BOOLEAN, 'changed': False, 'permitted': False}
    assert selinux.diff('on')[0]['after'] == 'httpd_can_network_connect --> on\n'
    assert selinux.diff(None) == []
