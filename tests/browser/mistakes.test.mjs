// Everything a person can do wrong on the way and on the account's pages: each
// is answered 4xx on the same screen, the summary has the focus, the sentence is
// tied to its field, and what was typed is still there, but for codes and passwords.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test, { after, before } from 'node:test';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { root, startDemo } from './support/demo.mjs';
import { answered, arrive, fillIn, pressed, shown, walkOn, wholeWay } from './support/journey.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import * as steps from './support/steps.mjs';

const MINUTE = 60;

let demo;
let browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo({ movable: true }), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const walk = (name, options, steps) => test(name, () => withPhone({ browser, demo, name, ...options }, steps));

/** Types, ticks or chooses. */
async function give(page, typed) {
  for (const [name, text] of Object.entries(typed)) {
    const field = page.locator(`[name="${name}"]`);
    if (await field.evaluate((field) => field.matches('select'))) await field.selectOption(text);
    else if (typeof text === 'boolean') await field.setChecked(text);
    else await field.fill(text);
  }
}

/** Sends what is wrong; the page must say so, as every page does. */
async function refused(page, { action, typed = {}, error, field, status = 422 }) {
  const { screen } = await shown(page);
  const what = `${error} on ${screen}`;
  await give(page, typed);
  const answer = await pressed(page, action);
  assert.deepEqual(await shown(page), { screen, error }, what);
  assert.equal(answer.status(), status, what);
  await page.waitForSelector('.error-summary[role="alert"]:focus');
  if (!field) return;
  const found = await page.evaluate((name) => {
    const field = document.getElementById(name);
    return {
      links: [...document.querySelectorAll('.error-summary a')].map((link) => link.hash),
      isInvalid: field.getAttribute('aria-invalid'),
      describedBy: (field.getAttribute('aria-describedby') ?? '').split(' '),
      sentence: document.getElementById(`${name}-error`)?.innerText ?? '',
    };
  }, field);
  assert.ok(found.links.includes(`#${field}`), `${what}: ${found.links}`);
  assert.equal(found.isInvalid, 'true', what);
  assert.ok(found.describedBy.includes(`${field}-error`), `${what}: ${found.describedBy}`);
  assert.ok(found.sentence.length > 3, what);
  for (const [name, text] of Object.entries(typed)) {
    const kept = page.locator(`[name="${name}"]`);
    if (typeof text === 'boolean') continue;
    assert.equal(await kept.inputValue(), isSecret(name) ? '' : text, `${what}: ${name}`);
  }
}

const isSecret = (name) => name === 'code' || name.includes('password');

const wrong = (action, error, field, typed = {}) => ({ action, error, field, typed });
const details = (error, field, text) => wrong('next', error, field, { family_name: '髙橋', new_password: '', [field]: text });

