// The seed from ① to ⑯: members of the old site move to a common ID, those who
// have none yet and those who have one already.

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

/** ① and ②, to ③. */
async function toTheChoice(page, userId, password) {
  await page.goto(demo.url('tos'));
  await steps.on(page, 'tos-login');
  await steps.fitsThePhone(page);
  await page.fill('[name="user_id"]', userId);
  await page.fill('[name="password"]', password);
  await steps.press(page, 'login');
  await steps.on(page, 'tos-top');
  await steps.fitsThePhone(page);
  await page.click('.banner a');
  await steps.on(page, 'tos-choice');
  await steps.fitsThePhone(page);
}

/** ④ to ⑥ with the address the old site knows. */
async function proveAddress(page, email) {
  await steps.on(page, 'terms');
  await page.check('[name="terms"]');
  await steps.press(page, 'next');
  await steps.on(page, 'registration-email');
  assert.equal(await page.inputValue('[name="email"]'), email);
  await steps.press(page, 'send_code');
  await steps.on(page, 'registration-code');
  await page.fill('[name="code"]', await demo.codeFor(email));
  await steps.press(page, 'next');
  await steps.on(page, 'registration-details');
}

/** ⑦ to ⑨, with what the old site told left as it is. */
async function register(page) {
  await page.fill('[name="new_password"]', steps.password);
  await steps.press(page, 'next');
  await steps.on(page, 'registration-confirmation');
  await steps.press(page, 'register');
  await steps.on(page, 'registration-complete');
  await steps.press(page, 'next');
}

/** ⑯, and on to the maintenance log without a password. */
async function movedAndSignedOn(page, words, { linked = true } = {}) {
  await steps.on(page, 'tos-complete');
  await steps.fitsThePhone(page);
  await page.click('.way .button');
  if (!linked) {
    // The maintenance log asks for itself: what was declined was declined there alone.
    await steps.on(page, 'dealer-link');
    await steps.press(page, 'not_now');
  }
  await page.waitForURL((url) => url.hostname === 'maintenance.localhost');
  assert.ok((await page.innerText('body')).includes(words), words);
  await page.goto(demo.url('tos'));
  await steps.on(page, 'tos-top');
  assert.match(await page.innerText('.banner'), /移行が完了しています/);
}

for (const javaScript of [true, false]) {
  const [userId, password, email, name] = javaScript
    ? ['03101200200010', 'Owner-0310', 'mytoYota.20180626@gmail.com', 'オンプレU-T-1']
    : ['03101200200028', 'Complete-28', 'taro.toyoda@example.jp', '豊田 太郎'];
  walk(`a member without a common ID goes from ① to ⑯, with scripts ${javaScript ? 'on' : 'off'}`, { javaScript }, async (page) => {
    await toTheChoice(page, userId, password);
    await steps.press(page, 'new');
    await proveAddress(page, email);
    assert.ok((await page.inputValue('[name="city"]')).length > 0, 'the address is filled in');
    await register(page);
    await steps.on(page, 'dealer-link');
    assert.match(await page.innerText('main'), /長野トヨタ自動車株式会社/);
    await steps.press(page, 'link');
    await steps.logIn(page, { email });
    await steps.on(page, 'dealer-link-complete');
    await steps.press(page, 'next');
    await movedAndSignedOn(page, name);
  });
}

walk('a member who has a common ID goes from ③ by ⑪ to ⑯', {}, async (page) => {
  const person = steps.somebody('owner');
  await steps.comeFrom(page, demo, 'my-route');
  await steps.register(page, demo, person);
  await steps.signedIn(page, demo, 'my-route', person);
  await toTheChoice(page, '03101200200036', 'Missing-36');
  const greeted = await page.innerText('button[value="continue"]');
  assert.match(greeted, new RegExp(`${person.familyName}.*として続ける`), 'who is logged in is greeted');
  await steps.press(page, 'continue');
  await steps.on(page, 'login');
  assert.equal(await page.inputValue('[name="login_id"]'), person.email);
  await steps.logIn(page, person);
  await steps.on(page, 'dealer-link');
  await steps.press(page, 'link');
  await steps.on(page, 'dealer-link-complete');
  await steps.press(page, 'next');
  await movedAndSignedOn(page, person.familyName);
});

