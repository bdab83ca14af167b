# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the literal subset of Perl that `.nmis` files are written in, without running it (pure; private).

``%hash = ( 'section' => { 'name' => value, … }, … );`` with strings, numbers and arithmetic on them, ``undef``,
``qr/…/``, ``q(…)``, ``qw(…)``, nested hashes and lists, pairs in parentheses, and comments; ``use utf8;`` may stand
before it and ``__END__`` after it. Source: perldata(1), perlop(1) "Quote and Quote-like Operators".
Everything else is a `Problem` with line and column.
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._opcommon.tree import (
    HASH,
    LIST,
    NOTHING,
    NUMBER,
    OTHER,
    STRING,
    Everywhere,
    Node,
    Syntax,
    as_text,
    leaf,
    number_text,
    problem,
    read_items,
)

# Each character can match in one way only: a looser pattern takes exponential time where something else follows.
BLANK: Everywhere = re.compile(rb'[ \t\r\n\f]*(?:#[^\n]*(?:\n[ \t\r\n\f]*|\Z))*')

_RUN_BLANK = rb'[ \t\r\n]*'
_RUN_STRING = rb"""'[^'\\]*'|"[^"\\$@]*\""""
_RUN_SCALAR = rb'(?:' + _RUN_STRING + rb'|(?:0|[1-9][0-9]{0,14})(?=[ \t\r\n]*[],}])|undef(?=[ \t\r\n]*[],}]))'
_RUN_KEY = rb'(?:' + _RUN_STRING + rb'|[A-Za-z_][A-Za-z0-9_]*(?=[ \t]*=>))'


def _run_items(key: t.Any, value: t.Any) -> t.Any:
    return _RUN_BLANK.join((rb'', key, b'=>', value, rb',')) if key else _RUN_BLANK.join((rb'', value, rb','))


def _run_group(opener: t.Any, item: t.Any, closer: t.Any) -> t.Any:
    optional_comma = item[:-1] + rb',?'
    return opener + rb'(?:' + item + rb'){0,64}(?:' + optional_comma + rb')?' + _RUN_BLANK + closer


_PAIR = _run_items(_RUN_KEY, _RUN_SCALAR)
_ITEM = _run_items(None, _RUN_SCALAR)
_PLAIN_HASH = _run_group(rb'\{', _PAIR, rb'\}')
_PLAIN_LIST = _run_group(rb'\[', _ITEM, rb'\]')
_PLAIN_VALUE = rb'(?:' + rb'|'.join((_RUN_SCALAR, _PLAIN_HASH, _PLAIN_LIST)) + rb')'

RUNS = {
    None: re.compile(rb'(?:' + _run_items(_RUN_KEY, _PLAIN_HASH) + rb'){1,64}'),
    HASH: re.compile(rb'(?:' + _run_items(_RUN_KEY, _PLAIN_VALUE) + rb'){1,64}'),
    LIST: re.compile(rb'(?:' + _run_items(None, _PLAIN_VALUE) + rb'){1,64}'),
}

