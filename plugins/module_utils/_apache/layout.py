# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How distributions lay out Apache (pure; private to the collection)."""

import collections

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: control: program that takes -t and -D; modules_folder: the .so files; available_modules, enabled_modules: folders of
#: .load files and of links to them; sites, enabled_sites: folders of VirtualHosts and of links to them; service: the
#: systemd unit.
Layout = collections.namedtuple(
    'Layout', 'name control modules_folder available_modules enabled_modules sites enabled_sites service')

_LAYOUTS = (
    Layout('debian', '/usr/sbin/apache2ctl', '/usr/lib/apache2/modules', '/etc/apache2/mods-available',
           '/etc/apache2/mods-enabled', '/etc/apache2/sites-available', '/etc/apache2/sites-enabled', 'apache2'),
)
_MARKS = {'debian': ('/usr/sbin/apache2ctl', '/usr/sbin/a2enmod', '/etc/apache2/mods-available')}


def detect(exists):
    """The layout of this host.

    Args:
        exists (callable): whether a path is there.

    Raises:
        Problem: there is no Apache in a layout that this collection knows.
    """
    for layout in _LAYOUTS:
        if all(exists(path) for path in _MARKS[layout.name]):
            return layout
    if exists('/usr/sbin/httpd') or exists('/usr/sbin/apache2ctl') or exists('/usr/sbin/start_apache2'):
        raise Problem("Apache is laid out here in a way that this version does not know; it knows Debian's",
                      cure='see "Supported systems" in the README')
    raise Problem('no Apache is installed on this host', cure='install it first (package apache2)')
