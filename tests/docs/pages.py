# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README and the pages of docs/ tell their readers to do: files to write and commands to execute.

A block in a shell's language holds commands, one a line. In a block of the language `console` they follow a `$`; the
rest is what they print, of which `…` may leave out a part of a line. A block in another language whose first line is a
comment with nothing but a file's name is that file. A comment before a block says what its reader knows from the text:

    <!-- test: exit 2 -->                   the commands of the next block end with that status
    <!-- test: in an empty folder -->       from here on, the place is not the checkout
    <!-- test: in the checkout -->
    <!-- test: before: COMMAND -->          what the page takes for granted; executed first
    <!-- test: file: NAME -->               the next block is that file, as its first line does not say
"""

import pathlib
import re
from collections import namedtuple

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
#: The last one makes a release, after which the copy of the checkout is no longer what the other pages are about.
PAGES = [
    CHECKOUT / 'README.md',
    CHECKOUT / 'SECURITY.md',
    *sorted((CHECKOUT / 'docs').glob('*.md')),
    *sorted((CHECKOUT / 'roles').glob('*/README.md')),
    CHECKOUT / 'CONTRIBUTING.md',
]

_SHELLS = {'sh', 'shell', 'bash', 'console'}
_FENCE = re.compile(r'^(?P<indent> *)```(?P<language>[\w+-]*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$', re.M | re.S)
_NOTE = re.compile(r'^ *<!-- test: (.+?) -->$', re.M)
_FILE = re.compile(r'^(?:#|//) ?([\w./-]+\.\w+)\n')
_PROGRAMS = r'(?:make|ansible(?:-[a-z]+)?|antsibull-[a-z]+|podman|pip|git|reuse|molecule|dev/[a-z]+)'
_INLINE = re.compile(rf'(?<!`)`({_PROGRAMS}\s[^`\n]*(?:\n[^`\n]+)*)`')
_STRAY = re.compile(rf'^ {{4,}}({_PROGRAMS} .*)$', re.M)

#: Something to do: kind ('file', 'command' or 'place'), the line of the page, what, and for a command the status
#: that is due (int) and what it prints (list of str); for a file its name is `what` and its content is `more`.
Step = namedtuple('Step', 'kind line what status more')


def steps(text):
    """The steps (list of `Step`) of a page, in order."""
    found = [(match.start(), match) for match in _FENCE.finditer(text)]
    found += [
        (match.start(), match)
        for match in _NOTE.finditer(text)
        if not any(fence.start() < match.start() < fence.end() for _start, fence in found)
    ]
    made, status, named = [], 0, None
    for start, match in sorted(found, key=lambda pair: pair[0]):
        line = text.count('\n', 0, start) + 1
        if match.re is _NOTE:
            note = match.group(1)
            kind, _blank, rest = note.partition(' ')
            if kind == 'exit':
                status = int(rest)
            elif kind == 'in':
                made.append(Step('place', line, rest, 0, None))
            elif kind == 'before:':
                made.append(Step('command', line, rest, 0, []))
            elif kind == 'file:':
                named = rest
            else:
                raise ValueError(f'line {line}: no such note: {note}')
            continue
        indent = len(match['indent'])
        body = ''.join(one[indent:] or '\n' for one in match['body'].splitlines(keepends=True))
        if named:
            made.append(Step('file', line, named, 0, body))
            named = None
        elif match['language'] in _SHELLS:
            made += [step._replace(status=status) for step in _commands(body, match['language'] == 'console', line + 1)]
            status = 0
        elif _FILE.match(body):
            made.append(Step('file', line, _FILE.match(body).group(1), 0, body))
    return made


def _commands(body, console, line):
    made = []
    continued = ''
    for number, text in enumerate(body.splitlines(), line):
        command = text[2:] if console and text.startswith('$ ') else text
        if console and not text.startswith('$ ') and not continued:
            if made and text.strip():
                made[-1].more.append(text)
        elif command.endswith('\\'):
            continued += command[:-1]
        else:
            whole = _without_comment(continued + command).strip()
            continued = ''
            if whole:
                made.append(Step('command', number, whole, 0, []))
    return made


def _without_comment(command):
    return re.sub(r'(?:^|\s)#\s.*$', '', command)


def inline_commands(text):
    """Commands (list of str) that stand in the text itself, in backquotes."""
    return [re.sub(r'\s+', ' ', match.group(1)).strip() for match in _INLINE.finditer(_FENCE.sub('', text))]


def stray_commands(text):
    """Commands (list of str) in a block that is made by indentation alone, and so is none to `steps`."""
    return _STRAY.findall(_FENCE.sub('', text))
