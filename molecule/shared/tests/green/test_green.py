# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job: the browser is sent to wss on 443, and Apache forwards it."""

import json

import pytest
from events import listen


def test_a_websocket_through_tls_receives_events(server):
    events = listen(server, count=2)
    assert events[1]['id'] > events[0]['id']


def test_the_vendors_reader_sees_the_port(server):
    assert server.setting('websocket_proxy_port') == '443'


@pytest.mark.parametrize('module', ['proxy', 'proxy_http', 'proxy_wstunnel', 'headers', 'ssl'])
def test_apache_has_the_module(server, host, module):
    assert f' {module}_module ' in host.check_output(f'{server.apache.control} -M')


def test_apache_is_content_with_its_configuration(server, host):
    assert host.run(f'{server.apache.control} -t').rc == 0


def test_the_daemons_run(server, host):
    assert host.service(server.apache.unit).is_running
    assert host.service('omkd').is_running


@pytest.fixture(scope='module')
def after(server):
    return server.snapshot()


def test_only_configuration_lies_where_apache_includes_it(server, after):
    new = [path for path in after.keys() - server.before.keys() if path.startswith(f'{server.apache.folder}/')]
    assert all(path.endswith(('.conf', '.load')) for path in new), new


def test_opcommon_is_still_the_same_file(server, after):
    for what in ('inode', 'mode', 'owner', 'links'):
        assert after[server.opcommon][what] == server.before[server.opcommon][what], what


def tasks(server, run):
    """What a recorded run did about the host (list of dict), in its order."""
    record = json.loads((server.state / 'runs' / f'{run}.json').read_text())
    return [entry for entry in record if entry['host'] == server.host]


def changed_tasks(server, run):
    """The names of the tasks that changed something."""
    return [entry['task'] for entry in tasks(server, run) if entry['changed']]


def remote_executions(server, run):
    """The names of the modules that were executed on the host: all of ours but the one that works on the controller."""
    names = [entry['action'].rpartition('opmantek.omk.') for entry in tasks(server, run)]
    return [name for _before, ours, name in names if ours and name not in ('run_outcome', 'run_summary')]


def test_check_mode_predicted_the_run(server):
    done = changed_tasks(server, 'converge.run.1')
    assert changed_tasks(server, 'converge.check.1') == done
    assert done


def test_a_host_takes_five_remote_executions_and_one_when_nothing_is_to_be_done(server):
    expected = ['websocket_info', 'apache_websocket_proxy', 'daemon', 'opcommon_setting', 'omk_restart']
    assert remote_executions(server, 'converge.run.1') == expected
    assert remote_executions(server, 'converge.run.2') == ['websocket_info']
