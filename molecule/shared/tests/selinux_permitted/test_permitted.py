# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job, where SELinux is on (its programs are stand-ins): Apache may connect to OMK, and it was asked once."""

BOOLEAN = 'httpd_can_network_connect'


def test_apache_may_connect(host):
    if host.exists('getsebool'):
        assert host.check_output(f'getsebool {BOOLEAN}') == f'{BOOLEAN} --> on'
        assert host.check_output('getsebool httpd_can_network_relay').endswith('--> off')
    else:
        assert not host.file('/var/lib/opmantek.omk/selinux.json').exists
