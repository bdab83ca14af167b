# shellcheck shell=bash
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-test on what is in the checkout; to be sourced after dev/env.sh.
#
# ansible-test wants a tree called ansible_collections/opmantek/omk with a git repository of its own; with anything less
# it says "All targets skipped" and succeeds. So it gets a copy, and its log has to say that tests ran.

# One line, "3.12 /path/of/python3.12", for each Python from 3.6 on that is here, newest first. Version managers put
# scripts of the same names on the PATH, which ansible-test cannot run: the path is the one that the interpreter tells.
interpreters() {
    local minor candidate
    for ((minor = 20; minor >= 6; minor--)); do
        while read -r candidate; do
            "$candidate" - "3.$minor" <<'END_OF_SCRIPT' 2>/dev/null && break
import ensurepip, os, sys, venv

if "%d.%d" % sys.version_info[:2] != sys.argv[1]:
    sys.exit(1)
print(sys.argv[1], os.path.realpath(sys.executable))
END_OF_SCRIPT
        done < <(
            type -ap "python3.$minor" | grep -v "^$OMK_CHECKOUT/"
            compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor.*/bin/python3.$minor"
        )
    done
}

# ansible_test BIN WITNESS ARGUMENTS...: runs the ansible-test in the folder BIN; fails unless its output has a line that
# matches WITNESS.
ansible_test() {
    local bin=$1 witness=$2 tree=$OMK_CHECKOUT/.cache/tree/ansible_collections/opmantek/omk
    local home=$OMK_CHECKOUT/.cache/ansible-test-home log=$OMK_CHECKOUT/.cache/ansible-test.log version folders
    shift 2

    # What ansible-test installed for itself stays from run to run; the copy of the checkout does not.
    mkdir -p "$tree" "$home/.ansible/test/cache"
    find "$tree" -mindepth 1 -maxdepth 1 ! -name tests -exec rm -rf {} +
    find "$tree" -mindepth 2 -maxdepth 2 -path "$tree/tests/*" ! -name output -exec rm -rf {} +
    git -C "$OMK_CHECKOUT" ls-files --cached --others --exclude-standard -z -- . ':!:.collections' |
        xargs -0 tar --create --directory "$OMK_CHECKOUT" --ignore-failed-read 2>/dev/null | tar --extract --directory "$tree"
    git -C "$tree" init --quiet
    echo tests/output >>"$tree/.git/info/exclude"
    git -C "$tree" add --all

    folders=$(interpreters | while read -r _ python; do printf '%s:' "$(dirname -- "$python")"; done)

    # ansible-test would download a script that installs pip; Python brings pip along, so this one only unpacks it.
    for version in 21.3.1 23.1.2 24.0 24.2 25.0.1 25.2 25.3; do
        cat >"$home/.ansible/test/cache/get_pip_${version//./_}.py" <<'END_OF_SCRIPT'
import ensurepip
import sys

ensurepip.bootstrap(root=None, upgrade=True, default_pip=True)
sys.exit(0)
END_OF_SCRIPT
    done

    (
        cd "$tree"
        HOME=$home PATH=$bin:$folders$PATH ansible-test "$@" 2>&1 | tee "$log"
    ) || return
    grep -qE "$witness" "$log" || {
        echo "ansible-test $1: it ran no test" >&2
        return 1
    }
}
