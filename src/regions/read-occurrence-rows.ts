import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { messageOf, NightjarError } from '../domain/errors.ts';

/** One row of the file, the header too. */
export interface OccurrenceRow {
  /** Of its last character, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Of the header that is looked at to tell the separator, and of one row: longer ones are a mistake. */
const MAX_ROW_BYTES = 1_000_000;
/** Remarks may hold line breaks; a row longer than this is several, swallowed by a stray quote. */
const MAX_ROW_LINES = 10;

/**
 * The rows of a CSV or TSV file, the header first, one at a time. The separator is the one its
 * header has more of. In a tab-separated file quotes are plain characters, as GBIF writes them,
 * unless the header is quoted; in a comma-separated file a quoted field may hold commas and lines.
 *
 * @throws REGIONS_INVALID when the file cannot be read, or a quote is opened and not closed
 */
export async function* readOccurrenceRows(
  file: string,
  signal?: AbortSignal,
): AsyncGenerator<OccurrenceRow> {
  try {
    const header = await readHeader(file);
    const delimiter = countOf(header, '\t') > countOf(header, ',') ? '\t' : ',';
    const quote = delimiter === ',' || header.includes('"') ? '"' : null;
    const source = createReadStream(file, { signal });
    const rows = parse({
      bom: true,
      delimiter,
      quote,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_BYTES,
      info: true,
    });
    source.on('error', (error) => rows.destroy(error));
    try {
      let lastLine = 0;
      for await (const { record, info } of source.pipe(rows)) {
        if (info.lines - lastLine > MAX_ROW_LINES) throw openQuote(file, lastLine + 1, info.lines);
        lastLine = info.lines;
        yield { line: info.lines, fields: record };
      }
    } finally {
      source.destroy();
    }
  } catch (error) {
    if (!(error instanceof CsvError) && !isFileError(error)) throw error;
    throw new NightjarError(
      'REGIONS_INVALID',
      `Expected ${file} to be a CSV or TSV file of occurrence records but: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

function openQuote(file: string, from: number, to: number): NightjarError {
  return new NightjarError(
    'REGIONS_INVALID',
    `Expected a row to end within ${MAX_ROW_LINES} lines but the one from line ${from} of ${file} ends in ` +
      `line ${to}: a quote is opened there and not closed. Mend it, or give the file tab-separated.`,
  );
}

async function readHeader(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(MAX_ROW_BYTES),
      0,
      MAX_ROW_BYTES,
      0,
    );
    return buffer.toString('utf8', 0, bytesRead).split(/\r\n|\n|\r/, 1)[0] ?? '';
  } finally {
    await handle.close();
  }
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
