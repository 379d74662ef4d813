// "What would another cut cost?": one cut at a time, in the list or on the drawing of the tree.

// As core/rulebook.quoted: for a shell, unless that would read something in it.
function quoted(text) {
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", `'"'"'`)}'` : `"${text}"`;
}

// Counted of a sample; a cut on a column of few values is counted of all.
const isEstimated = (data, cut) => Boolean(data.sampled) && !cut.exact;

function headline(data, cut, found, metric) {
  const [least, most] = found.moving;
  if (most === 0) return isEstimated(data, cut) ? 'Hardly anybody moves.' : 'Nobody moves.';
  const about = isEstimated(data, cut) ? 'About ' : '';
  const share = range([least / data.rows, most / data.rows], percent);
  const who = least === most
    ? `${about}${people(most)} ${most === 1 ? 'moves' : 'move'} (${share})`
    : `${about ? `${about}between` : 'Between'} ${grouped(least)} and ${people(most)} move (${share})`;
  if (!found.money) return `${who}.`;
  const { label, unit } = data.metrics[metric];
  return `${who}, with ${range(found.money, (sum) => amount(sum, unit))} of ${lowerFirst(label)}.`;
}

function howExact(data, cut, found) {
  if (isEstimated(data, cut)) return `Estimated from ${people(data.sampled)}. The command counts all.`;
  if (found.open === null) return `Exact: counted from all ${people(data.rows)}.`;
  const { unit } = data.features[cut.feature];
  const [low, high] = [cut.edges[found.open - 1], cut.edges[found.open]];
  return `Not exact: customers were counted at ${exactly(low, unit)} and at ${exactly(high, unit)}, `
    + 'and this cut lies between. The command counts it.';
}

function warnings(data, cut, found) {
  return found.n.flatMap(([least, most], code) => {
    if (code === 0 || data.n[code] === 0) return [];
    const name = `${data.ids[code]} ${data.names[code]}`;
    if (most === 0 && !isEstimated(data, cut)) return [`Nobody would be left in ${name}: the build would refuse.`];
    if (least === 0) return [`Perhaps nobody would be left in ${name}: the build would refuse.`];
    const share = least / data.rows;
    if (share >= data.minShare || least >= data.n[code]) return [];
    return [`${name} would have ${percent(share)} of the customers, less than the `
      + `${percent(data.minShare)} that are declared as the least (min_share): the build would warn.`];
  });
}

function tooDear(data, cut, found) {
  if (!found.loss || cut.loss[cut.now] === null || data.maxLoss === null) return [];
  const [least, now] = [Math.min(...found.loss), cut.loss[cut.now]];
  const isOver = now > data.maxLoss;
  const seen = (loss) => Math.round(1000 * loss); // as percent() has it
  if (least <= data.maxLoss || (isOver && seen(least) <= seen(now))) return [];
  const also = isOver ? ', and above now' : '';
  return [`Loss would be above the ${percent(data.maxLoss)} that these rules were allowed (max_loss)${also}.`];
}

