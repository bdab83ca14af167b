# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache prints on each layout (dumps/, taken from the scenarios' hosts), as the packages see it."""

import pathlib

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired
from ansible_collections.opmantek.omk.plugins.module_utils._apache import (
    ask,
    capacity,
    choose,
    dump,
    plan,
    site,
)
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts

DUMPS = pathlib.Path(__file__).parent / 'dumps'
PATH = '/en/omk/opCharts/events/log'
DESIRED = desired.Desired((PATH,), desired.Backend('localhost', 8042), 443, 'omk.example.com', True, None)
# The VirtualHost for 443, what decides there, what bounds the number of requests.
SEEN = {
    'debian': (
        '/etc/apache2/sites-enabled/omk.conf:8',
        'ProxyPass at /etc/apache2/sites-enabled/omk.conf:19 forwards',
        ('event', 150),
    ),
    'redhat': (
        '/etc/httpd/conf.d/ssl.conf:7',
        'ProxyPass at /etc/httpd/conf.d/omk-proxy.conf:3 forwards',
        ('event', 400),
    ),
    'suse': ('/etc/apache2/vhosts.d/omk.conf:10', 'ProxyPass at /etc/apache2/vhosts.d/omk.conf:', ('prefork', 150)),
}


@pytest.fixture(params=SEEN)
def seen(request):
    """The `Dump` of a layout, and what is expected of it."""
    return dump.parse_dump((DUMPS / f'{request.param}.txt').read_text()), SEEN[request.param]


def test_the_virtualhost_is_found_and_the_rule_that_decides(seen):
    found, (place, decides, _capacity) = seen
    [vhost] = choose.choose(found, 443, None, None, DESIRED.backend, str.__eq__)
    assert f'{vhost.file}:{vhost.line}' == place
    standing = plan.standing(found, vhost, DESIRED)
    assert standing.kind == 'plain_http'
    assert standing.detail.startswith(decides)


def test_capacity_and_modules(seen):
    found, (*_rest, (mpm, workers)) = seen
    assert capacity.capacity(found) == {'mpm': mpm, 'max_request_workers': workers}
    assert {'proxy', 'proxy_http', 'ssl'} <= set(found.modules)
    assert 'DUMP_CONFIG' in found.defines
    assert ('SSL' in found.defines) is ('SYSCONFIG' in found.defines)  # the flag of SUSE's vhost


def test_port_443_is_listened_to(seen):
    found, _expected = seen
    assert site.listens(found.config, 443, lambda file: False)
    assert not site.listens(found.config, 8443, lambda file: False)


def test_arguments_are_one_word_each_for_a_shell():
    layout = layouts.LAYOUTS[0]
    arguments = ask.load_arguments(layout, ['proxy_http'], lambda path: True)
    assert arguments == [
        '-C',
        'LoadModule\fproxy_module\f/usr/lib/apache2/modules/mod_proxy.so',
        '-C',
        'LoadModule\fproxy_http_module\f/usr/lib/apache2/modules/mod_proxy_http.so',
    ]
    assert not any(' ' in word for word in dump.dump_arguments('/x/mod_info.so'))


def test_modules_that_are_loaded_in_spite_of_errors():
    said = (
        '[so:warn] [pid 1:tid 1] AH01574: module proxy_module is already loaded, skipping\n'
        'AH00526: Syntax error on line 1 of /etc/apache2/conf-enabled/zz.conf:\n'
    )
    loaded = ask.loaded_in_spite_of_errors(
        lambda command: (1, '', said), layouts.LAYOUTS[0], lambda path: True, ['proxy', 'ssl']
    )
    assert loaded == {'proxy'}
