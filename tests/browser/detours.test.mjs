// The ways a person leaves the straight path: back, reload, a double tap, a
// second tab, a session that ended. Each must end somewhere sensible.

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

walk('every step survives a reload', {}, async (page) => {
  const person = steps.somebody('reload');
  const reloads = async (screen) => {
    await page.reload();
    await steps.on(page, screen);
  };
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await reloads('registration-email');
  await steps.sendCode(page, person);
  await reloads('registration-code');
  await steps.enterCode(page, demo, person);
  await reloads('registration-details');
  await steps.enterDetails(page, person);
  await reloads('registration-confirmation');
  await steps.press(page, 'register');
  await steps.on(page, 'registration-complete');
  await reloads('registration-complete');
  await steps.press(page, 'next');
  await steps.on(page, 'dealer-link');
  await reloads('dealer-link');
  await steps.press(page, 'link');
  await steps.on(page, 'login');
  await reloads('login');
  await steps.logIn(page, person);
  await steps.on(page, 'dealer-link-complete');
  await reloads('dealer-link-complete');
  await steps.press(page, 'next');
  await steps.signedIn(page, demo, 'maintenance', person);
  const mails = (await demo.messages()).filter((message) => message.to === person.email);
  assert.equal(mails.filter((mail) => /\b\d{6}\b/.test(mail.text)).length, 1, 'a reload sends no second code');
});

walk('the back button leads to where the person was, and forward from there', {}, async (page) => {
  const person = steps.somebody('back');
  const corrected = steps.somebody('back-corrected');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await steps.sendCode(page, person);
  await page.goBack();
  await steps.on(page, 'registration-email');
  await steps.sendCode(page, corrected);
  await steps.enterCode(page, demo, corrected);
  await steps.enterDetails(page, corrected);
  await page.goBack();
  await steps.on(page, 'registration-details');
  assert.equal(await page.inputValue('[name="family_name"]'), corrected.familyName);
  await page.goForward();
  await steps.on(page, 'registration-confirmation');
  await steps.confirm(page, corrected);
  await steps.on(page, 'dealer-link');
  await page.goBack();
  // The account exists: whatever page that is, it must not make another or fail.
  await steps.on(page, 'registration-complete', 'dealer-link');
  if ((await steps.on(page, 'registration-complete', 'dealer-link')) === 'registration-complete') {
    await steps.press(page, 'next');
  }
  await steps.linkDealer(page, corrected);
  await steps.signedIn(page, demo, 'maintenance', corrected);
});

walk('a double tap on any button does the thing once', {}, async (page) => {
  const person = steps.somebody('double');
  const twice = (action) =>
    Promise.all([
      page.waitForNavigation({ waitUntil: 'load' }),
      page.evaluate((value) => {
        const button = document.querySelector(`button[name="action"][value="${value}"]`);
        button.form.requestSubmit(button);
        button.form.requestSubmit(button);
      }, action),
    ]);
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await page.fill('[name="email"]', person.email);
  await twice('send_code');
  await steps.on(page, 'registration-code');
  await page.fill('[name="code"]', await demo.codeFor(person.email));
  await twice('next');
  await steps.on(page, 'registration-details');
  await steps.enterDetails(page, person);
  await twice('register');
  await steps.on(page, 'registration-complete');
  await twice('next');
  await steps.on(page, 'dealer-link');
  await twice('link');
  await steps.logIn(page, person);
  await steps.on(page, 'dealer-link-complete');
  await steps.press(page, 'next');
  await steps.signedIn(page, demo, 'maintenance', person);
  const codes = (await demo.messages()).filter((mail) => mail.to === person.email && /\b\d{6}\b/.test(mail.text));
  assert.equal(codes.length, 1, 'one code was sent');
});

walk('what was done in a second tab counts in the first', {}, async (page, context) => {
  const person = steps.somebody('tabs');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await steps.sendCode(page, person);
  const second = await context.newPage();
  await second.goto(page.url());
  await steps.on(second, 'registration-code');
  await steps.enterCode(second, demo, person);
  // The first tab still shows the code's page; its button must not fail.
  await page.fill('[name="code"]', await demo.codeFor(person.email));
  await steps.press(page, 'next');
  await steps.on(page, 'registration-details');
  await steps.enterDetails(page, person);
  await steps.confirm(page, person);
  await second.reload();
  await steps.on(second, 'dealer-link');
  await steps.linkDealer(second, person);
  await steps.signedIn(second, demo, 'maintenance', person);
});

walk('someone who lost all cookies in the middle can still arrive', {}, async (page, context) => {
  const person = steps.somebody('lost');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await steps.on(page, 'dealer-link');
  await context.clearCookies({ domain: 'id.toyota.localhost' });
  await page.reload();
  await steps.logIn(page, person);
  await steps.on(page, 'dealer-link');
  await steps.press(page, 'link');
  if ((await steps.on(page, 'login', 'dealer-link-complete')) === 'login') await steps.logIn(page, person);
  await steps.on(page, 'dealer-link-complete');
  await steps.press(page, 'next');
  await steps.signedIn(page, demo, 'maintenance', person);
});

walk('someone whose session ended is asked to log in again at the next service', {}, async (page, context) => {
  const person = steps.somebody('ended');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await steps.linkDealer(page, person);
  await steps.signedIn(page, demo, 'maintenance', person);
  await context.clearCookies({ domain: 'id.toyota.localhost' });
  await steps.comeFrom(page, demo, 'mytoyota');
  await steps.logIn(page, person);
  await steps.signedIn(page, demo, 'mytoyota', person);
});

walk('a person who cancels comes back to the service, which says so', {}, async (page) => {
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.on(page, 'login', 'terms');
  await steps.press(page, 'cancel');
  await page.waitForURL((url) => url.hostname === 'maintenance.localhost');
  await steps.on(page, 'problem');
  assert.equal(await page.getAttribute('body', 'data-error'), 'access_denied');
  await steps.fitsThePhone(page);
});
