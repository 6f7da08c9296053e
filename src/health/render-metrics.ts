import { Gauge, Registry } from 'prom-client';
import type { Health } from './health.ts';

const ENDED = ['done', 'over_error_budget', 'not_reconciled', 'failed', 'stopped', 'crashed'];

type Sample = readonly [Readonly<Record<string, string>>, number | null | undefined];

/**
 * The health in Prometheus' text format. All are gauges, read from the database at that moment.
 * Series grow with jobs, sources, models and reject codes, never with photos or runs. Times are
 * seconds since 1970.
 */
export async function renderMetrics(health: Health): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, samples: readonly Sample[]) => {
    const known = samples.filter(([, value]) => value !== null && value !== undefined);
    if (known.length === 0) return;
    const labelNames = Object.keys(known[0]?.[0] ?? {});
    const metric = new Gauge({ name: `nightjar_${name}`, help, labelNames, registers: [registry] });
    for (const [labels, value] of known) metric.set(labels, value ?? 0);
  };
  gauge('health_timestamp_seconds', 'When these figures were read.', [
    [{}, seconds(health.takenAt)],
  ]);
  addJobs(health, gauge);
  addSources(health, gauge);
  addQueue(health, gauge);
  gauge('rejected_photos', 'Rejected current photos, by reason; final ones are not tried again.', [
    ...health.rejects.map(
      ({ source, model, code, final, photos }): Sample => [
        { source, model, code, final: String(final) },
        photos,
      ],
    ),
  ]);
  gauge('photos_per_second', 'Photos with a new outcome, over the last 5 minutes.', [
    [{}, health.rate.photosPerSecond],
  ]);
  return registry.metrics();
}

type AddGauge = (name: string, help: string, samples: readonly Sample[]) => void;

function addJobs({ jobs }: Health, gauge: AddGauge): void {
  const each = (value: (job: Health['jobs'][number]) => number | null | undefined) =>
    jobs.map((job): Sample => [{ job: job.job }, value(job)]);
  gauge(
    'last_good_window_timestamp_seconds',
    'Tick of the last scheduled run that ended as done.',
    each(({ lastGoodWindow }) => seconds(lastGoodWindow?.logicalTime)),
  );
  gauge(
    'last_good_run_timestamp_seconds',
    'Logical time of the last run that ended as done, whoever asked for it; no backfill.',
    each(({ lastGoodRun }) => seconds(lastGoodRun?.logicalTime)),
  );
  gauge(
    'last_run_status',
    'How the latest run ended: 1 for its status, 0 for the others.',
    jobs.flatMap(({ job, latestRun }) =>
      ENDED.map(
        (status): Sample => [{ job, status }, latestRun && Number(latestRun.status === status)],
      ),
    ),
  );
  gauge(
    'last_run_end_timestamp_seconds',
    'When the latest run ended.',
    each(({ latestRun }) => seconds(latestRun?.finishedAt)),
  );
  gauge(
    'last_run_duration_seconds',
    'How long the latest run took.',
    each(({ latestRun }) => latestRun?.seconds),
  );
  gauge(
    'last_run_photos',
    'Photos of the latest run by outcome; together they are what it listed.',
    jobs.flatMap(({ job, latestRun }): Sample[] => [
      [{ job, outcome: 'already_done' }, latestRun?.alreadyDone],
      [{ job, outcome: 'predicted' }, latestRun?.predicted],
      [{ job, outcome: 'rejected' }, latestRun?.rejected],
      [{ job, outcome: 'pending' }, latestRun?.pending],
    ]),
  );
  gauge(
    'consecutive_failures',
    'Runs since the last good one that failed, crashed, went over the budget or did not add up.',
    each(({ consecutiveFailures }) => consecutiveFailures),
  );
  gauge(
    'job_paused',
    'Whether the newest tick was skipped because the job is paused.',
    each(({ paused }) => Number(paused)),
  );
  gauge(
    'skipped_ticks',
    'Ticks of the last 7 days that were skipped, by reason.',
    jobs.flatMap(({ job, skippedTicks }) =>
      ['overlap', 'paused'].map((reason): Sample => [{ job, reason }, skippedTicks[reason] ?? 0]),
    ),
  );
}

function addSources({ sources }: Health, gauge: AddGauge): void {
  const each = (value: (source: Health['sources'][number]) => number | null) =>
    sources.map((row): Sample => [{ source: row.source, model: row.model }, value(row)]);
  gauge(
    'pending_photos',
    'Current photos with neither a prediction nor a final reject.',
    each(({ pending }) => pending),
  );
  gauge(
    'oldest_pending_timestamp_seconds',
    'When the oldest pending photo was written to its source; absent when none is pending.',
    each(({ oldestPendingAt }) => seconds(oldestPendingAt)),
  );
  gauge(
    'pending_since_timestamp_seconds',
    'Since when a pending photo has been waiting; absent when none is pending.',
    each(({ pendingSince }) => seconds(pendingSince)),
  );
}

function addQueue({ queue }: Health, gauge: AddGauge): void {
  const open = new Map<string, { waiting: number; active: number }>();
  for (const { kind, waiting, active } of queue) {
    const sum = open.get(kind) ?? { waiting: 0, active: 0 };
    open.set(kind, { waiting: sum.waiting + waiting, active: sum.active + active });
  }
  gauge(
    'open_shards',
    'Shards of runs under way that are not finished: waiting, or active in the hands of a worker.',
    ['run', 'backfill', 'rescore'].flatMap((kind): Sample[] => [
      [{ kind, state: 'waiting' }, open.get(kind)?.waiting ?? 0],
      [{ kind, state: 'active' }, open.get(kind)?.active ?? 0],
    ]),
  );
  const workers = new Set(queue.flatMap((run) => run.workers.map(({ worker }) => worker)));
  gauge('workers', 'Processes that hold shards.', [[{}, workers.size]]);
}

function seconds(time: Date | null | undefined): number | null {
  return time ? time.getTime() / 1000 : null;
}
