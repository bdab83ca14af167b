# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the board: look, filter, sort, on a desk and on a telephone, in the light and in the dark."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

#: What is typed, how long it takes until it is laid out (ms), and how many rows then stand there.
FILTER = """
const filter = document.getElementById("filter");
return ["tls_expired", "syd", "omk99", "", "no such host"].map(word => {
  const begun = performance.now();
  filter.value = word;
  filter.dispatchEvent(new Event("input"));
  const count = document.querySelectorAll("tbody tr").length;
  document.body.getBoundingClientRect();
  return [word, performance.now() - begun, count];
});
"""
SIZES = {'desk': (1280, 900), 'telephone': (390, 844)}


@pytest.fixture(scope='module')
def desk(chromium):
    return chromium(*SIZES['desk'])


@pytest.fixture
def board(desk, boards):
    """The board of 500 hosts, freshly loaded."""
    desk.get(boards[500].as_uri())
    return desk


def rows(browser):
    """Status and host of every row, in their order."""
    while browser.find_element(By.ID, 'rest').is_displayed():
        browser.execute_script('document.querySelector("#rest button").click()')
    return browser.execute_script(
        'return Array.from(document.querySelectorAll("tbody tr"))'
        '.map(row => [row.dataset.status, row.cells[1].textContent.trim()])'
    )


def cells(browser, number):
    rows(browser)
    return browser.execute_script(
        f'return Array.from(document.querySelectorAll("tbody tr")).map(row => row.cells[{number}].textContent.trim())'
    )


def click(browser, text, within):
    [button] = [one for one in browser.find_elements(By.CSS_SELECTOR, within + ' button') if text in one.text]
    button.click()
    return button


def complaints(browser):
    return [entry['message'] for entry in browser.get_log('browser')]


@pytest.mark.parametrize('count', [3, 40])
@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('dark', [False, True])
def test_looks_and_is_accessible(chromium, boards, axe, keep, count, size, dark):
    browser = chromium(*SIZES[size], dark=dark)
    browser.get(boards[count].as_uri())
    browser.save_screenshot(str(keep / f'{count}-hosts-{size}-{"dark" if dark else "light"}.png'))
    assert len(rows(browser)) == count
    width = browser.execute_script('return [document.documentElement.scrollWidth, innerWidth]')
    assert width[0] <= width[1]
    # Each certificate's days on one line, as all else that is short.
    lines = browser.execute_script(
        'return [...document.querySelectorAll("td.days")].map(cell => { const range = document.createRange();'
        ' range.selectNodeContents(cell); return range.getClientRects().length })'
    )
    assert set(lines) <= {0, 1}
    background = browser.execute_script('return getComputedStyle(document.body).backgroundColor')
    assert (sum(int(part) for part in background[4:-1].split(',')) < 150) is dark
    assert complaints(browser) == []
    browser.execute_script(axe)
    found = browser.execute_async_script(
        'axe.run().then(arguments[0], error => arguments[0]({violations: [{id: String(error)}], passes: []}))'
    )
    assert [
        (violation['id'], [node['html'][:200] for node in violation.get('nodes', [])][:3])
        for violation in found['violations']
    ] == []
    assert len(found['passes']) > 10
    browser.quit()


def test_shows_the_word_beside_the_dot(board):
    assert {status for status, _host in rows(board)} == {
        'failed',
        'unreachable',
        'yellow',
        'no status',
        'reverted',
        'green',
    }
    shown = board.execute_script(
        'return Array.from(document.querySelectorAll("tbody tr"), row => row.cells[0].innerText)'
    )
    assert {text.split('\n')[0] for text in shown} == {status for status, _host in rows(board)}


def test_what_would_be_stands_below_what_is(chromium, boards):
    browser = chromium(*SIZES['desk'])
    browser.get(boards[3].as_uri())
    browser.find_element(By.ID, 'filter').send_keys('would be green')
    [cell] = browser.find_elements(By.CSS_SELECTOR, 'tbody td.status')
    assert cell.text.split('\n') == ['yellow', 'would be green']
    assert [one.text for one in browser.find_elements(By.CSS_SELECTOR, '.badge')] == [
        'check mode: nothing was changed',
        'Would be: 1 green',
    ]
    browser.quit()


def test_filters_by_text(board):
    board.find_element(By.ID, 'filter').send_keys('SYD tls_expired')
    found = rows(board)
    assert 0 < len(found) < 500
    assert all(status == 'yellow' and '.syd.' in host for status, host in found)
    assert board.find_element(By.ID, 'shown').text == f'{len(found)} of 500 hosts match'


def test_filter_that_matches_nothing(board):
    board.find_element(By.ID, 'filter').send_keys('no such host' + Keys.ENTER)
    assert rows(board) == []
    assert board.find_element(By.ID, 'none').is_displayed()
    board.find_element(By.ID, 'filter').clear()
    board.find_element(By.ID, 'filter').send_keys(' ')
    assert len(rows(board)) == 500
    assert not board.find_element(By.ID, 'none').is_displayed()


