import { mix } from '../colour.ts';
import { disc, fill, limb, n, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';
import { type Build, dressed, pose } from './quadruped.ts';

const INK = '#1b1a1c';

/** A European or an American badger: the cue browns the coat and narrows the face's white. */
export function drawBadger(who: Individual): Drawing {
  const { random, cue } = who;
  const build: Build = {
    length: 92 + cue * 2,
    hip: 36,
    shoulder: 35,
    rump: 25 + cue * 0.6,
    waist: 25,
    chest: 23,
    leg: { thigh: 11, shin: 9, ankle: 7.5, foot: 6.5, toe: 9 },
    neck: { length: 27, base: 18, tip: 12 },
    angles: { up: 18, level: -8, down: -30 },
    head: 44,
    arch: 4,
    stride: 17,
  };
  const bones = pose(build, random);
  const coat = mix('#8d8c8c', '#8f8272', 0.5 + cue * 0.22 + random.gaussian() * 0.15);
  const svg = dressed(who, build, bones, {
    coat,
    legs: INK,
    tail: fill(
      limb([
        [-18, -40, 9],
        [-38, -33, 9],
        [-52, -22, 5],
      ]),
      mix(coat, '#ffffff', 0.35),
    ),
    markings: belly() + fur(who, coat),
    over: claws(bones.feet),
    head: head(who),
  });
  return { svg, height: 62, span: 200, middle: 50 };
}

function belly(): string {
  return fill('M-50 -26Q45 -12 110 -24L135 -34L150 0L-50 0Z', INK);
}

function fur({ random }: Individual, coat: string): string {
  let svg = '';
  for (let i = 0; i < 110; i++) {
    const [x, y] = [random.range(-34, 112), random.range(-66, -20)];
    const tone = random.chance(0.5) ? mix(coat, '#ffffff', 0.45) : mix(coat, '#000000', 0.4);
    svg += stroke(
      `M${n(x)} ${n(y)}l${n(-random.range(7, 13))} ${n(random.range(2, 6))}`,
      tone,
      1.3,
    );
  }
  return svg;
}

function claws(feet: readonly (readonly [number, number])[]): string {
  return feet
    .slice(0, 2)
    .flatMap(([x]) => [0, 3.4, 6.8].map((d) => stroke(`M${n(x + d)} -4l3.6 3.4`, '#d8cdb8', 1.5)))
    .join('');
}

function head({ eye, cue, random }: Individual): string {
  const white = '#f4f1ea';
  const narrow = cue * 0.036 + random.gaussian() * 0.014;
  const skull = smooth([
    [-0.3, -0.26],
    [0.05, -0.37],
    [0.4, -0.26],
    [0.78, -0.09],
    [1, 0],
    [0.98, 0.13],
    [0.72, 0.25],
    [0.3, 0.33],
    [-0.25, 0.3],
  ]);
  const stripe = smooth([
    [-0.34, -0.2 - narrow],
    [0.1, -0.25 - narrow],
    [0.5, -0.13 - narrow],
    [0.86, 0.0],
    [0.6, 0.07 + narrow],
    [0.2, 0.06 + narrow],
    [-0.34, 0.08 + narrow],
  ]);
  return (
    fill(skull, white) +
    fill(stripe, INK) +
    fill('M-0.3 0.24Q0.2 0.36 0.66 0.24L0.3 0.36L-0.25 0.34Z', INK) +
    disc(0, -0.3, 0.105, INK) +
    disc(0.0, -0.34, 0.055, white) +
    disc(0.47, -0.05, 0.05, eye === INK ? '#000' : eye, 'stroke="#8a8176" stroke-width=".025"') +
    fill('M0.9 -0.07Q1.08 -0.04 1.03 0.09Q0.95 0.12 0.9 0.04Z', '#111') +
    stroke('M0.95 0.12Q0.84 0.17 0.72 0.16', '#6c645c', 0.03)
  );
}
