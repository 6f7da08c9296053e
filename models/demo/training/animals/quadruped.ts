import type { Random } from '../random.ts';
import { clipped, fill, type Joint, limb, type Point, placed } from '../shapes.ts';
import type { Individual } from './individual.ts';

/** Proportions of a four-legged animal, in its own units; radii are half-widths. */
export type Build = {
  /** From hip to shoulder. */
  length: number;
  hip: number;
  shoulder: number;
  rump: number;
  waist: number;
  chest: number;
  leg: { thigh: number; shin: number; ankle: number; foot: number; toe: number };
  neck: { length: number; base: number; tip: number };
  /** Neck angles above the horizontal, in degrees. */
  angles: { up: number; level: number; down: number };
  head: number;
  /** How far the back arches above the line from hip to shoulder; 0 unless told. */
  arch?: number;
  /** How far a foot swings when walking. */
  stride: number;
};

/** Where everything of a posed animal is. */
export type Skeleton = {
  torso: string;
  neck: string;
  nearLegs: string[];
  farLegs: string[];
  /** Feet: fore near, hind near, fore far, hind far. */
  feet: Point[];
  neckFrom: Point;
  neckTo: Point;
  /** How far the head is turned down, in degrees. */
  headTurn: number;
  feeding: boolean;
};

/** Poses an animal: standing or walking, head up, level or down to feed. */
export function pose(build: Build, random: Random): Skeleton {
  const { length, hip, shoulder, rump, waist, chest, neck } = build;
  const walking = random.chance(0.65);
  const swing = build.stride * (walking ? random.range(0.55, 1) : random.range(-0.15, 0.15));
  const ahead = random.chance(0.5) ? 1 : -1;
  const feeding = random.chance(0.28);
  const { up, level, down } = build.angles;
  const angle = ((feeding ? down + random.range(-6, 6) : random.range(level, up)) * Math.PI) / 180;
  const neckFrom: Point = [length + chest * 0.15, -shoulder - chest * 0.2];
  const neckTo: Point = [
    neckFrom[0] + Math.cos(angle) * neck.length,
    neckFrom[1] - Math.sin(angle) * neck.length,
  ];
  const bend: Point = [
    (neckFrom[0] + neckTo[0]) / 2 + neck.length * 0.05,
    (neckFrom[1] + neckTo[1]) / 2 + neck.length * 0.06,
  ];
  const sag = (hip + shoulder) / 2 + (build.arch ?? 0);
  const foreNear = foreLeg(build, length - 2, swing * ahead);
  const foreFar = foreLeg(build, length + 4, -swing * ahead * 0.9);
  const hindNear = hindLeg(build, 0, -swing * ahead * 0.85);
  const hindFar = hindLeg(build, 6, swing * ahead);
  return {
    torso: limb([
      [-rump * 0.35, -hip + rump * 0.12, rump * 0.82],
      [rump * 0.25, -hip, rump],
      [length * 0.5, -sag + (chest - waist) * 0.35, waist],
      [length * 0.82, -shoulder + chest * 0.05, chest],
      [length + chest * 0.3, -shoulder + chest * 0.05, chest * 0.8],
    ]),
    neck: limb([
      [length * 0.86, -shoulder + chest * 0.05, neck.base * 1.1],
      [neckFrom[0], neckFrom[1], neck.base],
      [bend[0], bend[1], (neck.base + neck.tip) / 2],
      [neckTo[0], neckTo[1], neck.tip],
    ]),
    nearLegs: [limb(foreNear), limb(hindNear)],
    farLegs: [limb(foreFar), limb(hindFar)],
    feet: [foreNear, hindNear, foreFar, hindFar].map((leg) => {
      const [x, y] = leg.at(-1)!;
      return [x, y] as const;
    }),
    neckFrom,
    neckTo,
    headTurn: feeding ? random.range(58, 78) : random.range(4, 26),
    feeding,
  };
}

