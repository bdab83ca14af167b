# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random expressions, as in ``<If>``, and whether they hold for a handshake, with real Apache as the judge."""

import http.client
import os
import random
import ssl

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import expression, rewrite
from layouts import PATH

NAME = 'omk.example.com'
SEED = int(os.environ.get('OMK_SEED') or 1)
SITE = f"""<VirtualHost *:443>
    ServerName {NAME}
    SSLEngine on
    SSLCertificateFile /etc/ssl/omk/{NAME}.crt
    SSLCertificateKeyFile /etc/ssl/omk/{NAME}.key
    ProxyPass {PATH} http://localhost:8042{PATH}
    %s
</VirtualHost>
"""
VARIABLES = (
    *('%{HTTPS}', '%{SERVER_PORT}', '%{REQUEST_URI}', '%{HTTP_HOST}', '%{HTTP:Upgrade}', '%{http:connection}'),
    *('%{QUERY_STRING}', '%{THE_REQUEST}', '%{REQUEST_SCHEME}', '%{SERVER_NAME}', '%{HTTP:Origin}', '%{HTTP_REFERER}'),
    *('%{REQUEST_METHOD}', '%{SERVER_PROTOCOL}', '%{IS_SUBREQ}', '%{REQUEST_FILENAME}', '%{REMOTE_ADDR}'),
    *('%{HTTP:X-Forwarded-Proto}', "req('Upgrade')", "http('Host')", '%{DOCUMENT_URI}'),
)
STRINGS = (
    *("'on'", "'off'", "''", "'443'", '443', '44', "'0443'", f"'{NAME}'", f"'{NAME.upper()}'", "'https'", "'GET'"),
    *("'websocket'", "'WebSocket'", "'Upgrade'", f"'{PATH}'", "'%{HTTPS}'", "'%{HTTPS}x'", "'x%{SERVER_PORT}'"),
    *("'false'", "'no'", "'0'", "'1'", r"'o\'n'", r"'o\\n'", "'HTTP/1.1'", f"'https://{NAME}'", "'443abc'", "' 443'"),
)
PATTERNS = (
    *("'*'", "'/*'", "'/*/log'", "'/en/*/*/*/log'", "'/en/omk/opCharts/events/???'", "'O*'", "'o*'", "'[mno]*'"),
    *("'[!x]*'", "'[^x]*'", "'[a-z]n'", r"'\\on'", r"'\*'", "'on'", "'[o'", "'[]o]n'", "'*.example.*'", "''", "'?n'"),
    *("'[!a-z]*'", "'/en/[!x]mk/*'", "'/en[/]omk*'", "'*n'", "'**'", "'[a-]n'", "'[[:alpha:]]n'", r"'[\o]n'"),
)
REGEXES = (
    *('/^on$/', '/ON/', '/ON/i', 'm#^/en/omk/#', 'm|websocket|i', '/^$/', '/./', r'm#\.example\.#'),
    *('/(on|off)/', 'm!log$!', r'/^\d+$/', '/^[[:digit:]]+$/', '/o*/', '/(?i)ON/', r'/\bon\b/', 'm,events/log,'),
)
FUNCTIONS = ('tolower', 'toupper', 'escape')


def text(choose):
    """A string, as most of an expression consists of them."""
    found = choose.choice(choose.choice((VARIABLES, VARIABLES, STRINGS)))
    return f'{choose.choice(FUNCTIONS)}({found})' if choose.random() < 0.05 else found


def condition(choose):
    """What stands between || and &&."""
    kind = choose.choice(('word', 'tested', 'compared', 'compared', 'number', 'matched', 'glob', 'glob', 'list'))
    if kind == 'word':
        return choose.choice(('true', 'false'))
    if kind == 'tested':
        return f'-{choose.choice("nzT")} {text(choose)}'
    if kind == 'compared':
        return f'{text(choose)} {choose.choice(("==", "!=", "="))} {text(choose)}'
    if kind == 'number':
        return f'{text(choose)} {choose.choice(("-eq", "-ne", "-lt", "-ge"))} {text(choose)}'
    if kind == 'matched':
        return f'{text(choose)} {choose.choice(("=~", "!~"))} {choose.choice(REGEXES)}'
    if kind == 'glob':
        return f'{text(choose)} {choose.choice(("-strmatch", "-strcmatch", "-fnmatch"))} {choose.choice(PATTERNS)}'
    return f'{text(choose)} -in {{ {text(choose)}, {text(choose)} }}'


def written(choose, deep=0):
    """An expression."""
    found = f'({written(choose, deep + 1)})' if deep < 2 and choose.random() < 0.2 else condition(choose)
    if choose.random() < 0.15:
        found = choose.choice(('!', '! ', 'not ')) + f'({found})' if choose.random() < 0.7 else '!' + found
    if choose.random() < 0.3:
        found += choose.choice((' && ', ' || ', '&&', ' and ', ' or ')) + written(choose, deep + 1)
    return found


def answer(lab, headers):
    """The names, in lower case, of the headers in the answer to a handshake.

    It reaches OMK as an ordinary request: Apache adds no header to the answer that opens a websocket.
    """
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(lab.server.address, context=context, timeout=30)
    try:
        connection.putrequest('GET', PATH, skip_host=True, skip_accept_encoding=True)
        for header in headers.items():
            connection.putheader(*header)
        connection.endheaders()
        return {name.lower() for name in connection.getresponse().headers}
    finally:
        connection.close()


@pytest.mark.exhaustive
@pytest.mark.parametrize('number', range(8))
def test_what_is_known_of_an_expression_is_right(lab, number, record_property):
    choose = random.Random(f'{SEED} {number}')
    expressions = [written(choose) for _number in range(120)]
    blocks = '\n    '.join(
        f'<If "{one}">\n        Header always set X-Held-{index} yes\n    </If>'
        for index, one in enumerate(expressions)
    )
    site = 'sites-available/omk.conf'
    lab.lay({site: (SITE % blocks).encode()}, {'sites-enabled/omk.conf': f'../{site}'})
    assert lab.reload() == ''
    sent = {
        'Host': NAME,
        'Upgrade': 'websocket',
        'Connection': 'Upgrade',
        'Origin': f'https://{NAME}',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    }
    held = answer(lab, sent)
    variables = rewrite.request_variables(PATH, NAME, 443)
    wrong, known = [], 0
    for index, one in enumerate(expressions):
        ours, real = expression.holds(one, variables), f'x-held-{index}' in held
        known += ours is not None
        if ours not in (None, real):
            wrong.append((one, ours))
    assert wrong == []
    assert known > len(expressions) / 3
    record_property('expressions known', known)
