// node tests/browser/gallery.mjs [FOLDER]
//
// Pictures of every page on a phone, in every state, both brands and languages,
// and an index.html that shows them side by side. They go to target/gallery.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root, startDemo } from './support/demo.mjs';
import { startBrowser } from './support/phone.mjs';
import { openRendered, renderedPages } from './support/rendered.mjs';

const folder = path.resolve(process.argv[2] ?? path.join(root, 'target/gallery'));
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, isMobile: true, hasTouch: true };

const [demo, browser, pages] = await Promise.all([startDemo(), startBrowser(), renderedPages()]);
try {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const taken = [];
  const context = await browser.newContext(phone);
  const page = await context.newPage();
  const take = async (name, brand, locale) => {
    const file = `${name}.${brand}.${locale}.png`;
    await page.screenshot({ path: path.join(folder, file), fullPage: true });
    taken.push({ name, column: `${brand} ${locale}`, file });
  };
  for (const rendered of pages) {
    await openRendered(page, demo, rendered);
    await take(rendered.name, rendered.brand, rendered.locale);
  }
  for (const party of await demo.parties()) {
    for (const locale of ['ja', 'en']) {
      await page.goto(demo.url(party, `/?lang=${locale}`));
      await take(`at ${party}`, 'service', locale);
    }
  }
  await writeFile(path.join(folder, 'index.html'), index(taken));
  console.log(`${taken.length} pictures: ${path.join(folder, 'index.html')}`);
} finally {
  await browser.close();
  await demo.stop();
}

/** A row for each page, a column for each brand and language. */
function index(taken) {
  const rows = new Map();
  for (const picture of taken) rows.set(picture.name, [...(rows.get(picture.name) ?? []), picture]);
  const picture = ({ column, file }) =>
    `<figure><a href="${file}"><img loading="lazy" width="260" src="${file}" alt="${file}"></a><figcaption>${column}</figcaption></figure>`;
  const row = ([name, pictures]) => `<h2>${name}</h2><div>${pictures.map(picture).join('')}</div>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title>
<style>body{font:15px sans-serif;margin:2rem;background:#ddd}div{display:flex;flex-wrap:wrap;gap:1rem;align-items:start}figure{margin:0}img{border:1px solid #999}</style>
<h1>Every page</h1>${[...rows].map(row).join('\n')}</html>
`;
}
