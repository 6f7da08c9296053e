import type { Session } from './answers.ts';
import { ApiError, ask, onSignedOut, signOut } from './api.ts';
import { h } from './dom.ts';
import { FilterState } from './filter-state.ts';
import { Overview } from './overview.ts';
import { showError } from './panel.ts';
import { PhotoPage } from './photo-page.ts';
import { createSignIn } from './sign-in.ts';

const main = document.getElementById('main') as HTMLElement;
const signOutButton = document.getElementById('sign-out') as HTMLButtonElement;
/** The overview stays as it was while a photo is looked at. */
let overview: Overview | null = null;
let state: FilterState | null = null;
/** Where the overview was left. */
let left: { readonly scroll: number; readonly focused: Element | null } | null = null;
let signedIn = false;

onSignedOut.do = () => askForKey();
addEventListener('hashchange', () => {
  if (signedIn) route(true);
});
signOutButton.addEventListener('click', async () => {
  await signOut().catch(() => {});
  askForKey();
});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault(); // the hash says what is shown
  main.focus();
});
start();

async function start(): Promise<void> {
  try {
    const session = await ask<Session>('/v1/session');
    signedIn = true;
    signOutButton.hidden = !session.keyNeeded;
    route(false);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) {
      main.replaceChildren(h('h1', {}, 'nightjar'), showError(error, start));
    }
  }
}

function askForKey(): void {
  signedIn = false;
  overview = null;
  left = null;
  signOutButton.hidden = true;
  document.title = 'Sign in · nightjar';
  if (main.querySelector('.sign-in')) return;
  main.replaceChildren(createSignIn(start));
  document.getElementById('key')?.focus();
}

/** Shows what the address names. @param moved whether the reader came from another view */
function route(moved: boolean): void {
  const [, id] = /^#\/photos\/(\d+)$/.exec(location.hash) ?? [];
  if (id) showPhoto(id, moved);
  else showOverview(moved);
}

function showOverview(moved: boolean): void {
  document.title = 'nightjar';
  state ??= new FilterState();
  overview ??= new Overview(state);
  if (overview.element.isConnected) return;
  main.replaceChildren(overview.element);
  if (!moved) return;
  const back = left?.focused instanceof HTMLElement && overview.element.contains(left.focused);
  scrollTo(0, left?.scroll ?? 0);
  (back ? (left?.focused as HTMLElement) : overview.element.querySelector('h1'))?.focus({
    preventScroll: true,
  });
}

async function showPhoto(id: string, moved: boolean): Promise<void> {
  if (overview?.element.isConnected) left = { scroll: scrollY, focused: document.activeElement };
  const page = new PhotoPage(id);
  main.replaceChildren(page.element);
  scrollTo(0, 0);
  document.title = 'Photo · nightjar';
  const title = await page.load();
  if (!page.element.isConnected) return;
  document.title = `${title} · nightjar`;
  if (moved) page.element.querySelector('h1')?.focus({ preventScroll: true });
}
