import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RunSpec } from '../../src/ledger.ts';
import type { ClaimedShard, ShardedRun } from '../../src/ports.ts';
import type { RunBench } from './run-bench.ts';

/** What another process may be asked to do with the bench's database. */
export type Request =
  | { readonly start: string; readonly spec: RunSpec }
  | { readonly enqueue: string; readonly shards: string[][] }
  | { readonly claim: string; readonly options?: Partial<ShardedRun> };

/** A process that works the bench's runs, and can be killed. */
export interface OtherProcess {
  readonly child: ChildProcess;
  /** Resolves with its answer: of a claim, the shard or null. */
  ask(request: Request): Promise<ClaimedShard | null>;
  /** `kill -9`; resolves when the database has noticed. */
  die(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./other-process-program.ts', import.meta.url));

/** Starts it on the bench's database. */
export async function startOtherProcess({ test }: RunBench): Promise<OtherProcess> {
  const name = `other-${randomUUID()}`;
  const url = new URL(test.url);
  url.searchParams.set('application_name', name);
  const child = fork(PROGRAM, [url.href], { execArgv: [] });
  await once(child, 'message');
  return {
    child,
    async ask(request) {
      child.send(request);
      const [{ answer, error }] = await once(child, 'message');
      if (error) throw new Error(error);
      return answer;
    },
    async die() {
      if (child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
      const connected = 'select from pg_stat_activity where application_name = $1';
      while ((await test.database.query(connected, [name])).rowCount) {
        await new Promise((wait) => setTimeout(wait, 10));
      }
    },
  };
}
