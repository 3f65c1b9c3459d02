// From a postal code to the address, on ⑦: as it is typed where scripts run, by a
// button where they do not; what a person typed is never written over.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import * as steps from './support/steps.mjs';

let demo;
let browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const walk = (name, options, steps) =>
  test(name, () => withPhone({ browser, demo, name, ...options }, steps));

async function atDetails(page) {
  const person = steps.somebody('mover');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await steps.sendCode(page, person);
  await steps.enterCode(page, demo, person);
}

const address = (page) => Promise.all(['prefecture', 'city'].map((name) => page.inputValue(`#${name}`)));
const said = (page, text) => page.locator('#address-status', { hasText: text }).waitFor();
/** Types over what is there, key by key. */
const type = async (page, code) => {
  await page.fill('#postal_code', '');
  await page.locator('#postal_code').pressSequentially(code);
};

walk('with scripts the address is there as soon as the code is, and nothing moves', {}, async (page) => {
  await atDetails(page);
  const place = () => page.evaluate(() => document.getElementById('city').getBoundingClientRect().top + window.scrollY);
  const before = await place();
  await type(page, '４６０-0008');
  await said(page, '郵便番号から住所を入力しました');
  assert.deepEqual(await address(page), ['愛知県', '名古屋市中区栄']);
  assert.equal(await place(), before);
  assert.equal(await page.getAttribute('#address-status', 'role'), 'status');
  // The script takes back what it filled in itself, and that alone.
  await type(page, '000-0000');
  await said(page, '見つかりませんでした');
  assert.deepEqual(await address(page), ['', '']);
  await type(page, '498-0000');
  await said(page, '複数の住所');
  await page.selectOption('#prefecture', '長野県');
  await page.fill('#city', '長野市');
  await type(page, '4600008');
  await said(page, '異なります');
  assert.deepEqual(await address(page), ['長野県', '長野市']);
});

walk('without scripts the button fills it in, or gives a list', { javaScript: false }, async (page) => {
  await atDetails(page);
  await page.fill('#new_password', 'Sunny-day7');
  await page.fill('#postal_code', '498-0000');
  await steps.press(page, 'find_address');
  // A page takes the focus there a moment after it is shown.
  await page.locator('#address-status:focus').waitFor();
  await page.selectOption('#found_address', '三重県桑名郡木曽岬町');
  await steps.fitsThePhone(page);
  await steps.press(page, 'take_address');
  assert.deepEqual(await address(page), ['三重県', '桑名郡木曽岬町']);
  await page.fill('#block', '1-2');
  // The password is kept, and the Enter key is the main button's.
  await page.press('#block', 'Enter');
  await steps.on(page, 'registration-confirmation');
});
