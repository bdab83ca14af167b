# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our reading of the trees in tests/corpus/apache that need no Apache to be read; tests/apache has Apache judge it."""

import layouts
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, dump, plan, rules, site
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

READABLE = [layout for layout in layouts.LAYOUTS
            if layouts.plain(layout) and (layout.vhost or '').rpartition(':')[0] in layout.links]
by_name = pytest.mark.parametrize('layout', READABLE, ids=lambda layout: layout.name)


def read(layout):
    """What Apache would say of a tree (only its effective configuration), and the VirtualHost that is meant."""
    file, _colon, line = (layouts.APACHE + layout.vhost).rpartition(':')
    said = dump.parse_dump(layouts.effective(layout))
    return said, dump.VirtualHost('*', '443', layout.called, file, int(line), [], [])


def wish(layout):
    paths = tuple(layout.options.get('paths', [layouts.PATH]))
    return plan.Wish(paths, site.parse_backend(layout.options.get('backend', 'localhost:8042')), layout.port,
                     layout.options.get('server_name', ''), True, None)


def source(layout, vhost):
    """The path below Apache's folder of the file that the VirtualHost stands in."""
    return layout.links[vhost.file[len(layouts.APACHE):]].replace('../', '')


def test_there_are_enough():
    assert len(READABLE) > 100


@by_name
def test_what_becomes_of_a_handshake(layout):
    said, vhost = read(layout)
    assert rules.vhost_nodes(said.config, vhost)
    outcome = rules.outcome(rules.server_nodes(said.config), rules.vhost_nodes(said.config, vhost), layouts.PATH,
                            wish(layout).backend, layout.called, layout.port)
    assert plan.explain(outcome).lower() == layout.before.lower()  # Apache prints names in the manual's case


@by_name
def test_a_plan_is_made_once_and_leaves_no_trace(layout):
    said, vhost = read(layout)
    path = source(layout, vhost)
    text = layout.files[path].decode('latin-1')
    planned = plan.plan(said, vhost, text, wish(layout)).text
    assert (planned != text) is bool(layout.changes)
    assert blocks.without_own(planned) == text

    after = layout._replace(files={**layout.files, path: planned.encode('latin-1')})
    said, vhost = read(after)
    assert plan.standing(said, vhost, wish(layout)).kind == 'tunnelled'
    assert plan.plan(said, vhost, planned, wish(layout)).text == planned


def test_what_no_rule_can_win_against():
    layout = next(layout for layout in layouts.LAYOUTS if layout.name == 'rewrite-inherited-before')
    said, vhost = read(layout._replace(vhost='sites-enabled/omk.conf:1'))
    with pytest.raises(Problem) as refusal:
        plan.plan(said, vhost, layout.files['sites-available/omk.conf'].decode(), wish(layout))
    assert str(refusal.value) == layout.refused