/** What can be wrong on each screen of the way, for somebody new. */
const MISTAKES = {
  'login': [
    wrong('login', 'login-id-missing', 'login_id'),
    wrong('login', 'password-missing', 'password', { login_id: 'taro@example.jp' }),
    wrong('login', 'login-id-unreadable', 'login_id', { login_id: '太郎', password: 'x' }),
    wrong('login', 'login-failed', 'login_id', { login_id: 'nobody.at.all@example.jp', password: steps.password }),
  ],
  'terms': [wrong('next', 'terms-missing', 'terms', { terms: false })],
  'registration-email': [
    wrong('send_code', 'email-missing', 'email', { email: '' }),
    wrong('send_code', 'email-incomplete', 'email', { email: 'hanako' }),
    wrong('send_code', 'email-not-ascii', 'email', { email: '花子@example.jp' }),
    wrong('send_code', 'email-too-long', 'email', { email: `${'a'.repeat(250)}@example.jp` }),
  ],
  'registration-code': [
    wrong('next', 'code-missing', 'code'),
    wrong('next', 'code-format', 'code', { code: '12345' }),
    { ...wrong('resend_code', 'resend-too-soon', 'code'), status: 429 },
  ],
  'registration-details': [
    details('password-missing', 'new_password', ''),
    details('password-too-short', 'new_password', 'Abc-123'),
    details('password-too-long', 'new_password', 'Abcdefghij-1234567890'),
    details('password-needs-digit', 'new_password', 'Abcdefgh'),
    details('password-needs-letter', 'new_password', '48151623'),
    details('password-characters', 'new_password', 'Abcdef-1(2)'),
    details('password-full-width', 'new_password', 'Ａｂｃｄｅｆ１２'),
    details('password-common', 'new_password', 'password1'),
    // The password above all was missing or wrong; from here on it is given once and kept.
    wrong('next', 'kana-characters', 'family_name_kana', { new_password: steps.password, family_name_kana: '山田' }),
    wrong('next', 'name-too-long', 'given_name', { family_name_kana: '', given_name: '花'.repeat(51) }),
    wrong('next', 'mobile-phone-length', 'mobile_phone', { given_name: '花子', mobile_phone: '090-1234' }),
    wrong('next', 'mobile-phone-prefix', 'mobile_phone', { mobile_phone: '03123456789' }),
    wrong('next', 'mobile-phone-ip', 'mobile_phone', { mobile_phone: '050-1234-5678' }),
    wrong('next', 'mobile-phone-data', 'mobile_phone', { mobile_phone: '020-1234-5678' }),
    wrong('next', 'mobile-phone-characters', 'mobile_phone', { mobile_phone: '090 abcd' }),
    wrong('next', 'postal-code-format', 'postal_code', { mobile_phone: '', postal_code: '38' }),
    wrong('next', 'address-too-long', 'block', { postal_code: '', block: '1'.repeat(101) }),
    wrong('next', 'home-phone-mobile', 'home_phone', { block: '', home_phone: '090-1234-5678' }),
    wrong('next', 'home-phone-length', 'home_phone', { home_phone: '026-1234' }),
    wrong('next', 'home-phone-characters', 'home_phone', { home_phone: 'なし' }),
  ],
  'profile-edit': [
    ['birthdate-incomplete', '1995', '', '25'],
    ['birthdate-no-day', '1995', '2', '31'],
    ['birthdate-no-day', 'heisei', '2', '3'],
    ['birthdate-too-early', '1899', '12', '31'],
    ['birthdate-future', '2099', '1', '1'],
  ].map(([error, year, month, day]) =>
    wrong('next', error, 'birthdate_year', { birthdate_year: year, birthdate_month: month, birthdate_day: day }),
  ),
};

for (const javaScript of [true, false]) {
  walk(`whatever is typed wrongly on the way is explained beside its field, with scripts ${javaScript ? 'on' : 'off'}`, { javaScript }, async (page) => {
    const person = steps.somebody('errs');
    const met = new Set();
    await page.goto(wholeWay(demo));
    await walkOn(page, demo, person, {
      at: async (screen) => {
        if (met.has(screen)) return;
        met.add(screen);
        // Who answers is the same without scripts: two of each screen will do.
        const some = (MISTAKES[screen] ?? []).slice(0, javaScript ? undefined : 2);
        for (const mistake of some) await refused(page, mistake);
        if (screen === 'registration-details') await give(page, { home_phone: '' });
      },
    });
    assert.ok(answered(page).get('code'));
    assert.deepEqual(Object.keys(MISTAKES).filter((screen) => !met.has(screen)), []);
  });
}

