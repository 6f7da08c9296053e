import { mkdir, rm, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { CAMERAS, DEMO_PHOTOS, type DemoPhoto } from './demo-photos.ts';
import { drawScene, renderPixels } from './draw-scene.ts';
import { correctExifVersion, photoExif } from './photo-exif.ts';

// Draws the demo's photos, ../photos/SITE/IMG_NNNN.JPG, and their truth, ../photos.csv.

const FOLDER = new URL('../photos/', import.meta.url);
const HEIGHT = 600;
const QUALITY = 72;
/** Grain costs bytes; these photos are committed. */
const MOST_NOISE = 3;

await rm(FOLDER, { recursive: true, force: true });
for (const photo of DEMO_PHOTOS) {
  const target = new URL(photo.file, FOLDER);
  await mkdir(new URL('.', target), { recursive: true });
  await writeFile(target, await drawPhoto(photo));
}
await writeFile(new URL('../photos.csv', import.meta.url), truth());
console.log(`${DEMO_PHOTOS.length} photos`);

async function drawPhoto(photo: DemoPhoto): Promise<Uint8Array> {
  const camera = CAMERAS[photo.camera]!;
  const sideways = photo.flaw === 'stored sideways';
  const scene = drawScene({
    seed: photo.seed,
    species: photo.species,
    habitat: camera.habitat,
    light: photo.light,
    place: camera.place,
    aspect: sideways ? 3 / 4 : 4 / 3,
    strip: camera.strip ? photo.capturedAt.slice(0, 16) : '',
  });
  const height = sideways ? (HEIGHT * 4) / 3 : HEIGHT;
  const noise = Math.min(MOST_NOISE, scene.noise);
  const { data, width } = await renderPixels({ ...scene, noise }, height);
  let picture = sharp(data, { raw: { width, height, channels: 3 } });
  // Orientation 6 asks the viewer for a quarter turn clockwise, so the pixels lie the other way.
  if (sideways) picture = picture.rotate(270).withMetadata({ orientation: 6 });
  const tagged = picture.jpeg({ quality: QUALITY }).withExif(photoExif(photo, camera));
  const bytes = correctExifVersion(await tagged.toBuffer());
  return photo.flaw === 'truncated' ? bytes.subarray(0, Math.floor(bytes.length * 0.55)) : bytes;
}

function truth(): string {
  const rows = DEMO_PHOTOS.map(({ file, species, flaw, camera }) =>
    [file, species, flaw ?? (camera === 'dhofar' ? 'no survey records here' : '')].join(','),
  );
  return `${['file,scientific_name,note', ...rows].join('\n')}\n`;
}
