// Elements and numbers, for all other parts. Everything on the page is readable without a script:
// what only a script can do is hidden until one has run. Nothing is asked of the network.

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Content is text nodes and elements: nothing of the data is ever read as HTML.
function make(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
}

function button(text, act, attributes = {}) {
  const element = make('button', { type: 'button', ...attributes }, text);
  element.addEventListener('click', act);
  return element;
}

// The mark and the letter of a segment, as palette.chip makes them.
function chip(data, code) {
  const [svg, path] = ['svg', 'path'].map((name) => (
    document.createElementNS('http://www.w3.org/2000/svg', name)
  ));
  const drawn = { class: 'mark', viewBox: '0 0 12 12', 'aria-hidden': 'true' };
  for (const [key, value] of Object.entries(drawn)) svg.setAttribute(key, value);
  path.setAttribute('class', `m1 ${data.colours[code]}`);
  path.setAttribute('d', `M6 6${data.marks[code]}`);
  svg.append(path);
  return make('span', { class: `chip ${data.colours[code]}` }, svg, data.ids[code]);
}

const MONEY = /^([kKmM]?)([$€£])([kKmM]?)$/;
// How numbers are written for people, as core/number_format.py has it.
const { thousands = ',', decimal = '.', symbol = 'before' } = document.documentElement.dataset;
const spelled = (text) => text.replace(/[,.]/g, (sign) => (sign === ',' ? thousands : decimal));
const grouped = (n) => spelled(n.toLocaleString('en-US', { maximumFractionDigits: 20 }));
const people = (n) => `${grouped(n)} ${n === 1 ? 'customer' : 'customers'}`;

function percent(share) {
  return spelled(share > 0 && share < 0.0005 ? '<0.1%' : `${(100 * share).toFixed(1)}%`);
}

function withUnit(digits, unit) {
  const money = MONEY.exec(unit);
  const [sign, bare] = digits.startsWith('-') ? ['-', digits.slice(1)] : ['', digits];
  if (money) {
    const scale = (money[1] || money[3]).toLowerCase();
    const cents = !scale && bare.at(-2) === decimal ? '0' : ''; // two digits: $2.50
    const scaled = `${bare}${cents}${scale}`;
    return symbol === 'after' ? `${sign}${scaled}\u00a0${money[2]}` : `${sign}${money[2]}${scaled}`;
  }
  if (!unit) return digits;
  return unit === '%' ? `${digits}%` : `${digits} ${unit}`;
}

// A value as it is. Four digits stay together where they are no money: they may be a year.
function exactly(value, unit) {
  const alone = Math.abs(value) < (MONEY.test(unit) ? 1e3 : 1e4);
  return withUnit(alone ? spelled(String(value)) : grouped(value), unit);
}

// A sum or a mean: whole from 100 on, else three digits; of money to the cent.
function amount(value, unit) {
  const size = Math.abs(value);
  const inCents = MONEY.test(unit) && unit.length === 1 && size >= 0.01;
  const digits = inCents ? value.toFixed(2) : value.toPrecision(3);
  const rounded = size >= 100 ? Math.round(value) : Number(digits);
  return withUnit(grouped(rounded), unit);
}

// An acronym keeps its capitals.
function lowerFirst(label) {
  const words = label.split(' ');
  return words.map((word) => (/[A-Z]/.test(word.slice(1)) ? word : word.toLowerCase())).join(' ');
}

function range([low, high], say) {
  const [first, last] = [say(low), say(high)];
  return first === last ? first : `${first} to ${last}`;
}

const change = (before, after) => (before === after ? before : `${before} → ${after}`);