walk('a code is tried too often, sent again, and too old', {}, async (page) => {
  const person = steps.somebody('codes');
  const code = (text, error, status) => refused(page, { action: 'next', typed: { code: text }, error, field: 'code', status });
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person, { until: 'registration-code' });
  const first = await demo.codeFor(person.email);
  const other = first === '000000' ? '000001' : '000000';
  for (let attempt = 0; attempt < 4; attempt += 1) await code(other, 'code-wrong');
  await code(other, 'code-too-many');
  await code(first, 'code-too-many');
  await demo.pass(MINUTE);
  await pressed(page, 'resend_code');
  assert.ok(await page.isVisible('.notice[role="status"]'), 'it is said that a code was sent again');
  const second = await demo.codeFor(person.email, 2);
  assert.notEqual(second, first);
  await code(first, 'code-wrong');
  await demo.pass(11 * MINUTE);
  await code(second, 'code-expired');
  for (let mail = 3; mail <= 5; mail += 1) {
    await pressed(page, 'resend_code');
    await demo.codeFor(person.email, mail);
    await demo.pass(MINUTE);
  }
  await refused(page, { action: 'resend_code', error: 'resend-too-many', field: 'code', status: 429 });
  await page.fill('[name="code"]', await demo.codeFor(person.email, 5));
  await pressed(page, 'next');
  assert.equal((await shown(page)).screen, 'registration-details', 'the last code is good all the same');
  // A proof of the mailbox does not hold for ever either.
  await demo.pass(59 * MINUTE);
  await page.reload();
  await demo.pass(2 * MINUTE);
  const { familyName, givenName } = person;
  await give(page, { new_password: steps.password, family_name: familyName, given_name: givenName });
  const answer = await pressed(page, 'next');
  assert.ok([200, 422].includes(answer.status()));
  assert.ok(['registration-email', 'login', 'terms'].includes((await shown(page)).screen));
});

walk('a login that fails too often has to wait, and then may be tried again', {}, async (page) => {
  const typed = { login_id: `guessed.${process.pid}@example.jp`, password: 'Wrong-pass1' };
  await page.goto(wholeWay(demo));
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await give(page, typed);
    await pressed(page, 'login');
  }
  await refused(page, { action: 'login', typed, error: 'login-too-many', field: 'login_id', status: 429 });
  await demo.pass(16 * MINUTE);
  await refused(page, { action: 'login', typed, error: 'login-failed', field: 'login_id' });
});

walk('an address that has an account leads to the login, and to a new password', {}, async (page, context) => {
  const person = steps.somebody('twice');
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person);
  await context.clearCookies();
  await demo.pass(2 * MINUTE);
  await page.goto(wholeWay(demo, { prompt: 'create' }));
  await walkOn(page, demo, person, { until: 'registration-already-registered' });
  await arrive(page, () => page.click('.forgotten a'));
  assert.equal((await shown(page)).screen, 'recovery');
  assert.equal(await page.inputValue('[name="login_id"]'), person.email);
  await refused(page, wrong('send_code', 'login-id-missing', 'login_id', { login_id: '' }));
  await refused(page, wrong('send_code', 'login-id-unreadable', 'login_id', { login_id: '花子' }));
  const before = await demo.sentTo(person.email);
  await give(page, { login_id: person.email });
  await pressed(page, 'send_code');
  assert.equal((await shown(page)).screen, 'recovery-code');
  await refused(page, wrong('next', 'code-missing', 'code'));
  const code = await demo.codeFor(person.email, before + 1);
  await refused(page, wrong('next', 'login-code-wrong', 'code', { code: code === '00000000' ? '00000001' : '00000000' }));
  await refused(page, { ...wrong('resend_code', 'resend-too-soon', 'code'), status: 429 });
  await give(page, { code });
  await pressed(page, 'next');
  assert.equal((await shown(page)).screen, 'recovery-password');
  await refused(page, wrong('save', 'password-too-short', 'new_password', { new_password: 'Ab-1' }));
  await refused(page, wrong('save', 'password-same', 'new_password', { new_password: steps.password }));
  await give(page, { new_password: 'Rainy-day8' });
  await pressed(page, 'save');
  assert.equal((await shown(page)).screen, 'recovery-complete');
  await pressed(page, 'next');
  assert.ok(answered(page).get('code'), 'on to the service');
});

