#!/usr/bin/python
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: websocket_probe
short_description: Tell whether the Events pane of opCharts would be green
version_added: 1.0.0
description:
  - Opens the websocket that feeds the Events pane, as a browser would, and says V(green) or V(yellow), why, and what
    to do.
  - A real handshake is made, and the proof in the answer is verified. A server that merely answers 101 is not green.
  - The module never fails because of yellow. What follows from it is for the play to decide.
author:
  - The opmantek.omk developers (@opmantek)
extends_documentation_fragment:
  - opmantek.omk.attributes.info
  - opmantek.omk.probe
options:
  url:
    description:
      - Where the websocket is, like V(wss://omk.example.com/en/omk/opCharts/events/log).
      - Without a path, that of the events is taken. C(https) means C(wss).
      - O(path) and O(scheme) have no meaning beside it.
    type: str
  host:
    description:
      - Name or IP address of the server, instead of O(url).
    type: str
  port:
    description:
      - Port. The default is 443 for C(wss) and 80 for C(ws).
    type: int
  path:
    description:
      - Path and query of the websocket.
    type: str
    default: /en/omk/opCharts/events/log
  scheme:
    description:
      - V(wss) through TLS, as browsers do it. V(ws) without, for a probe straight to OMK (port 8042).
    type: str
    choices: [wss, ws]
    default: wss
  address:
    description:
      - IPv4 or IPv6 address to connect to, instead of what the name resolves to.
      - The name remains what the certificate is checked against and what the server is asked for.
      - On the server itself, give the address that browsers reach. On the loopback address another VirtualHost may
        answer.
    type: str
  headers:
    description:
      - Further HTTP headers. Headers that belong to the handshake cannot be given.
    type: dict
    default: {}
  origin:
    description:
      - The C(Origin) header. The default is what a browser sends that shows a page of the same server, an empty text
        sends none.
    type: str
seealso:
  - module: opmantek.omk.apache_websocket_proxy
  - module: opmantek.omk.opcommon_setting
"""

EXAMPLES = r"""
- name: Look at the Events pane as a browser would
  opmantek.omk.websocket_probe:
    url: wss://omk.example.com/en/omk/opCharts/events/log
  delegate_to: localhost
  register: pane

- name: Stop where it is yellow
  ansible.builtin.assert:
    that: pane.status == 'green'
    fail_msg: "{{ pane.reason }}: {{ pane.advice }}"

- name: Ask OMK itself, without the proxy
  opmantek.omk.websocket_probe:
    host: localhost
    port: 8042
    scheme: ws

- name: Probe on the server, wait for an event
  opmantek.omk.websocket_probe:
    host: omk.example.com
    address: "{{ ansible_facts['default_ipv4']['address'] }}"
    username: nmis
    password: "{{ omk_password }}"
    wait_for_event: 30
"""

RETURN = r"""
status:
  description: V(green) when the websocket opened (and, if asked for, an event came), otherwise V(yellow).
  returned: success
  type: str
  sample: yellow
reason:
  description: Code of the first cause. The documentation of the collection has the table of all of them.
  returned: success
  type: str
  sample: generic_rule_won
advice:
  description: What to do about it, in one sentence.
  returned: success
  type: str
  sample: Renew the certificate (it expired on 2026-01-31) and reload Apache.
notes:
  description: What does not make the pane yellow, but should be known. Also shown as warnings.
  returned: success
  type: list
  elements: str
  sample: [The certificate expires in 5 days, on 2026-02-05.]
observation:
  description: What the probe saw. What it did not get to see is C(null).
  returned: success
  type: dict
  contains:
    url:
      description: What was probed.
      type: str
    address:
      description: IP address and port of the connection.
      type: str
    stage:
      description: How far it came, one of V(dns), V(tcp), V(tls), V(http), V(handshake) and V(open).
      type: str
    error:
      description: Code of what ended it, C(null) if nothing did.
      type: str
    http_status:
      description: Status of the answer. V(101) opens a websocket.
      type: int
    server:
      description: The C(Server) header, which tells whether Apache or OMK answered.
      type: str
    location:
      description: The C(Location) header of a redirect, without its query.
      type: str
    login:
      description: V(done), or why the login did not work.
      type: str
    login_form:
      description: Whether a page came that asks for a password.
      type: bool
    accept_ok:
      description: Whether the proof of a websocket server was right.
      type: bool
    handshake_ms:
      description: Milliseconds from the first packet to the open websocket.
      type: float
    tls:
      description: The TLS connection and the certificate.
      type: dict
      contains:
        protocol:
          description: Version of TLS.
          type: str
        cipher:
          description: Cipher suite.
          type: str
        subject:
          description: Whom the certificate is for.
          type: str
        issuer:
          description: Who signed it.
          type: str
        names:
          description: Host names and addresses it is for.
          type: list
          elements: str
        not_before:
          description: When it begins, in UTC.
          type: str
        not_after:
          description: When it ends, in UTC.
          type: str
        days_left:
          description: Whole days until it ends, negative when it has ended.
          type: int
        trusted:
          description: Whether it is valid for this host. C(null) if it was not checked.
          type: bool
    close_code:
      description: Code with which the server closed the open websocket.
      type: int
    events:
      description: Events that came while waiting.
      type: int
    detail:
      description: More about the error.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.opmantek.omk.plugins.module_utils import _options, _secret
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.client import probe
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import assess_probe
from ansible_collections.opmantek.omk.plugins.module_utils._websocket.target import Request

ARGUMENTS = {
    **_options.PROBE,
    'url': {'type': 'str'},
    'host': {'type': 'str'},
    'port': {'type': 'int'},
    'path': {'type': 'str', 'default': _options.EVENTS_PATH},
    'scheme': {'type': 'str', 'choices': ['wss', 'ws'], 'default': 'wss'},
    'address': {'type': 'str'},
    'headers': {'type': 'dict', 'default': {}},
    'origin': {'type': 'str'},
}


def main():
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        required_one_of=[('url', 'host')],
        mutually_exclusive=[('url', 'host'), ('url', 'port')],
        required_together=[('username', 'password')],
        supports_check_mode=True,
    )
    try:
        asked = Request(**{name: module.params[name] for name in Request._fields})
        observation = probe(asked._replace(password=_secret.decode(asked.password)))
    except Problem as problem:
        module.fail_json(**problem.failure())
    found = assess_probe(observation, module.params['strict'], module.params['certificate_days'])
    for note in found['warnings']:
        module.warn(note)
    module.exit_json(
        changed=False,
        status=found['status'],
        reason=found['reason'],
        advice=found['advice'],
        notes=found['warnings'],
        observation=observation,
    )


if __name__ == '__main__':
    main()
