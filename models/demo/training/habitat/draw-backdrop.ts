import { mix, shade } from '../colour.ts';
import { blob, disc, fill, n, type Point, smooth, stroke } from '../shapes.ts';
import type { Setting } from './habitat.ts';
import { acacia, broadleaf, conifer, trunk } from './plants.ts';

/** Everything behind the animal: sky, distance, trees and ground. */
export function drawBackdrop(at: Setting): string {
  return sky(at) + distance(at) + ground(at) + texture(at) + trees(at);
}

function sky({ width, height, horizon, palette, random }: Setting): string {
  let svg =
    `<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.sky[0]}"/>` +
    `<stop offset="1" stop-color="${palette.sky[1]}"/></linearGradient><rect width="${width}" height="${n(Math.min(height, horizon + 4))}" fill="url(#sky)"/>`;
  const clouds = random.int(0, 3);
  for (let i = 0; i < clouds; i++) {
    const [x, y] = [random.range(0, width), random.range(0.1, 0.6) * horizon];
    for (let k = 0; k < 4; k++) {
      svg += fill(
        blob(random, x + k * 13 - 20, y + random.range(-4, 4), 16, 6),
        '#ffffff',
        'opacity=".5"',
      );
    }
  }
  return svg;
}

/** A line of hills or treetops right across the frame. */
function ridge({ random, width, horizon }: Setting, rise: number, rough: number, colour: string) {
  const points: Point[] = [];
  const phase = random.range(0, 6);
  for (let x = -20; x <= width + 20; x += rough) {
    const wave = Math.sin(x * 0.017 + phase) * 0.5 + Math.sin(x * 0.041 + phase * 2) * 0.25;
    points.push([x, horizon - rise * (0.6 + wave * 0.6 + random.range(-0.12, 0.12))]);
  }
  return fill(
    `${smooth(points, false)}L${width + 20} ${n(horizon + 6)}L-20 ${n(horizon + 6)}Z`,
    colour,
  );
}

function distance(at: Setting): string {
  const { random, habitat, palette, width, horizon } = at;
  const haze = mix(palette.far, palette.sky[1], 0.45);
  let svg =
    ridge(at, random.range(10, 46), 34, haze) + ridge(at, random.range(6, 24), 22, palette.far);
  if (habitat === 'outback' && random.chance(0.6)) svg += mesa(at);
  if (habitat === 'forest' || habitat === 'wetland')
    svg += ridge(at, random.range(34, 80), 9, palette.middle);
  if (habitat === 'snow' || habitat === 'meadow') {
    const count = random.int(8, 26);
    for (let i = 0; i < count; i++) {
      const place: Point = [random.range(0, width), horizon + random.range(0, 5)];
      svg += conifer(
        random,
        place,
        random.range(16, 40),
        { ...palette, leaf: mix(palette.leaf, palette.far, 0.5) },
        habitat === 'snow',
      );
    }
  }
  return svg;
}

function mesa({ random, width, horizon, palette }: Setting): string {
  const [x, half, tall] = [
    random.range(0.1, 0.9) * width,
    random.range(60, 110),
    random.range(22, 40),
  ];
  const path = `M${n(x - half)} ${n(horizon + 2)}Q${n(x - half * 0.9)} ${n(horizon - tall)} ${n(x - half * 0.6)} ${n(horizon - tall)}Q${n(x)} ${n(horizon - tall * 1.15)} ${n(x + half * 0.6)} ${n(horizon - tall * 0.95)}Q${n(x + half * 0.92)} ${n(horizon - tall * 0.8)} ${n(x + half)} ${n(horizon + 2)}Z`;
  let svg = fill(path, mix(palette.far, palette.sky[1], 0.12));
  for (let i = -3; i <= 3; i++) {
    const rx = x + i * half * 0.2;
    svg += stroke(
      `M${n(rx)} ${n(horizon - tall * 0.9)}q3 ${n(tall * 0.4)} 0 ${n(tall * 0.8)}`,
      shade(palette.far, -0.2),
      1.4,
    );
  }
  return svg;
}

function ground({ width, height, horizon, palette, habitat, random }: Setting): string {
  let svg =
    `<linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.ground[0]}"/>` +
    `<stop offset="1" stop-color="${palette.ground[1]}"/></linearGradient><rect y="${n(horizon)}" width="${width}" height="${n(height - horizon)}" fill="url(#ground)"/>`;
  if (habitat === 'wetland') {
    const y = horizon + random.range(0.04, 0.16) * height;
    const water = mix(palette.sky[0], '#3f6a70', 0.3);
    svg += fill(
      blob(random, random.range(0.2, 0.8) * width, y, width * 0.62, random.range(7, 16), 0.12),
      water,
    );
    for (let i = 0; i < 9; i++) {
      svg += stroke(
        `M${n(random.range(0, width))} ${n(y + random.range(-6, 7))}h${n(random.range(8, 30))}`,
        '#ffffff',
        0.8,
        'opacity=".35"',
      );
    }
  }
  return svg;
}

function texture({ random, width, height, horizon, palette, habitat }: Setting): string {
  let svg = '';
  for (let i = 0; i < 46; i++) {
    const depth = random.next() ** 1.4;
    const y = horizon + 4 + depth * (height - horizon);
    const size = 3 + depth * 16;
    const tone = shade(palette.ground[1], random.range(-0.16, 0.2));
    svg += fill(
      blob(random, random.range(0, width), y, size * 1.6, size * 0.22),
      tone,
      'opacity=".4"',
    );
  }
  if (habitat === 'meadow') {
    for (let i = 0; i < 40; i++) {
      const depth = random.next();
      const colour = random.pick(['#f5e663', '#ffffff', '#e58ab5', '#c9a0e8']);
      svg += disc(
        random.range(0, width),
        horizon + 6 + depth * (height - horizon),
        0.6 + depth * 1.2,
        colour,
      );
    }
  }
  return svg;
}

function trees(at: Setting): string {
  const { random, habitat, palette, width, horizon, height } = at;
  const counts = { savanna: 4, forest: 9, meadow: 3, outback: 4, snow: 6, wetland: 5 };
  const count = random.int(0, counts[habitat]);
  const depths = Array.from({ length: count }, () => random.next() ** 2).sort((a, b) => a - b);
  let svg = '';
  for (const depth of depths) {
    const place: Point = [random.range(-10, width + 10), horizon + 2 + depth * height * 0.16];
    const size = (0.16 + depth * 0.5) * height * random.range(0.8, 1.3);
    if (habitat === 'savanna') svg += acacia(random, place, size, palette);
    else if (habitat === 'snow') svg += conifer(random, place, size, palette, true);
    else if (habitat === 'forest') {
      const faded = { ...palette, bark: mix(palette.bark, palette.far, 0.55 - depth * 0.5) };
      svg += trunk(random, place[0], place[1], 5 + depth * 20, faded);
    } else svg += broadleaf(random, place, size, palette);
  }
  return svg;
}
