# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that several modules share, as argument specs (pure; private to the collection).

One for each documentation fragment, by its name in capitals. A module begins its own with those of its fragments.
"""

import typing as t

Arguments = t.Dict[str, t.Dict[str, t.Any]]

EVENTS_PATH = '/en/omk/opCharts/events/log'
OMK_BASE = '/usr/local/omk'
SETTING = 'websocket_proxy_port'

OPCOMMON: Arguments = {
    'opcommon_path': {'type': 'path'},
    'omk_base': {'type': 'path', 'default': OMK_BASE},
    'lock_timeout': {'type': 'float', 'default': 30},
}
PROBE: Arguments = {
    'validate_certs': {'type': 'bool', 'default': True},
    'ca_path': {'type': 'path'},
    'timeout': {'type': 'float', 'default': 10},
    'wait_for_event': {'type': 'float', 'default': 0},
    'username': {'type': 'str'},
    'password': {'type': 'str', 'no_log': True},
    'strict': {'type': 'bool', 'default': True},
    'certificate_days': {'type': 'int', 'default': 21},
}
SITE: Arguments = {
    'backend': {'type': 'str', 'default': 'localhost:8042'},
    'port': {'type': 'int', 'default': 443},
    'server_name': {'type': 'str'},
    'vhost': {'type': 'str'},
    'forwarded_proto': {'type': 'bool', 'default': True},
    'idle_timeout': {'type': 'int'},
    'content': {'type': 'str'},
}
STATUS: Arguments = {
    'sides': {'type': 'list', 'elements': 'str', 'choices': ['omk', 'apache'], 'default': ['omk', 'apache']},
    'setting': {'type': 'str', 'default': SETTING},
    'value': {'type': 'str', 'default': '443'},
    'omk_service': {'type': 'str', 'default': 'omkd'},
    'path': {'type': 'str', 'default': EVENTS_PATH},
    'paths': {'type': 'list', 'elements': 'str'},
    'modules': {'type': 'list', 'elements': 'str'},
    'address': {'type': 'str'},
    'apache_service': {'type': 'str'},
    'ask_apache': {'type': 'str', 'choices': ['always', 'when_yellow', 'unless_pending'], 'default': 'always'},
    'options': {'type': 'raw'},
    'run': {'type': 'raw'},
}
