/** Draws when its width is known, and again when that changes. */
export function drawToFit(holder: HTMLElement, draw: (width: number) => Element): void {
  let drawn = 0;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width === 0 || width === drawn) return;
    drawn = width;
    holder.replaceChildren(draw(width));
  });
  observer.observe(holder);
}

/** One picture with one description, in place of the parts that the library describes. */
export function describeChart<E extends Element>(chart: E, description: string): E {
  for (const part of chart.querySelectorAll('[aria-label], [aria-description]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', description);
  return chart;
}
