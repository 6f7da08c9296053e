import { messageOf } from '../domain/errors.ts';
import type { Photo } from '../domain/photo.ts';
import { type PipelinePorts, processPhotos } from '../pipeline.ts';
import type { ClaimedShard } from '../ports.ts';
import type { RunContext } from './context.ts';
import type { OpenedRun } from './open-run.ts';
import type { Plan } from './plan-shards.ts';

/** Shards worked side by side, so that one fills its pipeline while another drains. */
const SHARDS_AT_ONCE = 2;
/** Well below the queue's heartbeat limit of 60 s. */
const TOUCH_INTERVAL_MS = 20_000;
/** How often to look whether helpers have finished what they hold. */
const IDLE_WAIT_MS = 1000;

/** Works the run's shards until none is left, or until the signal: then those in hand are handed back. */
export async function workShards(
  plan: Plan,
  opened: OpenedRun,
  context: RunContext,
): Promise<void> {
  if (plan.shards === 0) return;
  const tally = { predicted: 0, rejected: 0 };
  const report = (predicted: number, rejected: number) => {
    tally.predicted += predicted;
    tally.rejected += rejected;
    const { listed, planned } = plan;
    context.onProgress?.({ phase: 'predicting', listed, planned, ...tally });
  };
  report(0, 0);
  const hands = { full: 0 };
  const failure = new AbortController();
  const stop = AbortSignal.any([context.signal, failure.signal]);
  const workers = Array.from({ length: SHARDS_AT_ONCE }, async () => {
    try {
      await workUntilDone(opened, { ...context, signal: stop }, hands, report);
    } catch (error) {
      failure.abort(); // the others finish the batch in hand and stop
      throw error;
    }
  });
  const results = await Promise.allSettled(workers);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

type Report = (predicted: number, rejected: number) => void;

/** @param hands how many shards this process holds: those it need not wait for */
async function workUntilDone(
  opened: OpenedRun,
  context: RunContext,
  hands: { full: number },
  report: Report,
): Promise<void> {
  const { queue } = opened.adapters;
  const { runId } = opened.row;
  while (!context.signal.aborted) {
    const shard = await queue.claim(runId);
    if (shard) {
      hands.full++;
      await workShard(shard, opened, context, report).finally(() => hands.full--);
    } else if ((await queue.countOpen(runId)) <= hands.full) return;
    else await new Promise((resolve) => setTimeout(resolve, IDLE_WAIT_MS));
  }
}

/**
 * Works one shard: every photo of it that is still pending. Idempotent, as the queue may hand a
 * shard to two workers when one of them was out of touch.
 */
async function workShard(
  shard: ClaimedShard,
  opened: OpenedRun,
  { limits, log, signal }: RunContext,
  report: Report,
): Promise<void> {
  const { queue, ledger } = opened.adapters;
  const heartbeat = setInterval(() => {
    queue.touch(shard).catch((error) => {
      log.warn('heartbeat failed', { shard: shard.shardId, error: messageOf(error) });
    });
  }, TOUCH_INTERVAL_MS);
  try {
    const photos = await ledger.openShard(shard.shardId, opened.model.version.id);
    const loaded = processPhotos(until(signal, photos), portsOf(opened), {
      ...limits,
      labels: opened.model.version.labels,
      thresholds: opened.model.thresholds,
      fusion: opened.job.fusion,
      locationRequired: opened.job.location === 'required',
    });
    for await (const { predicted, rejects } of loaded) {
      report(predicted, rejects.length);
      for (const { photo, fault } of rejects) {
        const { stage, code, message } = fault;
        const ids = { run: shard.runId, shard: shard.shardId, photo: photo.id, key: photo.key };
        log.info('photo rejected', { ...ids, stage, code, reason: message });
      }
    }
    if (signal.aborted) return await queue.giveBack(shard, 'stopped');
    await ledger.finishShard(shard.shardId);
    await queue.complete(shard);
    log.debug('shard done', { run: shard.runId, shard: shard.shardId, photos: photos.length });
  } finally {
    clearInterval(heartbeat);
  }
}

function portsOf(opened: OpenedRun): PipelinePorts {
  return {
    source: opened.source,
    regions: opened.regions?.store ?? null,
    regionCache: opened.regionCache,
    classifier: opened.model.classifier,
    predictions: opened.predictions,
  };
}

/** The photos up to the signal; those already begun are finished by the stages behind. */
async function* until(signal: AbortSignal, photos: readonly Photo[]): AsyncGenerator<Photo> {
  for (const photo of photos) {
    if (signal.aborted) return;
    yield photo;
  }
}
