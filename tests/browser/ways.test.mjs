// The whole way, step by step, with a detour at every one of its screens: reload,
// back and forward, a second thought, a second tab. None may end in an error
// without a way on. `forms.test.mjs` sends the same screens' forms wrongly.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { answered, button, fillIn, pressed, shown, walkOn, wholeWay, WAY } from './support/journey.mjs';
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

for (const brand of ['toyota', 'lexus']) {
  walk(`every screen of the way is met once and in the seed's order, at ${brand}`, {}, async (page) => {
    await page.goto(wholeWay(demo, { brand }));
    const seen = await walkOn(page, demo, steps.somebody(brand));
    assert.deepEqual(seen, WAY);
    assert.ok(answered(page).get('code'));
  });
}

walk('whoever cancels at any screen comes back to the service as refused, and by the back button to the screen', {}, async (page) => {
  const left = [];
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, steps.somebody('cancels'), {
    at: async (screen) => {
      if ((await page.locator(button('cancel')).count()) === 0) return;
      await pressed(page, 'cancel');
      assert.equal(answered(page).get('error'), 'access_denied', screen);
      left.push(screen);
      await page.goBack();
      assert.equal((await shown(page)).screen, screen, 'the way back');
    },
  });
  assert.ok(answered(page).get('code'), 'a second thought still counts');
  const done = ['registration-complete', 'profile-complete', 'dealer-link-complete'];
  assert.deepEqual(left, WAY.filter((screen) => !done.includes(screen)), 'only what is done has no way out');
});

walk('back, forward and reload lead from every screen to itself', {}, async (page) => {
  let first = true;
  await page.goto(wholeWay(demo));
  const seen = await walkOn(page, demo, steps.somebody('wanders'), {
    at: async (screen) => {
      if (!first) {
        await page.goBack();
        const before = await shown(page);
        assert.ok(WAY.includes(before.screen) && !before.error, `back from ${screen}: ${before.screen} ${before.error}`);
        await page.goForward();
        assert.equal((await shown(page)).screen, screen, 'forward again');
      }
      first = false;
      await page.reload();
      assert.deepEqual(await shown(page), { screen, error: null }, 'reloaded');
    },
  });
  assert.deepEqual(seen, WAY);
  assert.ok(answered(page).get('code'));
});

walk('two tabs with a request each are answered each with its own', {}, async (page, context) => {
  const [one, another] = [steps.somebody('tab-one'), steps.somebody('tab-another')];
  const second = await context.newPage();
  await page.goto(wholeWay(demo, { state: 'the-first' }));
  await walkOn(page, demo, one, { until: 'registration-details' });
  await second.goto(wholeWay(demo, { state: 'the-second' }));
  await walkOn(second, demo, another, { until: 'dealer-link' });
  // The second tab has logged another person in; the first goes on to make its own account.
  await walkOn(page, demo, one);
  assert.ok(answered(page, 'the-first').get('code'));
  await second.reload();
  await walkOn(second, demo, another);
  assert.ok(answered(second, 'the-second').get('code'));
});

walk('an address that was changed in one tab is asked for its code in the other', {}, async (page, context) => {
  const [typed, changed] = [steps.somebody('mistyped'), steps.somebody('changed')];
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, typed, { until: 'registration-email' });
  const second = await context.newPage();
  await second.goto(page.url());
  await walkOn(page, demo, typed, { until: 'registration-details' });
  await pressed(second, await fillIn(second, demo, changed, 'registration-email'));
  assert.equal((await shown(second)).screen, 'registration-code');
  // ⑦ of the address before leads to ⑥ of the one now.
  await pressed(page, await fillIn(page, demo, typed, 'registration-details'));
  assert.equal((await shown(page)).screen, 'registration-code');
  assert.ok((await page.innerText('main')).includes(changed.email));
  await walkOn(page, demo, changed);
  assert.ok(answered(page).get('code'));
  assert.equal(await demo.sentTo(typed.email), 1, 'no account under the address before');
});
