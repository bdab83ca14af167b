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
from urllib.parse import quote

from ansible_collections.opmantek.omk.plugins.plugin_utils._trust import plain, texts, whole
from jinja2 import Environment, StrictUndefined

STATUSES = ('failed', 'unreachable', 'yellow', 'no status', 'green')
"""Every state of a host, worst first; also the order of the rows."""

FIELDS = (
    'host',
    'status',
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

_TILES = ('green', 'yellow', 'no status', 'unreachable', 'failed')
_DOT_COLOURS = {
    'failed': '#c62828',
    'unreachable': '#6b7280',
    'yellow': '#f5b301',
    'no status': '#6b7280',
    'green': '#2e9e44',
}


def row(
    host: str,
    told: t.Optional[t.Union[t.Dict[str, t.Any], str]] = None,
    failure: t.Optional[str] = None,
    task: t.Any = None,
    unreachable: bool = False,
    tried: bool = True,
) -> t.Dict[str, t.Any]:
    """One host of the board.

    Args:
        host (str): its name in the inventory.
        told (dict or None): the statistic `omk_websocket` of the host.
        failure (str or None): the message of the task that failed, or why the host could not be reached.
        task (str or None): the name of that task.
        unreachable (bool): whether the connection to the host is what failed.
        tried (bool): whether any task of this collection began on the host.

    Returns:
        dict: `FIELDS`, all present. Texts are without control characters, lists are lists of str.
    """
    told = told if isinstance(told, dict) else {}
    status = plain(told.get('status'))
    warnings = texts(told.get('warnings'))
    advice = plain(told.get('advice'))
    if status not in ('green', 'yellow'):
        status = 'unreachable' if unreachable else 'failed' if failure is not None else 'no status'
        unjudged = 'This run gave no status; verify.yml does.' if tried else 'Not tried: the run ended before its turn.'
        advice = plain(failure) if failure is not None else unjudged
    elif failure is not None:
        # What a failure says beyond the advice, such as what was rolled back.
        rest = plain(failure).partition(advice)[2].strip() if advice and advice in plain(failure) else None
        if rest is None and status == 'yellow' and not unreachable:
            # What stopped the run comes first: the look before it had only begun to look.
            advice, rest = plain(failure), f'Before that: {advice}' if advice else ''
            told = dict(told, reason='')
        elif rest is None:
            rest = ('Then it could not be reached: ' if unreachable else 'Then a task failed: ') + plain(failure)
        warnings += [rest] if rest else []
    return {
        'host': plain(host),
        'status': status,
        'reason': plain(told.get('reason')),
        'advice': advice,
        'warnings': warnings,
        'certificate_days_left': whole(told.get('certificate_days_left')),
        'changed': texts(told.get('changed')),
        'batch': plain(told.get('batch')),
        'url': plain(told.get('url')),
        'checked_at': plain(told.get('checked_at')),
        'task': plain(task),
    }


def board(
    rows: t.Tuple[t.Any, ...],
    playbook: str,
    started: t.Any,
    ended: t.Any,
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
        dict: `hosts` (worst first, then by name), `counts` (of every status, and `all`), and the facts of the run.
    """
    hosts = sorted(rows, key=lambda one: (STATUSES.index(one['status']), _natural(one['host'])))
    counts = {status: sum(one['status'] == status for one in hosts) for status in STATUSES}
    return {
        'version': 1,
        'playbook': plain(playbook),
        'started_at': started.strftime('%Y-%m-%dT%H:%M:%SZ'),
        'ended_at': ended.strftime('%Y-%m-%dT%H:%M:%SZ'),
        'duration_seconds': int((ended - started).total_seconds()),
        'check_mode': bool(check_mode),
        'interrupted': bool(interrupted),
        'counts': {**counts, 'all': len(hosts)},
        'hosts': hosts,
    }


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


def summary(report: t.Dict[str, t.Any]) -> str:
    """The counts as one line: `3 hosts: 1 yellow, 2 green`."""
    counts = report['counts']
    parts = ', '.join(f'{counts[status]} {status}' for status in STATUSES if counts[status])
    hosts = f'{counts["all"]} host{"" if counts["all"] == 1 else "s"}'
    return f'{hosts}: {parts}' if parts else 'no host'


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


def _cell(value: t.Any) -> t.Union[int, str, None]:
    if value is None or isinstance(value, int):
        return value
    text = '; '.join(value) if isinstance(value, list) else value
    # OWASP, "CSV Injection": a cell that begins so is evaluated, whatever quotes stand around it, also in full width,
    # and behind what a spreadsheet of another language takes for the end of a cell.
    return re.sub(r'(^|[;,\t|])(\s*)(?=[=+@＝＋＠－-])', r"\1\2'", text)


def to_html(report: t.Dict[str, t.Any], template: str, style: str, script: str) -> str:
    """The board as one page that needs nothing else.

    Args:
        report (dict): from `board`.
        template (str): Jinja2 source of the page.
        style (str), script (str): what the page holds in its style and script elements. No other script can run in
            it, because the page names the digests of these two.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(duration=duration, moment=_moment, slug=lambda status: status.replace(' ', '-'))
    return (
        environment.from_string(template).render(
            report=report,
            statuses=STATUSES,
            tiles=_TILES,
            summary=summary(report),
            icon=_icon(next((status for status in STATUSES if report['counts'][status]), 'no status')),
            style=style,
            script=script,
            style_digest=_digest(style),
            script_digest=_digest(script),
        )
        + '\n'
    )


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
        hosts = [one for one in hosts if one['status'] != 'green'][:limit]
    status_width = max((len(one['status']) for one in hosts), default=0)
    host_width = min(max((len(one['host']) for one in hosts), default=0), 40)
    lines = []
    for one in hosts:
        days = one['certificate_days_left']
        known = [
            one['reason'] if one['status'] != 'green' else '',
            f'certificate {days} d' if days is not None else '',
            f'batch {one["batch"]}' if one['batch'] else '',
            'changed: ' + ', '.join(one['changed']) if one['changed'] else '',
        ]
        facts = ' · '.join(fact for fact in known if fact)
        status = paint(one['status'].ljust(status_width), one['status'])
        lines.append(f'{status}  {one["host"].ljust(host_width)}  {facts}'.rstrip())
        said = [one['advice']] if one['status'] != 'green' else []
        indent = ' ' * (status_width + 2)
        for text in [text for text in said + one['warnings'] if text]:
            lines += textwrap.wrap(
                textwrap.shorten(text, 300, placeholder=' …'),
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
        ]
    )
    lines.append(summary(report) + note)
    return lines
