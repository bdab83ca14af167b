# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Green or yellow, why, and what to do: a pure function from observations (private to the collection).

The order of `REASONS` is the order in which causes are named: what an admin has to fix first comes first. The whole
table is shown to users in docs/reasons.md.
"""

import typing as t
from collections import namedtuple

# The front end, whose reasons are its own; another one would be named here.
from ansible_collections.opmantek.omk.plugins.module_utils._apache import reasons as front
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

Reason = namedtuple('Reason', 'code area seen cause advice cure')
Reason.__doc__ = """One line of the table.

`area` (str) groups causes that one mistake produces together; of each area only the first is named. `seen` and `cause`
(str) are for the documentation, `advice` (str) is one sentence with the placeholders that `_fields` fills. `cure` (str)
says whether site.yml cures it: the condition for `front.is_cured`.
"""

_TABLE = (
    # What has to be readable before anything can be decided.
    (
        'opcommon_unreadable',
        'setting',
        "OMK's settings file cannot be read or parsed",
        'Missing or damaged opCommon file',
        'Repair the settings file of OMK first: {setting_problem}',
        '',
    ),
    *front.BROKEN,
    # OMK itself.
    (
        'omk_down',
        'omk',
        'Nothing answers where OMK listens',
        'omkd is stopped, has died, is still starting, or listens on another port',
        'Start OMK (systemctl restart omkd) and look into its log, or correct apache_websocket_backend where OMK'
        ' listens elsewhere, because nothing answers at {backend}.',
        '',
    ),
    (
        'omk_refuses_websocket',
        'omk',
        'OMK, asked directly, does not open the websocket',
        'opCharts is missing or not licensed, the path is another one, or something else listens there',
        'Check that opCharts is installed and licensed, and that apache_websocket_backend says where OMK listens,'
        ' because what is asked at {backend} {direct_answer} for {path}.',
        '',
    ),
    # The way to the web server.
    (
        'dns_failed',
        'proxy',
        'The host name does not resolve',
        'No such name, or the name servers do not answer',
        'Enter {host} in the DNS, or correct {variable} ({detail}).',
        '',
    ),
    *front.DOWN,
    (
        'tcp_refused',
        'proxy',
        'The connection is refused',
        'Nothing listens on the port, or a firewall rejects',
        'Start the web server or open the firewall, because {address} refuses connections.',
        front.WITH_VHOST,
    ),
    (
        'tcp_timeout',
        'proxy',
        'No answer to the connection attempt',
        'A firewall drops packets, or the host is down',
        'Open the firewall or check the host, because {address} does not answer.',
        '',
    ),
    (
        'tcp_unreachable',
        'proxy',
        'There is no route to the address',
        'Routing, or an IPv6 address without IPv6',
        'Check routing and the address in the DNS, because {address} cannot be reached ({detail}).',
        '',
    ),
    *front.TLS,
    *front.ANSWERS,
    # What the browser is told.
    *front.PAGE,
    (
        'setting_ambiguous',
        'setting',
        'The setting stands in two sections',
        'OMK then takes one of them at random',
        'Keep {name} in one section only: {setting_detail}',
        '',
    ),
    (
        'setting_missing',
        'setting',
        'The setting is not there',
        'Browsers connect to port 8042, which TLS pages may not',
        'Set {name} to "{desired_value}" in {source} and restart omkd.',
        front.ALWAYS,
    ),
    (
        'setting_wrong',
        'setting',
        'The setting has another value',
        'Browsers connect to that port',
        'Change {name} from "{value}" to "{desired_value}" in {source} and restart omkd.',
        front.ALWAYS,
    ),
    (
        'setting_overridden',
        'setting',
        'The setting is right, but a file in conf.d overrides it',
        'Typically pushed by opHA',
        'Change or remove {name} in {effective_source}, which overrides {source} with "{effective_value}".',
        '',
    ),
    (
        'omkd_restart_pending',
        'setting',
        'omkd started before the setting last changed',
        'Nobody restarted omkd',
        'Restart omkd, because its settings changed after it last started.',
        front.ALWAYS,
    ),
    # The tunnel is proven, the pane is not.
    (
        'login_failed',
        'session',
        'OMK does not accept the user name and password that were given',
        'Wrong, expired, or not allowed to log in',
        'Correct websocket_check_username and websocket_check_password, which OMK does not accept ({login}).',
        '',
    ),
    (
        'login_required',
        'session',
        'OMK refuses the websocket for lack of a login. The tunnel is proven, so that it is yellow only when'
        ' websocket_check_strict is true (in a task of your own: strict)',
        'OMK wants a session, and no user name and password were given',
        'Give websocket_check_username and websocket_check_password, so that more than the tunnel can be proven.',
        '',
    ),
    (
        'no_event',
        'session',
        'The websocket opens, but no event came in the time given',
        'No event happened, or OMK does not send them',
        'Wait longer or trigger an event, because the websocket is open and no event came.',
        '',
    ),
    (
        'not_checked',
        'session',
        'The tunnel was not checked',
        'No probe was made',
        'Probe the websocket through the web server: nothing so far proves that it opens.',
        '',
    ),
    (
        'green',
        '',
        'The websocket opens through Apache, and browsers are sent there',
        'All is well',
        'Nothing to do.',
        '',
    ),
)

REASONS = tuple(Reason(*line) for line in _TABLE)
"""Every reason (tuple of Reason), most pressing first; `green` is the last."""

CURED_BY_SITE = frozenset(reason.code for reason in REASONS if reason.cure in (front.ALWAYS, front.WITH_RULE))
"""The reasons whose advice says what site.yml does."""

_RANK = {reason.code: rank for rank, reason in enumerate(REASONS)}
_BY_CODE = {reason.code: reason for reason in REASONS}
_PROBE_ERRORS = {'accept_wrong': 'not_websocket_server', 'closed': 'connection_closed'}
# What the client saw through Apache is then OMK's doing: (seen through Apache, seen straight from OMK).
_EXPLAINED_BY_OMK = (
    ('backend_down', 'omk_down'),
    ('generic_rule_won', 'omk_refuses_websocket'),
    ('omk_error', 'omk_refuses_websocket'),
    ('gateway_failed', 'omk_refuses_websocket'),
)
_PROVES_TUNNEL = ('login_required', 'login_failed', 'no_event')
_OPENS = (None, *_PROVES_TUNNEL)
#: The `login` of a probe that was not to log in although a password is at hand.
UNTRIED = 'not tried'
#: What an advice ends with where a playbook follows it, or refuses to.
DONE_BY_SITE = ' The playbook site.yml does that.'
REFUSED_BY_SITE = ' But site.yml refuses: '
_DOWN = ('tcp_refused', 'tcp_timeout', 'tcp_unreachable')


def assess(
    observations: t.Dict[str, t.Any],
    strict: bool = True,
    certificate_days: int = 21,
    pending: t.Sequence[str] = (),
) -> t.Dict[str, t.Any]:
    """Green or yellow.

    Args:
        observations (dict): what was looked at; every part may be absent or None. `tunnel` and `direct`: what
            `client.probe` returned, through the web server and straight from OMK. `setting`: `name`, `desired_value`,
            `value`, `effective_value`, `source`, `line`, `effective_source`, `ambiguous` (sentence or None),
            `problem` (sentence or None). `omkd`: `active` (bool or None), `restart_pending` (bool). `apache`:
            `active`, `restart_pending`, `effective` (bool), `reason` (a code of this table, or None), `detail`
            (sentence or None), `file`, `line` and `rule` (str or None) of the directive that decides and what it `does`
            (clause or None), `vhost` (FILE:LINE), `refused` (why the roles can do nothing, a sentence, or None),
            `problem` (sentence or None), `missing_modules` (list of str), `hints` (list of sentences on its version),
            `port` (int) and `path` (str) that were looked for, `is_named` (bool or None:
            whether the VirtualHost has the name that was given),
            `selinux_pending` (bool), `renewed_certificate` (dict or None: `file`, `not_after`, `valid`).
        strict (bool): whether a pane that could not be proven for lack of a login is yellow.
        certificate_days (int): warn when the certificate ends in fewer days.
        pending (sequence of str): what the roles would do all the same, a sentence each.

    Returns:
        dict: `status` (green or yellow), `reason` (a code of `REASONS`), `advice` (one sentence), `warnings` (list
        of sentences: what else will have to be fixed, what will soon, what was not checked) and `predicted`: the status
        once the roles have done what they can, None where that is up to another host.
    """
    parts = {name: observations.get(name) for name in ('setting', 'omkd', 'apache', 'direct', 'tunnel')}
    warnings = _warnings(parts, certificate_days)
    found = sorted(_causes(parts), key=_RANK.__getitem__)
    if not strict and 'login_required' in found:
        found.remove('login_required')
        if _probe_code(parts['tunnel']) == 'login_required':
            warnings.append('The tunnel is proven, the pane is not: OMK wants a login.')
    first_of_area: list = []
    for code in found:
        if _BY_CODE[code].area not in [_BY_CODE[other].area for other in first_of_area]:
            first_of_area.append(code)
    if not first_of_area:
        advice = f'Nothing is wrong now; site.yml would still do this: {" ".join(pending)}' if pending else None
        advice = advice or _advice('green', parts)
        return {'status': 'green', 'reason': 'green', 'advice': advice, 'warnings': warnings, 'predicted': 'green'}
    # That nobody has probed yet is nothing to fix: whoever has fixed the rest looks again.
    later = ['Then: ' + _advice(code, parts) for code in first_of_area[1:] if code != 'not_checked']
    return {
        'status': 'yellow',
        'reason': first_of_area[0],
        'advice': _advice(first_of_area[0], parts),
        'warnings': later + warnings,
        'predicted': _predicted(found, parts),
    }


def assess_probe(observation: t.Any, strict: t.Any = True, certificate_days: t.Any = 21) -> t.Any:
    """The status of one probe: over ws, and not answered by Apache, it went straight to OMK.

    Args:
        observation (dict): from `client.probe`.
        strict (bool), certificate_days (int): as for `assess`.
    """
    straight = observation['url'].startswith('ws:') and not front.is_named_in(observation['server'])
    return assess({'direct' if straight else 'tunnel': observation}, strict, certificate_days)


def answers_as_omk(direct: t.Any) -> bool:
    """Whether a probe (dict or None, from `client.probe`) straight to where OMK should listen has found OMK."""
    return direct is not None and _direct_code(direct, None) in _OPENS


def wrong_backend(observations: t.Dict[str, t.Any], backend: str) -> t.Optional[Problem]:
    """What is wrong where OMK answers through Apache, but not where Apache is to be sent from now on; or None.

    Args:
        observations (dict): as for `assess`.
        backend (str): where OMK is said to listen, for people.
    """
    direct, tunnel, apache = (observations.get(name) for name in ('direct', 'tunnel', 'apache'))
    works = tunnel is not None and _probe_code(tunnel) in _OPENS
    if not works or direct is None or answers_as_omk(direct) or not apache or apache.get('effective'):
        return None
    place = f' ({apache["file"]}:{apache["line"]})' if apache.get('rule') else ''
    return Problem(
        f'OMK does not answer at {backend}, where apache_websocket_backend says that it listens, but it does through'
        f' Apache as it is{place}',
        cure='correct apache_websocket_backend; nothing was changed',
    )


def may_pass(probe: t.Dict[str, t.Any]) -> bool:
    """Whether what ended a probe may end by itself, because a daemon is still starting or taking up its configuration.

    Args:
        probe (dict): from `client.probe`.
    """
    return _probe_code(probe) in front.CURED_BY_RELOAD + ('connection_closed',)


def _causes(parts: t.Dict[str, t.Any]) -> t.List[str]:
    """Every code that the observations support; an open tunnel settles all about Apache and OMK."""
    tunnel, direct = parts['tunnel'], parts['direct']
    through = _probe_code(tunnel)
    proven = tunnel is not None and through in _OPENS
    codes = _setting_codes(parts['setting'], parts['omkd'])
    if parts['apache'] and parts['apache'].get('reason') == 'forwarded_proto_missing':
        codes.append('forwarded_proto_missing')
    if proven:
        return codes + ([through] if through else [])
    straight = _direct_code(direct, parts['omkd'])
    # Whether a login that was given is accepted is seen through the tunnel only.
    if straight and not (straight == 'login_required' and direct and direct['login'] == UNTRIED):
        codes.append(straight)
    if tunnel is None:
        seen = front.codes(parts['apache'], None)
        if not seen and (any(parts[name] for name in ('setting', 'omkd', 'apache')) or not direct):
            seen = ['not_checked']
        return codes + seen
    if (through, straight) in _EXPLAINED_BY_OMK:
        through = None
    elif through == 'backend_down' and direct and straight in _OPENS:
        through = 'wrong_backend'
    return codes + front.codes(parts['apache'], through)


def _predicted(codes: t.Sequence[str], parts: t.Dict[str, t.Any]) -> t.Optional[str]:
    """What becomes of a yellow pane; what shows only once these causes are cured is not known yet."""
    conditions, apache = {code: _BY_CODE[code].cure for code in codes}, parts['apache']
    if apache is None:
        known = set(conditions.values())
        return 'yellow' if '' in known else 'green' if known == {front.ALWAYS} else None
    # Without an address, nor a VirtualHost to be made that has one, the tunnel is not tried afterwards either.
    if parts['tunnel'] is None and 'vhost_missing' not in codes:
        return 'yellow'
    return 'green' if all(front.is_cured(*pair, apache) for pair in conditions.items()) else 'yellow'


def _setting_codes(setting: t.Optional[t.Dict[str, t.Any]], omkd: t.Optional[t.Dict[str, t.Any]]) -> t.List[str]:
    codes = []
    if setting:
        desired, value, effective = (_text(setting.get(key)) for key in ('desired_value', 'value', 'effective_value'))
        if setting.get('problem'):
            codes.append('opcommon_unreadable')
        elif setting.get('ambiguous'):
            codes.append('setting_ambiguous')
        elif effective != desired:
            if setting.get('effective_source') not in (None, setting.get('source')):
                codes.append('setting_overridden')
            else:
                codes.append('setting_missing' if value is None else 'setting_wrong')
    if omkd and omkd.get('restart_pending'):
        codes.append('omkd_restart_pending')
    return codes


def _direct_code(direct: t.Optional[t.Dict[str, t.Any]], omkd: t.Optional[t.Dict[str, t.Any]]) -> t.Optional[str]:
    if direct is None:
        return 'omk_down' if omkd and omkd.get('active') is False else None
    code = _probe_code(direct)
    if code is None or code == 'dns_failed' or code in _PROVES_TUNNEL:
        return code
    return 'omk_down' if code in _DOWN else 'omk_refuses_websocket'


def _probe_code(probe: t.Any) -> t.Optional[str]:
    """The code that one probe supports by itself; None for none (not made, or open)."""
    if probe is None or probe['error'] is None:
        return None
    if probe['error'] != 'not_upgraded':
        code = _PROBE_ERRORS.get(probe['error'], probe['error'])
        return code if code in _BY_CODE else 'protocol_error'
    status, server = probe['http_status'], (probe['server'] or '').lower()
    from_omk = 'mojolicious' in server
    if (from_omk or not server) and _asks_for_login(probe, status, from_omk):
        return 'login_failed' if probe.get('login') not in (None, UNTRIED) else 'login_required'
    if from_omk:
        return 'generic_rule_won' if status == 404 else 'omk_error'
    if server and not front.is_named_in(server):
        return 'another_server'
    if 300 <= status < 400:
        return 'redirected'
    return front.BY_HTTP_STATUS.get(status, front.OTHER_STATUS)


def _asks_for_login(probe: t.Dict[str, t.Any], status: int, from_omk: bool) -> bool:
    to_login = 300 <= status < 400 and 'login' in (probe['location'] or '').lower()
    return probe.get('login_form') or to_login or (from_omk and status in (401, 403))


def _warnings(parts: t.Dict[str, t.Any], certificate_days: int) -> t.List[str]:
    warnings = []
    seen = (parts['tunnel'] or {}).get('tls') or {}
    days = seen.get('days_left')
    if days is not None and 0 <= days < certificate_days:
        warnings.append(
            f'The certificate expires in {days} day{"" if days == 1 else "s"}, on {seen["not_after"][:10]}.'
        )
    if seen and seen.get('trusted') is None:
        warnings.append('The certificate was not verified; browsers verify it.')
    if (parts['tunnel'] or {}).get('login') not in (None, 'done') and not parts['tunnel']['error']:
        warnings.append(f'The login did not work ({parts["tunnel"]["login"]}), and OMK did not ask for one.')
    apache, setting = parts['apache'] or {}, parts['setting'] or {}
    if apache and parts['tunnel'] and not parts['tunnel']['error']:
        warnings += front.warnings(apache)
    warnings.extend(apache.get('hints') or [])
    if setting.get('effective_source') not in (None, setting.get('source')) and _text(
        setting.get('effective_value')
    ) == _text(setting.get('desired_value')):
        warnings.append(f'The setting comes from {setting["effective_source"]}, not from {setting.get("source")}.')
    return warnings


def _text(value: t.Optional[str]) -> t.Optional[str]:
    return None if value is None else str(value)


def _fields(code: str, parts: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """What the advice for a code may name, each with a word that fits where it is not known."""
    setting, apache, direct = (parts[name] or {} for name in ('setting', 'apache', 'direct'))
    tunnel = parts['tunnel'] or ({} if apache else direct)
    unresolved = [probe for probe in (tunnel, direct) if probe.get('error') == 'dns_failed']
    named = unresolved[0] if unresolved else tunnel
    # A probe that stands alone knows no roles.
    of_backend = bool(named) and named is direct and bool(apache or parts['omkd'] or parts['setting'])
    certificate = tunnel.get('tls') or {}
    source = setting.get('source')
    if setting.get('line'):
        source = f'{source}:{setting["line"]}'
    place = apache.get('file')
    if place and apache.get('line'):
        place = f'{place}:{apache["line"]}'
    # The directive that decides is named where that is what the advice is about.
    decides = bool(apache) and (apache.get('effective') or apache.get('reason') == code)
    to_do = decides and not apache.get('effective')
    rule = f'{apache["rule"]} ({place})' if to_do and apache.get('rule') else ''
    refused = apache.get('refused')
    status, login = direct.get('http_status'), tunnel.get('login') or direct.get('login')
    return {
        'host': _host(named['url']) if named else 'the host',
        'port': apache.get('port'),
        'path': _path((tunnel or direct)['url']) if tunnel or direct else apache.get('path'),
        'address': tunnel.get('address'),
        'backend': direct.get('address') or 'port 8042',
        'variable': (
            'apache_websocket_backend' if of_backend else 'apache_websocket_server_name or websocket_check_address'
        ),
        'direct_answer': f'answers {status}' if status else 'does not answer as it should',
        'status': tunnel.get('http_status') or 403,  # not probed: a RewriteRule with [F]
        'server': tunnel.get('server'),
        'location': tunnel.get('location') or 'another address',
        'detail': named.get('detail') or 'no further detail',
        'login': 'the login itself worked' if login == 'done' else login,
        'not_after': (certificate.get('not_after') or '')[:10] or 'a day that is past',
        'not_before': (certificate.get('not_before') or '')[:10] or 'a later day',
        'names': ', '.join((certificate.get('names') or [])[:5]) or certificate.get('subject') or 'no known name',
        'unnamed': (
            f', and no VirtualHost for port {apache["port"]} has that name' if apache.get('is_named') is False else ''
        ),
        'place': f' ({place})' if place and decides else '',
        'vhost': f' ({apache["vhost"]})' if apache.get('vhost') else '',
        'rule': rule or 'the generic rule',
        'by': f' by {rule}' if rule else '',
        'does': (to_do and apache.get('does')) or 'forwards the path without the websocket upgrade',
        'header': f'; as it is, {apache["does"]}' if to_do and apache.get('does') and not rule else '',
        'how': (REFUSED_BY_SITE + refused if refused else DONE_BY_SITE) if to_do else '',
        'modules': ', '.join(apache.get('missing_modules', [])),
        'certificate_file': (apache.get('renewed_certificate') or {}).get('file'),
        'certificate_until': ((apache.get('renewed_certificate') or {}).get('not_after') or '')[:10],
        'apache_problem': apache.get('problem'),
        'apache_detail': apache.get('detail') or '',
        'name': setting.get('name'),
        'desired_value': setting.get('desired_value'),
        'value': setting.get('value'),
        'source': source,
        'effective_source': setting.get('effective_source'),
        'effective_value': setting.get('effective_value'),
        'setting_problem': setting.get('problem'),
        'setting_detail': setting.get('ambiguous'),
    }


def _host(url: str) -> str:
    authority = url.split('/')[2]
    return authority[1:].partition(']')[0] if authority.startswith('[') else authority.partition(':')[0]


def _path(url: str) -> str:
    return '/' + url.split('/', 3)[3]


def _advice(code: str, parts: t.Dict[str, t.Any]) -> str:
    return _BY_CODE[code].advice.format(**_fields(code, parts)).strip()
