import AxeBuilder from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { type CliProcess, startCli } from './cli.ts';

/** The program as a process that serves a database, and a browser to look at it. */
export interface ServedDashboard {
  readonly address: string;
  /** A page of a browser of its own, which notes what it should not do. */
  open(options?: PageOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
}

export interface WatchedPage {
  readonly page: Page;
  /** Goes to a view, as by its address, and waits until all of it is there. */
  show(path: string): Promise<void>;
  /** Waits until nothing is loaded any more. */
  settle(): Promise<void>;
  /** WCAG 2.2 A and AA rules that are broken, with where. */
  findViolations(): Promise<string[]>;
  /** Fails where there was an error on the console, or a request to elsewhere. */
  expectClean(): void;
}

/** Starts `nightjar serve` over a database, and a browser. */
export async function serveDashboard(
  executablePath: string,
  databaseUrl: string,
  cwd: string,
): Promise<ServedDashboard> {
  const serve = startCli(['serve', '--port', '0'], {
    cwd,
    env: { DATABASE_URL: databaseUrl, NIGHTJAR_RATE_LIMIT: '100000' },
  });
  const [, address = ''] = await serve.said(/"address":"([^"]+)"/);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  return {
    address,
    open: (options = {}) => openPage(browser, address, options),
    close: () => stop(browser, serve),
  };
}

async function stop(browser: Browser, serve: CliProcess): Promise<void> {
  await browser.close();
  serve.child.kill('SIGTERM');
  await serve.ended;
}

async function openPage(
  browser: Browser,
  address: string,
  { width = 1280, theme = 'light' }: PageOptions,
): Promise<WatchedPage> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    locale: 'en-GB',
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${address}/`) && !url.startsWith('data:')) wrong.push(`asked ${url}`);
  });
  const settle = async () => {
    await page.waitForLoadState('networkidle');
    // On a busy machine the network rests before the page has begun to show anything.
    await page.locator('main h1').first().waitFor();
    // The page's own rules forbid to wait for an expression in it.
    await expect
      .poll(() => page.locator('[aria-busy], .skeleton:not(details *), .plot:empty').count(), {
        timeout: 20_000,
      })
      .toBe(0);
  };
  return {
    page,
    settle,
    async show(path) {
      await page.goto('about:blank'); // a change of the hash alone would be no new page
      await page.goto(`${address}${path}`);
      await settle();
    },
    async findViolations() {
      await page.evaluate(AxeBuilder.source);
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
      return (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) =>
          html.slice(0, 160) + ' ' + failureSummary).join('; ')))`)) as string[];
    },
    expectClean: () => expect(wrong).toEqual([]),
  };
}
