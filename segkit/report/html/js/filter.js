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

  function link() {
    const to = isOnly ? filter.picked : `${data.name}.${filter.picked}`;
    const hash = filter.picked ? `#segment=${to}` : '';
    try {
      history.replaceState(null, '', hash || location.href.split('#')[0]);
    } catch { /* an address that may not change: the filter works all the same */ }
  }

  function clear() {
    if (!filter.picked) return;
    pick('');
    link();
  }

  for (const each of buttons) {
    each.addEventListener('click', () => {
      pick(filter.picked === each.dataset.pick ? '' : each.dataset.pick);
      link();
    });
  }
  pick('');
  return filter;
}

// #segment=C, or #segment=NAME.C where there are several segmentations
function follow(filters) {
  const [, said] = /^#segment=([\w.]+)$/.exec(location.hash) || [];
  if (!said) return;
  const [id, name] = said.split('.').reverse();
  const filter = filters.find(({ data }) => data.ids.includes(id) && (!name || data.name === name));
  if (!filter) return;
  filter.pick(id);
  const card = document.getElementById(`${filter.data.name}-${id}`) || filter.part;
  card.scrollIntoView({ block: 'center' });
}
