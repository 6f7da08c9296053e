import { mix } from '../colour.ts';
import { disc, fill, limb, n, smooth, stroke } from '../shapes.ts';
import type { Drawing, Individual } from './individual.ts';

/** A European hedgehog. */
export function drawHedgehog(who: Individual): Drawing {
  const { random } = who;
  const skin = mix('#b08f6c', '#cfae86', random.next());
  const spine = mix('#4d3a2a', '#6d5640', random.next());
  const nod = random.range(-4, 14);
  const step = random.range(-7, 7);
  const dome = smooth([
    [-34, -8],
    [-36, -30],
    [-18, -52],
    [14, -60],
    [44, -50],
    [58, -28],
    [52, -10],
    [10, -5],
  ]);
  const svg =
    feet(skin, step) +
    fill(dome, spine) +
    `<g transform="rotate(${n(nod)} 46 -22)">${face(who, skin)}</g>` +
    spines(who, spine);
  return { svg, height: 66, span: 135, middle: 22 };
}

function feet(skin: string, step: number): string {
  return [-20 - step, 2 + step, 34 - step, 48 + step]
    .map((x) =>
      fill(
        limb([
          [x, -14, 6],
          [x + 2, -5, 5],
          [x + 9, -3, 3.4],
        ]),
        mix(skin, '#000000', 0.25),
      ),
    )
    .join('');
}

function spines({ random }: Individual, colour: string): string {
  let svg = '';
  for (let i = 0; i < 330; i++) {
    const angle = random.range(Math.PI * 0.97, Math.PI * 2.06);
    const far = Math.sqrt(random.next());
    const x = 10 + Math.cos(angle) * far * 44;
    const y = -10 + Math.sin(angle) * far * 49;
    const lean = angle - 0.35 + random.range(-0.25, 0.25);
    const size = random.range(8, 14);
    const tip = random.chance(0.45) ? '#e6d3b0' : mix(colour, '#000000', random.range(0, 0.5));
    svg += stroke(
      `M${n(x)} ${n(y)}l${n(Math.cos(lean) * size)} ${n(Math.sin(lean) * size)}`,
      tip,
      1.35,
    );
  }
  return svg;
}

function face({ eye }: Individual, skin: string): string {
  const head = smooth([
    [30, -40],
    [50, -42],
    [66, -32],
    [80, -20],
    [90, -15],
    [88, -9],
    [70, -6],
    [46, -5],
    [34, -14],
  ]);
  return (
    fill(head, skin) +
    fill('M50 -7Q72 -4 88 -9L70 -18Q56 -16 48 -14Z', mix(skin, '#ffffff', 0.4)) +
    disc(90, -13, 4.4, '#17110e') +
    disc(71, -24, 3.7, '#17110e') +
    disc(72, -25, 1.3, eye === '#17110e' ? '#fff' : eye) +
    disc(50, -36, 6.5, mix(skin, '#000000', 0.25)) +
    disc(50.5, -35.5, 4, mix(skin, '#f0c0a0', 0.5)) +
    stroke('M86 -9Q80 -5 74 -7', '#4a3526', 1.2)
  );
}
