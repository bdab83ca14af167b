# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site, as dev/docs has built it, on a desk and on a telephone: nothing of it is cut off."""

import os
import pathlib
import shutil

import pytest
from pages import CHECKOUT
from selenium import webdriver

SITE = pathlib.Path(os.environ.get('OMK_ARTIFACTS', CHECKOUT / 'artifacts')) / 'docs'
SIZES = {'desk': (1280, 900), 'telephone': (390, 844)}
FLAGS = ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars')
#: What of a page is wider than there is room for: lines of code, and the page itself.
CUT_OFF = """
const blocks = Array.from(document.querySelectorAll(".highlight pre"));
const wide = blocks.filter(code => code.scrollWidth > code.clientWidth);
return [
  ...wide.map(code => code.textContent.trim().slice(0, 80)),
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page itself"] : []),
];
"""


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for flag in (*FLAGS, f'--user-data-dir={tmp_path_factory.mktemp("profile")}'):
        options.add_argument(flag)
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which('chromedriver')))
    yield started
    started.quit()


@pytest.mark.parametrize('size', SIZES)
def test_nothing_is_cut_off(browser, size):
    width, height = SIZES[size]
    browser.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride',
        {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False},
    )
    pages = sorted(SITE.rglob('*.html'))
    assert {'index.html', 'recipes.html', 'rollout.html'} <= {page.name for page in pages}
    cut_off = {}
    for page in pages:
        browser.get(page.as_uri())
        found = browser.execute_script(CUT_OFF)
        if found:
            cut_off[page.name] = found
    assert cut_off == {}
