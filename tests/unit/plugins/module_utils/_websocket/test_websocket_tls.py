# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import random
import subprocess

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import tls

NOW = 1800000000  # 2027-01-15T08:00:00Z


def der(path):
    return subprocess.run(['openssl', 'x509', '-in', path, '-outform', 'DER'], check=True,
                          stdout=subprocess.PIPE).stdout


@pytest.fixture(scope='module')
def certificate(certificates):
    return der(certificates.make('DNS:a.example,DNS:*.b.example,IP:192.0.2.7,IP:2001:db8::7,email:x@y.example',
                                 end='270201120000Z'))


def test_reads_the_fields(certificate):
    assert tls.facts(tls.parse_certificate(certificate), NOW) == {
        'subject': 'CN=omk, O=Example',
        'issuer': 'CN=Test CA, O=Example',
        'names': ['a.example', '*.b.example', '192.0.2.7', '2001:db8::7'],
        'not_before': '2020-01-01T00:00:00Z',
        'not_after': '2027-02-01T12:00:00Z',
        'days_left': 17,
    }


@pytest.mark.parametrize('end, days', [('270115080000Z', 0), ('270115075959Z', -1), ('270116080000Z', 1),
                                       ('20600101000000Z', 12038)])
def test_days_left_are_whole_days(certificates, end, days):
    assert tls.facts(tls.parse_certificate(der(certificates.make(end=end))), NOW)['days_left'] == days


def test_openssl_agrees_about_the_authority(certificates):
    shown = subprocess.run(['openssl', 'x509', '-in', certificates.pem, '-noout', '-enddate', '-dateopt', 'iso_8601'],
                           check=True, stdout=subprocess.PIPE).stdout.decode()
    end = tls.facts(tls.parse_certificate(der(certificates.pem)), NOW)['not_after']
    assert shown.strip() == 'notAfter=' + end.replace('T', ' ')


def test_every_beginning_is_refused(certificate):
    for length in range(len(certificate)):
        with pytest.raises(Problem):
            tls.parse_certificate(certificate[:length])


def test_damage_is_read_or_refused(certificate):
    dice = random.Random(6455)
    outcomes = set()
    for _round in range(3000):
        damaged = bytearray(certificate)
        for _change in range(dice.randint(1, 4)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            outcomes.add(set(tls.facts(tls.parse_certificate(bytes(damaged)), NOW)) >= {'subject', 'days_left'})
        except Problem:
            outcomes.add('refused')
    assert outcomes == {True, 'refused'}


@pytest.mark.parametrize('code, times, expected', [
    (9, (0, 1), 'tls_not_yet_valid'),
    (10, (0, 1), 'tls_expired'),
    (62, (0, 1), 'tls_name_mismatch'),
    (64, (0, 1), 'tls_name_mismatch'),
    (18, (0, 1), 'tls_untrusted'),
    (20, None, 'tls_untrusted'),
    (None, (NOW - 2, NOW - 1), 'tls_expired'),
    (None, (NOW + 1, NOW + 2), 'tls_not_yet_valid'),
    (None, (NOW - 1, NOW + 1), 'tls_untrusted'),
    (None, None, 'tls_untrusted'),
])
def test_verification_failures(code, times, expected):
    certificate = times and {'not_before': times[0], 'not_after': times[1]}
    assert tls.verification_failure(code, certificate, NOW) == expected


def record(*messages):
    body = b''.join(bytes([kind]) + len(content).to_bytes(3, 'big') + content for kind, content in messages)
    return b'\x16\x03\x03' + len(body).to_bytes(2, 'big') + body


ASKING = record((2, b'hello'), (11, b'certificates')) + record((13, b'request'), (14, b''))
NOT_ASKING = record((2, b'hello'), (11, b'\x0d' * 40), (14, b''))


@pytest.mark.parametrize('reason, first_bytes, expected', [
    ('WRONG_VERSION_NUMBER', b'HTTP/1.1 400 Bad Request', 'tls_not_spoken'),
    ('WRONG_VERSION_NUMBER', b'SSH-2.0', 'tls_not_spoken'),
    ('TLSV13_ALERT_CERTIFICATE_REQUIRED', record((2, b'hello')), 'tls_client_certificate_wanted'),
    ('SSLV3_ALERT_HANDSHAKE_FAILURE', ASKING, 'tls_client_certificate_wanted'),
    ('SSLV3_ALERT_HANDSHAKE_FAILURE', NOT_ASKING, 'tls_failed'),
    ('SSLV3_ALERT_HANDSHAKE_FAILURE', b'\x15\x03\x03\x00\x02\x02\x28', 'tls_protocol'),
    ('', ASKING, 'tls_client_certificate_wanted'),
    ('', b'', 'tls_failed'),
    ('DECRYPTION_FAILED', ASKING, 'tls_failed'),
    ('TLSV1_ALERT_PROTOCOL_VERSION', b'\x15\x03\x01\x00\x02\x02\x46', 'tls_protocol'),
    ('UNSUPPORTED_PROTOCOL', record((2, b'hello')), 'tls_protocol'),
    ('TLSV1_ALERT_INTERNAL_ERROR', b'\x15\x03\x01\x00\x02\x02\x50', 'tls_failed'),
])
def test_handshake_failures(reason, first_bytes, expected):
    assert tls.handshake_failure(reason, first_bytes) == expected


def test_an_unfinished_record_is_no_request():
    for length in range(len(ASKING)):
        assert tls.wants_client_certificate(ASKING[:length]) in (True, False)
    assert tls.wants_client_certificate(ASKING)
    assert not tls.wants_client_certificate(ASKING[:25])
