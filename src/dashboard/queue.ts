import type { Prediction, Predictions } from './answers.ts';
import { ask, type Parameters } from './api.ts';
import { h } from './dom.ts';
import { formatScore, formatTaken, nameOf } from './format.ts';
import { emptyState, showError } from './panel.ts';

/** Photos at a time; where they are one below the other, fewer. */
const PAGE = 12;
const NARROW_PAGE = 4;
const NARROW = '(max-width: 479px)';

/** A line below a photo's name. */
type Remark = (prediction: Prediction) => string;

/** Photos as cards, a page at a time. */
export async function showQueue(
  query: Parameters,
  { remark, empty }: { readonly remark: Remark; readonly empty: string },
  signal: AbortSignal,
): Promise<HTMLElement> {
  const limit = matchMedia(NARROW).matches ? NARROW_PAGE : PAGE;
  const fetchPage = (cursor: string | null, signal?: AbortSignal) =>
    ask<Predictions>('/v1/predictions', { ...query, limit, cursor }, signal);
  const first = await fetchPage(null, signal);
  if (first.items.length === 0) return emptyState(empty);
  const list = h('ul', { class: 'cards' });
  const foot = h('div', { class: 'foot' });
  const add = ({ items, nextCursor }: Predictions): HTMLElement | undefined => {
    const cards = items.map((prediction) => createCard(prediction, remark));
    list.append(...cards);
    foot.replaceChildren(...(nextCursor ? [moreButton(nextCursor)] : []));
    return cards[0];
  };
  const moreButton = (cursor: string): HTMLElement => {
    const button = h('button', { type: 'button', onclick: () => more() }, 'Show more');
    const more = async (): Promise<void> => {
      button.disabled = true;
      try {
        add(await fetchPage(cursor))
          ?.querySelector('a')
          ?.focus();
      } catch (error) {
        foot.replaceChildren(showError(error, more));
      }
    };
    return button;
  };
  add(first);
  return h('div', {}, list, foot);
}

function createCard(prediction: Prediction, remark: Remark): HTMLElement {
  const { photoId, key, score, precision } = prediction;
  const name = nameOf(prediction);
  const where = precision === 'area' ? ' · area only' : '';
  return h(
    'li',
    {},
    h(
      'a',
      { class: 'card', href: `#/photos/${encodeURIComponent(photoId)}` },
      createThumbnail(photoId, 320, `Photo ${key}`),
      h(
        'span',
        { class: 'card-text' },
        h(
          'span',
          { class: 'card-name' },
          h('strong', {}, name),
          h('span', { class: 'figure' }, formatScore(score)),
        ),
        h('span', { class: 'card-remark' }, remark(prediction)),
        h('span', { class: 'card-key' }, key),
        h('span', { class: 'card-when' }, `${formatTaken(prediction)}${where}`),
      ),
    ),
  );
}

/** The picture, or words in its place where there is none to be had. */
export function createThumbnail(photoId: string, size: number, alt: string): HTMLElement {
  const frame = h('span', { class: 'frame' });
  const image = h('img', {
    src: `/v1/photos/${encodeURIComponent(photoId)}/image?size=${size}`,
    alt,
    loading: size <= 320 ? 'lazy' : 'eager',
    decoding: 'async',
  });
  image.addEventListener('error', () => {
    frame.replaceChildren(h('span', { class: 'no-picture' }, 'No picture to be had'));
  });
  frame.append(image);
  return frame;
}
