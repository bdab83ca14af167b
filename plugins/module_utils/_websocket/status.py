# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Green or yellow, why, and what to do: a pure function from observations (private to the collection).

The order of `REASONS` is the order in which causes are named: what an admin has to fix first comes first. The whole
table is shown to users in docs/reasons.md.
"""

import typing as t
from collections import namedtuple

Reason = namedtuple('Reason', 'code area seen cause advice')
Reason.__doc__ = """One line of the table.

`area` (str) groups causes that one mistake produces together; of each area only the first is named. `seen` and `cause`
(str) are for the documentation, `advice` (str) is one sentence with the placeholders that `_fields` fills.
"""

_TABLE = (
    # What has to be readable before anything can be decided.
    (
        'opcommon_unreadable',
        'setting',
        "OMK's settings file cannot be read or parsed",
        'Missing or damaged opCommon file',
        'Repair the settings file of OMK first: {setting_problem}',
    ),
    (
        'apache_broken_configuration',
        'proxy',
        "Apache's own test of its configuration fails",
        "Somebody's mistake in any of Apache's files",
        'Repair the configuration of Apache first: {apache_problem}',
    ),
    # OMK itself.
    (
        'omk_down',
        'omk',
        'Nothing answers where OMK listens',
        'omkd is stopped, still starting, or listens on another port',
        'Start OMK (systemctl start omkd) and look into its log, because nothing answers at {backend}.',
    ),
    (
        'omk_refuses_websocket',
        'omk',
        'OMK, asked directly, does not open the websocket',
        'opCharts is missing or not licensed, or the path is another one',
        'Check that opCharts is installed and licensed, because OMK itself, asked at {backend}, {direct_answer} for'
        ' {path}.',
    ),
    # The way to the web server.
    (
        'dns_failed',
        'proxy',
        'The host name does not resolve',
        'No such name, or the name servers do not answer',
        'Enter {host} in the DNS, or probe with the address of the server ({detail}).',
    ),
    (
        'apache_down',
        'proxy',
        'The connection is refused and Apache is not running',
        'Apache is stopped or failed to start',
        'Start Apache and look into its error log, because it is not running.',
    ),
    (
        'port_not_served',
        'proxy',
        'The connection is refused though Apache runs',
        'No Listen for the port, or a firewall that rejects',
        'Add the missing "Listen {port}" to Apache, or open the firewall, because Apache runs and {address} refuses'
        ' connections.',
    ),
    (
        'tcp_refused',
        'proxy',
        'The connection is refused',
        'Nothing listens on the port, or a firewall rejects',
        'Start the web server or open the firewall, because {address} refuses connections.',
    ),
    (
        'tcp_timeout',
        'proxy',
        'No answer to the connection attempt',
        'A firewall drops packets, or the host is down',
        'Open the firewall or check the host, because {address} does not answer.',
    ),
    (
        'tcp_unreachable',
        'proxy',
        'There is no way to the address',
        'Routing, or an IPv6 address without IPv6',
        'Check routing and the address in the DNS, because {address} cannot be reached ({detail}).',
    ),
    # TLS.
    (
        'tls_not_spoken',
        'proxy',
        'The port answers, but not in TLS',
        'The VirtualHost lacks a certificate or SSLEngine on, or the port is wrong',
        'Switch TLS on in the VirtualHost{place} (SSLEngine on, and a certificate), because {address} answers without'
        ' TLS.',
    ),
    (
        'tls_client_certificate_wanted',
        'proxy',
        'The server ends the TLS handshake for want of a client certificate',
        'SSLVerifyClient require',
        'Exempt {path} from SSLVerifyClient, or give every browser a certificate, because the web server asks for a'
        ' client certificate.',
    ),
    (
        'tls_expired',
        'proxy',
        'The certificate has expired',
        'Not renewed, or Apache not reloaded since',
        'Renew the certificate (it expired on {not_after}) and reload Apache.',
    ),
    (
        'tls_not_yet_valid',
        'proxy',
        'The certificate is not valid yet',
        'A wrong clock, or a certificate installed too early',
        'Check the clocks of this machine and of the server, because the certificate is valid from {not_before}.',
    ),
    (
        'tls_name_mismatch',
        'proxy',
        'The certificate is for another name',
        'Another VirtualHost answers, or the certificate lacks the name',
        'Use a certificate that holds the name {host}, or a name that it holds ({names}).',
    ),
    (
        'tls_untrusted',
        'proxy',
        'The certificate is not signed by a known authority',
        'Self-signed, a private authority, or a missing intermediate certificate',
        'Install the missing intermediate certificate, or name the authority in ca_path ({detail}).',
    ),
    (
        'tls_protocol',
        'proxy',
        'Client and server share no TLS version or cipher',
        'SSLProtocol or SSLCipherSuite too old or too narrow',
        'Allow TLS 1.2 or 1.3 with usual ciphers in SSLProtocol and SSLCipherSuite ({detail}).',
    ),
    (
        'tls_failed',
        'proxy',
        'The TLS handshake fails for another reason',
        'The server ended it',
        'Look into the error log of Apache, because the TLS handshake with {address} failed ({detail}).',
    ),
    # What Apache's own configuration tells; more exact than what a client can see.
    (
        'vhost_missing',
        'proxy',
        'Apache has no VirtualHost for the port',
        'TLS was never set up, or somewhere else',
        'Let the role apache_websocket create a VirtualHost for port {port}, or write one.',
    ),
    (
        'vhost_ambiguous',
        'proxy',
        'Several VirtualHosts could be meant',
        'Several names on the port',
        'Say which VirtualHost is meant with server_name or vhost: {apache_detail}',
    ),
    (
        'module_missing',
        'proxy',
        'Apache lacks a module',
        'proxy, proxy_http, proxy_wstunnel or headers is not loaded',
        'Enable the Apache module {modules} and restart Apache.',
    ),
    (
        'apache_restart_pending',
        'proxy',
        'The tunnel fails, and Apache started before its configuration last changed',
        'Nobody restarted or reloaded Apache',
        'Reload Apache, because its configuration changed after it last started.',
    ),
    (
        'path_excluded',
        'proxy',
        'A rule excludes the path from proxying',
        'ProxyPass … ! above the websocket rule',
        'Remove the exclusion of {path}{place}, or put the websocket rule where it takes precedence. {apache_detail}',
    ),
    # What answers over HTTP instead of opening the websocket.
    (
        'generic_rule_won',
        'proxy',
        '404 from OMK (Server: Mojolicious)',
        'A generic rule for /en/omk caught the path before the websocket rule',
        'Put the websocket rule where it takes precedence over the generic rule{place}: in a <Location "{path}"> at'
        ' the end of the'
        ' VirtualHost. {apache_detail}',
    ),
    (
        'not_proxied',
        'proxy',
        '404 from Apache',
        'No rule forwards the path, a rule excludes it, or another VirtualHost answers',
        'Add the websocket rule for {path} to the VirtualHost{place} that serves {host}, because Apache does not'
        ' forward'
        ' it. {apache_detail}',
    ),
    (
        'wrong_backend',
        'proxy',
        '503 from Apache, while OMK answers directly',
        'The rule names a wrong port or host; or SELinux keeps Apache from connecting; or OMK was down a moment ago',
        'Correct the port in the websocket rule{place}, or where it is right, look at SELinux'
        ' (httpd_can_network_connect)'
        ' and wait a minute, because OMK answers at {backend} and Apache does not find it.',
    ),
    (
        'backend_down',
        'proxy',
        '503 from Apache',
        'OMK is down, or the rule names a wrong port',
        'Start OMK, or correct the port in the websocket rule{place}, because Apache finds nobody there.',
    ),
    (
        'no_handler',
        'proxy',
        '500 from Apache',
        'proxy_wstunnel is not loaded, or the backend of the rule is wss:// or a name that does not resolve',
        'Enable the Apache module proxy_wstunnel and check the backend of the rule{place}, because Apache cannot handle'
        ' it (status 500).',
    ),
    (
        'gateway_failed',
        'proxy',
        '502 or 504 from Apache',
        'The backend of the rule is not OMK, or OMK hangs',
        'Check the backend of the websocket rule{place} and the log of OMK, because Apache got no proper answer from it'
        ' (status {status}).',
    ),
    (
        'access_denied',
        'proxy',
        '401 or 403 from Apache',
        'Require, AuthType, a web application firewall, or a client certificate wanted for the path',
        'Allow browsers to reach {path} in Apache (Require, AuthType, SSLVerifyClient), because it answers {status}.',
    ),
    (
        'redirected',
        'proxy',
        'A redirect to somewhere else',
        'Redirect or RewriteRule for another name, or from another VirtualHost',
        'Exempt {path} from the redirect to {location}, because browsers follow no redirect for a websocket.',
    ),
    (
        'rewritten_page',
        'proxy',
        '200 with a page',
        'A RewriteRule or Alias serves a local page for the path',
        'Exempt {path} from the RewriteRule or Alias{place} that answers it with a page.',
    ),
    (
        'another_server',
        'proxy',
        'An answer from neither Apache nor OMK',
        'A further proxy, load balancer or firewall in front, or the wrong address',
        'Have the server in front ({server}) forward websockets for {path}, because it answers {status} itself.',
    ),
    (
        'omk_error',
        'proxy',
        'Another status than 404 from OMK',
        'A fault inside OMK',
        'Look into the log of OMK, because it answered {status} for {path}.',
    ),
    (
        'http_other',
        'proxy',
        'Any other status from Apache',
        'Shown in the advice',
        'Look into the error log of Apache, because the answer for {path} was {status}.',
    ),
    (
        'not_websocket_server',
        'proxy',
        '101, but without the right Sec-WebSocket-Accept',
        'Something in between speaks for OMK: a cache, a firewall, a stub',
        'Find out what answers at {address} instead of OMK, because it only pretends to open a websocket ({detail}).',
    ),
    (
        'protocol_error',
        'proxy',
        'An answer that is not HTTP, or frames that are not websocket frames',
        'Another service on the port, or a device that changes the traffic',
        'Find out what answers at {address}, because it breaks the protocol ({detail}).',
    ),
    (
        'connection_closed',
        'proxy',
        'The connection ends without an answer',
        'A crash, a firewall, or OMK that ends the websocket at once',
        'Look into the logs of Apache and OMK, because the connection to {address} ended early ({detail}).',
    ),
    (
        'timeout',
        'proxy',
        'The connection is accepted, the answer does not come',
        "All of Apache's workers are held by websockets (MaxRequestWorkers), or OMK hangs",
        'Look at the load of Apache (every open pane holds a worker, see MaxRequestWorkers) and of OMK, because'
        ' {address} did not answer in time.',
    ),
    # What the browser is told.
    (
        'forwarded_proto_missing',
        'page',
        'Apache does not tell OMK that the browser came by https',
        'RequestHeader set X-Forwarded-Proto "https" is missing',
        'Add RequestHeader set X-Forwarded-Proto "https" to the VirtualHost{place}, because without it OMK sends'
        ' browsers'
        ' to ws://, which they refuse on an https page.',
    ),
    (
        'setting_ambiguous',
        'setting',
        'The setting stands in two sections',
        'OMK then takes one of them at random',
        'Keep {name} in one section only: {setting_detail}',
    ),
    (
        'setting_missing',
        'setting',
        'The setting is not there',
        'Browsers connect to port 8042, which TLS pages may not',
        'Set {name} to "{desired_value}" in {source} and restart omkd.',
    ),
    (
        'setting_wrong',
        'setting',
        'The setting has another value',
        'Browsers connect to that port',
        'Change {name} from "{value}" to "{desired_value}" in {source} and restart omkd.',
    ),
    (
        'setting_overridden',
        'setting',
        'The setting is right, but a file in conf.d overrides it',
        'Typically pushed by opHA',
        'Change or remove {name} in {effective_source}, which overrides {source} with "{effective_value}".',
    ),
    (
        'omkd_restart_pending',
        'setting',
        'omkd started before the setting last changed',
        'Nobody restarted omkd',
        'Restart omkd, because its settings changed after it last started.',
    ),
    # The tunnel is proven, the pane is not.
    (
        'login_failed',
        'session',
        'OMK does not accept the user name and password that were given',
        'Wrong, expired, or not allowed to log in',
        'Give the probe a user name and password that OMK accepts ({login}).',
    ),
    (
        'login_required',
        'session',
        'OMK refuses the websocket for want of a login; the tunnel is proven',
        'OMK wants a session, and no user name and password were given',
        'Give username and password, so that more than the tunnel can be proven.',
    ),
    (
        'no_event',
        'session',
        'The websocket opens, but no event came in the time given',
        'No event happened, or OMK does not send them',
        'Wait longer or cause an event, because the websocket is open and no event came.',
    ),
    (
        'not_checked',
        'session',
        'Nobody looked at the tunnel',
        'No probe was made',
        'Probe the websocket through the web server: nothing so far proves that it opens.',
    ),
    ('green', '', 'The websocket opens through Apache, and browsers are sent there', 'All is well', 'Nothing to do.'),
)

REASONS = tuple(Reason(*line) for line in _TABLE)
"""Every reason (tuple of Reason), most pressing first; `green` is the last."""

_RANK = {reason.code: rank for rank, reason in enumerate(REASONS)}
_BY_CODE = {reason.code: reason for reason in REASONS}
_PROBE_ERRORS = {'accept_wrong': 'not_websocket_server', 'closed': 'connection_closed'}
_HTTP = {
    401: 'access_denied',
    403: 'access_denied',
    404: 'not_proxied',
    500: 'no_handler',
    502: 'gateway_failed',
    503: 'backend_down',
    504: 'gateway_failed',
}
# A tunnel that fails in one of these ways may only wait for a reload; a network or certificate fault does not.
_CURED_BY_RELOAD = (
    'tcp_refused',
    'port_not_served',
    'tls_not_spoken',
    'generic_rule_won',
    'not_proxied',
    'backend_down',
    'wrong_backend',
    'no_handler',
    'gateway_failed',
)
# What the client saw through Apache is then OMK's doing: (seen through Apache, seen straight from OMK).
_EXPLAINED_BY_OMK = (
    ('backend_down', 'omk_down'),
    ('generic_rule_won', 'omk_refuses_websocket'),
    ('omk_error', 'omk_refuses_websocket'),
    ('gateway_failed', 'omk_refuses_websocket'),
)
_PROVES_TUNNEL = ('login_required', 'login_failed', 'no_event')
_DOWN = ('tcp_refused', 'tcp_timeout', 'tcp_unreachable')


def assess(observations: t.Dict[str, t.Any], strict: bool = True, certificate_days: int = 21) -> t.Dict[str, t.Any]:
    """Green or yellow.

    Args:
        observations (dict): what was looked at; every part may be absent or None. `tunnel` and `direct`: what
            `client.probe` returned, through the web server and straight from OMK. `setting`: `name`, `desired_value`,
            `value`, `effective_value`, `source`, `line`, `effective_source`, `ambiguous` (sentence or None),
            `problem` (sentence or None). `omkd`: `active` (bool or None), `restart_pending` (bool). `apache`:
            `active`, `restart_pending`, `effective` (bool), `reason` (a code of this table, or None), `detail`
            (sentence or None), `file`, `line`, `problem` (sentence or None), `missing_modules` (list of str), `port`
            (int) and `path` (str) that were looked for.
        strict (bool): whether a pane that could not be proven for want of a login is yellow.
        certificate_days (int): warn when the certificate ends in fewer days.

    Returns:
        dict: `status` (green or yellow), `reason` (a code of `REASONS`), `advice` (one sentence) and `warnings` (list
        of sentences: what else will have to be fixed, what will soon, what was not checked).
    """
    parts = {name: observations.get(name) for name in ('setting', 'omkd', 'apache', 'direct', 'tunnel')}
    fields = _fields(parts)
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
        return {'status': 'green', 'reason': 'green', 'advice': _advice('green', fields), 'warnings': warnings}
    later = ['Then: ' + _advice(code, fields) for code in first_of_area[1:]]
    return {
        'status': 'yellow',
        'reason': first_of_area[0],
        'advice': _advice(first_of_area[0], fields),
        'warnings': later + warnings,
    }


def assess_probe(observation: t.Any, strict: t.Any = True, certificate_days: t.Any = 21) -> t.Any:
    """The status of one probe: over ws, and not answered by Apache, it went straight to OMK.

    Args:
        observation (dict): from `client.probe`.
        strict (bool), certificate_days (int): as for `assess`.
    """
    straight = observation['url'].startswith('ws:') and 'apache' not in (observation['server'] or '').lower()
    return assess({'direct' if straight else 'tunnel': observation}, strict, certificate_days)


def may_pass(probe: t.Dict[str, t.Any]) -> bool:
    """Whether what ended a probe may end by itself, because a daemon is still starting or taking up its configuration.

    Args:
        probe (dict): from `client.probe`.
    """
    return _probe_code(probe) in _CURED_BY_RELOAD + ('connection_closed',)


def _causes(parts: t.Dict[str, t.Any]) -> t.List[str]:
    """Every code that the observations support; an open tunnel settles all about Apache and OMK."""
    tunnel, direct = parts['tunnel'], parts['direct']
    through = _probe_code(tunnel)
    proven = tunnel is not None and through in (None,) + _PROVES_TUNNEL
    codes = _setting_codes(parts['setting'], parts['omkd'])
    if parts['apache'] and parts['apache'].get('reason') == 'forwarded_proto_missing':
        codes.append('forwarded_proto_missing')
    if proven:
        return codes + ([through] if through else [])
    straight = _direct_code(direct, parts['omkd'])
    if straight:
        codes.append(straight)
    if tunnel is None:
        seen = _apache_codes(parts['apache'], None)
        if not seen and (any(parts[name] for name in ('setting', 'omkd', 'apache')) or not direct):
            seen = ['not_checked']
        return codes + seen
    if (through, straight) in _EXPLAINED_BY_OMK:
        through = None
    elif through == 'backend_down' and direct and straight in (None,) + _PROVES_TUNNEL:
        through = 'wrong_backend'
    return codes + _apache_codes(parts['apache'], through)


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


def _apache_codes(apache: t.Optional[t.Dict[str, t.Any]], through: t.Optional[str]) -> t.List[str]:
    """Apache's own account and what the client saw (`through`, a code or None), the more exact one of the two."""
    if not apache:
        return [through] if through else []
    if apache.get('problem'):
        return ['apache_broken_configuration']
    if through == 'tcp_refused':
        through = {False: 'apache_down', True: 'port_not_served'}.get(t.cast(bool, apache.get('active')), through)
    elif apache.get('active') is False and through is None:
        through = 'apache_down'
    codes = [through] if through else []
    if apache.get('missing_modules'):
        codes.append('module_missing')
    elif not apache['effective']:
        reason = apache['reason']
        if reason != 'forwarded_proto_missing':
            codes.append(reason if reason in _BY_CODE else 'not_proxied')
    elif apache.get('restart_pending') and (through is None or through in _CURED_BY_RELOAD):
        codes.append('apache_restart_pending')
    return codes


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
        return 'login_failed' if probe.get('login') else 'login_required'
    if from_omk:
        return 'generic_rule_won' if status == 404 else 'omk_error'
    if server and 'apache' not in server:
        return 'another_server'
    if 300 <= status < 400:
        return 'redirected'
    return _HTTP.get(status, 'rewritten_page' if status == 200 else 'http_other')


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
        if apache.get('problem'):
            warnings.append(f'Apache would not start again: {apache["problem"]}')
        elif apache.get('restart_pending'):
            warnings.append(
                'The configuration of Apache changed after Apache last started; the tunnel works all the same.'
            )
    if setting.get('effective_source') not in (None, setting.get('source')) and _text(
        setting.get('effective_value')
    ) == _text(setting.get('desired_value')):
        warnings.append(f'The setting comes from {setting["effective_source"]}, not from {setting.get("source")}.')
    return warnings


