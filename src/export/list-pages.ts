import { type ShownPrediction, showPrediction } from '../privacy/show-prediction.ts';
import type {
  FailureFilter,
  FailureRow,
  PredictionCursor,
  PredictionFilter,
  Privacy,
  Reads,
} from '../reads.ts';

/** Rows in memory at a time, some 700 bytes each. */
const PAGE_ROWS = 1000;

/** All predictions that a filter finds, the newest photos first, as their reader may be told them. */
export async function* listPredictionPages(
  reads: Pick<Reads, 'listPredictions'>,
  filter: PredictionFilter,
  privacy: Privacy,
): AsyncGenerator<ShownPrediction[]> {
  let after: PredictionCursor | null = null;
  for (;;) {
    const rows = await reads.listPredictions(filter, privacy, { after, limit: PAGE_ROWS });
    if (rows.length > 0) yield rows.map(showPrediction);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS) return;
    after = { time: last.positionTime, photo: last.photoId, model: last.positionModel };
  }
}

/** All photos that were rejected and have no answer. */
export async function* listFailurePages(
  reads: Pick<Reads, 'listFailures'>,
  filter: FailureFilter,
): AsyncGenerator<FailureRow[]> {
  let after: string | null = null;
  for (;;) {
    const rows: FailureRow[] = await reads.listFailures(filter, after, PAGE_ROWS);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)?.photoId ?? null;
  }
}
