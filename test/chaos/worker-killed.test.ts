import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChaosStage, inForm, openStage, runUndisturbed } from '../helpers/chaos-stage.ts';
import type { ResultTable } from '../helpers/result-table.ts';
import { announceSeed } from '../helpers/seeded-random.ts';

const COPIES = inForm(2, 10);
const KILLS = inForm(5, 50);

let undisturbed: ResultTable;
let stage: ChaosStage;
beforeAll(async () => {
  undisturbed = await runUndisturbed(COPIES);
  stage = await openStage(COPIES);
});
afterAll(() => stage.remove());

/** The process that a supervisor has started, or null at the moment. */
async function findChild(supervisor: number): Promise<number | null> {
  const path = `/proc/${supervisor}/task/${supervisor}/children`;
  const children = await readFile(path, 'utf8').catch(() => '');
  return Number(children.trim().split(' ')[0]) || null;
}

test.runIf(process.platform === 'linux')(
  `kill -9 of the working process at ${KILLS} random moments: it is started again, and the table is the same`,
  async () => {
    const random = announceSeed('workers are killed');
    // So that kills hit starting, listing, working and closing, on slow machines too.
    const longestLifeMs = 2 * (await timeToBegin());
    let kills = 0;
    let runs = 0;
    let result = null;
    // Kills that came too late for one run are the next one's, over photos that are pending again.
    while (kills < KILLS || !result) {
      runs++;
      const forget = 'truncate nightjar.predictions, nightjar.rejects, nightjar.photo_crashes';
      await stage.test.database.query(`${forget}, nightjar.watermarks`);
      const running = stage.start();
      let ended = false;
      running.ended.finally(() => {
        ended = true;
      });
      let pid: number | null = null;
      while (!ended && kills < KILLS) {
        const next = await findChild(running.child.pid ?? 0);
        if (next === null || next === pid) {
          await new Promise((wait) => setTimeout(wait, 5));
          continue;
        }
        pid = next;
        await new Promise((wait) => setTimeout(wait, random.between(0, longestLifeMs)));
        if (ended) break;
        if (tryKill(pid)) kills++;
      }
      result = await running.ended;
      await stage.expectSameTable(result, undisturbed);
    }
    expect(kills).toBe(KILLS);
    console.log(`${kills} kills in ${runs} runs`);
  },
);

/** How long a process takes to its first photos. */
async function timeToBegin(): Promise<number> {
  const start = performance.now();
  const running = stage.start();
  await stage.waitForRows(1, running);
  const took = performance.now() - start;
  running.child.kill('SIGTERM');
  await running.ended;
  return took;
}

/** Whether the process was there to be killed: it may have ended by itself just now. */
function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
