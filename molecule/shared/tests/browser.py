# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads the node page in a real Chromium that truly validates TLS, and tells the colour of the Events pane."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from servers import NODE_PAGE, Server

FLAGS = (
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
)


@dataclass(frozen=True)
class Pane:
    """What the browser shows of the Events pane: its state, its words, the websocket's URL, the events listed."""

    state: str
    text: str
    url: str
    events: int


@contextmanager
def chromium(server: Server, width: int = 1280, height: int = 830) -> Iterator[webdriver.Chrome]:
    """A Chromium of its own that finds the host by its name and trusts its CA, and nothing is left of it after."""
    with tempfile.TemporaryDirectory(prefix='opmantek-omk-chromium.') as home:
        database = Path(home, '.pki/nssdb')
        database.mkdir(parents=True)
        certutil = ['certutil', '-d', f'sql:{database}']
        subprocess.run([*certutil, '-N', '--empty-password'], check=True, capture_output=True)
        subprocess.run(
            [*certutil, '-A', '-n', 'test CA', '-t', 'C,,', '-i', str(server.ca)], check=True, capture_output=True
        )
        options = webdriver.ChromeOptions()
        options.binary_location = '/usr/bin/chromium'
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_argument(f'--window-size={width},{height}')
        options.add_argument(f'--user-data-dir={home}/profile')
        options.add_argument(f'--host-resolver-rules=MAP {server.name} {server.address}')
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        service = Service('/usr/bin/chromedriver', env={**os.environ, 'HOME': home})
        driver = webdriver.Chrome(options=options, service=service)
        try:
            driver.set_page_load_timeout(30)
            yield driver
        finally:
            driver.quit()


def load_pane(driver: webdriver.Chrome, url: str, events: int = 3, timeout: float = 20) -> Pane:
    """Load a node page and wait for its pane to be yellow, or green with some events listed."""
    driver.get(url)

    def settled(_: webdriver.Chrome) -> bool:
        pane = driver.find_element(By.ID, 'events-pane')
        state = pane.get_attribute('data-state')
        return state == 'yellow' or (state == 'green' and int(pane.get_attribute('data-events')) >= events)

    WebDriverWait(driver, timeout).until(settled, 'the Events pane turned neither green nor yellow')
    pane = driver.find_element(By.ID, 'events-pane')
    return Pane(
        state=pane.get_attribute('data-state'),
        text=pane.find_element(By.TAG_NAME, 'h2').text,
        url=pane.get_attribute('data-url'),
        events=int(pane.get_attribute('data-events')),
    )


def look(server: Server, picture: str, base: str | None = None) -> Pane:
    """Load the host's node page as its users do, keep a screenshot among the artifacts and tell the pane."""
    with chromium(server) as driver:
        pane = load_pane(driver, (base or f'https://{server.name}') + NODE_PAGE)
        server.artifacts.mkdir(parents=True, exist_ok=True)
        driver.save_screenshot(str(server.artifacts / picture))
    return pane
