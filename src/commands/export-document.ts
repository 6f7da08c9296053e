import { NightjarError } from '../domain/errors.ts';
import { type Pages, toCsv, toGeojson, toMegadetector } from '../export/documents.ts';
import { listFailurePages, listPredictionPages } from '../export/list-pages.ts';
import type { Privacy, ReadableModel, Reads } from '../reads.ts';
import type { ExportPart } from './export-filter.ts';

/** What `nightjar export` writes. */
export const FORMATS = ['csv', 'geojson', 'megadetector'] as const;
export type Format = (typeof FORMATS)[number];

/** How much was exported. */
export interface ExportCount {
  predictions: number;
  /** Photos without an answer. */
  failures: number;
}

/** What a document is made of. */
interface Contents {
  readonly models: readonly ReadableModel[];
  readonly parts: readonly ExportPart[];
  readonly privacy: Privacy;
  readonly reads: Reads;
  /** Goes up as the document is read. */
  readonly count: ExportCount;
}

/**
 * The text of an export in chunks of a page, which read the database as they are asked for.
 *
 * @throws USAGE where the format cannot hold so many models or sources
 */
export async function openDocument(
  format: Format,
  { models, parts, privacy, reads, count }: Contents,
): Promise<AsyncIterable<string>> {
  const predictions = counted(
    inTurn(parts, ({ predictions }) => listPredictionPages(reads, predictions, privacy)),
    (rows) => {
      count.predictions += rows;
    },
  );
  if (format === 'csv') return toCsv(predictions);
  if (format === 'geojson') return toGeojson(predictions);
  const model = await assertOneOfEach(models, parts, reads);
  const failures = counted(
    inTurn(parts, ({ failures }) => (failures ? listFailurePages(reads, failures) : [])),
    (rows) => {
      count.failures += rows;
    },
  );
  return toMegadetector(model, predictions, failures);
}

/** A document has one table of classes, and files by their keys. @throws USAGE */
async function assertOneOfEach(
  models: readonly ReadableModel[],
  parts: readonly ExportPart[],
  reads: Pick<Reads, 'listModelSources'>,
): Promise<ReadableModel> {
  const [model, ...others] = models;
  if (!model || others.length > 0) {
    throw new NightjarError(
      'USAGE',
      `Expected one model version for --format megadetector but received ${models.map(({ name, version }) => `${name}@${version}`).join(', ')}. ` +
        'Name one with --model NAME@VERSION.',
    );
  }
  const named = parts.map(({ predictions }) => predictions.source);
  const sources = named.includes(null) ? await reads.listModelSources(model.id) : named;
  if (sources.length <= 1) return model;
  throw new NightjarError(
    'USAGE',
    `Expected one source for --format megadetector, whose files are keys of it, but received ${sources.join(', ')}. ` +
      'Name one with --source URL.',
  );
}

async function* inTurn<P, T>(
  parts: readonly P[],
  list: (part: P) => AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
): Pages<T> {
  for (const part of parts) yield* list(part);
}

async function* counted<T>(pages: Pages<T>, add: (rows: number) => void): Pages<T> {
  for await (const page of pages) {
    add(page.length);
    yield page;
  }
}
