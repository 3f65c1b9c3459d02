// Time passes: pages left open for a day, codes and sessions that end. The demo's
// clock is moved for the running program; nobody sleeps.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { answered, button, fillIn, pressed, shown, walkOn, wholeWay, WAY } from './support/journey.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import * as steps from './support/steps.mjs';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let demo;
let browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo({ movable: true }), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const walk = (name, options, steps) => test(name, () => withPhone({ browser, demo, name, ...options }, steps));

walk('a page left open for a day begins again with the service, whichever it is', {}, async (page, context) => {
  const person = steps.somebody('a-day');
  const idled = [];
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person, {
    at: async (screen) => {
      const place = `${screen}, ${person.registered ? 'registered' : 'new'}`;
      if (idled.includes(place)) return false;
      idled.push(place);
      const action = await fillIn(page, demo, person, screen);
      await demo.pass(DAY, context);
      const answer = await pressed(page, action);
      if (screen === 'profile-complete') return true; // Dealer and birthdate are there: nothing is owed.
      assert.equal(answer.status(), 200, `${action} at ${place}, a day later`);
      const { screen: next, error } = await shown(page);
      assert.ok(WAY.includes(next) && !error, `${place}: ${next} ${error}`);
      assert.match(page.url(), /restarted=1/, place);
      assert.ok(await page.isVisible('.notice[role="status"]'), `${place}: it is said that everything begins anew`);
      return true;
    },
  });
  assert.deepEqual(idled.map((place) => place.split(',')[0]), WAY.slice(0, -1));
  assert.ok(answered(page).get('code'));
  await madeOnce(page, person);
});

walk('⑦ left open for longer than an hour, half filled in, comes back as it was typed', {}, async (page, context) => {
  const person = { ...steps.somebody('an-hour'), details: { city: '長野市', block: '箱清水1-2-3', home_phone: '026-123-4567' } };
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person, { until: 'registration-details' });
  const action = await fillIn(page, demo, person, 'registration-details');
  await demo.pass(61 * MINUTE, context);
  await pressed(page, action);
  await walkOn(page, demo, person, { until: 'registration-details' });
  const restored = { family_name: person.familyName, ...person.details, new_password: '' };
  for (const [field, text] of Object.entries(restored)) assert.equal(await page.inputValue(`[name="${field}"]`), text, field);
  await pressed(page, 'discard');
  assert.equal(await page.inputValue('[name="city"]'), '');
  await walkOn(page, demo, { ...person, details: {} });
  assert.ok(answered(page).get('code'));
});

walk('⑮ left open for a day leads on to the service, with scripts off', { javaScript: false }, async (page, context) => {
  const person = steps.somebody('linked');
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person, { until: 'dealer-link-complete' });
  await demo.pass(DAY, context);
  await pressed(page, 'next');
  assert.ok(answered(page).get('code'));
  await madeOnce(page, person);
});

/** One account and one link. */
async function madeOnce(page, person) {
  const welcomes = (await demo.sentTo(person.email)) - (await demo.sentTo(person.email, { codes: true }));
  assert.equal(welcomes, 1, 'one account');
  await page.goto(demo.url('id.toyota', '/account/services'));
  await steps.on(page, 'account-services');
  assert.equal(await page.locator(button('unlink')).count(), 1, 'one link');
}

walk('whoever comes to a service again after a day is still known, and after three idle days is asked to log in', {}, async (page, context) => {
  const person = steps.somebody('days');
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person);
  const again = async () => {
    await page.goto(wholeWay(demo));
    return walkOn(page, demo, person);
  };
  await demo.pass(DAY, context);
  assert.deepEqual(await again(), [], 'nothing is asked');
  assert.ok(answered(page).get('code'));
  await demo.pass(3 * DAY + MINUTE, context);
  assert.deepEqual(await again(), ['login']);
  assert.ok(answered(page).get('code'));
  for (let day = 0; day < 13; day += 1) {
    await demo.pass(DAY, context);
    assert.deepEqual(await again(), [], `day ${day}`);
  }
  await demo.pass(DAY + MINUTE, context);
  assert.deepEqual(await again(), ['login'], 'two weeks are the longest');
});

walk('a service that forgot the login meanwhile offers it again, and then signs on without a question', {}, async (page, context) => {
  const person = steps.somebody('service');
  await steps.comeFrom(page, demo, 'my-route');
  await walkOn(page, demo, person, { until: 'registration-complete' });
  await demo.pass(DAY, context);
  await pressed(page, 'next');
  await walkOn(page, demo, { ...person, registered: true });
  await steps.on(page, 'problem');
  assert.equal((await shown(page)).error, 'login_expired');
  await page.click('main a.button');
  await steps.signedIn(page, demo, 'my-route', person);
});

walk('a page of the account left open for a day asks for the password first, and comes back', {}, async (page, context) => {
  const person = steps.somebody('account');
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person);
  const enter = async () => {
    if ((await shown(page)).screen === 'login') await pressed(page, await fillIn(page, demo, person, 'login'));
    if ((await shown(page)).screen === 'login-code') await steps.confirmByCode(page, demo, person);
  };
  for (const place of ['password', 'leave']) {
    await page.goto(demo.url('id.toyota', `/account/${place}`));
    await enter();
    await steps.on(page, `account-${place}`);
    await page.fill('[name="password"]', steps.password);
    if (place === 'password') await page.fill('[name="new_password"]', 'Rainy-day8');
    else await page.check('[name="confirm"]');
    await demo.pass(DAY, context);
    await pressed(page, place === 'password' ? 'save' : 'leave');
    assert.deepEqual(await shown(page), { screen: 'login', error: null });
    await enter();
    assert.deepEqual(await shown(page), { screen: `account-${place}`, error: null }, 'with the password of before: nothing was done');
  }
});