_UTF8 = re.compile(BLANK.pattern + rb'use[ \t]+utf8[ \t]*;')
_END = re.compile(rb'__(?:END|DATA)__(?![A-Za-z0-9_])')
_HEAD = re.compile(
    rb'(?:'
    + _UTF8.pattern
    + rb')?'
    + BLANK.pattern
    + rb'(?:(?:my|our)\b[ \t]*)?%[ \t]*[A-Za-z_][A-Za-z0-9_]*'
    + BLANK.pattern
    + rb'=(?!=)'
    + BLANK.pattern
)
_SINGLE = re.compile(rb"'[^'\\]*(?:\\.[^'\\]*)*'", re.DOTALL)
_DOUBLE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
# A word before => is a string, also one that names an operator, unless it could start to quote at the comment's #.
_BAREWORD = re.compile(
    rb'-?[A-Za-z_][A-Za-z0-9_]*(?=[ \t\r\n\f]*=>)'
    rb'|(?!(?:q|qq|qw|qx|qr|m|s|y|tr)#)[A-Za-z_][A-Za-z0-9_]*(?=' + BLANK.pattern + rb'=>)'
)
_NUMBER = re.compile(
    rb'(?:0[xX]_?[0-9A-Fa-f][0-9A-Fa-f_]*|0[bB]_?[01][01_]*|0[0-7_]+'
    rb'|(?:(?:[1-9][0-9_]*|0)(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)'
    rb'(?![A-Za-z0-9_.])'
)
_LONGEST_NUMBER = 250  # characters; perldiag(1), "Number too long"
_SIGN: Everywhere = re.compile(rb'[+-]?' + BLANK.pattern)
_PLAIN_NUMBER = re.compile(rb'[+-]?' + _NUMBER.pattern)
_UNDEF = re.compile(rb'undef(?![A-Za-z0-9_:])(?!' + BLANK.pattern + rb'\()')
# In a double-quoted string a `$` always starts a variable; an `@` does before these (toke.c of perl, scan_const).
_LITERAL: Everywhere = re.compile(rb'[^\\$@]*(?:(?:\\.|@(?![A-Za-z0-9_:\'{$+-]))[^\\$@]*)*', re.DOTALL)
# What an earlier match captured: nothing here, but allowed. What could go on as an element of an array or so is not.
_CAPTURED = re.compile(rb'\$[1-9][0-9]*(?![0-9A-Za-z_\[{:\'-])')
# In a pattern `$` is literal at the end and before ( ) | and blanks, and so are `@+` and `@-`; (?{ }) is code.
_LITERAL_PATTERN: Everywhere = re.compile(
    rb'[^\\$@(]*(?:(?:\\.|@(?![A-Za-z0-9_:\'{$])|\$(?=[()| \r\n\t]|\Z)'
    rb'|\(\?#[^)]*\)|\((?!\?\??\{|\*\{))[^\\$@(]*)*',
    re.DOTALL,
)
_CODE_POINT = rb'(?:_?0)*(?:_?1_?0(?:_?[0-9A-Fa-f]){4}|(?:_?[0-9A-Fa-f]){0,5})'
# Without escapes that need more than this module knows: charnames, \o{}, control characters, half a \x{}.
_EASY: Everywhere = re.compile(rb'[^\\]*(?:\\(?![Noc]|x\{(?!' + _CODE_POINT + rb'\})).[^\\]*)*', re.DOTALL)
# Without escapes that change the case or quote what follows.
_CASELESS: Everywhere = re.compile(rb'[^\\]*(?:\\[^luLUQEF][^\\]*)*')
_ESCAPE = re.compile(rb'\\(x\{[0-9A-Fa-f_]*\}|x[0-9A-Fa-f]{0,2}|[0-7]{1,3}|.)', re.DOTALL)
_LETTERS = {b't': b'\t', b'n': b'\n', b'r': b'\r', b'f': b'\f', b'b': b'\b', b'a': b'\a', b'e': b'\x1b'}
_QR = re.compile(rb'qr(?![A-Za-z0-9_])(\s*)([^\sA-Za-z0-9_])')
_QR_FLAGS = re.compile(rb'[msixpnaudlgoc]*(?![A-Za-z0-9_])')
_Q = re.compile(rb'q([wr]?)(?![A-Za-z0-9_])(\s*)([^\sA-Za-z0-9_])')
_PAIRS = {b'(': b')', b'[': b']', b'{': b'}', b'<': b'>'}
_COMMAS = re.compile(rb'(?:,' + BLANK.pattern + rb')+')
_COMMAS_IN_LIST = re.compile(rb'(?:(?:,|=>)' + BLANK.pattern + rb')(?:,' + BLANK.pattern + rb')*')

_CURE = 'put a literal value there'
_WHOLE = 'write the file as %hash = ( … )'
_FOREIGN = (
    (re.compile(rb'<<'), 'a here-document'),
    (re.compile(rb'(?:q|qq|qw|qx|m|s|y|tr)(?![A-Za-z0-9_])'), 'a quoting operator other than q, qw and qr'),
    (re.compile(rb'[$@%&\\]'), 'a variable, a reference or a call'),
    (_END, 'the end mark of a program'),
    (re.compile(rb'=[A-Za-z]'), 'embedded documentation'),
    (re.compile(rb'[A-Za-z_]'), 'a bare word or program code'),
)


