# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache says of itself, as data (pure; private to the collection).

`dump_arguments` asks for everything in one call of the control program; `parse_dump` reads the answer. Sources: the
httpd manual's pages "httpd" (-t, -D, -C) and "mod_info" (DUMP_CONFIG).
"""

import functools
import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


class VirtualHost(t.NamedTuple):
    """One VirtualHost on one address."""

    address: str
    port: str
    name: str
    #: As it was included.
    file: str
    #: The last physical line of its opening tag.
    line: int
    aliases: t.List[str]
    wildcards: t.List[str]


class Node(t.NamedTuple):
    """One directive or section of the effective configuration."""

    name: str
    #: Its raw text.
    args: str
    #: Of a section, a list of `Node`; None for a directive.
    children: t.Optional[t.List[t.Any]]
    file: t.Optional[str]
    line: t.Optional[int]


class Dump(t.NamedTuple):
    """The whole answer."""

    #: In the order in which Apache tries them on an address.
    vhosts: t.List[VirtualHost]
    #: How each is linked: static or shared.
    modules: t.Dict[str, str]
    config: t.List[Node]
    #: The names that were defined, dumps among them.
    defines: t.Set[str]
    #: As far as somebody asked for it.
    version: t.Optional[t.Tuple[int, ...]] = None


_VHOST_ADDRESS = re.compile(r'^(\S+):(\d+|\*)\s+(\S.*)$')
_VHOST_NAMED = re.compile(r'^\s+port (?:\d+|\*) namevhost (.+)$')
_VHOST_PLACE = re.compile(r'^(\S+) \((.+):(\d+)\)$')
_VHOST_ALIAS = re.compile(r'^\s+(wild alias|alias) (\S+)$')
_MODULE = re.compile(r'^ (\S+)_module \((static|shared)\)$')
_CONFIG_FILE = re.compile(r'^\s*# In file: (.+)$')
_CONFIG_LINE = re.compile(r'^\s*#\s*(\d+):$')
_DEFINE = re.compile(r'^Define: (\w+)', re.MULTILINE)
#: An error in a file that is included is told as one of the line that includes it, and so on: the last one counts.
_SYNTAX_ERROR = re.compile(r'.*Syntax error on line (\d+) of (.+?):\s+(.+)')
#: One word of a directive: in double quotes, in single quotes, or bare.
_WORD = re.compile(r""""((?:\\["\\]|[^"])*)"?|'((?:\\['\\]|[^'])*)'?|([^ \t\n\v\f\r]+)""")
_HEADINGS = {
    'VirtualHost configuration:': 'vhosts',
    'Loaded Modules:': 'modules',
}


def dump_arguments(info_module: t.Optional[str]) -> t.List[str]:
    """Arguments (list of str) for the control program that make it print what `parse_dump` reads, and test it all.

    With ``-D DUMP_…`` httpd skips part of its test, such as whether certificates are there. Defined by a directive, the
    same names have it print the same without that.

    Args:
        info_module (str or None): path of mod_info.so, loaded for this call only; None when it is compiled in.
    """
    load = ['-C', one_word('LoadModule info_module ' + info_module)] if info_module else []
    dumps = ('DUMP_VHOSTS', 'DUMP_MODULES', 'DUMP_RUN_CFG', 'DUMP_CONFIG')
    return ['-t'] + load + [word for name in dumps for word in ('-C', one_word('Define ' + name))]


def one_word(directive: str) -> str:
    """The directive as one word for a shell: httpd takes a form feed for a blank, an unquoted ``$@`` does not.

    The control programs of Debian and SUSE are shell scripts, some of which lose the quotes of their arguments.
    """
    return directive.replace(' ', '\f')


def parse_dump(output: str) -> Dump:
    """The `Dump` in what Apache printed on its standard output."""
    blocks: dict = {'vhosts': [], 'modules': [], 'config': []}
    block = ''
    for line in output.split('\n'):  # a form feed is a blank to Apache
        if line in _HEADINGS:
            block = _HEADINGS[line]
        elif line.startswith('ServerRoot: "'):
            block = ''
        elif _CONFIG_FILE.match(line):
            block = 'config'
            blocks[block].append(line)
        elif block:
            blocks[block].append(line)
    modules = {found.group(1): found.group(2) for found in map(_MODULE.match, blocks['modules']) if found}
    config, defines = parse_config(blocks['config']), set(_DEFINE.findall(output))
    return Dump(_parse_vhosts(blocks['vhosts']), modules, config, defines, None)


def _parse_vhosts(lines: t.List[str]) -> t.List[VirtualHost]:
    """The VirtualHosts, without the "default server" lines, which repeat the first one of an address."""
    vhosts: list = []
    address = port = ''
    for line in lines:
        head = _VHOST_ADDRESS.match(line)
        named = _VHOST_NAMED.match(line)
        alias = _VHOST_ALIAS.match(line)
        text = ''
        if head:
            address, port, text = head.groups()
        elif named:
            text = named.group(1)
        elif alias and vhosts:
            (vhosts[-1].wildcards if alias.group(1) == 'wild alias' else vhosts[-1].aliases).append(alias.group(2))
        place = _VHOST_PLACE.match(text)
        if place:
            name, file, number = place.groups()
            vhosts.append(VirtualHost(address, port, name, file, int(number), [], []))
    return vhosts


def parse_config(lines: t.List[str]) -> t.List[Node]:
    """The effective configuration as a tree (list of `Node`), from the lines (iterable of str) of Apache's dump.

    The conditional sections are resolved by Apache itself. Without its comments on files and lines those are None.

    What stands in what is told by the indentation alone, which is the depth in Apache's own tree. Closing tags are no
    help: a section in which nothing is left has none. Source: mod_info.c of httpd.
    """
    top: list = []
    enclosing = [(-1, top)]  # (indentation, children) of the sections around the line
    file = number = None
    for line in lines:
        text = line.strip()
        in_file = _CONFIG_FILE.match(line)
        at_line = _CONFIG_LINE.match(line)
        if in_file:
            file = in_file.group(1)
        elif at_line:
            number = int(at_line.group(1))
        # Each directive comes after its number; a closing tag and the second line of a value have none.
        elif text and not text.startswith('</') and (file is None or number is not None):
            depth = len(line) - len(line.lstrip(' '))
            while enclosing[-1][0] >= depth:
                enclosing.pop()
            is_section = text.startswith('<')
            name, _blank, args = (text[1:].rpartition('>')[0] if is_section else text).partition(' ')
            children: list = []
            enclosing[-1][1].append(Node(name, args.strip(), children if is_section else None, file, number))
            if is_section:
                enclosing.append((depth, children))
            number = None
    return top


# What Apache says of a mistake, by kind. Its words may quote arguments, which may be credentials: only the name of a
# directive and the kind of the mistake are told. Source: server/core.c and config.c of httpd.
_DIRECTIVE = r"['\"]?(</?[A-Z][A-Za-z]{1,40}>?|[A-Z][A-Za-z]{1,40})['\"]?"
_MISTAKES = (
    (rf'Invalid command {_DIRECTIVE},', "Invalid command '{}'"),
    (r'Invalid command', 'Invalid command'),
    (rf'{_DIRECTIVE}:? (?:takes|requires|needs|must have)\b', '{} has the wrong number or kind of arguments'),
    (rf'{_DIRECTIVE}:? (?:not allowed|cannot occur|cannot be used)', '{} is not allowed in this place'),
    (rf'{_DIRECTIVE} without matching', '{} has no counterpart'),
    (rf'(?:Expected|Unclosed) {_DIRECTIVE}', '{} is not closed, or closed in the wrong place'),
    (rf'{_DIRECTIVE} directive missing closing', '{} lacks its closing bracket'),
    (rf'{_DIRECTIVE}:.*(?:not exist|is empty|No such file)', 'the file that {} names does not exist or is empty'),
    (r'Cannot load .*(?:No such file|cannot open shared object)', 'a module that it is to load does not exist'),
    (r'Cannot load ', 'a module that it is to load cannot be loaded'),
    (r'Could not open|Cannot open|Unable to open', 'a file or folder that it is to read cannot be opened'),
    (r'no listening sockets', 'there are no listening sockets (Listen)'),
    (r'address already in use', 'another program listens on the same port'),
    (rf'{_DIRECTIVE}:? ', '{} is not as it should be'),
)


def configuration_problem(errors: str, control: str = 'apache2ctl') -> Problem:
    """The `Problem` that Apache's own test reported.

    Args:
        errors (str): its standard error.
        control (str): the program that was run, which shows the whole of it to whoever is root there.
    """
    found = _SYNTAX_ERROR.search(errors)
    file, number, message = None, None, errors
    if found:
        number, file, message = found.groups()
    else:
        noise = ('AH00558', 'Action ', 'The Apache error log may have more information')
        lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith(noise)]
        message = lines[0] if lines else ''
    return Problem(
        f'Apache refuses its configuration: {_mistake(message.strip())}',
        file,
        int(number) if number else None,
        cure=f'see all that it says with {control} -t, as root on this host',
        code='apache_broken_configuration',
    )


def _mistake(message: str) -> str:
    """The kind of a mistake (str), without what Apache quotes of the line."""
    if not message:
        return 'it gives no reason'
    message = re.sub(r'^AH[0-9]{5}: ', '', message)
    for pattern, told in _MISTAKES:
        # A name counts only where Apache begins with it; later in the line it may be part of an argument.
        found = (re.match if '{}' in told else re.search)(pattern, message)
        if found:
            return told.format(*found.groups())
    return 'something in this place is not as it should be'


def split_arguments(args: str) -> t.List[str]:
    """The words of a directive, split and unquoted as httpd's ap_getword_conf does.

    Blanks separate words; a word may stand in double or single quotes, which a backslash protects. A backslash protects
    itself everywhere.
    """
    return list(_words(args))


# The rules are gone through for each path and each view, and the arguments are the same each time.
@functools.lru_cache(maxsize=None)
def _words(args: str) -> t.Tuple[str, ...]:
    words = []
    for found in _WORD.finditer(args):
        quote, word = next(pair for pair in zip(('"', "'", ''), found.groups()) if pair[1] is not None)
        words.append(re.sub(rf'\\([\\{quote}])', r'\1', word))
    return tuple(words)
