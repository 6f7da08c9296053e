import { ApiError } from './api.ts';
import { h } from './dom.ts';

interface PanelOptions {
  readonly id: string;
  readonly title: string;
  /** Beside the heading: a switch, a figure. */
  readonly aside?: Node;
  /** One line below the heading. */
  readonly hint?: string;
  /** Pixels that are kept for it while it loads, so that nothing jumps. */
  readonly height: number;
}

/** A part of the page with its own loading, empty and error states. */
export class Panel {
  readonly element: HTMLElement;
  readonly #body: HTMLElement;
  #loading: AbortController | null = null;

  constructor({ id, title, aside, hint, height }: PanelOptions) {
    this.#body = h('div', { class: 'panel-body', style: `--height:${height}px` });
    this.#body.append(h('div', { class: 'skeleton', 'aria-hidden': 'true' }));
    this.element = h(
      'section',
      { id, class: 'panel', 'aria-labelledby': `${id}-title` },
      h('div', { class: 'panel-head' }, h('h2', { id: `${id}-title` }, title), aside),
      hint && h('p', { class: 'hint' }, hint),
      this.#body,
    );
  }

  /**
   * Shows what `load` resolves to in place of what was there, which stays until then, dimmed.
   * A later call takes the place of an earlier one.
   *
   * @param quietly without a sign of loading, and what is there stays where it fails
   */
  async show(load: (signal: AbortSignal) => Promise<Node>, quietly = false): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    if (!quietly) this.element.setAttribute('aria-busy', 'true');
    try {
      const content = await load(loading.signal);
      if (loading.signal.aborted) return;
      this.#body.replaceChildren(content);
    } catch (error) {
      if (loading.signal.aborted || quietly) return;
      this.#body.replaceChildren(showError(error, () => this.show(load)));
    }
    this.element.removeAttribute('aria-busy');
  }
}

/** What went wrong, and the way to try again. */
export function showError(error: unknown, retry: () => void): HTMLElement {
  const known = error instanceof ApiError;
  if (!known) console.error(error);
  const reason = known ? error.message : 'This part of the page failed.';
  return h(
    'div',
    { class: 'failure', role: 'alert' },
    h('p', {}, reason),
    h('button', { type: 'button', onclick: retry }, 'Try again'),
  );
}

/** In place of content that there is none of. */
export function emptyState(text: string): HTMLElement {
  return h('p', { class: 'empty' }, text);
}