def parse(data: bytes) -> Node:
    """The hash of sections.

    Args:
        data (bytes): the whole file.

    Returns:
        Node: kind `HASH`.

    Raises:
        Problem: what is outside the literal subset, with line and column.
    """
    if data.startswith(b'\xef\xbb\xbf'):
        raise problem(data, 0, 'a byte order mark, which is an error to Perl', 'save the file without it')
    utf8 = _UTF8.match(data)
    if utf8:
        try:
            data.decode('utf-8')
        except UnicodeDecodeError as error:
            raise problem(
                data,
                error.start,
                'a byte that is not UTF-8, although the file says "use utf8"',
                'save the file as UTF-8',
            ) from None
    head = _HEAD.match(data)
    if not head:
        start = BLANK.match(data).end()
        if start == len(data):
            raise problem(data, start, 'there is nothing in the file but blanks and comments')
        raise _foreign(data, start, 'instead of the assignment to a hash that such a file consists of', _WHOLE)
    start = head.end()
    if data[start : start + 1] == b'{':
        raise problem(
            data,
            start,
            "the hash is written in { }, on which the vendor's reader dies",
            'write ( ) around the sections',
        )
    if data[start : start + 1] != b'(':
        raise _foreign(data, start, 'where ( is expected', _WHOLE)
    parts, end = read_items(data, PERL, start + 1, HASH, b')', 1)
    rest = BLANK.match(data, end).end()
    if data[rest : rest + 1] == b';':
        rest = BLANK.match(data, rest + 1).end()
    if rest != len(data) and not _END.match(data, rest):  # after that mark Perl reads no further
        raise problem(
            data,
            rest,
            "something follows the hash; the vendor's reader takes the value of the last statement and dies",
            'remove what follows',
        )
    return Node(HASH, start, end, parts)


def read_key(data: bytes, position: int) -> t.Tuple[Node, int]:
    """The key at a position and where its value starts. Raises `Problem`."""
    word = _BAREWORD.match(data, position)
    if word:
        key = leaf(STRING, word)
    else:
        char = data[position : position + 1]
        if char in (b"'", b'"'):
            key = _string(data, position)
        elif char in b'0123456789.+-' and char:
            key = _numeric(data, position)
        else:
            raise _foreign(data, position, 'where a key is expected')
        if key.kind == OTHER:
            raise problem(data, position, 'a key that has to be computed', 'write it as a plain string')
    arrow = BLANK.match(data, key.end).end()
    if data[arrow : arrow + 2] == b'=>':
        arrow += 2
    elif data[arrow : arrow + 1] == b',':
        arrow += 1
    else:
        raise _foreign(data, arrow, 'where => is expected', 'put it there, or write the key as a plain string')
    return key, BLANK.match(data, arrow).end()


def read_scalar(data: bytes, position: int, kind: str) -> Node:
    """The value at a position that is no hash and no list, in a hash or list (kind). Raises `Problem`."""
    node = _read_scalar(data, position)
    if kind == HASH and node.kind == OTHER and not _is_one_word(data, node):
        raise problem(
            data,
            position,
            'several words where a hash wants one value; Perl takes the second for a key',
            'write [ qw(…) ]',
        )
    return node


def _read_scalar(data: bytes, position: int) -> Node:
    char = data[position : position + 1]
    if char in (b"'", b'"'):
        return _string(data, position)
    if char and char in b'0123456789.+-(':
        return _numeric(data, position)
    undef = _UNDEF.match(data, position)
    if undef:
        return leaf(NOTHING, undef)
    quote = _QR.match(data, position)
    if quote and not (quote.group(1) and quote.group(2) in b'#'):
        return _pattern(data, quote)
    quote = _Q.match(data, position)
    if (
        quote
        and quote.group(1) != b'r'
        and not (quote.group(2) and quote.group(3) in b'#')
        and not _is_key(data, quote)
    ):
        return _quoted(data, quote)
    word = _BAREWORD.match(data, position)
    if word:  # only the first word of a pair in a list; a hash never asks for one here
        return leaf(STRING, word)
    raise _foreign(data, position, 'where a value is expected')


def separate(data: bytes, position: int, closer: bytes) -> int:
    """The position of the next item or of the closer, after an item. Raises `Problem`."""
    position = BLANK.match(data, position).end()
    if data.startswith(closer, position):
        return position
    commas = (_COMMAS_IN_LIST if closer == b']' else _COMMAS).match(data, position)
    if not commas:
        if position == len(data):
            raise problem(data, position, f'the file ends where {closer.decode()} is expected')
        raise _foreign(
            data,
            position,
            f'where a comma or {closer.decode()} is expected',
            'put it there, or write the value as a literal',
        )
    return commas.end()


