import type { Habitat } from './habitat/habitat.ts';
import type { Light } from './weather.ts';

/** A camera of the demo. */
export type Camera = {
  latitude: number;
  longitude: number;
  /** Metres above the sea. */
  altitude: number;
  habitat: Habitat;
  /** Seed of its view: every photo of the camera shows the same place. */
  place: number;
  make: string;
  model: string;
  /** Offset of the camera's clock from UTC. */
  offset: string;
  /** What says so in the EXIF data: `OffsetTimeOriginal`, the GPS time, or nothing. */
  zoneTags: 'offset' | 'gps' | 'none';
  /** Whether the camera prints date and time into the picture. */
  strip: boolean;
};

/** What is odd about a demo photo, on purpose; `escaped`: an animal that does not live there. */
export type Flaw = 'truncated' | 'no position' | 'null island' | 'stored sideways' | 'escaped';

/** One photo of the demo. */
export type DemoPhoto = {
  camera: string;
  /** Its file below models/demo/photos. */
  file: string;
  species: string;
  /** Local time, `2025-01-18 05:42:10`. */
  capturedAt: string;
  light: Light;
  flaw?: Flaw;
  seed: number;
};

/** The demo's cameras, by folder; `dhofar` is where no survey ever was. */
export const CAMERAS: Record<string, Camera> = {
  kruger: camera(
    [-24.0112, 31.4854, 298],
    'savanna',
    11,
    'Hollow Log',
    'Owlet 3',
    '+02:00',
    'offset',
    true,
  ),
  serengeti: camera(
    [-2.3275, 34.8311, 1554],
    'savanna',
    24,
    'Hollow Log',
    'Owlet 3',
    '+03:00',
    'gps',
    true,
  ),
  pantanal: camera(
    [-16.7521, -56.8743, 121],
    'wetland',
    33,
    'Dusk & Dew',
    'Heron',
    '-04:00',
    'offset',
    false,
  ),
  yellowstone: camera(
    [44.6018, -110.5012, 2357],
    'meadow',
    42,
    'Hollow Log',
    'Owlet 4',
    '-07:00',
    'offset',
    true,
  ),
  'black-forest': camera(
    [48.3021, 8.1478, 612],
    'forest',
    53,
    'Dusk & Dew',
    'Wren',
    '+01:00',
    'none',
    false,
  ),
  uluru: camera(
    [-25.3386, 131.0389, 517],
    'outback',
    61,
    'Hollow Log',
    'Owlet 3',
    '+09:30',
    'gps',
    true,
  ),
  yala: camera([6.3712, 81.5187, 24], 'forest', 74, 'Dusk & Dew', 'Wren', '+05:30', 'none', false),
  cairngorms: camera(
    [57.0795, -3.6719, 466],
    'snow',
    82,
    'Dusk & Dew',
    'Heron',
    '+00:00',
    'offset',
    false,
  ),
  dhofar: camera(
    [17.1042, 54.6103, 733],
    'savanna',
    95,
    'Hollow Log',
    'Owlet 4',
    '+04:00',
    'gps',
    true,
  ),
};

