# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to Apache's control program (private to the collection).

The program is run by a callable that the modules hand in: it takes a list of str and returns (exit code, standard
output, standard error), as AnsibleModule.run_command does.
"""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import dump as dumps
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache import modules as dependencies
from ansible_collections.opmantek.omk.plugins.module_utils._apache import versions
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run

#: What a tunnel through TLS needs, dependencies first.
NEEDED_MODULES = ('proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'ssl')
_ALREADY = re.compile(r'AH01574: module (\w+)_module is already loaded')


def load_arguments(layout: layouts.Layout, modules: t.Iterable[str], exists: t.Callable[[str], bool]) -> t.List[str]:
    """``-C LoadModule`` arguments that load modules for one call; those that are loaded already only give a warning."""
    result = []
    for module in dependencies.with_dependencies(modules, dependencies.depends_on):
        path = layouts.module_file(layout, module, exists)
        if path:
            result += ['-C', dumps.one_word(f'LoadModule {module}_module {path}')]
    return result


def ask(
    run: Run,
    layout: layouts.Layout,
    exists: t.Callable[[str], bool],
    assumed_modules: t.Iterable[str] = (),
    version_matters: bool = False,
) -> dumps.Dump:
    """Apache's test of the whole configuration, and everything that it tells of it, in one call.

    Where its version matters for what stands there, one more call asks for that.

    Args:
        run, exists (callables): how to run a program; whether a path is there.
        layout (Layout)
        assumed_modules (iterable of str): modules to take as loaded, because they are about to be.
        version_matters (bool): ask for the version whatever stands in the configuration.

    Returns:
        Dump

    Raises:
        Problem: Apache does not accept its configuration, or tells nothing.
    """
    arguments = dumps.dump_arguments(layouts.module_file(layout, 'info', exists))
    code, output, errors = run([layout.control] + load_arguments(layout, assumed_modules, exists) + arguments)
    if code:
        raise dumps.configuration_problem(errors, layout.control)
    dump = dumps.parse_dump(output)
    if not dump.modules:  # some are always compiled in
        raise Problem(
            'Apache says nothing about its configuration',
            layout.control,
            cure=f'see what this prints: {layout.control} -t -D DUMP_MODULES',
        )
    if not dump.config:
        raise Problem(
            'Apache has no mod_info, without which it cannot tell its effective configuration',
            layout.modules_folders[0],
            cure='install the package that brings mod_info.so',
        )
    if version_matters or versions.matters(dump.config):
        return dump._replace(version=versions.parse(run([layout.control, '-v'])[1]))
    return dump


def test(
    run: Run,
    layout: layouts.Layout,
    exists: t.Callable[[str], bool],
    assumed_modules: t.Iterable[str] = (),
) -> t.Set[str]:
    """Apache's plain test of the whole configuration, certificates included.

    Returns:
        set of str: those of the assumed modules that the configuration loads by itself, as far as Apache warns of them
        (an option -e among its arguments can keep it from warning at all).

    Raises:
        Problem: what Apache says.
    """
    code, _output, errors = run([layout.control] + load_arguments(layout, assumed_modules, exists) + ['-t'])
    if code:
        raise dumps.configuration_problem(errors, layout.control)
    return set(_ALREADY.findall(errors))


def loaded_modules(run: Run, layout: layouts.Layout) -> t.Set[str]:
    """The names of the modules that Apache loads, compiled in or not (set of str).

    Raises:
        Problem: Apache does not accept its configuration.
    """
    code, output, errors = run([layout.control, '-t', '-D', 'DUMP_MODULES'])
    if code:
        raise dumps.configuration_problem(errors, layout.control)
    return set(dumps.parse_dump(output).modules)


def loaded_in_spite_of_errors(
    run: Run,
    layout: layouts.Layout,
    exists: t.Callable[[str], bool],
    names: t.Iterable[str],
) -> t.Set[str]:
    """Those of `names` (set of str) that Apache loads although it may refuse its configuration further down.

    Each is loaded once more for this call: mod_so warns of those that the configuration itself loads.
    """
    _code, _output, errors = run([layout.control] + load_arguments(layout, names, exists) + ['-t'])
    return set(_ALREADY.findall(errors)) & set(names)
