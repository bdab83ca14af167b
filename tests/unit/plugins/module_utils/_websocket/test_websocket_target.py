# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import target
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.target import EVENTS_PATH, is_host

LONGEST = '.'.join(['a' * 63, 'b' * 63, 'c' * 63, 'd' * 61])  # 253 characters, RFC 1035 section 2.3.4


def build(options):
    """The target (dict) of a probe that is asked for with these options."""
    return target.build(target.Request(**options))._asdict()


def test_everything_has_a_default():
    assert build({'host': 'omk', 'username': None, 'headers': None, 'timeout': None}) == {
        'scheme': 'wss',
        'host': 'omk',
        'port': 443,
        'path': '/en/omk/opCharts/events/log',
        'authority': 'omk',
        'url': 'wss://omk/en/omk/opCharts/events/log',
        'address': None,
        'origin': 'https://omk',
        'headers': [],
        'timeout': 10,
        'wait_for_event': 0,
        'validate_certs': True,
        'ca_path': None,
        'username': None,
        'password': None,
        'login_paths': ['/en/omk/opCharts/login', '/en/omk/login'],
    }


def test_everything_can_be_given():
    assert build(
        {
            'host': '[2001:DB8::7]',
            'port': '8042',
            'scheme': 'HTTP',
            'path': '/a?b=c',
            'address': '192.0.2.7',
            'origin': ' https://portal.example ',
            'headers': {'X-One': 1, 'X-Two': ' a\tb '},
            'timeout': '0.5',
            'wait_for_event': 86400,
            'validate_certs': False,
            'ca_path': '/ca.pem',
            'username': 'nmis',
            'password': 'hush',
        }
    ) == {
        'scheme': 'ws',
        'host': '2001:DB8::7',
        'port': 8042,
        'path': '/a?b=c',
        'authority': '[2001:DB8::7]:8042',
        'url': 'ws://[2001:DB8::7]:8042/a?b=c',
        'address': '192.0.2.7',
        'origin': 'https://portal.example',
        'headers': [('X-One', '1'), ('X-Two', 'a\tb')],
        'timeout': 0.5,
        'wait_for_event': 86400,
        'validate_certs': False,
        'ca_path': '/ca.pem',
        'username': 'nmis',
        'password': 'hush',
        'login_paths': ['/en/omk/opCharts/login', '/en/omk/login'],
    }


@pytest.mark.parametrize(
    'options, url, authority',
    [
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
        ({'url': 'WSS://omk?since=1'}, 'wss://omk' + EVENTS_PATH + '?since=1', 'omk'),
        ({'url': 'wss://omk:80/x', 'host': 'other', 'port': 1, 'path': '/y'}, 'wss://omk:80/x', 'omk:80'),
        ({'host': 'omk', 'scheme': 'ws'}, 'ws://omk' + EVENTS_PATH, 'omk'),
        ({'host': 'omk', 'port': 1}, 'wss://omk:1' + EVENTS_PATH, 'omk:1'),
        ({'host': 'omk', 'port': 65535}, 'wss://omk:65535' + EVENTS_PATH, 'omk:65535'),
        ({'host': 'fe80::1%eth0'}, 'wss://[fe80::1%eth0]' + EVENTS_PATH, '[fe80::1%eth0]'),
        ({'host': '_sip.omk-1.example.'}, 'wss://_sip.omk-1.example.' + EVENTS_PATH, '_sip.omk-1.example.'),
        ({'host': LONGEST, 'path': '/'}, 'wss://' + LONGEST + '/', LONGEST),
        (
            {'host': 'omk', 'path': "/%7Ea/?&=:@!$'()*+,;~-._[]|<ä"},
            "wss://omk/%7Ea/?&=:@!$'()*+,;~-._[]|%3C%C3%A4",
            'omk',
        ),
    ],
)
def test_builds_url_and_host_header(options, url, authority):
    built = build(options)
    assert (built['url'], built['authority']) == (url, authority)


