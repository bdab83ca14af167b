# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One setting of opCommon as the vendor's reader sees it: find it, read it, change it (pure; private).

The reader takes two levels, sections and settings in them, and flattens them. In one hash the last of several equal
names counts, a section that comes twice replaces the first, the same name in two sections is taken from either, and
what stands deeper is not seen. It dies when a section is no hash, or when there are fewer than two. Source: the
configuration reader of the vendor's open code (NMIS9).
"""

import re
import typing as t
from collections import namedtuple

from ansible_collections.opmantek.omk.plugins.module_utils._opcommon import layout
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.json_text import JSON
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.perl_hash import PERL
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.tree import (
    HASH,
    NOTHING,
    PLAIN,
    Document,
    Run,
    entries,
    occurrences,
    place,
    problem,
    spellings,
)
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

# Where a setting stands: its section (str), the chain of elements to it (tuple of Entry), and what a reader may get
# wrong about it (str or None). A setting that is not there: chain None. unseen: where it stands deeper than any reader
# looks (str or None).
Place = namedtuple('Place', 'section chain doubt unseen')
# What there is to know about one setting: value is None for undef and null too; found tells.
Reading = namedtuple('Reading', 'found section value token line column kind doubt unseen')

_CONTROL = re.compile('[\x00-\x1f\x7f\ud800-\udfff]')  # and what is half a character
_BY_PATH = 'name the one you mean as /SECTION/NAME in omk_websocket_setting (option setting)'


def names(name: str) -> t.Tuple[t.Any, ...]:
    """A setting's name split: ``/section/name`` gives both, a bare name gives None for the section.

    Raises:
        Problem: it is neither.
    """
    section = None
    if name.startswith('/'):
        section, slash, name = name[1:].partition('/')
        if not slash or not section or '/' in name:
            raise Problem(
                'the path form of a name in omk_websocket_setting (option setting) is /SECTION/NAME with nothing'
                ' deeper',
                cure='give exactly one section and one name',
            )
    for part in (section, name):
        if part is not None and (not part or _CONTROL.search(part)):
            raise Problem(
                'the names in omk_websocket_setting (option setting) and omk_websocket_section (option section) are'
                ' texts without control characters and not empty'
            )
    return section, name


def read_document(data: bytes, syntax: t.Any, main: bool = True) -> Document:
    """The file as a `Document`.

    Args:
        data (bytes): the whole file.
        syntax (Syntax): from `syntax_of`.
        main (bool): whether it is opCommon itself, of which the reader wants two sections at least.

    Raises:
        Problem: outside of what the format allows, or of what the vendor's reader survives; with line and column.
    """
    if b'\0' in data:
        raise problem(data, data.find(b'\0'), 'a NUL byte: this is not a text file')
    document = Document(data, syntax, syntax.parse(data))
    known: set = set()
    for part in document.root.parts:
        if isinstance(part, Run) and (len(known) > 1 or not main):
            continue  # a run of sections holds nothing but sections
        for section in entries(document, document.root._replace(parts=[part])):
            known.add(syntax.text(data, section.key))
            if section.value.kind not in (HASH, NOTHING):
                raise problem(
                    data,
                    section.key.start,
                    "a value where a section is expected; the vendor's reader dies on it",
                    'move the setting into a section',
                )
    if main and len(known) < 2:
        raise problem(
            data,
            document.root.start,
            "fewer than two sections; the vendor's reader dies on that",
            'look into whether the file is complete',
        )
    return document


def syntax_of(path: str) -> t.Any:
    """The format (Syntax) that a file name announces."""
    return JSON if path.endswith('.json') else PERL


def locate(document: Document, name: str, section: t.Optional[str] = None) -> t.Any:
    """Where the vendor's reader finds a setting.

    Args:
        document (Document): the file.
        name (str): the setting.
        section (str or None): the section that decides.

    Returns:
        Place: chain None when it is nowhere.

    Raises:
        Problem: it stands in several sections, or where the reader does not see it, and no section decides.
    """
    seen, hidden, deeper = {}, [], []
    found = list(occurrences(document, name))
    counting = _counting_sections(document, [chain[0] for chain, depth in found if depth == 2])
    for chain, depth in found:
        if depth == 2 and chain[0].key.start in counting:
            seen[counting[chain[0].key.start]] = chain
        elif depth > 2:
            deeper.append(chain)
        else:
            hidden.append(chain)
    unseen = None
    if deeper:
        unseen = (
            f"the name stands deeper than the vendor's reader looks, too ({_places(document, deeper)}), which changes "
            'nothing'
        )
    if section is None:
        if len(seen) > 1:
            raise Problem(
                f'the setting stands in several sections ({_places(document, seen.values())}), and the '
                "vendor's reader takes one at random",
                cure=_BY_PATH,
            )
        if hidden:
            raise Problem(
                f"the setting stands where the vendor's reader does not see it ({_places(document, hidden)})",
                cure=_BY_PATH + ', or remove it there',
            )
        return Place(*next(iter(seen.items())), None, unseen) if seen else Place(None, None, None, unseen)
    others = [chain for other, chain in seen.items() if other != section]
    doubt = None
    if others:
        doubt = (
            f"the setting stands in another section too ({_places(document, others)}), and the vendor's reader "
            'takes one at random'
        )
    return Place(section, seen.get(section), doubt, unseen)


def read(document: Document, name: str, section: t.Optional[str] = None) -> t.Any:
    """What the vendor's reader makes of a setting (Reading). Raises `Problem` as `locate` does."""
    where = locate(document, name, section)
    if not where.chain:
        return Reading(False, where.section, None, None, None, None, None, where.doubt, where.unseen)
    entry = where.chain[-1]
    line, column = place(document.data, entry.key.start)
    doubt = where.doubt
    if entry.value.kind not in PLAIN:
        doubt = 'its value is not a plain string or number'
    token = document.data[entry.value.start : entry.value.end].decode('latin-1')
    value = document.syntax.text(document.data, entry.value)
    return Reading(True, where.section, value, token, line, column, entry.value.kind, doubt, where.unseen)


