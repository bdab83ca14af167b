# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be added to a VirtualHost so that websockets pass through it (pure; private to the collection)."""

import collections
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, config_text, headers, rules, versions
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

#: text: the file's new content; rules: a dict per path, for the result.
Plan = collections.namedtuple('Plan', 'text rules')

_WHY = {
    'tunnelled': 'the path is tunnelled to OMK',
    'plain_http': 'forwards the path without the websocket upgrade',
    'wrong_target': 'sends the path somewhere else than to OMK',
    'excluded': 'excludes the path from proxying',
    'rewritten': 'rewrites the path to something else',
    'redirected': 'redirects the path',
    'forbidden': 'forbids the path',
    'perhaps': 'may take the path, depending on things that only show at run time',
    'unhandled': 'no rule takes the path',
    'no_upgrade': 'takes the header Upgrade from the request for the path',
    **{name: versions.FEATURES[name].lacking for name in ('upgrade', 'own_connection', 'rewrite_to_websocket')},
}


def explain(outcome: rules.Outcome) -> str:
    """One clause on an `Outcome`: which directive decides and what it does."""
    if outcome.node is None:
        return _WHY[outcome.kind]
    where = f'{outcome.node.name} at {outcome.node.file}:{outcome.node.line}' if outcome.node.file else 'our rule'
    return f'{where} {_WHY[outcome.kind]}' if outcome.kind != 'tunnelled' else f'{_WHY["tunnelled"]} by {where}'


def _outcomes(
    server: t.List[t.Any], inside: t.List[t.Any], vhost: t.Any, desired: t.Any, version: t.Any
) -> t.Dict[str, t.Any]:
    name, found = desired.name or vhost.name, {}
    for path in desired.paths:
        outcome = rules.outcome(server, inside, path, desired.backend, name, desired.port, version)
        if outcome.kind == 'tunnelled':
            kept = headers.upgrade(server, inside, path, outcome.url, name, desired.port)
            # Where only a request tells, a handshake does.
            if kept.holds is False:
                outcome = rules.Outcome('no_upgrade', kept.node, False, outcome.url)
        found[path] = outcome
    return found


def _in_section(outcome: rules.Outcome) -> bool:
    """Whether a RewriteRule in a Location section decides."""
    return outcome.node is not None and outcome.node.name.lower() == 'rewriterule' and not outcome.rewrites


def _except_own(nodes: t.List[t.Any], file: str, ranges: t.List[t.Tuple[int, int]]) -> t.List[t.Any]:
    """The nodes without those that stand in our blocks of that file."""
    return [
        node for node in nodes if not (node.file == file and any(first <= node.line <= last for first, last in ranges))
    ]


def _told(server: t.List[t.Any], inside: t.List[t.Any], vhost: t.Any, desired: t.Any) -> headers.Reaches:
    """Whether OMK is told on all pages that the browser came by https."""
    name = desired.name or vhost.name
    for path in desired.paths:
        found = headers.proto(server, inside, path, desired.backend, name, desired.port)
        if not found.holds:
            return found
    return headers.Reaches(True, None)


def _of_header(found: headers.Reaches, vhost: t.Any) -> 'Standing':
    """How the configuration stands where X-Forwarded-Proto is not set, or perhaps."""
    node = found.node
    if node is None:
        return Standing('header', 'X-Forwarded-Proto is not set to https', vhost.file, vhost.line, None, None, True)
    by = f'{node.name} at {node.file}:{node.line}'
    clause = f'{by} sets it to something else, or takes it away'
    if found.holds is None:
        clause = f'only a request tells what {by} leaves of it'
    return Standing('header', f'X-Forwarded-Proto: {clause}', node.file, node.line, None, clause, True)


#: How the configuration stands: kind is that of the first `Outcome` that is not 'tunnelled', 'header' when only
#: X-Forwarded-Proto is missing, or 'tunnelled'; detail is one clause; file, line (or None) is the deciding directive,
#: name its name (str), does one clause on it, omks whether it was written for OMK. Without one name is None, and file
#: and line are those of the VirtualHost.
Standing = collections.namedtuple('Standing', 'kind detail file line name does omks')


def standing(dump: t.Any, vhost: t.Any, desired: t.Any) -> Standing:
    """Whether the VirtualHost does the job as the configuration stands now (`Standing`)."""
    server, inside = rules.server_nodes(dump.config), rules.vhost_nodes(dump.config, vhost)
    outcomes = _outcomes(server, inside, vhost, desired, dump.version)
    path = next((path for path in desired.paths if outcomes[path].kind != 'tunnelled'), desired.paths[0])
    outcome = outcomes[path]
    node = outcome.node
    told = _told(server, inside, vhost, desired)
    if outcome.kind == 'tunnelled' and desired.forwarded_proto and not told.holds:
        return _of_header(told, vhost)
    if node is None:
        return Standing(outcome.kind, explain(outcome), vhost.file, vhost.line, None, None, True)
    omks = rules.is_omks(outcome, server + inside, path, desired.backend)
    return Standing(outcome.kind, explain(outcome), node.file, node.line, node.name, _WHY[outcome.kind], omks)


