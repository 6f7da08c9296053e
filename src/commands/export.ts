import { type Command, Option } from 'commander';
import { type Database, type Queryable, withoutTimeout } from '../adapters/postgres-database.ts';
import { resolveModel } from '../adapters/postgres-model-registry.ts';
import { postgresReads } from '../adapters/postgres-reads.ts';
import { postgresRejects } from '../adapters/postgres-rejects.ts';
import { EXIT_CODES, NightjarError } from '../domain/errors.ts';
import { PrivacyGuard } from '../privacy/privacy-guard.ts';
import type { ReadableModel, Reads } from '../reads.ts';
import { type ExportCount, FORMATS, type Format, openDocument } from './export-document.ts';
import { collectDecisions, type ExportFlags, parseBoxFlag, readParts } from './export-filter.ts';
import { type App, withApp } from './open-app.ts';
import { collectList, parseClockTime, parseScore } from './parse-flags.ts';
import { readSensitiveTaxa } from './read-sensitive-taxa.ts';
import type { Shell } from './shell.ts';
import { writeOutput } from './write-output.ts';

interface Flags extends ExportFlags {
  format: Format;
  output?: string;
  precise?: boolean;
}

/** `nightjar export`: current predictions as a file that other programs read. */
export function addExportCommand(program: Command, shell: Shell): void {
  program
    .command('export')
    .description('current predictions as CSV, GeoJSON or MegaDetector JSON')
    .addOption(
      new Option('--format <format>', 'of the file').choices(FORMATS).makeOptionMandatory(),
    )
    .option('--output <file>', 'replaced when the export is complete; default: standard output')
    .option('--taxon <name>', 'of this taxon and what is below it; several times', collectList)
    .option('--from <day>', "taken at or after, by the camera's clock", parseClockTime('--from'))
    .option('--to <day>', 'taken before', parseClockTime('--to'))
    .option('--decision <decision>', 'decided so; several times', collectDecisions)
    .option('--min-score <score>', 'with this score or a higher one', parseScore('--min-score'))
    .option('--run <run>', 'that this run made')
    .option('--source <url>', 'of this source, and of every source below it')
    .option('--deployment <folder>', 'of the photos below this folder')
    .option('--model <ref>', 'by NAME@VERSION; default: those in production')
    .option('--bbox <w,s,e,n>', 'taken in this box of degrees', parseBoxFlag)
    .option('--precise', 'exact positions of sensitive species too')
    .action((flags: Flags) =>
      withApp(shell, { reserveOutput: true }, (app) => exportPredictions(flags, app, shell)),
    );
}

async function exportPredictions(flags: Flags, app: App, shell: Shell): Promise<void> {
  const { database, log } = app;
  const taxa = readSensitiveTaxa(app.config.sensitiveTaxaFile, shell.cwd);
  const done: ExportCount = { predictions: 0, failures: 0 };
  try {
    await inOneMoment(database, async (session) => {
      const reads = postgresReads(session);
      const models = await chooseModels(flags.model, reads, database);
      const parts = await readParts(flags, models, postgresRejects(database), shell.cwd);
      const guard = new PrivacyGuard(reads, taxa);
      const privacy = await guard.of(flags.precise === true);
      const document = await openDocument(flags.format, {
        models,
        parts,
        privacy,
        reads,
        count: done,
      });
      await writeOutput(document, flags.output ?? null, shell);
    });
  } catch (error) {
    const stopped = shell.stoppedBy();
    if (!stopped || !(error instanceof Error) || error.name !== 'AbortError') throw error;
    log.warn('stopped: the export is not complete');
    return shell.exit(stopped === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated);
  }
  log.info('exported', { format: flags.format, precise: flags.precise === true, ...done });
  if (flags.output !== undefined) shell.print(`Exported ${describe(done)} to ${flags.output}.`);
}

/**
 * Everything that `work` reads is of one moment, so that no photo is listed twice or left out while a
 * run predicts it, and what is sensitive is known for all that is told.
 */
async function inOneMoment<T>(
  database: Database,
  work: (session: Queryable) => Promise<T>,
): Promise<T> {
  const client = await database.connect();
  let broken = true;
  try {
    const session = withoutTimeout(client); // a filter that finds little reads much for a page
    await session.query('begin isolation level repeatable read read only');
    const result = await work(session);
    await session.query('commit');
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

async function chooseModels(
  ref: string | undefined,
  reads: Pick<Reads, 'listModels'>,
  database: Database,
): Promise<ReadableModel[]> {
  const models = await reads.listModels();
  if (ref !== undefined) {
    const { id } = await resolveModel(database, ref);
    return models.filter((model) => model.id === id);
  }
  const chosen = models.filter(({ production }) => production);
  if (chosen.length > 0) return chosen;
  throw new NightjarError(
    'MODEL_UNKNOWN',
    'Expected a model in production but there is none. Name one with --model NAME@VERSION, or promote one ' +
      'with `nightjar models promote NAME@VERSION`.',
  );
}

function describe({ predictions, failures }: ExportCount): string {
  const rejected = failures > 0 ? ` and ${count(failures, 'rejected photo')}` : '';
  return `${count(predictions, 'prediction')}${rejected}`;
}

function count(n: number, thing: string): string {
  return `${n.toLocaleString('en')} ${thing}${n === 1 ? '' : 's'}`;
}
