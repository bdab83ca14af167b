# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the pane that this host serves is green or yellow (private to the collection). Changes nothing."""

import time
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _desired, _options, _secret
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import check as check_opcommon
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import client, own_address, status, target

Params = t.Dict[str, t.Any]


def _desired_of(params: Params) -> _desired.Desired:
    """What the roles would have Apache do, according to the options."""
    _desired.check_paths([params['path']])
    return _desired.from_options(
        paths=params['paths'] or [params['path']],
        modules=params['modules'],
        service=params['apache_service'],
        **{name: params[name] for name in _options.SITE},
    )


class Check:
    """One check of this host, made step by step, because an open tunnel makes the rest needless.

    Args:
        params (dict): the options `OPCOMMON`, `PROBE`, `SITE` and `STATUS` of `_options`.
        run (callable): how to run a program.

    Raises:
        Problem: an option cannot be used.
    """

    def __init__(self, params: Params, run: Run) -> None:
        self.params = params
        self.desired = _desired_of(params)
        self.seen: t.Dict[str, t.Any] = {}
        #: What the roles would do, and what a killed run has left: one sentence each.
        self.pending: t.List[str] = []
        self.interrupted: t.List[str] = []
        self._run = run
        self._retry_timeout = 0.0

    def status(self, retry_timeout: float = 0) -> t.Dict[str, t.Any]:
        """The status of the pane and what it is decided from, as the module websocket_info returns it.

        Args:
            retry_timeout (float): seconds to go on trying, for right after a restart.

        Raises:
            Problem: before a change, what would keep it from coming to anything.
        """
        self._retry_timeout = retry_timeout
        self._look()
        pending = self.interrupted + self.pending
        found = status.assess(self.seen, self.params['strict'], self.params['certificate_days'], pending)
        tunnel = self.seen.get('tunnel') or {}
        return {
            'status': found['status'],
            'reason': found['reason'],
            'advice': found['advice'],
            'predicted': found['predicted'],
            'notes': found['warnings'] + (self.seen.get('setting') or {}).get('warnings', []),
            'url': tunnel.get('url'),
            'certificate_days_left': (tunnel.get('tls') or {}).get('days_left'),
            'checked_at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
            'pending': pending,
            'interrupted': self.interrupted,
            'observations': self.seen,
        }

    def _look(self) -> None:
        """Look at this host as far as the options ask for it."""
        params = self.params
        if params['ask_apache'] == 'unless_pending':
            self._refuse_what_cannot_be_tried()
        if 'omk' in params['sides']:
            self._at_omk()
        host = params['server_name'] or params['address']
        if params['ask_apache'] == 'when_yellow' and host and self._at_tunnel(host, params['address']):
            return
        if params['ask_apache'] == 'unless_pending' and self._is_pending_anyway():
            return
        name = address = None
        if 'apache' in params['sides']:
            name, address = self._at_apache()
        # Where OMK lives elsewhere it is asked only before Apache is sent there.
        if 'direct' not in self.seen and self.pending and params['ask_apache'] == 'unless_pending':
            self._at_backend()
        host = params['server_name'] or (name if name and target.is_host(name) else None) or params['address']
        if host:
            self._at_tunnel(host, params['address'] or (own_address.address_for(address) if address else None))
        self._refuse_wrong_backend()

    def _refuse_what_cannot_be_tried(self) -> None:
        """Before a change, because the proof after it would fail."""
        params = self.params
        host = params['server_name'] or params['address']
        if not host and 'apache' not in params['sides']:
            raise Problem(
                'the web server is not on this host, and nothing says where it is',
                cure='give its name in websocket_check_server_name (option server_name)',
            )
        where = {'host': host or 'localhost', 'port': self.desired.port, 'scheme': 'wss'}
        client.check(self._request(address=params['address'], **where))

    def _at_omk(self) -> None:
        """The setting, the daemon, and OMK asked directly."""
        params = self.params
        names = (*_options.OPCOMMON, 'setting', 'value', 'omk_service')
        where = {name: params[name] for name in names}
        found = check_opcommon.check(self._run, port=self.desired.backend.port, **where)
        # Said before a change, and not when Apache has been changed already.
        if found.unknown and params['ask_apache'] == 'unless_pending':
            raise found.unknown
        self.seen.update(setting=found.setting, omkd=found.omkd)
        self.interrupted += found.interrupted
        self.pending += found.pending
        self._at_backend()
        if status.may_pass(self.seen['direct']):
            self._retry_timeout = 0.0

    def _at_backend(self) -> None:
        """OMK asked directly."""
        backend = self.desired.backend
        self.seen['direct'] = self._probe(host=backend.host.strip('[]'), port=backend.port, scheme='ws')

    def _refuse_wrong_backend(self) -> None:
        """Say that Apache would be sent away from OMK: before a change as a Problem, else as all that is pending."""
        problem = status.wrong_backend(self.seen, self.params['backend'])
        if problem and self.params['ask_apache'] == 'unless_pending':
            raise problem
        if problem:
            self.pending = [f'Refuse: {problem}']

    def _at_tunnel(self, host: str, address: t.Optional[str]) -> bool:
        """The websocket through the web server, as a browser opens it. Returns whether that is all of a green pane."""
        self.seen['tunnel'] = self._probe(host=host, port=self.desired.port, scheme='wss', address=address)
        self._retry_timeout = 0.0
        return bool(status.assess(self.seen, self.params['strict'])['status'] == 'green')

    def _at_apache(self) -> t.Tuple[t.Optional[str], t.Optional[str]]:
        """Apache's own account; returns the name and the address at which a browser reaches it (str or None)."""
        # Half of what a check is made of, and compiled on the host each time: only for who needs it.
        from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import check as apache

        found = apache.check(self._run, self.desired, self.params['path'])
        self.seen['apache'] = dict(found.seen._asdict())
        self.interrupted += found.interrupted
        self.pending += found.pending
        return found.name, found.address

    def _is_pending_anyway(self) -> bool:
        """Whether both daemons run and the setting can be read, but is not what it should be."""
        from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import unit

        setting = self.seen.get('setting')
        if not setting or setting['problem'] or setting['value'] == setting['desired_value'] or self.interrupted:
            return False
        return (
            bool(self.seen['omkd']['active'])
            and status.answers_as_omk(self.seen['direct'])
            and unit.is_active(self._run, self.desired.service)
        )

    def _request(self, **where: t.Any) -> target.Request:
        names = ('path', 'timeout', 'wait_for_event', 'username', 'validate_certs', 'ca_path')
        request = target.Request(password=_secret.decode(self.params['password']), **where)
        return request._replace(**{name: self.params[name] for name in names})

    def _probe(self, **where: t.Any) -> t.Dict[str, t.Any]:
        request = self._request(**where)
        if where['scheme'] != 'wss' and request.username:
            # The port may be anybody's while OMK is down, and the way there anybody's to read.
            request = request._replace(username=None, password=None)
            return dict(client.probe_with_retries(request, self._retry_timeout, status.may_pass), login=status.UNTRIED)
        return client.probe_with_retries(request, self._retry_timeout, status.may_pass)
