# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the modules run a program of the host (private to the collection)."""

import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: Runs a command (list of str) and returns its exit code, standard output and standard error.
Run = t.Callable[[t.List[str]], t.Tuple[int, str, str]]


def runner(module: t.Any) -> Run:
    """A callable that runs a command (list of str) and returns (exit code, standard output, standard error).

    Args:
        module (AnsibleModule): its ``run_command`` is used, in the C locale and in UTC, because output is parsed.

    Raises (the callable):
        Problem: the program cannot be run.
    """

    def run(command: t.List[str]) -> t.Tuple[int, str, str]:
        try:
            return module.run_command(command, environ_update={'LC_ALL': 'C', 'TZ': 'UTC'}, handle_exceptions=False)
        except OSError as error:
            raise Problem(f'the program cannot be run ({error.strerror})', command[0]) from error

    return run
