# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a TLS connection tells: the certificate, and why a handshake failed (pure; private to the collection).

Python's ssl module hands out the fields of a certificate only after it has verified it; a probe needs them most when
it could not. So this reads the few fields it shows from the DER form.

Sources: RFC 5280 section 4.1 (certificate) and 4.2.1.6 (alternative names), X.690 section 8 (DER),
RFC 5246 section 7.4 (TLS 1.2 handshake messages), openssl-verification-options(1) (verify codes).
"""

import calendar
import ipaddress
import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

_SEQUENCE, _SET, _OID, _UTC_TIME, _GENERALIZED_TIME, _VERSION, _EXTENSIONS = 0x30, 0x31, 0x06, 0x17, 0x18, 0xA0, 0xA3
_OCTET_STRING, _DNS_NAME, _IP_ADDRESS, _BMP_STRING = 0x04, 0x82, 0x87, 0x1E
_SUBJECT_ALT_NAME = bytes((0x55, 0x1D, 0x11))
_NAME_PARTS = {bytes((0x55, 4, number)): text for number, text in ((3, 'CN'), (6, 'C'), (10, 'O'), (11, 'OU'))}

_VERIFY_CODES = {9: 'tls_not_yet_valid', 10: 'tls_expired', 62: 'tls_name_mismatch', 64: 'tls_name_mismatch'}
_HANDSHAKE, _ALERT, _RECORD_TYPES, _CERTIFICATE_REQUEST = 22, b'\x15', (20, 21, 22, 23), 13
_REFUSING_ALERTS = ('HANDSHAKE_FAILURE', 'BAD_CERTIFICATE', 'UNKNOWN_CA', 'ACCESS_DENIED')
_PROTOCOL_REASONS = (
    'PROTOCOL_VERSION',
    'UNSUPPORTED_PROTOCOL',
    'NO_PROTOCOLS_AVAILABLE',
    'NO_SHARED_CIPHER',
    'DH_KEY_TOO_SMALL',
    'INAPPROPRIATE_FALLBACK',
    'LEGACY_SIGALG',
    'UNSAFE_LEGACY_RENEGOTIATION',
)


def parse_certificate(der: t.Any) -> t.Any:
    """The fields of a certificate that people ask for.

    Args:
        der (bytes): the certificate.

    Returns:
        dict: `subject` and `issuer` (str, like `CN=omk, O=Example`), `names` (list of str: DNS names and IP addresses
        it is for), `not_before` and `not_after` (int, seconds since 1970).

    Raises:
        Problem: it is not a certificate.
    """
    try:
        return _parse(der)
    except (IndexError, ValueError, TypeError, OverflowError):
        raise Problem('the certificate of the server cannot be read') from None


def _parse(der: t.Any) -> t.Any:
    _tag, certificate, _end = _element(der, 0)
    body = list(_elements(_element(certificate, 0)[1]))
    if body[0][0] == _VERSION:
        body = body[1:]
    issuer, validity, subject = body[2][1], body[3][1], body[4][1]
    not_before, not_after = (_time(tag, content) for tag, content in _elements(validity))
    extensions = [content for tag, content in body[6:] if tag == _EXTENSIONS]
    return {
        'subject': _name(subject),
        'issuer': _name(issuer),
        'names': _alternative_names(extensions[0]) if extensions else [],
        'not_before': not_before,
        'not_after': not_after,
    }


def _element(der: t.Any, start: t.Any) -> t.Any:
    """(tag, content, end) of the element at `start`; ValueError or IndexError when it does not fit."""
    tag, length, position = der[start], der[start + 1], start + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise ValueError
        length, position = int.from_bytes(der[position : position + size], 'big'), position + size
    end = position + length
    if end > len(der):
        raise ValueError
    return tag, der[position:end], end


def _elements(der: t.Any) -> t.Iterator[t.Any]:
    position = 0
    while position < len(der):
        tag, content, position = _element(der, position)
        yield tag, content


def _name(der: t.Any) -> t.Any:
    parts = []
    for _set, relative in _elements(der):
        for _sequence, pair in _elements(relative):
            (_oid, oid), (tag, value) = _elements(pair)
            if oid in _NAME_PARTS:
                text = value.decode('utf-16-be' if tag == _BMP_STRING else 'utf-8', 'replace')
                parts.append(f'{_NAME_PARTS[oid]}={text}')
    return ', '.join(reversed(parts))


def _time(tag: t.Any, content: t.Any) -> t.Any:
    text = content.decode('ascii')
    if tag == _UTC_TIME:
        text = ('19' if text[:2] >= '50' else '20') + text
    return calendar.timegm(time.strptime(text, '%Y%m%d%H%M%SZ'))


def _alternative_names(extensions: t.Any) -> t.Any:
    names = []
    for _tag, extension in _elements(_element(extensions, 0)[1]):
        fields = list(_elements(extension))
        if fields[0] != (_OID, _SUBJECT_ALT_NAME):
            continue
        for tag, content in _elements(_element(fields[-1][1], 0)[1]):
            if tag == _DNS_NAME:
                names.append(content.decode('ascii', 'replace'))
            elif tag == _IP_ADDRESS:
                names.append(str(ipaddress.ip_address(content)))
    return names


def facts(certificate: t.Any, now: t.Any) -> t.Any:
    """The part of an observation that is about the certificate.

    Args:
        certificate (dict): from `parse_certificate`.
        now (float): seconds since 1970.

    Returns:
        dict: `subject`, `issuer`, `names`, `not_before`, `not_after` (UTC, `2027-01-31T12:00:00Z`) and `days_left`
        (int, whole days; negative once it has expired).
    """
    shown = {key: certificate[key] for key in ('subject', 'issuer', 'names')}
    for key in ('not_before', 'not_after'):
        shown[key] = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(certificate[key]))
    shown['days_left'] = int((certificate['not_after'] - now) // 86400)
    return shown


def verification_failure(verify_code: t.Any, certificate: t.Any, now: t.Any) -> t.Any:
    """Which error code explains a certificate that was not accepted.

    Args:
        verify_code (int or None): OpenSSL's code; None where Python does not tell (3.6).
        certificate (dict or None): from `parse_certificate`.
        now (float): seconds since 1970.
    """
    if verify_code is None and certificate:
        if certificate['not_after'] < now:
            return 'tls_expired'
        if certificate['not_before'] > now:
            return 'tls_not_yet_valid'
    return _VERIFY_CODES.get(verify_code, 'tls_untrusted')


def handshake_failure(reason: t.Any, first_bytes: t.Any) -> t.Any:
    """Which error code explains a handshake that failed for another reason than the certificate of the server.

    Args:
        reason (str): OpenSSL's reason, like `TLSV13_ALERT_CERTIFICATE_REQUIRED`; may be empty.
        first_bytes (bytes): what the server sent first, as far as it is kept.
    """
    if first_bytes and first_bytes[0] not in _RECORD_TYPES:
        return 'tls_not_spoken'
    if 'CERTIFICATE_REQUIRED' in reason:
        return 'tls_client_certificate_wanted'
    if wants_client_certificate(first_bytes) and (not reason or any(alert in reason for alert in _REFUSING_ALERTS)):
        return 'tls_client_certificate_wanted'
    # An alert instead of any answer to the client's offer: nothing in the offer suits the server. OpenSSL calls it an
    # internal error where the server itself has no TLS version left that its security level allows.
    refused_at_once = first_bytes[:1] == _ALERT and ('HANDSHAKE_FAIL' in reason or 'INTERNAL_ERROR' in reason)
    if refused_at_once or any(part in reason for part in _PROTOCOL_REASONS):
        return 'tls_protocol'
    return 'tls_failed'


def wants_client_certificate(first_bytes: t.Any) -> t.Any:
    """Whether a server asked for a certificate, as far as it did so in the clear (up to TLS 1.2).

    Args:
        first_bytes (bytes): what the server sent first.
    """
    messages, position = bytearray(), 0
    while len(first_bytes) >= position + 5 and first_bytes[position] == _HANDSHAKE:
        length = int.from_bytes(first_bytes[position + 3 : position + 5], 'big')
        messages += first_bytes[position + 5 : position + 5 + length]
        position += 5 + length
    position = 0
    while len(messages) >= position + 4:
        if messages[position] == _CERTIFICATE_REQUEST:
            return True
        position += 4 + int.from_bytes(messages[position + 1 : position + 4], 'big')
    return False
