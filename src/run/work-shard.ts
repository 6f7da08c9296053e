import { messageOf } from '../domain/errors.ts';
import type { Photo } from '../domain/photo.ts';
import { type PipelinePorts, processPhotos } from '../pipeline.ts';
import { type ClaimedShard, ShardLost } from '../ports.ts';
import type { Workbench } from './open-workbench.ts';
import type { WorkContext } from './work-shards.ts';

/** Touches within the time after which a worker is taken for stuck. */
const TOUCHES_PER_HEARTBEAT = 3;

/**
 * Works one shard: every photo of it that is still pending. The last batch and the shard's completion
 * are one transaction. Idempotent, as the queue hands a shard on when its worker was out of touch.
 */
export async function workShard(
  shard: ClaimedShard,
  bench: Workbench,
  context: WorkContext,
): Promise<void> {
  const { queue, log, limits, signal, report } = context;
  const ids = { run: shard.runId, shard: shard.shardId };
  const warn = (error: unknown) =>
    log.warn('heartbeat failed', { ...ids, error: messageOf(error) });
  const heartbeat = setInterval(
    () => queue.touch(shard).catch(warn),
    (limits.heartbeatSeconds * 1000) / TOUCHES_PER_HEARTBEAT,
  );
  try {
    const loaded = processPhotos(until(signal, shard.photos), portsOf(shard, bench, signal), {
      ...limits,
      labels: bench.model.version.labels,
      thresholds: bench.model.thresholds,
      fusion: bench.spec.fusion,
      locationRequired: bench.spec.location === 'required',
    });
    for await (const { predicted, rejects } of loaded) {
      report(predicted, rejects.length);
      for (const { photo, fault } of rejects) {
        const { stage, code, message } = fault;
        const photoIds = { ...ids, photo: photo.id, key: photo.key };
        log.info('photo rejected', { ...photoIds, stage, code, reason: message });
      }
    }
    if (signal.aborted) await queue.giveBack(shard);
    else log.debug('shard done', { ...ids, photos: shard.photos.length });
  } catch (error) {
    if (error instanceof ShardLost) {
      log.warn('shard handed on to somebody else meanwhile', ids);
      return;
    }
    await queue.giveBack(shard).catch(() => {}); // the fault itself is what counts
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

function portsOf(shard: ClaimedShard, bench: Workbench, signal: AbortSignal): PipelinePorts {
  return {
    source: bench.source,
    regions: bench.regions?.store ?? null,
    regionCache: bench.regionCache,
    memory: bench.memory,
    classifier: bench.model.classifier,
    // After the signal the stream ends early: its last batch is not the shard's.
    load: (results, last) => bench.predictions.load(shard, results, last && !signal.aborted),
  };
}

/** The photos up to the signal; those already begun are finished by the stages behind. */
async function* until(signal: AbortSignal, photos: readonly Photo[]): AsyncGenerator<Photo> {
  for (const photo of photos) {
    if (signal.aborted) return;
    yield photo;
  }
}
