import { EXIT_CODES, type ExitCode } from '../domain/errors.ts';
import type { RunSummary } from '../run/summary.ts';

/** A run's figures for people, a few lines. */
export function formatSummary(summary: RunSummary): string {
  const { run, job, status, model, regions, seconds, photosPerSecond } = summary;
  const count = (n: number) => n.toLocaleString('en');
  const title = run === null ? `Dry run of job ${job}` : `Run ${run} of job ${job}`;
  if (status === 'skipped') {
    return `${title}: skipped: another run of the job is under way, waits, or has done this tick already.`;
  }
  const photos =
    `${count(summary.listed)} listed = ${count(summary.alreadyDone)} already done` +
    ` + ${count(summary.predicted)} predicted + ${count(summary.rejected)} rejected` +
    ` + ${count(summary.pending)} pending`;
  return [
    `${title}: ${STATUS_WORDS[status]}`,
    `  model ${model ?? '–'}, regions ${regions ?? 'none'}`,
    `  ${photos}`,
    ...(summary.rejected > 0
      ? [`  which were rejected and why: npx nightjar rejects list --run ${run}`]
      : []),
    ...(nothingLeft(summary) ? ['  nothing was pending, so nothing was predicted again'] : []),
    ...(run === null ? [] : [`  ${seconds} s, ${photosPerSecond} photos/s`]),
  ].join('\n');
}

function nothingLeft({ run, listed, alreadyDone }: RunSummary): boolean {
  return run !== null && listed > 0 && listed === alreadyDone;
}

const STATUS_WORDS: Record<RunSummary['status'], string> = {
  queued: 'waiting',
  running: 'under way',
  done: 'done',
  over_error_budget: 'done, but more photos were rejected than the error budget allows',
  not_reconciled: 'NOT RECONCILED: the photos do not add up',
  failed: 'failed',
  stopped: 'stopped; everything finished so far is kept, and the next run goes on from there',
  skipped: 'skipped',
  crashed: 'crashed',
  dry_run: 'nothing was changed',
};

/** What the process exits with after a run. */
export function exitCodeOf(
  { status }: RunSummary,
  stoppedBy: 'SIGINT' | 'SIGTERM' | undefined,
): ExitCode {
  if (status === 'stopped') {
    return stoppedBy === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted;
  }
  if (status === 'over_error_budget' || status === 'not_reconciled') return EXIT_CODES.overBudget;
  return status === 'failed' || status === 'crashed' ? EXIT_CODES.failed : EXIT_CODES.done;
}
