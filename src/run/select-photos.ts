import type { Selection } from '../domain/selection.ts';
import type { ListedVersion } from '../ledger.ts';
import type { Log } from '../ports.ts';
import type { ListedPage } from './discover.ts';

/** What planning needs to know of a photo. */
export type SelectedPhoto = Pick<ListedVersion, 'photoId' | 'done' | 'crashes'>;

/** Photos per page that goes on to planning. */
const PAGE_SIZE = 1000;

/**
 * The photos of a window, in the order of their time, or everything as it comes. What is pending in
 * the window is held until the listing has ended, at 16 bytes a photo.
 */
export async function* selectPhotos(
  pages: AsyncIterable<ListedPage>,
  selection: Selection | null,
  log: Pick<Log, 'warn'>,
): AsyncGenerator<readonly SelectedPhoto[]> {
  if (!selection) {
    yield* pages;
    return;
  }
  const pending = new TimedIds();
  let timeUnknown = 0;
  for await (const page of pages) {
    for (const photo of page) if (Number.isNaN(timeOf(photo, selection))) timeUnknown++;
    const selected = page.filter((photo) => isSelected(photo, selection));
    for (const photo of selected) if (!photo.done) pending.add(photo, timeOf(photo, selection));
    yield selected.filter(({ done }) => done);
  }
  if (timeUnknown > 0) {
    log.warn('photos are in no window: no run has read when they were taken, or they do not say', {
      photos: timeUnknown,
      remedy: 'nightjar run, or backfill --by modified',
    });
  }
  yield* pending.inOrder(selection.reverse);
}

/** Whether a photo lies in the window; one whose time is not known does not. */
export function isSelected(photo: ListedVersion, selection: Selection): boolean {
  const time = timeOf(photo, selection);
  return time >= selection.from.getTime() && time < selection.to.getTime();
}

/** Milliseconds; NaN where it is not known. */
function timeOf({ modifiedAt, capturedClock }: ListedVersion, { by }: Selection): number {
  const time = by === 'modified' ? modifiedAt : capturedClock;
  return time?.getTime() ?? Number.NaN;
}

/** Photo ids with their times, 16 bytes each. */
class TimedIds {
  #ids = new Float64Array(PAGE_SIZE);
  #times = new Float64Array(PAGE_SIZE);
  readonly #crashes = new Map<number, number>();
  #length = 0;

  add({ photoId, crashes }: SelectedPhoto, time: number): void {
    if (this.#length === this.#ids.length) {
      this.#ids = doubled(this.#ids);
      this.#times = doubled(this.#times);
    }
    const id = Number(photoId);
    this.#ids[this.#length] = id;
    this.#times[this.#length++] = time;
    if (crashes > 0) this.#crashes.set(id, crashes);
  }

  *inOrder(reverse: boolean): Generator<readonly SelectedPhoto[]> {
    const [ids, times] = [this.#ids, this.#times];
    const order = Uint32Array.from({ length: this.#length }, (_, index) => index);
    const sign = reverse ? -1 : 1;
    const at = (values: Float64Array, index: number) => values[index] ?? 0;
    order.sort((a, b) => sign * (at(times, a) - at(times, b) || at(ids, a) - at(ids, b)));
    for (let from = 0; from < order.length; from += PAGE_SIZE) {
      yield Array.from(order.subarray(from, from + PAGE_SIZE), (index) => {
        const id = at(ids, index);
        return { photoId: String(id), done: false, crashes: this.#crashes.get(id) ?? 0 };
      });
    }
  }
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