// camera | species | local time | light | flaw; a photo's place in the list is its seed: add at the end
const PHOTOS = `
kruger|Panthera pardus|2025-01-18 05:42:10|dawn
kruger|Equus quagga|2025-02-03 10:15:44|day
kruger|Loxodonta africana|2025-03-21 16:40:02|day
kruger|blank|2025-04-09 12:03:31|day
kruger|Giraffa camelopardalis|2025-05-27 07:05:19|dawn
kruger|Panthera pardus|2025-06-30 22:18:57|infrared
kruger|Struthio camelus|2025-08-12 09:30:26|day
kruger|Loxodonta africana|2025-09-19 18:04:13|dusk|truncated
kruger|Panthera pardus|2025-11-02 18:21:48|dusk
serengeti|Equus quagga|2025-07-15 08:20:11|day
serengeti|Equus quagga|2025-07-15 08:20:13|day
serengeti|Equus quagga|2025-07-15 08:20:16|day
serengeti|Giraffa camelopardalis|2025-08-22 17:55:30|dusk
serengeti|Struthio camelus|2025-09-04 06:34:05|dawn
serengeti|Loxodonta africana|2025-10-11 15:12:47|overcast
serengeti|Panthera pardus|2025-11-29 02:41:09|infrared
serengeti|Struthio camelus|2025-12-16 11:08:22|day
pantanal|Panthera onca|2025-02-14 06:20:37|dawn
pantanal|Panthera onca|2025-04-26 16:48:50|day
pantanal|Panthera onca|2025-05-08 23:31:15|infrared
pantanal|blank|2025-06-19 13:27:40|overcast
pantanal|Panthera onca|2025-07-23 09:14:06|day
pantanal|Panthera onca|2025-09-01 18:09:33|dusk
pantanal|Panthera onca|2025-10-30 10:52:28|overcast
yellowstone|Cervus canadensis|2025-04-17 07:26:12|dawn
yellowstone|Taxidea taxus|2025-05-22 15:39:59|day
yellowstone|Vulpes vulpes|2025-06-06 06:11:24|dawn
yellowstone|Cervus canadensis|2025-06-28 14:02:41|day
yellowstone|Taxidea taxus|2025-07-19 22:47:03|infrared
yellowstone|blank|2025-08-08 11:33:17|day
yellowstone|Cervus canadensis|2025-09-13 19:05:55|dusk|no position
yellowstone|Taxidea taxus|2025-09-27 10:18:08|overcast
yellowstone|Cervus canadensis|2025-10-05 08:50:36|day
black-forest|Cervus elaphus|2025-03-30 07:13:21|overcast|stored sideways
black-forest|Meles meles|2025-04-12 21:36:44|infrared
black-forest|Vulpes vulpes|2025-05-03 05:58:10|dawn
black-forest|Erinaceus europaeus|2025-05-31 20:44:52|dusk
black-forest|Meles meles|2025-06-15 19:27:33|day
black-forest|Erinaceus europaeus|2025-07-27 23:09:19|infrared
black-forest|Cervus elaphus|2025-09-20 17:41:05|day
black-forest|Meles meles|2025-10-04 18:52:47|dusk
black-forest|blank|2025-11-16 14:22:30|overcast
uluru|Osphranter rufus|2025-01-25 06:03:14|dawn
uluru|Dromaius novaehollandiae|2025-03-08 10:41:27|day
uluru|Osphranter rufus|2025-05-14 18:16:40|dusk
uluru|Dromaius novaehollandiae|2025-06-21 12:30:53|day|null island
uluru|blank|2025-08-02 15:55:06|day
uluru|Osphranter rufus|2025-10-18 21:12:38|infrared
uluru|Dromaius novaehollandiae|2025-12-07 08:24:01|overcast
yala|Panthera pardus|2025-02-27 07:49:25|overcast
yala|Panthera pardus|2025-06-11 17:33:58|day
yala|blank|2025-08-29 10:06:12|day
yala|Panthera pardus|2025-12-22 20:15:45|infrared
cairngorms|Vulpes vulpes|2025-01-11 11:20:32|overcast
cairngorms|Cervus elaphus|2025-02-08 13:44:15|day
cairngorms|Meles meles|2025-03-16 06:37:50|dawn
cairngorms|Cervus elaphus|2025-12-03 15:18:04|dusk
dhofar|Panthera pardus|2025-03-02 04:26:33|infrared
dhofar|Vulpes vulpes|2025-07-07 06:15:20|dawn
dhofar|Panthera pardus|2025-11-20 17:20:41|day
black-forest|Dromaius novaehollandiae|2025-11-23 10:07:16|day|escaped
`;

/** Where a drawing came out hidden or cut off, another seed than the photo's number was taken. */
const OTHER_SEEDS: Record<string, number> = {};

const FIRST_SEED = 7_000_000;

/** The demo's photos, site by site, numbered as the camera would. */
export const DEMO_PHOTOS: readonly DemoPhoto[] = parsePhotos();

function parsePhotos(): DemoPhoto[] {
  const counts = new Map<string, number>();
  return PHOTOS.trim()
    .split('\n')
    .map((line, i) => {
      const [camera, species, capturedAt, light, flaw] = line.split('|') as string[];
      const number = (counts.get(camera!) ?? 0) + 1;
      counts.set(camera!, number);
      const file = `${camera}/IMG_${String(number).padStart(4, '0')}.JPG`;
      const seed = OTHER_SEEDS[file] ?? FIRST_SEED + i;
      return { camera, file, species, capturedAt, light, flaw, seed } as DemoPhoto;
    });
}

function camera(
  [latitude, longitude, altitude]: readonly [number, number, number],
  habitat: Habitat,
  place: number,
  make: string,
  model: string,
  offset: string,
  zoneTags: Camera['zoneTags'],
  strip: boolean,
): Camera {
  return { latitude, longitude, altitude, habitat, place, make, model, offset, zoneTags, strip };
}
