# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After the job, looked at from the controller: what a firewall or a name server breaks shows only there."""

import pytest
from runs import Run


@pytest.mark.parametrize('playbook', ['verify.yml', 'site.yml'])
@pytest.mark.parametrize(
    ('arguments', 'code', 'words'),
    [
        (['websocket_check_validate_certs=false'], 0, 'green'),
        ([], 2, 'tls_untrusted'),  # the controller does not know the test CA, the host does
        (['websocket_check_validate_certs=false', 'websocket_check_address=127.0.0.7'], 2, 'tcp_refused'),
    ],
)
def test_the_view_from_the_controller_decides(server, playbook, arguments, code, words):
    options = ['websocket_check_from=controller', f'websocket_check_address={server.address}', *arguments]
    run = Run('browser', playbook, *(f'--extra-vars={option}' for option in options))
    assert run.code == code, run.output
    assert words in (run.rows[server.host]['status'], run.rows[server.host]['reason'])
    assert run.recap(server.host)['changed'] == 0
