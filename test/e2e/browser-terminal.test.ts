import { mkdir } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import { type Example, runExample } from '../support/examples.ts';
import { type Forwarder, forwardTo } from '../support/forwarder.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { chromiumBin, mainEngine } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

/** What an xterm.js on the page shows, line by line. */
async function screen(page: Page): Promise<string> {
  return await page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: the page's own variable, of a script that this file does not see
    const { active } = (globalThis as any).shown.buffer;
    const lines = Array.from({ length: active.length as number }, (_, row) =>
      active.getLine(row).translateToString(true),
    );
    return lines.join('\n');
  });
}

const shows = (page: Page, text: string | RegExp) =>
  waitFor(
    async () => {
      const shown = await screen(page);
      return typeof text === 'string' ? shown.includes(text) : text.test(shown);
    },
    { what: `the screen to show ${String(text)}`, timeoutMs: 20_000 },
  );

describe('a terminal in a browser', () => {
  let scope: TestScope;
  let pages: Example;
  let server: TestServer;
  let network: Forwarder;
  let browser: Browser;
  let origin = '';
  let container = '';

  beforeAll(async () => {
    scope = await testScope(mainEngine());
    container = (await scope.runContainer('web')).name;
    pages = runExample('serve.mjs', [], { PORT: '0' });
    await waitFor(() => pages.stdout().includes('\n'), { what: 'the example pages' });
    origin = pages.stdout().trim();
    server = await testServer({
      engineSocket: scope.socketPath,
      config: { allowedOrigins: [origin], terminalGraceSeconds: 5 },
    });
    network = await forwardTo(Number(new URL(server.url).port));
    browser = await chromium.launch({
      executablePath: chromiumBin(),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await network?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await pages?.[Symbol.asyncDispose]();
    await scope?.[Symbol.asyncDispose]();
  });

  async function newPage(path: string): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    // Catches the terminal that the page makes, to read its screen.
    await page.addInitScript(() => {
      let made: unknown;
      Object.defineProperty(globalThis, 'Terminal', {
        configurable: true,
        get: () => made,
        // biome-ignore lint/suspicious/noExplicitAny: xterm.js's constructor, seen from outside
        set(Terminal: any) {
          made = class extends Terminal {
            constructor(...args: unknown[]) {
              super(...args);
              Object.assign(globalThis, { shown: this });
            }
          };
        },
      });
    });
    await page.goto(`${origin}${path}`);
    return { page, errors };
  }

  it('opens a shell by a ticket, types, resizes, comes back after a broken connection, and sees the exit', async () => {
    const { page, errors } = await newPage('/');
    await page.getByLabel('Server').fill(`http://127.0.0.1:${network.port}`);
    await page.getByLabel('Token').fill(server.tokens.operator);
    await page.getByLabel('Container').fill(container);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Connected').waitFor();
    await shows(page, '# ');

    await page.keyboard.type('echo "grö""ße $((6*7))"\n');
    await shows(page, '\ngröße 42');
    const size = () =>
      page.evaluate(() => {
        // biome-ignore lint/suspicious/noExplicitAny: the page's own variable
        const { rows, cols } = (globalThis as any).shown;
        return `${rows} ${cols}`;
      });
    const before = await size();
    await page.keyboard.type('stty size\n');
    await shows(page, `\n${before}\n`);
    await page.setViewportSize({ width: 760, height: 420 });
    await waitFor(async () => (await size()) !== before, { what: 'the terminal to follow the window' });
    const after = await size();
    await waitFor(
      async () => {
        await page.keyboard.type('stty size\n');
        await shows(page, '# ');
        return (await screen(page)).includes(`\n${after}\n`);
      },
      { what: `stty to say ${after}`, intervalMs: 300 },
    );
    await mkdir('.cache', { recursive: true });
    await page.screenshot({ path: '.cache/terminal.png' });

    network.cut();
    await page.getByText('Closed with 1006').waitFor();
    await page.getByText('Connected').waitFor();
    // What was on the screen is there again, and the shell is the same.
    await shows(page, '\ngröße 42');
    await page.keyboard.type('echo "same $$"; kill -0 $$ && echo shell\n');
    await shows(page, '\nshell');
    const { items } = await server.json<{ items: { viewers: number }[] }>('/terminals');
    expect(items).toEqual([expect.objectContaining({ viewers: 1, status: 'running' })]);

    await page.keyboard.type('exit 7\n');
    await page.getByText('exit:7').waitFor();
    await page.screenshot({ path: '.cache/terminal-exit.png' });
    expect(errors).toEqual([]);
    await page.close();
  });

  it('works with the attach add-on of xterm.js, which knows no channels', async () => {
    const hash = new URLSearchParams({ server: server.url, token: server.tokens.operator, container });
    const { page, errors } = await newPage(`/raw#${hash}`);
    await shows(page, '# ');
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('echo $((7*7)); sleep 4701; exit 3\n');
    await shows(page, '\n49');
    await page.setViewportSize({ width: 700, height: 400 });
    await page.keyboard.press('Control+C');
    await waitFor(
      async () => {
        await page.keyboard.type('stty size\n');
        return (await screen(page)).includes('\n20 70\n');
      },
      { what: 'the size of the window to arrive over REST', intervalMs: 300 },
    );
    await page.keyboard.type('exit 3\n');
    await page.getByText('exit:3').waitFor();
    expect(errors).toEqual([]);
    expect(await processesOf(scope.engine, container)).not.toContain('sleep 4701');
    await page.close();
  });

  it('is refused to pages of an origin that is not listed', async () => {
    const stranger = runExample('serve.mjs', [], { PORT: '0' });
    await waitFor(() => stranger.stdout().includes('\n'), { what: 'the other pages' });
    const page = await browser.newPage();
    await page.goto(stranger.stdout().trim());
    const outcome = await page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        }),
      `${server.url.replace('http', 'ws')}/api/v1/docker/containers/${container}/terminal`,
    );
    expect(outcome).toBe('refused');
    await page.close();
    await stranger[Symbol.asyncDispose]();
  });
});
