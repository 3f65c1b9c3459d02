// A phone with a real Chromium. What a failed test saw is kept in artefacts/.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const artefacts = fileURLToPath(new URL('../artefacts', import.meta.url));

/** Debian's Chromium without the interface of a desktop: the same engine for about 60 % of the processor time. */
const executablePath = '/usr/lib/chromium/chromium-headless-shell';

/**
 * Features of Chromium to switch off. The switch replaces Playwright's own: the first four are those of Playwright's
 * that the headless shell has. RenderDocument gives every page a frame of its own inside the browser, which costs an
 * eighth of Chromium's processor time.
 */
const SWITCHED_OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'RenderDocument',
].join();

/** Starts the browser that a file's tests share. */
export function startBrowser() {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disable-features=${SWITCHED_OFF}`,
    ],
  });
}

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/**
 * Runs `walk` with a phone of its own, or another `device`; on failure keeps pictures,
 * trace and log. A walk fails on whatever the browser complains of, a breach of the
 * security policy among it, and on any request to a host that is not the demo's.
 */
export async function withPhone({ browser, demo, name, locale = 'ja-JP', javaScript = true, device = PHONE }, walk) {
  const context = await browser.newContext({ ...device, locale, javaScriptEnabled: javaScript });
  // Several files run at a time, on a machine that may be busy otherwise.
  context.setDefaultTimeout(30_000);
  const complaints = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`script error at ${page.url()}: ${error.message}`));
    page.on('console', (line) => {
      // A refused form answers 4xx, which Chromium reports as if it were a script's error.
      const refused = line.text().startsWith('Failed to load resource') && line.location().url === page.url();
      if (line.type() === 'error' && !refused) complaints.push(`${page.url()}: ${line.text()}`);
    });
  });
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const own = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1';
    if (protocol.startsWith('http') && !own) complaints.push(`${request.frame()?.url()} asks ${request.url()}`);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
      console.error(`the security policy was broken: ${violatedDirective} ${blockedURI} ${sample}`),
    );
  });
  // The snapshots show the DOM at every step. A screencast beside them would cost a sixth of all processor time.
  await context.tracing.start({ screenshots: false, snapshots: true });
  try {
    const page = await context.newPage();
    await walk(page, context);
    if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`);
  } catch (error) {
    await keep(context, demo, name);
    throw error;
  } finally {
    await context.close();
  }
}

async function keep(context, demo, name) {
  const stem = path.join(artefacts, name.replaceAll(/[^\p{L}\p{N}]+/gu, '-'));
  await mkdir(artefacts, { recursive: true });
  for (const [number, page] of context.pages().entries()) {
    await page.screenshot({ path: `${stem}-${number + 1}.png`, fullPage: true }).catch(() => {});
    await writeFile(`${stem}-${number + 1}.html`, `<!-- ${page.url()} -->\n${await page.content()}`).catch(() => {});
  }
  await context.tracing.stop({ path: `${stem}.zip` }).catch(() => {});
  await writeFile(`${stem}.log`, demo.log.join(''));
}
