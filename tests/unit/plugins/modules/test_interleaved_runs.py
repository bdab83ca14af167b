# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two playbooks that work on one host at the same time, in every order that their steps can have.

A run is what its playbook has the host do, module by module, in the order of playbooks/tasks/change.yml,
roll_back_*.yml and revert.yml; the modules are the real ones. tests/security/test_two_runs.py has whole playbooks.
"""

import itertools
import json

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.modules import apache_module, apache_websocket_proxy, opcommon_setting
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.stand_in import (
    PATH,
    SITE,
    TUNNEL_MODULES,
)

WITHOUT = b'{\n   "auth" : {},\n   "omkd" : {\n      "omkd_port" : "8042"\n   }\n}\n'
WITH = WITHOUT.replace(b'omkd_port', b'websocket_proxy_port')


class Server:
    """A host, and what runs there."""

    def __init__(self, folder, monkeypatch, host, run, opcommon):
        self.folder = folder
        self.opcommon = folder / 'omk/conf/opCommon.json'
        self.opcommon.parent.mkdir(parents=True)
        self.opcommon.write_bytes(opcommon)
        self.host, self.take = host, run
        self.site = self.host.write('omk.conf', SITE)
        change = files.change
        monkeypatch.setattr(files, 'change', lambda *given, **more: change(*given, records=str(folder / 'lib'), **more))

    def setting(self, **options):
        return self.take(opcommon_setting, opcommon_path=str(self.opcommon), **options)

    def port(self):
        return json.loads(self.opcommon.read_bytes().decode())['omkd'].get('websocket_proxy_port')

    def tree(self):
        """All that may differ on the host, and what is kept of runs there."""
        kept = self.folder / 'lib'
        return self.host.tree(), self.opcommon.read_bytes(), sorted(kept.iterdir()) if kept.exists() else []


class Site:
    """site.yml, which may fail behind its first or second module and rolls the host back then."""

    def __init__(self, idle_timeout=None, fails_behind=None):
        self.options = {'idle_timeout': idle_timeout} if idle_timeout else {}
        self.fails_behind, self.apache, self.omk = fails_behind, {}, {}

    def steps(self, server):
        self.apache = server.take(apache_websocket_proxy, modules=TUNNEL_MODULES, **self.options)
        assert not self.apache.get('failed'), self.apache
        yield
        if self.fails_behind != 1:
            self.omk = server.setting(value='443')
            assert not self.omk.get('failed'), self.omk
            yield
        if not self.fails_behind:
            return
        if self.omk.get('value') != self.omk.get('previous_value'):
            server.setting(state='previous', change=self.omk['change'])
            yield
        undone = {}
        if self.apache['files']:
            undone = server.take(apache_websocket_proxy, state='previous', change=self.apache['change'])
            yield
        if self.apache['modules_enabled'] and not undone.get('failed'):
            server.take(apache_module, name=self.apache['modules_enabled'], state='original')
            yield


class Revert:
    """revert.yml"""

    def steps(self, server):
        assert not server.setting(state='original').get('failed')
        yield
        assert not server.take(apache_websocket_proxy, state='absent', modules=TUNNEL_MODULES).get('failed')
        yield


#: Two runs, and the most steps that each has.
PAIRS = {
    'site, site': (Site, 2, lambda: Site(600), 2),
    'site, revert': (Site, 2, Revert, 2),
    'failing late, site': (lambda: Site(fails_behind=2), 5, lambda: Site(600), 2),
    'failing early, site': (lambda: Site(fails_behind=1), 3, lambda: Site(600), 2),
    'failing late, revert': (lambda: Site(fails_behind=2), 5, Revert, 2),
    'failing early, revert': (lambda: Site(fails_behind=1), 3, Revert, 2),
    'failing late, failing early': (lambda: Site(fails_behind=2), 5, lambda: Site(600, fails_behind=1), 3),
    'revert, revert': (Revert, 2, Revert, 2),
}
ORDERS = [
    (pair, places, opcommon)
    for pair, (_one, first, _other, second) in PAIRS.items()
    for places, opcommon in zip(itertools.combinations(range(first + second), first), itertools.cycle([WITHOUT, WITH]))
]


def go(server, one, other, places):
    """Let the first run have the turns of these places, and the other one the rest."""
    first, second = one.steps(server), other.steps(server)
    for place in range(max(places) + 1):
        next(first if place in places else second, None)
    for rest in (first, second):
        for _step in rest:
            pass


@pytest.mark.parametrize(
    'pair, places, opcommon', ORDERS, ids=[f'{pair} {"".join(map(str, places))}' for pair, places, _text in ORDERS]
)
def test_whatever_the_order_nothing_of_another_run_is_lost_and_revert_undoes_all(
    tmp_path, monkeypatch, host, run, pair, places, opcommon
):
    server = Server(tmp_path, monkeypatch, host, run, opcommon)
    make_one, _first, make_other, _second = PAIRS[pair]
    one, other = make_one(), make_other()
    before = server.tree()
    if pair == 'revert, revert':
        list(Site().steps(server))
    go(server, one, other, places)

    if isinstance(other, Site) and not other.fails_behind and getattr(one, 'fails_behind', None):
        # What the good run has changed itself stays.
        text = server.site.read_text()
        if other.apache['files']:
            assert f'<Location "{PATH}">' in text and 'timeout=600' in text
        if other.apache['modules_enabled']:
            assert set(other.apache['modules_enabled']) <= server.host.loaded()
        if other.omk['changed']:
            assert server.port() == '443'
    # A run finishes whatever is there, and the next one has nothing to do.
    for changed in (None, False):
        last = Site(600)
        list(last.steps(server))
        assert changed is None or (last.apache['changed'], last.omk['changed']) == (False, False)
    assert (server.port(), set(TUNNEL_MODULES) <= server.host.loaded()) == ('443', True)
    list(Revert().steps(server))
    assert server.tree() == before
