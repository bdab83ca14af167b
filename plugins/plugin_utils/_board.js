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
  var rows = Array.from(body.rows).map(function (element, index) {
    var cells = element.cells;
    return {
      element: element,
      index: index,
      text: element.textContent.toLowerCase(),
      status: element.dataset.status,
      key: {
        status: Number(element.dataset.rank),
        host: cells[1].textContent,
        reason: cells[2].textContent.trim(),
        days: element.dataset.days === '' ? Infinity : Number(element.dataset.days),
        changed: cells[4].querySelector('.nothing') ? '' : cells[4].textContent,
        batch: cells[5].querySelector('.nothing') ? '' : cells[5].textContent
      }
    };
  });

  function show() {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = tiles.filter(function (tile) { return tile.getAttribute('aria-pressed') === 'true'; })
      .map(function (tile) { return tile.dataset.status; });
    var count = 0;
    rows.forEach(function (row) {
      var fits = (!wanted.length || wanted.includes(row.status)) &&
        words.every(function (word) { return row.text.includes(word); });
      row.element.hidden = !fits;
      count += fits ? 1 : 0;
    });
    none.hidden = count > 0;
    shown.textContent = count === rows.length ? all : count + ' of ' + rows.length + ' hosts shown';
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
    rows.sort(function (first, second) {
      return sign * compare(first.key[key], second.key[key]) || first.index - second.index;
    });
    rows.forEach(function (row) { body.appendChild(row.element); });
  }

  document.querySelector('form').addEventListener('submit', function (event) { event.preventDefault(); });
  filter.addEventListener('input', show);
  tiles.forEach(function (tile) {
    tile.addEventListener('click', function () {
      tile.setAttribute('aria-pressed', String(tile.getAttribute('aria-pressed') !== 'true'));
      show();
    });
  });
  heads.forEach(function (head) {
    head.firstElementChild.addEventListener('click', function () { sort(head); });
  });
  show();
}());
