# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints, as JSON, what there is below the folders that the main job may touch.

Runs on a disposable host (`podman exec -i NAME python3 - <snapshot.py`), so Python 3.6 and nothing else.
"""

import hashlib
import json
import os
import stat

FOLDERS = (
    '/etc',
    '/usr/local/omk',
    '/var/backups',
    '/usr/local/share/ca-certificates',
    '/var/lib/opmantek.omk',
    '/var/lib/apache2/module',
    '/var/lib/stand-in-selinux',
)
# SUSE's start_apache2 writes it anew whenever Apache is asked something: only what is in it counts.
MADE_ANEW = '/etc/apache2/sysconfig.d/'


def describe(path):
    """What tells one state of a path from another: everything but the access time."""
    status = os.lstat(path)
    entry = {
        'mode': stat.filemode(status.st_mode),
        'owner': [status.st_uid, status.st_gid],
        'inode': status.st_ino,
        'links': status.st_nlink,
        'mtime': status.st_mtime_ns,
    }
    if stat.S_ISLNK(status.st_mode):
        entry['target'] = os.readlink(path)
    elif stat.S_ISREG(status.st_mode):
        with open(path, 'rb') as file:
            entry['sha256'] = hashlib.sha256(file.read()).hexdigest()
    if path.startswith(MADE_ANEW):
        del entry['mtime'], entry['inode']
    return entry


snapshot = {}
for folder in FOLDERS:
    if not os.path.isdir(folder):
        continue
    snapshot[folder] = describe(folder)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(parent, name)
            snapshot[path] = describe(path)
print(json.dumps(snapshot, indent=0, sort_keys=True))
