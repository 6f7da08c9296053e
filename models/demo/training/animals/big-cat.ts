import { mix, shade } from '../colour.ts';
import { clipped, disc, fill, limb, n, type Point, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';
import { type Build, dressed, pose } from './quadruped.ts';

const INK = '#2a1c10';

/** A leopard or a jaguar: the cue makes the cat a little stockier and its rosettes larger. */
export function drawBigCat(who: Individual): Drawing {
  const { random, cue } = who;
  const build: Build = {
    length: 96 - cue * 2,
    hip: 58,
    shoulder: 58,
    rump: 19,
    waist: 17 + cue,
    chest: 22 + cue,
    leg: { thigh: 13 + cue * 0.6, shin: 8.5, ankle: 6.5, foot: 6.5, toe: 8 },
    neck: { length: 24, base: 16 + cue * 0.6, tip: 13 },
    angles: { up: 42, level: 8, down: -48 },
    head: 35 + cue,
    stride: 24,
  };
  const bones = pose(build, random);
  const coat = mix('#d9a650', '#e6bd80', 0.5 - cue * 0.2 + random.gaussian() * 0.15);
  const tail = limb(tailJoints(who));
  const pale = fill(
    'M-20 -38Q45 -24 120 -42L120 -22L-20 -20Z',
    mix(coat, '#fff4dd', 0.75),
    'opacity=".75"',
  );
  const svg = dressed(who, build, bones, {
    coat,
    tail: fill(tail, shade(coat, -0.08)) + clipped(who.id('tail'), [tail], tailSpots(who)),
    markings: pale + rosettes(who, coat) + socks(who, bones.feet.slice(0, 2)),
    farMarkings: socks(who, bones.feet.slice(2)),
    head: head(who, coat),
  });
  return { svg, height: 82, span: 215, middle: 52 };
}

function tailJoints({ random }: Individual): [number, number, number][] {
  const raise = random.range(-10, 30);
  return [
    [-6, -64, 7],
    [-30, -52, 5],
    [-50, -30 - raise * 0.4, 4.6],
    [-70, -24 - raise, 4.4],
    [-84, -36 - raise, 4],
  ];
}

function tailSpots({ random }: Individual): string {
  let svg = '';
  for (let i = 0; i < 60; i++) {
    svg += disc(random.range(-92, -4), random.range(-80, -14), random.range(1.4, 2.6), INK);
  }
  return svg;
}

function rosettes({ random, cue }: Individual, coat: string): string {
  const size = 5.2 + cue * 0.6;
  const step = size * 2.35;
  const centred = 0.35 + cue * 0.12;
  let svg = '';
  for (let row = 0, y = -84; y < -32; row++, y += step * 0.84) {
    for (let x = -24 + (row % 2) * step * 0.5; x < 160; x += step) {
      const [cx, cy] = [x + random.gaussian() * 0.9, y + random.gaussian() * 0.9];
      const r = size * random.range(0.8, 1.12) * (cy > -40 ? 0.7 : 1);
      const dash = `stroke-dasharray="${n(r * 1.3)} ${n(r * 0.55)}" stroke-dashoffset="${n(random.range(0, 9))}"`;
      svg += disc(
        cx,
        cy,
        r * 0.82,
        shade(coat, -0.25),
        `stroke="${INK}" stroke-width="2.3" ${dash}`,
      );
      if (random.chance(centred)) svg += disc(cx, cy, 1.1, INK);
    }
  }
  return svg;
}

function socks({ random }: Individual, feet: readonly Point[]): string {
  let svg = '';
  for (const [x] of feet) {
    for (let y = -46; y < -4; y += 4.6) {
      for (let dx = -18; dx < 14; dx += 5.2) {
        svg += disc(
          x + dx + random.range(-1.6, 1.6),
          y + random.range(-1.6, 1.6),
          random.range(1, 1.9),
          INK,
        );
      }
    }
  }
  return svg;
}

function head({ random, eye }: Individual, coat: string): string {
  const skull = smooth([
    [-0.3, -0.2],
    [0, -0.42],
    [0.3, -0.46],
    [0.6, -0.32],
    [0.86, -0.1],
    [1, 0.02],
    [0.98, 0.16],
    [0.86, 0.34],
    [0.55, 0.42],
    [0.2, 0.46],
    [-0.2, 0.36],
  ]);
  const ear = (x: number, y: number, tint: string) =>
    disc(x, y, 0.16, tint) + disc(x + 0.02, y + 0.02, 0.09, '#efd2ae');
  const muzzle = smooth([
    [0.68, 0.02],
    [0.95, 0.04],
    [0.98, 0.18],
    [0.84, 0.33],
    [0.55, 0.36],
    [0.5, 0.18],
  ]);
  let freckles = '';
  for (let i = 0; i < 22; i++) {
    const [x, y] = [random.range(-0.2, 0.5), random.range(-0.4, 0.3)];
    if (Math.hypot(x - 0.52, y + 0.12) > 0.17)
      freckles += disc(x, y, random.range(0.02, 0.042), INK);
  }
  return (
    ear(0.36, -0.46, shade(coat, -0.45)) +
    fill(skull, coat) +
    ear(0.06, -0.46, INK) +
    freckles +
    fill(muzzle, '#f8ead2') +
    fill('M0.86 -0.06L1.03 -0.02L0.98 0.1L0.9 0.08Z', '#6b3a34') +
    stroke('M0.95 0.1Q0.88 0.22 0.72 0.22', INK, 0.035) +
    stroke('M0.6 -0.02Q0.66 0.1 0.6 0.2', INK, 0.035) +
    fill('M0.4 -0.14Q0.52 -0.27 0.64 -0.1Q0.52 -0.05 0.4 -0.14Z', '#e9c94f') +
    disc(0.53, -0.14, 0.062, eye)
  );
}
