import { basename, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { openRegionImport } from '../adapters/postgres-region-import.ts';
import { postgresRegionSnapshots } from '../adapters/postgres-region-snapshots.ts';
import { NightjarError } from '../domain/errors.ts';
import type { RegionSnapshotRecord } from '../domain/region-snapshot.ts';
import { type ImportSummary, importOccurrences } from '../regions/import-occurrences.ts';
import { lookupPlace, type PlaceFeatures } from '../regions/lookup.ts';
import { promoteSnapshot, resolveSnapshot } from '../regions/snapshots.ts';
import { type ExpectedPath, expectPath } from './expect-path.ts';
import { type App, withApp } from './open-app.ts';
import type { Shell } from './shell.ts';
import { formatTable } from './table.ts';

const RECORDS: ExpectedPath = {
  kind: 'file',
  what: 'a CSV or TSV file of occurrence records',
  remedy: { missing: 'Check the path.', other: 'Name the file in it.' },
};

/** `nightjar regions import|list|promote|lookup`. */
export function addRegionsCommand(program: Command, shell: Shell): void {
  const regions = program.command('regions').description('which animals live where');
  addImport(regions, shell);
  addList(regions, shell);
  addPromote(regions, shell);
  addLookup(regions, shell);
}

interface ImportFlags {
  name?: string;
  resolution: number;
  promote?: string | true;
}

function addImport(regions: Command, shell: Shell): void {
  regions
    .command('import <file>')
    .description(
      'make a snapshot of occurrence records: CSV or TSV with a header, as GBIF, eBird or iNaturalist give it',
    )
    .option('--name <name>', "the snapshot's name; default the file's")
    .option(
      '--resolution <n>',
      'H3 resolution of the finest cells, 0–7 (4: some 50 km across)',
      Number,
      4,
    )
    .option('--promote [alias]', 'and point an alias at it; default production')
    .action(async (file: string, flags: ImportFlags) => {
      const path = resolve(shell.cwd, file);
      await expectPath(path, RECORDS);
      await withApp(shell, {}, async (app) => {
        const name = flags.name ?? basename(path, extname(path));
        const summary = await importRegions({ file: path, name, ...flags }, app, shell.signal);
        shell.print(formatImport(summary, file));
        const ref = `${summary.snapshot.name}@${summary.snapshot.version}`;
        if (!flags.promote) return shell.print(`Next: nightjar regions promote ${ref}`);
        const alias = flags.promote === true ? 'production' : flags.promote;
        await promoteSnapshot(postgresRegionSnapshots(app.database), ref, alias);
        return shell.print(`The alias ${alias} is ${ref} from the next run on.`);
      });
    });
}

/** Imports a file as the next version of a snapshot's name. */
export function importRegions(
  { file, name, resolution }: { file: string; name: string; resolution?: number },
  { database, log }: App,
  signal?: AbortSignal,
): Promise<ImportSummary> {
  return importOccurrences((plan) => openRegionImport(database, plan, log), {
    file,
    name,
    resolution,
    log,
    signal,
  });
}

function addList(regions: Command, shell: Shell): void {
  regions
    .command('list')
    .description('the snapshots, and which aliases point where')
    .option('--json', 'as JSON')
    .action((flags: { json?: boolean }) =>
      withApp(shell, { reserveOutput: true, existing: true }, async ({ database }) => {
        const snapshots = await postgresRegionSnapshots(database).list();
        shell.print(flags.json ? JSON.stringify(snapshots) : formatSnapshots(snapshots));
      }),
    );
}

function addPromote(regions: Command, shell: Shell): void {
  regions
    .command('promote <ref>')
    .description('point an alias at a snapshot: NAME@VERSION')
    .option('--as <alias>', 'which alias', 'production')
    .action((ref: string, flags: { as: string }) =>
      withApp(shell, { existing: true }, async ({ database }) => {
        const snapshots = postgresRegionSnapshots(database);
        const { name, version } = await promoteSnapshot(snapshots, ref, flags.as);
        shell.print(`The alias ${flags.as} is ${name}@${version} from the next run on.`);
      }),
    );
}

interface LookupFlags {
  month?: string;
  snapshot: string;
  all?: boolean;
  json?: boolean;
}

function addLookup(regions: Command, shell: Shell): void {
  regions
    .command('lookup <latitude> <longitude>')
    .description('the animals of a place, the likeliest first; degrees, south and west negative')
    .option('--month <1-12>', 'of one month; default the whole year')
    .option('--snapshot <ref>', 'an alias or NAME@VERSION', 'production')
    .option('--all', 'the whole list; default its first 30')
    .option('--json', 'as JSON')
    .action((latitude: string, longitude: string, flags: LookupFlags) =>
      withApp(shell, { reserveOutput: true, existing: true }, async ({ database, config }) => {
        const place = {
          latitude: parseNumber('LATITUDE', latitude, -90, 90),
          longitude: parseNumber('LONGITUDE', longitude, -180, 180),
          month: flags.month === undefined ? 0 : parseMonth(flags.month),
        };
        const snapshots = postgresRegionSnapshots(database);
        const snapshot = await resolveSnapshot(snapshots, flags.snapshot);
        if (!snapshot) throw new NightjarError('USAGE', 'Expected a snapshot but received none.');
        const features = await lookupPlace(snapshots, snapshot, place, config.minObservations);
        const name = `${snapshot.name}@${snapshot.version}`;
        shell.print(
          flags.json
            ? JSON.stringify({ snapshot: name, ...place, ...features })
            : formatPlace(features, name, flags.all === true),
        );
      }),
    );
}

function parseNumber(what: string, value: string, min: number, max: number): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= min && number <= max) return number;
  throw new NightjarError(
    'USAGE',
    `Expected ${min} to ${max} for ${what} but received "${value}".`,
  );
}

