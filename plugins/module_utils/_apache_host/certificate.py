# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate and its key can be used (private to the collection)."""

import ssl

from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


def check(certificate: str, key: str) -> None:
    """Refuse a pair of PEM files with which Apache could not serve TLS.

    Args:
        certificate, key (str): paths; both may be the same file.

    Raises:
        Problem: a file is missing, unreadable or not PEM, the two do not match, or the key wants a pass phrase.
    """
    for path, what in ((certificate, 'certificate'), (key, 'private key of the certificate')):
        if not transaction.exists(path):
            raise Problem(f'the {what} does not exist', path, cure='put it there or correct the path')
        transaction.read(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if hasattr(ssl, 'PROTOCOL_TLS_SERVER') else ssl.PROTOCOL_TLS)
    asked = []

    def pass_phrase() -> str:
        asked.append(True)  # an exception from here would be a SystemError on Python 3.6
        return ''

    try:
        context.load_cert_chain(certificate, key, password=pass_phrase)
    except ssl.SSLError as error:
        if asked:
            raise Problem(
                'the private key wants a pass phrase, which Apache could not be given at a reload',
                key,
                cure='store the key without one, readable by root only',
            ) from None
        # OpenSSL says the second when certificate and key are not even of the same kind (RSA, EC).
        if 'MISMATCH' in (error.reason or '') or error.reason == 'NO_CERTIFICATE_ASSIGNED':
            raise Problem(
                f'the private key does not belong to the certificate {certificate}',
                key,
                cure='name in apache_websocket_certificate_key the key with which the certificate was requested',
            ) from None
        raise Problem(
            f'this and the private key {key} are not a PEM certificate and key that can be used',
            certificate,
            cure='check both with openssl x509 and openssl pkey',
        ) from None
    except OSError as error:
        raise Problem(f'this and the private key {key} cannot be read ({error.strerror})', certificate) from error
