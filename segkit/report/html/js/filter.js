// The address says what is picked and moved, so that it can be sent: #segment=C&cut=orders < 7 -> 8,
// written as a form is. The links of the bar are no such addresses.
function addressed() {
  const hash = location.hash.slice(1);
  return new URLSearchParams(hash.includes('=') ? hash : '');
}

function link(key, value) {
  const said = addressed();
  if (value) said.set(key, value);
  else said.delete(key);
  const hash = String(said);
  try {
    history.replaceState(null, '', hash ? `#${hash}` : location.href.split('#')[0]);
  } catch { /* an address that may not change: the page works all the same */ }
}

// The share bar as a filter: who belongs to the segment that is pressed stands out in every figure.
// [data-pick="A"] are the buttons, [data-s="A B"] is whatever belongs to segments.

function startFilter(part, data, isOnly) {
  const buttons = all('[data-pick]', part);
  const belonging = all('[data-s]', part);
  const said = find('.said', part);
  const filter = { picked: '', listeners: [], pick, clear, part, data };

  function pick(id) {
    const picked = data.ids.includes(id) ? id : '';
    filter.picked = picked;
    for (const each of buttons) {
      each.setAttribute('aria-pressed', String(each.dataset.pick === picked));
    }
    for (const each of belonging) {
      each.classList.toggle('dim', picked !== '' && !each.dataset.s.split(' ').includes(picked));
    }
    const name = data.names[data.ids.indexOf(picked)];
    if (said) said.textContent = picked ? `${picked} ${name}. Press again, or Escape, for all.` : '';
    for (const listener of filter.listeners) listener(picked);
  }

  function say() {
    const to = isOnly ? filter.picked : `${data.name}.${filter.picked}`;
    link('segment', filter.picked && to);
  }

  function clear() {
    if (!filter.picked) return;
    pick('');
    say();
  }

  for (const each of buttons) {
    each.addEventListener('click', () => {
      pick(filter.picked === each.dataset.pick ? '' : each.dataset.pick);
      say();
    });
  }
  pick('');
  return filter;
}

// segment=C, or segment=NAME.C where there are several segmentations; cut= is for what_if.js
function follow(filters, movers) {
  const asked = addressed();
  const [id, name] = (asked.get('segment') || '').split('.').reverse();
  const filter = filters.find(({ data }) => data.ids.includes(id) && (!name || data.name === name));
  if (filter) {
    filter.pick(id);
    const card = document.getElementById(`${filter.data.name}-${id}`) || filter.part;
    card.scrollIntoView({ block: 'center' });
  }
  const cut = asked.get('cut');
  if (cut) movers.some((move) => move(cut));
}
