# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons that only Apache as a front end has, and what its answers mean (pure; private to the collection).

`_websocket.status` puts these lines into its table. Each has code, area, seen, cause, advice and cure, as its `Reason`.
"""

import typing as t

#: Whether site.yml cures a cause: a condition for `is_cured`, in the words of docs/reasons.md; '' for never.
ALWAYS = 'yes'
WITH_RULE = 'where Apache lacks the rule, or has not loaded it'
WITH_BACKEND = "where Apache's rule for the path, or SELinux, is why"
WITH_VHOST = 'where Apache lacks the VirtualHost, or has not loaded it'
OVER_RULE = 'where another rule of Apache is why'

#: Apache cannot be asked.
BROKEN = (
    (
        'apache_broken_configuration',
        'proxy',
        "Apache's own test of its configuration fails",
        "Somebody's mistake in any of Apache's files",
        'Repair the configuration of Apache first: {apache_problem}',
        '',
    ),
)
#: Nothing accepts the connection, and Apache itself tells why.
DOWN = (
    (
        'apache_down',
        'proxy',
        'The connection is refused and Apache is not running',
        'Apache is stopped or failed to start',
        'Start Apache and look into its error log, because it is not running.',
        '',
    ),
    (
        'port_not_served',
        'proxy',
        'The connection is refused though Apache runs',
        'No Listen for the port, or a firewall that rejects',
        'Add the missing "Listen {port}" to Apache, or open the firewall, because Apache runs and {address} refuses'
        ' connections.',
        WITH_VHOST,
    ),
)

#: TLS, which Apache ends.
TLS = (
    (
        'tls_not_spoken',
        'proxy',
        'The port answers, but not in TLS',
        'The VirtualHost lacks a certificate or SSLEngine on, or the port is wrong',
        'Switch TLS on in the VirtualHost{vhost} (SSLEngine on, and a certificate), because {address} answers without'
        ' TLS.',
        WITH_VHOST,
    ),
    (
        'tls_client_certificate_wanted',
        'proxy',
        'The server ends the TLS handshake for lack of a client certificate',
        'SSLVerifyClient require',
        'Exempt {path} from SSLVerifyClient, or give every browser a certificate, because the web server asks for a'
        ' client certificate.',
        '',
    ),
    (
        'certificate_reload_pending',
        'proxy',
        'Browsers refuse the certificate that Apache serves, and its file holds another one by now',
        'Renewed, and Apache not reloaded since',
        'Reload Apache, because {certificate_file} holds a certificate that is valid until {certificate_until}, and'
        ' Apache still serves the one before.',
        ALWAYS,
    ),
    (
        'tls_expired',
        'proxy',
        'The certificate has expired',
        'Not renewed in time',
        'Renew the certificate (it expired on {not_after}) and reload Apache.',
        '',
    ),
    (
        'tls_not_yet_valid',
        'proxy',
        'The certificate is not valid yet',
        'A wrong clock, or a certificate installed too early',
        'Check the clocks of this machine and of the server, because the certificate is valid from {not_before}.',
        '',
    ),
    (
        'tls_name_mismatch',
        'proxy',
        'The certificate is for another name',
        'A wrong name was given, another VirtualHost answers, or the certificate lacks the name',
        'Correct apache_websocket_server_name (and websocket_check_server_name, where it is set), or use a certificate'
        ' that holds {host}, because the one that is served holds {names}{unnamed}.',
        '',
    ),
    (
        'tls_untrusted',
        'proxy',
        'The certificate is not signed by a known authority',
        'Self-signed, a private authority, or a missing intermediate certificate',
        'Install the missing intermediate certificate, or name the authority in websocket_check_ca_path ({detail}).',
        '',
    ),
    (
        'tls_protocol',
        'proxy',
        'Client and server share no TLS version or cipher',
        'SSLProtocol or SSLCipherSuite too old or too narrow',
        'Allow TLS 1.2 or 1.3 with usual ciphers in SSLProtocol and SSLCipherSuite ({detail}).',
        '',
    ),
    (
        'tls_failed',
        'proxy',
        'The TLS handshake fails for another reason',
        'The server ended it',
        'Look into the error log of Apache, because the TLS handshake with {address} failed ({detail}).',
        '',
    ),
)

#: What Apache's own configuration tells, more exact than what a client can see; and what a client can see.
ANSWERS = (
    (
        'vhost_missing',
        'proxy',
        'Apache has no VirtualHost for the port',
        'TLS was never set up, or somewhere else',
        'Let the role apache_websocket create a VirtualHost for port {port}, or write one.',
        WITH_VHOST,
    ),
    (
        'vhost_ambiguous',
        'proxy',
        'Several VirtualHosts could be meant',
        'Several names on the port',
        'Say which VirtualHost is meant with apache_websocket_server_name or apache_websocket_vhost: {apache_detail}',
        '',
    ),
    (
        'module_missing',
        'proxy',
        'Apache lacks a module',
        'proxy, proxy_http, proxy_wstunnel or headers is not loaded',
        'Enable the Apache module {modules} and restart Apache.',
        ALWAYS,
    ),
    (
        'apache_restart_pending',
        'proxy',
        'The tunnel fails, and Apache started before its configuration last changed',
        'Nobody restarted or reloaded Apache',
        'Reload Apache, because its configuration changed after it last started.',
        ALWAYS,
    ),
    # Before any proxy rule counts; what stands below may hold as well, and is told, too.
    (
        'apache_login_required',
        'access',
        '401 from Apache',
        'AuthType in Apache: Basic, Kerberos (GSSAPI), OpenID Connect and the like',
        'Exempt {path} from the login that Apache asks for (AuthType, Require), or look at the pane in a browser that'
        ' is logged in, because Apache answers 401 and nobody can tell from here whether the pane is green.',
        '',
    ),
    (
        'other_rule_won',
        'proxy',
        "A rule that is not OMK's takes the path",
        "Another application's catch-all, such as ProxyPass / or a RewriteRule with [P]",
        "Have OMK's websocket rule take precedence over {rule}, which {does}, and leave that rule as it is, because"
        ' another application may need it.{how}',
        OVER_RULE,
    ),
    (
        'path_excluded',
        'proxy',
        'A rule excludes the path from proxying',
        'ProxyPass … ! above the websocket rule',
        "Have OMK's websocket rule take precedence over {rule}, which excludes {path} from proxying.{how}",
        ALWAYS,
    ),
    # What answers over HTTP instead of opening the websocket.
    (
        'generic_rule_won',
        'proxy',
        '404 from OMK (Server: Mojolicious)',
        'A generic rule for /en/omk caught the path before the websocket rule',
        'Have OMK\'s websocket rule take precedence over {rule}, which {does}: put it in a <Location "{path}"> at the'
        ' end of the VirtualHost.{how}',
        WITH_RULE,
    ),
    (
        'not_proxied',
        'proxy',
        '404 from Apache',
        'No rule forwards the path, a rule excludes it, or another VirtualHost answers',
        "Add OMK's websocket rule for {path} to the VirtualHost{vhost} that serves {host}, because Apache does not"
        ' forward it.{how}',
        WITH_RULE,
    ),
    (
        'wrong_backend',
        'proxy',
        '503 from Apache, while OMK answers directly',
        'The rule names a wrong port or host; or SELinux keeps Apache from connecting; or OMK was down a moment ago',
        "Correct host and port in OMK's own rule{place}, or where they are right, look at SELinux"
        ' (httpd_can_network_connect) and wait a minute, because OMK answers at {backend} and Apache does not find'
        ' it.{how}',
        WITH_BACKEND,
    ),
    (
        'backend_down',
        'proxy',
        '503 from Apache',
        "OMK is down, OMK's rule names a wrong port, or another application's rule takes the path",
        "Start OMK, or where it runs, see which rule of Apache takes {path}{place}: OMK's own may name a wrong port"
        " (see apache_websocket_backend), or another application's may come first, because nothing answers there.",
        WITH_BACKEND,
    ),
    (
        'no_handler',
        'proxy',
        '500 from Apache',
        'proxy_wstunnel is not loaded, or the backend of the rule is wss:// or a name that does not resolve',
        "Enable the Apache module proxy_wstunnel and check the backend of OMK's rule{place}, because Apache cannot"
        ' handle it (status 500).',
        WITH_RULE,
    ),
    (
        'gateway_failed',
        'proxy',
        '502 or 504 from Apache',
        'The backend of the rule is not OMK, or OMK hangs',
        "Check the backend of OMK's rule{place} and the log of OMK, because Apache got no proper answer for {path}"
        ' (status {status}).',
        WITH_BACKEND,
    ),
    (
        'access_denied',
        'access',
        '403 from Apache',
        'Require, a web application firewall, a RewriteRule that forbids, or a client certificate wanted for the path',
        'Allow browsers to reach {path} in Apache (Require, SSLVerifyClient, RewriteRule), because it answers'
        ' {status}{by}.{how}',
        OVER_RULE,
    ),
    (
        'redirected',
        'access',
        'A redirect to somewhere else',
        'Redirect or RewriteRule for another name, a login elsewhere, or another VirtualHost',
        'Exempt {path} from the redirect to {location}{by}, because browsers follow no redirect for a websocket.{how}',
        OVER_RULE,
    ),
    (
        'rewritten_page',
        'proxy',
        '200 with a page',
        'A RewriteRule or Alias serves a local page for the path',
        'Exempt {path} from the RewriteRule or Alias that answers it with a page{by}.{how}',
        OVER_RULE,
    ),
    (
        'another_server',
        'proxy',
        'An answer from neither Apache nor OMK',
        'A further proxy, load balancer or firewall in front, or the wrong address',
        'Have the server in front ({server}) forward websockets for {path}, because it answers {status} itself.',
        OVER_RULE,
    ),
    (
        'omk_error',
        'proxy',
        'Another status than 404 from OMK',
        'A fault inside OMK',
        'Look into the log of OMK, because it answered {status} for {path}.',
        OVER_RULE,
    ),
    (
        'http_other',
        'proxy',
        'Any other status from Apache',
        'Shown in the advice',
        'Look into the error log of Apache, because the answer for {path} was {status}.',
        OVER_RULE,
    ),
    (
        'not_websocket_server',
        'proxy',
        '101, but without the right Sec-WebSocket-Accept',
        'Something in between speaks for OMK: a cache, a firewall, a stub',
        'Find out what answers at {address} instead of OMK, because it only pretends to open a websocket ({detail}).',
        '',
    ),
    (
        'protocol_error',
        'proxy',
        'An answer that is not HTTP, or frames that are not websocket frames',
        'Another service on the port, or a device that changes the traffic',
        'Find out what answers at {address}, because it breaks the protocol ({detail}).',
        '',
    ),
    (
        'connection_closed',
        'proxy',
        'The connection ends without an answer',
        'A crash, a firewall, or OMK that ends the websocket at once',
        'Look into the logs of Apache and OMK, because the connection to {address} ended early ({detail}).',
        '',
    ),
    (
        'timeout',
        'proxy',
        'The connection is accepted, the answer does not come',
        "All of Apache's workers are held by websockets (MaxRequestWorkers), or OMK hangs",
        'Look at the load of Apache (every open pane holds a worker, see MaxRequestWorkers) and of OMK, because'
        ' {address} did not answer in time.',
        '',
    ),
)

#: What the browser is told.
PAGE = (
    (
        'forwarded_proto_missing',
        'page',
        'Apache does not tell OMK that the browser came by https',
        'RequestHeader set X-Forwarded-Proto "https" is missing, or another RequestHeader acts after it',
        'Add RequestHeader set X-Forwarded-Proto "https" to the VirtualHost{vhost}, because without it OMK sends'
        ' browsers to ws://, which they refuse on an https page{header}.',
        ALWAYS,
    ),
)

#: What a status of HTTP means when Apache answers (dict of int to code); of others `OTHER_STATUS`.
BY_HTTP_STATUS = {
    200: 'rewritten_page',
    401: 'apache_login_required',
    403: 'access_denied',
    404: 'not_proxied',
    500: 'no_handler',
    502: 'gateway_failed',
    503: 'backend_down',
    504: 'gateway_failed',
}
OTHER_STATUS = 'http_other'
#: A tunnel that fails in one of these ways may only wait for a reload; a network or certificate fault does not.
CURED_BY_RELOAD = (
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
#: What Apache says when it has passed the request on and got nothing from there.
_NO_ANSWER_FROM_BEHIND = ('backend_down', 'wrong_backend', 'no_handler', 'gateway_failed')
#: What may be the fault of the certificate that is served.
_OF_CERTIFICATE = ('tls_expired', 'tls_not_yet_valid', 'tls_name_mismatch', 'tls_untrusted')
_BY_STANDING = {
    'plain_http': 'generic_rule_won',
    'upgrade': 'generic_rule_won',
    'excluded': 'path_excluded',
    'unhandled': 'not_proxied',
    'own_connection': 'generic_rule_won',
    'rewrite_to_websocket': 'generic_rule_won',
    'perhaps': 'generic_rule_won',
    'no_upgrade': 'generic_rule_won',
    'wrong_target': 'wrong_backend',
    'rewritten': 'rewritten_page',
    'redirected': 'redirected',
    'forbidden': 'access_denied',
    'header': 'forwarded_proto_missing',
}
_CODES = {line[0] for group in (BROKEN, DOWN, TLS, ANSWERS, PAGE) for line in group}


def of_standing(kind: str, omks: bool) -> str:
    """The code for the kind of a `plan.Standing`, and whether the rule that decides was written for OMK."""
    if not omks and kind in ('wrong_target', 'perhaps'):
        return 'other_rule_won'
    return _BY_STANDING.get(kind, 'not_proxied')


def rule(name: str, omks: bool) -> str:
    """A directive as an advice names it, which says whose it is."""
    return f"OMK's {name}" if omks else f"the {name} that is not OMK's"


def is_named_in(server: t.Optional[str]) -> bool:
    """Whether a Server header (str or None) names Apache."""
    return 'apache' in (server or '').lower()


def codes(apache: t.Optional[t.Dict[str, t.Any]], through: t.Optional[str]) -> t.List[str]:
    """Apache's own account and what the client saw, the more exact one of the two.

    Args:
        apache (dict or None): the observation `apache` of `status.assess`.
        through (str or None): the code of what the client saw.

    Returns:
        list of str: codes of the table.
    """
    if not apache:
        return [through] if through else []
    if apache.get('problem'):
        return ['apache_broken_configuration']
    if through == 'tcp_refused':
        through = {False: 'apache_down', True: 'port_not_served'}.get(t.cast(bool, apache.get('active')), through)
    elif apache.get('active') is False and through is None:
        through = 'apache_down'
    if through in _OF_CERTIFICATE and (apache.get('renewed_certificate') or {}).get('valid'):
        through = 'certificate_reload_pending'
    found = [through] if through else []
    if apache.get('missing_modules'):
        found.append('module_missing')
    elif not apache['effective']:
        reason = apache['reason']
        # OMK answers 404 to what a generic rule passes on: a proxy's own error shows that another rule took the path.
        guessed = reason == 'generic_rule_won' and through in _NO_ANSWER_FROM_BEHIND
        if reason != 'forwarded_proto_missing' and not guessed:
            found.append(reason if reason in _CODES else 'not_proxied')
    elif apache.get('restart_pending') and (through is None or through in CURED_BY_RELOAD):
        found.append('apache_restart_pending')
    return found


def is_cured(code: str, condition: str, apache: t.Dict[str, t.Any]) -> bool:
    """Whether a cause is gone once the roles have done what they can, as far as Apache's own account tells.

    That they refuse to is not counted: it fails a run, in check mode too.

    Args:
        code (str): of the table.
        condition (str): in its line.
        apache (dict): as for `codes`.
    """
    why = '' if apache['effective'] else apache['reason']
    waits = bool(apache.get('restart_pending'))
    of_rule = waits or bool(why or apache.get('missing_modules'))
    holds = {
        ALWAYS: True,
        WITH_RULE: of_rule,
        WITH_BACKEND: of_rule or bool(apache.get('selinux_pending')),
        WITH_VHOST: waits or why == 'vhost_missing',
        # A RewriteRule that forbids may answer with another status than 403.
        OVER_RULE: why in (code, 'other_rule_won') or (code, why) == ('http_other', 'access_denied'),
    }
    return holds.get(condition, False)


def warnings(apache: t.Dict[str, t.Any]) -> t.List[str]:
    """What will have to be fixed of Apache (list of sentences) although the tunnel is open; args as for `codes`."""
    if apache.get('problem'):
        return [f'Apache would not start again: {apache["problem"]}']
    renewed, found = apache.get('renewed_certificate'), []
    if renewed:
        found.append(f'Apache serves an older certificate than {renewed["file"]} holds, until it is reloaded.')
    if apache.get('restart_pending'):
        found.append('The configuration of Apache changed after Apache last started; the tunnel works all the same.')
    return found
