# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of every style, for hypothesis: text, and where in it the setting under test stands."""

from hypothesis import strategies as st

NAME = b'websocket_proxy_port'

_TEXTS = st.one_of(
    st.sampled_from(
        [
            b'443',
            b'8042',
            b'',
            b'a b',
            b'# => ,',
            b"it's",
            b'"',
            b'\\',
            b'}',
            b')',
            b'{[(',
            b'x\\',
            b'$x',
            b'@',
            b'me@home',
            b'%',
            b'/usr/local/omk',
            b'<nmis_base>/x',
            b"';",
            b'1;',
            NAME,
            b'uuid',
            b'\t',
            'Zürich'.encode(),
            b'a\nb',
            b'qr/',
            b'=>',
        ]
    ),
    st.text('abc #=>{}[]()\'"\\$@,;/1', max_size=8).map(str.encode),
)
_NAMES = st.one_of(
    st.sampled_from(
        [
            b'a',
            b'omkd_port',
            b'q',
            b's',
            b'y',
            b'tr',
            b'print',
            b'<nmis_base>',
            b'x y',
            b'auth',
            b"k'",
            b'',
            NAME + b'x',
            b'x' + NAME,
            b'undef',
            b'443',
            'ü'.encode(),
        ]
    ),
    st.text('abcdefgh_', min_size=1, max_size=6).map(str.encode),
)
_TIGHT = st.sampled_from([b'', b' '])
_PERL_GAPS = st.sampled_from(
    [b'', b' ', b'  ', b'\t', b'\n', b'\n    ', b'\r\n', b' # c }\n', b"\n# 'x' => (\n  ", b'\f', b'#\n', b' #,\n']
)
_JSON_GAPS = st.sampled_from([b'', b' ', b'  ', b'\t', b'\n', b'\n    ', b'\r\n', b'\r'])


def _single(text):
    return b"'" + text.replace(b'\\', b'\\\\').replace(b"'", b"\\'") + b"'"


def _double(text):
    for char in (b'\\', b'"', b'$', b'@'):
        text = text.replace(char, b'\\' + char)
    return b'"' + text + b'"'


def _json_string(text):
    for char, escape in ((b'\\', b'\\\\'), (b'"', b'\\"'), (b'\n', b'\\n'), (b'\t', b'\\t')):
        text = text.replace(char, escape)
    return b'"' + text + b'"'


_PERL_PLAIN = st.one_of(
    _TEXTS.map(_single),
    _TEXTS.map(_double),
    st.sampled_from([b'443', b'0', b'0443', b'0x1bb', b'443.0', b'1e3', b'-5', b'.5', b'1_0', b'undef', b'"\\x41\\t"']),
)
_PERL_OTHER = st.sampled_from(
    [
        b'86400 * 90',
        b'(2)',
        b'-(3 - 1) * 2',
        b'qr/a#}$/i',
        b'qr{x{2}}',
        b'qr/[\'"]/',
        b'[]',
        b'{}',
        b"[ 'a', {'b' => 1}, qr/,/, ]",
        b"{ a => [1, 2], 'b', 3 }",
        b'[[[1]], "}"]',
        b'"\\Ux"',
    ]
)
_JSON_PLAIN = st.one_of(
    _TEXTS.map(_json_string),
    st.sampled_from([b'443', b'443.0', b'true', b'false', b'null', b'-0', b'1e2', b'"\\u0034"']),
)
_JSON_OTHER = st.sampled_from([b'[]', b'{}', b'["a", {"b": [1, "}"]}]', b'{"a" : {"b":null}}', b'[[[1]]]'])


