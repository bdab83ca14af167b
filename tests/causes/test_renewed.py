# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate that was renewed while Apache serves the older one: noticed, and cured by site.yml."""

import pytest
from one_server import NAME, site

FILE = '/etc/ssl/certs/omk.pem'
PENDING = f'Reload Apache, which serves an older certificate than {FILE} holds.'
SERVED = (
    f'openssl s_client -connect localhost:443 -servername {NAME} </dev/null 2>/dev/null | openssl x509 -serial -noout'
)
HELD = f'openssl x509 -serial -noout -in {FILE}'
OLD = {'not_before': '20200101000000Z', 'not_after': '20210101000000Z'}


@pytest.fixture
def green(host):
    host.restore()
    host.shell('sleep 1')
    yield host
    host.shell('rm -rf /var/lib/opmantek.omk')


def test_a_green_host_is_told_and_reloaded(green):
    green.certificate(reload=False)
    seen = green.status()
    assert (seen['status'], seen['pending']) == ('green', [PENDING])
    assert f'Apache serves an older certificate than {FILE} holds, until it is reloaded.' in seen['notes']
    assert seen['observations']['apache']['renewed_certificate']['file'] == FILE
    code, said, _row = site(green)
    assert code == 0, said
    assert green.shell(SERVED) == green.shell(HELD)
    assert green.status()['pending'] == []
    assert 'changed=0' in site(green)[1]


def test_an_expired_one_is_replaced_by_a_reload(green):
    green.certificate(**OLD)
    green.certificate(reload=False)
    assert green.status()['reason'] == 'certificate_reload_pending'
    code, said, _row = site(green)
    assert code == 0, said
    assert green.status()['status'] == 'green'


def test_a_reload_by_somebody_else_is_seen(green):
    green.certificate(reload=False)
    green.shell('apache2ctl graceful; sleep 1')
    assert green.status()['pending'] == []


def test_a_file_that_was_only_touched_is_no_renewal(green):
    green.shell(f'touch {FILE}')
    assert green.status()['pending'] == []


def test_one_with_which_apache_would_end_is_refused(green):
    green.certificate(reload=False)
    green.shell('openssl ecparam -name prime256v1 -genkey -noout -out /opt/other.key')
    green.shell(f'sed -i "/BEGIN .*PRIVATE KEY/,/END .*PRIVATE KEY/d" {FILE}; cat /opt/other.key >>{FILE}')
    code, said, _row = site(green)
    assert code == 2, said
    assert f'{FILE}: the private key does not belong to the certificate {FILE}' in said.replace('\n', ' ')
    assert green.shell('systemctl is-active apache2') == 'active\n'
