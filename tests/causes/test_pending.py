# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look says the roles would still do on a green host. Where that is nothing, the playbooks leave it alone."""

import pytest

# At `make test`, a sample: each is a run, or a server broken and restored.
pytestmark = pytest.mark.exhaustive

OTHER = '/en/omk/opEvents/events/log'
MINE = '/etc/apache2/sites-available/opmantek-omk.conf'


@pytest.fixture
def green(host):
    host.restore()
    yield host
    host.shell('rm -rf /var/lib/opmantek.omk')


def test_a_host_that_is_right_is_due_nothing(green):
    seen = green.status()
    assert (seen['status'], seen['pending']) == ('green', [])


@pytest.mark.parametrize(
    'desired, pending',
    [
        ({'paths': ['/en/omk/opCharts/events/log', OTHER]}, 'Change /etc/apache2/sites-enabled/omk.conf.'),
        ({'modules': ['proxy', 'dav']}, 'Enable the Apache modules dav.'),
        (
            {'content': '<VirtualHost *:443>\n</VirtualHost>', 'port': 8443, 'server_name': 'omk.test'},
            f'Change {MINE}.',
        ),
        ({'value': '8443'}, 'Set websocket_proxy_port to "8443" in /usr/local/omk/conf/opCommon.json.'),
    ],
    ids=['another path', 'another module', 'a VirtualHost to make', 'another value'],
)
def test_a_desired_state_that_is_not_fulfilled(green, desired, pending):
    assert pending in green.status(**desired)['pending']


@pytest.mark.parametrize(
    'change, pending',
    [
        ('touch /usr/local/omk/conf/opCommon.json', 'Restart OMK.'),
        ('touch /etc/apache2/sites-available/omk.conf', 'Reload or restart Apache.'),
        (
            'mkdir -p /var/lib/opmantek.omk && echo \'{"snapshots": []}\''
            ' >/var/lib/opmantek.omk/apache-websocket-proxy.json',
            "Recover a change of Apache's files that was interrupted.",
        ),
        (
            'mkdir -p /var/lib/opmantek.omk && echo \'{"snapshots": []}\''
            ' >/var/lib/opmantek.omk/apache-modules-file.json',
            "Recover a change of Apache's modules that was interrupted.",
        ),
        (
            'mkdir -p /var/lib/opmantek.omk && echo \'{"adding": []}\' >/var/lib/opmantek.omk/apache-modules.json',
            "Recover a change of Apache's modules that was interrupted.",
        ),
        ('echo Bogus >>/etc/apache2/apache2.conf', "Invalid command 'Bogus'"),
    ],
    ids=[
        'a restart',
        'a reload',
        'an interrupted transaction',
        'interrupted modules',
        'an interrupted a2enmod',
        'a broken configuration',
    ],
)
def test_what_an_earlier_run_or_somebody_left(green, change, pending):
    green.shell('sleep 1\n' + change)
    assert any(pending in one for one in green.status()['pending'])


def test_an_interrupted_edit(green):
    green.interrupt_edit()
    assert 'Recover an edit of /usr/local/omk/conf/opCommon.json that was interrupted.' in green.status()['pending']


def test_apache_is_asked_only_to_explain_yellow(green):
    where = {'server_name': 'omk.test', 'address': '127.0.0.1'}
    desired = {'ask_apache': 'when_yellow', **where}
    seen = green.status(**desired)
    assert (seen['status'], 'apache' in seen['observations']) == ('green', False)
    green.site('ProxyPass /en/omk http://localhost:8042/en/omk')
    seen, whole = green.status(**desired), green.status(**where)
    assert (seen['status'], seen['reason'], seen['advice']) == ('yellow', whole['reason'], whole['advice'])
    assert seen['observations']['apache'] == whole['observations']['apache']


