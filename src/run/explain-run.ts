import { toOneLine } from '../domain/one-line.ts';
import { SUPERVISOR_GONE } from '../domain/supervisor-gone.ts';
import type { RunStatus } from '../ledger.ts';
import type { OpenShard, PlannedPhoto, RunRejects, Sample, Unaccounted } from '../run-evidence.ts';

/** What is known of a run that did not end well; null where nobody looked. */
export interface RunFindings {
  readonly runId: string;
  /** As far as the listing came. */
  readonly listed: number;
  readonly pending: number;
  readonly rejects: RunRejects | null;
  readonly unaccounted: Unaccounted | null;
}

/** Characters of a reject's message that are told. */
const MESSAGE_WIDTH = 120;

/**
 * Says which photos are behind the status of a run, for `runs.error` and for people: a dozen lines for
 * ten examples of each kind.
 *
 * @returns an empty string for a status that needs no explanation, or where nobody looked
 */
export function explainRun(status: RunStatus, findings: RunFindings): string {
  const { runId, rejects, unaccounted } = findings;
  if (status === 'stopped') return explainStop(findings);
  if (status === 'crashed') return SUPERVISOR_GONE.message;
  if (status === 'over_error_budget' && rejects) return explainRejects(rejects, runId);
  if (status === 'not_reconciled' && unaccounted) return explainUnaccounted(unaccounted, runId);
  return '';
}

/** What a stopped run leaves, of what was listed: that may have been cut short. */
function explainStop({ runId, listed, pending }: RunFindings): string {
  const goOn = `for the next run, or for: nightjar resume ${runId}`;
  if (listed === 0) return `stopped before a photo was listed; all are left ${goOn}`;
  if (pending === 0)
    return `stopped; of the ${countOf(listed, 'photo', 'photos')} listed none is left`;
  return `stopped; ${countOf(pending, 'photo is', 'photos are')} left ${goOn}`;
}

function explainRejects({ counts, examples }: RunRejects, runId: string): string {
  const total = counts.reduce((sum, { photos }) => sum + photos, 0);
  const reasons = counts.map(({ code, photos }) => `${format(photos)} ${code}`);
  return [
    `${countOf(total, 'photo was', 'photos were')} rejected: ${reasons.join(', ')}. For example:`,
    ...examples.map(
      ({ key, code, message }) =>
        `  ${toOneLine(key)}: ${code}: ${toOneLine(message, MESSAGE_WIDTH)}`,
    ),
    `All of them: nightjar rejects list --run ${runId}`,
  ].join('\n');
}

function explainUnaccounted(unaccounted: Unaccounted, runId: string): string {
  const { missing, doubled, openShards, waiting } = unaccounted;
  const lines = [
    ...tell(missing, ['photo has', 'photos have'], 'no outcome though the shard is done', nameOf),
    ...tell(
      doubled,
      ['photo is', 'photos are'],
      'in the run more than once',
      (photo) => `${nameOf(photo)} (shards ${photo.shards.join(', ')})`,
    ),
    ...tell(openShards, ['shard was', 'shards were'], 'not finished', describeShard),
    ...tell(waiting, ['photo of them has', 'photos of them have'], 'no outcome', nameOf),
  ];
  if (lines.length === 0) {
    return (
      'Every photo of the shards has one outcome, and every shard is finished: the listing differs from ' +
      'them. Was something deleted from nightjar.photos or nightjar.shards while the run was under way?'
    );
  }
  return [
    ...lines,
    `What has no outcome is pending: nightjar resume ${runId}, or the next run.`,
  ].join('\n');
}

/** A line, or none where there is nothing to tell. */
function tell<T>(
  { total, examples }: Sample<T>,
  [one, many]: readonly [string, string],
  what: string,
  name: (example: T) => string,
): string[] {
  if (total === 0) return [];
  const more = total > examples.length ? ', …' : '';
  return [`${countOf(total, one, many)} ${what}: ${examples.map(name).join(', ')}${more}`];
}

function nameOf({ key, photoId }: PlannedPhoto): string {
  return key === null ? `photo ${photoId} (deleted)` : toOneLine(key);
}

function describeShard({ index, photos, claims }: OpenShard): string {
  return `${index} (${countOf(photos, 'photo', 'photos')}, ${claims === 0 ? 'never begun' : `begun ${claims} ×`})`;
}

function countOf(n: number, one: string, many: string): string {
  return `${format(n)} ${n === 1 ? one : many}`;
}

function format(n: number): string {
  return n.toLocaleString('en');
}
