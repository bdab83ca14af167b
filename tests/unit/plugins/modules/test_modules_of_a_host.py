# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that ask systemd and Apache, as Ansible runs them, with the way to run a program handed in."""

import pytest
from ansible_collections.opmantek.omk.plugins.modules import (
    apache_module,
    apache_websocket_proxy,
    omk_restart,
    websocket_info,
)
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import (
    PATH,
    SITE,
    TUNNEL_MODULES,
)

OPCOMMON = '{"auth": {}, "omkd": {"websocket_proxy_port": "443"}}\n'


def test_the_proxy_module_returns_what_it_documents(host, run):
    path = host.write('omk.conf', SITE)
    predicted = run(apache_websocket_proxy, check=True, modules=TUNNEL_MODULES)
    done = run(apache_websocket_proxy, modules=TUNNEL_MODULES, backup=True)
    assert done['vhost'] == {
        'file': str(path),
        'line': 1,
        'server_name': 'omk.example.com',
        'address': '*',
        'created': False,
    }
    assert done['tunnel']['url'] == 'wss://omk.example.com' + PATH
    assert (done['modules_enabled'], done['capacity']['mpm']) == (TUNNEL_MODULES, 'event')
    assert [part['before_header'] for part in done['diff']] == [str(path), 'Apache modules']
    assert len(done.pop('backup_file')) == 1
    assert predicted.keys() == done.keys()
    assert predicted['diff'] == done['diff']
    again = run(apache_websocket_proxy, modules=TUNNEL_MODULES, backup=True)
    assert again['changed'] is False
    assert 'backup_file' not in again


def test_a_failure_tells_which_modules_stayed(host, run):
    host.write('omk.conf', SITE)
    failed = run(apache_websocket_proxy, port=444, modules=TUNNEL_MODULES)
    assert (failed['failed'], failed['reason'], failed['modules_enabled']) == (True, 'vhost_missing', [])
    failed = run(apache_websocket_proxy, backend='nothing')
    assert failed['msg'].startswith("apache_websocket_backend (option backend), 'nothing', is not HOST:PORT")
    assert host.loaded() == set()


def test_the_proxy_module_says_that_apache_is_stopped(host, run):
    host.write('omk.conf', SITE)
    host.active = False
    assert 'Apache is stopped on this host' in str(run(apache_websocket_proxy, modules=TUNNEL_MODULES)['warnings'])


def test_the_module_of_modules_returns_what_it_documents(host, run):
    host.write('omk.conf', SITE)
    done = run(apache_module, name=['ssl'])
    assert (done['enabled'], done['loaded'], done['disabled'], done['layout']) == (['ssl'], [], [], 'debian')
    assert done['diff']['after'] == 'ssl: enabled\n'
    assert run(apache_module, name=['ssl'])['loaded'] == ['ssl']
    failed = run(apache_module, name=['nothing'])
    assert 'Apache has no module nothing on this host' in failed['msg']


@pytest.fixture
def base(tmp_path):
    """Where OMK is installed."""
    (tmp_path / 'omk/conf').mkdir(parents=True)
    (tmp_path / 'omk/conf/opCommon.json').write_text(OPCOMMON)
    return str(tmp_path / 'omk')


@pytest.mark.parametrize(
    'options',
    [{'backend': 'nothing'}, {'port': 0}, {'path': 'no slash'}, {'paths': ['no slash']}, {'idle_timeout': 0}],
    ids=str,
)
def test_an_option_that_cannot_be_used_restarts_nothing(host, run, base, options):
    host.write('omk.conf', SITE)
    failed = run(omk_restart, omk_base=base, status=True, **options)
    assert failed['msg'].startswith('apache_websocket_')
    assert host.log == []


def test_the_status_of_a_server_that_is_not_set_up(host, run, base, omk):
    host.write('omk.conf', SITE)
    said = run(websocket_info, omk_base=base, backend=f'127.0.0.1:{omk}', modules=TUNNEL_MODULES)
    assert (said['changed'], said['status']) == (False, 'yellow')
    assert said['observations']['apache']['reason'] == 'not_proxied'
    assert 'Enable the Apache modules {}.'.format(', '.join(TUNNEL_MODULES)) in said['pending']
    assert said['observations']['apache']['missing_modules'] == ['proxy_wstunnel']
    assert said['observations']['direct']['error'] is None
    assert said['observations']['setting']['value'] == '443'


def test_apache_is_not_asked_when_the_setting_is_pending_anyway(host, run, base, omk):
    host.write('omk.conf', SITE)
    options = {'omk_base': base, 'backend': f'127.0.0.1:{omk}', 'ask_apache': 'unless_pending'}
    said = run(websocket_info, value='8443', **options)
    assert (said['reason'], 'apache' in said['observations']) == ('setting_wrong', False)
    assert 'apache' in run(websocket_info, **options)['observations']
    host.active = False
    assert 'apache' in run(websocket_info, value='8443', **options)['observations']


def test_only_the_side_that_was_asked_for(host, run, base, omk):
    options = {'omk_base': base, 'backend': f'127.0.0.1:{omk}'}
    assert sorted(run(websocket_info, sides=['omk'], **options)['observations']) == ['direct', 'omkd', 'setting']
    host.write('omk.conf', SITE)
    assert sorted(run(websocket_info, sides=['apache'], **options)['observations']) == ['apache', 'tunnel']


@pytest.mark.parametrize('check', [True, False])
def test_a_restart_brings_the_status_along(host, run, base, omk, check):
    options = {'omk_base': base, 'backend': f'127.0.0.1:{omk}', 'sides': ['omk']}
    seen = run(websocket_info, **options)
    assert ['systemctl', 'restart', '--', 'omkd'] not in host.log
    done = run(omk_restart, check=check, status=True, **options)
    assert (['systemctl', 'restart', '--', 'omkd'] in host.log) is not check
    assert (seen.pop('changed'), done.pop('changed')) == (False, True)
    assert done.keys() == seen.keys()
    assert {name: done[name] for name in ('status', 'reason', 'pending')} == {
        name: seen[name] for name in ('status', 'reason', 'pending')
    }
