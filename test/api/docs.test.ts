import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { openApiServer } from '../helpers/api-server.ts';
import { createTestDatabase } from '../helpers/database.ts';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browserPath = BROWSERS.find((path) => existsSync(path));
if (!browserPath) console.log(`skipped: no browser at ${BROWSERS.join(', ')}`);

test.skipIf(!browserPath)(
  'a browser shows the page about the API, and no policy stops any of it',
  async () => {
    const bench = await createTestDatabase();
    const api = await openApiServer(bench.url);
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const browser = await chromium.launch({
      executablePath: browserPath ?? '',
      args: ['--no-sandbox'],
    });
    try {
      const page = await browser.newPage();
      const said: string[] = [];
      page.on('console', (line) => line.type() === 'error' && said.push(line.text()));
      page.on('pageerror', (error) => said.push(String(error)));
      await page.goto(`${address}/docs`);
      await page.getByText('Current predictions, the newest photos first').first().click();
      await page.getByRole('button', { name: 'Try it out' }).first().click();
      await page.getByRole('button', { name: 'Execute' }).first().click();
      await page.getByText('"nextCursor": null').first().waitFor();
      expect(said).toEqual([]);
    } finally {
      await browser.close();
      await api.close();
      await bench.drop();
    }
  },
);
