import { SingleBar } from 'cli-progress';
import type { Progress } from '../run/context.ts';
import type { Shell } from './shell.ts';

/** Follows a run on the terminal; `stop` leaves the last state standing. */
export interface ProgressBar {
  update(progress: Progress): void;
  stop(): void;
}

const BAR_WIDTH = 20;

/** A line with rate and time to go before a terminal; elsewhere nothing, as the log tells the same. */
export function createProgressBar({ interactive }: Pick<Shell, 'interactive'>): ProgressBar {
  if (!interactive) return { update() {}, stop() {} };
  let bar: SingleBar | null = null;
  let predictingSince = 0;
  return {
    update(progress) {
      if (!bar) {
        const format = (_options: unknown, _params: unknown, { line }: { line: string }) => line;
        bar = new SingleBar({ format, hideCursor: true });
        bar.start(1, 0, { line: '' });
      }
      if (progress.phase === 'predicting' && predictingSince === 0) predictingSince = Date.now();
      bar.update(0, { line: formatProgress(progress, (Date.now() - predictingSince) / 1000) });
    },
    stop() {
      bar?.stop();
    },
  };
}

/** At most 80 columns up to a million photos. @param seconds since the predicting began */
export function formatProgress(progress: Progress, seconds: number): string {
  const count = (n: number) => n.toLocaleString('en');
  if (progress.phase === 'listing') return `listing  ${count(progress.listed)} photos`;
  const { planned, rejected } = progress;
  const done = progress.predicted + rejected;
  const full = Math.round((planned > 0 ? done / planned : 1) * BAR_WIDTH);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? formatDuration((planned - done) / rate) : '–';
  return [
    `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${count(done)}/${count(planned)}`,
    `${Math.round(rate)}/s`,
    `${left} left`,
    `${count(rejected)} rejected`,
  ].join(' · ');
}

function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)}m${whole % 60}s`
    : `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
}
