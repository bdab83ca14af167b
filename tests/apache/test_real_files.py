# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files that nobody here wrote, on real Apache: green, or refused with one sentence, and back.

They are not part of the project: `OMK_CORPUS` names their folder. Without it conftest.py leaves this file out.
"""

import os
import pathlib
import re

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import config_text
from layouts import PATH

FILES = sorted(path for path in pathlib.Path(os.environ['OMK_CORPUS'], 'apache').rglob('*') if path.is_file())
OWN = '/etc/ssl/omk/omk.example.com'
OUR_SITE = f"""<VirtualHost *:443>
    ServerName omk.example.com
    SSLEngine on
    SSLCertificateFile {OWN}.crt
    SSLCertificateKeyFile {OWN}.key
    ProxyPass /en/omk http://localhost:8042/en/omk
</VirtualHost>
"""


def test_the_corpus_is_there():
    assert len(FILES) > 20


def arguments(text, *names):
    """The first argument of each of these directives that are not commented out, variables aside."""
    pattern = rf'^[ \t]*(?:{"|".join(names)})[ \t]+"?([^"\s$]+)(?=["\s])'
    return sorted(set(re.findall(pattern, text, re.MULTILINE | re.IGNORECASE)))


def tags(text):
    """The arguments of the VirtualHost tags, continued lines joined."""
    return re.findall(r'^[ \t]*<VirtualHost\s+([^>]*)>', re.sub(r'\\\r?\n', ' ', text), re.MULTILINE | re.IGNORECASE)


def surround(lab, text):
    """Give the host what the file takes for granted: folders, certificates, included files and addresses.

    Returns:
        str: the Listen lines that go with its VirtualHosts.
    """
    for path in arguments(text, 'SSLCertificateFile', 'SSLCertificateChainFile', 'SSLCACertificateFile'):
        lab.shell(f'install -D {OWN}.crt {path}')
    for path in arguments(text, 'SSLCertificateKeyFile'):
        lab.shell(f'install -D {OWN}.key {path}')
    for path in arguments(text, 'ErrorLog', 'CustomLog', 'TransferLog'):
        lab.shell(f'mkdir -p {os.path.dirname(path)}' if path.startswith('/') else ':')
    for path in arguments(text, 'DocumentRoot'):
        lab.shell(f'mkdir -p {path}')
    for path in arguments(text, 'Include'):
        lab.shell(f'[ -e {path} ] || install -D /dev/null {path}')
    ports = set()
    for address in ' '.join(tags(text)).split():
        host, _colon, port = address.rpartition(':')
        ports.add(port)
        if re.fullmatch(r'\d+(\.\d+){3}', host) and not host.startswith(('0.', '127.')):
            lab.has_address(host)
        elif host.startswith('[') and host.strip('[]0:').strip('0123456789abcdef') != '':
            lab.has_address(host.strip('[]'))
    ports -= {'80', '443', *arguments(text, 'Listen')}
    return ''.join(f'Listen {port}\n' for port in sorted(ports) if port.isdigit())


@pytest.fixture(scope='module')
def furnished(lab):
    """The host with more of Debian's modules loaded, as servers have them on which people have all kinds of sites."""
    modules = 'expires include userdir cgid dav dav_fs usertrack'
    lab.shell(f'a2enmod -q {modules}')
    yield lab
    lab.shell(f'a2dismod -q -f {modules}')
    lab.do('pristine')
    assert lab.reload(full=True) == ''


def accepted(lab, path, listen):
    """Whether Apache runs on the file, beside a site of ours when it has none for TLS."""
    name = 'sites-enabled/real.conf' if path.suffix == '.conf' else 'sites-enabled/real.htaccess'
    files = {name: path.read_bytes(), 'conf-enabled/real-listen.conf': listen.encode()}
    if path.suffix != '.conf':
        files['sites-enabled/real.conf'] = f'<Directory /var/www/html>\nInclude {name}\n</Directory>\n'.encode()
    if not re.search(r'^\s*SSLEngine\s+on', path.read_text('latin-1'), re.MULTILINE | re.IGNORECASE):
        files['sites-enabled/zz-omk.conf'] = OUR_SITE.encode()
    lab.lay(files, {})
    return lab.reload(full=True)


def target(lab, text):
    """The first TLS VirtualHost: the one for 443, else one whose port the file's own SSL sections use."""
    vhosts = lab.do('vhosts')
    ports = ['443', *re.findall(r':(\d*443|7081)\b', text)]
    return next((vhost for port in ports for vhost in vhosts if vhost['port'] == port), None)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_real_file(furnished, path, record_property):
    lab, text = furnished, path.read_bytes().decode('latin-1')
    assert ''.join(text[line.start : line.end] for line in config_text.logical_lines(text)) == text
    said = accepted(lab, path, surround(lab, text))
    if said:
        record_property('real files', 'not accepted by Apache')
        assert re.search(r'[Ss]yntax error|Invalid command|not allowed|AH\d{5}', said), said
        return
    before, vhost = lab.fingerprint(), target(lab, text)
    options = {'port': int(vhost['port']), 'vhost': vhost['place']}
    result = lab.module(**options)
    if result.get('failed'):
        record_property('real files', 'refused')
        assert re.fullmatch(r'[^\n]+\.', result['msg'])
        assert 'made by a macro' in result['msg']
        assert lab.fingerprint() == before
        return
    record_property('real files', 'right')
    assert lab.reload() == ''
    answer = lab.do(
        'ask', address=lab.at(vhost['address']), port=options['port'], name=vhost['name'], path=PATH, websocket=True
    )
    assert answer == [101, '', 'event']
    assert lab.module(**options)['changed'] is False
    assert lab.module(state='absent', **options)['changed'] is result['changed']
    assert lab.fingerprint() == before