def _text(value: t.Optional[str]) -> t.Optional[str]:
    return None if value is None else str(value)


def _fields(parts: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """What the advice sentences may name, each with a word that fits where it is not known."""
    setting, apache, direct = (parts[name] or {} for name in ('setting', 'apache', 'direct'))
    tunnel = parts['tunnel'] or ({} if apache else direct)
    unresolved = [probe for probe in (tunnel, direct) if probe.get('error') == 'dns_failed']
    named = unresolved[0] if unresolved else tunnel
    certificate = tunnel.get('tls') or {}
    source = setting.get('source')
    if setting.get('line'):
        source = f'{source}:{setting["line"]}'
    place = apache.get('file')
    if place and apache.get('line'):
        place = f'{place}:{apache["line"]}'
    status, login = direct.get('http_status'), tunnel.get('login') or direct.get('login')
    return {
        'host': _host(named['url']) if named else 'the host',
        'port': apache.get('port'),
        'path': _path((tunnel or direct)['url']) if tunnel or direct else apache.get('path'),
        'address': tunnel.get('address'),
        'backend': direct.get('address') or 'port 8042',
        'direct_answer': f'answers {status}' if status else 'does not answer as it should',
        'status': tunnel.get('http_status') or 403,  # not probed: a RewriteRule with [F]
        'server': tunnel.get('server'),
        'location': tunnel.get('location') or 'another address',
        'detail': named.get('detail') or 'no further detail',
        'login': 'the login itself worked' if login == 'done' else login,
        'not_after': (certificate.get('not_after') or '')[:10] or 'a day that is past',
        'not_before': (certificate.get('not_before') or '')[:10] or 'a later day',
        'names': ', '.join((certificate.get('names') or [])[:5]) or certificate.get('subject') or 'none is known',
        'place': f' ({place})' if place else '',
        'modules': ', '.join(apache.get('missing_modules', [])),
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


def _advice(code: str, fields: t.Dict[str, t.Any]) -> str:
    return _BY_CODE[code].advice.format(**fields).strip()
