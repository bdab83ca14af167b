# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import tls_files
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node

PLACE = tls_files.Place('/etc/omk.conf', 3)


def directives(*pairs):
    return [Node(name, args, None, '/etc/omk.conf', 9) for name, args in pairs]


def config(inside, outside=()):
    return directives(*outside) + [Node('VirtualHost', '*:443', directives(*inside), *PLACE)]


CERTIFICATE, KEY = 'SSLCertificateFile', 'SSLCertificateKeyFile'


@pytest.mark.parametrize(
    'inside, outside, pairs',
    [
        ([], [], []),
        ([(CERTIFICATE, '/c')], [], [('/c', '/c')]),
        ([(CERTIFICATE, '"/c d"'), (KEY, '/k')], [], [('/c d', '/k')]),
        ([('sslcertificatefile', '/c')], [(CERTIFICATE, '/other')], [('/c', '/c')]),
        ([('SSLEngine', 'on')], [(KEY, '/k'), (CERTIFICATE, '/c')], [('/c', '/k')]),
        ([(CERTIFICATE, '/rsa'), (CERTIFICATE, '/ec'), (KEY, '/1')], [], [('/rsa', '/1'), ('/ec', '/ec')]),
        ([(CERTIFICATE, 'conf/c'), (KEY, '/k')], [], []),
        ([(CERTIFICATE, '/c'), (KEY, 'pkcs11:token')], [], []),
        ([(CERTIFICATE, '')], [], []),
    ],
    ids=['none', 'one file', 'quoted', 'its own', 'of the server', 'two', 'relative', 'token', 'without argument'],
)
def test_the_pairs_of_a_virtualhost(inside, outside, pairs):
    assert tls_files.pairs(config(inside, outside), PLACE) == pairs
