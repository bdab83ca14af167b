# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: what a run learnt about its hosts, as a page, as data and on the terminal (private to the collection).

Pure: takes facts, gives text. Host names and messages come from strangers, so every output disarms them in its own way.
"""

import base64
import csv
import hashlib
import io
import json
import re
import textwrap
import typing as t
from collections import Counter
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree

from ansible_collections.opmantek.omk.plugins.module_utils._websocket.status import (
    CURED_BY_SITE,
    DONE_BY_SITE,
    REASONS,
    REFUSED_BY_SITE,
)
from ansible_collections.opmantek.omk.plugins.plugin_utils import _decision
from ansible_collections.opmantek.omk.plugins.plugin_utils._trust import plain, texts, whole
from jinja2 import Environment, StrictUndefined

VERSION = 1
"""Of report.json: a number that grows when a field goes or comes to mean something else, not when one is added."""

STATUSES = ('failed', 'unreachable', 'yellow', 'no status', 'reverted', 'green')
"""Every state of a host, worst first; also the order of the rows."""

PANES = ('green', 'yellow', 'reverted')
"""What is known of a pane once a run has looked, or has taken back what made it green."""

SINCE = ('turned yellow', 'turned green', 'reverted', 'new')
"""What may have become of a host since the report before."""

FIELDS = (
    'host',
    'status',
    'predicted',
    'since',
    'before',
    'reason',
    'advice',
    'warnings',
    'certificate_days_left',
    'changed',
    'batch',
    'url',
    'checked_at',
    'task',
)

_TIME = '%Y-%m-%dT%H:%M:%SZ'
_REASONS = {reason.code: reason for reason in REASONS}
_NAMESPACE = 'opmantek.omk.'
_TILES = ('green', 'reverted', 'yellow', 'no status', 'unreachable', 'failed')
_DOT_COLOURS = {
    'failed': '#c62828',
    'unreachable': '#6b7280',
    'yellow': '#f5b301',
    'no status': '#6b7280',
    'reverted': '#6b7280',
    'green': '#2e9e44',
}


def row(
    host: str,
    told: t.Optional[t.Union[t.Dict[str, t.Any], str]] = None,
    failure: t.Optional[str] = None,
    task: t.Any = None,
    unreachable: bool = False,
    tried: bool = True,
    cure: str = '',
) -> t.Dict[str, t.Any]:
    """One host of the board.

    Args:
        host (str): its name in the inventory.
        told (dict or None): what the run itself says of the host (`_decision.pane`), or the statistic `omk_websocket`.
        failure (str or None): the message of the task that failed, or why the host could not be reached.
        task (str or None): the name of that task.
        unreachable (bool): whether the connection to the host is what failed.
        tried (bool): whether any task of this collection began on the host.
        cure (str): what cures the reasons `CURED_BY_SITE` with no manual step, such as "Run site.yml"; or empty.

    Returns:
        dict: `FIELDS`, all present. Texts are without control characters, lists are lists of str. `since` and `before`
        are empty: `compare` fills them.
    """
    told = told if isinstance(told, dict) else {}
    status, reason = plain(told.get('status')), plain(told.get('reason'))
    warnings = texts(told.get('warnings'))
    advice = plain(told.get('advice'))
    said = plain(failure)
    if status not in PANES:
        status = 'unreachable' if unreachable else 'failed' if failure is not None else 'no status'
        unjudged = 'This run gave no status; verify.yml does.' if tried else 'Not tried: the run ended before its turn.'
        if tried and plain(told.get('predicted')) == 'reverted':
            unjudged = 'Run it without --check to revert the host.'
        advice, reason = (unjudged if failure is None else said), ''
    elif failure is None or (told.get('concluded') is True and not unreachable):
        # The run has failed the host itself, and said all; what became of its changes stands beside the advice.
        warnings += texts(told.get('outcome'))
        status = 'failed' if failure is not None and not reason else status
        # The report says first what to run, and after a run that was to do it, that it does it is no news.
        advice = advice.replace(DONE_BY_SITE, '')
        if cure and status == 'yellow' and reason in CURED_BY_SITE and REFUSED_BY_SITE not in advice:
            advice = f'{cure}, which does this: {advice}'
    elif status == 'yellow' and not unreachable:
        # What stopped the run comes first: the look before it had only begun to look.
        warnings += [f'Before that: {advice}'] if advice else []
        status, advice, reason = 'failed', said, ''
    else:
        warnings += [('Then it could not be reached: ' if unreachable else 'Then a task failed: ') + said]
    predicted = plain(told.get('predicted'))
    is_of_task = status in ('failed', 'unreachable') and (unreachable or not told.get('concluded'))
    return {
        'host': plain(host),
        'status': status,
        'predicted': predicted if predicted in PANES else '',
        'since': '',
        'before': '',
        'reason': reason,
        'advice': advice,
        'warnings': warnings,
        'certificate_days_left': whole(told.get('certificate_days_left')),
        'changed': texts(told.get('changed')),
        'batch': plain(told.get('batch')),
        'url': plain(told.get('url')),
        'checked_at': plain(told.get('checked_at')),
        # One that only fails with what is known by then says nothing.
        'task': plain(task).removeprefix(_NAMESPACE) if is_of_task else '',
    }


def board(
    rows: t.Iterable[t.Dict[str, t.Any]],
    playbook: str,
    started: datetime,
    ended: datetime,
    check_mode: bool = False,
    interrupted: bool = False,
) -> t.Dict[str, t.Any]:
    """Everything there is to show.

    Args:
        rows (iterable of dict): from `row`.
        playbook (str): name of the playbook.
        started (datetime), ended (datetime): of the run, in UTC.
        check_mode (bool): whether the run only predicted.
        interrupted (bool): whether somebody stopped it.

    Returns:
        dict: `hosts` (worst first, then by name), `counts` (of every status, and `all`), the facts of the run, and what
        `compare` fills: `since`, and `elsewhere`, the panes of hosts that are known from earlier runs alone.
    """
    return _arranged(
        rows,
        {
            'version': VERSION,
            'playbook': plain(playbook),
            'started_at': started.strftime(_TIME),
            'ended_at': ended.strftime(_TIME),
            'duration_seconds': int((ended - started).total_seconds()),
            'check_mode': bool(check_mode),
            'interrupted': bool(interrupted),
            'runs': 1,
            'since': None,
            'elsewhere': {},
        },
    )


def _arranged(rows: t.Iterable[t.Dict[str, t.Any]], facts: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    hosts = sorted(rows, key=lambda one: (STATUSES.index(one['status']), _natural(one['host'])))
    counted = Counter(one['status'] for one in hosts)
    counts = {status: counted[status] for status in STATUSES}
    return {**facts, 'counts': {**counts, 'all': len(hosts)}, 'hosts': hosts}


def compare(report: t.Dict[str, t.Any], before: t.Optional[t.Dict[str, t.Any]]) -> t.Dict[str, t.Any]:
    """A board (dict, from `board`) with what became of each host since the report before.

    Args:
        report (dict): of this run.
        before (dict or None): the report before, from `read`; None when there is none.

    Returns:
        dict: the board, in whose rows `before` is the last status of the pane that an earlier run found, or empty, and
        `since` one of `SINCE`, or empty. A run that learns nothing of a pane, because the host cannot be reached or
        was left out, leaves standing what was known before.
    """
    if before is None:
        return report
    known = dict(before['elsewhere'])
    known.update({one['host']: one['status'] if one['status'] in PANES else one['before'] for one in before['hosts']})
    hosts = []
    for one in report['hosts']:
        last = known.pop(one['host'], None)
        turned = ''
        if last is None:
            turned = 'new'
        elif last and one['status'] in ('green', 'yellow') and one['status'] != last:
            turned = f'turned {one["status"]}'
        elif one['status'] == 'reverted' != last:
            turned = 'reverted'
        hosts.append({**one, 'since': turned, 'before': last or ''})
    since = {'ended_at': before['ended_at'], 'playbook': before['playbook'], **_changes(hosts)}
    return {**report, 'since': since, 'elsewhere': known, 'hosts': hosts}


def _changes(hosts: t.Iterable[t.Dict[str, t.Any]]) -> t.Dict[str, int]:
    counted = Counter(one['since'] for one in hosts)
    return {what: counted[what] for what in SINCE}


def join(reports: t.Sequence[t.Dict[str, t.Any]]) -> t.Dict[str, t.Any]:
    """Several boards (at least one, from `read`) as one, such as those of the slices of a job.

    Of a host in several of them the last run counts that learnt something about it. What happened since the run before
    stays as each run saw it. Beside runs that could change something, what one in check mode would have is a warning.
    """
    check_mode = all(one['check_mode'] for one in reports)
    in_order = sorted(reports, key=lambda one: str(one['ended_at']))
    hosts: t.Dict[str, t.Dict[str, t.Any]] = {}
    elsewhere: t.Dict[str, str] = {}
    for report in in_order:
        elsewhere.update(report['elsewhere'])
        for one in report['hosts']:
            if one['status'] != 'no status' or hosts.get(one['host'], one)['status'] == 'no status':
                hosts[one['host']] = one if check_mode or not report['check_mode'] else _of_check_mode(one)
    started, ended = min(one['started_at'] for one in reports), in_order[-1]['ended_at']
    compared = [one['since'] for one in in_order if one['since']]
    since = {**compared[-1], **_changes(hosts.values())} if compared else None
    return _arranged(
        hosts.values(),
        {
            'version': VERSION,
            'playbook': ', '.join(dict.fromkeys(one['playbook'] for one in in_order)),
            'started_at': started,
            'ended_at': ended,
            'duration_seconds': int(
                (datetime.strptime(ended, _TIME) - datetime.strptime(started, _TIME)).total_seconds()
            ),
            'check_mode': check_mode,
            'interrupted': any(one['interrupted'] for one in reports),
            'runs': sum(one['runs'] for one in reports),
            'since': since,
            'elsewhere': {host: pane for host, pane in elsewhere.items() if host not in hosts},
        },
    )


def _of_check_mode(one: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    would = [f'change {" and ".join(one["changed"])}'] if one['changed'] else []
    would += [prediction(one).replace('would ', '')] if prediction(one) else []
    said = [f'In check mode: would {", and ".join(would)}.'] if would else []
    return {**one, 'changed': [], 'predicted': '', 'warnings': [*one['warnings'], *said]}


def prediction(one: t.Dict[str, t.Any]) -> str:
    """What a host (dict, from `row`) would be after the run, in words; empty where that is no news."""
    predicted, status = one['predicted'], one['status']
    if not predicted or status in ('failed', 'unreachable') or predicted == status == 'green':
        return ''
    return f'would {"stay" if predicted == status else "be"} {predicted}'


def read(text: str) -> t.Dict[str, t.Any]:
    """A board (dict) from the text of a report.json.

    Raises:
        ValueError: it is none; the message is the end of a sentence that begins with its path.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON; give a report.json that a run has written') from None
    if not isinstance(said, dict) or not isinstance(said.get('hosts'), list):
        raise ValueError('is not a report; give a report.json that a run has written')
    if said.get('version') != VERSION:
        raise ValueError(f'is a report of version {plain(said.get("version"))}, and this collection reads {VERSION}')
    moments = {name: plain(said.get(name)) for name in ('started_at', 'ended_at')}
    try:
        took = datetime.strptime(moments['ended_at'], _TIME) - datetime.strptime(moments['started_at'], _TIME)
    except ValueError:
        raise ValueError('is a report without times; give a report.json that a run has written') from None
    return _arranged(
        [_read_row(one) for one in said['hosts'] if isinstance(one, dict) and one.get('host')],
        {
            'version': VERSION,
            'playbook': plain(said.get('playbook')),
            **moments,
            'duration_seconds': int(took.total_seconds()),
            'check_mode': said.get('check_mode') is True,
            'interrupted': said.get('interrupted') is True,
            'runs': whole(said.get('runs')) or 1,
            'since': _read_since(said.get('since')),
            'elsewhere': _read_panes(said.get('elsewhere')),
        },
    )


