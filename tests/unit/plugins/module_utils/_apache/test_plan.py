# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our reading of the trees in tests/corpus/apache that need no Apache to be read; tests/apache asks real Apache."""

import layouts
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils import _desired as desired_state
from ansible_collections.opmantek.omk.plugins.module_utils._apache import blocks, dump, plan, rules
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

READABLE = [
    layout
    for layout in layouts.LAYOUTS
    if layouts.plain(layout) and not layout.also and layouts.stands_in_a_virtualhost(layout)
]
by_name = pytest.mark.parametrize('layout', READABLE, ids=lambda layout: layout.name)


def read(layout):
    """What Apache would say of a tree (only its effective configuration), and the VirtualHost that is meant."""
    file, _colon, line = (layouts.APACHE + layout.vhost).rpartition(':')
    said = dump.parse_dump(layouts.effective(layout))
    return said, dump.VirtualHost('*', '443', layout.called, file, int(line), [], [])


def desired(layout):
    paths = tuple(layout.options.get('paths', [layouts.PATH]))
    return desired_state.Desired(
        paths,
        desired_state.parse_backend(layout.options.get('backend', 'localhost:8042')),
        layout.port,
        layout.options.get('server_name', ''),
        True,
        None,
    )


def source(layout, vhost):
    """The path below Apache's folder of the file that the VirtualHost stands in."""
    return layout.links[vhost.file[len(layouts.APACHE) :]].replace('../', '')


def test_there_are_enough():
    assert len(READABLE) > 100


@by_name
def test_what_becomes_of_a_handshake(layout):
    said, vhost = read(layout)
    assert rules.vhost_nodes(said.config, vhost)
    asked = desired(layout)._replace(paths=(layouts.PATH,), forwarded_proto=False)
    standing = plan.standing(said, vhost._replace(name=layout.called), asked)
    assert standing.detail.lower() == layout.before.lower()  # Apache prints names in the manual's case


@by_name
def test_a_plan_is_made_once_and_leaves_no_trace(layout):
    said, vhost = read(layout)
    path = source(layout, vhost)
    text = layout.files[path].decode('latin-1')
    planned = plan.plan(said, vhost, text, desired(layout)).text
    assert (planned != text) is bool(layout.changes)
    assert blocks.without_own(planned) == text

    after = layout._replace(files={**layout.files, path: planned.encode('latin-1')})
    said, vhost = read(after)
    assert plan.standing(said, vhost, desired(layout)).kind == 'tunnelled'
    assert plan.plan(said, vhost, planned, desired(layout)).text == planned


def test_what_no_rule_can_win_against():
    layout = next(layout for layout in layouts.LAYOUTS if layout.name == 'rewrite-inherited-before')
    said, vhost = read(layout._replace(vhost='sites-enabled/omk.conf:1'))
    with pytest.raises(Problem) as refusal:
        plan.plan(said, vhost, layout.files['sites-available/omk.conf'].decode(), desired(layout))
    assert str(refusal.value) == layout.refused


SITE = layouts.APACHE + 'sites-enabled/omk.conf'
OTHER = '/en/omk/opReports/events/log'
HEADER = '    RequestHeader set X-Forwarded-Proto "https"\n'
WS = f'    {layouts.WS}\n'
BY_WS = f'the path is tunnelled to OMK by ProxyPass at {SITE}:2'
OURS = 'the path is tunnelled to OMK by our rule'


def tunnel(path=layouts.PATH, parameters=''):
    """What stands in our block for a path."""
    rule = f'ProxyPass "ws://localhost:8042{path}" disablereuse=on{parameters}'
    return f'    <Location "{path}">\n        {rule}\n    </Location>\n'


def block(inner, name='websocket'):
    return f'    # BEGIN opmantek.omk {name}\n{inner}    # END opmantek.omk {name}\n'


def located(*directives):
    return '\n        '.join(['    <Location "/en/omk">', *directives]) + '\n    </Location>\n'


