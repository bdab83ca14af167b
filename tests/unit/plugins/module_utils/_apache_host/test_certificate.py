# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import certificate
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

KEYS = {
    'ec': ['ecparam', '-name', 'prime256v1', '-genkey', '-noout'],
    'rsa': ['genrsa', '2048'],
}


def openssl(*arguments):
    return subprocess.check_output(['openssl', *arguments], stderr=subprocess.DEVNULL)


@pytest.fixture(params=['ec', 'rsa'])
def pair(request, tmp_path):
    """A certificate and its key, made by openssl."""
    key, own = tmp_path / 'x.key', tmp_path / 'x.crt'
    key.write_bytes(openssl(*KEYS[request.param]))
    openssl('req', '-x509', '-new', '-key', str(key), '-subj', '/CN=omk.example.com', '-days', '2', '-out', str(own))
    return own, key


def test_a_pair(pair):
    assert certificate.check(*map(str, pair)) is None


def test_both_in_one_file(pair, tmp_path):
    both = tmp_path / 'both.pem'
    both.write_bytes(pair[0].read_bytes() + pair[1].read_bytes())
    assert certificate.check(str(both), str(both)) is None


@pytest.mark.parametrize('kind', ['ec', 'rsa'])
def test_a_key_that_does_not_match(pair, kind):
    pair[1].write_bytes(openssl(*KEYS[kind]))
    with pytest.raises(Problem, match=r'x\.key: the private key does not belong to the certificate .*x\.crt; '):
        certificate.check(*map(str, pair))


def test_a_key_with_pass_phrase(pair, tmp_path):
    locked = tmp_path / 'locked.key'
    openssl('pkey', '-in', str(pair[1]), '-aes256', '-passout', 'pass:secret', '-out', str(locked))
    with pytest.raises(Problem, match=r'locked\.key: the private key wants a pass phrase'):
        certificate.check(str(pair[0]), str(locked))


@pytest.mark.parametrize('which', [0, 1])
def test_a_missing_file(pair, which):
    pair[which].unlink()
    with pytest.raises(Problem, match=f'{pair[which].name}: the .* does not exist; '):
        certificate.check(*map(str, pair))


@pytest.mark.parametrize('which', [0, 1])
def test_a_file_that_is_no_pem(pair, which):
    pair[which].write_bytes(b'not PEM')
    with pytest.raises(Problem, match='not a PEM certificate and key'):
        certificate.check(*map(str, pair))


def test_a_folder_in_place_of_the_certificate(pair, tmp_path):
    with pytest.raises(Problem, match='not a regular file|cannot be read'):
        certificate.check(str(tmp_path), str(pair[1]))
