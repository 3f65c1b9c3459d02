// ⑫⑬⑭: TOYOTA.JP needs to know how old a person is before it can serve them.

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

for (const javaScript of [true, false]) {
  walk(`a person tells the birthdate once, with scripts ${javaScript ? 'on' : 'off'}`, { javaScript }, async (page, context) => {
    const person = steps.somebody('buyer');
    await steps.comeFrom(page, demo, 'toyota-jp');
    await steps.register(page, demo, person);
    await steps.on(page, 'profile-edit');
    await steps.fitsThePhone(page);
    await page.fill('[name="birthdate_year"]', '1995');
    await page.fill('[name="birthdate_month"]', '2');
    await page.fill('[name="birthdate_day"]', '31');
    await steps.press(page, 'next');
    await steps.on(page, 'profile-edit');
    assert.ok((await page.innerText('#birthdate_year-error')).length > 0);
    await page.fill('[name="birthdate_month"]', '12');
    await page.fill('[name="birthdate_day"]', '25');
    await steps.press(page, 'next');
    await steps.on(page, 'profile-confirmation');
    assert.match(await page.innerText('main'), /西暦1995年12月25日（平成7年）/);
    await page.reload();
    await steps.press(page, 'save');
    await steps.on(page, 'profile-complete');
    await steps.press(page, 'next');
    await steps.signedIn(page, demo, 'toyota-jp', person);
    assert.match(await page.innerText('.age'), /^3\d$/);
    await context.clearCookies();
    await steps.comeFrom(page, demo, 'toyota-jp');
    await steps.logIn(page, person);
    await steps.signedIn(page, demo, 'toyota-jp', person);
  });
}

walk('a person who does not tell goes back to the service, which says so kindly', {}, async (page) => {
  const person = steps.somebody('private');
  await steps.comeFrom(page, demo, 'toyota-jp');
  await steps.register(page, demo, person);
  await steps.on(page, 'profile-edit');
  await steps.press(page, 'cancel');
  await page.waitForURL((url) => url.hostname === 'toyota-jp.localhost');
  await steps.on(page, 'problem');
  assert.equal(await page.getAttribute('body', 'data-error'), 'access_denied');
  await steps.comeFrom(page, demo, 'mytoyota');
  await steps.on(page, 'dealer-choice');
});
