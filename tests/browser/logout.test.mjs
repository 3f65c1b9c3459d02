// One login, many services, one click: each learns of the end in the way it asked for,
// and the person is where they wanted to be.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import { startService } from './support/service.mjs';
import * as steps from './support/steps.mjs';

let demo;
let browser;
let service;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  service = await startService(demo);
});
after(async () => {
  await browser?.close();
  service?.stop();
  await demo?.stop();
});

/** Somebody new, logged in at the maintenance log and, by the same login, at the service. */
async function loggedIn(page, kind) {
  const person = steps.somebody(kind);
  await steps.comeFrom(page, demo, 'maintenance');
  await steps.register(page, demo, person);
  await page.goto(service.login());
  await page.waitForSelector('body[data-screen="service"]');
  return person;
}

/** What the service's page is answered in its frame. */
async function asked(page) {
  await page.goto(service.url('/ask'));
  await page.waitForFunction(() => document.querySelector('output').textContent !== '');
  return page.textContent('output');
}

for (const javaScript of [true, false]) {
  const scripts = `with scripts ${javaScript ? 'on' : 'off'}`;

  test(`a service that asks for a logout gets its person back, and every service is told, ${scripts}`, () =>
    withPhone({ browser, demo, name: `logout ${scripts}`, javaScript }, async (page) => {
      await loggedIn(page, 'leaves');
      const [framed, told] = [service.framed.length, service.told.length];
      await page.goto(service.logout(), { waitUntil: 'commit' });
      await page.waitForSelector('body[data-screen="bye"]');
      assert.equal(await page.textContent('body'), 'a b');
      const { iss, sid, sub } = service.claims;
      assert.deepEqual(service.framed.slice(framed), [{ iss, sid }]);
      const tokens = (await service.toldBy(told + 1)).slice(told);
      assert.equal(tokens.length, 1);
      const claims = JSON.parse(Buffer.from(tokens[0].split('.')[1], 'base64url'));
      assert.deepEqual([claims.iss, claims.sid, claims.sub], [iss, sid, sub]);
      // The maintenance log was told by the provider's server, and has signed them out.
      for (let attempt = 0; attempt < 300; attempt += 1) {
        await page.goto(demo.url('maintenance'));
        if ((await page.locator('.person').count()) === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(await page.locator('.person').count(), 0);
      await page.goto(demo.url('id.toyota', '/account'));
      await steps.on(page, 'login');
    }));
}

test('a service that asks in its frame is told when the login ended, and when another began', () =>
  withPhone({ browser, demo, name: 'check session' }, async (page, context) => {
    const person = await loggedIn(page, 'asks');
    assert.equal(await asked(page), 'unchanged');
    await page.evaluate(() => ask('nonsense'));
    await page.waitForFunction(() => document.querySelector('output').textContent === 'error');
    const state = service.sessionState;
    service.sessionState = `${'0'.repeat(64)}.${state.split('.')[1]}`;
    assert.equal(await asked(page), 'changed', 'another state');
    service.sessionState = state;
    const other = await context.newPage();
    await other.goto(demo.url('id.toyota', '/logout'));
    await steps.on(other, 'logout');
    await steps.press(other, 'logout');
    await steps.on(other, 'logged-out');
    await other.close();
    assert.equal(await asked(page), 'changed');
    await page.goto(`${service.login()}&prompt=none`);
    assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required');
    assert.equal(await asked(page), 'unchanged', 'that nobody is logged in is a state, too');
    await page.goto(service.login());
    const nobody = service.sessionState;
    await steps.logIn(page, person);
    await page.waitForSelector('body[data-screen="service"]');
    assert.equal(await asked(page), 'unchanged');
    service.sessionState = nobody;
    assert.equal(await asked(page), 'changed', 'somebody logged in');
  }));
