# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache on a host says of itself, for the status; nothing is changed by asking."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import check, proxy, site_files, unit
from ansible_collections.opmantek.omk.plugins.module_utils._files import records
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import (
    PATH,
    SITE,
    TUNNEL_MODULES,
)

DESIRED = _desired.from_options(paths=[PATH], backend='localhost:8042', port=443, modules=TUNNEL_MODULES)
GENERIC = SITE.replace('ErrorDocument', 'ProxyPass /en/omk http://localhost:8042/en/omk\n    ErrorDocument')


def checked(host, desired=DESIRED):
    before = host.tree()
    found = check.check(host.run, desired, PATH)
    assert host.tree() == before
    return found


def test_nothing_is_pending_after_a_run(host):
    host.write('omk.conf', SITE)
    host.enable(*TUNNEL_MODULES)
    proxy.Proxy(host.run, DESIRED, False, host.warnings.append).bring('present')
    host.reload()
    found = checked(host)
    assert (found.seen.active, found.seen.effective, found.seen.restart_pending) == (True, True, False)
    assert (found.pending, found.interrupted) == ([], [])
    assert (found.name, found.address) == ('omk.example.com', '*')
    assert found.seen.capacity == {'mpm': 'event', 'max_request_workers': 400}


def test_a_reload_is_pending_after_a_change(debian):
    debian.write('omk.conf', SITE)
    proxy.Proxy(debian.run, DESIRED, False, debian.warnings.append).bring('present')
    found = checked(debian)
    assert found.seen.effective and found.seen.restart_pending
    assert found.pending == ['Reload or restart Apache.']
    assert checked(debian).seen.restart_pending  # asking settles nothing


def test_all_that_the_roles_would_do(host):
    path = host.write('omk.conf', GENERIC)
    host.enable('proxy', 'proxy_http', 'ssl')
    host.reload()
    found = checked(host)
    assert found.pending == ['Enable the Apache modules proxy_wstunnel, headers.', f'Change {path}.']
    assert (found.seen.effective, found.seen.reason) == (False, 'generic_rule_won')
    assert (found.seen.file, found.seen.line) == (str(path), 3)
    assert found.seen.detail.startswith(f'ProxyPass at {path}:3')
    assert found.seen.missing_modules == ()


def test_modules_without_which_apache_refuses_its_configuration(host):
    host.write('omk.conf', GENERIC.replace('ErrorDocument', 'RequestHeader set X-Mine 1\n    ErrorDocument'))
    host.enable('ssl')
    found = checked(host)
    assert found.seen.missing_modules == ('proxy', 'proxy_http', 'proxy_wstunnel', 'headers')
    assert found.seen.problem is None
    assert found.pending[0] == 'Enable the Apache modules proxy, proxy_http, proxy_wstunnel, headers.'


def test_no_module_that_could_tunnel(host):
    host.write('omk.conf', SITE)
    assert checked(host).seen.missing_modules == ('proxy_wstunnel',)
    host.enable('proxy', 'proxy_http')
    assert checked(host).seen.missing_modules == ()


def test_a_broken_configuration(host):
    host.write('omk.conf', SITE + 'Broken\n')
    found = checked(host)
    assert "Invalid command 'Broken'" in found.seen.problem
    assert found.pending == [found.seen.problem]
    assert (found.seen.active, found.seen.effective, found.name) == (True, False, None)


@pytest.mark.parametrize(
    ('desired', 'reason', 'detail'),
    [
        (DESIRED._replace(port=8443), 'vhost_missing', 'No VirtualHost serves port 8443.'),
        (DESIRED, 'vhost_ambiguous', 'several VirtualHosts serve port 443'),
    ],
)
def test_no_virtualhost_or_too_many(debian, desired, reason, detail):
    debian.write('omk.conf', SITE)
    debian.write('zz.conf', SITE.replace('omk.', 'other.').replace('*:443', '192.0.2.7:443'))
    found = checked(debian, desired)
    assert (found.seen.reason, found.name) == (reason, None)
    assert detail in found.seen.detail
    assert len(found.pending) == 2


def test_without_apache(debian):
    (debian.folder / 'control').unlink()
    found = checked(debian)
    assert found.seen.problem.startswith('no Apache is installed on this host')
    assert found.seen.active is None
    assert unit.is_active(debian.run) is False


def test_what_a_killed_run_left_is_told(debian):
    debian.write('omk.conf', SITE)
    records.write(site_files.TRANSACTION, {'snapshots': [], 'changes': [], 'is_rollback': False})
    assert checked(debian).interrupted == ["Recover a change of Apache's files that was interrupted."]


@pytest.mark.parametrize('active', [True, False])
def test_whether_apache_runs(host, active):
    host.active = active
    assert unit.is_active(host.run) is active
    assert checked(host).seen.active is active
    unit.is_active(host.run, 'httpd-omk')
    assert host.log[-1][-1] == 'httpd-omk'


def test_a_unit_that_systemd_does_not_know(host):
    said = 'systemd knows no unit no-such-unit on this host; correct apache_websocket_service'
    with pytest.raises(Problem, match=said):
        checked(host, DESIRED._replace(service='no-such-unit'))


@pytest.mark.parametrize(('name', 'is_named'), [('omk.example.com', True), ('omk.exmaple.com', False), ('', None)])
def test_whether_the_virtualhost_has_the_name_that_was_given(debian, name, is_named):
    debian.write('omk.conf', SITE)
    debian.enable(*TUNNEL_MODULES)
    assert checked(debian, DESIRED._replace(name=name)).seen.is_named is is_named
