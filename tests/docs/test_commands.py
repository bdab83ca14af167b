# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of the README and of the docs works as it stands, in the order of its page. Wants root and podman."""

import re
import subprocess

import pytest
from executions import ELSEWHERE, IN_PLACE_OF, NOWHERE, PARTS
from pages import CHECKOUT, PAGES, inline_commands, steps, stray_commands


def name_of(page):
    return page.relative_to(CHECKOUT).as_posix()


def executed_here(page):
    return [step for step in steps(page.read_text()) if step.what not in {*ELSEWHERE, *NOWHERE, *PARTS}]


WITH_COMMANDS = [page for page in PAGES if any(step.kind == 'command' for step in executed_here(page))]
EVERY_COMMAND = {step.what for page in PAGES for step in steps(page.read_text()) if step.kind == 'command'}


@pytest.mark.parametrize('page', WITH_COMMANDS, ids=name_of)
def test_the_commands_of_a_page(reader, page, record_property):
    todo = executed_here(page)
    if any('-i inventory' in step.what for step in todo):
        reader.fresh_hosts()
    reader.follow(todo)
    record_property('commands executed', sum(step.kind == 'command' for step in todo))


@pytest.mark.parametrize('page', PAGES, ids=name_of)
def test_no_command_hides_from_this_test(page):
    """Commands in the text are executed somewhere too, or named as not, and code blocks name their language."""
    text = page.read_text()
    known = EVERY_COMMAND | {*ELSEWHERE, *NOWHERE, *PARTS}
    assert [command for command in inline_commands(text) if command not in known] == []
    assert stray_commands(text) == []


@pytest.mark.parametrize('command', sorted(ELSEWHERE))
def test_what_is_executed_elsewhere_is(command):
    stated = ELSEWHERE[command]
    assert stated.why
    assert stated.line in (CHECKOUT / stated.file).read_text().splitlines()


@pytest.mark.parametrize('command', PARTS)
def test_a_part_is_run_by_test_all(command):
    def parts_of(target):
        recipe = subprocess.run(
            ['make', '--dry-run', '--no-print-directory', target],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        listed = subprocess.run(
            recipe.replace('dev/test', 'dev/test --list', 1),
            cwd=CHECKOUT,
            check=True,
            shell=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        assert recipe.startswith('dev/test') and listed
        return set(listed)

    assert parts_of(command.removeprefix('make ')) <= parts_of('test-all')


def test_what_a_part_holds_of_another():
    """As dev/test says of those that `all` does not run by themselves."""
    source = (CHECKOUT / 'dev/test').read_text()
    assert 'within=([matrix]=unit [lint]=quick_lint)' in source
    assert '\nlint() {\n    quick_lint\n' in source
    assert '\nunit() { python -m pytest --numprocesses "$(($(nproc) + 2))" tests/unit; }\n' in source
    matrix = (CHECKOUT / 'dev/matrix').read_text()
    assert 'tests=(tests/unit)' in matrix and '-m pytest "${tests[@]}"' in matrix


def test_what_is_replaced_stands_on_a_page():
    assert {*IN_PLACE_OF, *ELSEWHERE, *NOWHERE} <= EVERY_COMMAND | {
        command for page in PAGES for command in inline_commands(page.read_text())
    }


def test_each_replaced_command_has_one_reason():
    assert all(NOWHERE.values()) and all(why for _command, why in IN_PLACE_OF.values())
    every = [*IN_PLACE_OF, *ELSEWHERE, *NOWHERE, *PARTS]
    assert sorted(every) == sorted(set(every))


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('```sh\nansible-playbook --no-such-option\n```\n', 'status 2 and not 0'),
        ('```sh\ntrue\nfalse\n```\n', 'line 3: false'),
        ('<!-- test: exit 2 -->\n```sh\ntrue\n```\n', 'status 0 and not 2'),
        ('```console\n$ echo green\nyellow\n```\n', 'not printed: yellow'),
    ],
)
def test_a_wrong_command_is_found(reader, text, why):
    with pytest.raises(AssertionError, match=re.escape(why)):
        reader.follow(steps(text))


def test_a_page_is_read_as_its_reader_does():
    text = """\
```ini
# a/b.ini
[x]
```
1. In a list:

   ```console
   $ echo 'one  two' \\
       three   # why
   one … three
   ```
<!-- test: in an empty folder -->
<!-- test: exit 1 -->
```sh
# nothing
false
```
<!-- test: file: c.csv -->
```text
a,b
```
"""
    found = steps(text)
    assert [step.kind for step in found] == ['file', 'command', 'place', 'command', 'file']
    assert (found[4].what, found[4].more) == ('c.csv', 'a,b\n')
    assert found[0].what == 'a/b.ini' and found[0].more == '# a/b.ini\n[x]\n'
    assert found[1].more == ['one … three'] and found[1].what.startswith("echo 'one  two'     three")
    assert (found[3].what, found[3].status, found[3].line) == ('false', 1, 16)
    assert inline_commands('Run `make demo`, not `makeup`, or\n`make\ndemo-down`.') == ['make demo', 'make demo-down']
    assert stray_commands('Run\n\n    make demo\n') == ['make demo']
