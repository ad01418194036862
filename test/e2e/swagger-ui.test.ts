import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { testServer } from '../support/server.ts';
import { chromiumBin, mainEngine } from '../support/testbed.ts';

describe('Swagger UI', () => {
  it('shows every route, keeps a pasted token, and sends it, under the content policy of the server', async () => {
    await using server = await testServer({ engineSocket: mainEngine().socketPath });
    const browser = await chromium.launch({
      executablePath: chromiumBin(),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${server.url}/`);
      expect(page.url()).toBe(`${server.url}/docs`);

      await page.getByRole('button', { name: 'Authorize' }).click();
      await page.getByLabel('auth-bearer-value').fill(server.tokens.viewer);
      await page.getByRole('button', { name: 'Apply credentials' }).click();
      await page.getByRole('button', { name: 'Close' }).click();
      await page.reload();

      const whoami = page.locator('#operations-Access-accessWhoami');
      await whoami.getByRole('button').first().click();
      await whoami.getByRole('button', { name: 'Execute' }).click();
      const answer = whoami.locator('.live-responses-table .response');
      await answer.locator('.response-col_status').first().waitFor();
      expect(await answer.textContent()).toMatch(/200[\s\S]*"role": "viewer"/);

      expect(await page.locator('.opblock').count()).toBeGreaterThan(40);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
