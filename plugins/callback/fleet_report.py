# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
name: fleet_report
type: notification
short_description: A board of green and yellow Events panes at the end of a run
version_added: 1.0.0
author:
  - The opmantek.omk developers (@opmantek)
description:
  - Shows the status of every OMK host at the end of a run as a table on the terminal, and writes it as a page
    (C(index.html)), as C(report.json) and as C(report.csv).
  - It does so also for runs that failed, were stopped or interrupted, and for check mode, which is marked as such.
    Hosts that could not be reached, that failed, or that were never checked are shown as such.
  - A run never touches the report of another, also of one that ends at the same moment. Each has a folder of its own in
    O(report_dir), such as C(20261122T165841Z-rollout), named after its end and its playbook, in AWX also after its job;
    the link C(latest) leads to the last one.
  - Each host is compared with the last report in the same O(report_dir). What turned yellow, what turned green, what
    was reverted and what is new since then stands on the page, in the data and in the table.
  - A run that neither checked a host nor used anything of this collection gets no report.
  - The statuses are those of the modules M(opmantek.omk.websocket_info) and M(opmantek.omk.run_outcome), which the
    role P(opmantek.omk.websocket_check#role) calls. A playbook of your own may set the custom statistic
    C(omk_websocket) for a host instead.
requirements:
  - Enable it in the configuration with C(callbacks_enabled = opmantek.omk.fleet_report).
options:
  report_dir:
    description:
      - Folder for the reports of all runs. It is made if it is not there.
      - By default C(omk-report) in the current folder. In a job of ansible-runner or AWX it is C(omk-report) among the
        job's artifacts (E(AWX_ISOLATED_DATA_DIR)); that is one run's alone, so the files lie in it directly. Only the
        program that runs the job knows where a person finds it, or whether it is deleted, so no path is shown then.
    type: path
    env:
      - name: OMK_REPORT_DIR
    ini:
      - section: callback_fleet_report
        key: report_dir
  keep:
    description:
      - How many reports are kept in O(report_dir), the new one included. Older ones are removed, except for one in
        which somebody has put something. V(0) keeps all.
    type: int
    default: 50
    version_added: 1.0.0
    env:
      - name: OMK_REPORT_KEEP
    ini:
      - section: callback_fleet_report
        key: keep
  junit:
    description:
      - Whether to write C(junit.xml) beside the other files, for what reads test results, such as GitLab and Jenkins.
        A host is a test case there; a yellow one is a failure of the type of its reason.
    type: bool
    default: false
    version_added: 1.0.0
    env:
      - name: OMK_REPORT_JUNIT
    ini:
      - section: callback_fleet_report
        key: junit
"""

import atexit
import os
import shutil
from datetime import datetime, timezone

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase
from ansible.utils.color import stringc
from ansible_collections.opmantek.omk.plugins.plugin_utils import _board, _report_files

COLLECTION = 'opmantek.omk'
MAKES_STATUSES = tuple(f'{COLLECTION}.{name}' for name in ('omk_restart', 'run_outcome', 'websocket_info'))
STATISTIC = 'omk_websocket'
MAKES_STATISTICS = ('ansible.builtin.set_stats', 'set_stats')
CHANGING = tuple(f'{COLLECTION}.{name}' for name in ('apache_module', 'apache_websocket_proxy', 'opcommon_setting'))
VALIDATIONS = ('ansible.builtin.validate_argument_spec', 'validate_argument_spec')
JOINS = f'{COLLECTION}.joined_report'
ROLES = ('apache_websocket', 'omk_websocket', 'websocket_check')
COLOURS = {
    'green': 'COLOR_OK',
    'yellow': 'COLOR_CHANGED',
    'failed': 'COLOR_ERROR',
    'unreachable': 'COLOR_UNREACHABLE',
    'no status': 'COLOR_SKIP',
    'reverted': 'COLOR_SKIP',
}


class CallbackModule(CallbackBase):
    """Collects statuses and failures while a run goes on, and shows them when it ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'opmantek.omk.fleet_report'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display=None, options=None):
        super().__init__(display, options)
        self._started = datetime.now(timezone.utc)
        self._process = os.getpid()
        self._playbooks = []
        self._concerned = {}
        self._statuses = {}
        self._failures = {}
        self._unreachable = {}
        self._tried = set()
        self._pending = False
        self._changes = False
        self._play_hosts = []
        self._plays = []

    def v2_playbook_on_start(self, playbook):
        self._plays += playbook.get_plays()
        self._playbooks.append(os.path.basename(getattr(playbook, '_file_name', None) or 'a playbook'))
        self._pending = True
        # An interrupted run (Ctrl-C) calls no callback any more.
        atexit.register(self._interrupted)

    def v2_playbook_on_play_start(self, play):
        self._play_hosts = _hosts_of(play)
        ours = [task for task in _tasks_of(play) if _is_ours(task) and _is_selected(task, play)]
        if ours:
            self._concern()
        self._changes |= any(_action_of(task) in CHANGING for task in ours)

    def v2_playbook_on_task_start(self, task, is_conditional):
        if _is_ours(task):
            self._concern()
            self._changes |= _action_of(task) in CHANGING

    def _concern(self):
        self._concerned.update(dict.fromkeys(self._play_hosts))

    def v2_runner_on_start(self, host, task):
        if _is_ours(task):
            self._tried.add(host.get_name())

    def v2_runner_on_ok(self, result):
        self._take_status(result)

    def _take_status(self, result):
        # What a managed host hands over in a module's result is its own word, perhaps about others. A status counts
        # when the controller made it, in our action plugins or with set_stats, and only that of the task's own host.
        action, said = _action_of(_task_of(result)), _result_of(result)
        host = _host_of(result)
        if action in MAKES_STATUSES:
            told = _dictionary(said.get('pane'))
        elif action in MAKES_STATISTICS:
            told = _statistic(_dictionary(said.get('ansible_stats')), host)
        else:
            return
        if told:
            self._statuses[host] = told
            self._concern()

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._take_status(result)
        if not ignore_errors:
            self._failures[_host_of(result)] = (_message(_result_of(result)), _task_of(result).get_name())

    def v2_runner_on_unreachable(self, result):
        self._unreachable[_host_of(result)] = 1
        self._failures[_host_of(result)] = (_message(_result_of(result)), _task_of(result).get_name())

    def v2_playbook_on_stats(self, stats):
        self._pending = False
        self._report(stats.failures, stats.dark, interrupted=False)

    def _interrupted(self):
        if not self._pending or os.getpid() != self._process:
            return
        self._report(self._failures, self._unreachable, interrupted=True)
        if not self._concerned and any(_is_ours(task) for play in self._plays for task in _tasks_of(play)):
            self._disown()

    def _report(self, failed, unreachable, interrupted):
        """Show and write what is known. `failed` and `unreachable` (dict by host) tell whose failure counted."""
        hosts = list(dict.fromkeys([*self._concerned, *self._statuses]))
        if not hosts:
            return
        check_mode = bool(context.CLIARGS.get('check'))
        cure = 'Run site.yml' if not self._changes else 'Run it without --check' if check_mode else ''
        rows = []
        for host in hosts:
            message, task = self._failures.get(host, ('', None))
            lost = bool(failed.get(host) or unreachable.get(host))
            rows.append(
                _board.row(
                    host,
                    self._statuses.get(host),
                    message if lost else None,
                    task if lost else None,
                    bool(unreachable.get(host)),
                    host in self._tried,
                    cure,
                )
            )
        report = _board.board(
            rows,
            ', '.join(dict.fromkeys(self._playbooks)),
            self._started,
            datetime.now(timezone.utc),
            check_mode,
            interrupted,
        )
        report = _board.compare(report, _report_files.before(self._folder()) if self._is_shared() else None)
        self._show(report)
        self._write(report)

    def _show(self, report):
        self._display.banner('EVENTS PANES')
        for line in _board.to_terminal(report, _paint, shutil.get_terminal_size((100, 24)).columns):
            self._display.display(line)

    def _is_shared(self):
        """Whether the folder is that of other runs, too, and not one that a job has for itself."""
        return bool(self.get_option('report_dir') or not os.environ.get('AWX_ISOLATED_DATA_DIR'))

    def _folder(self):
        of_the_job = os.environ.get('AWX_ISOLATED_DATA_DIR', '.')
        return self.get_option('report_dir') or os.path.join(of_the_job, 'omk-report')

    def _write(self, report):
        folder, junit, keep = self._folder(), self.get_option('junit'), self.get_option('keep')
        if keep < 0:
            self._display.warning(f'OMK_REPORT_KEEP is {keep}, but has to be 0 or more; all reports are kept.')
        try:
            if not self._is_shared():
                _report_files.write(folder, report, junit)
                return
            job = os.environ.get('JOB_ID', '') if 'AWX_ISOLATED_DATA_DIR' in os.environ else ''
            page, problems = _report_files.add(folder, report, max(keep, 0), junit, job)
        except OSError as error:
            self._display.warning(f'The report could not be written to {folder}: {error.strerror or error}.')
            self._disown()
            return
        for problem in problems:
            self._display.warning(f'{problem}.')
        self._display.display(f'Report: {os.path.abspath(page)}')

    def _disown(self):
        """Say of a report that is there that this run did not write it."""
        last = _report_files.latest(self._folder())
        if last:
            self._display.display(f'No report of this run; the last is of an earlier one: {os.path.abspath(last)}')


