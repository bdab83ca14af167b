# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user asks of the front end, and what of it is refused (pure; private to the collection)."""

import re
import typing as t

from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem


class Backend(t.NamedTuple):
    """Where OMK listens."""

    host: str
    port: int


class Desired(t.NamedTuple):
    """What the user asked for; see the options of the module apache_websocket_proxy."""

    paths: t.Tuple[str, ...]
    backend: Backend
    port: int
    #: What the browser calls the server; empty when the user has not said it.
    name: str
    forwarded_proto: bool
    #: Seconds.
    idle_timeout: t.Optional[int]
    vhost: t.Optional[str] = None
    content: t.Optional[str] = None
    content_path: t.Optional[str] = None
    modules: t.Tuple[str, ...] = ()
    service: t.Optional[str] = None


_BACKEND = re.compile(r'(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):([0-9]{1,5})\Z')
_NAME = re.compile(r'(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])\Z')
_PATH = re.compile(r'/[A-Za-z0-9._~/-]+\Z')


def variable(option: str) -> str:
    """What a message calls an option: the variable of the role, which is what a playbook sets, and the option."""
    return f'apache_websocket_{option} (option {option})'


def from_options(
    paths: t.Sequence[str],
    backend: str,
    port: int,
    server_name: t.Optional[str] = None,
    forwarded_proto: bool = True,
    idle_timeout: t.Optional[int] = None,
    modules: t.Optional[t.Sequence[str]] = None,
    **other: t.Optional[str],
) -> Desired:
    """The `Desired` in the options that the modules share, by the names that the options have.

    Raises:
        Problem: an option cannot be used.
    """
    check_paths(paths)
    if not 1 <= port <= 65535:
        raise Problem(f'{variable("port")} is not a port', cure='use a number from 1 to 65535')
    if idle_timeout is not None and idle_timeout < 1:
        raise Problem(f'{variable("idle_timeout")} is not a time', cure='use a whole number of seconds from 1')
    return Desired(
        tuple(paths),
        parse_backend(backend),
        port,
        server_name or '',
        forwarded_proto,
        idle_timeout,
        modules=tuple(modules or ()),
        **other,
    )


def parse_backend(text: str, called: str = variable('backend')) -> Backend:
    """The `Backend` in ``HOST:PORT``.

    Args:
        text (str): it.
        called (str): what a message calls it.

    Raises:
        Problem: it is not of that form.
    """
    found = _BACKEND.match(text)
    if not found or not 1 <= int(found.group(2)) <= 65535:
        raise Problem(f'{called}, {text!r}, is not HOST:PORT', cure='give it as in localhost:8042 or [::1]:8042')
    return Backend(found.group(1), int(found.group(2)))


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a server in a URL.

    Raises:
        Problem: it is none.
    """
    if not _NAME.match(name):
        raise Problem(f'{variable("server_name")}, {name!r}, is not a host name', cure='give it as in omk.example.com')


def check_paths(paths: t.Sequence[str]) -> None:
    """Refuse what could not stand in a directive as it is.

    Raises:
        Problem: a path is not one, or there is none.
    """
    if not paths:
        raise Problem(f'{variable("paths")} is empty', cure='name at least one path, or leave it out')
    for path in paths:
        if not _PATH.match(path):
            raise Problem(
                f'{variable("paths")} holds {path!r}, which cannot be a websocket path',
                cure='begin it with a slash and use only letters, digits and . _ ~ - /',
            )