def text(data: bytes, node: Node) -> t.Optional[str]:
    """The value as Perl has it.

    Returns:
        str or None: None for `undef` and for what is not plain. A number reads as Perl prints it.
    """
    raw = data[node.start : node.end]
    if node.kind == NUMBER:
        return _number_text(raw.decode('ascii'))
    if node.kind != STRING:
        return None
    if raw[:1] == b"'":
        return as_text(re.sub(rb"\\([\\'])", rb'\1', raw[1:-1]) if b'\\' in raw else raw[1:-1])
    if raw[:1] == b'"':
        return as_text(_ESCAPE.sub(_unescaped, raw[1:-1]) if b'\\' in raw else raw[1:-1])
    if _is_quoted(raw):
        marks = re.escape(raw[-1:] + raw[1:].lstrip()[:1]) + rb'\\'
        return as_text(re.sub(rb'\\([' + marks + rb'])', rb'\1', raw[1:].lstrip()[1:-1]))
    return raw.decode('ascii')


def quotes(data: bytes, node: Node) -> bytes:
    """The quotes of a string or key: b"'", b'"', or b'' for a bare word."""
    char = data[node.start : node.start + 1]
    if _is_quoted(data[node.start : node.end]):
        return b"'"
    return char if char in (b"'", b'"') else b''


def quote(value: bytes, style: bytes) -> bytes:
    """A string literal (bytes) for a value (bytes) in the given quotes, or in single ones where that is simpler."""
    if style == b'"' and not any(char in value for char in (b'$', b'@', b'\\', b'"')):
        return b'"' + value + b'"'
    return b"'" + value.replace(b'\\', b'\\\\').replace(b"'", b"\\'") + b"'"


def quote_key(name: bytes, style: bytes) -> bytes:
    """A key (bytes), bare only where the style is b'' and its letters allow that."""
    if not style and re.match(rb'[A-Za-z_][A-Za-z0-9_]*\Z', name):
        return name
    return quote(name, style)


def _string(data: bytes, position: int) -> Node:
    single = data[position : position + 1] == b"'"
    match = (_SINGLE if single else _DOUBLE).match(data, position)
    if not match:
        raise problem(data, position, 'this string has no end')
    if single:
        return leaf(STRING, match)
    end = match.end() - 1
    literal, captures = _LITERAL.match(data, position + 1, end).end(), False
    captured = _CAPTURED.match(data, literal, end)
    while captured:
        captures, literal = True, _LITERAL.match(data, captured.end(), end).end()
        captured = _CAPTURED.match(data, literal, end)
    if literal < end:
        raise problem(
            data,
            literal,
            'Perl would put the value of a variable into this string',
            'put a backslash before the sign or use single quotes',
        )
    easy = _EASY.match(data, position + 1, end).end()
    if easy < end:
        raise problem(data, easy, 'an escape that is outside the literal subset', _CURE)
    is_plain = not captures and _CASELESS.match(data, position + 1, end).end() == end
    return leaf(STRING if is_plain else OTHER, match)


def _is_quoted(raw: bytes) -> bool:
    """Whether a literal is written with q and not a bare word."""
    return raw[:1] == b'q' and len(raw) > 2 and not re.match(rb'\w', raw[-1:])


def _is_key(data: bytes, quote: t.Match[bytes]) -> bool:
    """Whether what looks like a quoting operator is a bare word before => or a comma."""
    return data.startswith(b'=>', quote.start(3)) or quote.group(3) in b',;=)]}'


def _closed(data: bytes, quote: t.Match[bytes], opener: bytes, start: int, what: str) -> int:
    """The position after the mark that closes what a quoting operator opened."""
    closer = _PAIRS.get(opener, opener)
    token = re.compile(rb'\\.|[' + re.escape(opener + closer) + rb']', re.DOTALL)
    depth, position = 1, start
    while depth:
        match = token.search(data, position)
        if not match:
            raise problem(data, quote.start(), f'this {what} has no end')
        position = match.end()
        if match.group() == closer:
            depth -= 1
        elif match.group() == opener:
            depth += 1
    return position