TOGETHER = 'websocket_check_username (option username) and '
TOGETHER += 'websocket_check_password (option password) belong together; give both or neither.'
HOST = (
    '{} is not a host name or IP address; give apache_websocket_server_name (option server_name, or host) as in'
    ' omk.example.com.'
)
PATH = 'websocket_check_path (option path) holds a blank, a # or a control character.'
ADDRESS = (
    'websocket_check_address (option address) is not an IPv4 or IPv6 address; give a name in'
    ' apache_websocket_server_name'
    ' (option host).'
)
BLANK = 'the URL holds a blank or a control character.'
NOT_WEBSOCKET = 'the URL is not a websocket URL; write it as wss://host:port/path.'
UNREADABLE = 'the URL cannot be read; write it as wss://host:port/path.'
USER = 'the URL holds a user name; use the options username and password.'
FRAGMENT = 'the URL holds a fragment (#), which a websocket URL must not have.'
TIMEOUT = 'websocket_check_timeout (option timeout) is not a sensible number of seconds; give 1 to 86400.'
WAIT = 'websocket_check_wait_for_event (option wait_for_event) is not a sensible number of seconds; give 1 to 86400.'
NO_TIMEOUT = 'websocket_check_timeout (option timeout) is not a number of seconds.'
NO_WAIT = 'websocket_check_wait_for_event (option wait_for_event) is not a number of seconds.'


@pytest.mark.parametrize(
    'options, sentence',
    [
        ({}, 'there is nothing to probe; give url or host.'),
        ({'url': '', 'host': ''}, 'there is nothing to probe; give url or host.'),
        ({'host': 'omk', 'port': 0}, 'port 0 is not between 1 and 65535.'),
        ({'host': 'omk', 'port': 65536}, 'port 65536 is not between 1 and 65535.'),
        ({'url': 'wss://omk:0/'}, 'port 0 is not between 1 and 65535.'),
        ({'host': 'omk', 'port': 'https'}, 'port is not a number.'),
        ({'host': 'omk example'}, HOST),
        ({'host': 'omk\r\nX: y'}, HOST),
        ({'host': '-omk'}, HOST),
        ({'host': 'omk..example'}, HOST),
        ({'host': 'a' * 64 + '.example'}, HOST),
        ({'host': LONGEST + 'a'}, HOST),
        ({'host': '[192.0.2.71'}, HOST),
        ({'host': '192.0.2.71]'}, HOST),
        ({'host': '::1%a b'}, HOST),
        ({'host': '::1%a\nb'}, HOST),
        ({'host': 'omk', 'scheme': 'ftp'}, 'scheme is neither wss nor ws.'),
        ({'host': 'omk', 'path': 'en/omk'}, 'websocket_check_path (option path) does not begin with /.'),
        ({'host': 'omk', 'path': ''}, 'websocket_check_path (option path) does not begin with /.'),
        ({'host': 'omk', 'path': '/a b'}, PATH),
        ({'host': 'omk', 'path': '/a\r\nX: y'}, PATH),
        ({'host': 'omk', 'path': '/a#b'}, PATH),
        ({'host': 'omk', 'address': 'omk2'}, ADDRESS),
        ({'host': 'omk', 'address': '192.0.2.7\n'}, ADDRESS),
        ({'url': 'wss://omk/a b'}, BLANK),
        ({'url': 'wss://omk/\r\nX: y'}, BLANK),
        ({'url': 'ftp://omk/'}, NOT_WEBSOCKET),
        ({'url': 'omk.example.com'}, NOT_WEBSOCKET),
        ({'url': 'wss:///path'}, NOT_WEBSOCKET),
        ({'url': 'wss://omk:port/'}, UNREADABLE),
        ({'url': 'wss://omk:70000/'}, UNREADABLE),
        ({'url': 'wss://[::1/'}, UNREADABLE),
        ({'url': 'wss://admin:secret@omk/'}, USER),
        ({'url': 'wss://omk/#top'}, FRAGMENT),
        ({'url': 'wss://omk/#'}, FRAGMENT),
        ({'host': 'omk', 'headers': {'X y': 'z'}}, 'headers holds a name that no HTTP header can have.'),
        ({'host': 'omk', 'headers': {'': 'z'}}, 'headers holds a name that no HTTP header can have.'),
        (
            {'host': 'omk', 'headers': {'X': 'a\r\nHost: b'}},
            'the header X holds a line end or another control character.',
        ),
        ({'host': 'omk', 'headers': {'X': '漢'}}, 'the header X holds a character that HTTP headers cannot carry.'),
        ({'host': 'omk', 'headers': {'host': 'other'}}, 'the header host belongs to the probe and cannot be given.'),
        ({'host': 'omk', 'headers': {'Origin': 'x'}}, 'the header Origin belongs to the probe and cannot be given.'),
        (
            {'host': 'omk', 'headers': {'Sec-WebSocket-Key': 'x'}},
            'the header Sec-WebSocket-Key belongs to the probe and cannot be given.',
        ),
        ({'host': 'omk', 'origin': 'https://a\n'}, 'origin holds a line end or another control character.'),
        ({'host': 'omk', 'origin': 'https://漢'}, 'origin holds a character that HTTP headers cannot carry.'),
        ({'host': 'omk', 'timeout': 0}, TIMEOUT),
        ({'host': 'omk', 'timeout': -1}, TIMEOUT),
        ({'host': 'omk', 'timeout': 86400.5}, TIMEOUT),
        ({'host': 'omk', 'timeout': float('nan')}, TIMEOUT),
        ({'host': 'omk', 'timeout': 'soon'}, NO_TIMEOUT),
        ({'host': 'omk', 'timeout': [5]}, NO_TIMEOUT),
        ({'host': 'omk', 'wait_for_event': -1}, WAIT),
        ({'host': 'omk', 'wait_for_event': float('inf')}, WAIT),
        (
            {'host': 'omk', 'wait_for_event': 'long'},
            NO_WAIT,
        ),
        ({'host': 'omk', 'username': 'nmis'}, TOGETHER),
        ({'host': 'omk', 'password': 'secret'}, TOGETHER),
        ({'host': 'omk', 'username': 'nmis', 'password': ''}, TOGETHER),
    ],
)
def test_refuses_what_cannot_be_used(options, sentence):
    with pytest.raises(Problem) as caught:
        build(options)
    assert str(caught.value) == sentence.replace('{}', repr(options.get('host')))