def _hosts_of(play):
    """Names of all the hosts of a play, those of its later batches included."""
    manager = play.get_variable_manager()
    inventory = getattr(manager, '_inventory', None)
    if inventory is None:
        return []
    return [host.get_name() for host in inventory.get_hosts(play.hosts, ignore_restrictions=True)]


def _tasks_of(play):
    """Every task that is known before a play begins."""
    blocks = [play.pre_tasks, play.tasks, play.post_tasks]
    for role in play.roles:
        if getattr(role, '_role_collection', None) == COLLECTION:
            blocks.append(role.get_task_blocks())
    waiting = [task for block in blocks for task in block]
    while waiting:
        task = waiting.pop()
        if hasattr(task, 'block'):
            waiting += task.block + task.rescue + task.always
        else:
            yield task


def _is_selected(task, play):
    """Whether the run's tags select a task."""
    try:
        return task.evaluate_tags(play.only_tags, play.skip_tags, {})
    except AnsibleError:  # tags made of variables, which are not known yet
        return False


def _is_ours(task):
    # Ansible's own, such as at a role's end, and validations run whatever the tags are, and do nothing about a pane.
    # Nor does joining reports.
    if task.implicit or task.action in (*VALIDATIONS, JOINS):
        return False
    role = getattr(task, '_role', None)
    if role is not None and getattr(role, '_role_collection', None) == COLLECTION:
        return True
    action = _action_of(task)
    included = str(getattr(task, '_role_name', None) or '')
    return (
        action.startswith(COLLECTION + '.')
        or included.startswith(COLLECTION + '.')
        or (included in ROLES and COLLECTION in (getattr(task, 'collections', None) or []))
    )


def _action_of(task):
    return str(getattr(task, 'resolved_action', None) or task.action)


def _statistic(stats, host):
    """The status (dict) of a host in a statistic: the host's own, or that of the run, a list with one for each host."""
    found = _dictionary(stats.get('data')).get(STATISTIC)
    if stats.get('per_host'):
        return _dictionary(found)
    own = [one for one in found if _dictionary(one).get('host') == host] if isinstance(found, list) else []
    return own[-1] if own else {}


def _dictionary(value):
    return value if isinstance(value, dict) else {}


def _result_of(result):
    # ansible-core 2.20 gave the attributes public names, and will drop the old ones.
    return result.result if hasattr(result, 'result') else result._result


def _task_of(result):
    return result.task if hasattr(result, 'task') else result._task


def _host_of(result):
    return (result.host if hasattr(result, 'host') else result._host).get_name()


def _message(result):
    """What a failed task says. Ansible has censored it already if the task has no_log."""
    items = result.get('results')
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and item.get('failed'):
            return _message(item)
    return result.get('msg') or result.get('censored') or 'The task failed without a message.'


def _paint(text, status):
    return stringc(text, getattr(C, COLOURS[status]))