def test_before_a_change_apache_is_asked_when_the_setting_is_right_or_a_daemon_is_down(green):
    desired = {'ask_apache': 'unless_pending'}
    assert 'apache' in green.status(**desired)['observations']
    green.shell("sed -i 's/443/8443/' /usr/local/omk/conf/opCommon.json")
    seen = green.status(**desired)
    assert (seen['reason'], set(seen['observations'])) == ('setting_wrong', {'setting', 'omkd', 'direct'})
    assert seen['pending'][0].startswith('Set websocket_proxy_port to "443" in ')
    green.shell('systemctl stop apache2')
    assert green.status(**desired)['reason'] == 'apache_down'
    green.shell('systemctl start apache2; systemctl stop omkd')
    seen = green.status(**desired)
    assert (seen['reason'], 'apache' in seen['observations']) == ('omk_down', True)


def test_a_daemon_of_another_name_is_told_before_anything_is_changed(green):
    desired = {'ask_apache': 'unless_pending', 'omk_service': 'omkdd'}
    seen = green.status(**desired)
    assert seen['status'] == 'green' and seen['notes'] == [
        'Whether OMK has taken up its settings is not known: systemd knows no unit omkdd on this host; correct '
        'omk_websocket_service (option omk_service).'
    ]
    assert green.status()['notes'] == []
    green.shell("sed -i 's/443/8443/' /usr/local/omk/conf/opCommon.json")
    with pytest.raises(AssertionError, match='^systemd knows no unit omkdd on this host; correct omk_web'):
        green.status(**desired)


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'apache_service': 'httpd'}, 'systemd knows no unit httpd on this host; correct apache_websocket_service'),
        ({'value': 'abc'}, 'omk_websocket_value .* is no whole number from 1 to 65535'),
        ({'ca_path': '/no/such'}, '/no/such: websocket_check_ca_path .option ca_path. holds no certificates'),
        ({'address': 'omk'}, 'websocket_check_address .* is not an IPv4 or IPv6 address'),
        ({'server_name': 'https://omk.test'}, 'is not a host name or IP address; give apache_websocket_server_name'),
        ({'sides': ['omk']}, 'nothing says where it is; give its name in websocket_check_server_name'),
    ],
)
def test_what_could_not_be_done_to_the_end_is_told_before_anything_is_changed(green, options, said):
    with pytest.raises(AssertionError, match=said):
        green.status(ask_apache='unless_pending', **options)
    green.shell("sed -i 's/443/8443/' /usr/local/omk/conf/opCommon.json")
    with pytest.raises(AssertionError, match=said):
        green.status(ask_apache='unless_pending', **options)


def test_apache_is_asked_where_nothing_else_says_what_to_try(green):
    assert 'apache' in green.status(ask_apache='when_yellow')['observations']


@pytest.mark.parametrize('backend', ['localhost:9999', 'localhost:80', 'no-such-name.invalid:8042'])
@pytest.mark.parametrize('spoil', ['', 'the setting'])
def test_apache_is_not_sent_away_from_omk(green, backend, spoil):
    """A wrong apache_websocket_backend on a host whose tunnel works is refused before anything is changed."""
    if spoil:
        green.setting('"websocket_proxy_port" : 443', '"websocket_proxy_port" : 8042')
    with pytest.raises(AssertionError, match=f'OMK does not answer at {backend}, where apache_websocket_backend says'):
        green.status(backend=backend, ask_apache='unless_pending')
    seen = green.status(backend=backend)
    assert seen['reason'] == ('setting_wrong' if spoil else 'green')
    assert [one.startswith('Refuse: OMK does not answer') for one in seen['pending']] == [True]


@pytest.mark.parametrize(
    'backend, reason',
    [
        ('localhost:9999', 'omk_down'),
        ('localhost:80', 'omk_refuses_websocket'),
        ('no-such-name.invalid:8042', 'dns_failed'),
    ],
)
@pytest.mark.parametrize('sides', [['omk', 'apache'], ['apache']])
def test_a_backend_where_omk_does_not_listen_is_told_before_a_change(green, backend, reason, sides):
    green.site('ProxyPass /en/omk http://localhost:8042/en/omk')
    seen = green.status(backend=backend, ask_apache='unless_pending', sides=sides)
    assert (seen['status'], seen['reason']) == ('yellow', reason)
    assert 'apache_websocket_backend' in seen['advice']
