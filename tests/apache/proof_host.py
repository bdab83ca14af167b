# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disposable host of these tests' own: what they do to Apache would be in the way of the other tests."""

import contextlib
import pathlib
import subprocess

import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(name):
    """The host of dev/hosts/NAME (`servers.Server`), as long as the ``with`` block lasts."""
    up = subprocess.run([ROOT / 'dev/host', 'up', name], capture_output=True, text=True, check=False)
    assert up.returncode == 0, up.stdout + up.stderr
    try:
        yield servers.find(name)[0]
    finally:
        subprocess.run([ROOT / 'dev/host', 'down', name], check=True, capture_output=True)


def shell(server, script):
    """Run a shell script on the host that has to succeed; what it printed (str)."""
    ran = subprocess.run(
        [servers.ENTER, server.container, 'bash', '-eu'],
        input=script,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout
