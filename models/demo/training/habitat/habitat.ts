import type { Random } from '../random.ts';

/** Kinds of country a scene is set in. */
export const HABITATS = ['savanna', 'forest', 'meadow', 'outback', 'snow', 'wetland'] as const;

/** One kind of country. */
export type Habitat = (typeof HABITATS)[number];

/** The place a scene is drawn in; the frame is `width` × `height` scene units. */
export type Setting = {
  random: Random;
  habitat: Habitat;
  width: number;
  height: number;
  /** The y of the horizon. */
  horizon: number;
  palette: Palette;
};

/** The colours of a habitat, as `#rrggbb`. */
export type Palette = {
  sky: readonly [top: string, bottom: string];
  far: string;
  middle: string;
  ground: readonly [far: string, near: string];
  grass: string;
  leaf: string;
  bark: string;
  rock: string;
};

/** Each habitat's colours in plain daylight. */
export const PALETTES: Record<Habitat, Palette> = {
  savanna: {
    sky: ['#8fbfe0', '#f1e6c8'],
    far: '#a9a883',
    middle: '#8d8a4f',
    ground: ['#cdb36d', '#a98745'],
    grass: '#b9974a',
    leaf: '#6a7a36',
    bark: '#57432f',
    rock: '#8c8275',
  },
  forest: {
    sky: ['#a9c6b4', '#d7e3c4'],
    far: '#7f9c80',
    middle: '#4f6f49',
    ground: ['#6f7c43', '#57512f'],
    grass: '#5d8138',
    leaf: '#3f6a33',
    bark: '#4a3b2e',
    rock: '#77786f',
  },
  meadow: {
    sky: ['#86bbe8', '#e4f0ee'],
    far: '#8fb08a',
    middle: '#6f9a4e',
    ground: ['#8fb85a', '#5f8a38'],
    grass: '#6f9f3c',
    leaf: '#4f7f39',
    bark: '#5a4735',
    rock: '#8d8f89',
  },
  outback: {
    sky: ['#5fa3dc', '#f0dcc0'],
    far: '#b5654a',
    middle: '#8a8a55',
    ground: ['#c9713f', '#a64f28'],
    grass: '#b7a65c',
    leaf: '#7d8a55',
    bark: '#c9bda9',
    rock: '#96563a',
  },
  snow: {
    sky: ['#a9bfd3', '#e9eef2'],
    far: '#9fb2c2',
    middle: '#6b8490',
    ground: ['#f1f5f8', '#cfdbe6'],
    grass: '#b3a67f',
    leaf: '#3f5f57',
    bark: '#4d4139',
    rock: '#8b929a',
  },
  wetland: {
    sky: ['#9cc4d6', '#f0ead2'],
    far: '#7fa07d',
    middle: '#54824e',
    ground: ['#8b9a4c', '#66622f'],
    grass: '#7f9e3e',
    leaf: '#44763a',
    bark: '#544230',
    rock: '#7d776a',
  },
};
