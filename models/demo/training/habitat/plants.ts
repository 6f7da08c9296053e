import { mix, shade } from '../colour.ts';
import type { Random } from '../random.ts';
import { blob, disc, fill, limb, n, type Point, stroke } from '../shapes.ts';
import type { Palette } from './habitat.ts';

/** A flat-topped savanna tree; `size` is its height. */
export function acacia(random: Random, [x, y]: Point, size: number, p: Palette): string {
  const lean = random.range(-0.12, 0.12) * size;
  let svg = stroke(
    `M${n(x)} ${n(y)}Q${n(x + lean * 0.2)} ${n(y - size * 0.4)} ${n(x + lean)} ${n(y - size * 0.78)}`,
    p.bark,
    size * 0.055,
  );
  for (const side of [-1, 1, -0.5]) {
    svg += stroke(
      `M${n(x + lean * 0.4)} ${n(y - size * 0.42)}Q${n(x + lean * 0.6 + side * size * 0.16)} ${n(y - size * 0.6)} ${n(x + lean + side * size * 0.42)} ${n(y - size * 0.82)}`,
      p.bark,
      size * 0.028,
    );
  }
  for (let i = 0; i < 6; i++) {
    const t = i / 5 - 0.5;
    svg += fill(
      blob(
        random,
        x + lean + t * size * 0.95,
        y - size * (0.88 - Math.abs(t) * 0.1),
        size * 0.24,
        size * 0.1,
      ),
      shade(p.leaf, random.range(-0.25, 0.12)),
    );
  }
  return svg;
}

/** A conifer, snow-laden if asked. */
export function conifer(
  random: Random,
  [x, y]: Point,
  size: number,
  p: Palette,
  snowy: boolean,
): string {
  let svg = stroke(`M${n(x)} ${n(y)}L${n(x)} ${n(y - size * 0.3)}`, p.bark, size * 0.05);
  const tone = shade(p.leaf, random.range(-0.3, 0.1));
  for (let i = 0; i < 5; i++) {
    const base = y - size * (0.1 + i * 0.17);
    const half = size * (0.25 - i * 0.042);
    const tip = base - size * 0.29;
    svg += fill(
      `M${n(x - half)} ${n(base)}Q${n(x)} ${n(base + size * 0.05)} ${n(x + half)} ${n(base)}L${n(x)} ${n(tip)}Z`,
      shade(tone, -0.12 + i * 0.05),
    );
    if (snowy) {
      svg += fill(
        `M${n(x - half * 0.85)} ${n(base - size * 0.012)}L${n(x)} ${n(tip)}L${n(x + half * 0.3)} ${n(base - size * 0.15)}Q${n(x - half * 0.2)} ${n(base - size * 0.1)} ${n(x - half * 0.85)} ${n(base - size * 0.012)}Z`,
        '#f3f7fa',
        'opacity=".85"',
      );
    }
  }
  return svg;
}

/** A broad-leaved tree; the outback's are white-barked gums. */
export function broadleaf(random: Random, [x, y]: Point, size: number, p: Palette): string {
  const lean = random.range(-0.1, 0.1) * size;
  let svg = fill(
    limb([
      [x, y, size * 0.06],
      [x + lean * 0.4, y - size * 0.3, size * 0.042],
      [x + lean, y - size * 0.62, size * 0.03],
    ]),
    p.bark,
  );
  for (let i = 0; i < 8; i++) {
    const angle = random.range(0, 2 * Math.PI);
    const far = random.range(0, 0.24) * size;
    svg += fill(
      blob(
        random,
        x + lean + Math.cos(angle) * far * 1.2,
        y - size * 0.76 + Math.sin(angle) * far * 0.7,
        size * 0.19,
        size * 0.14,
      ),
      shade(p.leaf, random.range(-0.28, 0.16) - Math.sin(angle) * 0.1),
    );
  }
  return svg + foot(random, [x, y + size * 0.045], size * 0.09, p);
}

