# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules brought into a state, on each layout."""

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import loading
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import SITE


def bring(host, names, state='present', service=None, check_mode=False):
    return loading.bring(host.run, names, state, service, check_mode, host.warnings.append)


def test_enabled_once_and_taken_back(host, tmp_path):
    host.write('omk.conf', SITE)
    before = host.tree()
    done = bring(host, ['ssl', 'proxy_wstunnel'])
    assert (done.changed, done.loaded, done.enabled) == (True, [], ['ssl', 'proxy_wstunnel'])
    assert {'ssl', 'proxy_wstunnel', 'proxy'} <= host.loaded()
    assert (done.layout, done.restart_pending) == (host.name, True)
    again = bring(host, ['ssl', 'proxy_wstunnel'])
    assert (again.changed, again.loaded, again.enabled) == (False, ['ssl', 'proxy_wstunnel'], [])
    undone = bring(host, ['ssl', 'proxy_wstunnel'], 'original')
    # With the one that it depends on.
    assert undone.disabled == ['proxy', 'proxy_wstunnel', 'ssl']
    assert host.tree() == before
    assert not (tmp_path / 'lib').exists()


@pytest.mark.parametrize('state', ['present', 'original'])
def test_check_mode_tells_what_a_run_does(host, state):
    host.write('omk.conf', SITE)
    if state == 'original':
        bring(host, ['headers'])
    before = host.tree()
    predicted = bring(host, ['headers'], state, check_mode=True)
    assert host.tree() == before
    assert bring(host, ['headers'], state) == predicted
    assert predicted.changed


def test_what_an_admin_enabled_is_not_taken_back(host):
    host.write('omk.conf', SITE)
    host.enable('headers')
    assert bring(host, ['headers', 'ssl']).enabled == ['ssl']
    assert bring(host, ['headers', 'ssl'], 'original').disabled == ['ssl']
    assert host.loaded() >= {'headers'}


def test_what_the_configuration_needs_stays(host):
    host.write('omk.conf', SITE)
    bring(host, ['headers', 'ssl'])
    host.write('zz.conf', 'RequestHeader set X-Mine 1\n')
    assert bring(host, ['headers', 'ssl'], 'original').disabled == ['ssl']
    assert [text for text in host.warnings if text.startswith('These modules stay enabled') and 'headers' in text]
    assert 'headers' in host.loaded()


def test_modules_fix_a_configuration_that_lacks_them(host):
    host.write('omk.conf', SITE.replace('ErrorDocument', 'RequestHeader set X-Mine 1\n    ErrorDocument'))
    assert bring(host, ['headers']).enabled == ['headers']
    assert host.warnings == []


def test_a_configuration_that_is_broken_otherwise(host):
    host.write('omk.conf', SITE + 'Broken\n')
    assert bring(host, ['headers']).enabled == ['headers']
    assert len(host.warnings) == 1 and 'omk.conf, line 5' in host.warnings[0]


def test_a_module_that_is_not_there(host):
    host.write('omk.conf', SITE)
    before = host.tree()
    with pytest.raises(Problem, match='Apache has no module nothing on this host'):
        bring(host, ['headers', 'nothing'])
    assert host.tree() == before


def test_a_unit_of_another_name(host):
    host.write('omk.conf', SITE)
    assert bring(host, ['ssl'], service='httpd-omk').service == 'httpd-omk'
    host.active = False
    done = bring(host, ['ssl'])
    assert (done.service, done.service_active, done.restart_pending) == ('apache2', False, False)
