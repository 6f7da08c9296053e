import type { Random } from './random.ts';
import { disc, n, stroke } from './shapes.ts';

/** The light a scene is seen in; `infrared` is a camera trap's grey night. */
export const LIGHTS = ['day', 'dawn', 'dusk', 'overcast', 'infrared'] as const;

/** One kind of light. */
export type Light = (typeof LIGHTS)[number];

/** The sky, light and air over a frame, drawn over everything else in it. */
export function drawWeather(
  random: Random,
  frame: { width: number; height: number; light: Light; snowing: boolean },
): string {
  const { width, height, light, snowing } = frame;
  const wash = (colour: string, opacity: number, blend = 'multiply') =>
    `<rect width="${width}" height="${height}" fill="${colour}" opacity="${n(opacity)}" style="mix-blend-mode:${blend}"/>`;
  let svg = snowing ? snowfall(random, width, height) : '';
  if (random.chance(light === 'infrared' ? 0.06 : 0.18)) svg += fog(random, width, height);
  if (light === 'dawn') svg += wash('#ff9d5c', random.range(0.3, 0.6));
  if (light === 'dusk') svg += wash('#6a5f98', random.range(0.35, 0.65));
  if (light === 'overcast') svg += wash('#a9b3bb', random.range(0.3, 0.6));
  if (light === 'day' && random.chance(0.3))
    svg += wash('#fff0c0', random.range(0.1, 0.25), 'soft-light');
  return svg + vignette(random, width, height, light);
}

function snowfall(random: Random, width: number, height: number): string {
  let svg = '';
  for (let i = random.int(20, 90); i > 0; i--) {
    svg += disc(
      random.range(0, width),
      random.range(0, height),
      random.range(0.6, 2.2),
      '#ffffff',
      'opacity=".8"',
    );
  }
  return svg;
}

function fog(random: Random, width: number, height: number): string {
  const [top, bottom] = [random.range(0.1, 0.5), random.range(0.15, 0.5)];
  return (
    `<linearGradient id="fog" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#eef0ee" stop-opacity="${n(top)}"/>` +
    `<stop offset="1" stop-color="#eef0ee" stop-opacity="${n(bottom)}"/></linearGradient><rect width="${width}" height="${height}" fill="url(#fog)"/>`
  );
}

function vignette(random: Random, width: number, height: number, light: Light): string {
  const depth = light === 'infrared' ? random.range(0.45, 0.75) : random.range(0, 0.35);
  const clear = light === 'infrared' ? random.range(0.2, 0.4) : 0.6;
  return (
    `<radialGradient id="edge" cx=".5" cy=".58" r=".75"><stop offset="${n(clear)}" stop-color="#000" stop-opacity="0"/>` +
    `<stop offset="1" stop-color="#000" stop-opacity="${n(depth)}"/></radialGradient><rect width="${width}" height="${height}" fill="url(#edge)"/>`
  );
}

const SEGMENTS: Record<string, string> = {
  '0': 'abcdef',
  '1': 'bc',
  '2': 'abged',
  '3': 'abgcd',
  '4': 'fgbc',
  '5': 'afgcd',
  '6': 'afgedc',
  '7': 'abc',
  '8': 'abcdefg',
  '9': 'abcdfg',
  '-': 'g',
};
const STROKES: Record<string, string> = {
  a: 'M0 0h4',
  b: 'M4 0v4',
  c: 'M4 4v4',
  d: 'M0 8h4',
  e: 'M0 4v4',
  f: 'M0 0v4',
  g: 'M0 4h4',
};

/** A camera's black info strip along the bottom edge, with digits drawn as seven segments. */
export function drawStrip(text: string, width: number, height: number): string {
  const tall = height * 0.055;
  const scale = (tall * 0.55) / 8;
  let svg = `<rect y="${n(height - tall)}" width="${width}" height="${n(tall)}" fill="#0b0b0c"/>`;
  [...text].forEach((digit, i) => {
    const at = `translate(${n(width * 0.03 + i * 6.4 * scale)} ${n(height - tall * 0.78)}) scale(${n(scale)})`;
    const path =
      digit === ':'
        ? 'M2 2v.6M2 5.6v.6'
        : [...(SEGMENTS[digit] ?? '')].map((s) => STROKES[s]).join('');
    if (path) svg += `<g transform="${at}">${stroke(path, '#f2f2ee', 1)}</g>`;
  });
  return svg;
}
