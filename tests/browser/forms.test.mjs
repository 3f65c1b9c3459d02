// The whole way, with its forms sent as they should not be: three times over, after
// all cookies were lost, with the token of another browser. None may end in an error
// without a way on, or do anything twice.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { postForm, startDemo } from './support/demo.mjs';
import { answered, arrive, button, fillIn, pressed, shown, walkOn, wholeWay, WAY } from './support/journey.mjs';
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

/** What was made for a person is there once: one account, one link, and as many codes as were asked for. */
async function madeOnce(page, person, { codes }) {
  assert.equal(await demo.sentTo(person.email, { codes: true }), codes, 'codes');
  // Whoever lost their cookies is also told of each login in a browser that is not known.
  const mails = (await demo.messages()).filter(({ to }) => to === person.email);
  const welcomes = mails.filter(({ subject }) => /取得完了|your ID is ready/.test(subject));
  assert.equal(welcomes.length, 1, 'one welcome');
  await page.goto(demo.url('id.toyota', '/account/services'));
  await steps.on(page, 'account-services');
  assert.equal(await page.locator(button('unlink')).count(), 1, 'one link');
}

/** The form of the page that is shown, as `action` would send it. */
const formOf = (page, action) =>
  page.evaluate((action) => {
    const form = document.querySelector(`button[value="${action}"]`).form;
    return Object.fromEntries([...new FormData(form), ['action', action]]);
  }, action);

for (const javaScript of [true, false]) {
  walk(`what is sent three times over does its work once, with scripts ${javaScript ? 'on' : 'off'}`, { javaScript }, async (page, context) => {
    const person = steps.somebody('thrice');
    await page.goto(wholeWay(demo));
    const seen = await walkOn(page, demo, person, {
      at: async (screen) => {
        const action = await fillIn(page, demo, person, screen);
        const [fields, cookies] = [await formOf(page, action), await context.cookies()];
        const answers = await Promise.all([1, 2].map(() => postForm(page.url(), cookies, fields)));
        for (const { status } of answers) assert.equal(status, 303, `${action} at ${screen}, twice at once`);
        const third = await pressed(page, action);
        assert.ok(third.status() < 400 || third.url().includes('maintenance'), `${action} at ${screen} answered ${third.status()}`);
        return true;
      },
    });
    assert.deepEqual(seen, WAY);
    assert.ok(answered(page).get('code'));
    await madeOnce(page, person, { codes: 1 });
  });
}

/** Where a step could not be taken: its screen from the start, or a page that leads there. */
async function onFrom(page, answer) {
  if (answer.status() < 400) return;
  assert.equal(answer.status(), 403);
  assert.equal((await shown(page)).error, 'form-expired');
  await arrive(page, () => page.click('main a.button'));
}

walk('whoever loses all cookies at any screen begins again with the service, and arrives', {}, async (page, context) => {
  const person = steps.somebody('loses');
  const lost = new Set();
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person, {
    at: async (screen) => {
      const place = `${screen}, ${person.registered ? 'registered' : 'new'}`;
      if (lost.has(place)) return false;
      lost.add(place);
      const action = await fillIn(page, demo, person, screen);
      await context.clearCookies({ domain: 'id.toyota.localhost' });
      await onFrom(page, await pressed(page, action));
      const { screen: next, error } = await shown(page);
      assert.ok(['login', 'terms'].includes(next) && !error, `after ${place}: ${next} ${error}`);
      return true;
    },
  });
  assert.ok(lost.size >= new Set(WAY).size, [...lost].join('; '));
  assert.ok(answered(page).get('code'));
  await madeOnce(page, person, { codes: 4 });
});

walk('a form with the token of another browser is refused at every screen, and the page offered again', {}, async (page) => {
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(wholeWay(demo));
  const token = await stranger.inputValue('[name="form_token"]');
  await other.close();
  const refused = [];
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, steps.somebody('forged'), {
    at: async (screen) => {
      if (refused.at(-1) === screen) return false;
      refused.push(screen);
      const button = page.locator('main button[name="action"]').first();
      await button.evaluate((button, token) => (button.form.elements.form_token.value = token), token);
      const answer = await arrive(page, () => button.click());
      assert.equal(answer.status(), 403, screen);
      assert.equal((await shown(page)).error, 'form-expired');
      await arrive(page, () => page.click('main a.button'));
      assert.deepEqual(await shown(page), { screen, error: null }, 'offered again');
      return true;
    },
  });
  assert.deepEqual(refused, WAY);
  assert.ok(answered(page).get('code'));
});
