import { SingleBar } from 'cli-progress';
import type { Progress } from '../run/context.ts';
import type { Shell } from './shell.ts';

/** Follows a run on the terminal; `stop` leaves the last state standing. */
export interface ProgressBar {
  update(progress: Progress): void;
  stop(): void;
}

/** A bar with rate and time to go before a terminal; elsewhere nothing, as the log tells the same. */
export function createProgressBar({ interactive }: Pick<Shell, 'interactive'>): ProgressBar {
  if (!interactive) return { update() {}, stop() {} };
  const startedAt = Date.now();
  let bar: SingleBar | null = null;
  return {
    update({ phase, listed, planned, predicted, rejected }) {
      const done = predicted + rejected;
      const rate = Math.round(done / Math.max(0.001, (Date.now() - startedAt) / 1000));
      const payload = { rejected, rate, listed };
      if (!bar) {
        bar = new SingleBar({
          format:
            '{phase} {bar} {value}/{total} photos · {rate}/s · {eta_formatted} to go · {rejected} rejected',
          barsize: 28,
          hideCursor: true,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          etaBuffer: 500,
        });
        bar.start(planned, done, { ...payload, phase: 'listing   ' });
      }
      bar.setTotal(phase === 'listing' ? listed : planned);
      bar.update(phase === 'listing' ? listed : done, {
        ...payload,
        phase: phase === 'listing' ? 'listing   ' : 'predicting',
      });
    },
    stop() {
      bar?.stop();
    },
  };
}
