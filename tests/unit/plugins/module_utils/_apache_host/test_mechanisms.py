# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enabling modules in files, with a control program that reads those files as Apache and start_apache2 would."""

import os
import time

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import drop_in
from ansible_collections.opmantek.omk.plugins.module_utils._apache import layout as layouts
from ansible_collections.opmantek.omk.plugins.module_utils._apache_host import interrupted, mechanisms
from ansible_collections.opmantek.omk.plugins.module_utils._files import transaction
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.tests.unit.plugins.module_utils._apache_host.programs import run

SYSCONFIG = '# SUSE\nAPACHE_MODULES="alias ssl"\nAPACHE_SERVER_FLAGS=""\n'
# Prints the modules that FILE names; refuses a file that names one that is called broken.
CONTROL = """#!/bin/sh
grep -q broken FILE 2>/dev/null && { echo 'AH00526: Syntax error on line 1 of FILE:' >&2; echo 'Bad.' >&2; exit 1; }
echo 'Loaded Modules:'
sed -n 's/.*LoadModule \\([a-z_]*_module\\) .*/ \\1 (shared)/p' FILE 2>/dev/null || :
"""


@pytest.fixture
def host(tmp_path, monkeypatch, record_folders):
    """Folders of a host, with modules to load; and the records."""
    monkeypatch.setattr(mechanisms, '_RENDERED', str(tmp_path / 'loadmodule.conf'))
    for name in ('proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'broken'):
        (tmp_path / f'mod_{name}.so').touch()
    (tmp_path / 'sysconfig').write_text(SYSCONFIG)
    return tmp_path


def mechanics(host, name, monkeypatch):
    path = host / ('sysconfig' if name == 'suse' else '99-opmantek-omk.conf')
    control = host / 'control'
    control.write_text(CONTROL.replace('FILE', str(path)))
    control.chmod(0o755)
    layout = next(layout for layout in layouts.LAYOUTS if layout.name == name)
    layout = layout._replace(
        control=str(control), modules_folders=(str(host),), enabling=str(path if name == 'suse' else host)
    )
    return mechanisms.mechanics(run, layout), layout, path


@pytest.mark.parametrize('name', ['redhat', 'suse'])
def test_enabled_and_disabled_without_a_trace(host, monkeypatch, name):
    way, _layout, path = mechanics(host, name, monkeypatch)
    before = path.read_text() if path.exists() else None
    marks = way.marks()
    wanted = ['proxy', 'proxy_wstunnel', 'headers']
    way.enable(wanted, lambda: way.prove(wanted))
    assert way.modules(way.marks() - marks) == set(wanted)
    with pytest.raises(Problem, match='proxy_wstunnel depends on proxy'):
        way.disable('proxy')
    for one in ('headers', 'proxy_wstunnel', 'proxy'):
        way.disable(one)
    assert (path.read_text() if path.exists() else None) == before
    assert way.marks() == marks


@pytest.mark.parametrize('name', ['redhat', 'suse'])
def test_what_apache_refuses_is_taken_back(host, monkeypatch, name):
    way, _layout, path = mechanics(host, name, monkeypatch)
    before = path.read_text() if path.exists() else None
    with pytest.raises(Problem, match='Apache refuses its configuration: something in this place'):
        way.enable(['broken'], lambda: way.prove(['broken']))
    assert (path.read_text() if path.exists() else None) == before
    assert not transaction.is_unfinished(mechanisms.TRANSACTION)


def test_a_drop_in_that_apache_does_not_read_is_taken_back(host, monkeypatch):
    way, layout, path = mechanics(host, 'redhat', monkeypatch)
    (host / 'control').write_text('#!/bin/sh\necho "Loaded Modules:"\n')
    with pytest.raises(Problem, match='Apache does not load what is written here'):
        way.enable(['headers'], lambda: way.prove(['headers']))
    assert not path.exists()
    assert layouts.enabling_files(layout, ['headers']) == [str(path)]


@pytest.mark.parametrize('name', ['redhat', 'suse'])
def test_a_killed_run_is_settled_by_the_next(host, monkeypatch, name):
    way, layout, path = mechanics(host, name, monkeypatch)
    before = path.read_text() if path.exists() else None
    assert interrupted.left() == []

    class Killed(BaseException):
        pass

    def die(*_arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(transaction, 'undo', die)
        with pytest.raises(Killed):
            way.enable(['broken'], die)
    assert 'broken' in way.marks()
    assert interrupted.left() == ["Recover a change of Apache's modules that was interrupted."]
    [said] = interrupted.settle(run, layout)
    assert 'were restored' in said
    assert interrupted.left() == []
    assert (path.read_text() if path.exists() else None) == before


@pytest.mark.parametrize('name', ['redhat', 'suse'])
@pytest.mark.parametrize('module', ['nothing', '../mod_headers', 'Headers'])
def test_modules_that_are_not_there(host, monkeypatch, name, module):
    way, _layout, _path = mechanics(host, name, monkeypatch)
    with pytest.raises(Problem, match=r'Apache has no module .* on this host'):
        way.dependencies(module)


def test_the_package_of_tls_is_named(host, monkeypatch):
    way, _layout, _path = mechanics(host, 'redhat', monkeypatch)
    with pytest.raises(Problem, match=r'install the package that brings it \(mod_ssl\)'):
        way.dependencies('ssl')


def test_a_sysconfig_that_cannot_be_read_is_named(host, monkeypatch):
    way, _layout, path = mechanics(host, 'suse', monkeypatch)
    path.write_text('APACHE_MODULES=$(list)\n')
    with pytest.raises(Problem, match=rf'^{path}, line 1: this assignment of APACHE_MODULES'):
        way.marks()


def test_suse_announces_what_its_next_start_loads(host, monkeypatch):
    way, layout, _path = mechanics(host, 'suse', monkeypatch)
    assert mechanisms.announced(layout) == ['ssl']
    way.enable(['headers'], lambda: None)
    assert mechanisms.announced(layout) == ['headers', 'ssl']
    # There is no mod_ssl.so, so nothing renders a line for it.
    assert mechanisms.reload_is_enough(layout) is False
    (host / 'loadmodule.conf').write_text('LoadModule headers_module /usr/lib64/apache2-prefork/mod_headers.so\n')
    assert mechanisms.reload_is_enough(layout) is True


def test_a_reload_does_not_settle_what_only_a_start_loads(host, monkeypatch):
    way, layout, path = mechanics(host, 'suse', monkeypatch)
    way.enable(['headers'], lambda: None)
    os.utime(path, (time.time() - 6,) * 2)

    def unit(started, reloaded):
        """Seconds ago."""
        at = {'InactiveExitTimestampMonotonic': started, 'StateChangeTimestampMonotonic': reloaded}
        return dict({name: str(int((time.monotonic() - ago) * 1e6)) for name, ago in at.items()}, ActiveState='active')

    assert mechanisms.start_is_pending(layout, unit(started=9, reloaded=3))
    assert not mechanisms.start_is_pending(layout, unit(started=3, reloaded=3))
    assert not mechanisms.start_is_pending(layout, {'ActiveState': 'inactive'})
    (host / 'loadmodule.conf').write_text('LoadModule headers_module /usr/lib64/apache2-prefork/mod_headers.so\n')
    assert not mechanisms.start_is_pending(layout, unit(started=9, reloaded=3))


@pytest.mark.parametrize('name', ['debian', 'redhat'])
def test_elsewhere_a_reload_is_enough(host, monkeypatch, name):
    _way, layout, _path = mechanics(host, name, monkeypatch)
    assert mechanisms.announced(layout) == []
    assert mechanisms.reload_is_enough(layout) is True


def test_the_drop_in_names_the_file_that_was_found(host, monkeypatch):
    way, _layout, path = mechanics(host, 'redhat', monkeypatch)
    way.enable(['headers'], lambda: None)
    assert drop_in.parse(path.read_text()) == {'headers': str(host / 'mod_headers.so')}
