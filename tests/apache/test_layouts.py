# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every tree of tests/corpus/apache on real Apache: its handshake, its neighbours, the module, and back."""

import hashlib
import re

import pytest
import websocket
from events import listen
from layouts import APACHE, LAYOUTS, PATH, on_version

NODE_PAGE = '/en/omk/opCharts/nodes/core-router1'
PAGES = ('/', '/en/omk/', NODE_PAGE)


def handshakes(lab, layout):
    """The status that a websocket handshake gets on each address of the layout; 101 only when an event comes."""
    asked = [
        {
            'address': lab.at(one),
            'port': layout.port,
            'name': layout.called,
            'path': PATH,
            'websocket': True,
            'credentials': layout.credentials,
        }
        for one in layout.at
    ]
    return [status if status != 101 else body for status, _location, body in lab.do('asks', requests=asked)]


def opens_for_another_client(lab):
    """Whether a client that is not ours, from another host, which trusts only the test CA, gets an event."""
    try:
        return len(listen(lab.server, timeout=30)) == 1
    except (websocket.WebSocketException, OSError):
        return False


def neighbours(lab, layout):
    """What all VirtualHosts answer, in order, without the handshake that the module is to change.

    Of the VirtualHost itself only the status of its pages counts: the header may change what they say.
    """
    vhosts = lab.do('vhosts')
    places = [APACHE + place for place in (layout.vhost, *layout.also) if place]
    target = {one['address'] for one in vhosts if one['place'] in places}
    answers = []
    for vhost in vhosts:
        # A place moves when something is added above it, a name does not.
        own = (layout.also or vhost['address'] in target) and vhost['name'].lower() == layout.called
        own = own or vhost['place'] in places
        for path in PAGES if own else (*PAGES, PATH):
            answer = lab.do(
                'ask',
                address=lab.at(vhost['address']),
                port=int(vhost['port']),
                name=vhost['name'],
                path=path,
                websocket=path == PATH,
                credentials=layout.credentials,
            )
            sums = [*answer[:2], hashlib.sha256(answer[2].encode()).hexdigest()]
            answers.append((vhost['address'], vhost['port'], vhost['name'], path, answer[:1] if own else sums))
    return answers


def told_scheme(lab, layout):
    """The scheme with which OMK's node page has browsers open the websocket."""
    answer = lab.do(
        'ask',
        address=lab.at(layout.at[0]),
        port=layout.port,
        name=layout.called,
        path=NODE_PAGE,
        credentials=layout.credentials,
    )
    found = re.search(r'"scheme":"(wss?)"', answer[2])
    return found.group(1) if found else None


#: What a client can see of each cause that Apache tells of itself.
SEEN = {
    'apache_login_required': (401,),
    'access_denied': (403, 410),
    'generic_rule_won': (404,),
    'not_proxied': (404,),
    'path_excluded': (404,),
    'redirected': (301, 302, 410),
    'rewritten_page': (200, 404),
    'vhost_missing': (404,),
}


def check_status(lab, layout, handshake, doubt=None, tells=None):
    """The status of the host as it is, held against what a handshake really gets at the last of the addresses.

    With a doubt it is yellow although all is well, because the configuration alone does not tell; tells is its reason
    and place: see expect.yml.
    """
    known = ('server_name', 'vhost', 'backend', 'content')
    options = {name: layout.options[name] for name in known if name in layout.options}
    found = lab.module(
        'websocket_info',
        sides=['apache'],
        validate_certs=False,
        port=layout.port,
        address=lab.at(layout.at[-1]),
        **{'server_name': layout.called, **options},
    )
    seen, account = found['observations'], found['observations']['apache']
    if found['reason'] == 'vhost_ambiguous':
        assert layout.refused
        return
    if '//' + layout.called not in found['url']:
        return  # nobody calls it like that
    if seen['tunnel']['http_status'] == 401:
        assert found['reason'] == 'apache_login_required'
        return
    told = told_scheme(lab, layout) != 'ws'
    assert (found['status'] == 'green') is (handshake == 'event' and told and not doubt), found
    assert not doubt or (handshake == 'event' and told)
    assert (seen['tunnel']['http_status'] == 101) is (handshake == 'event')
    # What is read of the configuration is never better than what is.
    assert not account['effective'] or (handshake == 'event' and told), account
    if found['status'] == 'yellow' and handshake != 'event':
        assert handshake in SEEN.get(found['reason'], (handshake,)), found
    advices = [found['advice'], *found['notes']]
    place = f'{account["file"]}:{account["line"]}'
    if "not OMK's" in (account['rule'] or ''):
        assert all(text.count(place) == text.count(f"not OMK's ({place})") for text in advices), advices
    assert not tells or f'{found["reason"]} {place.replace(APACHE, "")}' == tells, found
    assert ('Nothing to do' in found['advice']) is (found['status'] == 'green' and not found['pending'])


