// Every page of Common ID in every state, as the unit tests render it from the
// templates with sample values, opened as if the running demo had answered it:
// its origin, its assets, its security policy.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './demo.mjs';
import { picture } from './picture.mjs';

/** The heaviest logo that a client may have (`src/clients/logos.rs`): what comes after a picture's end is not looked at. */
const LOGO = Buffer.concat([picture(240, 80), Buffer.alloc(16 * 1024)]).subarray(0, 16 * 1024);

/** The pages: `{ name: 'login-error', brand: 'toyota', locale: 'ja', html }`. */
export async function renderedPages() {
  const folder = await mkdtemp(path.join(tmpdir(), 'common-id-pages-'));
  try {
    await promisify(execFile)('cargo', ['test', '--quiet', '--locked', '--workspace', '--lib', 'every_page_renders'], {
      cwd: root,
      env: { ...process.env, PAGES_DIR: folder },
    });
    const files = (await readdir(folder)).sort();
    return await Promise.all(files.map((file) => read(folder, file)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(folder, file) {
  const [name, brand, locale] = file.split('.');
  return { name, brand, locale, html: await readFile(path.join(folder, file), 'utf8') };
}

/** Opens a rendered page; returns what the browser fetched for it, in bytes by URL. */
export async function openRendered(page, demo, { name, brand, locale, html }) {
  const url = demo.url(`id.${brand}`, `/rendered/${name}.${locale}`);
  const policy = await demo.policy(brand);
  const fetched = new Map([[url, Buffer.byteLength(html)]]);
  const count = (response) => response.body().then((body) => fetched.set(response.url(), body.length), () => {});
  await page.route(url, (route) =>
    route.fulfill({ body: html, contentType: 'text/html; charset=utf-8', headers: { 'content-security-policy': policy } }),
  );
  // The sample's client is in no register, so the demo has no logo of it.
  const logo = demo.url(`id.${brand}`, '/logo/rp/*');
  await page.route(logo, (route) => route.fulfill({ body: LOGO, contentType: 'image/png' }));
  page.on('response', count);
  await page.goto(url, { waitUntil: 'load' });
  page.off('response', count);
  await page.unroute(url);
  await page.unroute(logo);
  return fetched;
}