def present(
    document: Document, name: str, value: str, section: t.Optional[str] = None, default_section: str = 'omkd'
) -> Document:
    """The file in which the setting has that value.

    Args:
        document (Document): the file.
        name, value (str): what to set.
        section (str or None): the section that decides, of the path form.
        default_section (str): where a setting goes that is nowhere yet.

    Returns:
        Document: the same one when it has the value already.

    Raises:
        Problem: the place is ambiguous, or what stands there is no plain value.
    """
    if _CONTROL.search(value):
        raise Problem(
            'omk_websocket_value (option value) has control characters, which cannot be written',
            cure='give a text of one line',
        )
    where = locate(document, name, section)
    if where.chain:
        changed = _with_value(document, where.chain[-1], value)
        return document if changed is None else _checked(document, changed, name, section, value)
    if where.doubt:
        raise Problem(where.doubt.replace(' too (', ' ('), cure='change it there, or remove it there first')
    target = section or default_section
    place = _section_for(document, target, section is None)
    arguments = _encoded(document, name), _encoded(document, value)
    if place:
        changed = layout.insert(document, place.value, *arguments)
    else:
        changed = layout.insert_section(document, _encoded(document, target), *arguments)
    return _checked(document, changed, name, section, value)


def _with_value(document: Document, entry: t.Any, value: str) -> t.Optional[bytes]:
    """The file with another value in an element that is there; None when it has it."""
    node = entry.value
    _insist_on_plain(document, entry)
    if node.kind != NOTHING and document.syntax.text(document.data, node) == value:
        return None
    quoted = document.syntax.quote(_encoded(document, value), document.syntax.quotes(document.data, node))
    return layout.apply(document.data, [(node.start, node.end, quoted)])


