import type { Photo } from './answers.ts';
import { ask } from './api.ts';
import { type Child, h } from './dom.ts';
import { showEvidence } from './evidence.ts';
import { formatBytes, formatInstant, formatTaken, nameOf } from './format.ts';
import { showError } from './panel.ts';
import { createThumbnail } from './queue.ts';

/** Rejects of what has no picture that can be shown. */
const NO_PICTURE = [
  'OBJECT_GONE',
  'NAME_NOT_UTF8',
  'OBJECT_TOO_LARGE',
  'IMAGE_EMPTY',
  'FORMAT_UNKNOWN',
  'FORMAT_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
];

/** A photo with its facts, and the evidence of every answer. */
export class PhotoPage {
  readonly element = h('article', { class: 'photo-page' });
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  /** Resolves once it is shown, or what went wrong. @returns its title */
  async load(): Promise<string> {
    this.element.setAttribute('aria-busy', 'true');
    this.element.replaceChildren(backLink(), title('Photo'), h('div', { class: 'skeleton tall' }));
    try {
      const photo = await ask<Photo>(`/v1/photos/${encodeURIComponent(this.#id)}`);
      this.element.replaceChildren(backLink(), ...showPhoto(photo));
      return photo.key;
    } catch (error) {
      const problem = showError(error, () => this.load());
      this.element.replaceChildren(backLink(), title('Photo'), problem);
      return 'Photo';
    } finally {
      this.element.removeAttribute('aria-busy');
    }
  }
}

function backLink(): HTMLElement {
  return h('a', { href: '#/', class: 'back' }, '← Overview');
}

function title(text: string): HTMLElement {
  return h('h1', { tabindex: '-1', class: 'key' }, text);
}

function showPhoto(photo: Photo): Node[] {
  const [first] = photo.predictions;
  const answer = first ? `Photo, predicted as ${nameOf(first)}` : 'Photo without an answer';
  return [
    title(photo.key),
    h(
      'div',
      { class: 'row photo-row' },
      h('div', { class: 'panel picture' }, showPicture(photo, answer)),
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'facts-title' },
        h('h2', { id: 'facts-title' }, 'Facts'),
        showFacts(photo),
      ),
    ),
    ...photo.predictions.map((evidence, at) => showEvidence(evidence, at)),
    ...(photo.rejects.length > 0 ? [showRejects(photo)] : []),
    ...(photo.predictions.length + photo.rejects.length === 0
      ? [h('p', { class: 'panel empty' }, 'Pending: no run has dealt with it yet.')]
      : []),
  ];
}

/** Asked for where one may be had: a browser notes every picture that is none as an error. */
function showPicture({ photoId, predictions, rejects }: Photo, alt: string): HTMLElement {
  const hopeless =
    predictions.length === 0 && rejects.some(({ code }) => NO_PICTURE.includes(code));
  if (!hopeless) return createThumbnail(photoId, 1280, alt);
  return h('span', { class: 'frame' }, h('span', { class: 'no-picture' }, 'No picture to be had'));
}

function showFacts(photo: Photo): HTMLElement {
  const { width, height, cameraMake, cameraModel, utcOffset, utcOffsetSource } = photo;
  const facts: [string, Child][] = [
    [
      'Taken',
      `${formatTaken(photo)}${utcOffset ? ` (UTC${utcOffset}${utcOffsetSource ? `, by ${utcOffsetSource}` : ''})` : ''}`,
    ],
    ['Position', tellPosition(photo)],
    ['Camera', [cameraMake, cameraModel].filter(Boolean).join(' ') || '–'],
    [
      'Picture',
      `${photo.format ?? 'format unknown'}${width && height ? `, ${width} × ${height}` : ''}, ${formatBytes(photo.size)}`,
    ],
    ['Source', h('span', { class: 'key' }, photo.source)],
    ['Written', formatInstant(photo.lastModified)],
    [
      'Superseded',
      photo.supersededAt && `${formatInstant(photo.supersededAt)}: a newer version was listed`,
    ],
  ];
  return h(
    'dl',
    { class: 'facts' },
    facts
      .filter(([, fact]) => fact)
      .map(([name, fact]) => h('div', {}, h('dt', {}, name), h('dd', {}, fact))),
  );
}

function tellPosition({ latitude, longitude, precision, locationStatus }: Photo): string {
  if (latitude === null || longitude === null)
    return `none (${locationStatus ?? 'not looked for yet'})`;
  if (precision === 'area') {
    return `area only, around ${latitude.toFixed(2)}, ${longitude.toFixed(2)}: a sensitive species lives there`;
  }
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}${locationStatus ? ` (${locationStatus})` : ''}`;
}

function showRejects({ rejects }: Photo): HTMLElement {
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'rejects-title' },
    h('h2', { id: 'rejects-title' }, 'Rejected'),
    h(
      'ul',
      { class: 'plain-list' },
      rejects.map(({ model, stage, code, message, attempts, final, run, lastRejectedAt }) =>
        h(
          'li',
          {},
          h('p', {}, h('code', {}, code), ` in ${stage}, by ${model}: ${message}`),
          h(
            'p',
            { class: 'hint' },
            `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, ${final ? 'final' : 'to be tried again'}; run ${run}, ${formatInstant(lastRejectedAt)}`,
          ),
        ),
      ),
    ),
  );
}
