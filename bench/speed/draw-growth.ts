/** A run of so many photos. */
export interface Step {
  readonly photos: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Of all its processes, in bytes, evenly over its time. */
  readonly residentBytes: readonly number[];
}

const PANEL = { width: 360, height: 220, left: 56, top: 34, gap: 60, right: 24 };
const MIB = 2 ** 20;
const COLOURS = ['#7c5cbf', '#2a9d8f', '#c8553d', '#b8860b'];

/** Two panels: processor time by photos, and each run's memory over its course. */
export function drawGrowth(steps: readonly Step[]): string {
  const { width, height, left, top, gap, right } = PANEL;
  const whole = { width: 2 * (left + width) + gap + right, height: top + height + 46 };
  const most = Math.max(...steps.map(({ photos }) => photos));
  const cpu = drawPanel({
    x: left,
    title: 'CPU seconds by photos',
    xMost: most,
    yMost: Math.max(...steps.map(({ cpuSeconds }) => cpuSeconds)),
    xName: (value) => `${Math.round(value / 1000)}k`,
    lines: [steps.map(({ photos, cpuSeconds }) => [photos, cpuSeconds] as const)],
    dots: true,
    names: [],
  });
  const memory = drawPanel({
    x: left + width + gap + left,
    title: 'Memory in MiB over the course of each run',
    xMost: 1,
    yMost: Math.max(...steps.map(({ peakBytes }) => peakBytes / MIB)),
    xName: (value) => `${Math.round(value * 100)}%`,
    lines: steps.map(({ residentBytes }) => thin(residentBytes)),
    dots: false,
    names: steps.map(({ photos }) => `${photos.toLocaleString('en')} photos`),
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.width} ${whole.height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Time and memory of runs by their photos">
<rect width="100%" height="100%" fill="#fff"/>
${cpu}
${memory}
</svg>
`;
}

/** At most 200 points, by share of the time. */
function thin(residentBytes: readonly number[]): (readonly [number, number])[] {
  const every = Math.max(1, Math.ceil(residentBytes.length / 200));
  return residentBytes.flatMap((bytes, n) =>
    n % every === 0 ? [[n / residentBytes.length, bytes / MIB] as const] : [],
  );
}

interface Panel {
  readonly x: number;
  readonly title: string;
  readonly xMost: number;
  readonly yMost: number;
  xName(value: number): string;
  readonly lines: readonly (readonly (readonly [number, number])[])[];
  readonly dots: boolean;
  readonly names: readonly string[];
}

function drawPanel({ x, title, xMost, yMost, xName, lines, dots, names }: Panel): string {
  const { width, height, top } = PANEL;
  const step = chooseStep(yMost);
  const high = Math.ceil(yMost / step) * step;
  const at = ([px, py]: readonly [number, number]) =>
    `${(x + (px / xMost) * width).toFixed(1)},${(top + height - (py / high) * height).toFixed(1)}`;
  const grid = Array.from({ length: Math.round(high / step) + 1 }, (_, n) => n * step).map((y) => {
    const [, py] = at([0, y]).split(',');
    return `<line x1="${x}" x2="${x + width}" y1="${py}" y2="${py}" stroke="#ddd"/><text x="${x - 6}" y="${Number(py) + 4}" text-anchor="end" fill="#444">${y}</text>`;
  });
  const below = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const [px] = at([share * xMost, 0]).split(',');
    return `<text x="${px}" y="${top + height + 18}" text-anchor="middle" fill="#444">${xName(share * xMost)}</text>`;
  });
  const drawn = lines.map((line, n) => {
    const colour = COLOURS[n % COLOURS.length];
    const path = `<polyline points="${line.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
    if (!dots) return path;
    const circles = line.map((point) => {
      const [cx, cy] = at(point).split(',');
      return `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/>`;
    });
    return path + circles.join('');
  });
  const legend = names.map(
    (name, n) =>
      `<text x="${x + width}" y="${top + height - 10 - 16 * (names.length - 1 - n)}" text-anchor="end" fill="${COLOURS[n % COLOURS.length]}">${name}</text>`,
  );
  const heading = `<text x="${x}" y="18" font-weight="600" fill="#222">${title}</text>`;
  return [heading, ...grid, ...below, ...drawn, ...legend].join('\n');
}

/** 1, 2 or 5 times a power of ten, for some five lines. */
function chooseStep(most: number): number {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((n) => n * power >= rough) ?? 10;
  return factor * power;
}
