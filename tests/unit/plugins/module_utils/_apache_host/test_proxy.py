# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The websocket rule brought into a state: what is changed, what is told, and what a failure leaves."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import proxy, reloads, site_files
from ansible_collections.opmantek.omk.plugins.module_utils._files import exclusive, records, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import own_address
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import (
    PATH,
    SITE,
    TUNNEL_MODULES,
)

DESIRED = _desired.from_options(paths=[PATH], backend='localhost:8042', port=443, modules=TUNNEL_MODULES)
OWN = f'<VirtualHost *:443>\n    ServerName own.example.com\n    ProxyPass "{PATH}" "ws://localhost:8042{PATH}"\n'
OWN += '    RequestHeader set X-Forwarded-Proto "https"\n</VirtualHost>\n'


def bring(host, state, desired=DESIRED, check_mode=False, **options):
    return proxy.Proxy(host.run, desired, check_mode, host.warnings.append).bring(state, **options)


def refused(host, state, sentence, desired=DESIRED, **options):
    """What is refused leaves everything as it was; returns the `Problem` and the modules that stayed enabled."""
    before, apache = host.tree(), proxy.Proxy(host.run, desired, False, host.warnings.append)
    with pytest.raises(Problem, match=sentence) as caught:
        apache.bring(state, **options)
    assert host.tree() == before
    assert not transaction.is_unfinished(site_files.TRANSACTION)
    return caught.value, apache.modules_enabled


def test_present_then_absent_leaves_no_trace(host, tmp_path):
    path = host.write('omk.conf', SITE)
    before = host.tree()
    done = bring(host, 'present')
    assert done.changed
    assert done.modules_enabled == TUNNEL_MODULES
    assert done.site == site_files.Site(str(path), 1, 'omk.example.com', '*', False)
    assert done.tunnel == proxy.Tunnel('wss://omk.example.com' + PATH, 'omk.example.com', own_address.address_for('*'))
    assert done.files == [str(host.sites / 'omk.conf')]
    assert [rule['before'] for rule in done.rules] == ['no rule takes the path']
    assert f'<Location "{PATH}">' in path.read_text()
    assert set(TUNNEL_MODULES) <= host.loaded()
    assert done.restart_pending and done.service_active

    again = bring(host, 'present')
    assert not again.changed
    assert (again.files, again.modules_enabled, again.diff) == ([], [], [])

    undone = bring(host, 'absent')
    assert undone.changed
    assert undone.modules_disabled == sorted(TUNNEL_MODULES)
    assert host.tree() == before
    assert not bring(host, 'absent').changed
    assert not (tmp_path / 'lib').exists()


@pytest.mark.parametrize('state', ['present', 'absent', 'previous'])
def test_check_mode_tells_what_a_run_does(host, state):
    host.write('omk.conf', SITE)
    if state != 'present':
        bring(host, 'present')
    before = host.tree()
    predicted = bring(host, state, check_mode=True)
    assert host.tree() == before
    done = bring(host, state)
    assert host.tree() != before
    # The two that only a run can know.
    assert predicted._replace(change=done.change, tunnel=done.tunnel) == done
    assert predicted.changed


def test_check_mode_of_an_interrupted_run_settles_nothing(debian):
    debian.write('omk.conf', SITE)
    records.write(site_files.TRANSACTION, {'snapshots': [], 'changes': [], 'is_rollback': False})
    bring(debian, 'present', check_mode=True)
    assert transaction.is_unfinished(site_files.TRANSACTION)
    bring(debian, 'present')
    assert not transaction.is_unfinished(site_files.TRANSACTION)


def test_previous_goes_back_by_one_change(host):
    host.write('omk.conf', SITE)
    bring(host, 'present')
    between = host.tree()
    more = DESIRED._replace(idle_timeout=60)
    done = bring(host, 'present', more)
    assert done.change
    undone = bring(host, 'previous', more, change=done.change)
    assert undone.changed
    assert host.tree() == between
    # A rollback cannot be rolled back.
    assert not bring(host, 'previous', more).changed


def test_previous_is_refused_when_somebody_else_changed_something_since(debian):
    debian.write('omk.conf', SITE)
    first = bring(debian, 'present').change
    bring(debian, 'present', DESIRED._replace(idle_timeout=60))
    refused(debian, 'previous', "another run has changed Apache's files since", change=first)


def test_apache_refuses_what_was_written(host, monkeypatch):
    """Files, modules, records and the moment of the change are as before."""
    host.write('omk.conf', SITE)
    plain = host._refusal
    monkeypatch.setattr(
        host,
        '_refusal',
        lambda loaded: plain(loaded) or ('no' if b'opmantek' in host.files()[0].read_bytes() else ''),
    )
    _problem, enabled = refused(host, 'present', 'Apache refuses its configuration')
    assert enabled == []
    assert reloads.recorded() is None
    assert transaction.latest(site_files.TRANSACTION) is None


def test_a_rule_that_would_not_win_is_taken_back(debian, monkeypatch):
    """The plan said that it wins, and Apache's own account after the change says that it does not."""
    debian.write('omk.conf', SITE)
    dump = debian._dump

    def another_wins(modules):
        text = dump(modules)
        return text.replace('ws://localhost:8042', 'ws://localhost:9999')

    monkeypatch.setattr(debian, '_dump', another_wins)
    problem, enabled = refused(debian, 'present', 'the VirtualHost would not do the job')
    assert (problem.path, problem.line) == (str(debian.files()[0]), 1)
    assert enabled == []


