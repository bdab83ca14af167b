# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the disposable host and does what the tests ask for: one process instead of one for each step.

A request is a line of JSON, ``["NAME", {argument: value, ...}]``, its answer another. Runs on the host's own Python.
"""

import base64
import hashlib
import importlib
import itertools
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

from ansible.module_utils import basic

APACHE = '/etc/apache2'
#: Apache's folder as the host came, and what tells one generation of Apache's processes from the next.
PRISTINE = '/opt/apache-pristine'
GENERATION = '/opt/apache-generation.conf'
INFO = '/usr/lib/apache2/modules/mod_info.so'
PLUGINS = 'ansible_collections.opmantek.omk.plugins.'
#: What `lay` leaves alone: modules are enabled by their own tests.
KEPT = ('mods-available', 'mods-enabled')
_generations = itertools.count(int(time.time()) % 10000)


def module(which, arguments):
    """Run a module of the collection as Ansible does; what it printed."""
    # Here and not in the child, so that it is read once.
    loaded = importlib.import_module(f'{PLUGINS}modules.{which}')
    with tempfile.TemporaryFile('w+') as said:
        child = os.fork()
        if not child:
            basic._ANSIBLE_ARGS = json.dumps({'ANSIBLE_MODULE_ARGS': arguments}).encode()
            basic._ANSIBLE_PROFILE = 'legacy'
            sys.stdout = sys.stderr = said
            try:
                loaded.main()
            except SystemExit:
                pass
            except BaseException:
                traceback.print_exc()
            said.flush()
            os._exit(0)
        os.waitpid(child, 0)
        said.seek(0)
        return said.read()


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def pristine():
    """Give Apache's folder back as the host came, but for its modules."""
    if not os.path.isdir(PRISTINE):
        shutil.copytree(APACHE, PRISTINE, symlinks=True)
    for name in set(os.listdir(APACHE)) - set(KEPT):
        _remove(os.path.join(APACHE, name))
    for name in set(os.listdir(PRISTINE)) - set(KEPT):
        source, target = os.path.join(PRISTINE, name), os.path.join(APACHE, name)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target)


