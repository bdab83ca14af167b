# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board of real runs, and in a real Chromium. Wants the packages chromium, chromium-driver and npm."""

import os
import random
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from ansible_collections.opmantek.omk.plugins.plugin_utils import _board
from selenium import webdriver

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
FLAGS = (
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--hide-scrollbars',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
)
ADVICE = (
    ('setting_missing', 'Set websocket_proxy_port to "443" in /usr/local/omk/conf/opCommon.json and restart omkd.'),
    ('tls_expired', 'Renew the certificate (it expired on 2026-11-19) and reload Apache.'),
    (
        'generic_rule_won',
        'Put the websocket rule where it takes precedence over the generic rule (/etc/apache2/sites-enabled/'
        'omk.conf:12): in a <Location "/en/omk/opCharts/events/log"> at the end of the VirtualHost.',
    ),
)


def hosts(count):
    """This many hosts in every state, always the same ones; the first three are green, yellow and unreachable."""
    dice = random.Random(500)
    for number in range(1, count + 1):
        name = f'omk{number}.{dice.choice(["syd", "fra", "nyc"])}.example.com'
        chance = {1: 0, 2: 80, 3: 98}.get(number, dice.randrange(100))
        reason, advice = ADVICE[number % 3]
        fields = {
            'batch': str(1 + number // 100),
            'url': f'wss://{name}/en/omk/opCharts/events/log',
            'checked_at': f'2026-11-22T16:{number % 60:02d}:00Z',
        }
        if chance < 75:
            fields.update(
                status='green',
                reason='green',
                advice='Nothing to do.',
                changed=['Apache'],
                certificate_days_left=dice.randint(5, 365),
            )
            yield _board.row(name, fields)
        elif chance < 76:
            yield _board.row(name, {'status': 'reverted', 'changed': ['OMK', 'Apache']})
        elif chance < 88:
            fields.update(
                status='yellow',
                reason=reason,
                advice=advice,
                warnings=['Then: Restart omkd.'],
                predicted='green' if count == 3 else '',
                certificate_days_left=-3 if reason == 'tls_expired' else dice.randint(1, 90),
            )
            yield _board.row(name, fields)
        elif chance < 93:
            yield _board.row(name, None, '/usr/local/omk/conf/opCommon.nmis, line 12: this is program code.', 'Set it')
        elif chance < 97:
            yield _board.row(name)
        else:
            yield _board.row(name, None, f'Connection to {name} port 22 timed out', 'Gathering Facts', unreachable=True)


def before(report):
    """A report of the day before: two hosts were of the other colour, one was not there."""
    hosts = [dict(one) for one in report['hosts'][:-1]]
    for colour, other in (('green', 'yellow'), ('yellow', 'green')):
        next(one for one in hosts if one['status'] == colour)['status'] = other
    return dict(report, ended_at='2026-11-21T16:58:41Z', hosts=hosts)


@pytest.fixture(scope='session')
def boards(tmp_path_factory):
    """The pages for so many hosts (dict of int to Path). Those of 3 were predicted, those of 40 compared."""
    folder = tmp_path_factory.mktemp('boards')
    source = Path(_board.__file__).parent
    assets = [(source / ('_board.' + kind)).read_text(encoding='utf-8') for kind in ('html.j2', 'css', 'js')]
    pages = {}
    for count in (3, 40, 500, 10000):
        report = _board.board(
            hosts(count),
            'rollout.yml',
            datetime(2026, 11, 22, 16, 51),
            datetime(2026, 11, 22, 16, 58, 41),
            check_mode=count == 3,
        )
        if count == 40:
            report = _board.compare(report, before(report))
        pages[count] = folder / f'{count}.html'
        pages[count].write_text(_board.to_html(report, *assets), encoding='utf-8')
    return pages


@pytest.fixture(scope='session')
def chromium(tmp_path_factory):
    """Start a browser: `chromium(width, height, dark=False)`. Every one ends with the session."""
    started = []

    def start(width, height, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which('chromium')
        for flag in (*FLAGS, f'--user-data-dir={tmp_path_factory.mktemp("profile")}'):
            options.add_argument(flag)
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which('chromedriver')))
        started.append(browser)
        browser.execute_cdp_cmd(
            'Emulation.setDeviceMetricsOverride',
            {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False},
        )
        browser.execute_cdp_cmd(
            'Emulation.setEmulatedMedia',
            {'features': [{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}]},
        )
        return browser

    yield start
    for browser in started:
        browser.quit()


@pytest.fixture(scope='session')
def axe():
    """The source of axe-core, from the npm registry once, kept in .cache."""
    folder = CHECKOUT / '.cache' / 'board'
    script = folder / 'node_modules' / 'axe-core' / 'axe.min.js'
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / 'package.json', folder)
        subprocess.run(
            ['npm', 'install', '--prefix', str(folder), '--no-audit', '--no-fund', '--ignore-scripts'],
            check=True,
            stdout=sys.stderr,
        )
    return script.read_text(encoding='utf-8')


@pytest.fixture(scope='session')
def keep():
    """Where screenshots are kept for people to look at."""
    folder = Path(os.environ.get('OMK_ARTIFACTS', CHECKOUT / 'artifacts')) / 'board'
    folder.mkdir(parents=True, exist_ok=True)
    return folder
