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
    await steps.press(page, 'next');
    // The demo's maintenance log knows Toyota's issuer only, and says that this answer is not its own.
    await page.waitForURL((url) => url.hostname === 'maintenance.localhost');
  });
}

walk('an account made under Toyota logs in under Lexus', {}, async (page) => {
  const person = steps.somebody('both');
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await steps.linkDealer(page, person);
  await steps.signedIn(page, demo, 'maintenance', person);
  await page.goto(atLexus());
  const answered = page.waitForRequest((request) => request.url().startsWith(demo.url('maintenance', '/callback?')));
  await steps.logIn(page, person);
  const answer = new URL((await answered).url()).searchParams;
  assert.ok(answer.get('code'), 'a code');
  assert.equal(answer.get('iss'), new URL(demo.url('id.lexus')).origin);
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
