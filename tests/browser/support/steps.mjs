// What a person does on each screen, by the names that pages promise to machines.

import assert from 'node:assert/strict';

export const password = 'Sunny-day7';

const PAGE_BYTES = 50_000;

let people = 0;

/** Somebody new, with an address that no other test uses. */
export function somebody(kind) {
  people += 1;
  return { email: `${kind}.${process.pid}.${people}@example.jp`, familyName: '山田', givenName: '花子' };
}

/** The screen's name, once one of `names` is shown. */
export async function on(page, ...names) {
  const selector = names.map((name) => `body[data-screen="${name}"]`).join(', ');
  try {
    await page.waitForSelector(selector, { state: 'attached' });
  } catch (error) {
    const found = await page.getAttribute('body', 'data-screen').catch(() => null);
    throw new Error(`expected ${names.join(' or ')}, found ${found} at ${page.url()}`, { cause: error });
  }
  await promised(page);
  return page.getAttribute('body', 'data-screen');
}

/** What every page of Common ID promises wherever it is met: it fits, and is light with all it loads. */
export async function promised(page) {
  const found = await page.evaluate(measured).catch(() => undefined); // it was left already
  if (!found) return;
  assert.ok(found.wide <= 0, `${page.url()} is ${found.wide} px too wide`);
  assert.ok(found.bytes < PAGE_BYTES, `${page.url()} weighs ${found.bytes} bytes with all it loads`);
}

/** Runs in the page; says nothing of those that are not ours. */
async function measured() {
  if (!document.body.dataset.brand) return undefined;
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const { scrollWidth, clientWidth } = document.documentElement;
  return { wide: scrollWidth - clientWidth, bytes: loaded.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0) };
}

/** Presses a button by what it says it does. */
export async function press(page, action) {
  await page.click(`button[name="action"][value="${action}"]`);
}

/** Opens a relying party and presses its one login link or button. */
export async function comeFrom(page, demo, relyingParty) {
  await page.goto(demo.url(relyingParty));
  await page.locator('a, button').filter({ hasText: /ログイン|Log in/ }).first().click();
}

/** From ⑪ or ④ on to ⑤. */
export async function agreeToTerms(page) {
  if ((await on(page, 'login', 'terms')) === 'login') {
    await press(page, 'register');
    await on(page, 'terms');
  }
  await page.check('[name="terms"]');
  await press(page, 'next');
  await on(page, 'registration-email');
}

/** ⑤: names an address. */
export async function sendCode(page, person) {
  await page.fill('[name="email"]', person.email);
  await press(page, 'send_code');
  await on(page, 'registration-code');
}

/** ⑥: types in the code that came by mail. */
export async function enterCode(page, demo, person) {
  await page.fill('[name="code"]', await demo.codeFor(person.email));
  await press(page, 'next');
  await on(page, 'registration-details');
}

/** ⑦: password and details. */
export async function enterDetails(page, person) {
  await page.fill('[name="new_password"]', password);
  await page.fill('[name="family_name"]', person.familyName);
  await page.fill('[name="given_name"]', person.givenName);
  await page.fill('[name="mobile_phone"]', '０９０-1234-5678');
  await page.selectOption('[name="prefecture"]', { index: 20 });
  await page.fill('[name="city"]', '長野市');
  await press(page, 'next');
  await on(page, 'registration-confirmation');
}

/** ⑧ and ⑨. */
export async function confirm(page, person) {
  const words = await page.innerText('main');
  assert.ok(words.includes(person.email), 'the address is shown');
  assert.ok(!(await page.content()).includes(password), 'the password is not');
  await press(page, 'register');
  await on(page, 'registration-complete');
  assert.ok((await page.innerText('main')).includes(person.email));
  await press(page, 'next');
}

/** ④ to ⑨. */
export async function register(page, demo, person) {
  await agreeToTerms(page);
  await sendCode(page, person);
  await enterCode(page, demo, person);
  await enterDetails(page, person);
  await confirm(page, person);
}

/** ⑪. */
export async function logIn(page, person) {
  await on(page, 'login');
  await page.fill('[name="login_id"]', person.email);
  await page.fill('[name="password"]', password);
  await press(page, 'login');
}

/** The code that a page asks for before it changes what protects the account. */
export async function confirmByCode(page, demo, person) {
  await on(page, 'login-code');
  const mails = async () => (await demo.messages()).filter(({ to }) => to === person.email);
  if ((await page.locator('[name="code"]').count()) === 0) {
    const before = (await mails()).length;
    await press(page, 'send_code');
    await page.waitForSelector('[name="code"]');
    await demo.codeFor(person.email, before + 1);
  }
  // After a login the code is on its way, and other mails came before it.
  let code;
  for (let attempt = 0; !code && attempt < 300; attempt += 1) {
    code = (await mails()).at(-1)?.text.match(/\b\d{6}\b/);
    if (!code) await page.waitForTimeout(100);
  }
  await page.fill('[name="code"]', code[0]);
  await press(page, 'next');
}

/** ⑩, ⑪ again, ⑮ and back to the service. */
export async function linkDealer(page, person) {
  await on(page, 'dealer-link');
  await press(page, 'link');
  await logIn(page, person);
  await on(page, 'dealer-link-complete');
  await press(page, 'next');
}

/** At a relying party, signed in, its page says the person's name. */
export async function signedIn(page, demo, relyingParty, person) {
  await page.waitForURL((url) => url.hostname === `${relyingParty}.localhost`);
  const words = await page.innerText('body');
  for (const name of [person.familyName, person.givenName]) {
    assert.ok(words.includes(name), `${relyingParty} does not say ${name}:\n${words}`);
  }
}

/** The page is no wider than the phone. `pages.test.mjs` checks that a thumb hits every control. */
export async function fitsThePhone(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${page.url()} is ${wide} px wide`);
}
