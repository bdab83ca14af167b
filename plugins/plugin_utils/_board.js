(function () {
  'use strict';
  var body = document.querySelector('tbody');
  var tiles = Array.from(document.querySelectorAll('.tile'));
  var heads = Array.from(document.querySelectorAll('thead th'));
  var filter = document.getElementById('filter');
  var shown = document.getElementById('shown');
  var none = document.getElementById('none');
  var collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  var all = shown.textContent;
  // A browser takes seconds to lay out a table of 10,000 rows, so only the first that match stand in it.
  var STEP = 100;
  var rest = document.getElementById('rest');
  var more = rest.firstElementChild;
  var limit = STEP;
  var order = body.dataset.order.split(',');
  var keys = heads.map(function (head) { return head.firstElementChild.dataset.key; });

  function keyOf(row, key) {
    var cell = row.element.cells[keys.indexOf(key)];
    switch (key) {
      case 'status': return order.indexOf(row.status);
      case 'days': return cell.dataset.days === undefined ? Infinity : Number(cell.dataset.days);
      default: return cell.textContent.trim();
    }
  }

  var rows = Array.from(body.rows).map(function (element, index) {
    return {
      element: element,
      index: index,
      text: element.textContent.toLowerCase(),
      status: element.dataset.status,
      since: element.dataset.since
    };
  });

  function pressed(name) {
    return tiles.filter(function (tile) { return tile.dataset[name] && tile.getAttribute('aria-pressed') === 'true'; })
      .map(function (tile) { return tile.dataset[name]; });
  }

  function show() {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    var statuses = pressed('status');
    var since = pressed('since');
    var fitting = rows.filter(function (row) {
      return (!statuses.length || statuses.includes(row.status)) && (!since.length || since.includes(row.since)) &&
        words.every(function (word) { return row.text.includes(word); });
    });
    body.replaceChildren.apply(body, fitting.slice(0, limit).map(function (row) { return row.element; }));
    var left = fitting.length - limit;
    none.hidden = fitting.length > 0;
    rest.hidden = left <= 0;
    more.textContent = 'Show ' + Math.min(left, 10 * STEP) + ' more of ' + left;
    shown.textContent = fitting.length === rows.length ? all : fitting.length + ' of ' + rows.length + ' hosts match';
  }

  function first() {
    limit = STEP;
    show();
  }

  function compare(first, second) {
    if (typeof first === 'number') {
      return first === second ? 0 : first < second ? -1 : 1;
    }
    // What is empty goes last in either direction's first click.
    if (!first || !second) {
      return first ? -1 : second ? 1 : 0;
    }
    return collator.compare(first, second);
  }

  function sort(head) {
    var key = head.firstElementChild.dataset.key;
    var sign = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
    heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
    head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
    rows.forEach(function (row) { row.key = keyOf(row, key); });
    rows.sort(function (one, other) { return sign * compare(one.key, other.key) || one.index - other.index; });
    first();
  }

  document.querySelector('form').addEventListener('submit', function (event) { event.preventDefault(); });
  filter.addEventListener('input', first);
  tiles.forEach(function (tile) {
    tile.addEventListener('click', function () {
      tile.setAttribute('aria-pressed', String(tile.getAttribute('aria-pressed') !== 'true'));
      first();
    });
  });
  heads.forEach(function (head) {
    head.firstElementChild.addEventListener('click', function () { sort(head); });
  });
  more.addEventListener('click', function () {
    var next = limit;
    limit += 10 * STEP;
    show();
    // The button moves away from whoever pressed it.
    var reached = body.rows[next].cells[keys.indexOf('host')];
    reached.tabIndex = -1;
    reached.focus();
  });
  // Paper has no buttons.
  window.addEventListener('beforeprint', function () { limit = rows.length; show(); });
  window.addEventListener('afterprint', first);
  show();
}());
