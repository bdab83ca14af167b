# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The websocket rule, brought into a state in Apache's configuration on this host (private to the collection)."""

import contextlib
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils import _systemd
from ansible_collections.opmantek.omk.plugins.module_utils._apache import ask, capacity, choose, plan, tls_files
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache.dump import Dump, VirtualHost
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import (
    config_files,
    enabling,
    host,
    mechanisms,
    reloads,
    renewal,
    selinux,
    site_files,
    unit,
)
from ansible_collections.opmantek.omk.plugins.module_utils._desired import Desired, variable
from ansible_collections.opmantek.omk.plugins.module_utils._files import exclusive, transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._program import Run
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import own_address, target


class Tunnel(t.NamedTuple):
    """How the first path is reached."""

    url: str
    host: str
    #: Where the host itself can try it, or None: where the name leads.
    address: t.Optional[str]


class Outcome(t.NamedTuple):
    """What was done, or would be in check mode."""

    changed: bool
    site: t.Optional[site_files.Site]
    #: What serves the same name on other addresses, and was changed along.
    also: t.List[site_files.Site]
    rules: t.List[t.Dict[str, str]]
    #: The files that were written, links followed.
    files: t.List[str]
    #: What identifies the change for the state previous.
    change: t.Optional[str]
    capacity: t.Dict[str, t.Any]
    modules_enabled: t.List[str]
    modules_disabled: t.List[str]
    tunnel: t.Optional[Tunnel]
    service: str
    service_active: bool
    #: Apache's own test, as a command.
    test_command: t.List[str]
    selinux: t.Optional[t.Dict[str, t.Any]]
    reload_enough: bool
    restart_pending: bool
    #: The copies that were kept.
    backups: t.List[str]
    #: As Ansible shows it.
    diff: t.List[t.Dict[str, str]]


