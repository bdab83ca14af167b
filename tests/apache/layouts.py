# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration trees below tests/corpus/apache: held against our reading (unit tests) and against real Apache.

What a tree is and what its expect.yml may say is told in tests/corpus/apache/README.md.
"""

import collections
import pathlib
import re

import yaml

PATH = '/en/omk/opCharts/events/log'
WS = f'ProxyPass "{PATH}" "ws://localhost:8042{PATH}"'
GENERIC = 'ProxyPass /en/omk http://localhost:8042/en/omk'
APACHE = '/etc/apache2/'
CORPUS = pathlib.Path(__file__).resolve().parents[1] / 'corpus/apache'

#: One tree. files: path below Apache's folder to content (bytes); links: the same to a target; the rest is of its
#: expect.yml.
Layout = collections.namedtuple(
    'Layout',
    'name title files links options vhost also changes refused handshake before called at port credentials '
    'starts warnings before_version doubt tells',
)

#: Directives that Apache resolves before anything else is looked at, and lines that go on in the next one.
_RESOLVED = re.compile(rb'^\s*<?(?:If\w*|Include\w*|Define|Macro|Use)\b|\\\r?$', re.MULTILINE | re.IGNORECASE)


def _enabled(files):
    """The links that a2ensite and a2enconf would make."""
    return {
        f'{kind}-enabled/{name}': f'../{kind}-available/{name}'
        for path in files
        for kind, available, name in [path.partition('-available/')]
        if available and kind in ('sites', 'conf')
    }


def _load(folder):
    expected = yaml.safe_load((folder / 'expect.yml').read_text())
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file() and path.name != 'expect.yml'
    }
    given = {
        'links': _enabled(files),
        'options': {},
        'vhost': None,
        'also': [],
        'changes': None,
        'refused': None,
        'before': None,
        'called': 'omk.example.com',
        'at': ['*'],
        'port': 443,
        'credentials': None,
        'starts': True,
        'warnings': [],
        'before_version': {},
        'doubt': None,
        'tells': None,
        **expected,
    }
    return Layout(name=folder.name, files=files, **given)


def on_version(layout, version):
    """What is expected of a tree on an Apache of a version (tuple of int), newest differences first."""
    for since in sorted(layout.before_version, key=numbers, reverse=True):
        if version < numbers(since):
            layout = layout._replace(**layout.before_version[since])
    return layout


def numbers(version):
    return tuple(int(part) for part in version.split('.'))


LAYOUTS = [_load(folder) for folder in sorted(CORPUS.iterdir()) if folder.is_dir()]


def _linked(layout):
    """(path as Apache includes it, content) of each enabled file, in Apache's order; no content for an odd link."""
    return [
        (APACHE + link, layout.files.get(target.replace('../', ''))) for link, target in sorted(layout.links.items())
    ]


def plain(layout):
    """Whether the files say by themselves what Apache's effective configuration is."""
    return not any(content is None or _RESOLVED.search(content) for _path, content in _linked(layout))


def stands_in_a_virtualhost(layout):
    """Whether the place that is named is a VirtualHost, in a file that a link enables."""
    target = layout.links.get((layout.vhost or '').rpartition(':')[0], '')
    return b'virtualhost' in (layout.files.get(target.replace('../', '')) or b'').lower()


def printed(lines):
    """Directives and tags as Apache's dump prints them (list of str), given as (line number, text) pairs.

    Each stands below its number, indented by its depth; a section that holds nothing gets no closing tag.
    """
    result, depth, opened = [], 0, False
    for number, text in lines:
        if text.startswith('</'):
            depth -= 1
            result += [] if opened else ['  ' * depth + text]
        else:
            result += [f'{"  " * depth}# {number:3}:', '  ' * depth + text]
        opened = text.startswith('<') and not text.startswith('</')
        depth += opened
    return result


def effective(layout):
    """The effective configuration of a plain tree, as Apache's dump prints it."""
    dumped = []
    for path, content in _linked(layout):
        lines = enumerate(content.decode('latin-1').splitlines(), 1)
        told = [(number, ' '.join(line.split(None, 1))) for number, line in lines]
        dumped += [f'# In file: {path}', *printed((number, text) for number, text in told if text and text[0] != '#')]
    return '\n'.join(dumped)


def located(rule, path=PATH):
    """A <Location> with one rule."""
    return (f'<Location "{path}">', rule, '</Location>')
