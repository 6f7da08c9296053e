import type { ShardedRun } from '../ports.ts';
import type { Database } from './postgres-database.ts';
import { cutDeadShards } from './postgres-dead-shards.ts';
import { isFree } from './session-locks.ts';

/**
 * Runs that say `running` while nobody holds their lock have died: says so, and cuts the shards that
 * died with them, so that whoever takes these photos up has them in smaller ones.
 */
export async function sweepCrashedRuns(database: Database): Promise<void> {
  const { rows } = await database.query<Omit<ShardedRun, 'modelVersionId'> & ModelRef>(
    `select id::text as "runId", model_version_id as "modelVersionId", reprocess,
       max_active as "maxActive"
     from nightjar.runs where status = 'running'`,
  );
  for (const { modelVersionId, ...run } of rows) {
    await database.transaction(async (client) => {
      if (!(await isFree(client, 'run', run.runId))) return;
      const { rowCount } = await client.query(
        `update nightjar.runs set status = 'crashed', finished_at = now(),
           error = 'the process ended, or lost the database, without closing the run'
         where id = $1 and status = 'running'`,
        [run.runId],
      );
      if (rowCount && modelVersionId !== null) {
        await cutDeadShards(client, { ...run, modelVersionId });
      }
    });
  }
}

/** Null: the run died before it had opened its model. */
interface ModelRef {
  readonly modelVersionId: number | null;
}
