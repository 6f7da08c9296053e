import sharp from 'sharp';
import { artistOf } from './animals/draw-animal.ts';
import { drawBackdrop } from './habitat/draw-backdrop.ts';
import { drawClutter, drawForeground, drawShadow } from './habitat/draw-clutter.ts';
import { HABITATS, type Habitat, PALETTES, type Setting } from './habitat/habitat.ts';
import { createRandom, type Random } from './random.ts';
import { n } from './shapes.ts';
import { drawStrip, drawWeather, LIGHTS, type Light } from './weather.ts';

/** What to draw; whatever is left out is drawn by lot from the seed. */
export type SceneOptions = {
  seed: number;
  /** A scientific name, or `blank` for a scene without an animal. */
  species: string;
  habitat?: Habitat;
  light?: Light;
  /** Text of the camera's info strip: digits, `-`, `:` and spaces. */
  strip?: string;
  /** Width by height; 4:3 at 400 × 300 units unless told. */
  aspect?: number;
  /** Seed of everything but animal and weather: the same number is the same camera's view. */
  place?: number;
};

/** A scene as SVG, and what a camera does to it. */
export type Scene = {
  svg: string;
  aspect: number;
  light: Light;
  /** Gaussian blur in scene units; 0 is sharp. */
  blur: number;
  /** Sensor noise, standard deviation in pixel values (0–255). */
  noise: number;
  quality: number;
  seed: number;
};

const UNITS_HIGH = 300;
const NIGHT_EYE = '#ffffff';
const DAY_EYE = '#17110e';

/** Draws one scene from its seed: the same options always give the same picture. */
export function drawScene(options: SceneOptions): Scene {
  const random = createRandom(Math.imul(options.seed + 1, 0x9e3779b1));
  const lot = {
    habitat: random.pick(HABITATS),
    light: random.chance(0.2) ? ('infrared' as const) : random.pick(LIGHTS.slice(0, 4)),
    aspect: random.pick([4 / 3, 4 / 3, 4 / 3, 16 / 9, 3 / 4]),
    strip: random.chance(0.3) ? stripText(random) : '',
  };
  const { habitat, light, aspect, strip } = { ...lot, ...defined(options) };
  const height = UNITS_HIGH;
  const width = Math.round(height * aspect);
  const view = createRandom(options.place ?? random.int(0, 2 ** 31));
  const horizon = height * view.range(0.3, 0.55);
  const palette = PALETTES[habitat];
  const setting: Setting = { random: view, habitat, width, height, horizon, palette };
  const snowing = habitat === 'snow' && random.chance(0.4);
  const inside =
    drawBackdrop(setting) +
    drawClutter(setting) +
    (light === 'infrared' ? darkness(random, width, height) : '') +
    (options.species === 'blank' ? '' : animals({ ...setting, random }, options.species, light)) +
    drawForeground(setting) +
    drawWeather(random, { width, height, light, snowing }) +
    (strip ? drawStrip(strip, width, height) : '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><filter id="soft"><feGaussianBlur stdDeviation="2"/></filter>${inside}</svg>`;
  return {
    svg,
    aspect,
    light,
    blur: random.chance(0.15) ? random.range(0.4, 1.6) : 0,
    noise: light === 'infrared' ? random.range(4, 13) : random.range(0, 7),
    quality: random.int(55, 90),
    seed: options.seed,
  };
}

function defined(options: SceneOptions) {
  const { habitat, light, aspect, strip } = options;
  return Object.fromEntries(
    Object.entries({ habitat, light, aspect, strip }).filter(([, value]) => value !== undefined),
  );
}

/** The night behind the animal: the camera's flash lights what is near, not the sky. */
function darkness(random: Random, width: number, height: number): string {
  const [sky, near] = [random.range(0.78, 0.95), random.range(0.2, 0.5)];
  return (
    `<linearGradient id="night" x1="0" y1="0" x2="0" y2="1"><stop offset=".2" stop-opacity="${n(sky)}"/>` +
    `<stop offset=".95" stop-opacity="${n(near)}"/></linearGradient><rect width="${width}" height="${height}" fill="url(#night)"/>`
  );
}

function stripText(random: Random): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `2025-${two(random.int(1, 12))}-${two(random.int(1, 28))}`;
  return `${date} ${two(random.int(0, 23))}:${two(random.int(0, 59))}`;
}

function animals(at: Setting, species: string, light: Light): string {
  const { random, width, height, horizon } = at;
  const artist = artistOf(species);
  const share = random.range(artist.size[0], artist.size[1]);
  const base = Math.max(horizon + 14, height * random.range(0.74, 0.93));
  let ids = 0;
  const place = (x: number, y: number, size: number) => {
    const eye = light === 'infrared' ? NIGHT_EYE : DAY_EYE;
    const id = (name: string) => `${name}${ids++}`;
    const drawn = artist.draw({ random, cue: artist.cue + random.gaussian(), eye, id });
    const scale = Math.min((size * height) / drawn.height, (0.92 * width) / drawn.span);
    const flip = random.chance(0.5) ? -1 : 1;
    return (
      drawShadow(at, [x, y], drawn.span * scale * 0.36) +
      `<g transform="translate(${n(x)} ${n(y)}) rotate(${n(random.range(-2.5, 2.5))}) scale(${(flip * scale).toFixed(4)} ${scale.toFixed(4)}) translate(${-drawn.middle} 0)">${drawn.svg}</g>`
    );
  };
  const x = width * random.range(0.3, 0.7);
  const companion = random.chance(0.12)
    ? place(width * random.range(0.1, 0.9), Math.max(horizon + 8, base - height * 0.1), share * 0.6)
    : '';
  return companion + place(x, base, share);
}

/** Renders a scene to raw sRGB pixels, `height` pixels high, as the camera saw it. */
export async function renderPixels(scene: Scene, height: number) {
  const width = Math.round(height * scene.aspect);
  const svg = scene.svg.replace('<svg ', `<svg width="${width}" height="${height}" `);
  let picture = sharp(Buffer.from(svg)).removeAlpha();
  if (scene.blur > 0) picture = picture.blur(Math.max(0.3, (scene.blur * height) / UNITS_HIGH));
  const data = await picture.toColourspace('srgb').raw().toBuffer();
  if (scene.light === 'infrared') turnGrey(data);
  addNoise(data, scene.noise, scene.seed, scene.light === 'infrared');
  return { data, width, height };
}

/** Renders a scene to the bytes of a JPEG, `height` pixels high. */
export async function renderJpeg(scene: Scene, height: number): Promise<Buffer> {
  const { data, width } = await renderPixels(scene, height);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: scene.quality })
    .toBuffer();
}

function turnGrey(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 3) {
    // Near-infrared sees foliage and fur brighter than blue things: weigh red most.
    const grey = 0.5 * data[i]! + 0.35 * data[i + 1]! + 0.15 * data[i + 2]!;
    data.fill(grey, i, i + 3);
  }
}

function addNoise(data: Uint8Array, noise: number, seed: number, grey: boolean): void {
  let state = (seed ^ 0x5bd1e995) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // The sum of two uniforms is close enough to normal, and cheap.
    return ((state & 0xffff) + ((state >>> 16) & 0xffff)) / 65536 - 1;
  };
  const scale = noise * Math.sqrt(6);
  for (let i = 0; i < data.length; i += 3) {
    const bright = next() * scale;
    for (let c = 0; c < 3; c++) {
      const value = data[i + c]! + bright + (grey ? 0 : next() * scale * 0.4);
      data[i + c] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}
