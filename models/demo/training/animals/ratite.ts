import { mix, shade } from '../colour.ts';
import { clipped, disc, fill, type Joint, limb, n, placed, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';

/** An ostrich or an emu: the cue browns the plumage, lets the tail droop and greys the neck. */
export function drawRatite(who: Individual): Drawing {
  const { random, cue } = who;
  const feathers = mix('#4c4440', '#6a5238', 0.5 + cue * 0.2 + random.gaussian() * 0.18);
  const bare = mix('#c79d86', '#8a8f96', 0.5 + cue * 0.2 + random.gaussian() * 0.18);
  const droop = 8 + cue * 5 + random.gaussian() * 3;
  const neck = random.chance(0.3) ? pecking(random.range(-6, 6)) : raised(random.range(-9, 9));
  const body = smooth([
    [-46, -88 + droop],
    [-34, -106 + droop * 0.3],
    [-8, -122],
    [26, -118],
    [46, -100],
    [40, -80],
    [14, -68],
    [-20, -68 + droop * 0.4],
    [-44, -72 + droop],
  ]);
  const swing = random.range(6, 24) * (random.chance(0.5) ? 1 : -1);
  const [headAt, turn] = neck.head;
  const svg =
    leg(14, -swing, shade(bare, -0.35)) +
    fill(limb(neck.joints), bare) +
    fill(limb(neck.joints.slice(0, 3).map(([x, y, r]): Joint => [x, y, r * 1.25])), feathers) +
    fill(body, feathers) +
    clipped(
      who.id('coat'),
      [body],
      fill('M-50 -84Q0 -66 46 -84L46 -60L-50 -60Z', '#000', 'opacity=".35"'),
    ) +
    plumes(who, feathers, droop) +
    leg(4, swing, bare) +
    placed(headAt, turn, 19, head(who, bare, feathers));
  return { svg, height: 190, span: 135, middle: 6 };
}

type Neck = { joints: Joint[]; head: [readonly [number, number], number] };

function raised(sway: number): Neck {
  const top: readonly [number, number] = [56 + sway, -184 + Math.abs(sway) * 0.4];
  return {
    joints: [
      [26, -96, 14],
      [44, -108, 9],
      [55, -124, 6.4],
      [57 + sway * 0.3, -146, 5],
      [55 + sway * 0.8, -168, 4.6],
      [...top, 4.6],
    ],
    head: [top, 4 + sway * 0.6],
  };
}

function pecking(sway: number): Neck {
  const end: readonly [number, number] = [98 + sway, -34 + sway];
  return {
    joints: [
      [28, -96, 14],
      [48, -100, 9],
      [66, -96, 6.4],
      [82, -82, 5],
      [92 + sway * 0.5, -60, 4.6],
      [...end, 4.6],
    ],
    head: [end, 62 + sway],
  };
}

function leg(x: number, swing: number, colour: string): string {
  const thigh = limb([
    [x, -82, 15],
    [x + 4 + swing * 0.25, -64, 9.5],
    [x - 3 + swing * 0.3, -46, 4.6],
  ]);
  const shank = limb([
    [x - 3 + swing * 0.3, -47, 4.2],
    [x - 5 + swing * 0.55, -40, 4],
    [x - 2 + swing * 0.8, -20, 3],
    [x + swing, -4, 3.2],
  ]);
  const toes = limb([
    [x + swing - 2, -4, 3],
    [x + swing + 8, -2.4, 2.8],
    [x + swing + 17, -1.4, 1.8],
  ]);
  return [thigh, shank, toes].map((d) => fill(d, colour)).join('');
}

function plumes({ random }: Individual, colour: string, droop: number): string {
  let svg = '';
  for (let i = 0; i < 130; i++) {
    const t = random.next();
    const x = -40 + t * 78;
    const y = -112 + Math.abs(t - 0.62) * 26 + random.range(0, 40) + (1 - t) * droop * 0.6;
    const size = random.range(9, 17);
    const tone = shade(colour, random.range(-0.4, 0.28));
    svg += stroke(
      `M${n(x)} ${n(y)}q${n(-size * 0.6)} ${n(size * 0.1)} ${n(-size)} ${n(size * 0.62)}`,
      tone,
      1.7,
    );
  }
  return svg;
}

function head({ eye }: Individual, bare: string, feathers: string): string {
  const skull = smooth([
    [-0.3, 0],
    [-0.16, -0.32],
    [0.16, -0.4],
    [0.46, -0.26],
    [0.56, 0],
    [0.4, 0.2],
    [0, 0.26],
  ]);
  return (
    fill('M0.4 -0.22Q0.86 -0.2 1.06 0.06Q0.76 0.2 0.36 0.16Z', '#5d5046') +
    stroke('M0.42 0.03L0.98 0.06', '#2e2722', 0.05) +
    fill(skull, bare) +
    stroke('M-0.2 -0.3Q0 -0.5 0.3 -0.42', shade(feathers, -0.35), 0.12) +
    disc(0.24, -0.12, 0.13, '#f2e7d0') +
    disc(0.26, -0.12, 0.1, eye)
  );
}
