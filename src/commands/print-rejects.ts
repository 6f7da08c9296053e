import { toOneLine } from '../domain/one-line.ts';
import type { RejectCount, RejectRecord } from '../rejects.ts';
import { formatTable } from './table.ts';

/** Characters of a line; a key is never cut, so that it can be copied. */
const LINE_WIDTH = 80;
const CODE_WIDTH = 20;
const MIN_MESSAGE_WIDTH = 20;

/** What stands over the first lines of the rejects. */
export const REJECT_HEADING = `when               ${'code'.padEnd(CODE_WIDTH)}  attempts  final`;

/** A reject in two lines: when and why, then the key with the message, cut to the line. */
export function formatReject(reject: RejectRecord): string {
  const { lastRejectedAt, code, attempts, final, key, message } = reject;
  const when = `${lastRejectedAt.toISOString().slice(0, 16).replace('T', ' ')}Z`;
  const counts = `${String(attempts).padStart(8)}  ${final ? 'yes' : 'no'}`;
  const start = `  ${toOneLine(key)}: `;
  const room = Math.max(MIN_MESSAGE_WIDTH, LINE_WIDTH - start.length);
  return `${when}  ${code.padEnd(CODE_WIDTH)}  ${counts}\n${start}${toOneLine(message, room)}`;
}

/** What a retry changed, or would change, and what to type next. */
export function formatRetried(counts: readonly RejectCount[], dryRun: boolean): string {
  if (counts.length === 0) {
    return 'No reject to try again: none is like that, or those that are wait for the next run already.';
  }
  const photos = sumOf(counts);
  const subject = `${photos.toLocaleString('en')} ${photos === 1 ? 'photo' : 'photos'}`;
  const jobs = [...new Set(counts.map(({ job }) => job))];
  return [
    dryRun
      ? `${subject} would be tried again; nothing was changed.`
      : `${subject} will be tried again by the next run.`,
    '',
    formatTable(
      [
        { heading: 'photos', numeric: true },
        { heading: 'code' },
        { heading: 'model' },
        { heading: 'job' },
      ],
      counts.map((count) => [count.photos, count.code, count.model, count.job]),
    ),
    ...(dryRun ? [] : ['', ...jobs.map((job) => `Next: nightjar run --job ${job}`)]),
  ].join('\n');
}

/** All photos of the counts. */
export function sumOf(counts: readonly RejectCount[]): number {
  return counts.reduce((sum, { photos }) => sum + photos, 0);
}
