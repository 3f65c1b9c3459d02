// A screen in a car that shows no login page, and commands to a car that want
// more than a password: both by what a person sees, with and without scripts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import * as steps from './support/steps.mjs';

let demo;
let browser;
before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const walk = (name, options, steps) =>
  test(name, () => withPhone({ browser, demo, name, ...options }, steps));

/** The screen in the car is a browser of its own. */
async function screenInTheCar() {
  const context = await browser.newContext({ viewport: { width: 800, height: 480 }, javaScriptEnabled: false, locale: 'ja-JP' });
  context.setDefaultTimeout(30_000);
  const screen = await context.newPage();
  await screen.goto(demo.url('navi'));
  await steps.on(screen, 'navi-start');
  await steps.press(screen, 'begin');
  await steps.on(screen, 'navi-code');
  return screen;
}

const shown = (screen) => screen.innerText('.user-code');

for (const javaScript of [true, false]) {
  const how = javaScript ? 'with scripts' : 'without scripts';

  walk(`a person lets their car in by typing its code, ${how}`, { javaScript }, async (page) => {
    const person = steps.somebody('driver');
    const screen = await screenInTheCar();
    const code = await shown(screen);
    assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    assert.equal(await screen.locator('img.qr').evaluate((image) => image.complete && image.naturalWidth > 0), true);

    await page.goto(await screen.innerText('.verification-uri'));
    await steps.on(page, 'device-code');
    await page.fill('[name="user_code"]', 'BBBB-BBBB');
    await steps.press(page, 'next');
    await page.waitForSelector('[data-error="user-code-unknown"]');
    await page.fill('[name="user_code"]', code.toLowerCase().replace('-', ' '));
    await steps.press(page, 'next');
    await steps.on(page, 'device-confirmation');
    const words = await page.innerText('main');
    assert.ok(words.includes(code) && words.includes('TCスマホナビ'), words);
    await steps.fitsThePhone(page);
    await steps.press(page, 'approve');
    await steps.register(page, demo, person);
    await steps.on(page, 'device-complete');

    // It goes on by itself.
    await steps.on(screen, 'navi-person');
    assert.ok((await screen.innerText('.person')).includes('山田 花子'));
    await steps.press(screen, 'refresh');
    await steps.on(screen, 'navi-person');
    await steps.press(screen, 'logout');
    await steps.on(screen, 'navi-start');
    await screen.context().close();
  });

  walk(`a command to the car takes a code after the password, ${how}`, { javaScript }, async (page) => {
    const person = steps.somebody('owner');
    await steps.comeFrom(page, demo, 't-connect');
    await steps.register(page, demo, person);
    await steps.signedIn(page, demo, 't-connect', person);
    await steps.on(page, 'remote');
    assert.equal(await page.innerText('.doors'), 'ロック解除中');
    await steps.fitsThePhone(page);

    await page.click('button[value="lock_doors"]');
    await steps.on(page, 'login-code');
    const mails = (await demo.messages()).filter((message) => message.to === person.email).length;
    await steps.press(page, 'send_code');
    await page.waitForSelector('[name="code"]');
    await steps.fitsThePhone(page);
    const right = await demo.codeFor(person.email, mails + 1);
    await page.fill('[name="code"]', right === '000000' ? '000001' : '000000');
    await steps.press(page, 'next');
    await page.waitForSelector('[data-error="login-code-wrong"]');
    await page.fill('[name="code"]', right);
    await steps.press(page, 'next');

    await steps.on(page, 'remote-confirmation');
    assert.equal(await page.innerText('.command'), 'ドアをロックする');
    await steps.fitsThePhone(page);
    await steps.press(page, 'confirm');
    await steps.on(page, 'remote');
    assert.equal(await page.innerText('.done'), 'ドアをロックしました。');
    assert.equal(await page.innerText('.doors'), 'ロック中');

    // The next one within five minutes takes nothing more.
    await page.click('button[value="start_air_conditioning"]');
    await page.waitForURL(/done=start_air_conditioning/);
    assert.equal(await page.innerText('.air'), '作動中');
    assert.equal(await page.innerText('.commands'), '2');
    // Going back to the confirmation repeats nothing.
    await page.goBack();
    await page.goBack();
    await steps.on(page, 'remote-confirmation', 'remote');
    await page.goto(demo.url('t-connect'));
    assert.equal(await page.innerText('.commands'), '2');
  });
}

walk('a phone that scanned the picture still shows the code, and may say no', {}, async (page) => {
  const screen = await screenInTheCar();
  const code = await shown(screen);
  await page.goto(demo.url('id.toyota', `/device?user_code=${code}`));
  await steps.on(page, 'device-code');
  assert.equal(await page.inputValue('[name="user_code"]'), code);
  await steps.press(page, 'next');
  await steps.on(page, 'device-confirmation');
  assert.equal(await page.innerText('.user-code'), code);
  await steps.press(page, 'deny');
  await steps.on(page, 'device-denied');
  await steps.on(screen, 'navi-ended');
  assert.equal(await screen.getAttribute('body', 'data-error'), 'denied');
  await steps.press(screen, 'begin');
  await steps.on(screen, 'navi-code');
  assert.notEqual(await shown(screen), code);
  await screen.context().close();
});

walk('who cannot receive a code is told that nothing was done, and is not sent in circles', {}, async (page) => {
  const person = steps.somebody('nocode');
  await steps.comeFrom(page, demo, 't-connect');
  await steps.register(page, demo, person);
  await steps.signedIn(page, demo, 't-connect', person);
  await page.click('button[value="lock_doors"]');
  for (let round = 0; round < 2; round += 1) {
    await steps.on(page, 'login-code');
    await steps.press(page, 'not_now');
    await steps.on(page, 'remote-confirmation');
    await steps.press(page, 'confirm');
  }
  await steps.on(page, 'problem');
  assert.equal(await page.getAttribute('body', 'data-error'), 'step_up_needed');
  await page.goto(demo.url('t-connect'));
  assert.equal(await page.innerText('.commands'), '0');
});
