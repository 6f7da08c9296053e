// A process of its own on a test's database: see other-process.ts.
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { openRunAdapters } from '../../src/commands/open-run-context.ts';
import { loadConfig } from '../../src/config.ts';
import type { Request } from './other-process.ts';
import { createShell } from './run-bench-shell.ts';
import { shardedRun } from './shards.ts';
import { silentLog } from './silent-log.ts';

const url = process.argv[2] ?? '';
const cwd = process.cwd();
const database = await openDatabase({ url, log: silentLog });
const app = { config: loadConfig({ cwd, env: {} }), log: silentLog, database, databaseName: '' };
const { ledger, queue } = await openRunAdapters(app, createShell(cwd));

async function answer(request: Request): Promise<unknown> {
  if ('start' in request) {
    const row = await ledger.start(request.start);
    if (typeof row === 'string') throw new Error(`run ${request.start} is ${row}`);
    return row.pin(request.spec, { modelVersionId: 1, regionSnapshotId: null });
  }
  if ('enqueue' in request) return queue.enqueue(request.enqueue, request.shards);
  return queue.claim(shardedRun(request.claim, request.options));
}

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => process.send?.({ answer: value ?? null }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.('ready');
