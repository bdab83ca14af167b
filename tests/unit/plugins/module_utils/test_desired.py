# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def variable(option):
    """How a message calls an option."""
    return f'apache_websocket_{option} (option {option})'


@pytest.mark.parametrize(
    ('text', 'host', 'port'),
    [
        ('localhost:8042', 'localhost', 8042),
        ('omk-1.example.com:1', 'omk-1.example.com', 1),
        ('[::1]:65535', '[::1]', 65535),
        ('10.0.0.1:80', '10.0.0.1', 80),
        ('o:08042', 'o', 8042),
    ],
)
def test_backends(text, host, port):
    assert desired.parse_backend(text) == desired.Backend(host, port)


@pytest.mark.parametrize(
    'text',
    [
        'localhost',
        'localhost:',
        ':8042',
        'localhost:0',
        'localhost:65536',
        'localhost:080420',
        '::1:8042',
        'http://o:80',
    ],
)
def test_what_is_no_backend_is_refused(text):
    with pytest.raises(Problem) as refused:
        desired.parse_backend(text)
    assert str(refused.value) == (
        f"{variable('backend')}, '{text}', is not HOST:PORT; give it as in localhost:8042 or [::1]:8042."
    )


def test_what_is_no_name_is_told_with_an_example():
    with pytest.raises(Problem) as refused:
        desired.check_name('omk example')
    assert str(refused.value) == (
        f"{variable('server_name')}, 'omk example', is not a host name; give it as in omk.example.com."
    )


@pytest.mark.parametrize('paths', [['/en/omk/opCharts/events/log'], ['/a', '/b.c/d_e~f-g/']])
def test_paths(paths):
    desired.check_paths(paths)


@pytest.mark.parametrize('paths', [['en/omk'], ['/en/omk', 'en/omk'], ['en/omk', '/en/omk']])
def test_the_path_that_is_none_is_told(paths):
    with pytest.raises(Problem) as refused:
        desired.check_paths(paths)
    assert str(refused.value) == (
        f"{variable('paths')} holds 'en/omk', which cannot be a websocket path; begin it with a "
        'slash and use only letters, digits and . _ ~ - /.'
    )


def test_no_path_at_all_is_refused():
    with pytest.raises(Problem) as refused:
        desired.check_paths([])
    assert str(refused.value) == f'{variable("paths")} is empty; name at least one path, or leave it out.'


@pytest.mark.parametrize('name', ['omk', 'omk.example.com', 'omk_1.lan', '10.0.0.1', '[::1]', 'xn--80ak6aa92e.com'])
def test_names_of_servers(name):
    desired.check_name(name)


HOSTILE = ['a b', 'a\nb', 'a"b', "a'b", 'a\\', '${HOME}', '%{HTTP_HOST}', 'a\r', 'a\x00', 'a>', '#a', '-a', 'a/b', '']


@pytest.mark.parametrize('name', HOSTILE)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Problem, match='is not a host name'):
        desired.check_name(name)


@pytest.mark.parametrize('path', ['/' + text for text in HOSTILE if text not in ('-a', 'a/b')] + ['a/b', ''])
def test_nothing_gets_into_the_configuration_by_a_path(path):
    with pytest.raises(Problem, match='cannot be a websocket path'):
        desired.check_paths(['/en/omk', path])


@pytest.mark.parametrize('text', HOSTILE)
def test_nothing_gets_into_the_configuration_by_the_backend(text):
    for backend in (text + ':8042', 'localhost:' + text, 'localhost:8042' + (text or ' ')):
        with pytest.raises(Problem, match='is not HOST:PORT'):
            desired.parse_backend(backend)


OPTIONS = {'backend': 'omk:8042', 'port': 443, 'server_name': None, 'forwarded_proto': True, 'idle_timeout': None}


def test_a_desired_state_from_options():
    assert desired.from_options(['/a'], **OPTIONS) == desired.Desired(
        ('/a',), desired.Backend('omk', 8042), 443, '', True, None
    )
    given = dict(OPTIONS, port=65535, server_name='omk.lan', forwarded_proto=False, idle_timeout=1)
    assert desired.from_options(['/a', '/b'], **given) == desired.Desired(
        ('/a', '/b'), desired.Backend('omk', 8042), 65535, 'omk.lan', False, 1
    )
    assert desired.from_options(['/a'], **dict(OPTIONS, port=1)).port == 1


@pytest.mark.parametrize(
    ('option', 'sentence'),
    [
        ({'port': 0}, f'{variable("port")} is not a port; use a number from 1 to 65535.'),
        ({'port': 65536}, f'{variable("port")} is not a port; use a number from 1 to 65535.'),
        (
            {'idle_timeout': 0},
            f'{variable("idle_timeout")} is not a time; use a whole number of seconds from 1.',
        ),
        (
            {'backend': 'omk'},
            f"{variable('backend')}, 'omk', is not HOST:PORT; give it as in localhost:8042 or [::1]:8042.",
        ),
    ],
)
def test_an_option_that_cannot_be_used(option, sentence):
    with pytest.raises(Problem) as refused:
        desired.from_options(['/a'], **dict(OPTIONS, **option))
    assert str(refused.value) == sentence


def test_the_paths_of_a_desired_state_are_checked():
    with pytest.raises(Problem, match='cannot be a websocket path'):
        desired.from_options(['/a', 'b'], **OPTIONS)
