import type {
  DoubledPhoto,
  OpenShard,
  PlannedPhoto,
  RejectedPhoto,
  RunEvidence,
  RunRejects,
  Sample,
} from '../run-evidence.ts';
import { type Queryable, sql } from './postgres-database.ts';

/** The evidence in PostgreSQL. It reads a run's whole manifest, so it is for runs that went wrong. */
export function postgresRunEvidence(database: Queryable): RunEvidence {
  const read = async <T extends object>(name: string, values: unknown[]) =>
    (await database.query<T & Record<string, unknown>>(sql(name), values)).rows;
  return {
    async listRunRejects(runId, modelVersionId, limit) {
      const keys = [runId, modelVersionId];
      const counts = await read<RunRejects['counts'][number]>('count-run-rejects', keys);
      const examples = await read<RejectedPhoto>('list-run-reject-examples', [...keys, limit]);
      return { counts, examples };
    },
    async listUnaccounted(runId, modelVersionId, limit) {
      const without = await read<PlannedPhoto & Total & { finished: boolean }>(
        'list-without-outcome',
        [runId, modelVersionId, limit],
      );
      const doubled = await read<DoubledPhoto & Total>('list-doubled-photos', [runId, limit]);
      const openShards = await read<OpenShard & Total>('list-open-shards', [runId, limit]);
      const toPlanned = ({ photoId, key }: PlannedPhoto) => ({ photoId, key });
      return {
        missing: toSample(
          without.filter(({ finished }) => finished),
          toPlanned,
        ),
        doubled: toSample(doubled, ({ photoId, key, shards }) => ({ photoId, key, shards })),
        openShards: toSample(openShards, ({ index, photos, claims }) => ({
          index,
          photos,
          claims,
        })),
        waiting: toSample(
          without.filter(({ finished }) => !finished),
          toPlanned,
        ),
      };
    },
  };
}

/** How many there are in all, in every row. */
interface Total {
  readonly total: number;
}

function toSample<R extends Total, T>(rows: readonly R[], toExample: (row: R) => T): Sample<T> {
  return { total: rows[0]?.total ?? 0, examples: rows.map(toExample) };
}
