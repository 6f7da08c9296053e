/** What an element may be given: properties, and attributes with a hyphen or none of their own. */
type Given = Readonly<Record<string, unknown>>;
export type Child = Node | string | number | null | undefined | false;

/**
 * Makes an element. Text goes in as text, never as markup: keys of photos are anybody's words.
 *
 * @param given `class`, `on…` listeners, properties; `null`, `undefined` and `false` leave it out
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Given = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function')
      element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat() as Child[]) {
    if (child !== null && child !== undefined && child !== false) element.append(toNode(child));
  }
  return element;
}

function toNode(child: Node | string | number): Node | string {
  return typeof child === 'number' ? String(child) : child;
}

/** Tells what changed to those who do not see it. */
export function announce(text: string): void {
  const place = document.getElementById('announcements');
  if (place) place.textContent = text;
}
