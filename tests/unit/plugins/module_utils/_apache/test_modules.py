# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import capacity, drop_in, dump, modules

PATHS = {'proxy': '/etc/httpd/modules/mod_proxy.so', 'proxy_wstunnel': '/etc/httpd/modules/mod_proxy_wstunnel.so'}


def test_drop_in_is_read_back():
    text = drop_in.render(PATHS)
    assert drop_in.parse(text) == PATHS
    assert list(drop_in.parse(text)) == list(PATHS)
    assert drop_in.parse('') == {}


def test_drop_in_yields_to_a_line_of_somebody_else():
    assert drop_in.render(PATHS).count('<IfModule !proxy_module>\n    LoadModule proxy_module "') == 1


@pytest.mark.parametrize(('names', 'ordered'), [
    (['proxy_wstunnel', 'headers'], ['proxy', 'proxy_wstunnel', 'headers']),
    (['lbmethod_byrequests'], ['proxy', 'proxy_balancer', 'lbmethod_byrequests']),
    (['proxy', 'proxy_http'], ['proxy', 'proxy_http']),
])
def test_dependencies_come_first(names, ordered):
    assert modules.with_dependencies(names, modules.depends_on) == ordered


def test_dependencies_that_debian_names():
    text = '# Depends: setenvif mime socache_shmcb\nLoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\n'
    assert modules.depends_on_debian(text) == ['setenvif', 'mime', 'socache_shmcb']


def said(mpm, *directives):
    """What Apache says, with these directives at server level."""
    config = [f'# {number:3}:\n{line}' for number, line in enumerate(directives, 1)]
    loaded = [' core_module (static)', *([f' mpm_{mpm}_module (shared)'] if mpm else [])]
    return dump.parse_dump('\n'.join([
        '# In file: /etc/httpd/conf/httpd.conf', *config, 'ServerRoot: "/etc/httpd"', 'Loaded Modules:', *loaded]))


@pytest.mark.parametrize(('mpm', 'directives', 'workers'), [
    ('event', (), 400),
    ('worker', (), 400),
    ('prefork', (), 256),
    ('event', ('MaxRequestWorkers 150',), 150),
    ('event', ('MaxClients 100',), 100),
    ('event', ('MaxRequestWorkers 150', 'maxrequestworkers 75'), 75),
    ('event', ('MaxRequestWorkers 160',), 150),
    ('event', ('MaxRequestWorkers 1000',), 400),
    ('event', ('MaxRequestWorkers 1000', 'ServerLimit 40'), 1000),
    ('event', ('MaxRequestWorkers 800', 'ThreadsPerChild 50'), 800),
    ('event', ('MaxRequestWorkers 10',), 25),
    ('prefork', ('MaxRequestWorkers 500',), 256),
    ('prefork', ('MaxRequestWorkers 500', 'ServerLimit 500'), 500),
    ('itk', ('MaxRequestWorkers 500',), None),
    (None, (), None),
])
def test_capacity(mpm, directives, workers):
    assert capacity.capacity(said(mpm, *directives)) == {'mpm': mpm, 'max_request_workers': workers}