def lay(files, links):
    """Put a tree into Apache's folder in the place of the sites that were there.

    Args:
        files (dict): path below the folder (or anywhere, when it begins with a slash) to content (base64).
        links (dict): path below the folder to the link's target.
    """
    pristine()
    for folder in ('sites-available', 'sites-enabled'):
        for name in os.listdir(os.path.join(APACHE, folder)):
            _remove(os.path.join(APACHE, folder, name))
    for name, content in files.items():
        path = os.path.join(APACHE, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as handle:
            handle.write(base64.b64decode(content))
    for name, target in links.items():
        path = os.path.join(APACHE, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _remove(path)
        os.symlink(target, path)
    _write_generation()


def _write_generation(port=None):
    """Each generation of Apache listens on a port that no earlier one had; one process of it is enough for tests."""
    listen = f'Listen 127.0.0.1:{port}\n' if port else ''
    with open(GENERATION, 'w') as handle:
        handle.write(f'StartServers 1\n{listen}')
    with open(os.path.join(APACHE, 'conf-enabled', 'generation.conf'), 'w') as handle:
        handle.write(f'Include {GENERATION}\n')


def reload(full=False):
    """Apache's plain test, and when it passes a graceful restart that is over; what Apache said, '' when all is well.

    A change of what it listens on may need a full restart.
    """
    port = 20000 + next(_generations) % 10000
    _write_generation(port)
    tested = subprocess.run(['apache2ctl', '-t'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if tested.returncode:
        return tested.stdout.decode('utf-8', 'replace')
    if full:
        code, _output, _errors = shell('systemctl reset-failed apache2; systemctl restart apache2')
        if code:
            return shell('tail -n 5 /var/log/apache2/error.log')[1]
    else:
        os.kill(_first_process(), signal.SIGUSR1)
    for attempt in range(2000):
        try:
            # A server that speaks TLS outside of every VirtualHost does so on this port, too.
            with _connected('127.0.0.1', port, 'localhost', tls=attempt % 2 == 1) as stream:
                stream.settimeout(30)
                stream.sendall(b'OPTIONS * HTTP/1.0\r\n\r\n')
                if stream.recv(16):
                    return ''
        except OSError:
            time.sleep(0.01)
    return 'no new generation of Apache answers'


def _first_process():
    """Apache's first process, which a start of the unit does not wait for."""
    for _try in range(1000):
        try:
            with open('/run/apache2/apache2.pid') as handle:
                return int(handle.read())
        except (FileNotFoundError, ValueError):
            time.sleep(0.01)
    raise TimeoutError('Apache does not run')


def fingerprint():
    """What there is below Apache's folder: paths, targets of links, sums of contents."""
    lines = []
    for folder, folders, files in os.walk(APACHE):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                lines.append(f'{path} -> {os.readlink(path)}')
            elif os.path.isfile(path):
                with open(path, 'rb') as handle:
                    lines.append(f'{path} {hashlib.sha256(handle.read()).hexdigest()}')
    return '\n'.join(sorted(lines))


def vhosts():
    """Apache's VirtualHosts as its dump names them."""
    dump = importlib.import_module(PLUGINS + 'module_utils._apache.dump')
    printed = subprocess.run(
        ['apache2ctl', '-t', '-D', 'DUMP_VHOSTS'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    ).stdout.decode()
    return [
        {'address': one.address, 'port': one.port, 'name': one.name, 'place': f'{one.file}:{one.line}'}
        for one in dump.parse_dump(printed).vhosts
    ]


def config():
    """Apache's effective configuration below its folder of sites: how mod_info prints it, and how it is read."""
    dump = importlib.import_module(PLUGINS + 'module_utils._apache.dump')
    arguments = dump.dump_arguments(INFO if os.path.exists(INFO) else None)
    ran = subprocess.run(['apache2ctl', *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [ran.stdout.decode('latin-1'), dump.parse_dump(ran.stdout.decode('latin-1')).config]


def _connected(address, port, name, tls):
    """A connection, through TLS or not."""
    stream = socket.create_connection((address, port), 20)
    if not tls:
        return stream
    # Not the default one, which reads all authorities of the system, for each connection.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(stream, server_hostname=name)


def ask(address, port, name, path, websocket=False, credentials=None):
    """What a request gets: [status, Location, body]; a websocket that opens gets [101, '', 'event'].

    The status is the name of the error when there is no answer.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    host = name if port in (80, 443) else f'{name}:{port}'  # as browsers name it
    lines = [f'GET {path} HTTP/1.1', f'Host: {host}', 'User-Agent: test']
    lines += [
        f'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}'
        if websocket
        else 'Connection: close'
    ]
    if credentials:
        lines.append('Authorization: Basic ' + base64.b64encode(credentials.encode()).decode())
    try:
        with _connected(address, port, name, tls=port != 80) as stream:
            stream.sendall('\r\n'.join([*lines, '', '']).encode())
            reader = stream.makefile('rb')
            status = int(reader.readline().split()[1])
            headers = {}
            for line in iter(reader.readline, b'\r\n'):
                header, _colon, value = line.decode('latin-1').partition(':')
                headers[header.lower()] = value.strip()
            if status == 101:
                wanted = hashlib.sha1((key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()
                right = headers.get('sec-websocket-accept') == base64.b64encode(wanted).decode()
                opcode, length = reader.read(2)
                return [101, '', 'event' if right and opcode == 0x81 and length else 'no event']
            # A browser that wanted a websocket keeps the connection; nobody looks at the body then.
            body = b'' if websocket else reader.read()
            return [status, headers.get('location', ''), body.decode('latin-1')]
    except (OSError, ValueError, IndexError) as error:
        return [type(error).__name__, '', '']


def asks(requests):
    """The answers to several requests."""
    return [ask(**request) for request in requests]


def write(path, content):
    """Put a file (base64) there, through a symbolic link as any editor would."""
    with open(path, 'wb') as handle:
        handle.write(base64.b64decode(content))


def read(path):
    """The content of a file (base64)."""
    with open(path, 'rb') as handle:
        return base64.b64encode(handle.read()).decode()


def same_file(one, other):
    """Whether two paths lead to the same file."""
    return os.path.realpath(one) == os.path.realpath(other)


def shell(script):
    """Run a shell script; [exit code, output, errors]."""
    ran = subprocess.run(['bash', '-euc', script], capture_output=True, check=False)
    return [ran.returncode, ran.stdout.decode('utf-8', 'replace'), ran.stderr.decode('utf-8', 'replace')]


def main():
    """Serve until the other side closes."""
    # Here, because each child would read them again. The last is what a module reads only when it needs it.
    for name in ('modules.apache_module', 'modules.apache_websocket_proxy', 'module_utils._apache_host.check'):
        importlib.import_module(PLUGINS + name)
    known = {
        one.__name__: one
        for one in (
            module,
            pristine,
            lay,
            reload,
            fingerprint,
            vhosts,
            config,
            ask,
            asks,
            write,
            read,
            shell,
            same_file,
        )
    }
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(known[name](**arguments)), flush=True)


if __name__ == '__main__':
    main()
