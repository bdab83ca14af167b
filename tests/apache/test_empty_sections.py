# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections that hold nothing, of every type, put at random places into the corpus, with real Apache as the judge."""

import os
import random
import re

import pytest
from layouts import LAYOUTS, plain, printed
from test_layouts import check_status, handshakes, told_scheme

#: Nothing listens there.
OTHER_VHOST = '<VirtualHost *:444>'
SECTIONS = (
    '<Directory /srv/empty>',
    '<DirectoryMatch "^/srv/empty">',
    '<Files "empty">',
    '<FilesMatch "^empty$">',
    '<Location "/en/omk">',
    '<LocationMatch "^/en">',
    '<Proxy "*">',
    '<ProxyMatch "^ws:">',
    '<If "true">',
    '<IfModule !mod_nothing.c>',
    OTHER_VHOST,
)
CONTENTS = ('', '# nothing', '<IfModule mod_nothing.c>\nRequestHeader unset X-Forwarded-Proto\n</IfModule>')
SITE = 'sites-available/omk.conf'
SEED = int(os.environ.get('OMK_SEED') or 1)
#: Trees in one file, with tags on lines of their own.
BASES = [
    one
    for one in LAYOUTS
    if plain(one)
    and list(one.files) == [SITE]
    and one.starts
    and one.at == ['*']
    and one.called == 'omk.example.com'
    and not (one.refused or one.also or one.options or one.before_version or one.credentials or one.doubt)
    and all(re.match(rb'\s*(<[^>]*>\s*$|[^<]*$)', line) for line in one.files[SITE].splitlines())
]


def section(choose, in_vhost, deep=0):
    """A section that holds nothing, or only such (str)."""
    tag = choose.choice([one for one in SECTIONS if not (in_vhost and 'VirtualHost' in one)])
    inner = choose.choice(CONTENTS)
    if not deep and re.match('<(?:Location|If |Directory)', tag) and choose.random() < 0.3:
        inner = '<If "false">\n' + inner + '\n</If>'
    if tag == OTHER_VHOST and choose.random() < 0.7:
        inner = f'{inner}\nServerName other.example.com\n{section(choose, True, 1)}{section(choose, True, 1)}'
    name = re.match(r'<(\w+)', tag).group(1)
    found = f'{tag}\n{inner}\n</{name}>\n'
    if name == 'If':
        for more in ('<ElseIf "false">', '<ElseIf "true">', '<Else>')[choose.randrange(4) :]:
            found += f'{more}\n{choose.choice(CONTENTS)}\n</{more[1:-1].split()[0]}>\n'
    return found


def grown(layout, choose):
    """The tree with six such sections somewhere: written out, by an include, and by a macro."""
    lines, result, depth = layout.files[SITE].decode('latin-1').splitlines(keepends=True), [], 0
    places = set(choose.sample(range(len(lines)), min(6, len(lines))))
    files, macros = {}, ''
    for number, line in enumerate(lines):
        inside = depth == 1 and any('<virtualhost' in one.lower() for one in result)
        if number in places and (depth == 0 or inside):
            text, way = section(choose, inside), choose.choice(('text', 'text', 'include', 'macro'))
            if way == 'include':
                files[f'empty/{number}.conf'] = text.encode()
                text = f'Include /etc/apache2/empty/{number}.conf\n'
            elif way == 'macro' and 'VirtualHost' not in text:
                macros += f'<Macro Empty{number}>\n{text}</Macro>\n'
                text = f'Use Empty{number}\n'
            result.append(text)
        result.append(line)
        depth += len(re.findall(r'<\w', line)) - line.count('</')
    files[SITE] = ''.join(result).encode('latin-1')
    files['conf-available/macros.conf'] = macros.encode()
    return layout._replace(
        files=files, links={**layout.links, 'conf-enabled/macros.conf': '../conf-available/macros.conf'}
    )


def directives(nodes, around=()):
    """Each directive with the sections around it, without those that hold nothing."""
    for name, args, children, _file, _line in nodes:
        if children is None:
            yield (*around, f'{name} {args}')
        else:
            yield from directives(children, (*around, f'{name} {args}'))


def as_printed(nodes):
    """A tree as tests/apache/layouts.py prints it, and as its unit tests rely on."""

    def written(some):
        for name, args, children, _file, line in some:
            yield line, f'<{name} {args}>' if children is not None else f'{name} {args}'.rstrip()
            if children is not None:
                yield from written(children)
                yield 0, f'</{name}>'

    return [line for line in printed(written(nodes)) if '# ' not in line]


def laid(lab, layout):
    """Apache on a tree; what it is like there."""
    lab.lay(layout.files, layout.links)
    assert lab.reload() == ''
    output, config = lab.do('config')
    config = [node for node in config if 'generation' not in str(node[3])]  # the port by which a reload is noticed
    # Directives that Apache runs while it reads are printed like others.
    mine = [node for node in config if 'sites-enabled' in str(node[3]) or 'empty' in str(node[3]).lower()]
    return output, config, mine, handshakes(lab, layout), told_scheme(lab, layout)


@pytest.mark.exhaustive
@pytest.mark.parametrize('number', range(12))
def test_what_holds_nothing_changes_nothing(lab, number, record_property):
    choose = random.Random(f'{SEED} {number}')
    layout = choose.choice(BASES)
    _output, config, _mine, before, told = laid(lab, layout)
    expected = sorted(directives(config))
    result = lab.module(_ansible_check_mode=True)

    more = grown(layout, choose)
    output, config, mine, seen, told_now = laid(lab, more)
    ours = [
        one
        for one in directives(config)
        if one[0] != OTHER_VHOST[1:-1] and not re.match('(Include|Use|<Macro) ', one[-1])
    ]
    assert sorted(ours) == [one for one in expected if not one[-1].startswith('Include ')]
    assert (seen, told_now) == (before, told)
    text = [line.rstrip() for line in output.split('\n')]
    printed_by_us = as_printed(mine)
    start = text.index(printed_by_us[0]) if printed_by_us else 0
    theirs = [line for line in text[start:] if line and not re.match(r'\s*# ', line)]
    assert theirs[: len(printed_by_us)] == printed_by_us
    check_status(lab, more, before[-1])
    now = lab.module(_ansible_check_mode=True)
    assert (now['changed'], now['rules'][0]['path']) == (result['changed'], result['rules'][0]['path'])
    if result['changed']:
        lab.module()
        assert lab.reload() == ''
        after = handshakes(lab, more)
        assert after == ['event']
        check_status(lab, more, after[-1])
    record_property('grown trees', 1)