UNSET = located('RequestHeader unset X-Forwarded-Proto')
REWRITTEN = located('RewriteEngine on', 'RewriteRule ^ http://localhost:8042%{REQUEST_URI} [P]')


def enclosed(inside):
    return f'<VirtualHost *:443>\n{inside}</VirtualHost>\n'


def configured(text):
    """What Apache says of a file with VirtualHosts, and the one on the first line."""
    tree = layouts.LAYOUTS[0]._replace(
        files={'sites-available/omk.conf': text.encode()},
        links={'sites-enabled/omk.conf': '../sites-available/omk.conf'},
    )
    return dump.parse_dump(layouts.effective(tree)), dump.VirtualHost('*', '443', 'omk.lan', SITE, 1, [], [])


def desired_with(**other):
    return desired_state.Desired(
        (layouts.PATH,), desired_state.Backend('localhost', 8042), 443, '', True, None
    )._replace(**other)


@pytest.mark.parametrize(
    ('inside', 'options', 'standing'),
    [
        (HEADER + WS, {}, ('tunnelled', BY_WS.replace(':2', ':3'), SITE, 3)),
        (WS, {'forwarded_proto': False}, ('tunnelled', BY_WS, SITE, 2)),
        (WS, {}, ('header', 'X-Forwarded-Proto is not set to https', SITE, 1)),
        (HEADER, {}, ('unhandled', 'no rule takes the path', SITE, 1)),
        (
            '    RewriteEngine on\n    RewriteRule ^/en - [F]\n' + WS,
            {},
            ('forbidden', f'RewriteRule at {SITE}:3 forbids the path', SITE, 3),
        ),
        (HEADER + WS, {'paths': (layouts.PATH, OTHER)}, ('unhandled', 'no rule takes the path', SITE, 1)),
        (
            WS + '    ProxyPass /en http://localhost:8042/en\n',
            {'paths': (layouts.PATH, OTHER)},
            ('plain_http', f'ProxyPass at {SITE}:3 forwards the path without the websocket upgrade', SITE, 3),
        ),
        (
            WS + f'    ProxyPass {OTHER} !\n    ProxyPass /en http://localhost:8042/en\n',
            {'paths': (layouts.PATH, OTHER, '/en/x')},
            ('excluded', f'ProxyPass at {SITE}:3 excludes the path from proxying', SITE, 3),
        ),
    ],
)
def test_standing(inside, options, standing):
    assert plan.standing(*configured(enclosed(inside)), desired_with(**options))[:4] == standing


@pytest.mark.parametrize(
    ('omks', 'name', 'inside'),
    [
        (True, 'ProxyPass', 'ProxyPass /en/omk http://localhost:8042/en/omk'),
        (True, 'ProxyPass', 'ProxyPass /en/omk http://localhost:8043/en/omk'),
        (True, 'ProxyPass', f'ProxyPass {layouts.PATH} !'),
        (True, 'ProxyPass', 'ProxyPass / http://127.0.0.1:8042/'),
        (True, 'ProxyPassMatch', 'ProxyPassMatch ^/en/omk/(.*) balancer://omk/$1'),
        (True, 'ProxyPass', '<Location "/en/omk/">\nProxyPass http://localhost:8043/\n</Location>'),
        (False, 'ProxyPass', 'ProxyPass / http://127.0.0.1:8000/'),
        (False, 'ProxyPass', 'ProxyPass / http://omk.example.com/en/omk/'),
        (False, 'ProxyPass', '<Location />\nProxyPass http://127.0.0.1:8000/\n</Location>'),
        (False, 'ProxyPass', 'ProxyPass /en !'),
        (False, 'RewriteRule', 'RewriteEngine on\nRewriteRule ^/(.*) http://127.0.0.1:8000/$1 [P]'),
        (False, 'Redirect', 'Redirect / https://www.example.com/'),
        (True, None, 'SetEnv A 1'),
    ],
)
def test_whose_rule_decides(omks, name, inside):
    found = plan.standing(*configured(enclosed(inside + '\n')), desired_with())
    assert (found.omks, found.name) == (omks, name)
    assert bool(found.does) is bool(name)


