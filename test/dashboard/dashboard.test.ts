import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../helpers/describe-with-chromium.ts';
import { DEMO_PHOTOS, openRunBench, type RunBench } from '../helpers/run-bench.ts';
import { type ServedDashboard, serveDashboard } from '../helpers/served-dashboard.ts';

const HOSTILE = '<img src=x onerror=alert(1)>.jpg';
const SITES = ['black-forest', 'kruger', 'pantanal', 'uluru'];

describeWithChromium('the dashboard over the demo photos', (executablePath) => {
  let bench: RunBench;
  let served: ServedDashboard;
  let ids: Map<string, string>;

  beforeAll(async () => {
    bench = await openRunBench();
    await bench.addPhotos(...SITES);
    await copyFile(join(DEMO_PHOTOS, 'kruger/IMG_0001.JPG'), join(bench.photos, HOSTILE));
    await bench.run();
    const { rows } = await bench.test.database.query<{ id: string; key: string }>(
      'select id::text, key from nightjar.photos',
    );
    ids = new Map(rows.map(({ id, key }) => [key, id]));
    served = await serveDashboard(executablePath, bench.test.url, bench.photos);
  });
  afterAll(async () => {
    await served.close();
    await bench.close();
  });

  const photo = (key: string) => `/#/photos/${ids.get(key)}`;
  const views = (): [name: string, path: string][] => [
    ['the overview', '/'],
    ['a filtered overview', '/?taxon=Panthera&from=2025-02-01&to=2025-11-30'],
    ['filters that nothing matches', '/?taxon=Nothing%20at%20all'],
    ['a photo in conflict', photo('black-forest/IMG_0002.JPG')],
    ['a rolled-up photo', photo('black-forest/IMG_0010.JPG')],
    ['a rejected photo', photo('kruger/IMG_0008.JPG')],
  ];

  test.each([
    [320, 'light'],
    [320, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)(
    'every view at %i px, %s: no console error, no outside request, no sideways scroll, no WCAG A or AA violation',
    async (width, theme) => {
      const { page, show, findViolations, expectClean } = await served.open({ width, theme });
      for (const [name, path] of views()) {
        await show(path);
        expect([name, await findViolations()]).toEqual([name, []]);
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect([name, overflow]).toEqual([name, 0]);
        expectClean();
      }
    },
    180_000,
  );

  test('says how fresh it is, what ran and what was rejected', async () => {
    const { page, show } = await served.open();
    await show('/');
    expect(await page.locator('#freshness').innerText()).toContain('Up to date: nothing pending');
    expect(await page.locator('#runs tbody tr').count()).toBe(1);
    await page.locator('#rejects summary').first().click();
    await page.locator('#rejects a').first().waitFor();
    expect(await page.locator('#rejects').innerText()).toMatch(
      /IMAGE_TRUNCATED[\s\S]*IMG_0008\.JPG/,
    );
  });

  test('says what is pending, and since when', async () => {
    const { database } = bench.test;
    await database.query(
      `insert into nightjar.photos (source, key, etag, size, last_modified, first_listed_at)
       values ($1, 'late.jpg', 'x', 1, '2026-01-01', '2026-01-02T03:04:00Z')`,
      [bench.source],
    );
    // The health is remembered for some seconds.
    await new Promise((wait) => setTimeout(wait, 5500));
    const { page, show } = await served.open();
    await show('/');
    await expect
      .poll(() => page.locator('#freshness').innerText())
      .toMatch(/1 photo pending since/);
    await database.query(`delete from nightjar.photos where key = 'late.jpg'`);
  });

  test('a species chosen by name changes every part, the address, and back takes it back', async () => {
    const { page, show, settle } = await served.open();
    await show('/');
    const before = await page.locator('.summary').innerText();
    await page.getByLabel('Species or taxon').fill('jaguar');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?taxon=Panthera+onca');
    await settle();
    expect(await page.locator('#time .legend').innerText()).toMatch(/^\s*Jaguar/);
    expect(await page.locator('#time .legend li').count()).toBe(1);
    expect(await page.locator('#latest .card-name strong').allInnerTexts()).not.toContain('Blank');
    expect(await page.locator('.summary').innerText()).toMatch(/match/);
    await page.goBack();
    await settle();
    await expect.poll(() => page.locator('.summary').innerText()).toBe(before);
  });

  test('a time and a decision change what is shown, and a shared address shows the same', async () => {
    const { page, show, settle } = await served.open();
    await show('/');
    await page.getByLabel('From', { exact: true }).fill('2025-06-01');
    await page.getByLabel('Decision', { exact: true }).selectOption('Region conflict');
    await settle();
    const summary = await page.locator('.summary').innerText();
    expect(summary).toMatch(/match(es)?, from 1 Jun 2025/);
    const again = await served.open();
    await again.show(new URL(page.url()).search ? `/${new URL(page.url()).search}` : '/');
    expect(await again.page.locator('.summary').innerText()).toBe(summary);
    expect(await again.page.getByLabel('Decision', { exact: true }).inputValue()).toBe('conflict');
    await again.page.getByRole('button', { name: 'Clear all' }).click();
    await again.settle();
    expect(await again.page.locator('.summary').innerText()).toMatch(/with an answer/);
  });

  test('dragging across the chart chooses a time', async () => {
    const { page, show, settle } = await served.open();
    await show('/');
    await page.locator('#time .plot').scrollIntoViewIfNeeded();
    const box = await page.locator('#time .plot').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.3, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 120, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=2025-\d\d-\d\d&to=2025-\d\d-\d\d/);
    await settle();
    expect(await page.locator('.summary').innerText()).toMatch(/from .* to /);
  });

  test('the keyboard alone leads from the top to a photo and back to where it was', async () => {
    const { page, show, settle } = await served.open();
    await show('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    for (let at = 0; at < 80; at++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(`document.activeElement.matches('#conflicts .card')`)) break;
    }
    const href = await page.evaluate(`document.activeElement.getAttribute('href')`);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/${href}`);
    await settle();
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await page.locator('.evidence').innerText()).toMatch(/not known to live there/);
    await page.goBack();
    await expect
      .poll(() => page.evaluate(`document.activeElement.getAttribute('href')`))
      .toBe(href);
  });

  test('a photo’s page draws the scores, the presence and the result', async () => {
    const { page, show } = await served.open();
    await show(photo('black-forest/IMG_0002.JPG'));
    const rows = page.locator('.scores tbody tr');
    expect(await rows.nth(0).innerText()).toMatch(
      /American badger[\s\S]*0\.79[\s\S]*0\.00[\s\S]*–/,
    );
    expect(await rows.nth(1).innerText()).toMatch(
      /European badger[\s\S]*0\.21[\s\S]*1\.00[\s\S]*0\.98/,
    );
    expect(await page.evaluate(`document.querySelector('.picture img').naturalWidth`)).toBe(800);
    await show(photo('pantanal/IMG_0003.JPG'));
    expect(await page.locator('.facts').innerText()).toContain('area only');
  });

  test('a photo that does not exist is an error to read, with a way to try again', async () => {
    const { page, show } = await served.open();
    await show('/#/photos/999999');
    expect(await page.getByRole('alert').innerText()).toContain('there is no 999999');
    await page.getByRole('button', { name: 'Try again' }).waitFor();
  });

  test('a key made of markup stays text, on cards and on its page', async () => {
    const { page, show, expectClean } = await served.open();
    await show('/');
    const keys = page.locator('#latest .card-key');
    const more = page.locator('#latest .foot button');
    for (let shown = await keys.count(); (await more.count()) > 0; shown = await keys.count()) {
      await more.click();
      await expect.poll(() => keys.count()).toBeGreaterThan(shown);
    }
    expect(await keys.allInnerTexts()).toContain(HOSTILE);
    await show(photo(HOSTILE));
    expect(await page.locator('h1').innerText()).toBe(HOSTILE);
    await show('/?taxon=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
    expect(await page.locator('.chip').first().innerText()).toContain('<img src=x');
    expectClean();
  });

  test('a part that fails says so and is retried alone', async () => {
    const { page, show, settle } = await served.open();
    let broken = true;
    await page.route('**/v1/runs?*', (route) =>
      broken ? route.fulfill({ status: 503, json: { detail: 'Not now.' } }) : route.continue(),
    );
    await show('/');
    expect(await page.locator('#runs').innerText()).toContain('Not now.');
    expect(await page.locator('#freshness').innerText()).toContain('Up to date');
    broken = false;
    await page.locator('#runs').getByRole('button', { name: 'Try again' }).click();
    await settle();
    expect(await page.locator('#runs tbody tr').count()).toBe(1);
  });
});
