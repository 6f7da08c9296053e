import type { Rejects, Status } from './answers.ts';
import { ask } from './api.ts';
import { h } from './dom.ts';
import { formatCount } from './format.ts';
import { age } from './freshness.ts';
import { emptyState, Panel } from './panel.ts';
import { createTable } from './table.ts';

const LISTED = 20;

/** Rejects by code, each of which opens the list of its photos. */
export function showRejects({ rejects }: Status): HTMLElement {
  if (rejects.length === 0) return emptyState('No photo was rejected.');
  const codes = new Map<string, { photos: number; retried: number; last: string }>();
  for (const { code, photos, final, lastRejectedAt } of rejects) {
    const known = codes.get(code) ?? { photos: 0, retried: 0, last: '' };
    known.photos += photos;
    if (!final) known.retried += photos;
    if (lastRejectedAt > known.last) known.last = lastRejectedAt;
    codes.set(code, known);
  }
  const most = Math.max(...[...codes.values()].map(({ photos }) => photos));
  const rows = [...codes].sort(([, a], [, b]) => b.photos - a.photos);
  return h(
    'div',
    { class: 'reject-codes' },
    rows.map(([code, { photos, retried, last }]) => {
      const list = h('div', { class: 'reject-list' });
      const panel = new Panel({ id: `reject-${code}`, title: code, height: 80 });
      list.append(panel.element);
      const details = h(
        'details',
        {},
        h(
          'summary',
          {},
          h('code', {}, code),
          h(
            'span',
            { class: 'track' },
            h('span', { class: 'fill', style: `width:${(100 * photos) / most}%` }),
          ),
          h('span', { class: 'figure' }, formatCount(photos)),
          h(
            'span',
            { class: 'note' },
            retried > 0 ? `${formatCount(retried)} to be tried again, ` : 'final, ',
            'last ',
            age(last),
          ),
        ),
        list,
      );
      details.addEventListener('toggle', () => {
        if (details.open) panel.show((signal) => listRejects(code, signal));
      });
      return details;
    }),
  );
}

async function listRejects(code: string, signal: AbortSignal): Promise<HTMLElement> {
  const { items, nextCursor } = await ask<Rejects>('/v1/rejects', { code, limit: LISTED }, signal);
  if (items.length === 0) return emptyState('None any more.');
  return h(
    'div',
    {},
    createTable({
      caption: `Photos rejected as ${code}`,
      columns: [
        { name: 'Photo' },
        { name: 'Reason' },
        { name: 'Attempts', numeric: true },
        { name: 'Last' },
      ],
      rows: items.map(({ photoId, key, message, attempts, lastRejectedAt }) => [
        h('a', { href: `#/photos/${encodeURIComponent(photoId)}`, class: 'key' }, key),
        message,
        attempts,
        age(lastRejectedAt),
      ]),
    }),
    nextCursor &&
      h('p', { class: 'hint' }, `The newest ${LISTED}. nightjar rejects list shows them all.`),
  );
}
