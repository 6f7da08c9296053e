import { NightjarError } from '../domain/errors.ts';
import { BOX_EXAMPLE, parseBox } from '../filter/box.ts';
import { DECISIONS, expandDecisions } from '../filter/decisions.ts';
import { folderPrefix } from '../filter/folder-prefix.ts';
import { labelsOf } from '../filter/labels-of.ts';
import type { Box, FailureFilter, PredictionFilter, ReadableModel } from '../reads.ts';
import type { Rejects } from '../rejects.ts';
import { findRun, findSources } from './reject-filter.ts';

/** The options of `export` that say which predictions are meant. */
export interface ExportFlags {
  taxon?: string[];
  from?: Date;
  to?: Date;
  decision?: string[];
  minScore?: number;
  run?: string;
  source?: string;
  deployment?: string;
  model?: string;
  bbox?: Box;
}

/** What is exported, one after the other. */
export interface ExportPart {
  readonly predictions: PredictionFilter;
  /** Null where the filter asks for what a rejected photo does not have: a taxon, a score, a time, a place. */
  readonly failures: FailureFilter | null;
}

/**
 * Which predictions a person means: a part a model version and source.
 *
 * @throws USAGE: a run, source or decision that there is not, rather than an empty file
 */
export async function readParts(
  flags: ExportFlags,
  models: readonly ReadableModel[],
  rejects: Pick<Rejects, 'hasRun' | 'listSources'>,
  cwd: string,
): Promise<ExportPart[]> {
  const run = flags.run === undefined ? null : await findRun(flags.run, rejects);
  const sources =
    flags.source === undefined ? [null] : await findSources(flags.source, rejects, cwd);
  const keyPrefix = flags.deployment ? folderPrefix(flags.deployment) : null;
  const answered = {
    labels: labelsOf(flags.taxon, models),
    from: flags.from ? toClock(flags.from) : null,
    to: flags.to ? toClock(flags.to) : null,
    minScore: flags.minScore ?? null,
    decisions: expandDecisions(flags.decision),
    box: flags.bbox ?? null,
    cell: null,
  };
  const anyPhoto = Object.values(answered).every((value) => value === null);
  return models.flatMap(({ id }) =>
    sources.map((source) => ({
      predictions: { ...answered, modelVersionIds: [id], run, source, keyPrefix },
      failures: anyPhoto ? { modelVersionId: id, run, source, keyPrefix } : null,
    })),
  );
}

/** Gathers decisions. @throws USAGE */
export function collectDecisions(value: string, before: readonly string[] = []): string[] {
  const asked = value.split(',').map((part) => part.trim());
  const wrong = asked.find((decision) => !DECISIONS.includes(decision));
  if (wrong === undefined) return [...before, ...asked];
  throw new NightjarError(
    'USAGE',
    `Expected a decision for --decision but received "${wrong}". There is ${DECISIONS.join(', ')}.`,
  );
}

/** Reads a box. @throws USAGE */
export function parseBoxFlag(value: string): Box {
  const box = parseBox(value);
  if (box) return box;
  throw new NightjarError('USAGE', `Expected ${BOX_EXAMPLE}, for --bbox but received "${value}".`);
}

/** The clock's time of an instant that was read as if it were UTC. */
function toClock(time: Date): string {
  return time.toISOString().slice(0, 19);
}
