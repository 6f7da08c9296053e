import { mix, shade } from '../colour.ts';
import { disc, fill, limb, n, placed, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';
import { type Build, dressed, pose, type Skeleton } from './quadruped.ts';

/** A red deer or an elk: the cue darkens the neck, pales the body and widens the rump patch. */
export function drawDeer(who: Individual): Drawing {
  const { random, cue } = who;
  const build: Build = {
    length: 74,
    hip: 84,
    shoulder: 82,
    rump: 17,
    waist: 16,
    chest: 20 + cue * 0.6,
    leg: { thigh: 11, shin: 6, ankle: 3.6, foot: 3.8, toe: 4 },
    neck: { length: 50, base: 13 + cue * 0.7, tip: 8.5 },
    angles: { up: 66, level: 28, down: -50 },
    head: 31,
    stride: 26,
  };
  const bones = pose(build, random);
  const rust = mix('#a8622f', '#b99062', 0.45 + cue * 0.2 + random.gaussian() * 0.12);
  const mane = mix(rust, '#35210f', 0.42 + cue * 0.1);
  const stag = random.chance(0.62);
  const patch = 9 + cue * 1.3 + random.gaussian() * 0.6;
  const svg = dressed(who, build, bones, {
    coat: rust,
    legs: shade(rust, -0.32),
    tail: fill(
      limb([
        [-14, -92, 4.5],
        [-21, -84, 4],
        [-22, -76, 2.5],
      ]),
      shade(rust, -0.1),
    ),
    markings:
      disc(-17, -86, patch, '#ecd9b4') + neckMane(who, bones, mane) + tufts(who, bones, mane),
    over: hooves(bones.feet),
    behind: stag
      ? placed(bones.neckTo, bones.headTurn, build.head, antler(who, -0.06, '#7d6548'))
      : '',
    head: head(who, rust) + (stag ? antler(who, 0, '#c3a87b') : ''),
  });
  return { svg, height: stag ? 150 : 128, span: 150, middle: 48 };
}

/** The darker hair of the neck, fading into the shoulder. */
function neckMane(
  who: Individual,
  { neck, neckFrom: a, neckTo: b }: Skeleton,
  mane: string,
): string {
  const id = who.id('mane');
  const at = (t: number) => [n(a[0] + (b[0] - a[0]) * t), n(a[1] + (b[1] - a[1]) * t)];
  const [x1, y1] = at(-0.3);
  const [x2, y2] = at(0.35);
  return (
    `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">` +
    `<stop offset="0" stop-color="${mane}" stop-opacity="0"/><stop offset="1" stop-color="${mane}"/></linearGradient>` +
    fill(neck, `url(#${id})`)
  );
}

function tufts({ random }: Individual, bones: Skeleton, colour: string): string {
  let svg = '';
  for (let i = 0; i < 34; i++) {
    const t = random.next();
    const x = bones.neckFrom[0] + (bones.neckTo[0] - bones.neckFrom[0]) * t + random.range(-9, 9);
    const y = bones.neckFrom[1] + (bones.neckTo[1] - bones.neckFrom[1]) * t + random.range(-4, 12);
    svg += stroke(
      `M${n(x)} ${n(y)}l${n(random.range(-3, 1))} 8`,
      shade(colour, random.range(-0.3, 0.15)),
      1.3,
    );
  }
  return svg;
}

/** Dark hooves under four feet, in the animal's units. */
export function hooves(feet: readonly (readonly [number, number])[], size = 1): string {
  return feet
    .slice(0, 2)
    .map(([x, y]) =>
      placed(
        [x, Math.min(0, y + 2.8 * size)],
        0,
        size,
        fill('M-4.6 -5.5L4 -5.5L6.6 0.6L-4.4 0.6Z', '#231a14'),
      ),
    )
    .join('');
}

function head({ eye }: Individual, coat: string): string {
  const skull = smooth([
    [-0.3, -0.14],
    [0.02, -0.31],
    [0.3, -0.28],
    [0.66, -0.11],
    [0.97, -0.02],
    [1.02, 0.1],
    [0.9, 0.22],
    [0.6, 0.22],
    [0.25, 0.29],
    [-0.2, 0.26],
  ]);
  const ear = smooth([
    [0.02, -0.24],
    [-0.2, -0.5],
    [-0.44, -0.52],
    [-0.36, -0.32],
    [-0.12, -0.15],
  ]);
  return (
    fill(skull, shade(coat, -0.08)) +
    fill('M0.9 0.22Q0.62 0.26 0.4 0.27Q0.6 0.1 0.9 0.12Z', '#dcc7a3') +
    fill(ear, shade(coat, -0.25)) +
    fill(
      smooth([
        [-0.02, -0.24],
        [-0.2, -0.42],
        [-0.36, -0.46],
        [-0.28, -0.33],
      ]),
      '#d9bd97',
    ) +
    fill('M0.9 -0.06Q1.06 -0.04 1.03 0.1Q0.95 0.12 0.9 0.04Z', '#241a15') +
    stroke('M0.99 0.14Q0.9 0.18 0.78 0.17', '#3b2a1e', 0.03) +
    disc(0.36, -0.1, 0.062, eye)
  );
}

function antler({ random }: Individual, x: number, colour: string): string {
  const [back, tall] = [random.range(0.5, 0.8), random.range(1.1, 1.6)];
  const at = (t: number): [number, number] => [
    x + 0.12 - back * Math.sin(t * 2.1) * 0.95,
    -0.28 - tall * t,
  ];
  const beam = smooth([0, 0.25, 0.5, 0.75, 1].map(at), false);
  let svg = stroke(beam, colour, 0.085);
  for (const [t, reach] of [
    [0.06, 0.5],
    [0.3, 0.46],
    [0.58, 0.4],
    [0.8, 0.26],
  ] as const) {
    const [px, py] = at(t);
    svg += stroke(
      `M${n(px)} ${n(py)}q${n(reach * 0.8)} ${n(-0.02)} ${n(reach)} ${n(-reach * 0.8)}`,
      colour,
      0.06,
    );
  }
  return svg;
}
