// "Which segment is this customer?": the tree, walked as core/evaluate.py and the SQL do.

// A decimal as a whole number, and how many of its digits are behind the point.
function parts(text) {
  const [, sign, whole, rest = '', power = '0'] = (
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text.trim())
  );
  const behind = rest.length - Number(power);
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${rest}`);
  return behind < 0 ? [digits * 10n ** BigInt(-behind), 0] : [digits, behind];
}

// Integers and decimals are compared exactly as they are written, floats as floats.
function isBelow(text, [sign, cut], kind) {
  let [value, limit] = [Number(text), Number(cut)];
  if (kind === 'float') value = Math.fround(value);
  if (kind === 'integer' || kind === 'decimal') {
    const [[a, ofA], [b, ofB]] = [parts(text), parts(cut)];
    const most = Math.max(ofA, ofB);
    [value, limit] = [a * 10n ** BigInt(most - ofA), b * 10n ** BigInt(most - ofB)];
  }
  return sign === '<=' ? value <= limit : value < limit;
}

// The code of the leaf, how many leaves come before it, and each split on the way with whether its
// answer was yes. Values are texts; null is unknown.
function walk(data, values) {
  const way = [];
  let at = 0;
  while (Array.isArray(data.tree[at])) {
    const [feature, test, missing, no] = data.tree[at];
    const value = values[feature];
    let step = 1;
    if (value === null) step = missing;
    else if (test[0] === 'in') step = test.includes(value, 1) ? 1 : no;
    else if (test[0] !== 'known') step = isBelow(value, test, data.features[feature].kind) ? 1 : no;
    way.push([data.tree[at], step === 1]);
    at += step;
  }
  const leaf = data.tree.slice(0, at).filter((node) => !Array.isArray(node)).length;
  return { code: data.tree[at], leaf, way };
}

function reason(data, [[place, [kind, ...of]], isYes]) {
  const { label, unit } = data.features[place];
  if (kind === 'known') return `${label} ${isYes ? 'known' : 'unknown'}`;
  if (kind === 'in') return `${label} ${isYes ? '' : 'other than '}${of.join(' or ')}`;
  const cut = exactly(Number(of[0]), unit);
  if (isYes) return `${label} ${kind === '<' ? 'under' : 'up to'} ${cut}`;
  return `${label} ${kind === '<' ? `${cut} or more` : `over ${cut}`}`;
}

const STEPS = 1000; // of a slider

function valueAt(step, { low, high, log, kind }) {
  const share = step / STEPS;
  const on = (x) => Math.log1p(Math.max(x, 0));
  const value = log ? Math.expm1(on(low) + share * (on(high) - on(low))) : low + share * (high - low);
  return kind === 'integer' ? Math.round(value) : Number(value.toPrecision(3));
}

function stepAt(value, feature) {
  let [first, last] = [0, STEPS];
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if (valueAt(middle, feature) < value) first = middle + 1;
    else last = middle;
  }
  return first;
}

const NEW = Symbol('a level that no rule names');

// Each field reads the value that is set, as a text, and sets another; null where it is unknown.
function levelField(row) {
  const select = find('select', row);
  // The value of an option is data, so what is no level is known by a mark of ours.
  const read = () => {
    const { dataset, value } = select.selectedOptions[0];
    if ('unknown' in dataset) return null;
    return 'new' in dataset ? NEW : value;
  };
  const set = (value) => {
    const kind = value === null ? 'unknown' : 'new';
    const level = all('option:not([data-new], [data-unknown])', select).find((each) => each.value === value);
    (level || find(`[data-${kind}]`, select)).selected = true;
  };
  return { read, set };
}

function numberField(row, feature) {
  const [slider, field] = [find('[type=range]', row), find('[type=number]', row)];
  const unknown = find('[type=checkbox]', row);
  const follows = () => {
    slider.value = stepAt(Number(field.value), feature);
    slider.setAttribute('aria-valuetext', exactly(Number(field.value), feature.unit));
  };
  slider.max = STEPS;
  slider.addEventListener('input', () => {
    field.value = valueAt(Number(slider.value), feature);
    slider.setAttribute('aria-valuetext', exactly(Number(field.value), feature.unit));
  });
  field.addEventListener('input', follows);
  for (const each of [slider, field]) each.addEventListener('input', () => { unknown.checked = false; });
  follows();
  const read = () => (unknown.checked || field.value === '' ? null : field.value);
  const set = (value) => {
    unknown.checked = value === null;
    if (value !== null) field.value = value;
    follows();
  };
  return { read, set };
}

// The way to a leaf in the drawing and in the outline of the tree; to none of them for -1.
function lightWay(part, leaf) {
  for (const each of all('[data-way]', part)) {
    const [first, last] = each.dataset.way.split('-').map(Number);
    each.classList.toggle('on', first <= leaf && leaf <= last);
  }
}

function startCustomer(box, part, data, filter) {
  const [answer, because] = [find('output', box), find('.because', box)];
  const fields = all('[data-feature]', box).map((row) => {
    const place = Number(row.dataset.feature);
    const feature = data.features[place];
    return [place, feature.kind === 'category' ? levelField(row) : numberField(row, feature)];
  });

  function say() {
    const values = data.features.map(() => null);
    for (const [place, { read }] of fields) values[place] = read();
    const { code, leaf, way } = walk(data, values);
    answer.replaceChildren(chip(data, code), ` ${data.names[code]}`);
    answer.dataset.code = code;
    because.textContent = way.map((step) => reason(data, step)).join(', ');
    return leaf;
  }

  // One of the tables is pressed: the fields say who it is, and the drawing which way they go.
  function ask(values) {
    filter.clear();
    fields.forEach(([, { set }], place) => set(values[place]));
    lightWay(part, say());
    box.parentElement.scrollIntoView();
  }

  box.hidden = false;
  for (const row of all('[data-values]', part)) {
    const id = find('code', row);
    const label = `${row.cells[0].textContent}: the way through the rules`;
    const press = () => ask(JSON.parse(row.dataset.values));
    id.replaceWith(button(id.textContent, press, { class: 'way', title: label, 'aria-label': label }));
  }
  box.addEventListener('input', () => lightWay(part, say())); // somebody asks
  filter.listeners.push(() => lightWay(part, -1)); // of a whole segment, or of none
  say();
}
