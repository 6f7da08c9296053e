import type {
  RejectCount,
  RejectFilter,
  RejectPage,
  RejectPosition,
  RejectRecord,
  Rejects,
} from '../rejects.ts';
import { type Database, sql } from './postgres-database.ts';

/** Rows in memory at a time, some 500 bytes each. */
const PAGE_ROWS = 1000;
/** Rejects that one transaction changes: a run that waits for their rows waits for a moment. */
const BATCH_ROWS = 5000;

type ListedRow = RejectRecord & { position_time: string; position_model: number };
type RetriedRow = Omit<RejectCount, 'photos'> & { photo: string; modelVersionId: number };

/** Rejects in PostgreSQL. */
export function postgresRejects(database: Database): Rejects {
  const count = async (filter: RejectFilter, retryable: boolean) => {
    const values = [...toValues(filter), retryable];
    return (await database.query<RejectCount & object>(sql('count-rejects'), values)).rows;
  };
  return {
    listPage: (filter, after, limit) => listPage(database, filter, after, limit),
    list: (filter, limit) => listPages(database, filter, limit),
    count: (filter) => count(filter, false),
    countRetryable: (filter) => count(filter, true),
    retry: (filter) => retryBatches(database, filter),
    async hasRun(runId) {
      const { rowCount } = await database.query('select from nightjar.runs where id = $1', [runId]);
      return rowCount === 1;
    },
    async listSources() {
      const { rows } = await database.query<{ source: string }>(
        'select distinct source from nightjar.runs where source is not null order by source',
      );
      return rows.map(({ source }) => source);
    },
  };
}

/** The first five parameters of every statement here. */
function toValues({ codes, runId, sources, modelVersionId, final }: RejectFilter): unknown[] {
  return [codes, runId, sources, modelVersionId, final];
}

async function* listPages(
  database: Database,
  filter: RejectFilter,
  limit: number,
): AsyncGenerator<readonly RejectRecord[]> {
  let position: RejectPosition | null = null;
  for (let left = limit; left > 0; left -= PAGE_ROWS) {
    const page: RejectPage = await listPage(database, filter, position, Math.min(left, PAGE_ROWS));
    if (page.items.length > 0) yield page.items;
    if (!page.next) return;
    position = page.next;
  }
}

async function listPage(
  database: Database,
  filter: RejectFilter,
  after: RejectPosition | null,
  limit: number,
): Promise<RejectPage> {
  const { rows } = await database.query<ListedRow & object>(sql('list-rejects'), [
    ...toValues(filter),
    ...(after ?? [null, null, null]),
    limit,
  ]);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return {
    items: rows.map(({ position_time, position_model, ...reject }) => reject),
    next: last ? [last.position_time, last.photo, String(last.position_model)] : null,
  };
}

async function retryBatches(database: Database, filter: RejectFilter): Promise<RejectCount[]> {
  const tally = new Map<string, RejectCount>();
  let position: readonly unknown[] = [0, 0];
  for (;;) {
    const values = [...toValues(filter), ...position, BATCH_ROWS];
    const { rows } = await database.transaction((client) =>
      client.query<RetriedRow & object>(sql('retry-rejects'), values),
    );
    const last = rows.at(-1);
    if (!last) break;
    for (const { code, model, job } of rows) {
      const key = JSON.stringify([code, model, job]);
      tally.set(key, { code, model, job, photos: (tally.get(key)?.photos ?? 0) + 1 });
    }
    position = [last.photo, last.modelVersionId];
  }
  return [...tally.values()].sort((a, b) => b.photos - a.photos || (a.code < b.code ? -1 : 1));
}
