# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import os

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files import walk
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


@pytest.fixture
def tree(tmp_path):
    (tmp_path / 'conf').mkdir()
    (tmp_path / 'conf/file').write_text('content')
    return tmp_path


def found(path):
    one = walk.find(str(path))
    descriptor = walk.reopen(one, os.O_RDONLY)
    try:
        return one.real_path, os.read(descriptor, 100).decode()
    finally:
        os.close(descriptor)
        os.close(one.descriptor)


@pytest.mark.parametrize(
    'links',
    [
        {},
        {'link': 'conf'},
        {'link': '{tree}/conf'},
        {'link': 'other', 'other': './/conf/.'},
        {'link': 'conf/../conf/../../{name}/conf'},
    ],
)
def test_what_root_or_the_owner_has_linked_is_followed(tree, links):
    for link, target in links.items():
        (tree / link).symlink_to(target.format(tree=tree, name=tree.name))
    place = 'link' if links else 'conf'
    assert found(tree / place / 'file') == (str(tree.resolve() / 'conf/file'), 'content')


def test_a_link_as_the_last_part(tree):
    (tree / 'conf/link').symlink_to('../conf/file')
    assert found(tree / 'conf/link') == (str(tree.resolve() / 'conf/file'), 'content')


def test_a_relative_path(tree, monkeypatch):
    monkeypatch.chdir(tree)
    assert found('conf/file')[1] == 'content'


def test_no_descriptor_is_left_open(tree):
    (tree / 'link').symlink_to(tree / 'conf')
    (tree / 'loop').symlink_to('loop')
    before = os.listdir('/proc/self/fd')
    found(tree / 'link/file')
    for path, error in (('loop', OSError), ('link/none', FileNotFoundError), ('conf/file/x', NotADirectoryError)):
        with pytest.raises(error):
            walk.find(str(tree / path))
    with pytest.raises(Problem):
        walk.find('/proc/self/root/etc/passwd')
    assert os.listdir('/proc/self/fd') == before


@pytest.mark.parametrize('path', ['/proc/self/root/etc/passwd', '/proc/thread-self/cwd', '/proc/1/root/etc'])
def test_nothing_leads_through_the_links_of_the_kernel(path):
    with pytest.raises((Problem, PermissionError)) as refused:
        walk.find(path)
    assert 'below /proc is not followed' in str(refused.value) or os.geteuid()


def test_what_is_opened_again_is_what_was_found(tree):
    one = walk.find(str(tree / 'conf/file'))
    (tree / 'conf/file').rename(tree / 'conf/old')
    (tree / 'conf/file').write_text('another')
    descriptor = walk.reopen(one, os.O_RDONLY)
    assert os.read(descriptor, 100) == b'content'
    os.close(descriptor)
    os.close(one.descriptor)
