# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What killed runs have left of Apache's files and modules, seen and settled by whichever module comes next."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import interrupted, mechanisms, site_files
from ansible_collections.opmantek.omk.plugins.module_utils._files import records, transaction
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.programs import run

FILES = "Recover a change of Apache's files that was interrupted."
MODULES = "Recover a change of Apache's modules that was interrupted."


class Killed(BaseException):
    pass


def die(*_arguments):
    raise Killed


@pytest.fixture
def host(tmp_path, record_folders):
    """A host whose control program refuses a file that says so; and its layout."""
    control = tmp_path / 'control'
    control.write_text(f'#!/bin/sh\n! grep -q bad {tmp_path}/site {tmp_path}/modules\n')
    control.chmod(0o755)
    for name in ('site', 'modules'):
        (tmp_path / name).write_text('old\n')
    return tmp_path, layouts.LAYOUTS[0]._replace(control=str(control))


def killed(folder, name, text, monkeypatch):
    """A run that was killed when all was written and nothing tested."""
    path = folder / ('site' if name == site_files.TRANSACTION else 'modules')
    with monkeypatch.context() as patch:
        patch.setattr(transaction, 'undo', die)
        with pytest.raises(Killed):
            transaction.apply([transaction.Change(str(path), text, None)], name, die)
    return path


@pytest.mark.parametrize(('name', 'sentence'), [(site_files.TRANSACTION, FILES), (mechanisms.TRANSACTION, MODULES)])
@pytest.mark.parametrize(
    ('text', 'said', 'content'),
    [
        (b'new\n', 'were kept', 'new\n'),
        (b'bad\n', 'were restored', 'old\n'),
    ],
    ids=['accepted', 'refused'],
)
def test_what_was_not_tested_yet(host, monkeypatch, name, sentence, text, said, content):
    folder, layout = host
    path = killed(folder, name, text, monkeypatch)
    assert interrupted.left() == [sentence]
    [done] = interrupted.settle(run, layout)
    assert said in done
    assert path.read_text() == content
    assert interrupted.left() == interrupted.settle(run, layout) == []


def test_modules_that_were_being_enabled(host):
    records.write(mechanisms.RECORD, {'added': ['ssl.load']})
    assert interrupted.left() == []
    records.write(mechanisms.RECORD, {'added': ['ssl.load'], 'adding': ['proxy.load']})
    assert interrupted.left() == [MODULES]
