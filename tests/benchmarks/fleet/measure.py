# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One measured run of a command, with all the processes that it starts.

ansible-playbook leaves ssh's connection masters behind, as children of nobody. This process adopts them (during a run
it is a subreaper, see prctl(2)), ends them when the run is over and so gets to know what they took. What runs on the
hosts is started by their own sshd and not counted: wait4(2) knows only our own descendants.
"""

import contextlib
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36
_RECAP = re.compile(r'^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)', re.MULTILINE)


@contextlib.contextmanager
def _adopting_orphans():
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), 'this kernel does not let a process adopt orphans')
    try:
        yield
    finally:
        # Else the monitors of containers that are started later would be adopted too.
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def run(command, log, environment):
    """Run a command to its end.

    Args:
        command (list of str)
        log (pathlib.Path): where its output goes.
        environment (dict)

    Returns:
        dict: `code` (int), `wall` and `cpu` (seconds; user and system time of it and all its descendants), `own` (the
        same of the command's first process alone: what more forks do not make faster), `rss` (bytes, of its biggest
        process).
    """
    with _adopting_orphans(), open(log, 'wb') as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment
        )
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - started
        own = _own_time(process.pid)
        _pid, status, usage = os.wait4(process.pid, 0)
        left = _end_children()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        'code': process.returncode,
        'wall': wall,
        'own': own,
        'cpu': sum(one.ru_utime + one.ru_stime for one in [usage, *left]),
        'rss': max(one.ru_maxrss for one in [usage, *left]) * 1024,
    }


def _own_time(process):
    # Fields 14 and 15 of proc_pid_stat(5); the name before them may hold blanks.
    fields = pathlib.Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def _end_children():
    usages = []
    while True:
        lists = pathlib.Path('/proc/self/task').glob('*/children')
        for child in ' '.join(children.read_text() for children in lists).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGTERM)
        try:
            _pid, _status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return usages
        usages.append(usage)


def recap(text):
    """What ansible-playbook says of each host at the end: (name, ok, changed, unreachable, failed) each."""
    return [(found[0], *map(int, found[1:])) for found in _RECAP.findall(text)]
