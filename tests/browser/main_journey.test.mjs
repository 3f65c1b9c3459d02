// The main job of Common ID, as a person with a phone does it.

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

/** A test with a phone of its own. */
function walk(name, options, steps) {
  test(name, () => withPhone({ browser, demo, name, ...options }, steps));
}

/** From the maintenance log through registration and dealer link and back. */
async function mainJourney(page, person, dealer) {
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await steps.fitsThePhone(page);
  await steps.sendCode(page, person);
  await steps.fitsThePhone(page);
  await steps.enterCode(page, demo, person);
  await steps.fitsThePhone(page);
  await steps.enterDetails(page, person);
  await steps.fitsThePhone(page);
  await steps.confirm(page, person);
  await steps.on(page, 'dealer-link');
  assert.ok((await page.innerText('main')).includes(dealer), `⑩ does not name ${dealer}`);
  await steps.fitsThePhone(page);
  await steps.linkDealer(page, person);
  await steps.signedIn(page, demo, 'maintenance', person);
  // Single sign-on: no page of ours in between, nothing typed.
  await steps.comeFrom(page, demo, 'mytoyota');
  await steps.signedIn(page, demo, 'mytoyota', person);
}

walk('a newcomer registers, links the dealer and is signed on everywhere, in Japanese', {}, async (page) => {
  await mainJourney(page, steps.somebody('ja'), '長野トヨタ自動車株式会社');
  assert.equal(await page.getAttribute('html', 'lang'), 'ja');
});

walk('a newcomer does the same in English', { locale: 'en-US' }, async (page) => {
  const person = { ...steps.somebody('en'), familyName: 'Yamada', givenName: 'Hanako' };
  await steps.comeFrom(page, demo, 'maintenance');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await mainJourney(page, person, 'Nagano');
});

walk('a newcomer does the same with scripts off', { javaScript: false }, async (page) => {
  await mainJourney(page, steps.somebody('plain'), '長野トヨタ自動車株式会社');
});

walk('a person with an account logs in and is asked nothing that was answered before', {}, async (page, context) => {
  const person = steps.somebody('again');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await steps.linkDealer(page, person);
  await steps.signedIn(page, demo, 'maintenance', person);
  await context.clearCookies();
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.logIn(page, person);
  await steps.signedIn(page, demo, 'maintenance', person);
});

walk('a person who does not link the dealer now is told what follows and is not signed out', {}, async (page) => {
  const person = steps.somebody('later');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await steps.on(page, 'dealer-link');
  await steps.press(page, 'not_now');
  await steps.signedIn(page, demo, 'maintenance', person);
  assert.equal(await page.locator('.linked').count(), 0, 'no dealer is linked');
  assert.match(await page.innerText('.notice'), /連携/, 'the service says what the link would bring');
  await steps.fitsThePhone(page);
});

walk('the code field takes what a keyboard and a clipboard make of a code', {}, async (page) => {
  const person = steps.somebody('wide');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await steps.sendCode(page, person);
  const code = await demo.codeFor(person.email);
  const wide = [...code].map((digit) => String.fromCodePoint(digit.codePointAt(0) + 0xfee0)).join('');
  await page.fill('[name="code"]', `認証番号：${wide} `);
  await steps.press(page, 'next');
  await steps.on(page, 'registration-details');
});

walk('a wrong code, a missing tick and a weak password are explained beside the field', {}, async (page) => {
  const person = steps.somebody('wrong');
  await steps.comeFrom(page, demo, 'maintenance');
  if ((await steps.on(page, 'login', 'terms')) === 'login') await steps.press(page, 'register');
  await steps.on(page, 'terms');
  await steps.press(page, 'next');
  await explained(page, 'terms', 'terms');
  await steps.agreeToTerms(page);
  await steps.sendCode(page, person);
  const code = await demo.codeFor(person.email);
  await page.fill('[name="code"]', code === '000000' ? '000001' : '000000');
  await steps.press(page, 'next');
  await explained(page, 'registration-code', 'code');
  await page.fill('[name="code"]', code);
  await steps.press(page, 'next');
  await steps.on(page, 'registration-details');
  await page.fill('[name="new_password"]', 'short');
  await page.fill('[name="family_name"]', '髙橋');
  await steps.press(page, 'next');
  await explained(page, 'registration-details', 'new_password');
  assert.equal(await page.inputValue('[name="family_name"]'), '髙橋', 'input is kept');
  assert.equal(await page.inputValue('[name="new_password"]'), '', 'the password is not');
});

/** The same screen again, a sentence beside the field, the summary in focus. */
async function explained(page, screen, field) {
  await page.waitForSelector('[role="alert"]');
  await steps.on(page, screen);
  assert.ok((await page.innerText(`#${field}-error`)).trim().length > 0);
  assert.equal(await page.getAttribute(`[name="${field}"]`, 'aria-invalid'), 'true');
  assert.ok(await page.getAttribute('body', 'data-error'), 'a stable code');
  // A page takes the focus there a moment after it is shown.
  await page.locator('.error-summary:focus').waitFor();
}
