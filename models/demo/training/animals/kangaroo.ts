import { mix, shade } from '../colour.ts';
import { clipped, disc, fill, type Joint, limb, placed, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';

type Posture = {
  body: Joint[];
  neckTo: readonly [number, number];
  turn: number;
  arm: Joint[];
  height: number;
};

/** A red kangaroo: upright, grazing on its forelegs, or leaning into a hop. */
export function drawKangaroo(who: Individual): Drawing {
  const { random } = who;
  const coat = mix('#b5623a', '#c48a63', random.next());
  const posture = random.pick([upright, upright, grazing, hopping])(random.range(-4, 4));
  const torso = limb(posture.body);
  const thigh = smooth([
    [-14, -50],
    [14, -58],
    [34, -40],
    [30, -20],
    [10, -14],
    [-10, -22],
    [-20, -36],
  ]);
  const foot = limb([
    [2, -18, 7],
    [-4, -8, 5.5],
    [16, -4, 5],
    [42, -2.5, 3.4],
  ]);
  const tail = limb([
    [-2, -34, 14],
    [-28, -22, 11],
    [-56, -8, 7.5],
    [-92, -5, 4.5],
    [-112, -6, 2.6],
  ]);
  const outlines = [torso, thigh];
  const pale = limb(posture.body.map(([x, y, r]): Joint => [x + r * 0.75, y + r * 0.55, r * 0.6]));
  const shadow = fill('M-20 -14Q20 -30 40 -16L40 0L-20 0Z', '#000', 'opacity=".28"');
  const arm = limb(posture.arm);
  const svg =
    placed([12, 0], 0, 0.94, fill(foot, shade(coat, -0.4))) +
    placed([7, 3], 0, 1, fill(arm, shade(coat, -0.38))) +
    fill(tail, shade(coat, -0.14)) +
    fill(torso, coat) +
    clipped(who.id('coat'), outlines, fill(pale, '#ecd5bb', 'opacity=".8"')) +
    fill(thigh, shade(coat, -0.05), `stroke="${shade(coat, -0.25)}" stroke-width="1.2"`) +
    clipped(who.id('leg'), [thigh], shadow) +
    fill(foot, shade(coat, -0.22)) +
    fill(arm, shade(coat, -0.16)) +
    disc(posture.arm.at(-1)![0], posture.arm.at(-1)![1], 3.6, '#33211a') +
    placed(posture.neckTo, posture.turn, 33, head(who, coat));
  return { svg, height: posture.height, span: 195, middle: -8 };
}

function upright(sway: number): Posture {
  return {
    body: [
      [4, -34, 25],
      [10, -62, 22],
      [19 + sway, -90, 15.5],
      [24 + sway * 1.5, -112, 9.5],
      [27 + sway * 2, -127, 8],
    ],
    neckTo: [27 + sway * 2, -130],
    turn: 6 + sway,
    arm: [
      [27 + sway, -92, 6],
      [38 + sway, -78, 4.2],
      [46 + sway, -70, 3.4],
      [47 + sway, -60, 3],
    ],
    height: 158,
  };
}

function grazing(sway: number): Posture {
  return {
    body: [
      [2, -40, 24],
      [28, -54, 20],
      [54, -46, 14],
      [70, -34 + sway, 9],
      [80, -26 + sway, 7.5],
    ],
    neckTo: [80, -27 + sway],
    turn: 42 + sway,
    arm: [
      [54, -38, 6],
      [57, -24, 4.4],
      [55, -12, 3.6],
      [58, -4, 3.2],
    ],
    height: 92,
  };
}

function hopping(sway: number): Posture {
  return {
    body: [
      [4, -40, 24],
      [26, -60, 20],
      [48, -78, 14],
      [60, -94 + sway, 9],
      [67, -104 + sway, 7.6],
    ],
    neckTo: [67, -106 + sway],
    turn: 12 + sway,
    arm: [
      [52, -72, 6],
      [60, -60, 4.2],
      [70, -56, 3.4],
      [76, -50, 3],
    ],
    height: 135,
  };
}

function head({ eye }: Individual, coat: string): string {
  const skull = smooth([
    [-0.26, -0.1],
    [0, -0.28],
    [0.3, -0.26],
    [0.66, -0.12],
    [0.98, 0],
    [1.02, 0.12],
    [0.86, 0.22],
    [0.5, 0.24],
    [0.1, 0.28],
    [-0.2, 0.22],
  ]);
  const ear = (x: number, tint: string) =>
    fill(
      smooth([
        [x, -0.2],
        [x - 0.2, -0.52],
        [x - 0.16, -0.86],
        [x + 0.04, -0.66],
        [x + 0.14, -0.24],
      ]),
      tint,
    );
  return (
    ear(0.16, shade(coat, -0.4)) +
    fill(skull, coat) +
    ear(-0.02, shade(coat, -0.18)) +
    fill(
      smooth([
        [-0.04, -0.26],
        [-0.14, -0.5],
        [-0.12, -0.72],
        [0, -0.56],
        [0.06, -0.28],
      ]),
      '#e2b99a',
    ) +
    fill(
      smooth([
        [0.4, 0.08],
        [0.7, 0.04],
        [0.98, 0.1],
        [0.86, 0.22],
        [0.5, 0.24],
      ]),
      '#f0e0cd',
    ) +
    disc(0.97, 0.03, 0.07, '#1a1412') +
    stroke('M0.95 0.14Q0.84 0.17 0.72 0.15', '#44302a', 0.03) +
    disc(0.38, -0.07, 0.066, eye)
  );
}
