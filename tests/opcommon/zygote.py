# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process with everything loaded that, told by a signal, runs the module in one child after another.

What is traced and made to fail is then the module's own run, not the start of Python. The process itself touches no
file between two rounds. Run as: ``zygote.py FOLDER``; ``FOLDER/N/arguments`` hold the arguments of child N.
"""

import functools
import io
import json
import os
import signal
import socket
import sys
import traceback

from ansible.module_utils import basic
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.modules import opcommon_setting


def run_module(arguments):
    """What the module printed (str), and the traceback if one escaped it."""
    basic._ANSIBLE_ARGS = arguments
    basic._ANSIBLE_PROFILE = 'legacy'
    sys.stdout = io.StringIO()
    try:
        opcommon_setting.main()
    except SystemExit:
        return sys.stdout.getvalue()
    except BaseException:
        return 'TRACEBACK ' + traceback.format_exc()
    return 'TRACEBACK no result'


def main():
    folder = sys.argv[1]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    children = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name, 'arguments')) as handle:
            fields = json.load(handle)
        change = functools.partial(files.change, records=fields['records'], backups=fields['backups'])
        children.append((change, json.dumps({'ANSIBLE_MODULE_ARGS': fields['arguments']}).encode()))
    answers = socket.socket(fileno=1)  # sendto(2) is none of the calls that are made to fail
    answers.sendall(b'r')
    while True:
        signal.sigwait({signal.SIGUSR1})
        for change, arguments in children:
            child = os.fork()
            if not child:
                files.change = change
                said = run_module(arguments).encode()
                answers.sendall(len(said).to_bytes(4, 'big') + said)
                os._exit(0)
            _pid, status = os.waitpid(child, 0)
            if status:
                answers.sendall((0).to_bytes(4, 'big'))


if __name__ == '__main__':
    main()
