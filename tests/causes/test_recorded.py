# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated fleet of the benchmarks answers is what the module answers on a real host."""

import json
import os
import pathlib

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = CHECKOUT / 'tests/benchmarks/simulated/recorded'
NEW = pathlib.Path(os.environ.get('OMK_ARTIFACTS', CHECKOUT / 'artifacts')) / 'recorded'


def shape(value):
    """What is the same in every run on such a host: names, types, and how many there are of what is in a list."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return 'number' if type(value) in (int, float) else type(value).__name__


@pytest.fixture(params=['green', 'yellow'])
def seen(request, host):
    """(file, what the module says now) for a host on which all is well, and for one with another port."""
    host.restore()
    if request.param == 'yellow':
        host.setting('"websocket_proxy_port" : 443', '"websocket_proxy_port" : 8443')
    yield 'websocket_info' + ('-yellow' if request.param == 'yellow' else ''), host.status()


def test_the_recorded_output_is_that_of_the_module(seen):
    name, now = seen
    NEW.mkdir(parents=True, exist_ok=True)
    (NEW / f'{name}.json').write_text(json.dumps(now, indent=1) + '\n')
    kept = json.loads((RECORDED / f'{name}.json').read_text())
    assert (shape(kept), kept['status'], kept['reason']) == (shape(now), now['status'], now['reason']), (
        f'look at the difference, then copy {NEW}/{name}.json to {RECORDED}'
    )