@pytest.mark.parametrize(
    ('standing', 'options'),
    [
        ('tunnelled', {}),
        ('redirected', {'port': 8443}),
        ('redirected', {'name': 'omk.example.com'}),
        ('tunnelled', {'name': 'omk.lan'}),
    ],
)
def test_rules_are_read_for_what_a_browser_calls_the_server(standing, options):
    inside = (
        HEADER + WS + '    RewriteEngine on\n    RewriteCond %{HTTP_HOST}:%{SERVER_PORT} !=omk.lan:443\n'
        '    RewriteRule ^ https://omk.lan/ [R]\n'
    )
    assert plan.standing(*configured(enclosed(inside)), desired_with(**options)).kind == standing


@pytest.mark.parametrize(
    ('inside', 'options', 'expected'),
    [
        ('', {}, block(HEADER + tunnel())),
        (HEADER, {}, HEADER + block(tunnel())),
        ('', {'forwarded_proto': False}, block(tunnel())),
        ('', {'idle_timeout': 7200}, block(HEADER + tunnel(parameters=' timeout=7200'))),
        (WS, {}, WS + block(HEADER)),
        (HEADER + WS, {'paths': (layouts.PATH, OTHER)}, HEADER + WS + block(tunnel(OTHER))),
        (
            UNSET,
            {'paths': (layouts.PATH, OTHER)},
            UNSET + block(HEADER + located('RequestHeader set X-Forwarded-Proto "https"') + tunnel() + tunnel(OTHER)),
        ),
        (REWRITTEN + HEADER, {}, REWRITTEN + HEADER + block(tunnel(parameters='\n        RewriteEngine off'))),
    ],
)
def test_what_is_added(inside, options, expected):
    planned = plan.plan(*configured(enclosed(inside)), enclosed(inside), desired_with(**options))
    assert planned.text == enclosed(expected)


def test_only_what_a_rewrite_rule_takes_is_let_through_ahead_of_it():
    rewriting = (
        '    RewriteEngine on\n    RewriteRule ^/en/omk/opCharts/ ws://localhost:8042%{REQUEST_URI} [P]\n'
        '    RewriteRule ^/en/omk/opReports/ http://localhost:8042%{REQUEST_URI} [P]\n'
    )
    text = enclosed(HEADER + rewriting)
    planned = plan.plan(*configured(text), text, desired_with(paths=(layouts.PATH, OTHER, '/de')))
    assert planned.text == enclosed(
        block(f'    RewriteRule "^{OTHER}$" "-" [L]\n', 'pass-through')
        + HEADER
        + rewriting
        + block(tunnel(OTHER) + tunnel('/de'))
    )
    assert planned.rules == [
        {
            'path': layouts.PATH,
            'before': f'the path is tunnelled to OMK by RewriteRule at {SITE}:4',
            'after': f'the path is tunnelled to OMK by RewriteRule at {SITE}:4',
        },
        {
            'path': OTHER,
            'after': OURS,
            'before': f'RewriteRule at {SITE}:5 forwards the path without the websocket upgrade',
        },
        {'path': '/de', 'before': 'no rule takes the path', 'after': OURS},
    ]


