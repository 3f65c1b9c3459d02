// Passkeys in a real browser, with the authenticator that Chromium can pretend to
// have: added on ⑨ and in the account, chosen at ⑪, and nowhere where no scripts run.

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

/** Gives a phone an authenticator that unlocks whenever its owner may be asked. */
async function withAuthenticator(page, context) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    /** What it holds. */
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    /** Whether its owner touches it when asked. */
    touched: (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
    /** Whether its owner can unlock it. */
    unlocked: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

/** From a service to ⑨. */
async function toComplete(page, person) {
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.agreeToTerms(page);
  await steps.sendCode(page, person);
  await steps.enterCode(page, demo, person);
  await steps.enterDetails(page, person);
  await steps.press(page, 'register');
  await steps.on(page, 'registration-complete');
}

/** ⑪ by the passkey alone: nothing is typed and nothing pressed. */
async function comeByPasskey(page, context, where, screen) {
  await context.clearCookies();
  await page.goto(where);
  await steps.on(page, screen);
}

test('a passkey is added on ⑨ and logs its owner in at ⑪ without a word typed', () =>
  withPhone({ browser, demo, name: 'passkey on 9' }, async (page, context) => {
    const person = steps.somebody('passkey');
    const authenticator = await withAuthenticator(page, context);
    await toComplete(page, person);
    await steps.fitsThePhone(page);
    await steps.press(page, 'add_passkey');
    await page.waitForSelector('.notice');
    assert.match(await page.innerText('.notice'), /パスキーを登録しました/);
    assert.equal(await page.locator('button[value="add_passkey"]').count(), 0);
    const [credential] = await authenticator.credentials();
    assert.equal(credential.rpId, 'id.toyota.localhost');
    assert.equal(credential.isResidentCredential, true);
    await steps.press(page, 'next');
    await steps.on(page, 'dealer-link');
    await steps.press(page, 'link');
    // ⑪ again, and it is over before anybody could have typed.
    await steps.on(page, 'dealer-link-complete');
    await steps.press(page, 'next');
    await steps.signedIn(page, demo, 'maintenance', person);
    await context.clearCookies();
    await steps.comeFrom(page, demo, 'maintenance');
    await steps.signedIn(page, demo, 'maintenance', person);
    await comeByPasskey(page, context, demo.url('id.toyota', '/account/passkeys'), 'account-passkeys');
    assert.ok(!(await page.innerText('main')).includes('まだログインに使われていません'));
  }));

for (const [brand, locale, words] of [
  ['toyota', 'ja-JP', { again: /すでに登録/, stopped: /中止/, renamed: /名前を変更/, removed: /削除しました/, wrong: /ログインできませんでした/ }],
  ['lexus', 'en-US', { again: /already has a passkey/, stopped: /No passkey was added/, renamed: /new name/, removed: /is removed/, wrong: /did not log you in/ }],
]) {
  test(`passkeys are added, named and removed in the account, at ${brand} in ${locale}`, () =>
    withPhone({ browser, demo, name: `passkeys at ${brand}`, locale }, async (page, context) => {
      const person = steps.somebody('keeper');
      await toComplete(page, person);
      const authenticator = await withAuthenticator(page, context);
      const list = demo.url(`id.${brand}`, '/account/passkeys');
      await context.clearCookies();
      await page.goto(list);
      await steps.logIn(page, person);
      await steps.confirmByCode(page, demo, person);
      await steps.on(page, 'account-passkeys');
      const status = page.locator('[data-passkey-create] [role="status"]');
      await authenticator.unlocked(false);
      await steps.press(page, 'add_passkey');
      await status.filter({ hasText: words.stopped }).waitFor();
      await authenticator.unlocked(true);
      await steps.press(page, 'add_passkey');
      await page.waitForSelector('.entries li');
      assert.equal((await authenticator.credentials())[0].rpId, `id.${brand}.localhost`);
      await steps.press(page, 'add_passkey');
      await status.filter({ hasText: words.again }).waitFor();
      await steps.fitsThePhone(page);
      await page.click('.entries a');
      await steps.on(page, 'account-passkey');
      await page.fill('[name="label"]', 'iPhone');
      await steps.press(page, 'save');
      await steps.on(page, 'account-passkeys');
      assert.match(await page.innerText('.notice'), words.renamed);
      assert.equal(await page.innerText('.entry-name'), 'iPhone');
      await comeByPasskey(page, context, list, 'account-passkeys');
      await page.click('.entries a');
      await steps.on(page, 'account-passkey');
      await steps.press(page, 'remove');
      await steps.on(page, 'account-passkeys');
      assert.match(await page.innerText('.notice'), words.removed);
      // The device still has it; here it is unknown. It is touched once: the answer takes its time.
      await context.clearCookies();
      const answered = page.waitForRequest((request) => request.method() === 'POST');
      await page.goto(list);
      await answered;
      await authenticator.touched(false);
      await page.waitForSelector('.error-summary');
      assert.match(await page.innerText('.error-summary'), words.wrong);
      await steps.logIn(page, person);
      await steps.confirmByCode(page, demo, person);
      await steps.on(page, 'account-passkeys');
    }));
}

test('where no scripts run nothing is offered, and everything else is there', () =>
  withPhone({ browser, demo, name: 'passkeys without scripts', javaScript: false }, async (page) => {
    const person = steps.somebody('scriptless');
    await toComplete(page, person);
    assert.equal(await page.locator('.scripted').first().isVisible(), false);
    await steps.press(page, 'next');
    await steps.on(page, 'dealer-link');
    await page.goto(demo.url('id.toyota', '/account/passkeys'));
    await steps.confirmByCode(page, demo, person);
    await steps.on(page, 'account-passkeys');
    assert.equal(await page.locator('.scripted').isVisible(), false);
    assert.ok((await page.innerText('main')).includes('JavaScript'));
  }));
