# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board of 10,000 hosts in Chromium: how long it takes to write, to load and to filter, and how big it is.

dev/bench board [--hosts N] [--rounds N]; the line is also in artifacts/bench/board.md.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import tempfile
import time
from datetime import datetime

from ansible_collections.opmantek.omk.plugins.plugin_utils import _board, _report_files
from conftest import FLAGS, hosts
from selenium import webdriver
from test_board_in_chromium import FILTER

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOADED = 'return performance.getEntriesByType("navigation")[0].loadEventEnd'


def browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for flag in (*FLAGS, '--window-size=1280,900', f'--user-data-dir={profile}'):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which('chromedriver')))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--hosts', type=int, default=10000)
    parser.add_argument('--rounds', type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        moment = datetime(2026, 11, 22, 16, 51)
        report = _board.board(hosts(options.hosts), 'rollout.yml', moment, moment)
        begun = time.perf_counter()
        page = pathlib.Path(_report_files.write(folder + '/report', report))
        wrote = time.perf_counter() - begun
        opened = browser(folder + '/profile')
        try:
            opened.get(page.resolve().as_uri())
            loaded = opened.execute_script(LOADED) / 1000
            took = [time for _round in range(options.rounds) for _word, time, _count in opened.execute_script(FILTER)]
        finally:
            opened.quit()
        line = (
            f'{options.hosts:,} hosts: written in {wrote:.1f} s, {page.stat().st_size / 1e6:.1f} MB, loaded in '
            f'{loaded:.1f} s; a filter takes {statistics.median(took):.0f} ms, at most {max(took):.0f} ms'
        )
    print(line)
    kept = pathlib.Path(os.environ.get('OMK_ARTIFACTS', ROOT / 'artifacts')) / 'bench/board.md'
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(line + '\n')


if __name__ == '__main__':
    main()