walk('mistakes on the pages of the account are explained beside their field', {}, async (page) => {
  const person = steps.somebody('member');
  await page.goto(wholeWay(demo));
  await walkOn(page, demo, person);
  const open = async (place) => {
    await page.goto(demo.url('id.toyota', `/account/${place}`));
    const opened = await steps.on(page, 'login-code', `account-${place}`);
    if (opened === 'login-code') await steps.confirmByCode(page, demo, person);
    await steps.on(page, `account-${place}`);
  };
  await open('profile');
  await refused(page, wrong('save', 'mobile-phone-length', 'mobile_phone', { mobile_phone: '090', family_name: '髙橋' }));
  await refused(page, wrong('save', 'postal-code-format', 'postal_code', { mobile_phone: '', postal_code: '1' }));
  await refused(page, wrong('save', 'kana-characters', 'given_name_kana', { postal_code: '', given_name_kana: '花子' }));
  await open('password');
  const fresh = 'Rainy-day8';
  await refused(page, wrong('save', 'password-missing', 'password', { password: '', new_password: fresh }));
  await refused(page, wrong('save', 'password-present-wrong', 'password', { password: 'Not-mine1', new_password: fresh }));
  await refused(page, wrong('save', 'password-needs-digit', 'new_password', { password: steps.password, new_password: 'Abcdefgh' }));
  await refused(page, wrong('save', 'password-same', 'new_password', { password: steps.password, new_password: steps.password }));
  await open('leave');
  await refused(page, wrong('leave', 'leave-unconfirmed', 'confirm', { password: steps.password, confirm: false }));
  await refused(page, wrong('leave', 'password-present-wrong', 'password', { password: 'Not-mine1', confirm: true }));
});

walk('① says what is wrong, moves the focus there and keeps the user ID', {}, async (page) => {
  await page.goto(demo.url('tos'));
  const guess = async (error, status) => {
    await give(page, { user_id: '03101200209999', password: 'Wrong-1' });
    const answer = await pressed(page, 'login');
    assert.deepEqual(await shown(page), { screen: 'tos-login', error });
    assert.equal(answer.status(), status);
    await page.waitForSelector('#error[role="alert"]:focus');
    assert.equal(await page.getAttribute('[name="user_id"]', 'aria-describedby'), 'error');
    assert.equal(await page.inputValue('[name="user_id"]'), '03101200209999');
    assert.equal(await page.inputValue('[name="password"]'), '');
  };
  for (let attempt = 0; attempt < 5; attempt += 1) await guess('wrong', 401);
  await guess('too_many', 429);
});

walk('no dealer chosen is said beside the field; a dealer that the service needs, declined, is a refusal', {}, async (page) => {
  const person = steps.somebody('dealer');
  await steps.comeFrom(page, demo, 'mytoyota');
  await walkOn(page, demo, person, { until: 'dealer-choice' });
  await refused(page, wrong('next', 'dealer-missing', 'dealer'));
  await page.selectOption('[name="dealer"]', '20100');
  await pressed(page, 'next');
  assert.equal((await shown(page)).screen, 'dealer-link');
  await pressed(page, 'not_now');
  await steps.on(page, 'problem');
  assert.equal((await shown(page)).error, 'access_denied');
  // They may think better of it.
  await page.click('main a.button');
  await steps.on(page, 'dealer-choice');
});

walk('consent declined is a refusal to the other company’s service, and given is remembered', {}, async (page) => {
  const file = path.join(demo.data, 'other-company.json');
  const client = {
    client_id: 'other-company',
    client_name: { '': '他社サービス', ja: '他社サービス', en: 'Another company' },
    brands: ['toyota'],
    party: 'third',
    redirect_uris: [demo.url('maintenance', '/callback')],
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: 'openid profile email',
    subject_type: 'pairwise',
  };
  await writeFile(file, JSON.stringify(client));
  await promisify(execFile)(demo.binary, ['clients', 'add', file, '--data', demo.data], { cwd: root, env: demo.environment });
  const asks = wholeWay(demo, { client_id: 'other-company', authorization_details: '[]', claims: '{}' });
  const person = steps.somebody('consents');
  await page.goto(asks);
  await walkOn(page, demo, person, { until: 'consent' });
  await pressed(page, 'deny');
  assert.equal(answered(page).get('error'), 'access_denied');
  await page.goto(asks);
  await steps.on(page, 'consent');
  await pressed(page, 'approve');
  assert.ok(answered(page).get('code'));
  await page.goto(asks);
  assert.ok(answered(page).get('code'), 'nothing is asked twice');
});
