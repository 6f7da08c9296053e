import { REJECT_CODES } from '../domain/outcome.ts';
import type { NoticeBook } from '../health/notices.ts';
import type { Database } from './postgres-database.ts';

/** Codes whose fault may pass: such a reject is final only once its attempts are used up. */
const RETRIED_CODES = Object.entries(REJECT_CODES)
  .filter(([, { final }]) => !final)
  .map(([code]) => code);

/** What was told, in the table `notices`. */
export function postgresNotices(database: Database): NoticeBook {
  return {
    async claim(event, subject) {
      const { rows } = await database.query(
        `insert into nightjar.notices (event, subject) values ($1, $2)
         on conflict do nothing returning told_at`,
        [event, subject],
      );
      return rows.length > 0;
    },
    async forget(event, subjects) {
      await database.query('delete from nightjar.notices where event = $1 and subject = any ($2)', [
        event,
        subjects,
      ]);
    },
    async countExhausted(runId) {
      const { rows } = await database.query<{ photos: number }>(
        `select count(*)::integer as photos from nightjar.rejects
         where run_id = $1 and final and code = any ($2)`,
        [runId, RETRIED_CODES],
      );
      return rows[0]?.photos ?? 0;
    },
  };
}
