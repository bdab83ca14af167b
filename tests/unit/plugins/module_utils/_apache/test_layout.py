# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache import site
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

BY_NAME = {layout.name: layout for layout in layouts.LAYOUTS}


@pytest.mark.parametrize('layout', layouts.LAYOUTS, ids=lambda layout: layout.name)
def test_each_layout_is_told_by_its_marks(layout):
    assert layouts.detect(layout.marks.__contains__) is layout


@pytest.mark.parametrize('layout', layouts.LAYOUTS, ids=lambda layout: layout.name)
def test_no_mark_alone_is_enough(layout):
    for mark in layout.marks:
        with pytest.raises(Problem):
            layouts.detect(lambda path, only=mark: path == only)


def test_suse_has_an_httpd_too():
    # Leap and SLES link /usr/sbin/httpd to the binary of the chosen MPM, and bring apache2ctl and a2enmod.
    there = {'/usr/sbin/httpd', '/usr/sbin/apache2ctl', '/usr/sbin/a2enmod', *BY_NAME['suse'].marks}
    assert layouts.detect(there.__contains__).name == 'suse'


UNKNOWN = (
    'Apache is laid out here in a way that this version does not know; it knows those of Debian, Red Hat and '
    'SUSE; see "Supported systems" in the README.'
)


@pytest.mark.parametrize(
    ('there', 'sentence'),
    [
        ((), 'no Apache is installed on this host; install it first (package apache2 or httpd).'),
        (('/usr/sbin/a2enmod',), 'no Apache is installed on this host; install it first (package apache2 or httpd).'),
        (('/usr/sbin/httpd',), UNKNOWN),
        (('/usr/sbin/apache2ctl',), UNKNOWN),
        (('/usr/sbin/start_apache2',), UNKNOWN),
    ],
)
def test_other_hosts_are_refused(there, sentence):
    with pytest.raises(Problem) as refused:
        layouts.detect(there.__contains__)
    assert str(refused.value) == sentence


def test_modules_are_found_in_the_folder_of_the_mpm_too():
    path = '/usr/lib64/apache2-prefork/mod_ssl.so'
    assert layouts.module_file(BY_NAME['suse'], 'ssl', path.__eq__) == path
    assert layouts.module_file(BY_NAME['suse'], 'headers', path.__eq__) is None


def test_what_tells_that_modules_changed():
    assert layouts.enabling_files(BY_NAME['debian'], ['ssl', 'proxy']) == [
        '/etc/apache2/mods-enabled/ssl.load',
        '/etc/apache2/mods-enabled/proxy.load',
    ]
    assert layouts.enabling_files(BY_NAME['redhat'], ['ssl']) == ['/etc/httpd/conf.modules.d/99-opmantek-omk.conf']
    assert layouts.enabling_files(BY_NAME['suse'], ['ssl']) == ['/etc/sysconfig/apache2']


@pytest.mark.parametrize(
    ('name', 'path', 'link'),
    [
        (
            'debian',
            '/etc/apache2/sites-available/opmantek-omk.conf',
            ('/etc/apache2/sites-enabled/opmantek-omk.conf', '../sites-available/opmantek-omk.conf'),
        ),
        ('redhat', '/etc/httpd/conf.d/opmantek-omk.conf', None),
        ('suse', '/etc/apache2/vhosts.d/opmantek-omk.conf', None),
    ],
)
def test_where_a_virtualhost_of_ours_goes(name, path, link):
    assert site.default_path(BY_NAME[name]) == path
    assert site.link_for(path, BY_NAME[name]) == link


def test_a_listen_of_ours_does_not_meet_the_one_of_suse():
    content = '<VirtualHost *:443>\n</VirtualHost>\n'
    guarded = '<IfDefine !SSL>\n    Listen 443\n</IfDefine>\n'
    assert guarded in site.whole_file(content, 443, 'SSL')
    assert '\nListen 8443\n' in site.whole_file(content, 8443)
    assert 'Listen' not in site.whole_file(content, None, 'SSL')
    assert 'IfDefine' not in site.whole_file(content, None, 'SSL')
