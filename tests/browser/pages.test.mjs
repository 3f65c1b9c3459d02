// What every page promises, whatever it shows: it can be read and used by
// everybody, on the narrowest phone, with a thumb, without asking third parties.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { startBrowser } from './support/phone.mjs';
import { openRendered, renderedPages } from './support/rendered.mjs';

const PAGE_BYTES = 50_000;
const THUMB = 44;
/** Seen for a moment, and under a policy of its own that allows its one script. */
const OWN_POLICY = new Set(['form-post']);
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let demo;
let browser;
let pages;
before(async () => {
  [demo, browser, pages] = await Promise.all([startDemo(), startBrowser(), renderedPages()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Opens each page of a brand in a language on a phone of that width; says every complaint at once. */
async function onEach({ brand, locale, width = 390 }, complaintsOf) {
  const context = await browser.newContext({ viewport: { width, height: 844 }, isMobile: true, hasTouch: true });
  const complaints = [];
  try {
    const page = await context.newPage();
    let current;
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(`${current}: ${line.text()}`);
    });
    const chosen = pages.filter((one) => one.brand === brand && one.locale === locale && !OWN_POLICY.has(one.name));
    const names = new Set(pages.map(({ name }) => name).filter((name) => !OWN_POLICY.has(name)));
    assert.deepEqual(chosen.map(({ name }) => name), [...names], 'every page exists for this brand and in this language');
    assert.ok(names.size > 100, `${names.size} pages`);
    for (const rendered of chosen) {
      current = `${rendered.name}.${brand}.${locale}`;
      const fetched = await openRendered(page, demo, rendered);
      for (const complaint of await complaintsOf(page, fetched)) complaints.push(`${current}: ${complaint}`);
    }
  } finally {
    await context.close();
  }
  assert.deepEqual(complaints, []);
}

for (const [brand, locale] of [['toyota', 'ja'], ['lexus', 'en']]) {
  test(`axe finds nothing on any page (${brand}, ${locale})`, () =>
    onEach({ brand, locale }, async (page) => {
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
      return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target).join(', ')}`);
    }));

  test(`no page is wider than the narrowest phone, and a thumb hits every control (${brand}, ${locale})`, () =>
    onEach({ brand, locale, width: 320 }, (page) =>
      page.evaluate((thumb) => {
        const found = [];
        const wide = document.documentElement.scrollWidth;
        if (wide > 320) found.push(`${wide} px wide`);
        const isInText = (link) => link.matches('p a, li a, .hint a') && getComputedStyle(link).display === 'inline';
        for (const control of document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, summary')) {
          const target = control.matches('[type="checkbox"], [type="radio"]') ? (control.closest('label') ?? control) : control;
          const { width, height } = target.getBoundingClientRect();
          // WCAG 2.2, 2.5.8: what is unseen, or a link within a sentence, is no target of its own.
          if (width <= 1 || height <= 1 || isInText(control) || control.matches('.skip, .unseen')) continue;
          if (height < thumb) found.push(`${control.outerHTML.slice(0, 120)} is ${height} px high`);
        }
        return found;
      }, THUMB)));
}

test('a page is light, asks no third party, and stays where it is while it loads', () =>
  onEach({ brand: 'toyota', locale: 'ja' }, async (page, fetched) => {
    const complaints = [];
    const total = [...fetched.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (total > PAGE_BYTES) complaints.push(`${total} bytes: ${[...fetched.keys()].join(' ')}`);
    const own = new URL(page.url()).origin;
    for (const url of fetched.keys()) if (new URL(url).origin !== own) complaints.push(`asks ${url}`);
    const shift = await page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += entry.value;
          }).observe({ type: 'layout-shift', buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
        }),
    );
    if (shift > 0) complaints.push(`moves by ${shift}`);
    return complaints;
  }));

test('with text twice as large every page still fits', () =>
  onEach({ brand: 'toyota', locale: 'ja', width: 640 }, async (page) => {
    // WCAG 2.2, 1.4.4: 200 % of the text size at a width of 640 is a phone of 320 zoomed.
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    return wide > 640 ? [`${wide} px wide`] : [];
  }));