def test_only_what_this_run_enabled_is_taken_back(debian):
    debian.enable('ssl')
    debian.write('omk.conf', SITE)
    _problem, enabled = refused(debian, 'present', 'no VirtualHost serves port 444', DESIRED._replace(port=444))
    assert enabled == []
    assert debian.loaded() == {'ssl'}
    assert debian.warnings == []


def test_modules_that_something_needs_by_now_stay_and_are_named(debian, monkeypatch):
    """An admin's rule that came in the meantime keeps the modules that it needs."""
    debian.write('omk.conf', SITE)
    enable = debian._a2enmod

    def and_a_rule(names):
        debian.write('zz.conf', 'ProxyPass /x http://localhost/x\n')
        return enable(names)

    monkeypatch.setattr(debian, '_a2enmod', and_a_rule)
    apache = proxy.Proxy(debian.run, DESIRED._replace(port=444), False, debian.warnings.append)
    with pytest.raises(Problem, match='no VirtualHost serves port 444'):
        apache.bring('present')
    assert sorted(apache.modules_enabled) == sorted(debian.loaded()) == ['proxy', 'proxy_http']
    assert [text for text in debian.warnings if 'stay enabled' in text and 'proxy, proxy_http' in text]
    assert reloads.recorded() is not None


def test_a_broken_configuration_is_left_alone(host):
    host.write('omk.conf', SITE + 'Broken\n')
    problem, enabled = refused(host, 'present', "Invalid command 'Broken'")
    assert (problem.line, problem.code, enabled) == (5, 'apache_broken_configuration', [])
    refused(host, 'absent', "Invalid command 'Broken'")


def test_without_a_virtualhost_one_is_asked_for(host):
    problem, _enabled = refused(host, 'present', 'no VirtualHost serves port 443')
    assert problem.code == 'vhost_missing'


def test_a_virtualhost_of_our_own(host):
    before, desired = host.tree(), DESIRED._replace(content=OWN)
    predicted = bring(host, 'present', desired, check_mode=True)
    assert host.tree() == before
    done = bring(host, 'present', desired)
    path = host.sites / 'opmantek-omk.conf'
    assert path.read_text().endswith(OWN)
    assert 'Listen 443\n' in path.read_text()
    assert done.site.created and done.site.server_name == 'own.example.com'
    assert (predicted.files, predicted.site._replace(address='*')) == (done.files, done.site)
    assert not bring(host, 'present', desired).changed
    assert bring(host, 'absent', desired).changed
    assert host.tree() == before


def test_an_own_virtualhost_that_apache_does_not_include(debian):
    """Nothing links a file in a folder of the admin's own."""
    away = debian.folder / 'away'
    away.mkdir()
    desired = DESIRED._replace(content=OWN, content_path=str(away / 'own.conf'))
    refused(debian, 'present', 'Apache does not use the VirtualHost that was written', desired)


def test_a_file_in_the_way_of_an_own_virtualhost(debian):
    (debian.sites / 'opmantek-omk.conf').write_text('# mine\n')
    refused(debian, 'present', 'this file is in the way', DESIRED._replace(content=OWN))


@pytest.mark.parametrize(('line', 'pending'), [('reload', False), ('nothing', True), ('stop', False)])
def test_a_reload_is_pending_until_apache_was_reloaded(debian, line, pending):
    debian.write('omk.conf', SITE)
    assert bring(debian, 'present').restart_pending
    if line == 'reload':
        debian.reload()
    debian.active = line != 'stop'
    done = bring(debian, 'present')
    assert (done.changed, done.restart_pending) == (False, pending)
    assert done.service_active is (line != 'stop')


def test_a_removal_is_pending_too_though_a_removed_file_has_no_time(debian):
    debian.write('omk.conf', SITE)
    bring(debian, 'present')
    debian.reload()
    debian.reloaded = 1000
    bring(debian, 'absent')
    assert bring(debian, 'absent').restart_pending
    debian.reload()
    assert not bring(debian, 'absent').restart_pending


def test_copies_are_kept_on_request(debian, tmp_path):
    path = debian.write('omk.conf', SITE)
    assert bring(debian, 'present', backup=True, check_mode=True).backups == []
    [copy] = bring(debian, 'present', backup=True).backups
    assert copy.startswith(str(tmp_path / 'backups'))
    with open(copy) as handle:
        assert handle.read() == SITE != path.read_text()


def test_only_one_run_at_a_time_changes_something(debian, monkeypatch):
    debian.write('omk.conf', SITE)
    monkeypatch.setattr(exclusive.alone.__wrapped__, '__defaults__', (None, 0.2))
    with exclusive.alone():
        assert bring(debian, 'present', check_mode=True).changed
        refused(debian, 'present', 'another run has been changing Apache on this host')


def test_a_unit_of_another_name(debian):
    debian.write('omk.conf', SITE)
    assert bring(debian, 'present', DESIRED._replace(service='httpd-omk')).service == 'httpd-omk'
    assert [command[-1] for command in debian.log if command[0] == 'systemctl'] == ['httpd-omk']


@pytest.mark.parametrize('state', ['present', 'absent'])
def test_nothing_is_changed_where_no_unit_could_take_it_up(debian, state):
    debian.write('omk.conf', SITE)
    refused(debian, state, 'systemd knows no unit no-such-unit', DESIRED._replace(service='no-such-unit'))
    assert not [command for command in debian.log if command[0] != 'systemctl']


def test_without_apache_nothing_can_be_done(debian):
    (debian.folder / 'control').unlink()
    with pytest.raises(Problem, match='no Apache is installed on this host'):
        bring(debian, 'present')
