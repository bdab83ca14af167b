# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os
import threading

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import exclusive
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'lock')


def test_one_after_the_other(path):
    inside, most, lock = [], [], threading.Lock()

    def enter():
        with exclusive.alone(path, 10):
            with lock:
                inside.append(1)
                most.append(len(inside))
            threading.Event().wait(0.02)
            with lock:
                inside.pop()

    runs = [threading.Thread(target=enter) for _run in range(5)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert most == [1] * 5


def test_who_waits_too_long_is_told(path):
    said = 'another run has been changing'
    with exclusive.alone(path, 1), pytest.raises(Problem, match=said) as refused, exclusive.alone(path, 0.05):
        pass
    assert '0.05 seconds' in str(refused.value)


def test_a_lock_ends_with_its_process(path):
    child = os.fork()
    if not child:
        with exclusive.alone(path, 1):
            os._exit(0)
    os.waitpid(child, 0)
    with exclusive.alone(path, 0):
        pass


def test_what_fails_inside_is_not_taken_for_the_lock(path):
    with pytest.raises(OSError, match='inside'), exclusive.alone(path, 1):
        raise OSError('inside')
    with exclusive.alone(path, 0):
        pass


@pytest.mark.parametrize('make', [os.mkfifo, lambda path: os.symlink('/etc/passwd', path), os.mkdir])
def test_what_is_no_lock_is_not_touched(path, make):
    make(path)
    with pytest.raises(Problem), exclusive.alone(path, 0):
        pass
