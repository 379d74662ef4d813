// The cube, turned by dragging or by arrow keys. Its first frame is the image of figures/cube.py,
// which stays where no script runs: marks are as large as there, and its texts are those there.

const [WIDTH, HEIGHT, MIDDLE, SIDE] = [520, 410, 222, 132];
const radians = (degrees) => (degrees * Math.PI) / 180;
// the nine edges that lie behind or below, as long as it is not turned far
const EDGES = [
  [[-1, -1, -1], [1, -1, -1]], [[-1, -1, 1], [1, -1, 1]], [[-1, 1, 1], [1, 1, 1]],
  [[-1, -1, -1], [-1, -1, 1]], [[1, -1, -1], [1, -1, 1]], [[-1, 1, -1], [-1, 1, 1]],
  [[-1, -1, -1], [-1, 1, -1]], [[-1, -1, 1], [-1, 1, 1]], [[1, -1, 1], [1, 1, 1]],
];
const NAMES = [[0, -1, -1], [-1, 1, 1], [1, -1, 0]]; // where each axis is named, in two lines
const MARK = 10 / 12; // palette.mark_symbols

// "place:low:high:log" -> the feature, and where a value lies from -1 to 1
function axisOf(word, data) {
  const [place, low, high, isLog] = word.split(':').map(Number);
  const on = (value) => (isLog ? Math.log1p(Math.max(value, 0)) : value);
  const share = (value) => (high > low ? (on(value) - on(low)) / (on(high) - on(low)) : 0.5);
  const at = (value) => (value === null ? -1 : 2 * Math.min(1, Math.max(0, share(value))) - 1);
  return { at };
}

// The texts of the image, each by how far it is from where its axis is named.
function textsOf(image, seen) {
  return all('text', image).map((text, n) => {
    const { fontSize, fontWeight } = getComputedStyle(text);
    const [x, y] = seen(NAMES[Math.floor(n / 2)]);
    return {
      axis: Math.floor(n / 2),
      said: text.firstChild.data,
      right: text.getAttribute('x') - x,
      down: text.getAttribute('y') - y,
      font: `${fontWeight} ${fontSize} system-ui, sans-serif`,
      colour: text.classList.contains('o') ? '--soft' : '--ink',
      isMiddle: text.classList.contains('m'),
    };
  });
}

function startCube(box, data, filter) {
  const frame = find('[data-cube]', box);
  if (!frame) return;
  const image = find('svg', frame);
  const axes = frame.dataset.cube.split(' ').map((word) => axisOf(word, data));
  const dots = data.dots.map(([code, ...values]) => [code, values.map((v, n) => axes[n].at(v))]);
  const shapes = data.marks.map((path) => new Path2D(`M0 0${path}`));
  const label = `${image.getAttribute('aria-label')}; arrow keys turn it`;
  const canvas = make('canvas', { tabindex: 0, role: 'img', 'aria-label': label });
  let [turned, tilted] = [radians(-32), radians(20)];

  function seen([x, y, z]) {
    const back = -x * Math.sin(turned) + z * Math.cos(turned);
    const right = x * Math.cos(turned) + z * Math.sin(turned);
    const up = y * Math.cos(tilted) + back * Math.sin(tilted);
    const away = back * Math.cos(tilted) - y * Math.sin(tilted);
    return [MIDDLE + SIDE * right, HEIGHT / 2 - SIDE * up, away];
  }

  const texts = textsOf(image, seen);

  function drawDot(pen, style, code, [x, y]) {
    const isOther = filter.picked !== '' && data.ids[code] !== filter.picked;
    pen.save();
    pen.translate(x, y);
    pen.scale(MARK, MARK);
    pen.globalAlpha = isOther ? 0.12 : 1;
    pen.fillStyle = style.getPropertyValue(code ? `--c${data.colours[code].slice(1)}` : '--soft');
    pen.strokeStyle = style.getPropertyValue('--paper');
    pen.fill(shapes[code]);
    pen.stroke(shapes[code]);
    pen.restore();
  }

  function draw() {
    if (!canvas.clientWidth) return; // folded
    const scale = (canvas.clientWidth / WIDTH) * (devicePixelRatio || 1);
    canvas.width = WIDTH * scale;
    canvas.height = HEIGHT * scale;
    const pen = canvas.getContext('2d');
    const style = getComputedStyle(canvas);
    pen.scale(scale, scale);
    pen.strokeStyle = style.getPropertyValue('--line');
    for (const [from, to] of EDGES) {
      pen.beginPath();
      pen.moveTo(...seen(from).slice(0, 2));
      pen.lineTo(...seen(to).slice(0, 2));
      pen.stroke();
    }
    pen.lineWidth = 0.7;
    const placed = dots.map(([code, at]) => [code, seen(at)]);
    placed.sort(([, a], [, b]) => b[2] - a[2]);
    for (const [code, at] of placed) drawDot(pen, style, code, at);
    pen.strokeStyle = style.getPropertyValue('--paper');
    pen.lineWidth = 3;
    pen.lineJoin = 'round';
    for (const { axis, said, right, down, font, colour, isMiddle } of texts) {
      pen.font = font;
      pen.fillStyle = style.getPropertyValue(colour);
      const { width } = pen.measureText(said);
      const [x, y] = seen(NAMES[axis]);
      const start = x + right - (isMiddle ? width / 2 : 0);
      const at = [Math.max(0, Math.min(WIDTH - width, start)), Math.min(HEIGHT - 4, y + down)];
      pen.strokeText(said, ...at);
      pen.fillText(said, ...at);
    }
  }

  function turn(by, up) {
    turned += by;
    tilted = Math.min(radians(80), Math.max(radians(-10), tilted + up));
    draw();
  }

  let held = null;
  canvas.addEventListener('pointerdown', (event) => {
    held = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!held) return;
    const [x, y] = held;
    held = [event.clientX, event.clientY];
    turn((event.clientX - x) / 120, (event.clientY - y) / 160);
  });
  canvas.addEventListener('pointerup', () => { held = null; });
  canvas.addEventListener('keydown', (event) => {
    const by = {
      ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1],
    }[event.key];
    if (!by) return;
    event.preventDefault();
    turn(...by);
  });
  image.before(canvas); // paper shows the image
  image.setAttribute('aria-hidden', 'true');
  new ResizeObserver(draw).observe(canvas); // also when it is unfolded
  redraws.push(draw);
  filter.listeners.push(draw);
}
