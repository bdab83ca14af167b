# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.target import EVENTS_PATH, build


@pytest.mark.parametrize('options, url, authority', [
    ({'host': 'omk.example.com'}, 'wss://omk.example.com' + EVENTS_PATH, 'omk.example.com'),
    ({'host': 'omk.example.com', 'port': 8443}, 'wss://omk.example.com:8443' + EVENTS_PATH, 'omk.example.com:8443'),
    ({'host': 'omk', 'port': 8042, 'scheme': 'ws', 'path': '/a?b=c'}, 'ws://omk:8042/a?b=c', 'omk:8042'),
    ({'host': '192.0.2.7'}, 'wss://192.0.2.7' + EVENTS_PATH, '192.0.2.7'),
    ({'host': '2001:db8::7'}, 'wss://[2001:db8::7]' + EVENTS_PATH, '[2001:db8::7]'),
    ({'host': '[2001:db8::7]', 'port': 8443}, 'wss://[2001:db8::7]:8443' + EVENTS_PATH, '[2001:db8::7]:8443'),
    ({'host': 'münchen.example'}, 'wss://xn--mnchen-3ya.example' + EVENTS_PATH, 'xn--mnchen-3ya.example'),
    ({'url': 'wss://omk.example.com'}, 'wss://omk.example.com' + EVENTS_PATH, 'omk.example.com'),
    ({'url': 'https://OMK.example.com/x'}, 'wss://omk.example.com/x', 'omk.example.com'),
    ({'url': 'http://omk:8042/x'}, 'ws://omk:8042/x', 'omk:8042'),
    ({'url': 'wss://[::1]:4430/x?y=z'}, 'wss://[::1]:4430/x?y=z', '[::1]:4430'),
    ({'url': 'ws://omk:80/ä'}, 'ws://omk/%C3%A4', 'omk'),
])
def test_builds_url_and_host_header(options, url, authority):
    target = build(options)
    assert (target['url'], target['authority']) == (url, authority)


@pytest.mark.parametrize('options, words', [
    ({}, 'nothing to probe'),
    ({'host': 'omk', 'port': 0}, 'port 0'),
    ({'host': 'omk', 'port': 65536}, 'port 65536'),
    ({'host': 'omk', 'port': 'https'}, 'port is not a number'),
    ({'host': 'omk example'}, 'host is not'),
    ({'host': 'omk\r\nX: y'}, 'host is not'),
    ({'host': '-omk'}, 'host is not'),
    ({'host': 'a' * 64 + '.example'}, 'host is not'),
    ({'host': 'omk', 'scheme': 'ftp'}, 'scheme'),
    ({'host': 'omk', 'path': 'en/omk'}, 'begin with /'),
    ({'host': 'omk', 'path': '/a b'}, 'path holds'),
    ({'host': 'omk', 'path': '/a\r\nX: y'}, 'path holds'),
    ({'host': 'omk', 'path': '/a#b'}, 'path holds'),
    ({'host': 'omk', 'address': 'omk2'}, 'address is not'),
    ({'host': 'omk', 'address': '192.0.2.7\n'}, 'address is not'),
    ({'url': 'wss://omk/a b'}, 'blank or a control'),
    ({'url': 'wss://omk/\r\nX: y'}, 'blank or a control'),
    ({'url': 'ftp://omk/'}, 'not a websocket URL'),
    ({'url': 'omk.example.com'}, 'not a websocket URL'),
    ({'url': 'wss://omk:port/'}, 'cannot be read'),
    ({'url': 'wss://omk:70000/'}, 'cannot be read'),
    ({'url': 'wss://[::1/'}, 'cannot be read'),
    ({'url': 'wss://admin:secret@omk/'}, 'user name'),
    ({'url': 'wss://omk/#top'}, 'fragment'),
    ({'host': 'omk', 'headers': {'X y': 'z'}}, 'no HTTP header can have'),
    ({'host': 'omk', 'headers': {'X': 'a\r\nHost: b'}}, 'control character'),
    ({'host': 'omk', 'headers': {'X': '漢'}}, 'cannot carry'),
    ({'host': 'omk', 'headers': {'host': 'other'}}, 'belongs to the probe'),
    ({'host': 'omk', 'headers': {'Sec-WebSocket-Key': 'x'}}, 'belongs to the probe'),
    ({'host': 'omk', 'origin': 'https://a\n'}, 'origin holds'),
    ({'host': 'omk', 'timeout': 0}, 'timeout'),
    ({'host': 'omk', 'timeout': -1}, 'timeout'),
    ({'host': 'omk', 'timeout': float('nan')}, 'timeout'),
    ({'host': 'omk', 'timeout': 'soon'}, 'timeout'),
    ({'host': 'omk', 'wait_for_event': -1}, 'wait_for_event'),
    ({'host': 'omk', 'wait_for_event': float('inf')}, 'wait_for_event'),
    ({'host': 'omk', 'username': 'nmis'}, 'belong together'),
])
def test_refuses_what_cannot_be_used(options, words):
    with pytest.raises(Problem) as caught:
        build(options)
    assert words in str(caught.value)


@pytest.mark.parametrize('options', [
    {'url': 'wss://admin:hush-hush@omk/'},
    {'host': 'omk', 'headers': {'Authorization': 'hush-hush\n'}},
    {'host': 'omk', 'password': 'hush-hush'},
])
def test_refusals_quote_no_secret(options):
    with pytest.raises(Problem) as caught:
        build(options)
    assert 'hush-hush' not in str(caught.value)


@pytest.mark.parametrize('options, origin', [
    ({'host': 'omk'}, 'https://omk'),
    ({'host': 'omk', 'port': 8042, 'scheme': 'ws'}, 'http://omk:8042'),
    ({'host': 'omk', 'origin': 'https://portal.example'}, 'https://portal.example'),
    ({'host': 'omk', 'origin': ''}, ''),
])
def test_origin_is_a_browser_s(options, origin):
    assert build(options)['origin'] == origin


@pytest.mark.parametrize('path, logins', [
    (EVENTS_PATH, ['/en/omk/opCharts/login', '/en/omk/login']),
    ('/de/omk/opEvents/x/y', ['/de/omk/opEvents/login', '/de/omk/login']),
    ('/omk/opCharts/x?y=/en/omk/z/', ['/omk/opCharts/login', '/omk/login']),
    ('/other', ['/en/omk/opCharts/login', '/en/omk/login']),
])
def test_login_belongs_to_the_application_of_the_path(path, logins):
    assert build({'host': 'omk', 'path': path})['login_paths'] == logins


@pytest.mark.parametrize('options, address', [
    ({'host': 'omk'}, None),
    ({'host': 'omk', 'address': '[2001:db8::7]'}, '2001:db8::7'),
    ({'host': 'omk', 'address': 'fe80::1%eth0'}, 'fe80::1%eth0'),
    ({'host': '192.0.2.7'}, '192.0.2.7'),
    ({'host': '192.0.2.7', 'address': '192.0.2.8'}, '192.0.2.8'),
])
def test_address_to_connect_to(options, address):
    assert build(options)['address'] == address
