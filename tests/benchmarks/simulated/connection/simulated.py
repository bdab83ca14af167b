# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any number of hosts that answer with what the real modules once said, so that only the controller's work counts."""

DOCUMENTATION = """
name: simulated
short_description: Hosts that are not there
author:
  - The opmantek.omk developers (@opmantek)
description:
  - Answers each module with its recorded output. Which hosts are unreachable, yellow or slow follows from their names,
    so that every run meets the same ones.
  - A host's number is the one at the end of its name. Of each hundred in a row, the first ones are unreachable, the
    next ones yellow, the next ones slow, as many as the options say.
options:
  recorded:
    description: The folder with the recorded output, as MODULE.json and MODULE-yellow.json.
    type: path
    required: true
    env:
      - name: SIMULATED_RECORDED
  answer_delay:
    description: Seconds until a host answers. (A task has a C(delay) of its own, which would count as this option.)
    type: float
    default: 0
    env:
      - name: SIMULATED_ANSWER_DELAY
  slow_answer_delay:
    description: Seconds until a slow host answers.
    type: float
    default: 5
    env:
      - name: SIMULATED_SLOW_ANSWER_DELAY
  unreachable:
    description: How many percent of the hosts cannot be reached.
    type: int
    default: 0
    env:
      - name: SIMULATED_UNREACHABLE
  yellow:
    description: How many percent of the hosts are yellow.
    type: int
    default: 0
    env:
      - name: SIMULATED_YELLOW
  slow:
    description: How many percent of the hosts are slow.
    type: int
    default: 0
    env:
      - name: SIMULATED_SLOW
  remote_addr:
    description: The host's name.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
"""

import pathlib
import re
import time

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

_MODULE = re.compile(rb"ansible(?:_collections\.opmantek\.omk\.plugins)?\.modules\.(\w+)['\"]")


class Connection(ConnectionBase):
    """One host that is not there."""

    transport = 'simulated'
    has_pipelining = True
    always_pipeline_modules = True

    def _connect(self):
        if self._number() < self.get_option('unreachable'):
            raise AnsibleConnectionFailure('This host is simulated, and is one of those that cannot be reached.')
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """The recorded output of the module that stands in `in_data`: (exit code, standard output, standard error)."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        module = _MODULE.search(in_data or b'')
        if not module:
            return 1, b'', b'A simulated host runs only modules that are handed to it whole.'
        number = self._number() - self.get_option('unreachable')
        yellow, slow = self.get_option('yellow'), self.get_option('slow')
        time.sleep(self.get_option('slow_answer_delay' if yellow <= number < yellow + slow else 'answer_delay'))
        folder, name = pathlib.Path(self.get_option('recorded')), module[1].decode()
        kept = folder / f'{name}-yellow.json'
        if number >= yellow or not kept.exists():
            kept = folder / f'{name}.json'
        return 0, kept.read_bytes(), b''

    def _number(self):
        return int(re.search('[0-9]+$', self.get_option('remote_addr'))[0]) % 100

    def put_file(self, in_path, out_path):
        """Not needed: modules are handed over on standard input."""
        raise AnsibleConnectionFailure('A simulated host takes no files.')

    def fetch_file(self, in_path, out_path):
        """Not needed either."""
        raise AnsibleConnectionFailure('A simulated host has no files.')

    def close(self):
        """Nothing is open."""
        self._connected = False
