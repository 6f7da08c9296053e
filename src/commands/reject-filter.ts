import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Database } from '../adapters/postgres-database.ts';
import { resolveModel } from '../adapters/postgres-model-registry.ts';
import { NightjarError } from '../domain/errors.ts';
import { REJECT_CODES, type RejectCode } from '../domain/outcome.ts';
import type { RejectFilter, Rejects } from '../rejects.ts';

/** The options that `rejects list` and `rejects retry` share. */
export interface FilterFlags {
  code?: string[];
  run?: string;
  source?: string;
  model?: string;
  final?: boolean;
  retryable?: boolean;
}

/**
 * Which rejects a person means.
 *
 * @throws USAGE, MODEL_UNKNOWN: a run, source, model or code that there is not, rather than no rejects
 */
export async function readFilter(
  { code, run, source, model, final, retryable }: FilterFlags,
  rejects: Rejects,
  database: Database,
  cwd: string,
): Promise<RejectFilter> {
  return {
    codes: code?.map(parseCode) ?? null,
    runId: run === undefined ? null : await findRun(run, rejects),
    sources: source === undefined ? null : await findSources(source, rejects, cwd),
    modelVersionId: model === undefined ? null : (await resolveModel(database, model)).id,
    final: final ? true : retryable ? false : null,
  };
}

function parseCode(value: string): RejectCode {
  if (Object.hasOwn(REJECT_CODES, value)) return value as RejectCode;
  throw new NightjarError(
    'USAGE',
    `Expected a reason for --code but received "${value}". There is ${Object.keys(REJECT_CODES).join(', ')}.`,
  );
}

/** The run that `--run` names. @throws USAGE */
export async function findRun(value: string, rejects: Pick<Rejects, 'hasRun'>): Promise<string> {
  if (/^[1-9]\d{0,17}$/.test(value) && (await rejects.hasRun(value))) return value;
  throw new NightjarError(
    'USAGE',
    `Expected the number of a run for --run but received "${value}". \`nightjar status\` shows them.`,
  );
}

/** The source that `--source` names, and those below it. @throws USAGE */
export async function findSources(
  value: string,
  rejects: Pick<Rejects, 'listSources'>,
  cwd: string,
): Promise<string[]> {
  const known = await rejects.listSources();
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  const wanted = asFolder(isUrl ? value : pathToFileURL(resolve(cwd, value)).href);
  const found = known.filter((source) => asFolder(source).startsWith(wanted));
  if (found.length > 0) return found;
  throw new NightjarError(
    'USAGE',
    `Expected a source that a run has read for --source but received "${value}". ` +
      `There is ${known.join(', ') || 'none yet'}.`,
  );
}

/** With a slash at the end, so that `incoming` does not mean `incoming-old` too. */
function asFolder(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