/** A big near trunk that leaves the frame at the top. */
export function trunk(random: Random, x: number, base: number, width: number, p: Palette): string {
  const lean = random.range(-0.6, 0.6) * width;
  const outline = limb([
    [x, base + width * 0.1, width * 0.72],
    [x + lean * 0.2, base - width * 0.9, width * 0.52],
    [x + lean, base - width * 5, width * 0.45],
    [x + lean * 1.6, -width, width * 0.42],
  ]);
  let svg = fill(outline, p.bark);
  for (let i = 0; i < 16; i++) {
    const [bx, by] = [x + lean * 0.7 + random.range(-0.4, 0.4) * width, random.range(0, base)];
    svg += stroke(
      `M${n(bx)} ${n(by)}q${n(random.range(-2, 2))} ${n(width * 0.4)} 0 ${n(width * 0.8)}`,
      shade(p.bark, random.range(-0.4, 0.2)),
      Math.max(0.8, width * 0.05),
    );
  }
  return svg + foot(random, [x, base + width * 0.7], width * 1.2, p);
}

/** The grass that hides where a trunk meets the ground. */
function foot(random: Random, [x, y]: Point, size: number, p: Palette): string {
  return [-0.5, 0, 0.5].map((off) => tuft(random, [x + off * size, y], size, p.grass)).join('');
}

/** A bush of leafy blobs. */
export function bush(random: Random, [x, y]: Point, size: number, p: Palette): string {
  let svg = '';
  for (let i = 0; i < 7; i++) {
    const [bx, by] = [x + random.range(-0.6, 0.6) * size, y - random.range(0.12, 0.55) * size];
    svg += fill(
      blob(random, bx, by, size * 0.34, size * 0.28),
      shade(p.leaf, random.range(-0.3, 0.18)),
    );
  }
  for (let i = 0; i < 14; i++) {
    svg += disc(
      x + random.range(-0.8, 0.8) * size,
      y - random.range(0.05, 0.75) * size,
      size * 0.05,
      shade(p.leaf, random.range(-0.1, 0.35)),
    );
  }
  return svg;
}

/** A tuft of grass blades. */
export function tuft(random: Random, [x, y]: Point, size: number, colour: string): string {
  let svg = '';
  for (let i = 0; i < 7; i++) {
    const lean = random.range(-0.55, 0.55) * size;
    const tall = size * random.range(0.6, 1.1);
    svg += stroke(
      `M${n(x + lean * 0.25)} ${n(y)}Q${n(x + lean * 0.35)} ${n(y - tall * 0.6)} ${n(x + lean)} ${n(y - tall)}`,
      shade(colour, random.range(-0.28, 0.24)),
      Math.max(0.7, size * 0.06),
    );
  }
  return svg;
}

/** A rock with a lit top. */
export function rock(random: Random, [x, y]: Point, size: number, p: Palette): string {
  const tone = shade(p.rock, random.range(-0.15, 0.12));
  return (
    fill(blob(random, x, y - size * 0.25, size * 0.6, size * 0.4, 0.16), shade(tone, -0.25)) +
    fill(blob(random, x - size * 0.06, y - size * 0.36, size * 0.48, size * 0.26, 0.16), tone)
  );
}

/** A fallen log. */
export function log(random: Random, [x, y]: Point, size: number, p: Palette): string {
  const tilt = random.range(-0.12, 0.12) * size;
  const r = size * 0.1;
  const end: Point = [x + size * 0.6, y - r - tilt];
  return (
    fill(
      limb([
        [x - size * 0.6, y - r + tilt, r],
        [x, y - r * 1.1, r * 1.05],
        [end[0], end[1], r],
      ]),
      shade(p.bark, -0.05),
    ) +
    disc(end[0], end[1], r * 0.95, mix(p.bark, '#e0c79a', 0.55)) +
    disc(end[0], end[1], r * 0.5, mix(p.bark, '#e0c79a', 0.25))
  );
}

/** A termite mound. */
export function mound(random: Random, [x, y]: Point, size: number, p: Palette): string {
  return fill(
    limb([
      [x, y, size * 0.34],
      [x + size * 0.04, y - size * 0.4, size * 0.24],
      [x + random.range(-0.1, 0.1) * size, y - size * 0.85, size * 0.09],
    ]),
    shade(p.ground[1], -0.12),
  );
}