def block_of(content, opening):
    """The physical line of our tunnel's end marker, and that of the VirtualHost's closing tag below line `opening`."""
    lines = content.decode('latin-1').split('\n')
    below = range(opening, len(lines))
    return tuple(
        next(
            (
                number + 1
                for number in below
                if re.match(pattern, lines[number], re.IGNORECASE) and not lines[number - 1].rstrip('\r').endswith('\\')
            ),
            None,
        )
        for pattern in (r'\s*# END opmantek\.omk websocket', r'\s*</Virtual')
    )


def warnings_of(result):
    """The sentences of which a module warned; newer ansible-cores wrap them."""
    return [one if isinstance(one, str) else one['event']['msg'] for one in result.get('warnings', [])]


@pytest.fixture(scope='module')
def addressed(lab):
    """The host, with the second address that some layouts speak of."""
    lab.has_address('192.0.2.10')
    return lab


@pytest.fixture
def laid(addressed, request):
    """The layout, and Apache on it."""
    lab, layout = addressed, on_version(request.param, addressed.version)
    lab.lay(layout.files, layout.links)
    listens = 'ports.conf' in layout.files
    assert (lab.reload(full=listens) == '') is layout.starts
    yield layout
    if listens or not layout.starts:
        lab.do('pristine')
        assert lab.reload(full=True) == ''


@pytest.mark.exhaustive
@pytest.mark.parametrize('laid', LAYOUTS, ids=lambda layout: layout.name, indirect=True)
def test_layout(lab, laid, record_property):
    before = lab.fingerprint()
    if not laid.starts:
        result = lab.module(**laid.options)
        assert (result.get('failed'), result.get('msg')) == (True, laid.refused)
        assert lab.fingerprint() == before
        record_property('layouts', 'Apache refuses it')
        return
    around = neighbours(lab, laid)
    expected = [
        ['event' if one == 101 else one for one in (status if isinstance(status, list) else [status] * len(laid.at))]
        for status in laid.handshake
    ]
    assert handshakes(lab, laid) == expected[0]
    check_status(lab, laid, expected[0][-1], laid.doubt, laid.tells)

    predicted = lab.module(_ansible_check_mode=True, **laid.options)
    assert lab.fingerprint() == before
    result = lab.module(**laid.options)
    assert {key: result.get(key) for key in ('changed', 'diff', 'msg', 'vhost', 'rules', 'files')} == {
        key: predicted.get(key) for key in ('changed', 'diff', 'msg', 'vhost', 'rules', 'files')
    }

    assert result.get('msg') == laid.refused
    if laid.refused:
        assert result['failed']
        assert lab.fingerprint() == before
        record_property('layouts', 'refused')
        return
    place = result['vhost']
    assert f'{place["file"]}:{place["line"]}' == APACHE + laid.vhost
    assert [f'{one["file"]}:{one["line"]}' for one in result['also']] == [APACHE + one for one in laid.also]
    assert result['rules'][0]['before'] == laid.before
    version = '.'.join(map(str, lab.version))
    assert warnings_of(result) == [warning.replace('VERSION', version) for warning in laid.warnings]
    assert result['files'] == ([APACHE + laid.changes] if laid.changes else [])
    assert result['changed'] is bool(laid.changes)
    record_property('layouts', 'changed' if laid.changes else 'right already')
    if laid.changes:
        place = next(one for one in (place, *result['also']) if lab.same_file(one['file'], APACHE + laid.changes))
        end, closing = block_of(lab.read(APACHE + laid.changes), place['line'])
        assert end < closing

    assert lab.reload() == ''
    assert handshakes(lab, laid) == expected[1]
    check_status(lab, laid, expected[1][-1])
    if laid.handshake[1] == 101:
        assert told_scheme(lab, laid) in ('wss', None)
        standard = laid.at[0] == '*' and laid.port == 443 and laid.called == lab.server.name and not laid.credentials
        assert not standard or opens_for_another_client(lab)
    assert neighbours(lab, laid) == around

    assert lab.module(**laid.options)['changed'] is False
    assert lab.module(state='absent', **laid.options)['changed'] is result['changed']
    assert lab.fingerprint() == before
