# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that return the status of a pane document alike."""


class ModuleDocFragment:
    """What is to be checked, and what for."""

    DOCUMENTATION = r"""
options:
  sides:
    description: What lives on this host. Without V(omk) neither the setting nor OMK is checked.
    type: list
    elements: str
    choices: [omk, apache]
    default: [omk, apache]
  setting:
    description: The setting that tells browsers the port.
    type: str
    default: websocket_proxy_port
  value:
    description: The value that the setting should have.
    type: str
    default: "443"
  omk_service:
    description: The systemd unit of OMK's daemon.
    type: str
    default: omkd
  path:
    description: The websocket path.
    type: str
    default: /en/omk/opCharts/events/log
  paths:
    description: All websocket paths that Apache has to tunnel. The default is O(path) alone, which is the one tried.
    type: list
    elements: str
  modules:
    description: The modules that Apache has to have. The default is what a tunnel through TLS needs.
    type: list
    elements: str
  address:
    description: The address to connect to. The default is the one that the VirtualHost serves, not loopback.
    type: str
  apache_service:
    description: Apache's systemd unit. The default is the distribution's.
    type: str
  ask_apache:
    description:
      - V(when_yellow) asks Apache about its configuration only when the rest does not look green already. It needs
        O(server_name) or O(address). For a check after a change, when Apache has just been asked.
      - V(unless_pending) asks Apache only whether it runs when the setting alone tells that there is something to do,
        and then leaves the tunnel alone. For a check before a change, which asks Apache itself.
    type: str
    choices: [always, when_yellow, unless_pending]
    default: always
  options:
    description:
      - Options of this module, as one dictionary or the name of a variable that is one, such as
        C(websocket_check_options) of the role P(opmantek.omk.websocket_check#role). They come before those that are
        given beside it. One that is empty is left out.
      - A name spares the controller much of its work for each host, because an expression that only names a variable,
        with a default or not, then is not compiled.
    type: raw
  run:
    description:
      - What the run needs the status for, as a dictionary or the name of a variable that is one. With it the result
        also says what comes next, RV(next), and the status is handed over to reports, and to the custom statistic
        C(omk_websocket) of the run, which AWX keeps as the artifacts of a job.
      - C(purpose) is V(show) by default; V(before) is for a check before a change, V(after) for one after it.
      - C(required), with V(show), says whether yellow is a failure.
      - C(check_from) is V(host), or V(controller) where what is green from the host is also tried from the controller.
      - C(group) is a group of hosts to which the host is added, as C(ansible.builtin.group_by) does, when RV(next) is
        not V(nothing).
      - C(batch) is shown in the report, and so are the sides that were changed according to C(apache) and C(omk),
        which are what M(opmantek.omk.apache_websocket_proxy) and M(opmantek.omk.opcommon_setting) have returned.
      - After a change O(ask_apache) is V(when_yellow) by default, and O(server_name) and O(address) are by default
        those of the tunnel in C(apache).
    type: raw
"""
