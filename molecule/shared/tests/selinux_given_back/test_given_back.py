# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the undoing, where SELinux is on (its programs are stand-ins): the permission is what it was."""

BOOLEAN = 'httpd_can_network_connect'


def test_the_permission_was_given_back(host):
    assert not host.file('/var/lib/opmantek.omk/selinux.json').exists
    if host.exists('getsebool'):
        assert host.check_output(f'getsebool {BOOLEAN}') == f'{BOOLEAN} --> off'
