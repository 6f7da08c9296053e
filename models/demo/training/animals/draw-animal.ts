import { drawBadger } from './badger.ts';
import { drawBigCat } from './big-cat.ts';
import { drawDeer } from './deer.ts';
import { drawElephant } from './elephant.ts';
import { drawFox } from './fox.ts';
import { drawGiraffe } from './giraffe.ts';
import { drawHedgehog } from './hedgehog.ts';
import type { Drawing, Individual } from './individual.ts';
import { drawKangaroo } from './kangaroo.ts';
import { drawRatite } from './ratite.ts';
import { drawZebra } from './zebra.ts';

type Artist = {
  draw(who: Individual): Drawing;
  /** Mean of the look-alike cue; its standard deviation is 1. */
  cue: number;
  /** Height in the frame, as a share of the frame's height. */
  size: readonly [smallest: number, largest: number];
};

const ARTISTS: Record<string, Artist> = {
  'Panthera pardus': { draw: drawBigCat, cue: -0.6, size: [0.26, 0.48] },
  'Panthera onca': { draw: drawBigCat, cue: 0.6, size: [0.26, 0.48] },
  'Meles meles': { draw: drawBadger, cue: -0.6, size: [0.2, 0.38] },
  'Taxidea taxus': { draw: drawBadger, cue: 0.6, size: [0.2, 0.38] },
  'Cervus elaphus': { draw: drawDeer, cue: -0.6, size: [0.4, 0.72] },
  'Cervus canadensis': { draw: drawDeer, cue: 0.6, size: [0.4, 0.72] },
  'Struthio camelus': { draw: drawRatite, cue: -0.5, size: [0.45, 0.74] },
  'Dromaius novaehollandiae': { draw: drawRatite, cue: 0.5, size: [0.45, 0.74] },
  'Loxodonta africana': { draw: drawElephant, cue: 0, size: [0.4, 0.66] },
  'Giraffa camelopardalis': { draw: drawGiraffe, cue: 0, size: [0.58, 0.86] },
  'Equus quagga': { draw: drawZebra, cue: 0, size: [0.34, 0.58] },
  'Osphranter rufus': { draw: drawKangaroo, cue: 0, size: [0.36, 0.66] },
  'Vulpes vulpes': { draw: drawFox, cue: 0, size: [0.24, 0.42] },
  'Erinaceus europaeus': { draw: drawHedgehog, cue: 0, size: [0.2, 0.36] },
};

/** Who draws a species, how large it stands in the frame, and its look-alike cue's mean. */
export function artistOf(scientificName: string): Artist {
  const artist = ARTISTS[scientificName];
  if (!artist)
    throw new RangeError(`Expected a species that is drawn but received ${scientificName}`);
  return artist;
}
