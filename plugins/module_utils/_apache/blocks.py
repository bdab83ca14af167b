# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that this collection adds to a VirtualHost, and their removal (pure; private to the collection).

All of it stands between marker comments, so that it can be found, renewed and taken out again without a trace. Texts
are Latin-1 decoded bytes, as in `config_text`.
"""

import hashlib
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import config_text
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Node, parse_config
from ansible_collections.opmantek.omk.plugins.module_utils._desired import Backend
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


class Needs(t.NamedTuple):
    """What a VirtualHost needs. Nothing is in the paths that quotes do not hold."""

    #: Paths to tunnel, and paths to protect from rewriting.
    tunnel: t.Tuple[str, ...]
    protect: t.Tuple[str, ...]
    #: Whether to set X-Forwarded-Proto, and below which paths once more, because Location sections there set it
    #: otherwise.
    header: bool
    pages: t.Tuple[str, ...]
    #: Whether to switch off what other Location sections rewrite.
    unrewritten: bool
    backend: Backend
    #: Of the tunnel, in seconds.
    idle_timeout: t.Optional[int]
    #: Whether to set X-Forwarded-Proto below `pages` in an If section, because other If sections set it otherwise.
    always: bool = False
    #: Whether to set Upgrade for the tunnel, because it is taken away before.
    upgrade: bool = False


#: The first line of a file that this collection made as a whole.
OWN_FILE = '# Made by opmantek.omk: change the variables of the role apache_websocket, not this file.'

# The second line of such a file: what its text was, so that a change by somebody else is noticed before it is lost.
_SEAL = re.compile(r'# Its text, to notice changes: sha256 ([0-9a-f]{64})\Z')

_HEADER = 'set X-Forwarded-Proto "https"'
_TUNNEL = 'websocket'
_PROTECT = 'pass-through'
_BEGIN = '# BEGIN opmantek.omk '
_END = '# END opmantek.omk '
_BLOCK = re.compile(
    r'^[ \t]*# BEGIN opmantek\.omk ([^\n]*)\n(?:(?![ \t]*# (?:BEGIN|END) opmantek\.omk ).*\n)*'
    r'[ \t]*# END opmantek\.omk \1(?:\n|\Z)',
    re.MULTILINE,
)
_MARKER = re.compile(r'^[ \t]*# (?:BEGIN|END) opmantek\.omk ', re.MULTILINE)


def _line(text: str, position: int) -> int:
    """The physical line of a character, counted from 1."""
    return text[:position].count('\n') + 1


def _lines(text: str, block: t.Match[str]) -> t.Tuple[int, int]:
    """The first and last physical line of a match."""
    return _line(text, block.start()), _line(text, block.end() - 1)


def own_ranges(text: str) -> t.List[t.Tuple[int, int]]:
    """The physical lines of our blocks: list of (first, last), counted from 1."""
    return [_lines(text, block) for block in _BLOCK.finditer(text)]


def check_markers(text: str, file: str) -> None:
    """Refuse a file in which a marker comment lost its partner: what is ours could then not be told.

    Raises:
        Problem: the first such line.
    """
    ranges = own_ranges(text)
    for marker in _MARKER.finditer(text):
        line = _line(text, marker.start())
        if not any(line in found for found in ranges):
            raise Problem(
                'this marker comment of ours has lost its partner, so nobody can tell what is ours',
                file,
                line,
                cure='remove the lines that opmantek.omk added here, with both marker comments',
            )


def without_own(text: str, first: int = 1, last: t.Optional[int] = None) -> str:
    """The text without our blocks: what stood there before them.

    Args:
        first, last (int): only blocks inside of these physical lines; to the end without `last`.
    """

    def replacement(block: t.Match[str]) -> str:
        begin, end = _lines(text, block)
        return '' if begin >= first and (last is None or end <= last) else block.group()

    return _BLOCK.sub(replacement, text)


def is_own_file(text: str) -> bool:
    """Whether this collection made the whole file."""
    return text.startswith(OWN_FILE)


def own_file(text: str) -> str:
    """The whole of a file of our own that holds a text."""
    return f'{OWN_FILE}\n# Its text, to notice changes: sha256 {_digest(text)}\n{text}'


def is_as_made(text: str) -> bool:
    """Whether a file of our own is what `own_file` made, but for our blocks."""
    head, seal, rest = (text.split('\n', 2) + ['', ''])[:3]
    found = _SEAL.match(seal)
    return bool(head == OWN_FILE and found and found.group(1) == _digest(without_own(rest)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode('latin-1')).hexdigest()


def block_lines(needs: Needs) -> t.Tuple[t.List[str], t.List[str]]:
    """The lines, without indentation, of the two blocks: (at the start, at the end) of the VirtualHost."""
    start, end = [], []
    if needs.protect:
        start = [_BEGIN + _PROTECT]
        for path in needs.protect:
            expression = path.replace('.', '[.]')  # a class needs no backslash in quotes
            start.append(f'RewriteRule "^{expression}$" "-" [L]')
        start.append(_END + _PROTECT)
    if needs.tunnel or needs.header:
        end = [_BEGIN + _TUNNEL]
        if needs.header:
            end.append(f'RequestHeader {_HEADER}')
        for path in needs.pages:
            inner = [f'    RequestHeader {_HEADER}']
            if needs.always:
                inner = ['    <If "true">', f'        RequestHeader {_HEADER}', '    </If>']
            end += [f'<Location "{path}">', *inner, '</Location>']
        for path in needs.tunnel:
            # Before 2.4.10 Apache hands the next browser a connection on which another one's frames arrive.
            parameters = ' disablereuse=on' + (f' timeout={needs.idle_timeout}' if needs.idle_timeout else '')
            end += [
                f'<Location "{path}">',
                f'    ProxyPass "ws://{needs.backend.host}:{needs.backend.port}{path}"{parameters}',
            ]
            end += ['    RequestHeader set Upgrade "websocket"'] if needs.upgrade else []
            end += ['    RewriteEngine off'] if needs.unrewritten else []
            end.append('</Location>')
        end.append(_END + _TUNNEL)
    return start, end


def as_nodes(needs: Needs) -> t.Tuple[t.List[Node], t.List[Node]]:
    """The same blocks as parts of the effective configuration: (at the start, at the end), lists of `Node`."""
    start, end = (parse_config([line for line in lines if not line.startswith('#')]) for lines in block_lines(needs))
    return start, end


def insert(text: str, file: str, last: int, needs: Needs) -> str:
    """The text of a file with our blocks in the VirtualHost whose opening tag ends on physical line `last`.

    Line ends and indentation follow the file.

    Raises:
        Problem: no VirtualHost opens there or it is not closed in this file.
    """
    lines = config_text.logical_lines(text)
    section = config_text.section_at(lines, 'VirtualHost', last)
    if section is None:
        raise Problem(
            'the VirtualHost that Apache reports here cannot be found in the file',
            file,
            last,
            cure='make sure that nothing else is writing the file, and run again',
        )
    opening, closing = (lines[index] for index in section)
    inner = [line for line in lines[section[0] + 1 : section[1]] if line.text]
    indent = config_text.indentation(text, inner[0]) if inner else config_text.indentation(text, opening) + '    '
    end_of_line = config_text.line_end(text, opening)
    step = '\t' if '\t' in indent else '    '
    at_start, at_end = (
        ''.join(indent + line.replace('    ', step) + end_of_line for line in block) for block in block_lines(needs)
    )
    return text[: opening.end] + at_start + text[opening.end : closing.start] + at_end + text[closing.start :]