walk('old data that no rule of today takes is shown, explained and mended', {}, async (page) => {
  await toTheChoice(page, '03101200200044', 'Old-data-44');
  await steps.press(page, 'new');
  await steps.on(page, 'terms');
  await page.check('[name="terms"]');
  await steps.press(page, 'next');
  await steps.on(page, 'registration-email');
  const { email } = steps.somebody('old');
  await page.fill('[name="email"]', email);
  await steps.press(page, 'send_code');
  await steps.on(page, 'registration-code');
  await page.fill('[name="code"]', await demo.codeFor(email));
  await steps.press(page, 'next');
  await steps.on(page, 'registration-details');
  assert.equal(await page.inputValue('[name="family_name_kana"]'), 'タカハシ', 'half-width kana come over');
  assert.ok(await page.isVisible('#postal_code-error'), 'a postal code that is none is explained');
  assert.equal(await page.inputValue('[name="prefecture"]'), '長野県');
  assert.ok(await page.isVisible('#mobile_phone-error'), 'so is a number that is none');
  await page.fill('[name="mobile_phone"]', '');
  await page.fill('[name="postal_code"]', '386-0404');
  await page.fill('[name="city"]', '上田市');
  await register(page);
  await steps.on(page, 'dealer-link');
  await steps.press(page, 'not_now');
  await movedAndSignedOn(page, '髙橋', { linked: false });
});

walk('several dealers are asked for one by one, and declining still completes the move', {}, async (page) => {
  await toTheChoice(page, '03101200200052', 'Several-52');
  await steps.press(page, 'new');
  await proveAddress(page, 'tae.matsumoto@example.jp');
  await register(page);
  await steps.on(page, 'dealer-link');
  const first = await page.innerText('.dealer-name');
  await steps.press(page, 'not_now');
  await page.waitForFunction((name) => document.querySelector('.dealer-name')?.textContent !== name, first);
  await steps.on(page, 'dealer-link');
  await steps.press(page, 'not_now');
  await movedAndSignedOn(page, '松本', { linked: false });
});

walk('a member whose dealer has merged is shown its successor, and the link is the successor’s', {}, async (page) => {
  await toTheChoice(page, '03101200200086', 'Merged-86');
  await steps.press(page, 'new');
  await proveAddress(page, 'osamu.iida@example.jp');
  await register(page);
  await steps.on(page, 'dealer-link');
  assert.equal(await page.innerText('.dealer-name'), '長野トヨタ自動車株式会社');
  assert.match(await page.innerText('main'), /南信州トヨペット株式会社（デモ）の事業を承継/);
  await steps.fitsThePhone(page);
  await steps.press(page, 'link');
  await steps.logIn(page, { email: 'osamu.iida@example.jp' });
  await steps.on(page, 'dealer-link-complete');
  await steps.press(page, 'next');
  // The maintenance log asks for the successor, and finds it linked.
  await movedAndSignedOn(page, '飯田');
});

walk('a member without a dealer is asked for none; a cancelled move can begin again', {}, async (page) => {
  await toTheChoice(page, '03101200200060', 'No-dealer-60');
  await steps.press(page, 'new');
  await steps.on(page, 'terms');
  await steps.press(page, 'cancel');
  await steps.on(page, 'tos-problem');
  assert.equal(await page.getAttribute('body', 'data-error'), 'access_denied');
  await steps.press(page, 'new');
  await proveAddress(page, 'ken.saku@example.jp');
  await register(page);
  await movedAndSignedOn(page, '佐久', { linked: false });
});

walk('two members with one address: the second is told that it is registered, and takes nothing over', {}, async (page) => {
  // The first of the two moved above, with scripts off.
  await toTheChoice(page, '03101200200078', 'Shared-78');
  await steps.press(page, 'new');
  await steps.on(page, 'terms');
  await page.check('[name="terms"]');
  await steps.press(page, 'next');
  await steps.press(page, 'send_code');
  await steps.on(page, 'registration-code');
  await page.fill('[name="code"]', await demo.codeFor('taro.toyoda@example.jp', 3));
  await steps.press(page, 'next');
  await steps.on(page, 'registration-already-registered');
  await steps.press(page, 'login');
  await steps.logIn(page, { email: 'taro.toyoda@example.jp' });
  await steps.on(page, 'tos-problem');
  assert.equal(await page.getAttribute('body', 'data-error'), 'bound_otherwise');
});
