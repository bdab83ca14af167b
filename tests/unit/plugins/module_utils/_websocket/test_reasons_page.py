# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/reasons.md holds the table that the code has. Run this file as a program to write the table anew."""

import os
import re

from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import REASONS

COMMAND = 'PYTHONPATH=.collections python tests/unit/plugins/module_utils/_websocket/test_reasons_page.py'
PAGE = os.path.abspath(os.path.join(__file__, *[os.pardir] * 6, 'docs', 'reasons.md'))
BEGIN, END = '<!-- table: begin -->\n', '<!-- table: end -->\n'


#: The first code of each group, and its heading.
GROUPS = {
    'opcommon_unreadable': 'What has to be readable first',
    'omk_down': 'OMK itself',
    'dns_failed': 'The way to the web server',
    'tls_not_spoken': 'TLS and certificates',
    'vhost_missing': "Apache's configuration",
    'generic_rule_won': 'What answers instead of the websocket',
    'forwarded_proto_missing': 'What the browser is told',
    'login_failed': 'The session',
    'not_checked': 'The rest',
}


def table():
    """The tables of every reason, in Markdown. The report links to the anchors."""
    lines = []
    for reason in REASONS:
        if reason.code in GROUPS:
            lines += [
                '',
                '### ' + GROUPS[reason.code],
                '',
                '| code | what was seen | cause | what to do | site.yml cures it |',
            ]
            lines.append('| --- | --- | --- | --- | --- |')
        cure = reason.advice.replace('{place}', ' (*file:line*)').replace('{apache_detail}', '').strip()
        cells = [reason.seen, reason.cause, re.sub(r'\{(\w+)\}', readable, cure)]
        cells.append('' if reason.code == 'green' else reason.cure or 'no')
        cells = [cell.replace('|', '\\|').replace('<', '&lt;') for cell in cells]
        lines.append(' | '.join([f'| <a id="{reason.code}"></a>`{reason.code}`', *cells]) + ' |')
    return '\n'.join([*lines[1:], ''])


def readable(match):
    return '*' + match.group(1).replace('_', ' ') + '*'


def shown(page):
    return page[page.index(BEGIN) + len(BEGIN) : page.index(END)]


def read():
    with open(PAGE, encoding='utf-8') as page:
        return page.read()


def test_the_page_has_the_table_of_the_code():
    assert shown(read()) == table(), f'docs/reasons.md is not what the code has; write it anew with {COMMAND}'


def test_each_reason_has_an_anchor_and_each_group_a_heading():
    page = read()
    assert all(page.count(f'<a id="{reason.code}"></a>') == 1 for reason in REASONS)
    assert re.findall('^### (.*)$', shown(page), re.MULTILINE) == list(GROUPS.values())


def test_the_page_says_how_many_there_are():
    assert f'{len(REASONS)} codes' in read()


if __name__ == '__main__':
    before, _begin, rest = read().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    with open(PAGE, 'w', encoding='utf-8') as new:
        new.write(before + BEGIN + table() + END + after)