@st.composite
def documents(draw, syntax, present, coherent):
    """A file that the vendor's reader loads.

    Args:
        syntax (str): 'nmis' or 'json'.
        present (bool): whether it has the setting, in one place, once or twice in the same hash.
        coherent (bool): one style throughout, as people and programs write, or a new one at every turn.

    Returns:
        tuple: the bytes, and the section (str) with the setting or None.
    """
    perl = syntax == 'nmis'
    newline = draw(st.sampled_from([b'\n', b'\n', b'\r\n']))
    unit = draw(st.sampled_from([b'  ', b'\t', b'   ', b'']))
    style = draw(st.sampled_from(['lines', 'lines', 'one line', 'comma first', 'sections of one line']))
    trailing = perl and draw(st.booleans())
    around = draw(st.sampled_from([b' ', b' ', b'', b'\t', b'  ']))
    quote = draw(st.sampled_from(['single', 'double', 'bare'])) if perl else 'json'
    column = coherent and around == b' ' and draw(st.booleans())
    gaps = _PERL_GAPS if perl else _JSON_GAPS

    def key(name):
        if quote == 'json':
            return _json_string(name)
        chosen = quote if coherent else draw(st.sampled_from(['single', 'double', 'bare']))
        if chosen == 'bare' and name.replace(b'_', b'a').isalpha():
            return name
        return _double(name) if chosen == 'double' else _single(name)

    def arrow(name):
        if not coherent:
            gap = draw(gaps)
            quoting = perl and gap.startswith(b'#') and len(name) < 3  # Perl reads q#…# as a string
            return (b' ' if quoting else b'') + gap + (b'=>' if perl else b':') + draw(gaps)
        before = b' ' * max(1, 12 - len(name)) if column else around
        return before + (b'=>' if perl else b':') + around

    def comment():
        return draw(st.sampled_from([b'', b'', b' # ' + NAME, b" # '"])) if perl else b''

    def hash_of(pairs, level, brackets=(b'{', b'}')):
        """The text of a hash from pairs of names and texts of values."""
        opener, closer = brackets
        items = [key(name) + arrow(name) + value for name, value in pairs]
        if not coherent:
            out = opener + draw(gaps)
            for number, item in enumerate(items):
                more = number < len(items) - 1
                commas = b',' + (draw(st.sampled_from([b'', b'', b'', b' ,'])) if perl else b'')
                out += item + draw(gaps) + (commas if more or trailing else b'') + draw(gaps)
            return out + closer
        inline = style == 'one line' or (style == 'sections of one line' and level > 1)
        inner, outer = unit * level, unit * (level - 1)
        if not items:
            return opener + draw(st.sampled_from([b'', b' ', newline + outer])) + closer
        if inline:
            return opener + around + (b',' + around).join(items) + (b',' if trailing else b'') + around + closer
        if style == 'comma first':
            return opener + b' ' + (newline + inner + b', ').join(items) + newline + outer + closer
        lines = [
            inner + item + (b',' if trailing or number < len(items) - 1 else b'') + comment() + newline
            for number, item in enumerate(items)
        ]
        end = draw(st.sampled_from([b'', b'', inner + b"# '" + NAME + b"' => '1',\n"])) if perl else b''
        return opener + newline + b''.join(lines) + end + outer + closer

    values = st.one_of(_PERL_PLAIN, _PERL_OTHER) if perl else st.one_of(_JSON_PLAIN, _JSON_OTHER)
    names = draw(st.lists(_NAMES, min_size=2, max_size=4, unique=True))
    home = draw(st.sampled_from(names)) if present else None
    plain = _PERL_PLAIN if perl else _JSON_PLAIN
    sections = []
    for section in names:
        pairs = draw(st.lists(st.tuples(_NAMES, values), max_size=4))
        if section == home:
            for value in draw(st.lists(plain, min_size=1, max_size=2)):
                pairs.insert(draw(st.integers(0, len(pairs))), (NAME, value))
        sections.append((section, hash_of(pairs, 2)))
    body = hash_of(sections, 1, (b'(', b')') if perl else (b'{', b'}'))
    if perl:
        head = draw(st.sampled_from([b'%hash = ', b'my %hash = ', b'% hash=', b"# it's\n%hash ="]))
        body = head + body + draw(st.sampled_from([b';', b'', b' ;', b';\n# end']))
    body += draw(st.sampled_from([b'', newline]))
    if draw(st.integers(0, 9)) == 0:
        body = body.decode().encode('latin-1', 'replace')
    return body, home.decode() if present else None
