// The seed's second group: people who have a common ID already and lack the link
// to a dealer, from the old site and from a service of either brand.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { answered, button, pressed, walkOn, wholeWay } from './support/journey.mjs';
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

const walk = (name, options, steps) => test(name, () => withPhone({ browser, demo, name, ...options }, steps));

const dealers = (...codes) => JSON.stringify(codes.map((identifier) => ({ type: 'dealer_link', identifier })));
const plain = { claims: '{}' };

/** Somebody with an account and no dealer, whose browser knows nothing of it. */
async function owner(page, context, kind) {
  const person = steps.somebody(kind);
  await page.goto(wholeWay(demo, { ...plain, authorization_details: '[]' }));
  await walkOn(page, demo, person);
  assert.ok(answered(page).get('code'));
  await context.clearCookies();
  return person;
}

/** ① to ③, and the way of those who have an ID. */
async function fromTheOldSite(page, userId, password, action = 'existing') {
  await page.goto(demo.url('tos'));
  await page.fill('[name="user_id"]', userId);
  await page.fill('[name="password"]', password);
  await pressed(page, 'login');
  await page.click('.banner a');
  await steps.on(page, 'tos-choice');
  await pressed(page, action);
}

walk('an owner whose dealer is linked goes from ③ by ⑪ straight to ⑯', {}, async (page, context) => {
  const person = await owner(page, context, 'linked');
  await page.goto(wholeWay(demo, plain));
  assert.deepEqual(await walkOn(page, demo, person), ['login', 'dealer-link', 'dealer-link-complete']);
  await fromTheOldSite(page, '03101200200010', 'Owner-0310', 'continue');
  assert.deepEqual(await walkOn(page, demo, person), ['login'], 'the dealer is not asked for again');
  await steps.on(page, 'tos-complete');
  await page.click('.way .button');
  await steps.signedIn(page, demo, 'maintenance', person);
});

walk('an owner goes from ③ to another ID than the one logged in', {}, async (page, context) => {
  const own = await owner(page, context, 'own');
  const spouse = await owner(page, context, 'spouse');
  await page.goto(wholeWay(demo, { ...plain, authorization_details: '[]' }));
  assert.deepEqual(await walkOn(page, demo, spouse), ['login']);
  await fromTheOldSite(page, '03101200200060', 'No-dealer-60', 'other');
  await steps.on(page, 'login');
  assert.equal(await page.inputValue('[name="login_id"]'), '', 'no ID is suggested');
  assert.deepEqual(await walkOn(page, demo, own), ['login']);
  await steps.on(page, 'tos-complete');
  await page.goto(demo.url('id.toyota', '/account'));
  assert.match(await page.innerText('main'), new RegExp(own.email.replaceAll('.', '\\.')));
});

for (const javaScript of [true, false]) {
  const [userId, password] = javaScript ? ['03101200200052', 'Several-52'] : ['03101200200044', 'Old-data-44'];
  walk(`an owner of the old site is asked for each dealer once, with scripts ${javaScript ? 'on' : 'off'}`, { javaScript }, async (page, context) => {
    const person = await owner(page, context, 'several');
    await fromTheOldSite(page, userId, password);
    const linked = [];
    const seen = await walkOn(page, demo, person, {
      at: async (screen) => {
        if (screen === 'dealer-link') linked.push(await page.innerText('.dealer-name'));
      },
    });
    await steps.on(page, 'tos-complete');
    assert.equal(new Set(linked).size, linked.length, 'each once');
    assert.equal(linked.length, javaScript ? 2 : 1);
    assert.deepEqual(seen.filter((screen) => screen === 'login'), ['login'], 'the password is given once');
    assert.equal(seen.filter((screen) => screen === 'dealer-link-complete').length, linked.length);
    await page.goto(demo.url('id.toyota', '/account/services'));
    assert.equal(await page.locator(button('unlink')).count(), linked.length);
  });
}

walk('an owner comes from a service of Lexus, logs in there in its clothes, and goes back signed in', {}, async (page, context) => {
  const person = await owner(page, context, 'lexus');
  await page.goto(demo.url('my-route'));
  await page.getByText('LEXUSのお客様のログイン').click();
  await steps.on(page, 'login');
  assert.equal(await page.getAttribute('body', 'data-brand'), 'lexus');
  await walkOn(page, demo, { ...person, registered: true });
  await steps.signedIn(page, demo, 'my-route', person);
});

walk('several dealers under Lexus, one of them of Lexus alone: each is linked once, and seen under both brands', {}, async (page, context) => {
  const person = await owner(page, context, 'dealers');
  const asked = wholeWay(demo, { ...plain, brand: 'lexus', authorization_details: dealers('20100', '13900') });
  await page.goto(asked);
  const seen = await walkOn(page, demo, person, {
    at: async (screen) => assert.equal(await page.getAttribute('body', 'data-brand'), 'lexus', screen),
  });
  assert.deepEqual(seen, ['login', 'dealer-link', 'dealer-link-complete', 'dealer-link', 'dealer-link-complete']);
  assert.ok(answered(page).get('code'));
  await page.goto(asked);
  assert.deepEqual(await walkOn(page, demo, person), [], 'nothing is owed any more');
  assert.ok(answered(page).get('code'));
  for (const brand of ['lexus', 'toyota']) {
    await page.goto(wholeWay(demo, { ...plain, brand, authorization_details: dealers('20100') }));
    await walkOn(page, demo, person, {
      at: async (screen) => assert.notEqual(screen, 'dealer-link', `asked again under ${brand}`),
    });
    assert.ok(answered(page).get('code'), brand);
  }
});
