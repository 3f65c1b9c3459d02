// What people change of how they log in: their mobile number, and their address.

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

const own = (where) => demo.url('id.toyota', where);

/** Registers somebody and leaves them on their own pages. */
async function member(page, kind) {
  const person = steps.somebody(kind);
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await page.goto(own('/account'));
  await steps.on(page, 'account');
  return person;
}

async function logInBy(page, context, loginId) {
  await context.clearCookies();
  await page.goto(own('/account'));
  await steps.logIn(page, { email: loginId });
  await steps.on(page, 'account');
}

for (const javaScript of [true, false]) {
  const scripts = `with scripts ${javaScript ? 'on' : 'off'}`;
  const number = javaScript ? '090-1111-0001' : '090-1111-0002';

  test(`a person logs in by the mobile number they proved, ${scripts}`, () =>
    withPhone({ browser, demo, name: `phone login ${scripts}`, javaScript }, async (page, context) => {
      const person = await member(page, 'phone');
      await page.click('a[href="/account/phone-login"]');
      await steps.confirmByCode(page, demo, person);
      await steps.on(page, 'account-phone-login');
      await page.fill('[name="mobile_phone"]', '050-1111-0001');
      await steps.press(page, 'send_code');
      await steps.on(page, 'account-phone-login');
      assert.ok((await page.innerText('#mobile_phone-error')).length > 0);
      await page.fill('[name="mobile_phone"]', number);
      await steps.press(page, 'send_code');
      await steps.on(page, 'account-phone-login-code');
      await page.fill('[name="code"]', await demo.codeFor(`+81${number.slice(1).replaceAll('-', '')}`));
      await steps.press(page, 'next');
      await steps.on(page, 'account-phone-login');
      assert.match(await page.innerText('.notice'), /ログインできるようになりました/);
      await logInBy(page, context, number);
      assert.ok((await page.innerText('main')).includes(person.email));
      await page.click('a[href="/account/sessions"]');
      await steps.on(page, 'account-sessions');
      await steps.press(page, 'end_others');
      await steps.on(page, 'account-sessions');
      assert.equal(await page.locator('button[value="end_others"]').count(), 0);
    }));

  test(`a person changes their address and the old mailbox undoes it, ${scripts}`, () =>
    withPhone({ browser, demo, name: `address ${scripts}`, javaScript }, async (page, context) => {
      const person = await member(page, 'mover');
      const moved = steps.somebody('moved').email;
      await page.click('a[href="/account/email"]');
      await steps.confirmByCode(page, demo, person);
      await steps.on(page, 'account-email');
      await page.fill('[name="email"]', moved);
      await steps.press(page, 'send_code');
      await steps.on(page, 'account-email-code');
      await page.fill('[name="code"]', await demo.codeFor(moved));
      await steps.press(page, 'next');
      await steps.on(page, 'account-email');
      assert.ok((await page.innerText('main')).includes(moved));
      await logInBy(page, context, moved);
      const mails = (await demo.messages()).filter(({ to }) => to === person.email);
      const [code] = mails.at(-1).text.match(/[A-Z]{4}(-[A-Z]{4}){3}/);
      await context.clearCookies();
      await page.goto(own('/recovery'));
      await steps.on(page, 'recovery');
      await page.click('a[href="/email-undo"]');
      await steps.on(page, 'email-undo');
      await page.fill('[name="undo_code"]', code.toLowerCase());
      await steps.press(page, 'undo');
      await steps.on(page, 'email-undo');
      assert.match(await page.innerText('.notice'), /元に戻しました/);
      await page.click('a[href="/recovery"]');
      await steps.on(page, 'recovery');
      await page.fill('[name="login_id"]', person.email);
      await steps.press(page, 'send_code');
      await steps.on(page, 'recovery-code');
    }));
}