function table(caption, heads, rows) {
  const head = make('tr', {}, ...heads.map((text) => make('th', { scope: 'col' }, text)));
  const body = rows.map(([first, ...rest]) => {
    const cells = rest.map((value) => make('td', { class: 'n' }, value));
    return make('tr', {}, make('th', { scope: 'row' }, first), ...cells);
  });
  const made = make('table', {}, make('caption', {}, caption), make('thead', {}, head), make('tbody', {}, ...body));
  return make('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption }, made);
}

function flowTable(data, found, metric) {
  const money = data.metrics[metric];
  const heads = ['From → to', 'customers', ...(money ? [lowerFirst(money.label), 'each'] : [])];
  const ordered = [...found.flows].sort((a, b) => b.n[1] - a.n[1]);
  return table('Who moves', heads, ordered.map((flow) => {
    const way = make('span', {}, chip(data, flow.from), ' → ', chip(data, flow.to));
    const row = [way, range(flow.n, grouped)];
    if (!money) return row;
    const sum = flow.money[metric];
    const each = found.open === null ? amount(sum[0] / flow.n[0], money.unit) : 'not known';
    return [...row, range(sum, (value) => amount(value, money.unit)), each];
  }));
}

function segmentTable(data, found, metric) {
  const money = data.metrics[metric];
  const total = money && money.sum.reduce((a, b) => a + b, 0);
  const heads = ['Segment', 'customers', 'share'];
  if (money) heads.push(`of ${lowerFirst(money.label)}`, 'each');
  const codes = data.ids.map((_, code) => code).slice(1); // no cut leads to the unassigned
  return table('Segments before → after', heads, codes.map((code) => {
    const [n, then] = [data.n[code], found.n[code]];
    const share = (count) => percent(count / data.rows);
    const row = [chip(data, code), change(grouped(n), range(then, grouped)), change(share(n), range(then, share))];
    if (!money) return row;
    const [sum, sums] = [money.sum[code], found.sums[code]];
    const part = (value) => (total ? percent(value / total) : 'none');
    const each = (value, count) => (count ? amount(value / count, money.unit) : 'none');
    const later = then[0] === then[1] ? each(sums[0], then[0]) : 'not known';
    return [...row, change(part(sum), range(sums, part)), change(each(sum, n), later)];
  }));
}

function costs(data, cut, found, metric) {
  const about = found.open === null ? '' : 'about ';
  const texts = [];
  const say = (array, then, by, words) => {
    if (!then || array[cut.now] === null) return;
    texts.push(words(change(percent(by(array[cut.now])), about + range(then.map(by), percent))));
  };
  say(cut.loss, found.loss, (loss) => loss, (said) => `Loss against K-Means ${said}`);
  say(cut.agreed, found.agreed, (n) => n / data.learned, (said) => `${said} are where K-Means has them`);
  if (data.metrics[metric]) {
    const label = lowerFirst(data.metrics[metric].label);
    const words = (said) => `${said} of the variance of ${label} explained`;
    say(cut.explained[metric], found.explained, (share) => share, words);
  }
  return texts.length ? `${texts.join('; ')}.` : '';
}

// A cut in the drawing of the tree: dragged sideways, or moved by keys, from edge to edge.
function treeHandle(element, cut, label, set) {
  const told = cut.inclusive ? 'up to' : 'under';
  const last = cut.edges.length - 1;
  const text = find('text:last-of-type', element); // "under 42"
  const asIs = text.textContent;
  let place = cut.now;
  let held = null; // where the pointer went down, and the place then
  const go = (to) => set(Math.min(last, Math.max(0, to)));
  element.ownerSVGElement?.setAttribute('role', 'group'); // an image has no parts that move
  const given = { tabindex: 0, role: 'slider', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': last };
  for (const [key, value] of Object.entries(given)) element.setAttribute(key, value);
  element.classList.add('handle');
  element.addEventListener('keydown', (event) => {
    const to = {
      ArrowRight: place + 1,
      ArrowUp: place + 1,
      ArrowLeft: place - 1,
      ArrowDown: place - 1,
      PageUp: place + 10,
      PageDown: place - 10,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  element.addEventListener('pointerdown', (event) => {
    held = [event.clientX, place];
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener('pointermove', (event) => {
    if (held) go(held[1] + Math.round((event.clientX - held[0]) / 4));
  });
  element.addEventListener('pointerup', () => { held = null; });
  return (at, said, isMoved) => {
    place = at;
    element.setAttribute('aria-valuenow', place);
    element.setAttribute('aria-valuetext', said);
    element.classList.toggle('moved', isMoved);
    text.textContent = isMoved ? `${told} ${said}` : asIs;
  };
}

function startWhatIf(box, part, data, isOnly) {
  const cuts = data.cuts.map((cut) => unpacked(cut, data.metrics.length));
  const rows = all('[data-row]', box);
  const result = find('.result', box);
  const [status, body] = [find('[role=status]', result), find('.found', result)];
  const near = find('.nearest', box); // of all cuts, as long as none is moved
  const name = isOnly ? '' : `${data.name}.`;
  let linking;
  const picker = find('select', box); // of several metrics
  const handles = cuts.map(() => []);
  const notes = []; // the headline again, where a cut is moved: in its row, beside the tree
  let moved = null; // which cut, and where to: one at a time

  function set(which, value) {
    const cut = cuts[which];
    moved = value === cut.edges[cut.now] ? null : [which, value];
    show();
    clearTimeout(linking); // a browser counts how often an address changes
    linking = setTimeout(() => link('cut', moved && `${name}${cut.said} -> ${value}`), 200);
  }

  // cut=orders < 7 -> 8, or NAME.orders < 7 -> 8; false: of no cut here
  function move(said) {
    const [, cut, value] = /^(.+) -> (\S+)$/.exec(said) || [];
    const which = cuts.findIndex((each) => name + each.said === cut);
    if (which < 0 || !Number.isFinite(Number(value))) return false;
    set(which, Number(value));
    box.parentElement.scrollIntoView();
    return true;
  }

  const isMovedNow = (which) => moved !== null && moved[0] === which;
  const valueOf = (which) => (isMovedNow(which) ? moved[1] : cuts[which].edges[cuts[which].now]);

  function show() {
    cuts.forEach((cut, which) => {
      const isMoved = isMovedNow(which);
      const value = valueOf(which);
      const said = exactly(value, data.features[cut.feature].unit);
      const at = cut.edges.findIndex((edge) => edge >= value);
      const place = at < 0 ? cut.edges.length - 1 : at;
      const row = rows[which];
      row.classList.toggle('moved', isMoved);
      row.classList.toggle('resting', moved !== null && !isMoved);
      find('[data-cut-value]', row).textContent = said;
      const [slider, field] = [find('[type=range]', row), find('[type=number]', row)];
      slider.value = place;
      slider.setAttribute('aria-valuetext', said);
      if (document.activeElement !== field) field.value = value;
      for (const handle of handles[which]) handle(place, said, isMoved);
    });
    tell();
  }

  function tell() {
    body.replaceChildren();
    for (const note of notes) note.hidden = moved === null;
    part.classList.toggle('as-published', moved !== null); // all other words are those of the fit
    near.hidden = moved !== null;
    if (moved === null) {
      status.textContent = 'Nothing is moved: each cut is where the fit has it.';
      return;
    }
    const [cut, metric] = [cuts[moved[0]], picker ? Number(picker.value) : 0];
    const { kind, unit } = data.features[cut.feature];
    let value = moved[1];
    // whole numbers up to 41.5 are those up to 41, and those under 42
    if (kind === 'integer') value = cut.inclusive ? Math.floor(value) : Math.ceil(value);
    const found = outcome(data, cut, value, metric);
    if (found === null) {
      const [low, high] = [cut.edges[0], cut.edges.at(-1)];
      status.textContent = `Counted are cuts from ${exactly(low, unit)} to ${exactly(high, unit)} only. `
        + 'The command counts any.';
    } else {
      status.textContent = headline(data, cut, found, metric);
      describe(cut, found, metric);
    }
    for (const note of notes) {
      const drawn = note.matches('.tree-note') ? ' Customers in the drawing are as published.' : '';
      note.textContent = `${cut.said} → ${moved[1]}: ${status.textContent}${drawn}`;
    }
    body.append(command(cut));
  }

  function describe(cut, found, metric) {
    body.append(make('p', { class: 'note' }, howExact(data, cut, found)));
    for (const text of [...warnings(data, cut, found), ...tooDear(data, cut, found)]) body.append(make('p', { class: 'warn' }, text));
    if (found.flows.length) body.append(flowTable(data, found, metric));
    body.append(segmentTable(data, found, metric), make('p', {}, costs(data, cut, found, metric)));
  }

  function command(cut) {
    const code = make('code', {}, `segkit adjust ${data.name} ${quoted(`${cut.said} -> ${moved[1]}`)}`);
    const copies = button('Copy', () => copy(code, copies));
    const reset = button('Reset', () => {
      const slider = find('[type=range]', rows[moved[0]]);
      set(moved[0], cut.edges[cut.now]);
      slider.focus(); // this button is gone
    });
    return make('div', { class: 'cmd' }, code, copies, reset);
  }

  rows.forEach((row, which) => {
    notes.push(row.appendChild(make('p', { class: 'row-note', hidden: '' })));
    const [slider, field] = [find('[type=range]', row), find('[type=number]', row)];
    slider.hidden = false;
    field.hidden = false;
    slider.addEventListener('input', () => set(which, cuts[which].edges[Number(slider.value)]));
    field.addEventListener('input', () => {
      // with more digits than a number has here, another cut than is written would be counted
      const digits = field.value.replace(/^-?[0.]*|\D/g, '').length;
      if (field.value !== '' && digits <= 15) set(which, Number(field.value));
    });
    // what was no number goes; the result stays as it is, for a click on it ended the typing
    field.addEventListener('blur', () => { field.value = valueOf(which); });
  });
  for (const element of all('[data-cut]', part)) {
    const which = Number(element.dataset.cut);
    const cut = cuts[which];
    const label = find('[type=range]', rows[which]).getAttribute('aria-label');
    handles[which].push(treeHandle(element, cut, label, (place) => set(which, cut.edges[place])));
    const drawing = element.ownerSVGElement || element.parentElement;
    if (!drawing.nextElementSibling?.matches('.tree-note')) {
      drawing.after(make('p', { class: 'tree-note', hidden: '' }));
      notes.push(drawing.nextElementSibling);
    }
  }
  if (picker) picker.addEventListener('input', tell);
  result.hidden = false;
  show();
  return move;
}