function foreLeg({ shoulder, chest, leg }: Build, x: number, swing: number): Joint[] {
  const top = -shoulder + chest * 0.25;
  const lift = swing > 0 ? swing * 0.12 : 0;
  return [
    [x, top, leg.thigh * 0.9],
    [x - shoulder * 0.05 + swing * 0.2, top * 0.62, leg.shin * 1.15],
    [x + shoulder * 0.02 + swing * 0.62, top * 0.32, leg.shin * 0.85],
    [x - shoulder * 0.01 + swing * 0.92, top * 0.13 - lift, leg.ankle],
    [x + swing, -leg.foot - lift, leg.foot],
    [x + swing + leg.toe, -leg.foot * 0.8 - lift, leg.foot * 0.85],
  ];
}

function hindLeg({ hip, rump, leg }: Build, x: number, swing: number): Joint[] {
  const top = -hip + rump * 0.1;
  const lift = swing > 0 ? swing * 0.1 : 0;
  return [
    [x - 2, top, leg.thigh * 1.25],
    [x + hip * 0.06 + swing * 0.25, top * 0.64, leg.thigh * 0.95],
    [x - hip * 0.02 + swing * 0.5, top * 0.42, leg.shin],
    [x - hip * 0.13 + swing * 0.72, top * 0.27, leg.ankle * 1.05],
    [x - hip * 0.09 + swing * 0.95, top * 0.12 - lift, leg.ankle],
    [x - hip * 0.07 + swing, -leg.foot - lift, leg.foot],
    [x - hip * 0.07 + swing + leg.toe, -leg.foot * 0.8 - lift, leg.foot * 0.85],
  ];
}

/** What a species adds to the common skeleton; every part is SVG in the animal's units. */
export type Dress = {
  coat: string;
  legs?: string;
  /** Drawn behind the body. */
  tail: string;
  /** Drawn over coat, legs and neck, and cut to them. */
  markings: string;
  /** Drawn over the far legs and cut to them. */
  farMarkings?: string;
  /** Drawn over the near legs and under the head: mane, hooves. */
  over?: string;
  /** Drawn between far legs and body: the far ear or antler. */
  behind?: string;
  /** The head in its own units: neck joint at 0,0, nose near 1,0. */
  head: string;
};

/** Puts skin, light and shade on a skeleton. */
export function dressed(who: Individual, build: Build, bones: Skeleton, dress: Dress): string {
  const legs = dress.legs ?? dress.coat;
  const near = [...bones.nearLegs, bones.torso, bones.neck];
  const dusk = '<rect x="-300" y="-400" width="900" height="420" fill="#000" opacity=".38"/>';
  const far =
    bones.farLegs.map((d) => fill(d, legs)).join('') +
    clipped(who.id('far'), bones.farLegs, (dress.farMarkings ?? '') + dusk);
  const coat = [
    ...bones.nearLegs.map((d) => fill(d, legs)),
    fill(bones.torso, dress.coat),
    fill(bones.neck, dress.coat),
  ].join('');
  const light = who.id('light');
  const top = -Math.max(build.hip, build.shoulder) - build.chest;
  const shading =
    `<linearGradient id="${light}" x1="0" y1="${top}" x2="0" y2="0" gradientUnits="userSpaceOnUse">` +
    '<stop offset="0" stop-color="#fff" stop-opacity=".22"/>' +
    '<stop offset=".35" stop-color="#fff" stop-opacity="0"/>' +
    '<stop offset=".62" stop-color="#000" stop-opacity=".3"/>' +
    '<stop offset="1" stop-color="#000" stop-opacity=".12"/></linearGradient>' +
    `<rect x="-300" y="-400" width="900" height="420" fill="url(#${light})"/>`;
  return (
    far +
    dress.tail +
    (dress.behind ?? '') +
    coat +
    clipped(who.id('coat'), near, dress.markings + shading) +
    (dress.over ?? '') +
    placed(bones.neckTo, bones.headTurn, build.head, dress.head)
  );
}
