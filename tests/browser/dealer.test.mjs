// A dealer's side: its staff see who linked the dealer, by number and name as the
// old site told it, and that a customer ended the link.

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

const staff = { email: 'staff@nagano-toyota.example', familyName: '販売', givenName: '店子' };
const member = { email: 'taro.toyoda@example.jp' };

/** The staff page, read anew until it says so. */
async function says(page, words) {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    await page.goto(demo.url('dealer'));
    await steps.on(page, 'staff');
    if (words.test(await page.innerText('main'))) return;
    await page.waitForTimeout(500);
  }
  assert.match(await page.innerText('main'), words);
}

test('staff see who linked the dealer, and who ended it', () =>
  withPhone({ browser, demo, name: 'staff' }, async (page) => {
    await steps.comeFrom(page, demo, 'dealer');
    await steps.register(page, demo, staff);
    await steps.on(page, 'consent');
    await steps.press(page, 'approve');
    await steps.on(page, 'staff');
    await steps.fitsThePhone(page);
    assert.match(await page.innerText('main'), /連携中のお客様はいません/);

    await withPhone({ browser, demo, name: 'customer' }, async (phone) => {
      await phone.goto(demo.url('tos'));
      await phone.fill('[name="user_id"]', '03101200200028');
      await phone.fill('[name="password"]', 'Complete-28');
      await steps.press(phone, 'login');
      await phone.click('.banner a');
      await steps.press(phone, 'new');
      await steps.agreeToTerms(phone);
      await steps.sendCode(phone, member);
      await steps.enterCode(phone, demo, member);
      await phone.fill('[name="new_password"]', steps.password);
      await steps.press(phone, 'next');
      await steps.on(phone, 'registration-confirmation');
      await steps.press(phone, 'register');
      await steps.on(phone, 'registration-complete');
      await steps.press(phone, 'next');
      await steps.linkDealer(phone, member);
      await steps.on(phone, 'tos-complete');

      await says(page, /豊田 太郎 連携中/);
      const customer = page.locator('[data-customer="N-0028"]');
      assert.match(await customer.innerText(), /豊田 太郎[\s\S]*プリウス[\s\S]*TOYOTA OWNER'S SITE/);
      assert.ok(!(await page.innerText('main')).includes(member.email), 'no address was consented to');
      await steps.fitsThePhone(page);

      await phone.goto(demo.url('id.toyota', '/account/services'));
      await steps.on(phone, 'account-services');
      await steps.press(phone, 'unlink');
      await steps.on(phone, 'account-services');
    });
    await says(page, /豊田 太郎 連携解除/);
    assert.equal(await page.locator('[data-customer="N-0028"]').getAttribute('data-linked'), 'false');
    await steps.fitsThePhone(page);
    await page.goto(demo.url('dealer', '/?lang=en'));
    await steps.on(page, 'staff');
    assert.match(await page.innerText('main'), /Link ended/);
    await steps.fitsThePhone(page);
  }));

test('whoever is no staff is told so and sees no customer', () =>
  withPhone({ browser, demo, name: 'no staff' }, async (page) => {
    const person = steps.somebody('curious');
    await steps.comeFrom(page, demo, 'my-route');
    await steps.register(page, demo, person);
    await steps.signedIn(page, demo, 'my-route', person);
    await page.goto(demo.url('dealer', '/login'));
    await steps.on(page, 'consent');
    await steps.press(page, 'approve');
    await steps.on(page, 'staff-refused');
    await steps.fitsThePhone(page);
    assert.equal(await page.locator('[data-customer]').count(), 0);
  }));
