import { mkdir, writeFile } from 'node:fs/promises';
import { createRandom, type Random } from './random.ts';
import { COMMUNITIES, type Member, SURVEY_SITES, type SurveySite } from './survey-sites.ts';

// Draws the demo's occurrence records: ../regions/occurrences.csv. They are drawn from coarse ranges
// with a seed, not observed: never publish them as records.

const SEED = 20250102;
const FOLDER = new URL('../regions/', import.meta.url);
const HEADER =
  'occurrenceID,scientificName,decimalLatitude,decimalLongitude,eventDate,occurrenceStatus';
const KM_PER_DEGREE = 111.2;
/** Records thin out from the middle of a site, and none is farther than this. */
const REACH_KM = 40;
const SPREAD_KM = 12;

const random = createRandom(SEED);
const rows = SURVEY_SITES.flatMap((site) =>
  Array.from({ length: site.records }, () => drawRecord(site, random)),
);
const lines = rows.map((row, i) => `DEMO-${String(i + 1).padStart(5, '0')},${row}`);
await mkdir(FOLDER, { recursive: true });
await writeFile(new URL('occurrences.csv', FOLDER), `${[HEADER, ...lines].join('\n')}\n`);
console.log(`${lines.length} records at ${SURVEY_SITES.length} places`);

function drawRecord(site: SurveySite, random: Random): string {
  const date = drawDate(random);
  const about = (COMMUNITIES[site.community] as readonly Member[]).filter(({ months }) =>
    months ? date.month >= months[0] && date.month <= months[1] : true,
  );
  const [latitude, longitude] = drawPosition(site, random);
  const name = drawMember(about, random).scientificName;
  return [name, latitude.toFixed(4), longitude.toFixed(4), date.text, 'present'].join(',');
}

function drawDate(random: Random): { month: number; text: string } {
  const [year, month, day] = [random.int(2015, 2024), random.int(1, 12), random.int(1, 28)];
  const two = (value: number) => String(value).padStart(2, '0');
  return { month, text: `${year}-${two(month)}-${two(day)}` };
}

function drawPosition(site: SurveySite, random: Random): [number, number] {
  const far = Math.min(REACH_KM, Math.abs(random.gaussian()) * SPREAD_KM);
  const angle = random.range(0, 2 * Math.PI);
  const north = (Math.sin(angle) * far) / KM_PER_DEGREE;
  const east =
    (Math.cos(angle) * far) / (KM_PER_DEGREE * Math.cos((site.latitude * Math.PI) / 180));
  return [site.latitude + north, site.longitude + east];
}

function drawMember(members: readonly Member[], random: Random): Member {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.range(0, total);
  for (const member of members) {
    left -= member.weight;
    if (left < 0) return member;
  }
  return members.at(-1)!;
}
