// The second brand: its own host, theme and mail sender over the same accounts.

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

/** An authorization request of the maintenance log, at the brand Lexus. */
function atLexus(more = {}) {
  const parameters = new URLSearchParams({
    client_id: 'maintenance',
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: demo.url('maintenance', '/callback'),
    state: 'a-state-of-the-test',
    nonce: 'a-nonce-of-the-test',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...more,
  });
  return demo.url('id.lexus', `/authorize?${parameters}`);
}

/** The authorization response that the browser will bring to the maintenance log. */
const answerToMaintenance = (page) =>
  page.waitForRequest((request) => request.url().startsWith(demo.url('maintenance', '/callback?')));

/** The authorization response is a success, and names the issuer of Lexus. */
async function answeredByLexus(request) {
  const answer = new URL((await request).url()).searchParams;
  assert.ok(answer.get('code'), 'a code');
  assert.equal(answer.get('iss'), new URL(demo.url('id.lexus')).origin);
}

for (const [language, locale] of [['Japanese', 'ja-JP'], ['English', 'en-US']]) {
  walk(`registration under Lexus wears Lexus' clothes, in ${language}`, { locale }, async (page) => {
    const person = steps.somebody(`lexus.${language}`);
    const worn = async () => {
      assert.equal(await page.getAttribute('body', 'data-brand'), 'lexus');
      assert.equal(await page.getAttribute('html', 'lang'), locale.slice(0, 2));
      assert.ok((await page.innerText('header')).includes('LEXUS'));
      await steps.fitsThePhone(page);
    };
    await page.goto(atLexus());
    await steps.agreeToTerms(page);
    await worn();
    await steps.sendCode(page, person);
    await worn();
    await steps.enterCode(page, demo, person);
    await worn();
    const mail = (await demo.messages()).find((message) => message.to === person.email);
    assert.ok(mail.from.includes('id.lexus.jp'), mail.from);
    await steps.enterDetails(page, person);
    await worn();
    await steps.press(page, 'register');
    await steps.on(page, 'registration-complete');
    await worn();
    const answer = answerToMaintenance(page);
    await steps.press(page, 'next');
    // The demo's maintenance log knows Toyota's issuer only, and says that this answer is not its own.
    await page.waitForURL((url) => url.hostname === 'maintenance.localhost');
    await steps.on(page, 'problem');
    await answeredByLexus(answer);
  });
}

walk('whoever is logged in under Toyota is not asked again under Lexus', {}, async (page) => {
  const person = steps.somebody('both');
  await steps.comeFrom(page, demo, 'toyota-share');
  await steps.register(page, demo, person);
  await steps.signedIn(page, demo, 'toyota-share', person);
  const passed = new Set();
  page.on('request', (request) => passed.add(new URL(request.url()).hostname));
  const answer = answerToMaintenance(page);
  await page.goto(atLexus());
  await answeredByLexus(answer);
  assert.ok(passed.has('id.toyota.localhost'), 'by way of the other host');
});

walk('one login serves both brands, and one logout ends it', {}, async (page) => {
  const person = steps.somebody('owner');
  await steps.comeFrom(page, demo, 'toyota-share');
  await steps.register(page, demo, person);
  await steps.signedIn(page, demo, 'toyota-share', person);
  const asLexus = async () => {
    await page.goto(demo.url('my-route'));
    await page.locator('a, button').filter({ hasText: 'LEXUSのお客様のログイン' }).click();
  };
  await asLexus();
  await steps.signedIn(page, demo, 'my-route', person);
  await steps.press(page, 'logout');
  await page.waitForURL((url) => url.hostname === 'my-route.localhost' && url.pathname !== '/');
  for (const brand of ['id.toyota', 'id.lexus']) {
    await page.goto(demo.url(brand, '/account'));
    await steps.on(page, 'login');
    // Back, and once more: no way leads round in circles.
    await page.goBack();
    await page.goto(demo.url(brand, '/account'));
    await page.reload();
    await steps.on(page, 'login');
    assert.equal(new URL(page.url()).hostname, `${brand}.localhost`);
  }
  // The two again, each with a login of its own: the way out passes by the other host.
  await page.goto(demo.url('id.toyota', '/account'));
  await steps.logIn(page, person);
  await steps.on(page, 'account');
  await page.goto(atLexus({ prompt: 'login' }));
  await steps.logIn(page, person);
  await page.waitForURL((url) => url.hostname === 'maintenance.localhost');
  await page.goto(demo.url('id.lexus', '/logout'));
  await steps.on(page, 'logout');
  const by = page.waitForRequest((request) => request.url().startsWith(demo.url('id.toyota', '/sign-out')));
  await steps.press(page, 'logout');
  await by;
  await steps.on(page, 'logged-out');
  assert.equal(await page.getAttribute('body', 'data-brand'), 'lexus');
  await page.goto(demo.url('id.toyota', '/account'));
  await steps.on(page, 'login');
});

walk('a person can change the language on every page of the way', {}, async (page) => {
  await page.goto(atLexus());
  await steps.on(page, 'login');
  await page.getByRole('link', { name: 'English' }).click();
  await steps.on(page, 'login');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await steps.press(page, 'register');
  await steps.on(page, 'terms');
  assert.equal(await page.getAttribute('html', 'lang'), 'en', 'the choice is kept');
});

walk('what cannot be answered is explained on a page of the brand', {}, async (page) => {
  await page.goto(atLexus({ client_id: 'nobody' }));
  await steps.on(page, 'error');
  assert.equal(await page.getAttribute('body', 'data-brand'), 'lexus');
  assert.ok(await page.getAttribute('body', 'data-error'));
  await steps.fitsThePhone(page);
});