class Proxy:
    """Apache as the proxy in front of OMK."""

    def __init__(self, run: Run, desired: Desired, check_mode: bool, warn: t.Callable[[str], None]) -> None:
        """
        Args:
            run (callable): how to run a program.
            desired (Desired): what the user asked for.
            check_mode (bool): whether nothing may be changed.
            warn (callable): takes a sentence that the user should read.

        Raises:
            Problem: there is no Apache here whose layout is known.
        """
        self._run, self._desired, self._check_mode, self._warn = run, desired, check_mode, warn
        self._host = host.Host(run, check_mode, warn, desired.modules or ask.NEEDED_MODULES)

    @property
    def modules_enabled(self) -> t.List[str]:
        """What this run has enabled and not taken back, also after a Problem."""
        return self._host.modules_enabled

    def bring(self, state: str, change: t.Optional[str] = None, backup: bool = False) -> Outcome:
        """Bring the rule into a state.

        Args:
            state (str): present, absent or previous (as it was before the last change).
            change (str or None): for previous: only if that was the last change.
            backup (bool): whether to keep copies of the files.

        Raises:
            Problem: it cannot be done; everything is as before.
        """
        with contextlib.ExitStack() as stack:
            if not self._check_mode:
                stack.enter_context(exclusive.alone())
            return self._bring(state, change, backup)

    def _bring(self, state: str, change: t.Optional[str], backup: bool) -> Outcome:
        present, modules = state == 'present', self._desired.modules
        properties = unit.shown(self._run, self._desired.service, self._host.layout)
        self._host.version_matters = present and bool(self._desired.idle_timeout)
        with self._host.with_modules(modules if present else ()):
            found = self._found(state, change)
            permission = selinux.wanted(self._run, state)
            diff = config_files.diff(found.changes) + selinux.diff(permission)
            seen = self._host.seen or self._host.dump()
            if found.site and present:
                for hint in plan.hints(seen, (found.site.file, found.site.line), self._desired):
                    self._warn(hint)
            renewed = present and self._renewed(found.site, seen, properties)
            copies: t.List[str] = []
            if (found.changes or permission) and not self._check_mode:
                found, copies = self._changed(found, permission, state, backup)
        disabled = self._host.without_modules(modules) if state == 'absent' and modules else []
        enabled = self._host.modules_enabled
        changed = bool(found.changes or enabled or disabled)
        identified = bool(found.changes or permission) and not self._check_mode
        return Outcome(
            changed=changed or bool(permission),
            site=found.site,
            also=found.also,
            rules=found.rules,
            files=config_files.paths(found.changes),
            change=transaction.latest(site_files.TRANSACTION) if identified else None,
            capacity=capacity.capacity(seen),
            modules_enabled=enabled,
            modules_disabled=disabled,
            tunnel=self._tunnel(found.site),
            service=self._desired.service or self._host.layout.service,
            service_active=_systemd.is_active(properties),
            test_command=self._test_command(enabled, disabled),
            selinux=selinux.result(self._run, permission, self._check_mode),
            reload_enough=mechanisms.reload_is_enough(self._host.layout),
            restart_pending=self._restart_pending(
                properties, [one for one in (found.site, *found.also) if one and present], changed, present
            )
            or renewed,
            backups=copies,
            diff=diff + ([enabling.diff(enabled, disabled)] if enabled or disabled else []),
        )

    def _found(self, state: str, change: t.Optional[str]) -> site_files.Found:
        """What would have to change."""
        if state == 'present':
            return site_files.wanted(self._host.layout, self._host.dump(), self._desired, self._warn)
        if state == 'absent':
            return site_files.unwanted(self._host.dump(), self._desired, self._warn)
        if change is not None and transaction.latest(site_files.TRANSACTION) != change:
            raise Problem(
                "another run has changed Apache's files since, so they are left as they are",
                cure='look at the host when no run is going on there; revert.yml undoes what all of them did',
            )
        changes = transaction.previous(site_files.TRANSACTION)
        return site_files.Found([one for one in changes if transaction.differs(one)], None, [], [])

    def _changed(
        self, found: site_files.Found, permission: t.Optional[str], state: str, backup: bool
    ) -> t.Tuple[site_files.Found, t.List[str]]:
        """Change the files and what SELinux permits; what was found, now with the address, and the copies."""
        with selinux.changing(self._run, permission):
            if not found.changes:
                transaction.record_no_change_of_files(site_files.TRANSACTION)
                return found, []
            written = [found.site, *found.also] if found.site and state == 'present' else []
            verified: t.List[site_files.Site] = []

            def is_good() -> None:
                verified[:] = self._verified(written)

            with reloads.recording_change():
                copies = transaction.apply(
                    found.changes, site_files.TRANSACTION, is_good, backup, is_rollback=state == 'previous'
                )
        return (found._replace(site=verified[0], also=verified[1:]) if verified else found), copies

    def _verified(self, sites: t.List[site_files.Site]) -> t.List[site_files.Site]:
        """Apache's test of what was written, and that it does the job; the sites with their addresses.

        Raises:
            Problem: it does not.
        """
        dump = self._host.dump()
        if not sites:
            return []
        if not {'proxy_wstunnel', 'proxy_http'} & set(dump.modules):
            raise Problem(
                'no loaded module of Apache can tunnel a websocket',
                cure=f'name proxy_wstunnel in {variable("modules")}',
            )
        candidates = choose.for_port(dump.vhosts, self._desired.port)
        return [self._verified_one(dump, candidates, site) for site in sites]

    def _verified_one(self, dump: Dump, candidates: t.List[VirtualHost], site: site_files.Site) -> site_files.Site:
        for candidate in candidates:
            if (candidate.file, candidate.line) == (site.file, site.line):
                standing = plan.standing(dump, candidate, self._desired)
                if standing.kind != 'tunnelled':
                    raise Problem(
                        f'the VirtualHost would not do the job ({standing.detail}), so nothing was changed',
                        site.file,
                        site.line,
                        cure='see docs/apache.md for what no rule can win against',
                    )
                return site._replace(address=candidate.address)
        raise Problem(
            'Apache does not use the VirtualHost that was written, so nothing was changed',
            site.file,
            cure='make sure that Apache includes this file',
        )

    def _tunnel(self, site: t.Optional[site_files.Site]) -> t.Optional[Tunnel]:
        """How the first path is reached, or None when no browser can call the server."""
        name, paths = self._desired.name or (site.server_name if site else ''), self._desired.paths
        if not name or not paths or not target.is_host(name):
            return None
        wanted = target.build(target.Request(scheme='wss', host=name, port=self._desired.port, path=paths[0]))
        return Tunnel(wanted.url, name, own_address.address_for((site.address if site else None) or '*'))

    def _test_command(self, enabled: t.List[str], disabled: t.List[str]) -> t.List[str]:
        layout = self._host.layout
        announced = mechanisms.announced(layout, enabled, disabled)
        return [layout.control, *ask.load_arguments(layout, announced, transaction.exists), '-t']

    def _renewed(self, site: t.Optional[site_files.Site], seen: Dump, properties: t.Dict[str, str]) -> bool:
        """Whether a certificate waits for a reload.

        Raises:
            Problem: it cannot be used, and Apache would end with the reload.
        """
        if not site:
            return False
        name, port = self._desired.name or site.server_name, self._desired.port
        return bool(
            renewal.waiting(seen.config, tls_files.Place(site.file, site.line), properties, port, name, site.address)
        )

    def _restart_pending(
        self, properties: t.Dict[str, str], sites: t.List[site_files.Site], changed: bool, present: bool
    ) -> bool:
        """Whether Apache has to take up its configuration anew, for these sites and the modules."""
        layout, modules = self._host.layout, self._desired.modules
        files = [site.file for site in sites]
        files += layouts.enabling_files(layout, modules) if present else []
        if reloads.is_pending(properties, files, changed, self._check_mode):
            return True
        return bool(modules) and mechanisms.start_is_pending(layout, properties)
