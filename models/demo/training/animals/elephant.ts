import { mix, shade } from '../colour.ts';
import {
  bars,
  clipped,
  disc,
  fill,
  type Joint,
  limb,
  n,
  type Point,
  smooth,
  stroke,
} from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';

/** An African savanna elephant: its trunk hangs, curls, reaches up or swings. */
export function drawElephant(who: Individual): Drawing {
  const { random } = who;
  const hide = mix(
    mix('#7d7a78', '#97887a', random.next()),
    '#a3714c',
    random.chance(0.3) ? 0.25 : 0,
  );
  const swing = random.range(-16, 16);
  const body = smooth([
    [-34, -86],
    [-22, -126],
    [12, -142],
    [52, -138],
    [88, -150],
    [112, -140],
    [122, -100],
    [104, -60],
    [50, -52],
    [-6, -54],
    [-32, -62],
  ]);
  const near = [column(86, swing), column(-10, -swing)];
  const far = [column(104, -swing), column(12, swing)].map(limb);
  const outlines = [body, ...near.map(limb)];
  const light = who.id('light');
  const svg =
    far.map((d) => fill(d, shade(hide, -0.4))).join('') +
    tail(who, hide) +
    outlines.map((d) => fill(d, hide)).join('') +
    clipped(who.id('coat'), outlines, wrinkles(who, hide) + lit(light)) +
    near.map((leg) => toenails(leg.at(-1)!)).join('') +
    head(who, hide);
  return { svg, height: 155, span: 230, middle: 62 };
}

function column(x: number, swing: number): Joint[] {
  return [
    [x, -84, 21],
    [x + swing * 0.3, -52, 17],
    [x + swing * 0.7, -26, 14.5],
    [x + swing, -7, 15.5],
  ];
}

function toenails([x]: Joint): string {
  return [-2, 6, 12].map((d) => fill(`M${n(x + d)} 5q3 -7 5 0Z`, '#d9cdbd')).join('');
}

function lit(id: string): string {
  return (
    `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".2"/>` +
    '<stop offset=".4" stop-color="#fff" stop-opacity="0"/><stop offset=".68" stop-color="#000" stop-opacity=".34"/>' +
    `<stop offset="1" stop-color="#000" stop-opacity=".15"/></linearGradient><rect x="-60" y="-160" width="220" height="175" fill="url(#${id})"/>`
  );
}

function wrinkles({ random }: Individual, hide: string): string {
  let svg = '';
  for (let i = 0; i < 26; i++) {
    const [x, y] = [random.range(-30, 110), random.range(-130, -12)];
    svg += stroke(
      `M${n(x)} ${n(y)}q${n(random.range(4, 8))} ${n(random.range(2, 5))} ${n(random.range(10, 18))} 1`,
      shade(hide, -0.22),
      1,
    );
  }
  return svg;
}

function tail({ random }: Individual, hide: string): string {
  const out = random.range(-8, 4);
  return (
    stroke(`M-30 -112Q-46 -96 ${n(-42 + out)} -58`, shade(hide, -0.2), 4) +
    fill(
      `M${n(-45 + out)} -60L${n(-38 + out)} -60L${n(-39 + out)} -38L${n(-46 + out)} -40Z`,
      '#2c2623',
    )
  );
}

function head({ random, eye }: Individual, hide: string): string {
  const flare = random.range(0.9, 1.15);
  const skull = smooth([
    [96, -152],
    [122, -160],
    [146, -146],
    [158, -122],
    [156, -100],
    [140, -84],
    [116, -86],
    [96, -110],
  ]);
  const ear = smooth([
    [112, -146],
    [92, -156],
    [70, -148],
    [58 / flare + 4, -124],
    [64, -96],
    [82, -70 * flare],
    [98, -72],
    [106, -96],
    [116, -122],
  ]);
  const trunk = limb(trunkJoints(random.pick(['hang', 'curl', 'up', 'swing'])));
  return (
    fill('M138 -92Q158 -72 180 -74Q160 -64 134 -82Z', '#d8cfba') +
    fill(trunk, shade(hide, -0.06)) +
    fill(skull, hide) +
    bars([152, -104], [156, -60], {
      count: 6,
      half: 6,
      width: 1.2,
      colour: shade(hide, -0.3),
      random,
    }) +
    fill('M136 -92Q154 -66 184 -66Q158 -54 130 -80Z', '#f4edda') +
    fill(ear, shade(hide, -0.14), `stroke="${shade(hide, -0.42)}" stroke-width="1.6"`) +
    stroke('M104 -130Q82 -128 78 -100', shade(hide, -0.3), 1.4) +
    disc(134, -122, 3, eye) +
    stroke('M128 -128Q136 -131 140 -124', shade(hide, -0.45), 1.5)
  );
}

function trunkJoints(kind: 'hang' | 'curl' | 'up' | 'swing'): Joint[] {
  const start: Joint[] = [
    [144, -112, 15],
    [155, -94, 12.5],
  ];
  const ends: Record<typeof kind, readonly (readonly [...Point, number])[]> = {
    hang: [
      [158, -66, 9.5],
      [158, -38, 7.5],
      [161, -14, 6],
      [170, -7, 4.5],
    ],
    curl: [
      [160, -66, 9.5],
      [166, -44, 7.5],
      [182, -36, 6.2],
      [190, -50, 5],
      [180, -58, 4],
    ],
    up: [
      [170, -86, 9.5],
      [188, -98, 7.5],
      [196, -124, 6.2],
      [190, -146, 5],
    ],
    swing: [
      [152, -66, 9.5],
      [142, -42, 7.5],
      [134, -22, 6],
      [122, -16, 4.5],
    ],
  };
  return [...start, ...ends[kind]] as Joint[];
}
