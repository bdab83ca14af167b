# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For docs/recipes.md: put Debian's nginx or HAProxy in front of OMK on the pages' first host, and see what it does.

Usage: other_proxy.py nginx FILE, other_proxy.py haproxy FILE, other_proxy.py check.
It wants molecule/shared/tests in PYTHONPATH.
"""

import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import types
import urllib.request

from events import listen
from servers import CHECKOUT, NODE_PAGE

NAME = 'omk1.example.com'
CONTAINER = os.environ['OMK_CONTAINER_PREFIX'] + 'omk1'
CA = CHECKOUT / 'artifacts/docs/ca.crt'
#: By proxy: its package and where its configuration goes.
PROXIES = {'nginx': ('nginx-light', '/etc/nginx/conf.d/omk.conf'), 'haproxy': ('haproxy', '/etc/haproxy/haproxy.cfg')}
PEM = '/etc/ssl/omk/omk1.example.com'
START = f"""
set -eu
systemctl disable --quiet --now apache2
cat {PEM}.crt {PEM}.key >{PEM}.pem
rm -f /etc/nginx/sites-enabled/default
# A container may not have a /dev/log, which Debian's unit binds.
mkdir -p /etc/systemd/system/haproxy.service.d
printf '[Service]\\nBindReadOnlyPaths=\\n' >/etc/systemd/system/haproxy.service.d/container.conf
systemctl daemon-reload
for other in nginx haproxy; do
    if systemctl --quiet is-active $other; then systemctl stop $other; fi
done
systemctl restart "$1"
"""


def podman(*arguments, text=None):
    """What podman prints (str)."""
    return subprocess.run(
        ['podman', *map(str, arguments)], input=text, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def put(proxy, file):
    """Have the proxy, with a file of the page as its configuration, on port 443 in the place of Apache."""
    package, target = PROXIES[proxy]
    image = podman('inspect', CONTAINER, '--format', '{{.ImageName}}')
    # The hosts have no way to packages; a container with the network of this machine has.
    with tempfile.TemporaryDirectory() as folder:
        podman(
            *('run', '--rm', '--network=host', f'--volume={folder}:/var/cache/apt/archives', image, 'sh', '-euc'),
            'apt-get update --quiet=2'
            f' && apt-get install --quiet=2 --yes --download-only --no-install-recommends {package}',
        )
        podman('cp', folder, f'{CONTAINER}:/tmp/packages')
    podman('exec', CONTAINER, 'systemctl', 'mask', '--quiet', '--runtime', f'{proxy}.service')
    podman('exec', CONTAINER, 'sh', '-euc', 'dpkg --install /tmp/packages/*.deb && rm -r /tmp/packages')
    podman('exec', CONTAINER, 'systemctl', 'unmask', '--quiet', '--runtime', f'{proxy}.service')
    podman('exec', '-i', CONTAINER, 'tee', target, text=pathlib.Path(file).read_text())
    podman('exec', CONTAINER, 'sh', '-c', START, 'start', proxy)


def check():
    """Events come through the proxy, and its pages send browsers to wss on 443."""
    networks = podman('inspect', CONTAINER, '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')
    events = listen(types.SimpleNamespace(address=networks, name=NAME, ca=CA), count=2)
    assert events[1]['id'] > events[0]['id'], events
    request = urllib.request.Request(f'https://{networks}{NODE_PAGE}', headers={'Host': NAME})
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(CA))) as answer:
        page = answer.read().decode()
    told = json.loads(re.search(r'var told = (\{.*\});', page)[1])
    assert (told['scheme'], str(told['port'])) == ('wss', '443'), told


if __name__ == '__main__':
    if sys.argv[1] == 'check':
        check()
    else:
        put(*sys.argv[1:])