def _quoted(data: bytes, quote: t.Match[bytes]) -> Node:
    """What q or qw quotes: a string, or words (of kind OTHER), which are one value only in a list."""
    end = _closed(data, quote, quote.group(3), quote.end(), 'string')
    return Node(OTHER if quote.group(1) else STRING, quote.start(), end, ())


def _is_one_word(data: bytes, node: Node) -> bool:
    """Whether a value is one value, and not the several words of a qw."""
    raw = data[node.start : node.end]
    return not raw.startswith(b'qw') or len(raw[2:].lstrip()[1:-1].split()) == 1


def _pattern(data: bytes, quote: t.Match[bytes]) -> Node:
    opener, start = quote.group(2), quote.end()
    if opener not in b'/!,|#~%;:{([<':
        raise problem(data, quote.start(), 'a pattern in unusual quotes', 'write it as qr/…/')
    position = _closed(data, quote, opener, start, 'pattern')
    end = position - 1
    literal = _LITERAL_PATTERN.match(data, start, end).end()
    if literal < end:
        raise problem(
            data,
            literal,
            'Perl would put the value of a variable, or code, into this pattern',
            'put a backslash before the sign',
        )
    flags = _QR_FLAGS.match(data, position)
    if not flags:
        raise problem(data, position, 'a pattern with unknown flags')
    return Node(OTHER, quote.start(), flags.end(), ())


def _numeric(data: bytes, position: int) -> Node:
    """A number, or numbers joined by + - * / and parentheses (then of kind OTHER)."""
    start, depth = position, 0
    while True:
        position = _SIGN.match(data, position).end()
        if data[position : position + 1] == b'(':
            depth, position = depth + 1, BLANK.match(data, position + 1).end()
            continue
        number = _NUMBER.match(data, position)
        if not number:
            raise _foreign(data, position, 'where a number is expected')
        if number.end() - number.start() > _LONGEST_NUMBER:
            raise problem(data, position, 'a number longer than Perl reads', _CURE)
        end = number.end()
        position = BLANK.match(data, end).end()
        while depth and data[position : position + 1] == b')':
            depth, end = depth - 1, position + 1
            position = BLANK.match(data, end).end()
        operator = data[position : position + 2]
        if operator[:1] not in (b'+', b'-', b'*', b'/') or operator in (b'**', b'++', b'--', b'//'):
            break
        position = BLANK.match(data, position + 1).end()
    if depth:
        raise _foreign(data, position, 'where ) is expected')
    plain = _PLAIN_NUMBER.match(data, start)
    return Node(NUMBER if plain and plain.end() == end else OTHER, start, end, ())


def _number_text(raw: str) -> str:
    sign, raw = ('-', raw[1:]) if raw[0] == '-' else ('', raw.lstrip('+'))
    raw = raw.replace('_', '')
    number: float
    if re.match('0[xXbB]', raw):
        number = int(raw[2:], 16 if raw[1] in 'xX' else 2)
    elif re.match('0[0-7]+$', raw):
        number = int(raw, 8)
    elif raw.isdigit():
        number = int(raw)
    else:
        number = float(raw)
    return number_text(number, sign)


def _unescaped(match: t.Match[bytes]) -> bytes:
    letter = match.group(1)
    if letter[:1] == b'x':
        number = int(b'0' + letter[1:].strip(b'{}'), 16)
    elif letter[:1] in b'01234567':
        number = int(letter, 8)
    else:
        return _LETTERS.get(letter, letter)
    return bytes((number,)) if number < 256 else chr(number).encode('utf-8', 'surrogatepass')


def _foreign(data: bytes, position: int, where: str, cure: str = _CURE) -> t.Any:
    if position == len(data):
        return problem(data, position, 'the file ends ' + where)
    for pattern, what in _FOREIGN:
        if pattern.match(data, position):
            return problem(data, position, f'{what} {where}', cure)
    return problem(data, position, 'something that is outside the literal subset of Perl ' + where, cure)


PERL = Syntax(
    'nmis',
    parse,
    BLANK,
    RUNS,
    read_key,
    read_scalar,
    separate,
    text,
    deepest=None,
    arrow=b'=>',
    comma_after_last=True,
    rest_of_line=re.compile(rb'[ \t\r]*(?:#[^\n]*)?\n'),
    quotes=quotes,
    quote=quote,
    quote_key=quote_key,
    groups=True,
)
