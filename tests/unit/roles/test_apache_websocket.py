# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VirtualHost that the role makes: its TLS settings, and what may get into it."""

import pathlib
import re

import jinja2
import pytest
import yaml
from ansible.module_utils.parsing.convert_bool import boolean

ROLE = pathlib.Path(__file__).resolve().parents[3] / 'roles/apache_websocket'
DEFAULTS = yaml.safe_load((ROLE / 'defaults/main.yml').read_text())
# Mozilla's "intermediate" profile, version 6.0: TLS 1.2 with forward secrecy and authenticated encryption, and TLS 1.3.
CIPHERS = {
    f'ECDHE-{key}-{cipher}'
    for key in ('ECDSA', 'RSA')
    for cipher in ('AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305')
}


def render(**changed):
    """The text of the VirtualHost, with these variables of the role besides the defaults."""
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters['bool'] = boolean
    given = {'server_name': 'omk.example.com', 'certificate': '/etc/ssl/omk.crt', 'certificate_key': '/etc/ssl/omk.key'}
    variables = dict(DEFAULTS, **{f'apache_websocket_{name}': value for name, value in {**given, **changed}.items()})
    return environment.from_string((ROLE / 'templates/vhost.conf.j2').read_text()).render(variables)


def directive(text, name):
    """The arguments of the only such directive."""
    [arguments] = re.findall(rf'^\s*{name} (.*)$', text, re.MULTILINE)
    return arguments


def test_tls_is_what_mozilla_recommends():
    text = render()
    # Whatever is newer than what is taken out: an OpenSSL without TLS 1.3 refuses its name.
    assert directive(text, 'SSLProtocol') == 'all -SSLv3 -TLSv1 -TLSv1.1'
    assert set(directive(text, 'SSLCipherSuite').split(':')) == CIPHERS
    assert directive(text, 'SSLHonorCipherOrder') == 'off'
    assert directive(text, 'SSLSessionTickets') == 'off'


@pytest.mark.parametrize('hsts', [False, 'no', 'false', 'off', 0])
def test_browsers_are_not_told_to_remember_unless_asked_for(hsts):
    assert DEFAULTS['apache_websocket_hsts'] is False
    assert 'Strict-Transport-Security' not in render(hsts=hsts)


@pytest.mark.parametrize('hsts', [True, 'yes'])
def test_hsts_on_request(hsts):
    assert directive(render(hsts=hsts), 'Header always set Strict-Transport-Security') == '"max-age=63072000"'


@pytest.mark.parametrize('forwarded', [False, 'no'])
def test_forwarded_proto_can_be_left_out(forwarded):
    assert 'RequestHeader set X-Forwarded-Proto "https"' in render()
    assert 'X-Forwarded-Proto' not in render(forwarded_proto=forwarded)


@pytest.mark.parametrize(
    ('timeout', 'line'),
    [(0, ''), ('0', ''), (600, ' timeout=600'), ('600\n', ' timeout=600'), ('1 retry=0\nListen 1', '')],
)
def test_only_a_number_gets_in_as_idle_timeout(timeout, line):
    path = DEFAULTS['apache_websocket_paths'][0]
    expected = f'ProxyPass "ws://localhost:8042{path}" disablereuse=on{line}\n'
    assert expected in render(idle_timeout=timeout)
    assert render(idle_timeout=timeout).count('\n') == render().count('\n')


def test_only_a_number_gets_in_as_port():
    assert '<VirtualHost *:0>\n' in render(port='443>\nInclude /etc/passwd\n<X')


def allowed(name):
    """The regular expression of the role's own check, as Ansible resolves it."""
    variables = yaml.safe_load((ROLE / 'vars/main.yml').read_text())
    return re.compile(jinja2.Template(variables[name]).render(variables))


@pytest.mark.parametrize('name', ['omk', 'omk.example.com', 'a-1.b', 'x' * 63 + '.example.com'])
def test_host_names(name):
    assert allowed('__apache_websocket_host_name').match(name)


HOSTILE = ['a b', 'a\n', 'a\nb', 'a"', "a'", 'a\\', '${HOME}', '%{HTTP_HOST}', 'a\r', 'a\x00', 'a>', '#a', 'a;b', '']


@pytest.mark.parametrize(
    'text', [*HOSTILE, '-a', 'a-', 'a..b', '.a', 'x' * 64, 'a/b', 'omk_1', ('x' * 50 + '.') * 5 + 'xxx']
)
def test_no_other_server_name(text):
    assert not allowed('__apache_websocket_host_name').match(text)


@pytest.mark.parametrize(
    'path', ['/etc/ssl/omk.crt', '/etc/letsencrypt/live/omk.example.com/privkey.pem', '/a/b+c@d-e_f']
)
def test_paths(path):
    assert allowed('__apache_websocket_absolute_path').match(path)


@pytest.mark.parametrize('text', [*('/etc/' + text for text in HOSTILE if text), 'relative.pem', '/', ''])
def test_no_other_path(text):
    assert not allowed('__apache_websocket_absolute_path').match(text)


@pytest.mark.parametrize('variable', ['server_name', 'certificate', 'certificate_key'])
def test_the_checks_cover_what_the_template_takes_as_it_is(variable):
    needed = yaml.safe_load((ROLE / 'vars/main.yml').read_text())['__apache_websocket_needed']
    patterns = {one['name']: one['pattern'] for one in needed}
    kind = 'host_name' if variable == 'server_name' else 'absolute_path'
    assert patterns[f'apache_websocket_{variable}'] == f'{{{{ __apache_websocket_{kind} }}}}'
