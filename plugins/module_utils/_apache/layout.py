# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How distributions lay out Apache (pure; private to the collection).

Sources: Debian's README.Debian and a2enmod(8); Fedora's httpd.spec, httpd.service(8) and apachectl(8) (which since
RHEL 9 refuses -t -D and -S, so that httpd itself is asked); SUSE's apache2.spec, README.QUICKSTART and the Apache
chapter of its administration guide (start_apache2 hands the variables of /etc/sysconfig/apache2 to httpd).
"""

import posixpath
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


class Layout(t.NamedTuple):
    """How one distribution lays out Apache."""

    name: str
    #: The program that takes -t, -C and -D.
    control: str
    #: Where .so files are looked for, in this order.
    modules_folders: t.Tuple[str, ...]
    #: What decides which modules are loaded: a folder of links, a folder of drop-ins, a file of variables.
    enabling: str
    #: How the paths begin of files whose directives come and go with modules.
    module_settings: t.Tuple[str, ...]
    #: Folders of VirtualHosts and of links to them (None: no links needed).
    sites: str
    enabled_sites: t.Optional[str]
    #: The systemd unit.
    service: str
    #: What is there on such a host and on no other.
    marks: t.Tuple[str, ...]


_SUSE_FOLDERS = tuple(
    f'/usr/{lib}/apache2{mpm}' for lib in ('lib64', 'lib') for mpm in ('', '-event', '-worker', '-prefork')
)
LAYOUTS = (
    Layout(
        'debian',
        '/usr/sbin/apache2ctl',
        ('/usr/lib/apache2/modules',),
        '/etc/apache2/mods-enabled',
        ('/etc/apache2/mods-enabled/',),
        '/etc/apache2/sites-available',
        '/etc/apache2/sites-enabled',
        'apache2',
        ('/usr/sbin/apache2ctl', '/usr/sbin/a2enmod', '/etc/apache2/mods-available'),
    ),
    Layout(
        'suse',
        '/usr/sbin/start_apache2',
        _SUSE_FOLDERS,
        '/etc/sysconfig/apache2',
        ('/etc/apache2/mod_', '/etc/apache2/ssl-global.conf'),
        '/etc/apache2/vhosts.d',
        None,
        'apache2',
        ('/usr/sbin/start_apache2', '/etc/sysconfig/apache2'),
    ),
    Layout(
        'redhat',
        '/usr/sbin/httpd',
        ('/etc/httpd/modules', '/usr/lib64/httpd/modules', '/usr/lib/httpd/modules'),
        '/etc/httpd/conf.modules.d',
        ('/etc/httpd/conf.modules.d/',),
        '/etc/httpd/conf.d',
        None,
        'httpd',
        ('/usr/sbin/httpd', '/etc/httpd/conf.modules.d'),
    ),
)


def detect(exists: t.Callable[[str], bool]) -> Layout:
    """The layout of this host.

    Args:
        exists (callable): whether a path is there.

    Raises:
        Problem: there is no Apache in a layout that this collection knows.
    """
    for layout in LAYOUTS:
        if all(exists(path) for path in layout.marks):
            return layout
    if any(exists(layout.control) for layout in LAYOUTS):
        raise Problem(
            'Apache is laid out here in a way that this version does not know; it knows those of Debian, '
            'Red Hat and SUSE',
            cure='see "Supported systems" in the README',
        )
    raise Problem('no Apache is installed on this host', cure='install it first (package apache2 or httpd)')


def module_file(layout: Layout, name: str, exists: t.Callable[[str], bool]) -> t.Optional[str]:
    """The path of a module's .so file (str), or None when there is none: not installed, or compiled in."""
    paths = [f'{folder}/mod_{name}.so' for folder in layout.modules_folders]
    return next((path for path in paths if exists(path)), None)


def drop_in(layout: Layout) -> str:
    """The path of our own file on Red Hat's layout: read last, so that it only fills gaps."""
    return layout.enabling + '/99-opmantek-omk.conf'


def load_file(layout: Layout, name: str) -> str:
    """The path of the file that loads a module on Debian's layout once it is enabled."""
    return f'{posixpath.dirname(layout.enabling)}/mods-available/{name}.load'


def enabling_files(layout: Layout, names: t.Iterable[str]) -> t.List[str]:
    """The files (list of str) whose change means that other modules are loaded."""
    if layout.name == 'debian':
        return [f'{layout.enabling}/{name}.load' for name in names]
    return [drop_in(layout) if layout.name == 'redhat' else layout.enabling]
