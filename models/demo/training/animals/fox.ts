import { mix, shade } from '../colour.ts';
import { disc, fill, limb, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';
import { type Build, dressed, pose } from './quadruped.ts';

const INK = '#211a19';

/** A red fox. */
export function drawFox(who: Individual): Drawing {
  const { random } = who;
  const build: Build = {
    length: 70,
    hip: 50,
    shoulder: 49,
    rump: 14,
    waist: 12.5,
    chest: 16,
    leg: { thigh: 9, shin: 5.4, ankle: 4.2, foot: 4.4, toe: 5.5 },
    neck: { length: 24, base: 13, tip: 11 },
    angles: { up: 48, level: 10, down: -46 },
    head: 36,
    arch: 1.5,
    stride: 21,
  };
  const bones = pose(build, random);
  const coat = mix('#c65a1c', '#dd8a44', random.next());
  const socks = bones.feet
    .map(([x]) => fill(`M${x - 16} -24L${x + 12} -24L${x + 16} 4L${x - 16} 4Z`, INK))
    .join('');
  const bib = fill(
    limb([
      [76, -30, 8],
      [bones.neckFrom[0] + 9, bones.neckFrom[1] + 10, 9],
      [bones.neckTo[0] + 8, bones.neckTo[1] + 10, 9],
    ]),
    '#f6eee2',
  );
  const svg = dressed(who, build, bones, {
    coat,
    tail: brush(who, coat),
    markings:
      fill('M-10 -38Q40 -34 90 -36L90 -30L-10 -28Z', '#f0dcc4', 'opacity=".6"') + bib + socks,
    farMarkings: socks,
    head: head(who, coat),
  });
  return { svg, height: 78, span: 185, middle: 34 };
}

function brush({ random }: Individual, coat: string): string {
  const lift = random.range(-6, 26);
  return (
    fill(
      limb([
        [-8, -54, 6],
        [-26, -46 - lift * 0.3, 10],
        [-48, -36 - lift * 0.7, 12.5],
        [-66, -30 - lift, 9],
        [-76, -27 - lift * 1.05, 4],
      ]),
      shade(coat, -0.06),
    ) +
    fill(
      limb([
        [-60, -32 - lift * 0.9, 10],
        [-69, -29 - lift, 8],
        [-78, -26 - lift * 1.05, 3.4],
      ]),
      '#f7f0e6',
    )
  );
}

function head({ eye }: Individual, coat: string): string {
  const skull = smooth([
    [-0.26, -0.16],
    [0.02, -0.36],
    [0.3, -0.34],
    [0.54, -0.14],
    [0.84, 0],
    [1.02, 0.06],
    [1, 0.14],
    [0.74, 0.22],
    [0.4, 0.34],
    [0, 0.38],
    [-0.24, 0.26],
  ]);
  const cheek = smooth([
    [0.44, 0.06],
    [0.7, 0.08],
    [0.98, 0.12],
    [0.74, 0.22],
    [0.4, 0.34],
    [0, 0.38],
    [0.12, 0.18],
  ]);
  return (
    fill('M0.2 -0.28L0.34 -0.78L0.46 -0.22Z', shade(coat, -0.4)) +
    fill(skull, coat) +
    fill('M-0.14 -0.26Q-0.1 -0.6 0.06 -0.86Q0.24 -0.6 0.26 -0.26Z', INK) +
    fill('M-0.04 -0.26Q-0.02 -0.5 0.07 -0.7Q0.17 -0.5 0.18 -0.26Z', '#e8c3a0') +
    fill(cheek, '#f8f1e6') +
    disc(1, 0.07, 0.06, '#141010') +
    stroke('M0.95 0.14Q0.82 0.2 0.66 0.19', '#5c4334', 0.025) +
    fill('M0.34 -0.1Q0.46 -0.2 0.56 -0.02Q0.44 0 0.34 -0.1Z', '#e0a93a') +
    disc(0.46, -0.08, 0.055, eye)
  );
}
