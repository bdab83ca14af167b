# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reaches a disposable host through `enter`, with pipelining.

containers.podman.podman, as it comes with the `ansible` of Python 3.11, does not pipeline: three podman calls and a
copied file a task instead of one call. That, and podman's own time, is most of the time that a scenario takes.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import ClassVar

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase, ensure_connect

DOCUMENTATION = """
name: disposable
short_description: Run tasks in a disposable host's container
description:
  - Runs commands as C(podman exec) does, as root. For the containers that the project's own playbooks make.
options:
  remote_addr:
    description: The name of the container.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
  pipelining:
    description:
      - Whether a module goes through the standard input of its Python, as the project's F(ansible.cfg) has it for ssh.
    type: bool
    default: true
    env:
      - name: ANSIBLE_PIPELINING
    vars:
      - name: ansible_pipelining
"""

ENTER = Path(__file__).resolve().parents[1] / 'enter'
GONE = (b'no such container', b'container state improper', b'is not running', b'no container with name or ID')


class Connection(ConnectionBase):
    transport = 'disposable'
    has_pipelining = True
    become_methods: ClassVar[list[str]] = ['sudo', 'su']

    def _connect(self):
        self._connected = True
        return self

    def _run(self, command: list[str], **streams) -> subprocess.CompletedProcess:
        container = self.get_option('remote_addr')
        done = subprocess.run([ENTER, container, *command], stderr=subprocess.PIPE, check=False, **streams)
        if done.returncode == 125 and any(words in done.stderr for words in GONE):
            raise AnsibleConnectionFailure(done.stderr.decode(errors='replace').strip())
        return done

    @ensure_connect
    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = self._run(['/bin/sh', '-c', cmd], input=in_data or b'', stdout=subprocess.PIPE)
        return done.returncode, done.stdout, done.stderr

    @ensure_connect
    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        with open(in_path, 'rb') as source:
            done = self._run(['/bin/sh', '-c', 'cat >"$1"', 'sh', out_path], stdin=source, stdout=subprocess.DEVNULL)
        if done.returncode:
            raise AnsibleError(f'could not put {out_path}: {done.stderr.decode(errors="replace").strip()}')

    @ensure_connect
    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        with open(out_path, 'wb') as target:
            done = self._run(['cat', in_path], stdin=subprocess.DEVNULL, stdout=target)
        if done.returncode:
            raise AnsibleError(f'could not fetch {in_path}: {done.stderr.decode(errors="replace").strip()}')

    def close(self):
        self._connected = False
