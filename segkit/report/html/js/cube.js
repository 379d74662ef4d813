// Three features in space, turned by dragging or by arrow keys. Its first frame is an image of
// its own, which stays where no script runs.

const SIZE = 600; // of the drawing, in its own units; the canvas is as wide as there is room
const [CENTER, WIDE, HIGH] = [SIZE / 2, 150, 150];

function startCube(box, data, filter) {
  const image = find('svg', box);
  if (data.axes.length !== 3 || !image) return;
  const features = data.axes.map((place) => data.features[place]);
  const ends = features.map((feature, axis) => {
    const values = data.dots.map((dot) => dot[axis + 1]).filter((value) => value !== null);
    return [Math.min(...values), Math.max(...values)].map((value) => onScale(value, feature));
  });
  const dots = data.dots
    .filter((dot) => !dot.includes(null))
    .map(([code, ...values]) => [code, values.map((value, axis) => {
      const [low, high] = ends[axis];
      return high > low ? (2 * (onScale(value, features[axis]) - low)) / (high - low) - 1 : 0;
    })]);
  const label = `${features.map((feature) => feature.label).join(', ')} in space; arrow keys turn it`;
  const canvas = make('canvas', { tabindex: 0, role: 'img', 'aria-label': label });
  let [yaw, pitch] = [0.7, 0.42];

  const project = ([x, y, z]) => {
    const [across, deep] = [
      x * Math.cos(yaw) - y * Math.sin(yaw),
      x * Math.sin(yaw) + y * Math.cos(yaw),
    ];
    const up = z * Math.cos(pitch) - deep * Math.sin(pitch);
    return [CENTER + WIDE * across, CENTER - HIGH * up, deep];
  };

  function draw() {
    const ratio = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const pen = canvas.getContext('2d');
    pen.scale(canvas.width / SIZE, canvas.width / SIZE);
    const style = getComputedStyle(canvas);
    pen.strokeStyle = style.getPropertyValue('--ln') || style.color;
    pen.beginPath();
    for (const [from, to] of EDGES) {
      pen.moveTo(...project(from).slice(0, 2));
      pen.lineTo(...project(to).slice(0, 2));
    }
    pen.stroke();
    const placed = dots.map(([code, at]) => [code, project(at)]);
    for (const [code, [x, y, deep]] of placed.sort((a, b) => b[1][2] - a[1][2])) {
      const isOther = filter.picked && data.ids[code] !== filter.picked;
      pen.globalAlpha = isOther ? 0.1 : 0.8 - 0.15 * deep;
      pen.fillStyle = style.getPropertyValue(`--c${data.colours[code].slice(1)}`) || style.color;
      pen.beginPath();
      pen.arc(x, y, 4 - 0.7 * deep, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
    pen.fillStyle = style.color;
    pen.font = '15px sans-serif';
    pen.textAlign = 'center';
    features.forEach((feature, axis) => {
      const at = [-1, -1, -1];
      at[axis] = 1.15;
      pen.fillText(feature.label, ...project(at).slice(0, 2));
    });
  }

  function turn(across, up) {
    yaw += across;
    pitch = Math.max(-0.2, Math.min(1.4, pitch + up));
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
    const by = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!by) return;
    event.preventDefault();
    turn(...by);
  });
  box.addEventListener('toggle', () => {
    if (!box.open) return;
    if (!canvas.isConnected) {
      image.after(canvas);
      image.style.display = 'none';
      redraws.push(draw);
      filter.listeners.push(draw);
      addEventListener('resize', draw);
    }
    draw();
  });
}

const EDGES = [-1, 1].flatMap((a) => [-1, 1].flatMap((b) => [
  [[-1, a, b], [1, a, b]],
  [[a, -1, b], [a, 1, b]],
  [[a, b, -1], [a, b, 1]],
]));

function onScale(value, feature) {
  return feature.log ? Math.log1p(Math.max(value, 0)) : value;
}