@pytest.mark.parametrize(
    'inside',
    [
        HEADER + WS,
        HEADER + WS + block(tunnel()),  # somebody wrote the rule after we did
        WS + block(HEADER + tunnel()),
    ],
)
def test_what_works_by_the_rules_of_others_is_left_alone(inside):
    text = enclosed(inside)
    said, vhost = configured(text)
    now = plan.standing(said, vhost, desired_with()).detail
    assert plan.plan(said, vhost, text, desired_with()) == (text, [{'path': layouts.PATH, 'before': now, 'after': now}])


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'idle_timeout': 60}, block(HEADER + tunnel(parameters=' timeout=60'))),
        ({'paths': (layouts.PATH, OTHER)}, block(HEADER + tunnel() + tunnel(OTHER))),
        ({'paths': (OTHER,)}, block(HEADER + tunnel(OTHER))),
        ({'forwarded_proto': False}, block(tunnel())),
        (
            {'backend': desired_state.Backend('10.0.0.1', 8042)},
            block(HEADER + tunnel()).replace('localhost', '10.0.0.1'),
        ),
    ],
)
def test_our_block_is_renewed_when_the_desired_state_changes(options, expected):
    text = enclosed(block(HEADER + tunnel()))
    planned = plan.plan(*configured(text), text, desired_with(**options))
    assert planned.text == enclosed(expected)
    assert all(rule['after'] == OURS for rule in planned.rules)
    assert all(rule['before'] == 'no rule takes the path' for rule in planned.rules)


@pytest.mark.parametrize('parameters', ['', ' timeout=60'])
def test_a_block_from_before_disablereuse_is_renewed_once(parameters):
    now = enclosed(block(HEADER + tunnel(parameters=parameters)))
    earlier = now.replace(' disablereuse=on', '')
    options = {'idle_timeout': 60 if parameters else None}
    assert blocks.without_own(earlier) == blocks.without_own(now) == enclosed('')
    assert plan.plan(*configured(earlier), earlier, desired_with(**options)).text == now
    assert plan.plan(*configured(now), now, desired_with(**options)).text == now


def test_our_block_in_another_virtualhost_of_the_file_stays():
    second = enclosed(block(HEADER + tunnel())).replace('443', '8443')
    text = enclosed(block(HEADER + tunnel())) + second
    planned = plan.plan(*configured(text), text, desired_with(idle_timeout=60))
    assert planned.text == enclosed(block(HEADER + tunnel(parameters=' timeout=60'))) + second


def test_a_rule_in_an_included_file_is_not_taken_for_ours():
    text = enclosed(block(HEADER + tunnel()))
    said, vhost = configured(text)
    included = dump.Node('ProxyPass', '/en/omk http://localhost:8042/en/omk', None, '/etc/apache2/included.conf', 4)
    rules.vhost_nodes(said.config, vhost).insert(0, included)
    planned = plan.plan(said, vhost, text, desired_with(idle_timeout=60))
    assert planned.rules[0]['before'] == (
        'ProxyPass at /etc/apache2/included.conf:4 forwards the path without the websocket upgrade'
    )


def test_what_beats_every_proxy_rule_is_refused_with_its_place():
    text = enclosed('    <Location /en>\n        Redirect /en https://other.example.com/\n    </Location>\n')
    with pytest.raises(Problem) as refused:
        plan.plan(*configured(text), text, desired_with())
    assert str(refused.value) == (
        f'{SITE}, line 3: Redirect here redirects the path ({layouts.PATH}) before any rule of the VirtualHost can; '
        f'exclude {layouts.PATH} from it.'
    )


def test_a_marker_without_its_partner_is_refused():
    text = enclosed(block(tunnel()).replace('    # END opmantek.omk websocket\n', ''))
    with pytest.raises(Problem) as refused:
        plan.plan(*configured(text), text, desired_with())
    assert (refused.value.path, refused.value.line) == (SITE, 2)


def test_a_file_that_changed_meanwhile_is_refused():
    text = enclosed('')
    with pytest.raises(Problem) as refused:
        plan.plan(*configured(text), '\n' + text, desired_with())
    assert str(refused.value) == (
        f'{SITE}, line 1: the VirtualHost that Apache reports here cannot be found in the '
        'file; make sure that nothing else is writing the file, and run again.'
    )
