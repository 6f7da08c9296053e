import type { ListedVersion, RunSpec } from '../../src/ledger.ts';
import type { ShardedRun } from '../../src/ports.ts';
import type { RunBench } from './run-bench.ts';

/** A run of the demo model, as the queue needs to know it. */
export function shardedRun(runId: string, options: Partial<ShardedRun> = {}): ShardedRun {
  return { runId, modelVersionId: 1, reprocess: 'none', maxActive: null, ...options };
}

/** What a run over the bench's photos is opened with. */
export function specFor(bench: RunBench, options: Partial<RunSpec> = {}): RunSpec {
  return {
    job: 'bench',
    kind: 'run',
    source: bench.source,
    model: 'demo@1',
    regions: 'demo@1',
    fusion: 'weighted',
    location: 'optional',
    errorBudget: 1,
    reprocess: 'none',
    maxActive: null,
    limit: null,
    selection: null,
    ...options,
  };
}

/** Lists and notes the bench's photos, as a run of the demo model sees them, in the order of their ids. */
export async function list(bench: RunBench): Promise<ListedVersion[]> {
  const source = await bench.adapters.openSource(bench.photos);
  const versions: ListedVersion[] = [];
  for await (const page of source.list()) {
    const viewer = { modelVersionId: 1, reprocess: 'none', runId: null } as const;
    versions.push(...(await bench.adapters.ledger.noteListed(bench.source, page, viewer)));
  }
  return versions.sort((a, b) => Number(a.photoId) - Number(b.photoId));
}
