import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChaosStage, inForm, openStage, runUndisturbed } from '../helpers/chaos-stage.ts';
import { startCli } from '../helpers/cli.ts';
import type { ResultTable } from '../helpers/result-table.ts';

const COPIES = inForm(1, 6);
/** The shortest that the queue allows. */
const STALLED = {
  NIGHTJAR_HEARTBEAT_SECONDS: '10',
  NIGHTJAR_SHARD_SIZE: '10',
  NIGHTJAR_DATABASE_TIMEOUT_MS: '15000',
};

let undisturbed: ResultTable;
let stage: ChaosStage;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
});
afterAll(() => stage.remove());

async function findChild(supervisor: number | undefined): Promise<number> {
  const path = `/proc/${supervisor}/task/${supervisor}/children`;
  return Number((await readFile(path, 'utf8')).trim().split(' ')[0]);
}

async function countHeldBy(pid: number): Promise<number> {
  const { rows } = await stage.test.database.query<{ n: number }>(
    `select count(*)::int as n from nightjar.shards s join nightjar.workers w on w.id = s.worker_id
     where w.pid = $1 and s.finished_at is null`,
    [pid],
  );
  return rows[0]?.n ?? 0;
}

test.runIf(process.platform === 'linux')(
  'a worker that stalls past its heartbeat is overtaken; when it wakes up it writes nothing, and the table is the same',
  async ({ skip }) => {
    if (inForm(true, false)) return skip('a quarter of a minute of waiting: in the long form only');
    const env = { ...stage.env, ...STALLED };
    const helper = startCli(['work', '--json'], { cwd: stage.cwd, env });
    await helper.said(/"helping"/);
    const running = stage.start(STALLED);
    const pid = await findChild(helper.child.pid);
    while ((await countHeldBy(pid)) === 0) await new Promise((wait) => setTimeout(wait, 2));
    process.kill(pid, 'SIGSTOP');
    const held = await countHeldBy(pid);
    const result = await running.ended;
    process.kill(pid, 'SIGCONT');
    await stage.expectSameTable(result, undisturbed);
    expect(held).toBeGreaterThan(0);
    await helper.said(/handed on to somebody else|"helped"/);
    helper.child.kill('SIGTERM');
    expect((await helper.ended).code).toBe(143);
    await stage.expectSameTable(result, undisturbed);
  },
);

test.runIf(process.platform === 'linux')(
  'a run whose own process stalls is helped out, and closes once it is awake again',
  async ({ skip }) => {
    if (inForm(true, false)) return skip('a quarter of a minute of waiting: in the long form only');
    await stage.test.database.query(
      'truncate nightjar.predictions, nightjar.rejects, nightjar.watermarks',
    );
    const env = { ...stage.env, ...STALLED };
    const running = stage.start(STALLED);
    await stage.waitForRows(10, running);
    const pid = await findChild(running.child.pid);
    process.kill(pid, 'SIGSTOP');
    expect(await countHeldBy(pid)).toBeGreaterThan(0);
    const helper = startCli(['work', '--json'], { cwd: stage.cwd, env });
    while ((await countHeldBy(pid)) > 0) await new Promise((wait) => setTimeout(wait, 100));
    process.kill(pid, 'SIGCONT');
    await stage.expectSameTable(await running.ended, undisturbed);
    helper.child.kill('SIGTERM');
    await helper.ended;
  },
);