def hints(dump: t.Any, place: t.Tuple[str, t.Optional[int]], desired: t.Any) -> t.List[str]:
    """What a user should know about this version of Apache (list of sentences).

    Args:
        dump (Dump)
        place (tuple): file (str) and line (int) of the VirtualHost.
        desired (Desired)
    """
    parents = {}
    for vhost in [one for one in dump.vhosts if (one.file, one.line) == place]:
        server, inside = rules.server_nodes(dump.config), rules.vhost_nodes(dump.config, vhost)
        pages = desired._replace(paths=[rules.application(path) + '/' for path in desired.paths])
        for page, outcome in _outcomes(server, inside, vhost, pages, dump.version).items():
            # What a RewriteRule does is known for a handshake, and a page is none.
            if not outcome.rewrites and (outcome.url or '').lower().startswith('ws:'):
                parents[page] = f'{outcome.node.name} at {outcome.node.file}:{outcome.node.line}'
    return versions.hints(dump.version, desired.idle_timeout, sorted(parents.items()))


def plan(dump: t.Any, vhost: t.Any, text: str, desired: t.Any) -> Plan:
    """Decide what the VirtualHost's file should hold.

    A configuration that works is left alone, whoever wrote it; ours is renewed when it no longer says what is desired.

    Args:
        dump (Dump), vhost (VirtualHost): as Apache sees them.
        text (str): the content of the VirtualHost's file.
        desired (Desired)

    Returns:
        Plan

    Raises:
        Problem: no rule in this VirtualHost can win; says which directive stands in the way.
    """
    server, inside = rules.server_nodes(dump.config), rules.vhost_nodes(dump.config, vhost)
    blocks.check_markers(text, vhost.file)
    ranges = blocks.own_ranges(text)
    pristine = _except_own(inside, vhost.file, ranges)
    works = standing(dump, vhost, desired).kind == 'tunnelled'
    now, before = (_outcomes(server, nodes, vhost, desired, dump.version) for nodes in (inside, pristine))
    needs = blocks.Needs(
        tunnel=tuple(path for path in desired.paths if before[path].kind != 'tunnelled'),
        protect=tuple(path for path in desired.paths if before[path].kind != 'tunnelled' and before[path].rewrites),
        header=desired.forwarded_proto and not _told(server, pristine, vhost, desired).holds,
        pages=(),
        always=False,
        upgrade=any(outcome.kind == 'no_upgrade' for outcome in before.values()),
        unrewritten=any(_in_section(outcome) for outcome in before.values()),
        backend=desired.backend,
        idle_timeout=desired.idle_timeout,
    )
    if works and not needs.tunnel:  # by rules that are not ours
        return Plan(text, [_rule(path, now[path], now[path]) for path in desired.paths])
    at_start, at_end = blocks.as_nodes(needs)
    pages = tuple(sorted({rules.application(path) for path in desired.paths}))
    # A Location may have the last word so far, or an If section.
    for stronger in ({'pages': pages}, {'pages': pages, 'always': True}):
        if needs.header and not _told(server, pristine + at_end, vhost, desired).holds:
            needs = needs._replace(**stronger)
            at_start, at_end = blocks.as_nodes(needs)
    told = _told(server, pristine + at_end, vhost, desired)
    if needs.header and not told.holds:
        raise Problem(
            'RequestHeader here acts after any rule of the VirtualHost, and X-Forwarded-Proto is not https then',
            told.node.file,
            told.node.line,
            cure=f'exclude the pages below {pages[0]} from it',
        )
    after = _outcomes(server, at_start + pristine + at_end, vhost, desired, dump.version)
    for path in desired.paths:
        if after[path].kind != 'tunnelled':
            node = after[path].node
            by = ', for example by a RewriteCond' if after[path].rewrites else ''
            raise Problem(
                f'{node.name} here {_WHY[after[path].kind]} ({path}) before any rule of the VirtualHost can',
                node.file,
                node.line,
                cure=f'exclude {path} from it{by}',
            )
    first, last = config_text.section_lines(text, 'VirtualHost', vhost.line) or (vhost.line, vhost.line)
    new_text = blocks.insert(blocks.without_own(text, first, last), vhost.file, vhost.line, needs)
    return Plan(new_text, [_rule(path, before[path], after[path]) for path in desired.paths])


def _rule(path: str, before: rules.Outcome, after: rules.Outcome) -> t.Dict[str, str]:
    return {'path': path, 'before': explain(before), 'after': explain(after)}
