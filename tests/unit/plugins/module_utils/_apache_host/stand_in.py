# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with Apache in a temporary folder, and the programs of it that the packages run.

The files are real and the packages work on them as on a server. What Apache does with them is reckoned by `Host.run`,
which is handed to the packages as the way to run a program: it reads the same files, refuses directives whose module is
not loaded, and prints what httpd prints. That httpd does so is proven in tests/apache, on the real one.
"""

import os
import re
import time

from ansible_collections.opmantek.omk.plugins.module_utils._apache import drop_in, sysconfig
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts

PATH = '/en/omk/opCharts/events/log'
TUNNEL_MODULES = ['proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'ssl']
SITE = """\
<VirtualHost *:443>
    ServerName omk.example.com
    ErrorDocument 404 "not here"
</VirtualHost>
"""
#: The module without which Apache does not know a directive.
NEEDS = {
    'proxypass': 'proxy',
    'requestheader': 'headers',
    'sslengine': 'ssl',
    'sslcertificatefile': 'ssl',
    'sslcertificatekeyfile': 'ssl',
}
_LOAD = re.compile('LoadModule\f([a-z_]+)_module\f')


class Host:
    """One server.

    Args:
        folder (path): where it lives.
        name (str): of the layout: debian, redhat or suse.
        monkeypatch: of pytest.
    """

    def __init__(self, folder, name, monkeypatch):
        self.folder, self.name = folder, name
        self.modules, self.etc = folder / 'modules', folder / 'etc'
        self.sites = self.etc / ('sites-available' if name == 'debian' else 'conf.d')
        self.enabled_sites = self.etc / 'sites-enabled' if name == 'debian' else None
        self.log = []
        self.rendered = folder.parent / 'loadmodule.conf'
        #: Where Debian's programs note who wants a module enabled or disabled.
        self.notes = folder.parent / 'notes'
        #: What the unit's state is, and when it was started and last reloaded, in seconds before now (a machine may
        #: have been up for a minute).
        self.active, self.started, self.reloaded = True, 30, 30
        #: Sentences for the user.
        self.warnings = []
        self._make()
        self.layout = layouts.Layout(
            name,
            str(folder / 'control'),
            (str(self.modules),),
            str(self.enabling),
            (str(self.enabling),),
            str(self.sites),
            str(self.enabled_sites) if self.enabled_sites else None,
            'apache2',
            (str(folder / 'control'),),
        )
        monkeypatch.setattr(layouts, 'LAYOUTS', (self.layout,))

    def _make(self):
        for folder in (self.modules, self.etc, self.sites, self.enabled_sites):
            if folder:
                folder.mkdir()
        (self.folder / 'control').write_text('')
        for name in TUNNEL_MODULES + ['info', 'rewrite']:
            (self.modules / f'mod_{name}.so').write_text('')
        self.enabling = (
            self.etc / {'debian': 'mods-enabled', 'redhat': 'conf.modules.d', 'suse': 'sysconfig'}[self.name]
        )
        if self.name == 'suse':
            self.enabling.write_text('APACHE_MODULES="alias"\n')
            return
        self.enabling.mkdir()
        if self.name == 'debian':
            (self.etc / 'mods-available').mkdir()
            for name in TUNNEL_MODULES:
                depends = '# Depends: proxy\n' if name.startswith('proxy_') else ''
                (self.etc / 'mods-available' / (name + '.load')).write_text(depends)

    def write(self, name, text):
        """Write a site and enable it, as an admin would; returns its path."""
        path = self.sites / name
        path.write_bytes(text.encode('latin-1'))
        link = self.enabled_sites / name if self.enabled_sites else None
        if link and not link.exists():
            link.symlink_to('../sites-available/' + name)
        return link or path

    def enable(self, *names):
        """Enable modules, as an admin would."""
        if self.name == 'debian':
            for name in names:
                self._link(name)
        elif self.name == 'redhat':
            lines = [f'LoadModule {name}_module "{self.modules}/mod_{name}.so"\n' for name in names]
            (self.enabling / '00-admin.conf').write_text(''.join(lines))
        else:
            self.enabling.write_text('APACHE_MODULES="{}"\n'.format(' '.join(['alias', *names])))

    def tree(self):
        """Every file and link of the host with what is in it (dict of str)."""
        found = {}
        for top in (self.folder, self.notes):
            for folder, _folders, files in os.walk(str(top)):
                for name in files:
                    path = os.path.join(folder, name)
                    with_links = os.path.islink(path)
                    found[os.path.relpath(path, str(self.folder))] = os.readlink(path) if with_links else _content(path)
        return found

    def loaded(self):
        """The modules (set of str) that the configuration loads."""
        if self.name == 'debian':
            return {path.stem for path in self.enabling.glob('*.load')}
        if self.name == 'redhat':
            return {name for path in self.enabling.glob('*.conf') for name in drop_in.parse(path.read_text())}
        return set(sysconfig.modules(self.enabling.read_text()))

    def reload(self):
        """As systemctl reload would: a second after what was written."""
        self.reloaded = -1

    def run(self, command):
        """Run a program of the host: (exit code, standard output, standard error)."""
        self.log.append(command)
        program = os.path.basename(command[0])
        if program == 'systemctl':
            return 0, self._unit(command[-1]), ''
        if program in ('a2enmod', 'a2dismod'):
            return getattr(self, '_' + program)(command[2:])
        assert command[0] == self.layout.control, command
        return self._control(command[1:])

    def _unit(self, unit):
        if unit.startswith('no-such'):
            return 'LoadState=not-found\nActiveState=inactive\n'
        now = time.monotonic()
        lines = ['LoadState=loaded', 'ActiveState=' + ('active' if self.active else 'inactive')]
        for name, ago in (('InactiveExit', self.started), ('StateChange', self.reloaded)):
            lines.append(f'{name}TimestampMonotonic={int((now - ago) * 1e6)}')
        return '\n'.join(lines) + '\n'

    def _link(self, name):
        link = self.enabling / (name + '.load')
        if not link.exists():
            link.symlink_to(f'../mods-available/{name}.load')

    def _note(self, name, kept, gone):
        (self.notes / kept).mkdir(parents=True, exist_ok=True)
        (self.notes / kept / name).write_text('')
        if (self.notes / gone / name).exists():
            (self.notes / gone / name).unlink()

    def _a2enmod(self, names):
        with_proxy = ['proxy'] if any(name.startswith('proxy_') for name in names) else []
        for name in with_proxy + names:
            self._link(name)
            self._note(name, 'enabled_by_admin', 'disabled_by_admin')
        return 0, '', ''

    def _a2dismod(self, names):
        for name in names:
            if name == 'proxy' and any(other.startswith('proxy_') for other in self.loaded()):
                return 1, '', 'ERROR: The following modules depend on proxy and need to be disabled first\n'
            (self.enabling / (name + '.load')).unlink()
            self._note(name, 'disabled_by_admin', 'enabled_by_admin')
        return 0, '', ''

    def files(self):
        """The configuration files as Apache includes them (list of path)."""
        return sorted((self.enabled_sites or self.sites).glob('*.conf'))

    def _control(self, arguments):
        if arguments == ['-v']:
            return 0, 'Server version: Apache/2.4.66 (Unix)\n', ''
        loaded = self.loaded()
        if self.name == 'suse':  # start_apache2 renders its list, also for a test
            lines = [f'LoadModule {name}_module {self.modules}/mod_{name}.so\n' for name in sorted(loaded)]
            self.rendered.write_text(''.join(lines))
        given = [_LOAD.match(word).group(1) for word in arguments if _LOAD.match(word)]
        errors = ''.join(
            f'AH01574: module {name}_module is already loaded, skipping\n' for name in given if name in loaded
        )
        refusal = self._refusal(loaded | set(given))
        if refusal:
            return 1, '', errors + refusal
        if not any('DUMP_' in word for word in arguments):
            return 0, '', errors + 'Syntax OK\n'
        return 0, self._dump(sorted(loaded | set(given))), errors

    def _refusal(self, loaded):
        """What Apache says against the configuration (str), empty when it accepts it."""
        for path in self.files():
            for number, line in enumerate(path.read_bytes().decode('latin-1').splitlines(), 1):
                directive = (line.split() or [''])[0]
                needed = NEEDS.get(directive.lower())
                if directive == 'Broken' or (needed and needed not in loaded):
                    return (
                        f'AH00526: Syntax error on line {number} of {path}:\n'
                        f"Invalid command '{directive}', perhaps misspelled or defined by a module not included\n"
                    )
        return ''

    def _dump(self, modules):
        hosts, config = [], ['# In file: {}'.format(self.etc / 'main'), '#   1:', 'Timeout 60']
        for path in self.files():
            config.append(f'# In file: {path}')
            lines = path.read_bytes().decode('latin-1').splitlines()
            depth = 0
            for number, line in enumerate(lines, 1):
                text = line.strip()
                if not text or text.startswith('#'):
                    continue
                depth -= text.startswith('</')
                config += [f'#{number:4}:', '  ' * depth + text]
                depth += text.startswith('<') and not text.startswith('</')
                if text.startswith('<VirtualHost'):
                    address = text.split()[1].rstrip('>')
                    names = [one.split()[1] for one in lines[number:] if one.strip().startswith('ServerName')]
                    hosts.append((address, names[0] if names else 'localhost', path, number))
        return '\n'.join(
            ['VirtualHost configuration:']
            + ['{:<22} {} ({}:{})'.format(*host) for host in hosts]
            + [f'ServerRoot: "{self.etc}"', 'Loaded Modules:', ' core_module (static)', ' mpm_event_module (static)']
            + [f' {name}_module (shared)' for name in modules]
            + config
            + ['']
        )


def _content(path):
    with open(path, 'rb') as handle:
        return handle.read()