def _section_for(document: Document, target: str, only_one: bool) -> t.Any:
    """The section of that name into which a new setting goes, or None where there is none yet.

    Raises:
        Problem: it has no value, or, with `only_one`, stands twice.
    """
    hashes = [
        entry
        for entry in entries(document, document.root, spellings(target))
        if document.syntax.text(document.data, entry.key) == target
    ]
    if len(hashes) > 1 and only_one:
        places = _places(document, [(entry,) for entry in hashes])
        raise Problem(
            f'the section for the new setting stands twice ({places}), and the last one replaces the others',
            cure=_BY_PATH + ', or merge them',
        )
    if hashes and hashes[-1].value.kind != HASH:
        raise problem(
            document.data,
            hashes[-1].value.start,
            'the section for the new setting has no value',
            'write an empty section there',
        )
    return hashes[-1] if hashes else None


def absent(document: Document, name: str, section: t.Any = None) -> Document:
    """The file (Document) without the setting, however often its hash has it. Raises `Problem` as `present` does."""
    while True:
        where = locate(document, name, section)
        if not where.chain:
            return document
        _insist_on_plain(document, where.chain[-1])
        document = read_document(layout.remove(document, where.chain), document.syntax)


def put_token(document: Document, name: str, token: str, section: t.Optional[str] = None) -> Document:
    """The file (Document) in which the setting's value is written as it once was (token: str of `Reading`)."""
    where = locate(document, name, section)
    if not where.chain:
        raise Problem('the setting is gone')
    node = where.chain[-1].value
    changed = layout.apply(document.data, [(node.start, node.end, token.encode('latin-1'))])
    return read_document(changed, document.syntax)


def check_value(name: str, value: str) -> None:
    """Raise `Problem` for a value that cannot be meant: a port outside 1 to 65535."""
    if name.endswith('_port') and not (re.match(r'[1-9][0-9]{0,4}\Z', value) and int(value) <= 65535):
        raise Problem(
            'omk_websocket_value (option value), for a setting whose name ends in _port, is no whole number from 1 to'
            ' 65535'
        )


def _counting_sections(document: Document, candidates: t.List[t.Any]) -> t.Dict[int, str]:
    """Where those of the candidates (list of Entry) start that are the last section of their name: dict to the name."""
    names = {document.syntax.text(document.data, section.key) for section in candidates}
    if not names:
        return {}
    needles = [needle for name in names for needle in spellings(name)]
    last = {}
    for section in entries(document, document.root, needles if len(needles) < 20 else None):
        last[document.syntax.text(document.data, section.key)] = section.key.start
    return {start: name for name, start in last.items() if name in names}


def _insist_on_plain(document: Document, entry: t.Any) -> None:
    if entry.value.kind not in PLAIN:
        raise problem(
            document.data,
            entry.value.start,
            'the value of the setting is not a plain string or number',
            'change it manually',
        )


def _encoded(document: Document, text: str) -> bytes:
    """Bytes of a text in the encoding of the file (JSON tokens are written in ASCII later)."""
    try:
        return text.encode('ascii')
    except UnicodeEncodeError:
        pass
    try:
        if document.syntax.name == 'nmis':
            document.data.decode('utf-8')
        return text.encode('utf-8')
    except UnicodeDecodeError:
        pass
    try:
        return text.encode('latin-1')
    except UnicodeEncodeError:
        raise Problem(
            'the file is written in Latin-1, which has not all letters of the new text',
            cure='use other letters, or convert the file to UTF-8',
        ) from None


def _checked(document: Document, changed: bytes, name: str, section: t.Optional[str], value: str) -> Document:
    """The changed file (Document), read again and found to say what it should."""
    document = read_document(changed, document.syntax)
    if read(document, name, section).value != value:
        raise Problem('the changed file would not read as intended', cure='report this as an error of the collection')
    return document


def _places(document: Document, chains: t.Iterable[t.Any]) -> str:
    """Where these stand, in words; the first few of many."""
    chains = list(chains)
    shown = [place(document.data, chain[-1].key.start) for chain in chains[:4]]
    words = [f'line {line}, column {column}' for line, column in shown]
    if len(chains) > 4:
        words[3:] = [f'{len(chains) - 3} more']
    return ' and '.join(words)
