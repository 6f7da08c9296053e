import type { Random } from './random.ts';

/** A point, in scene or animal units; y grows downwards. */
export type Point = readonly [x: number, y: number];

/** A joint of a limb: a point and the limb's half-width there. */
export type Joint = readonly [x: number, y: number, radius: number];

/** Formats a number for SVG: one hundredth of a unit is finer than any pixel drawn. */
export function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A smooth path (Catmull–Rom as Béziers) through the points. */
export function smooth(points: readonly Point[], closed = true): string {
  const count = points.length;
  const at = (i: number) =>
    closed ? points[(i + count) % count]! : points[Math.min(count - 1, Math.max(0, i))]!;
  let path = `M${n(at(0)[0])} ${n(at(0)[1])}`;
  for (let i = 0; i < (closed ? count : count - 1); i++) {
    const [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const c1 = [p1[0] + (p2[0] - p0[0]) / 6, p1[1] + (p2[1] - p0[1]) / 6] as const;
    const c2 = [p2[0] - (p3[0] - p1[0]) / 6, p2[1] - (p3[1] - p1[1]) / 6] as const;
    path += `C${n(c1[0])} ${n(c1[1])} ${n(c2[0])} ${n(c2[1])} ${n(p2[0])} ${n(p2[1])}`;
  }
  return closed ? `${path}Z` : path;
}

/** The outline of a limb: skin stretched over joints of different radius, round at both ends. */
export function limb(joints: readonly Joint[]): string {
  const last = joints.length - 1;
  const left: Point[] = [];
  const right: Point[] = [];
  let [first, end]: Point[] = [];
  joints.forEach(([x, y, r], i) => {
    const [fx, fy] = joints[Math.max(0, i - 1)]!;
    const [tx, ty] = joints[Math.min(last, i + 1)]!;
    const size = Math.hypot(tx - fx, ty - fy) || 1;
    const [ux, uy] = [(tx - fx) / size, (ty - fy) / size];
    left.push([x + uy * r, y - ux * r]);
    right.push([x - uy * r, y + ux * r]);
    if (i === 0) first = [x - ux * r, y - uy * r];
    if (i === last) end = [x + ux * r, y + uy * r];
  });
  return smooth([first!, ...left, end!, ...right.reverse()]);
}

/** A filled path. */
export function fill(path: string, colour: string, more = ''): string {
  return `<path d="${path}" fill="${colour}" ${more}/>`;
}

/** A stroked path with round ends. */
export function stroke(path: string, colour: string, width: number, more = ''): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linecap="round" stroke-linejoin="round" ${more}/>`;
}

/** A filled disc. */
export function disc(x: number, y: number, r: number, colour: string, more = ''): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${colour}" ${more}/>`;
}

/** An irregular rounded outline: a rock, a bush, a blotch. */
export function blob(random: Random, x: number, y: number, rx: number, ry = rx, wobble = 0.2) {
  const corners = 9;
  return smooth(
    Array.from({ length: corners }, (_, i): Point => {
      const angle = (i / corners) * 2 * Math.PI;
      const far = 1 + random.range(-wobble, wobble);
      return [x + Math.cos(angle) * rx * far, y + Math.sin(angle) * ry * far];
    }),
  );
}

/** Short bars across the axis from one point to another: stripes, rings, wrinkles. */
export function bars(
  from: Point,
  to: Point,
  options: { count: number; half: number; width: number; colour: string; random: Random },
): string {
  const { count, half, width, colour, random } = options;
  const size = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [ux, uy] = [(to[0] - from[0]) / size, (to[1] - from[1]) / size];
  let svg = '';
  for (let i = 0; i < count; i++) {
    const t = (i + 0.5 + random.range(-0.15, 0.15)) / count;
    const [x, y] = [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
    const bow = random.range(0.1, 0.3) * half;
    const path = `M${n(x + uy * half)} ${n(y - ux * half)}Q${n(x - ux * bow)} ${n(y - uy * bow)} ${n(x - uy * half)} ${n(y + ux * half)}`;
    svg += stroke(path, colour, width * random.range(0.7, 1.25));
  }
  return svg;
}

/** Wraps SVG so that it shows only inside the union of the given outlines. */
export function clipped(id: string, outlines: readonly string[], svg: string): string {
  const paths = outlines.map((d) => `<path d="${d}"/>`).join('');
  return `<clipPath id="${id}">${paths}</clipPath><g clip-path="url(#${id})">${svg}</g>`;
}

/** Moves, turns (degrees, clockwise) and scales a group. */
export function placed(at: Point, turn: number, scale: number, svg: string): string {
  return `<g transform="translate(${n(at[0])} ${n(at[1])}) rotate(${n(turn)}) scale(${scale.toFixed(4)})">${svg}</g>`;
}
