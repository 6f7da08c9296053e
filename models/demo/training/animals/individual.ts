import type { Random } from '../random.ts';

/** One animal about to be drawn. */
export type Individual = {
  random: Random;
  /**
   * The look-alike cue, in standard deviations: the two species of a pair draw it from normal
   * distributions whose means differ by less than one, so no single picture settles the species.
   */
  cue: number;
  /** Colour of the eyes: they shine in infrared light. */
  eye: string;
  /** Makes an SVG id that no other part of the scene has. */
  id(name: string): string;
};

/** A drawn animal: faces right, feet on y = 0, in its own units. */
export type Drawing = {
  svg: string;
  /** From the feet to the top of the back or head, in the animal's units. */
  height: number;
  /** From tail to nose, in the animal's units. */
  span: number;
  /** The x that should stand where the animal is placed. */
  middle: number;
};
