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
    return subprocess.run(
        ['openssl', 'x509', '-in', path, '-outform', 'DER'], check=True, stdout=subprocess.PIPE
    ).stdout


@pytest.fixture(scope='module')
def certificate(certificates):
    return der(
        certificates.make(
            'DNS:a.example,DNS:*.b.example,IP:192.0.2.7,IP:2001:db8::7,email:x@y.example', end='270201120000Z'
        )
    )


def test_reads_the_fields(certificate):
    assert tls.facts(tls.parse_certificate(certificate), NOW) == {
        'subject': 'CN=omk, O=Example',
        'issuer': 'CN=Test CA, O=Example',
        'names': ['a.example', '*.b.example', '192.0.2.7', '2001:db8::7'],
        'not_before': '2020-01-01T00:00:00Z',
        'not_after': '2027-02-01T12:00:00Z',
        'days_left': 17,
    }


@pytest.mark.parametrize(
    'end, days', [('270115080000Z', 0), ('270115075959Z', -1), ('270116080000Z', 1), ('20600101000000Z', 12038)]
)
def test_days_left_are_whole_days(certificates, end, days):
    assert tls.facts(tls.parse_certificate(der(certificates.make(end=end))), NOW)['days_left'] == days


def test_openssl_agrees_about_the_authority(certificates):
    shown = subprocess.run(
        ['openssl', 'x509', '-in', certificates.pem, '-noout', '-enddate', '-dateopt', 'iso_8601'],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.decode()
    end = tls.facts(tls.parse_certificate(der(certificates.pem)), NOW)['not_after']
    assert shown.strip() == 'notAfter=' + end.replace('T', ' ')


def test_every_beginning_is_refused(certificate):
    for length in range(len(certificate)):
        with pytest.raises(Problem) as caught:
            tls.parse_certificate(certificate[:length])
        assert str(caught.value) == 'the certificate of the server cannot be read.'


def element(tag, *contents, width=None):
    """An element in DER, put together here and not by the code under test; `width` bytes of length in the long form."""
    body = b''.join(contents)
    if width is None and len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = width or (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, 'big') + body


def name(*parts):
    """A Name (RFC 5280 section 4.1.2.4); each part is (last byte of the attribute's identifier 2.5.4.x, tag, value)."""
    return element(
        0x30,
        *[
            element(0x31, element(0x30, element(0x06, bytes([0x55, 4, number])), element(tag, value)))
            for number, tag, value in parts
        ],
    )


AUTHORITY = name((3, 0x0C, b'CA'))
VERSION_3 = element(0xA0, element(0x02, b'\x02'))
YEAR = (element(0x17, b'260101000000Z'), element(0x17, b'270101000000Z'))
KEY_USAGE = (15, True, element(0x03, b'\x05\xa0'))
DNS = element(0x30, element(0x82, b'omk.example'))


def built(subject=AUTHORITY, issuer=AUTHORITY, times=YEAR, version=VERSION_3, rest=(), width=None):
    """A certificate of these parts (RFC 5280 section 4.1); `rest` is what follows the public key."""
    serial, algorithm, key, signature = element(0x02, b'\x01'), element(0x30), element(0x30), element(0x03, b'\x00')
    body = element(0x30, version, serial, algorithm, issuer, element(0x30, *times), subject, key, *rest, width=width)
    return element(0x30, body, algorithm, signature, width=width)


def extensions(*pairs):
    """The extensions of a certificate: each is (last byte of the identifier 2.5.29.x, critical, content)."""
    return element(
        0xA3,
        element(
            0x30,
            *[
                element(
                    0x30,
                    element(0x06, bytes([0x55, 0x1D, number])),
                    element(0x01, b'\xff') if critical else b'',
                    element(0x04, content),
                )
                for number, critical, content in pairs
            ],
        ),
    )


def test_a_name_lists_what_people_know_last_part_first():
    subject = name(
        (6, 0x13, b'NZ'),
        (8, 0x0C, b'Otago'),
        (10, 0x0C, 'Bücher'.encode()),
        (11, 0x1E, 'Größe'.encode('utf-16-be')),
        (3, 0x0C, b'omk'),
    )
    parsed = tls.parse_certificate(built(subject, name((3, 0x0C, b'first'), (3, 0x0C, b'second'))))
    assert parsed['subject'] == 'CN=omk, OU=Größe, O=Bücher, C=NZ'
    assert parsed['issuer'] == 'CN=second, CN=first'


def test_a_name_of_several_parts_at_one_level():
    pair = [
        element(0x30, element(0x06, bytes([0x55, 4, number])), element(0x0C, value))
        for number, value in ((10, b'Example'), (3, b'omk'))
    ]
    assert tls.parse_certificate(built(element(0x30, element(0x31, *pair))))['subject'] == 'CN=omk, O=Example'


def test_characters_that_are_none_do_not_hide_a_name():
    parsed = tls.parse_certificate(built(name((3, 0x0C, b'o\xffk')), name((3, 0x1E, b'\x00o\x00k\x00'))))
    assert (parsed['subject'], parsed['issuer']) == ('CN=o\ufffdk', 'CN=ok\ufffd')


@pytest.mark.parametrize(
    'time, seconds',
    [
        (element(0x17, b'491231235959Z'), 2524607999),
        (element(0x17, b'500101000000Z'), -631152000),
        (element(0x17, b'991231235959Z'), 946684799),
        (element(0x17, b'000101000000Z'), 946684800),
        (element(0x18, b'20491231235959Z'), 2524607999),
        (element(0x18, b'99991231235959Z'), 253402300799),
    ],
)
def test_times_in_both_forms(time, seconds):
    parsed = tls.parse_certificate(built(times=(time, element(0x17, b'270101000000Z'))))
    assert (parsed['not_before'], parsed['not_after']) == (seconds, 1798761600)


@pytest.mark.parametrize(
    'rest, names',
    [
        ((), []),
        ((extensions(KEY_USAGE),), []),
        ((extensions((17, False, DNS)),), ['omk.example']),
        ((extensions((17, True, DNS)),), ['omk.example']),
        ((extensions(KEY_USAGE, (17, False, DNS), (19, False, element(0x30))),), ['omk.example']),
        ((element(0x81, b'\x00id'), extensions((17, False, DNS))), ['omk.example']),
        ((extensions((17, False, element(0x30, element(0x82, b'm\xfcnchen')))),), ['m\ufffdnchen']),
    ],
)
def test_alternative_names_are_found_among_the_extensions(rest, names):
    assert tls.parse_certificate(built(rest=rest))['names'] == names


def test_a_certificate_of_version_1_has_no_version():
    assert tls.parse_certificate(built(name((3, 0x0C, b'old')), version=b''))['subject'] == 'CN=old'


@pytest.mark.parametrize('width', [1, 2, 3, 4])
def test_lengths_in_every_form(width):
    assert tls.parse_certificate(built(width=width))['subject'] == 'CN=CA'


@pytest.mark.parametrize(
    'damaged',
    [
        b'',
        b'\x30',
        b'HTTP/1.1 400 Bad Request',
        built(width=5),
        b'\x30\x80' + built()[2:] + b'\x00\x00',
        built(times=(element(0x17, b'260101000000Z'),)),
        built(times=(element(0x17, b'260101000000+0100'), element(0x17, b'270101000000Z'))),
        built(times=(element(0x17, b'261301000000Z'), element(0x17, b'270101000000Z'))),
        built(rest=[extensions((17, False, element(0x30, element(0x87, b'\x01\x02\x03'))))]),
    ],
)
def test_what_is_no_certificate_is_refused(damaged):
    with pytest.raises(Problem) as caught:
        tls.parse_certificate(damaged)
    assert str(caught.value) == 'the certificate of the server cannot be read.'


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


@pytest.mark.parametrize(
    'code, times, expected',
    [
        (9, (0, 1), 'tls_not_yet_valid'),
        (10, (0, 1), 'tls_expired'),
        (62, (0, 1), 'tls_name_mismatch'),
        (64, (0, 1), 'tls_name_mismatch'),
        (18, (0, 1), 'tls_untrusted'),
        (20, None, 'tls_untrusted'),
        (None, (NOW - 2, NOW - 1), 'tls_expired'),
        (None, (NOW + 1, NOW + 2), 'tls_not_yet_valid'),
        (None, (NOW - 1, NOW + 1), 'tls_untrusted'),
        (None, (NOW, NOW), 'tls_untrusted'),
        (18, (NOW - 2, NOW - 1), 'tls_untrusted'),
        (None, None, 'tls_untrusted'),
    ],
)
def test_verification_failures(code, times, expected):
    certificate = times and {'not_before': times[0], 'not_after': times[1]}
    assert tls.verification_failure(code, certificate, NOW) == expected


def record(*messages):
    body = b''.join(bytes([kind]) + len(content).to_bytes(3, 'big') + content for kind, content in messages)
    return b'\x16\x03\x03' + len(body).to_bytes(2, 'big') + body


ASKING = record((2, b'hello'), (11, b'certificates')) + record((13, b'request'), (14, b''))
NOT_ASKING = record((2, b'hello'), (11, b'\x0d' * 40), (14, b''))


@pytest.mark.parametrize(
    'reason, first_bytes, expected',
    [
        ('WRONG_VERSION_NUMBER', b'HTTP/1.1 400 Bad Request', 'tls_not_spoken'),
        ('WRONG_VERSION_NUMBER', b'SSH-2.0', 'tls_not_spoken'),
        ('TLSV13_ALERT_CERTIFICATE_REQUIRED', record((2, b'hello')), 'tls_client_certificate_wanted'),
        ('SSLV3_ALERT_HANDSHAKE_FAILURE', ASKING, 'tls_client_certificate_wanted'),
        ('SSLV3_ALERT_HANDSHAKE_FAILURE', NOT_ASKING, 'tls_failed'),
        ('SSLV3_ALERT_HANDSHAKE_FAILURE', b'\x15\x03\x03\x00\x02\x02\x28', 'tls_protocol'),
        ('TLSV1_ALERT_INTERNAL_ERROR', b'\x15\x03\x01\x00\x02\x02\x50', 'tls_protocol'),
        ('TLSV1_ALERT_INTERNAL_ERROR', NOT_ASKING, 'tls_failed'),
        ('', ASKING, 'tls_client_certificate_wanted'),
        ('', b'', 'tls_failed'),
        ('', b'\x15\x03\x03\x00\x02\x02\x28', 'tls_failed'),
        ('SSLV3_ALERT_HANDSHAKE_FAILURE', b'', 'tls_failed'),
        ('SSLV3_ALERT_BAD_CERTIFICATE', ASKING, 'tls_client_certificate_wanted'),
        ('TLSV1_ALERT_UNKNOWN_CA', ASKING, 'tls_client_certificate_wanted'),
        ('TLSV1_ALERT_UNKNOWN_CA', NOT_ASKING, 'tls_failed'),
        ('TLSV13_ALERT_CERTIFICATE_REQUIRED', b'', 'tls_client_certificate_wanted'),
        ('NO_PROTOCOLS_AVAILABLE', b'', 'tls_protocol'),
        ('TLSV1_ALERT_PROTOCOL_VERSION', ASKING, 'tls_protocol'),
        ('DECRYPTION_FAILED', ASKING, 'tls_failed'),
        ('TLSV1_ALERT_PROTOCOL_VERSION', b'\x15\x03\x01\x00\x02\x02\x46', 'tls_protocol'),
        ('UNSUPPORTED_PROTOCOL', record((2, b'hello')), 'tls_protocol'),
    ],
)
def test_handshake_failures(reason, first_bytes, expected):
    assert tls.handshake_failure(reason, first_bytes) == expected


def test_a_request_is_seen_as_soon_as_its_head_is_there():
    whole = len(record((2, b'hello'), (11, b'certificates'))) + 5 + 4  # the heads of the next record and message
    assert [tls.wants_client_certificate(ASKING[:length]) for length in range(len(ASKING))] == (
        [length >= whole for length in range(len(ASKING))]
    )


def records(data, size):
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b''.join(b'\x16\x03\x03' + len(piece).to_bytes(2, 'big') + piece for piece in pieces)


@pytest.mark.parametrize('size', [3, 300, 16384])
@pytest.mark.parametrize('chain', [b'', b'\x0d' * 300, b'\x0d' * 70000])
def test_messages_are_put_together_from_records(size, chain):
    before = b'\x02\x00\x00\x05hello\x0b' + len(chain).to_bytes(3, 'big') + chain
    assert tls.wants_client_certificate(records(before + b'\x0d\x00\x00\x00', size))
    assert not tls.wants_client_certificate(records(before + b'\x0e\x00\x00\x00', size))


def test_what_follows_the_clear_part_of_a_handshake_is_not_looked_at():
    assert not tls.wants_client_certificate(NOT_ASKING + b'\x14\x03\x03\x00\x01\x01' + record((13, b'by chance')))
    assert not tls.wants_client_certificate(b'\x17\x03\x03\x00\x04\x0d\x00\x00\x00')