@pytest.mark.parametrize(
    'options',
    [
        {'url': 'wss://admin:hush-hush@omk/'},
        {'host': 'omk', 'headers': {'Authorization': 'hush-hush\n'}},
        {'host': 'omk', 'password': 'hush-hush'},
    ],
)
def test_refusals_quote_no_secret(options):
    with pytest.raises(Problem) as caught:
        build(options)
    assert 'hush-hush' not in str(caught.value)


@pytest.mark.parametrize(
    'options, origin',
    [
        ({'host': 'omk'}, 'https://omk'),
        ({'host': 'omk', 'port': 8042, 'scheme': 'ws'}, 'http://omk:8042'),
        ({'host': 'omk', 'origin': 'https://portal.example'}, 'https://portal.example'),
        ({'host': 'omk', 'origin': ''}, ''),
    ],
)
def test_origin_is_a_browser_s(options, origin):
    assert build(options)['origin'] == origin


@pytest.mark.parametrize(
    'path, logins',
    [
        (EVENTS_PATH, ['/en/omk/opCharts/login', '/en/omk/login']),
        ('/de/omk/opEvents/x/y', ['/de/omk/opEvents/login', '/de/omk/login']),
        ('/omk/opCharts/x?y=/en/omk/z/', ['/omk/opCharts/login', '/omk/login']),
        ('/other', ['/en/omk/opCharts/login', '/en/omk/login']),
    ],
)
def test_login_belongs_to_the_application_of_the_path(path, logins):
    assert build({'host': 'omk', 'path': path})['login_paths'] == logins


@pytest.mark.parametrize(
    'options, address',
    [
        ({'host': 'omk'}, None),
        ({'host': 'omk', 'address': '[2001:db8::7]'}, '2001:db8::7'),
        ({'host': 'omk', 'address': 'fe80::1%eth0'}, 'fe80::1%eth0'),
        ({'host': '192.0.2.7'}, '192.0.2.7'),
        ({'host': '192.0.2.7', 'address': '192.0.2.8'}, '192.0.2.8'),
    ],
)
def test_address_to_connect_to(options, address):
    assert build(options)['address'] == address


@pytest.mark.parametrize(
    'text, possible',
    [
        ('omk.example.com', True),
        ('omk', True),
        ('192.0.2.71', True),
        ('[2001:db8::1]', True),
        ('nöms.example', True),
        ('*.example.com', False),
        ('omk example', False),
        ('', False),
        ('-omk', False),
        ('${NAME}', False),
    ],
)
def test_what_a_browser_can_call_a_server(text, possible):
    assert is_host(text) is possible