def _read_row(one: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    fields: t.Dict[str, t.Any] = {name: plain(one.get(name)) for name in FIELDS}
    fields.update({name: texts(one.get(name)) for name in ('warnings', 'changed')})
    fields['certificate_days_left'] = whole(one.get('certificate_days_left'))
    for name, allowed in (('predicted', PANES), ('before', PANES), ('since', SINCE)):
        fields[name] = fields[name] if fields[name] in allowed else ''
    fields['status'] = fields['status'] if fields['status'] in STATUSES else 'no status'
    return fields


def _read_since(said: t.Any) -> t.Optional[t.Dict[str, t.Any]]:
    if not isinstance(said, dict):
        return None
    counts = {what: max(whole(said.get(what)) or 0, 0) for what in SINCE}
    return {'ended_at': plain(said.get('ended_at')), 'playbook': plain(said.get('playbook')), **counts}


def _read_panes(said: t.Any) -> t.Dict[str, str]:
    panes = said.items() if isinstance(said, dict) else ()
    return {plain(host): pane if pane in PANES else '' for host, pane in panes if isinstance(pane, str)}


def _natural(text: str) -> t.List[t.Tuple[int, int, str]]:
    parts = re.split(r'([0-9]+)', text.lower())
    return [(0, int(part), '') if part.isdecimal() else (1, 0, part) for part in parts if part]


def duration(seconds: int) -> str:
    """Seconds (int) as people say it: `1 h 5 min`."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    if hours:
        return f'{hours} h {minutes} min'
    return f'{minutes} min {rest} s' if minutes else f'{rest} s'


def certificate(days: t.Optional[int]) -> str:
    """How long a certificate is still valid (days or None) as people say it: `expired 3 days ago`."""
    if days is None:
        return ''
    unit = 'day' if abs(days) == 1 else 'days'
    return f'expired {-days} {unit} ago' if days < 0 else f'{days} {unit}' if days else 'expires today'


def summary(report: t.Dict[str, t.Any]) -> str:
    """The counts as one line: `3 hosts: 1 yellow, 2 green`."""
    counts = report['counts']
    parts = ', '.join(f'{counts[status]} {status}' for status in STATUSES if counts[status])
    hosts = _decision.hosts(counts['all'])
    return f'{hosts}: {parts}' if parts else 'no host'


def changes(report: t.Dict[str, t.Any]) -> str:
    """What became of the hosts since the report before, as one line; empty when there was none."""
    since = report['since']
    if not since:
        return ''
    parts = ', '.join(f'{since[what]} {what}' for what in SINCE if since[what])
    # A run that reverts turns no pane.
    none = 'no host is new' if report['counts']['reverted'] else 'no pane turned, no host is new'
    return f'Since {_moment(since["ended_at"])} ({since["playbook"]}): {parts or none}'


def predictions(report: t.Dict[str, t.Any]) -> str:
    """What the hosts would be after the run as one line: `Would be: 1 yellow, 2 green`; empty without predictions."""
    counted = Counter(one['predicted'] for one in report['hosts'] if one['predicted'])
    parts = ', '.join(f'{counted[status]} {status}' for status in STATUSES if counted[status])
    return f'Would be: {parts}' if parts else ''


def to_json(report: t.Any) -> t.Any:
    """The board (dict, from `board`) as JSON."""
    return json.dumps(report, indent=2, ensure_ascii=False) + '\n'


def to_csv(report: t.Dict[str, t.Any]) -> str:
    """The hosts as CSV (RFC 4180), safe to open in a spreadsheet: no text is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\r\n')
    writer.writerow(FIELDS)
    for one in report['hosts']:
        writer.writerow([_cell(one[field]) for field in FIELDS])
    return out.getvalue()


def to_junit(report: t.Dict[str, t.Any]) -> str:
    """The hosts as test cases for what reads JUnit's XML: one that is not green fails with its reason and advice."""
    kinds = {'yellow': 'failure', 'failed': 'error', 'unreachable': 'error', 'no status': 'skipped'}
    counted = Counter(kinds.get(one['status'], '') for one in report['hosts'])
    counts = {
        'tests': str(len(report['hosts'])),
        'failures': str(counted['failure']),
        'errors': str(counted['error']),
        'skipped': str(counted['skipped']),
        'time': str(report['duration_seconds']),
    }
    name = _xml(f'Events panes ({report["playbook"]}{", check mode" if report["check_mode"] else ""})')
    suites = ElementTree.Element('testsuites', {'name': name, **counts})
    suite = ElementTree.SubElement(
        suites, 'testsuite', {'name': name, 'timestamp': report['started_at'].rstrip('Z'), **counts}
    )
    for one in report['hosts']:
        case = ElementTree.SubElement(
            suite, 'testcase', {'name': _xml(one['host']), 'classname': 'opmantek.omk.events_pane', 'time': '0'}
        )
        kind = kinds.get(one['status'])
        if kind == 'skipped':
            ElementTree.SubElement(case, kind, {'message': _xml(one['advice'])})
        elif kind:
            told = {'message': _xml(one['advice']), 'type': _xml(one['reason'] or one['status'])}
            ElementTree.SubElement(case, kind, told).text = _xml('\n'.join([one['advice'], *one['warnings']]))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding='unicode') + '\n'