def test_filters_by_status(board):
    button = click(board, 'unreachable', 'fieldset')
    assert {status for status, _host in rows(board)} == {'unreachable'}
    assert button.text.startswith(str(len(rows(board))))
    click(board, 'failed', 'fieldset')
    assert {status for status, _host in rows(board)} == {'unreachable', 'failed'}
    assert button.get_attribute('aria-pressed') == 'true'
    click(board, 'failed', 'fieldset')
    button.click()
    assert len(rows(board)) == 500


def test_filters_by_what_became_of_a_host(desk, boards):
    desk.get(boards[40].as_uri())
    assert desk.find_element(By.CLASS_NAME, 'since').text.startswith('Since 2026-11-21 16:58:41 UTC (rollout.yml): ')
    click(desk, 'turned yellow', 'fieldset')
    assert [status for status, _host in rows(desk)] == ['yellow']
    click(desk, 'new', 'fieldset')
    assert len(rows(desk)) == 2


def test_shows_many_hosts_step_by_step(board):
    def count():
        return board.execute_script('return document.querySelectorAll("tbody tr").length')

    assert count() == 100
    button = board.find_element(By.CSS_SELECTOR, '#rest button')
    assert button.text == 'Show 400 more of 400'
    button.click()
    assert (count(), button.is_displayed()) == (500, False)
    # Whoever uses the keyboard goes on with the first of the new rows.
    assert board.switch_to.active_element.text == rows(board)[100][1]


def test_a_reason_leads_to_what_it_means(board):
    board.find_element(By.CSS_SELECTOR, 'a[href="#tls_expired"]').click()
    assert board.find_element(By.ID, 'tls_expired').is_displayed()
    assert board.execute_script('return location.hash') == '#tls_expired'


def test_the_advice_has_the_room(desk, boards):
    desk.get(boards[40].as_uri())
    width = desk.execute_script(
        'return ["td.reason", "table"].map(name => document.querySelector(name).getBoundingClientRect().width)'
    )
    assert width[0] > 0.45 * width[1]


def test_10000_hosts_can_be_filtered(desk, boards, keep):
    desk.get(boards[10000].as_uri())
    desk.save_screenshot(str(keep / '10000-hosts-desk-light.png'))
    took = desk.execute_script(FILTER)
    (keep / 'filter-time.txt').write_text(
        '10000 hosts: ' + ', '.join(f'{word or "all"} {time:.0f} ms' for word, time, _count in took) + '\n'
    )
    assert [count > 0 for _word, _time, count in took] == [True, True, True, True, False]


def test_sorts_by_host_as_people_count(board):
    click(board, 'Host', 'thead')
    numbers = [int(host[3:].split('.')[0]) for _status, host in rows(board)]
    assert numbers == list(range(1, 501))
    click(board, 'Host', 'thead')
    assert [host[:6] for _status, host in rows(board)][:2] == ['omk500', 'omk499']


def test_sorts_by_days_left(board):
    def days():
        shown = [text for text in cells(board, 3) if text]
        return [-int(text.split()[1]) if text.startswith('expired') else int(text.split()[0]) for text in shown]

    click(board, 'Certificate', 'thead')
    assert days() == sorted(days())
    assert cells(board, 3)[0]
    click(board, 'Certificate', 'thead')
    assert days() == sorted(days(), reverse=True)


def test_sorts_by_status_and_says_so(board):
    head = board.find_element(By.CSS_SELECTOR, 'thead th.status')
    click(board, 'Pane', 'thead')
    assert [rows(board)[0][0], rows(board)[-1][0], head.get_attribute('aria-sort')] == ['failed', 'green', 'ascending']
    click(board, 'Pane', 'thead')
    assert [rows(board)[0][0], rows(board)[-1][0], head.get_attribute('aria-sort')] == ['green', 'failed', 'descending']
    click(board, 'Batch', 'thead')
    assert head.get_attribute('aria-sort') is None


def test_sorting_keeps_the_filter(board):
    click(board, 'yellow', 'fieldset')
    before = rows(board)
    click(board, 'Host', 'thead')
    assert sorted(rows(board)) == sorted(before)
    assert complaints(board) == []


def test_works_with_the_keyboard_alone(board):
    board.find_element(By.TAG_NAME, 'body').send_keys(Keys.TAB, Keys.SPACE)
    assert {status for status, _host in rows(board)} == {'green'}


def test_load_time(board, keep):
    timing = board.execute_script(
        'const [entry] = performance.getEntriesByType("navigation"); return [entry.domInteractive, entry.loadEventEnd]'
    )
    assert 0 < timing[0] <= timing[1]
    (keep / 'load-time.txt').write_text(
        f'500 hosts: interactive after {timing[0]:.0f} ms, loaded after {timing[1]:.0f} ms\n'
    )
