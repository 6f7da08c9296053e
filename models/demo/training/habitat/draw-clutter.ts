import { shade } from '../colour.ts';
import { blob, fill, limb, n, type Point, stroke } from '../shapes.ts';
import type { Setting } from './habitat.ts';
import { bush, log, mound, rock, trunk, tuft } from './plants.ts';

/** What stands about on the ground behind and beside the animal. */
export function drawClutter(at: Setting): string {
  const { random, habitat, palette, width, height, horizon } = at;
  const count = random.int(2, 8);
  const depths = Array.from({ length: count }, () => random.range(0.05, 0.85)).sort(
    (a, b) => a - b,
  );
  let svg = '';
  for (const depth of depths) {
    const place: Point = [random.range(0, width), horizon + depth * (height - horizon)];
    const size = height * (0.05 + depth * 0.17) * random.range(0.7, 1.3);
    const kind = random.next();
    if (kind < 0.36) svg += bush(random, place, size, palette);
    else if (kind < 0.62) svg += rock(random, place, size, palette);
    else if (kind < 0.74) svg += log(random, place, size * 1.6, palette);
    else if (kind < 0.82 && (habitat === 'savanna' || habitat === 'outback'))
      svg += mound(random, place, size * 1.3, palette);
    else svg += tuft(random, place, size, palette.grass);
  }
  return svg + grass(at, 0.2, 0.8, random.int(6, 40)) + birds(at);
}

/** What stands between camera and animal: grass, a leafy corner, sometimes a trunk. */
export function drawForeground(at: Setting): string {
  const { random, habitat, palette, width, height } = at;
  let svg = grass(at, 0.84, 1.04, habitat === 'snow' ? random.int(0, 8) : random.int(3, 34));
  if (random.chance(habitat === 'forest' ? 0.2 : 0.08)) {
    svg += trunk(
      random,
      random.pick([random.range(0, 0.22), random.range(0.78, 1)]) * width,
      height * 1.02,
      random.range(12, 26),
      palette,
    );
  }
  if (random.chance(0.28)) svg += leaves(at);
  if (random.chance(0.12))
    svg += bush(
      random,
      [random.range(0, width), height * 1.03],
      height * random.range(0.14, 0.26),
      palette,
    );
  return svg;
}

function grass(
  { random, width, height, horizon, palette }: Setting,
  from: number,
  to: number,
  count: number,
): string {
  let svg = '';
  for (let i = 0; i < count; i++) {
    const depth = random.range(from, to);
    const place: Point = [random.range(-5, width + 5), horizon + depth * (height - horizon)];
    svg += tuft(
      random,
      place,
      height * (0.025 + depth * 0.06) * random.range(0.7, 1.4),
      palette.grass,
    );
  }
  return svg;
}

function leaves({ random, palette, width, height }: Setting): string {
  const right = random.chance(0.5);
  const x = (far: number) => (right ? width - far : far);
  let svg = stroke(
    `M${n(x(-5))} ${n(height * 0.02)}Q${n(x(width * 0.12))} ${n(height * 0.06)} ${n(x(width * 0.26))} ${n(height * 0.15)}`,
    palette.bark,
    2.4,
  );
  for (let i = 0; i < 18; i++) {
    const [lx, ly] = [x(random.range(-0.02, 0.28) * width), random.range(-0.02, 0.24) * height];
    svg += fill(
      limb([
        [lx, ly, 1],
        [lx + 4, ly + 5, 3.4],
        [lx + random.range(3, 9), ly + 11, 0.8],
      ]),
      shade(palette.leaf, random.range(-0.4, 0.1)),
    );
  }
  return svg;
}

function birds({ random, width, horizon }: Setting): string {
  if (!random.chance(0.15)) return '';
  let svg = '';
  const [x, y] = [random.range(0.1, 0.9) * width, random.range(0.15, 0.7) * horizon];
  for (let i = random.int(1, 5); i > 0; i--) {
    svg += stroke(
      `M${n(x + i * 12)} ${n(y + random.range(-8, 8))}q3 -4 5 0q2 -4 5 0`,
      '#3a3a3a',
      1.1,
    );
  }
  return svg;
}

/** A soft shadow under the animal. */
export function drawShadow(at: Setting, [x, y]: Point, half: number): string {
  return fill(
    blob(at.random, x, y + 1, half, half * 0.13, 0.08),
    '#000000',
    'opacity=".28" filter="url(#soft)"',
  );
}
