// What becomes of customers and of their money where a cut is moved: from the counts of
// survey/cuts.py alone. Ranges are [least, most]; both are the same where all is known.

const FINE = 10000; // payload.py

// What html/payload.py packed: cells from bin to bin, and figures as steps from one to the next.
function unpacked(cut, metrics) {
  const width = 3 + metrics;
  const cells = [];
  let bin = 0;
  for (let i = 0; i < cut.cells.length; i += width) {
    const [step, way, n, ...sums] = cut.cells.slice(i, i + width);
    const [below, above] = cut.ways.slice(2 * way, 2 * way + 2);
    const parts = sums.map((sum) => (Array.isArray(sum) ? sum : [sum, 0]));
    bin += step;
    cells.push({ bin, below, above, n, gains: parts.map(([gain]) => gain), losses: parts.map(([, loss]) => loss) });
  }
  const figures = (steps, fine) => {
    let sum = 0;
    return steps.map((step) => {
      if (step === null) return null;
      sum += step;
      return sum / fine;
    });
  };
  return {
    ...cut,
    cells,
    bins: new Set(cells.map((cell) => cell.bin)),
    loss: figures(cut.loss, FINE),
    agreed: figures(cut.agreed, 1),
    explained: cut.explained.map((steps) => figures(steps, FINE)),
  };
}

// Bins up to `below` are below a cut at the value. Customers of bin `open` are on either side of
// it, and nobody knows how many. null: beyond the edges, of which the page has no counts.
function standing(cut, value) {
  const { edges } = cut;
  const at = edges.findIndex((edge) => edge >= value);
  if (at < 0 || value < edges[0]) return null;
  if (edges[at] === value) return { below: at, open: null };
  // Where each value has an edge, a bin holds the one value that is on an edge of it; and those
  // without a value, who lie where the median does.
  const { filled } = cut;
  const isFilled = filled !== null && filled > edges[at - 1] && filled < edges[at];
  if (cut.exact && !isFilled) return { below: cut.inclusive ? at - 1 : at, open: null };
  return cut.bins.has(at) ? { below: at - 1, open: at } : { below: at, open: null };
}

// Who goes from where to where, with how much of each metric.
function flowsTo(cut, { below, open }) {
  const flows = new Map();
  for (const cell of cut.cells) {
    const was = cell.bin <= cut.now;
    const isOpen = cell.bin === open;
    if (!isOpen && was === (cell.bin <= below)) continue;
    const [from, to] = was ? [cell.below, cell.above] : [cell.above, cell.below];
    const key = `${from} ${to}`;
    const flow = flows.get(key) || { from, to, n: [0, 0], money: cell.gains.map(() => [0, 0]) };
    flows.set(key, flow);
    flow.n[0] += isOpen ? 0 : cell.n;
    flow.n[1] += cell.n;
    cell.gains.forEach((gain, metric) => {
      // any of them may stay: those who lose money, or those who bring it
      const loss = cell.losses[metric];
      flow.money[metric][0] += isOpen ? loss : gain + loss;
      flow.money[metric][1] += isOpen ? gain : gain + loss;
    });
  }
  return [...flows.values()];
}

const added = (ranges) => ranges.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);

// A figure of each segment as it would be, by code.
function after(before, flows, figure) {
  return before.map((value, code) => {
    const come = added(flows.filter((flow) => flow.to === code).map(figure));
    const go = added(flows.filter((flow) => flow.from === code).map(figure));
    return [value + come[0] - go[1], value + come[1] - go[0]];
  });
}

// Sums of rounded sums leave a rest where there is nothing: nobody has 0.
function sumsOf(before, sums, n) {
  const least = 1e-9 * before.reduce((all, sum) => all + Math.abs(sum), 0);
  return sums.map((range, code) => range.map((sum) => (n[code][1] === 0 || Math.abs(sum) < least ? 0 : sum)));
}

// All that the page knows of a cut at a value, with the money of one metric; null beyond the edges.
function outcome(data, cut, value, metric) {
  const stands = standing(cut, value);
  if (stands === null) return null;
  const { below, open } = stands;
  const places = open === null ? [below, below] : [open - 1, open];
  const at = (array) => {
    const found = places.map((place) => array[place]);
    return found.includes(null) ? null : found.sort((a, b) => a - b);
  };
  const flows = flowsTo(cut, stands);
  const ofMoney = (flow) => flow.money[metric];
  const known = data.metrics[metric];
  const n = after(data.n, flows, (flow) => flow.n);
  return {
    open,
    flows,
    moving: added(flows.map((flow) => flow.n)),
    n,
    money: known && added(flows.map(ofMoney)),
    sums: known && sumsOf(known.sum, after(known.sum, flows, ofMoney), n),
    loss: at(cut.loss),
    agreed: at(cut.agreed),
    explained: known && at(cut.explained[metric]),
  };
}
