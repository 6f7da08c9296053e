import { mix, shade } from '../colour.ts';
import { disc, fill, n, type Point, smooth, stroke } from '../shapes.ts';
import { hooves } from './deer.ts';
import type { Drawing, Individual } from './individual.ts';
import { type Build, dressed, pose } from './quadruped.ts';

/** A giraffe. */
export function drawGiraffe(who: Individual): Drawing {
  const { random } = who;
  const build: Build = {
    length: 66,
    hip: 110,
    shoulder: 124,
    rump: 17,
    waist: 18,
    chest: 22,
    leg: { thigh: 11, shin: 6.5, ankle: 4.2, foot: 4.4, toe: 4 },
    neck: { length: 118, base: 14, tip: 6.5 },
    angles: { up: 76, level: 50, down: 14 },
    head: 30,
    stride: 26,
  };
  const bones = pose(build, random);
  const cream = mix('#ecd3a0', '#f3e3bd', random.next());
  const brown = mix('#8c4f22', '#b4733a', random.next());
  const tail =
    stroke('M-18 -108Q-28 -90 -25 -66', brown, 3) +
    fill('M-28 -68L-22 -68L-21 -46L-29 -48Z', '#2a1b12');
  const svg = dressed(who, build, bones, {
    coat: cream,
    tail,
    markings: patches(who, brown),
    farMarkings: patches(who, brown),
    over: mane(bones, brown) + hooves(bones.feet, 1.15),
    head: head(who, cream, brown),
  });
  return { svg, height: 245, span: 190, middle: 56 };
}

function patches({ random }: Individual, brown: string): string {
  const step = 17;
  let svg = '';
  for (let row = 0, y = -300; y < -38; row++, y += step * 0.86) {
    for (let x = -45 + (row % 2) * step * 0.5; x < 215; x += step) {
      const size = step * 0.47 * (y > -62 ? 0.75 : 1);
      const corners = Array.from({ length: 6 }, (_, i): Point => {
        const angle = (i / 6) * 2 * Math.PI + 0.5;
        const far = size * random.range(0.82, 1.12);
        return [x + Math.cos(angle) * far, y + Math.sin(angle) * far];
      });
      svg += fill(
        `M${corners.map(([px, py]) => `${n(px)} ${n(py)}`).join('L')}Z`,
        shade(brown, random.range(-0.12, 0.1)),
      );
    }
  }
  return svg;
}

function mane({ neckFrom, neckTo }: { neckFrom: Point; neckTo: Point }, brown: string): string {
  const size = Math.hypot(neckTo[0] - neckFrom[0], neckTo[1] - neckFrom[1]);
  const [ux, uy] = [(neckTo[0] - neckFrom[0]) / size, (neckTo[1] - neckFrom[1]) / size];
  const off = (p: Point, r: number): Point => [p[0] + uy * r, p[1] - ux * r];
  const [a, b] = [off(neckFrom, 12), off(neckTo, 6)];
  const m: Point = [(a[0] + b[0]) / 2 + 5, (a[1] + b[1]) / 2 + 6];
  return stroke(
    `M${n(a[0])} ${n(a[1])}Q${n(m[0])} ${n(m[1])} ${n(b[0])} ${n(b[1])}`,
    shade(brown, -0.3),
    4,
  );
}

function head({ eye }: Individual, cream: string, brown: string): string {
  const skull = smooth([
    [-0.22, -0.1],
    [0.02, -0.3],
    [0.32, -0.3],
    [0.66, -0.14],
    [1, -0.06],
    [1.06, 0.08],
    [0.94, 0.2],
    [0.6, 0.2],
    [0.2, 0.27],
    [-0.16, 0.22],
  ]);
  return (
    stroke('M0.14 -0.25L0.02 -0.62', cream, 0.12) +
    disc(0.02, -0.64, 0.09, '#2a1b12') +
    stroke('M0.26 -0.25L0.2 -0.6', cream, 0.12) +
    disc(0.2, -0.62, 0.09, '#2a1b12') +
    fill(skull, cream) +
    fill(
      smooth([
        [-0.02, -0.2],
        [-0.22, -0.34],
        [-0.48, -0.3],
        [-0.3, -0.14],
        [-0.1, -0.1],
      ]),
      shade(cream, -0.16),
    ) +
    fill(
      smooth([
        [0, 0.02],
        [0.2, -0.12],
        [0.34, 0.06],
        [0.16, 0.18],
      ]),
      brown,
      'opacity=".8"',
    ) +
    fill(
      smooth([
        [0.78, -0.08],
        [1.02, -0.04],
        [1.06, 0.08],
        [0.94, 0.2],
        [0.74, 0.18],
      ]),
      shade(cream, -0.28),
    ) +
    disc(0.98, 0.01, 0.03, '#3a2718') +
    disc(0.4, -0.12, 0.07, eye)
  );
}
