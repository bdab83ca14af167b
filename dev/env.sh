# shellcheck shell=bash
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The environment of every tool of the project; to be sourced: `. dev/env.sh`. Changes nothing on the system
# but, as root and only when it is too low, the kernel's inotify limit (and says so).

OMK_CHECKOUT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export OMK_CHECKOUT
export OMK_ARTIFACTS=${OMK_ARTIFACTS:-$OMK_CHECKOUT/artifacts}
export OMK_CONTAINER_PREFIX=${OMK_CONTAINER_PREFIX:-opmantek-}

case ":$PATH:" in
    *":$OMK_CHECKOUT/.venv/bin:"*) ;;
    *) export PATH=$OMK_CHECKOUT/.venv/bin:$PATH ;;
esac

export CONTAINERS_CONF=$OMK_CHECKOUT/molecule/shared/containers.conf
export ANSIBLE_CONFIG=$OMK_CHECKOUT/ansible.cfg
# Absolute, because molecule runs ansible-playbook from a scenario's own folder.
export ANSIBLE_COLLECTIONS_PATH=$OMK_CHECKOUT/.collections
export ANSIBLE_CONNECTION_PLUGINS=$OMK_CHECKOUT/molecule/shared/connection
export MOLECULE_GLOB="$OMK_CHECKOUT/molecule/*/molecule.yml"
# Compiled once, and not between the sources: each ansible-playbook and each worker of pytest would compile all of it anew,
# which takes three times as long as what they then do. Some machines' environments forbid it.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$OMK_CHECKOUT/.cache/pycache
# Whoever runs the checkout's programs trusts it, also when it belongs to somebody else, as in a runner's mounted volume.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$OMK_CHECKOUT
# Plain output: molecule would otherwise draw a box around each run and break long lines.
export MOLECULE_COMMAND_BORDERS=false

# Every booted container takes about five of these; with the usual 128 the 22nd one hangs while booting.
if ((EUID == 0)); then
    limit=/proc/sys/fs/inotify/max_user_instances
    if [[ -w $limit && $(<$limit) -lt 8192 ]]; then
        printf 'env: raising fs.inotify.max_user_instances from %s to 8192 until the next boot\n' "$(<$limit)" >&2
        echo 8192 >$limit || echo "env: could not; more than 20 hosts at once may hang" >&2
    fi
    unset limit
fi
