import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { describeWithChromium } from '../helpers/describe-with-chromium.ts';
import { type ServedDashboard, serveDashboard } from '../helpers/served-dashboard.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

describeWithChromium('the dashboard over an empty database', (executablePath) => {
  let database: TestDatabase;
  let served: ServedDashboard;
  let cwd: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    cwd = await createTempFolder('nightjar-dashboard-');
    served = await serveDashboard(executablePath, database.url, cwd);
  });
  afterAll(async () => {
    await served.close();
    await database.drop();
  });

  test('every part says that there is nothing yet', async () => {
    const { page, show, findViolations, expectClean } = await served.open();
    await show('/');
    const text = await page.locator('main').innerText();
    for (const words of ['No run yet', '0 photos', 'No photo was rejected', 'Nothing here']) {
      expect(text).toContain(words);
    }
    expect(await findViolations()).toEqual([]);
    expectClean();
  });

  test('once there is a key it asks for one, refuses another, and signs out again', async () => {
    const { code, stdout, stderr } = await runCli(['keys', 'add', 'lead'], {
      cwd,
      env: { DATABASE_URL: database.url },
    });
    expect(code, stderr).toBe(0);
    const [key = ''] = /nj_\w+_[\w-]+/.exec(stdout) ?? [];
    await new Promise((wait) => setTimeout(wait, 5500)); // what is known of keys is remembered so long
    for (const theme of ['light', 'dark'] as const) {
      const { page, show, findViolations } = await served.open({ theme, width: 320 });
      await show('/');
      const input = page.getByLabel('API key');
      await input.waitFor();
      expect(await findViolations()).toEqual([]);
      await input.fill('nj_wrong');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/Expected a key/);
      expect(await findViolations()).toEqual([]);
      await input.fill(key);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Freshness' }).waitFor();
      expect(await page.evaluate('document.cookie')).toBe('');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await input.waitFor();
      await show('/');
      await input.waitFor();
    }
  });
});