def _xml(text: str) -> str:
    # What XML 1.0 (2.2, Char) does not know, whatever way it is written.
    return re.sub('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]', '', text)


def _cell(value: t.Any) -> t.Union[int, str, None]:
    if value is None or isinstance(value, int):
        return value
    text = '; '.join(value) if isinstance(value, list) else value
    # OWASP, "CSV Injection": a cell that begins so is evaluated, whatever quotes stand around it, also in full width,
    # and behind what a spreadsheet of another language takes for the end of a cell.
    return re.sub(r'(^|[;,\t|])(\s*)(?=[=+@＝＋＠－-])', r"\1\2'", text)


def to_html(report: t.Dict[str, t.Any], template: str, style: str, script: str, documentation: str = '') -> str:
    """The board as one page that needs nothing else.

    Args:
        report (dict): from `board`.
        template (str): Jinja2 source of the page.
        style (str), script (str): what the page holds in its style and script elements. No other script can run in
            it, because the page names the digests of these two.
        documentation (str): address of the folder docs, where each reason has a place of its own; or empty.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        duration=duration,
        moment=_moment,
        certificate=certificate,
        slug=lambda status: status.replace(' ', '-'),
        prediction=prediction,
    )
    hosts = report['hosts']
    codes = {one['reason'] for one in hosts if one['status'] != 'green'}
    return (
        environment.from_string(template).render(
            report=report,
            statuses=STATUSES,
            tiles=_TILES,
            summary=summary(report),
            changes=changes(report),
            predictions=predictions(report),
            # What is reverted has a tile already.
            since=[one for one in SINCE if one not in STATUSES and report['since'] and report['since'][one]],
            columns=_columns(report),
            reasons=[reason for code, reason in _REASONS.items() if code in codes],
            known=_REASONS,
            documentation=documentation.rstrip('/') if re.match(r'https?://', documentation) else '',
            icon=_icon(next((status for status in STATUSES if report['counts'][status]), 'no status')),
            style=style,
            script=script,
            style_digest=_digest(style),
            script_digest=_digest(script),
        )
        + '\n'
    )


def _columns(report: t.Dict[str, t.Any]) -> t.List[t.Tuple[str, str]]:
    """Key and name of each column; one in which all cells would be empty is none."""
    changed = 'Would change' if report['check_mode'] else 'Changed'
    optional = (
        ('certificate_days_left', 'days', 'Certificate'),
        ('changed', 'changed', changed),
        ('batch', 'batch', 'Batch'),
    )
    filled = [
        (key, name) for field, key, name in optional if any(one[field] not in (None, '', []) for one in report['hosts'])
    ]
    return [('status', 'Pane'), ('host', 'Host'), ('reason', 'Why, and what to do'), *filled]


def _moment(text: str) -> str:
    return text.replace('T', ' ').replace('Z', ' UTC')


def _digest(text: str) -> str:
    return 'sha256-' + base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')


def _icon(status: str) -> str:
    circle = f'<circle cx="8" cy="8" r="7" fill="{_DOT_COLOURS[status]}"/>'
    return 'data:image/svg+xml,' + quote(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{circle}</svg>')


def to_terminal(
    report: t.Dict[str, t.Any], paint: t.Callable[..., t.Any], width: int = 100, limit: int = 30
) -> t.List[str]:
    """The board as lines for a terminal.

    Args:
        report (dict): from `board`.
        paint (callable): takes a text and a status, returns the text in the colour of that status.
        width (int): columns of the terminal.
        limit (int): with more hosts than this, only those that are not green are shown, and not more than this.

    Returns:
        list of str: the lines.
    """
    hosts = report['hosts']
    if len(hosts) > limit:
        hosts = [one for one in hosts if one['status'] not in ('green', 'reverted')][:limit]
    status_width = max((len(one['status']) for one in hosts), default=0)
    host_width = min(max((len(one['host']) for one in hosts), default=0), 40)
    changed = 'would change: ' if report['check_mode'] else 'changed: '
    lines = []
    for one in hosts:
        days = certificate(one['certificate_days_left'])
        known = [
            prediction(one),
            one['since'] if one['since'] != one['status'] else '',
            one['reason'] if one['status'] != 'green' else '',
            f'certificate {days}' if days else '',
            f'batch {one["batch"]}' if one['batch'] else '',
            changed + ', '.join(one['changed']) if one['changed'] else '',
        ]
        facts = ' · '.join(fact for fact in known if fact)
        status = paint(one['status'].ljust(status_width), one['status'])
        lines.append(f'{status}  {one["host"].ljust(host_width)}  {facts}'.rstrip())
        said = [one['advice']] if one['status'] != 'green' else []
        indent = ' ' * (status_width + 2)
        for text in [text for text in said + one['warnings'] if text]:
            lines += textwrap.wrap(
                textwrap.shorten(text, 1000, placeholder=' …'),
                max(width, 40),
                initial_indent=indent,
                subsequent_indent=indent,
            )
    left_out = len(report['hosts']) - len(hosts)
    if left_out:
        lines.append(f'{left_out} more: see the report.')
    note = ''.join(
        [
            ', check mode: nothing was changed' if report['check_mode'] else '',
            ', interrupted' if report['interrupted'] else '',
            f'. {predictions(report)}' if predictions(report) else '',
        ]
    )
    since = changes(report)
    return [*lines, *([since] if since else []), summary(report) + note]