function parseMonth(value: string): number {
  const month = parseNumber('--month', value, 1, 12);
  if (Number.isInteger(month)) return month;
  throw new NightjarError('USAGE', `Expected a whole month 1–12 but received "${value}".`);
}

function formatImport(summary: ImportSummary, file: string): string {
  const count = (n: number) => n.toLocaleString('en');
  const { snapshot, absences } = summary;
  const lines = [
    `${file}: ${count(summary.rows)} rows, ${count(summary.observations)} observations` +
      `${absences > 0 ? ` (${count(absences)} of them absences)` : ''}, ${count(summary.badRows)} bad`,
    ...summary.bad.map(({ reason, rows, examples }) => {
      const shown = examples.map(({ line, value }) => `line ${line}: ${JSON.stringify(value)}`);
      return `  ${reason}: ${count(rows)} (${shown.join('; ')}${rows > examples.length ? '; …' : ''})`;
    }),
    `Snapshot ${snapshot.name}@${snapshot.version}: ${count(summary.taxa)} taxa in ${count(summary.cells)} cells` +
      ` of H3 resolution ${snapshot.resolution}, ${snapshot.hasMonths ? 'by month' : 'without months'},` +
      ` ${count(summary.presenceRows)} presences, ${summary.seconds.toFixed(1)} s`,
  ];
  return lines.join('\n');
}

function formatSnapshots(snapshots: readonly RegionSnapshotRecord[]): string {
  if (snapshots.length === 0)
    return 'No snapshots yet. Make one with: nightjar regions import FILE';
  return formatTable(
    [
      { heading: 'snapshot' },
      { heading: 'aliases' },
      { heading: 'records', numeric: true },
      { heading: 'bad', numeric: true },
      { heading: 'taxa', numeric: true },
      { heading: 'cells', numeric: true },
      { heading: 'months' },
      { heading: 'file' },
      { heading: 'completed' },
    ],
    snapshots.map((snapshot) => [
      `${snapshot.name}@${snapshot.version}`,
      snapshot.aliases.join(', ') || null,
      snapshot.records,
      snapshot.badRecords,
      snapshot.taxa,
      snapshot.cells,
      snapshot.hasMonths ? 'yes' : 'no',
      snapshot.fileName,
      snapshot.completedAt ?? 'unfinished',
    ]),
  );
}

const SHOWN_TAXA = 30;

function formatPlace(place: PlaceFeatures, snapshot: string, all: boolean): string {
  const where = `cell ${place.cell} (H3 resolution ${place.resolution})`;
  if (!place.surveyed) {
    return `${snapshot}, ${where}: unsurveyed. Too little was recorded there to say what lives there and what does not; no prior is applied.`;
  }
  const season = place.month === 0 ? 'the whole year' : `month ${place.month}`;
  const shown = all ? place.taxa : place.taxa.slice(0, SHOWN_TAXA);
  const rest = place.taxa.length - shown.length;
  return [
    `${snapshot}, ${where}, ${season}: ${place.taxa.length} taxa from an effort of ${Math.round(place.observations).toLocaleString('en')} observations`,
    '',
    formatTable(
      [{ heading: 'taxon' }, { heading: 'presence', numeric: true }],
      shown.map(({ taxon, presence }) => [taxon, presence.toFixed(3)]),
    ),
    ...(rest > 0 ? [`and ${rest} more (--all)`] : []),
    '',
    'presence: how likely the taxon is among the next 100 records made there',
  ].join('\n');
}
