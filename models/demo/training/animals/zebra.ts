import { mix } from '../colour.ts';
import type { Random } from '../random.ts';
import { bars, disc, fill, limb, n, type Point, smooth, stroke } from '../shapes.ts';
import { hooves } from './deer.ts';
import type { Drawing, Individual } from './individual.ts';
import { type Build, dressed, pose, type Skeleton } from './quadruped.ts';

const INK = '#1e1a1a';

/** A plains zebra. */
export function drawZebra(who: Individual): Drawing {
  const { random } = who;
  const build: Build = {
    length: 76,
    hip: 76,
    shoulder: 74,
    rump: 21,
    waist: 21,
    chest: 22,
    leg: { thigh: 12, shin: 6.5, ankle: 4.4, foot: 4.6, toe: 4 },
    neck: { length: 44, base: 16, tip: 11 },
    angles: { up: 56, level: 26, down: -50 },
    head: 38,
    stride: 24,
  };
  const bones = pose(build, random);
  const white = mix('#f3efe6', '#e5d8c2', random.next());
  const svg = dressed(who, build, bones, {
    coat: white,
    tail:
      stroke('M-20 -86Q-32 -70 -28 -50', white, 5) +
      fill('M-33 -54L-24 -54L-22 -26Q-28 -20 -33 -28Z', INK),
    markings: stripes(who, bones, white),
    farMarkings: legBands(random, bones.feet.slice(2)),
    over: mane(bones) + hooves(bones.feet),
    head: head(who, white),
  });
  return { svg, height: 118, span: 165, middle: 52 };
}

function stripes({ random }: Individual, bones: Skeleton, white: string): string {
  let svg = '';
  for (let i = 0; i < 15; i++) {
    const t = i / 14.6;
    const top = -22 + t * 126;
    const lean = (1 - t) ** 2 * 58;
    const x = top + random.range(-1.4, 1.4);
    svg += stroke(
      `M${n(x)} -102Q${n(x - lean * 0.1 + 3)} ${n(-76)} ${n(x - lean * 0.9)} ${n(-44 + lean * 0.1)}`,
      INK,
      random.range(4, 5.6),
    );
  }
  const [a, b] = [bones.neckFrom, bones.neckTo];
  const at = (t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
  svg += fill(
    limb([
      [...at(0.22), 15.5],
      [...at(0.6), 14],
      [...at(1), 12],
    ]),
    white,
  );
  svg += bars(at(0.1), at(1), { count: 6, half: 18, width: 4, colour: INK, random });
  return svg + legBands(random, bones.feet.slice(0, 2));
}

function legBands(random: Random, feet: readonly Point[]): string {
  return feet
    .map(([x]) =>
      bars([x - 2, -54], [x, -8], { count: 8, half: 18, width: 2.8, colour: INK, random }),
    )
    .join('');
}

function mane({ neckFrom, neckTo }: Skeleton): string {
  const size = Math.hypot(neckTo[0] - neckFrom[0], neckTo[1] - neckFrom[1]);
  const [ux, uy] = [(neckTo[0] - neckFrom[0]) / size, (neckTo[1] - neckFrom[1]) / size];
  let svg = '';
  for (let i = 0; i < 16; i++) {
    const t = i / 15.5;
    const r = 15 - t * 4.5;
    const at: Point = [
      neckFrom[0] + (neckTo[0] - neckFrom[0]) * t + uy * r + Math.sin(t * Math.PI) * 2.5,
      neckFrom[1] + (neckTo[1] - neckFrom[1]) * t - ux * r + Math.sin(t * Math.PI) * 2,
    ];
    const tip: Point = [at[0] + uy * 9 + ux * 2, at[1] - ux * 9 + uy * 2];
    svg += stroke(
      `M${n(at[0])} ${n(at[1])}L${n(tip[0])} ${n(tip[1])}`,
      i % 3 === 2 ? '#eee6d8' : INK,
      3.4,
    );
  }
  return svg;
}

function head({ eye }: Individual, white: string): string {
  const skull = smooth([
    [-0.3, -0.2],
    [0.04, -0.32],
    [0.34, -0.27],
    [0.7, -0.14],
    [0.98, -0.04],
    [1.04, 0.1],
    [0.92, 0.24],
    [0.62, 0.22],
    [0.3, 0.34],
    [-0.1, 0.38],
    [-0.3, 0.2],
  ]);
  const ear = smooth([
    [-0.06, -0.26],
    [-0.12, -0.52],
    [-0.02, -0.66],
    [0.08, -0.5],
    [0.1, -0.28],
  ]);
  const lines = [
    'M0.1 -0.3Q0.2 0 0.06 0.34',
    'M0.25 -0.27Q0.32 -0.02 0.22 0.32',
    'M0.42 -0.24Q0.48 0 0.4 0.26',
    'M0.57 -0.19Q0.63 0 0.56 0.2',
    'M-0.06 -0.28Q0.04 0.02 -0.1 0.34',
  ];
  return (
    fill(skull, white) +
    lines.map((d) => stroke(d, INK, 0.062)).join('') +
    fill(
      smooth([
        [0.72, -0.12],
        [0.98, -0.04],
        [1.04, 0.1],
        [0.92, 0.24],
        [0.7, 0.2],
      ]),
      INK,
    ) +
    fill(ear, white, `stroke="${INK}" stroke-width=".06"`) +
    disc(0.36, -0.1, 0.066, '#f3efe6') +
    disc(0.37, -0.1, 0.056, eye)
  );
}
