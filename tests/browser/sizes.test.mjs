// The whole way on live pages with long names, on the narrowest phone, zoomed,
// and on a desk: nothing is cut off, nothing scrolls sideways, no line is too
// long to read. (That every page is light is seen to wherever a walk goes.)

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { answered, pressed, shown, walkOn, wholeWay, WAY } from './support/journey.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import * as steps from './support/steps.mjs';

/** A phone of 320 px, as WCAG 2.2, 1.4.10 has it. */
const NARROW = { viewport: { width: 320, height: 568 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/** Its text at 200 %. */
const ZOOMED = { viewport: { width: 640, height: 900 }, isMobile: true, hasTouch: true };
const DESK = { viewport: { width: 1280, height: 800 } };
/** WCAG 2.2, 1.4.8: no line over 40 full-width characters. */
const LINE = 40;
const LONG = 'あ'.repeat(49);

let demo;
let browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Somebody with as much of everything as the fields take. */
function somebodyLong(kind) {
  const { email } = steps.somebody(kind);
  const details = {
    family_name_kana: 'ア'.repeat(49),
    given_name_kana: 'ア'.repeat(49),
    mobile_phone: '09012345678',
    city: `札幌市${LONG}`,
    block: '1-2-3'.repeat(15),
    building: `${'AbcdefghijklmnopqrstuvwxyZ'.repeat(3)}`,
    home_phone: '0261234567',
  };
  return { email: `${'very-long-'.repeat(3)}${email}`, familyName: `山${LONG}`, givenName: `花${LONG}`, details };
}

/** Runs in the page: what is cut off, sticks out, or is too long a line. */
function untidy(line) {
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) found.push(`${document.documentElement.scrollWidth} of ${width} px wide`);
  for (const element of document.querySelectorAll('h1, h2, p, li, dd, dt, label, a, button, legend')) {
    if (element.matches('.unseen, .unseen *, .skip') || !element.checkVisibility()) continue;
    const { left, right, width: wide } = element.getBoundingClientRect();
    const what = `${element.tagName} ${element.innerText.slice(0, 30)}`;
    if (wide <= 1) continue;
    if (right > width + 1 || left < -1) found.push(`${what} reaches from ${left} to ${right}`);
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).overflowX !== 'visible') {
      found.push(`${what} is cut off`);
    }
    const characters = wide / parseFloat(getComputedStyle(element).fontSize);
    if (element.matches('main p') && element.innerText.length > line && characters > line) found.push(`${what}: lines of ${characters}`);
  }
  return found;
}

for (const [how, device, brand, locale] of [
  ['at 320 px', NARROW, 'toyota', 'ja-JP'],
  ['at 320 px', NARROW, 'lexus', 'en-US'],
  ['with text twice as large', ZOOMED, 'toyota', 'ja-JP'],
  ['on a desk', DESK, 'lexus', 'en-US'],
]) {
  const name = `everything fits ${how}, at ${brand} in ${locale}`;
  test(name, () =>
    withPhone({ browser, demo, name, device, locale }, async (page) => {
      const person = somebodyLong(brand);
      const complaints = [];
      const look = async (where) => {
        if (device === ZOOMED) await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
        for (const complaint of await page.evaluate(untidy, LINE)) complaints.push(`${where}: ${complaint}`);
      };
      await page.goto(wholeWay(demo, { brand }));
      const seen = await walkOn(page, demo, person, { at: look });
      assert.deepEqual(seen, WAY);
      assert.ok(answered(page).get('code'));
      for (const place of ['', '/profile', '/services', '/passkeys']) {
        await page.goto(demo.url(`id.${brand}`, `/account${place}`));
        if ((await shown(page)).screen === 'login-code') {
          await look('login-code');
          await steps.confirmByCode(page, demo, person);
        }
        assert.match((await shown(page)).screen, /^account/);
        await look(`account${place}`);
      }
      assert.deepEqual(complaints, []);
    }));
}

test('every dealer, however long its name, can be chosen at 320 px', () =>
  withPhone({ browser, demo, name: 'dealers at 320 px', device: NARROW }, async (page) => {
    await steps.comeFrom(page, demo, 'mytoyota');
    await walkOn(page, demo, somebodyLong('dealers'), { until: 'dealer-choice' });
    assert.deepEqual(await page.evaluate(untidy, LINE), []);
    const options = await page.locator('[name="dealer"] option').evaluateAll((all) => all.map(({ value, text }) => [value, text]));
    const [longest] = options.sort(([, a], [, b]) => b.length - a.length)[0];
    await page.selectOption('[name="dealer"]', longest);
    await pressed(page, 'next');
    assert.equal((await shown(page)).screen, 'dealer-link');
    assert.deepEqual(await page.evaluate(untidy, LINE), []);
  }));
