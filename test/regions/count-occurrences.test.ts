import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OccurrenceCount } from '../../src/domain/region-snapshot.ts';
import { type CountOptions, countOccurrences } from '../../src/regions/count-occurrences.ts';
import { writeTemporary } from './occurrence-files.ts';

async function count(text: string, options: Partial<CountOptions> = {}) {
  const file = await writeTemporary(text);
  const flushes: (readonly OccurrenceCount[])[] = [];
  const flush = async (counts: readonly OccurrenceCount[]) => void flushes.push(counts);
  const totals = await countOccurrences({ file, resolution: 4, flush, ...options });
  return { totals, flushes, counts: flushes.flat() };
}

describe('countOccurrences', () => {
  it('refuses a file in which a stray quote swallows rows, rather than count what is left', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => {
      const note = n === 5 ? '"Rio Claro (never closed' : n === 30 ? 'camp 12" pole' : 'x';
      return `1,1,Ara ararauna,${note}`;
    });
    const text = ['lat,lon,species,note', ...rows].join('\n');
    await expect(count(text)).rejects.toMatchObject({
      code: 'REGIONS_INVALID',
      message: expect.stringContaining('from line 7 of'),
    });
  });

  it('counts equal cell, month and taxon together, and absences without a taxon', async () => {
    const { counts, totals } = await count(
      'lat,lon,species,month,presence\n' +
        '1,1,Ara ararauna,5,1\n1,1,Ara ararauna,5,1\n1,1,Ara macao,5,0\n1,1,Ara macao,6,1\n',
    );
    expect(counts.map(({ month, taxon, observations }) => [month, taxon, observations])).toEqual([
      [5, 'Ara ararauna', 2],
      [5, null, 1],
      [6, 'Ara macao', 1],
    ]);
    expect(totals).toMatchObject({ rows: 4, observations: 4, absences: 1, badRows: 0 });
  });

  it.each([
    ['a BOM and CRLF', '\uFEFFlat,lon,species\r\n1,1,Ara ararauna\r\n'],
    ['tabs', 'lat\tlon\tspecies\n1\t1\tAra ararauna\n'],
    ['tabs and a lone quote', 'lat\tlon\tspecies\tnote\n1\t1\tAra ararauna\t"seen\n'],
    ['quoted tabs', '"lat"\t"lon"\t"species"\n"1"\t"1"\t"Ara ararauna"\n'],
    ['commas in quotes', 'lat,lon,species,note\n1,1,Ara ararauna,"a, ""b""\nand c"\n'],
    ['empty lines and no last newline', 'lat,lon,species\n\n1,1,Ara ararauna'],
  ])('reads a file with %s', async (_, text) => {
    const { counts, totals } = await count(text);
    expect(counts).toMatchObject([{ taxon: 'Ara ararauna', observations: 1 }]);
    expect(totals.badRows).toBe(0);
  });

  it('counts bad rows by reason with the first examples and goes on', async () => {
    const { totals } = await count(
      'lat,lon,species\n1,1,Ara ararauna\n91,1,Ara macao\n92,1,Ara macao\n93,1,Ara macao\n' +
        '94,1,Ara macao\n1,1\n0,0,Ara macao\n1,2,Ara macao\n',
    );
    expect(totals).toEqual({
      rows: 8,
      observations: 2,
      absences: 0,
      badRows: 6,
      bad: [
        {
          reason: 'position_out_of_range',
          rows: 4,
          examples: [
            { line: 3, value: '91, 1' },
            { line: 4, value: '92, 1' },
            { line: 5, value: '93, 1' },
          ],
        },
        { reason: 'wrong_field_count', rows: 1, examples: [{ line: 7, value: '2 of 3' }] },
        { reason: 'null_island', rows: 1, examples: [{ line: 8, value: '0, 0' }] },
      ],
    });
  });

  it.each([
    ['lat,lon,species\n', /no rows after its header/],
    ['', /an empty header/],
    ['lat,lon,species\n91,1,Ara macao\n', /all 1 are bad: position_out_of_range 1 \(line 2/],
    ['lat,lon,species\n1,1,"Ara macao\n1,1,Ara macao\n', /Quote/],
  ])('refuses %j', async (text, message) => {
    const failure = count(text);
    await expect(failure).rejects.toMatchObject({ code: 'REGIONS_INVALID' });
    await expect(failure).rejects.toThrow(message);
  });

  it('refuses a file that is not there', async () => {
    const flush = async () => {};
    await expect(
      countOccurrences({ file: 'no-such.csv', resolution: 4, flush }),
    ).rejects.toMatchObject({ code: 'REGIONS_INVALID' });
  });

  it('never holds more than maxPending and loses nothing by flushing', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `${i % 50},${i % 7},Ara ararauna`);
    const { flushes, counts } = await count(['lat,lon,species', ...rows].join('\n'), {
      maxPending: 10,
    });
    expect(Math.max(...flushes.map((flush) => flush.length))).toBeLessThanOrEqual(10);
    const sum = counts.reduce((total, { observations }) => total + observations, 0);
    expect(sum).toBe(99); // one row is on null island
  });

  it('stops when told to', async () => {
    await expect(
      count('lat,lon,species\n1,1,Ara macao\n', { signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
  });

  it('reads a million rows in memory that does not grow with them', async () => {
    const file = await writeTemporary('');
    await writeMillion(file);
    const before = process.memoryUsage().rss;
    let peak = before;
    let observations = 0;
    const totals = await countOccurrences({
      file,
      resolution: 4,
      async flush(counts) {
        for (const count of counts) observations += count.observations;
        peak = Math.max(peak, process.memoryUsage().rss);
      },
      onProgress() {
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    });
    expect(totals.observations).toBe(1_000_000);
    expect(observations).toBe(1_000_000);
    expect(peak - before).toBeLessThan(300e6);
  }, 300_000);
});

/** Nearly every row with a key of its own: 2,000 species, all months, all over the globe. */
async function writeMillion(file: string): Promise<void> {
  const stream = createWriteStream(file);
  stream.write('scientificName,decimalLatitude,decimalLongitude,eventDate\n');
  for (let start = 0; start < 1_000_000; start += 10_000) {
    const rows = Array.from({ length: 10_000 }, (_, i) => {
      const n = start + i;
      const species = `Genus${letters(n % 40)} epithet${letters(n % 2000)}`;
      const [lat, lon] = [((n * 7919) % 1700) / 10 - 85.03, ((n * 104_729) % 3599) / 10 - 179.97];
      return `${species},${lat.toFixed(2)},${lon.toFixed(2)},2019-${(n % 12) + 1}-01\n`;
    });
    if (!stream.write(rows.join(''))) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

function letters(n: number): string {
  return n.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)]!);
}
