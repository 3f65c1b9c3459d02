// The whole way through Common ID as one request asks it, ⑪ or ④ to ⑮ with every
// screen between: what a person does on each, whatever screen comes next. Tests
// take it and leave it where they like.

import assert from 'node:assert/strict';
import { password, promised } from './steps.mjs';

const STATE = 'the-state-of-the-test';

/**
 * An authorization request of the maintenance log, by which somebody new meets
 * every screen from ⑪ and ④ to ⑮: it wants a dealer and a birthdate.
 */
export function wholeWay(demo, { brand = 'toyota', state = STATE, ...more } = {}) {
  const parameters = new URLSearchParams({
    client_id: 'maintenance',
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: demo.url('maintenance', '/callback'),
    state,
    nonce: 'the-nonce-of-the-test',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify([{ type: 'dealer_link', identifier: '20100' }]),
    claims: JSON.stringify({ userinfo: { birthdate: { essential: true } } }),
    ...more,
  });
  return demo.url(`id.${brand}`, `/authorize?${parameters}`);
}

/** The screens of that way, in its order. */
export const WAY = [
  'login',
  'terms',
  'registration-email',
  'registration-code',
  'registration-details',
  'registration-confirmation',
  'registration-complete',
  'dealer-link',
  'login',
  'profile-edit',
  'profile-confirmation',
  'profile-complete',
  'dealer-link-complete',
];

/** What a person types and ticks on a screen, and the button that then leads on. */
const DEEDS = {
  'login': async (page, demo, person) => {
    if (!person.registered) return 'register';
    await page.fill('[name="login_id"]', person.email);
    await page.fill('[name="password"]', password);
    return 'login';
  },
  'terms': async (page) => {
    await page.check('[name="terms"]');
    return 'next';
  },
  'registration-email': async (page, demo, person) => {
    person.mails = (await demo.sentTo(person.email)) + 1;
    await page.fill('[name="email"]', person.email);
    return 'send_code';
  },
  'registration-code': async (page, demo, person) => {
    await page.fill('[name="code"]', await demo.codeFor(person.email, person.mails));
    return 'next';
  },
  'registration-details': async (page, demo, person) => {
    await page.fill('[name="new_password"]', password);
    for (const [field, text] of Object.entries({ family_name: person.familyName, given_name: person.givenName, ...person.details })) {
      await page.fill(`[name="${field}"]`, text);
    }
    return 'next';
  },
  'registration-confirmation': async () => 'register',
  'registration-complete': async (page, demo, person) => {
    person.registered = true;
    return 'next';
  },
  'registration-already-registered': async (page, demo, person) => {
    person.registered = true;
    return 'login';
  },
  'dealer-link': async () => 'link',
  'profile-edit': async (page) => {
    await page.fill('[name="birthdate_year"]', '1995');
    await page.fill('[name="birthdate_month"]', '12');
    await page.fill('[name="birthdate_day"]', '25');
    return 'next';
  },
  'profile-confirmation': async () => 'save',
  'profile-complete': async () => 'next',
  'dealer-link-complete': async () => 'next',
};

/** Does on a screen what leads on, but presses nothing: says which button would. */
export function fillIn(page, demo, person, screen) {
  const deed = DEEDS[screen];
  assert.ok(deed, `nothing is known to do on ${screen} at ${page.url()}`);
  return deed(page, demo, person);
}

/** Does what loads another page, and waits until it is there; gives its answer. */
export async function arrive(page, deed) {
  const [answer] = await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), deed()]);
  return answer;
}

/** The button of a page that does so. */
export const button = (action) => `button[name="action"][value="${action}"]`;

/** Presses a button, and waits for the page it leads to. */
export const pressed = (page, action) => arrive(page, () => page.click(button(action)));

/** The screen that is shown now, and what it says is wrong. */
export async function shown(page) {
  const body = page.locator('body');
  return { screen: await body.getAttribute('data-screen'), error: await body.getAttribute('data-error') };
}

/**
 * Goes on screen by screen until the service is reached, or until `until` is.
 * Before each step `at` is told the screen; if it says `true` it has gone on itself.
 */
export async function walkOn(page, demo, person, { at = () => false, until } = {}) {
  const seen = [];
  while (seen.length < 60) {
    const { host } = new URL(page.url());
    if (!host.startsWith('id.')) return seen;
    await promised(page);
    const { screen } = await shown(page);
    if (screen === until) return seen;
    seen.push(screen);
    if ((await at(screen)) === true) continue;
    await pressed(page, await fillIn(page, demo, person, screen));
    const { error } = await shown(page);
    assert.ok(!error || !page.url().includes('://id.'), `refused on ${screen}: ${error}`);
  }
  throw new Error(`went in circles: ${seen.join(' ')}`);
}

/** The service was answered, to its own question; the answer's parameters. */
export function answered(page, state = STATE) {
  const url = new URL(page.url());
  assert.equal(url.hostname, 'maintenance.localhost');
  assert.equal(url.pathname, '/callback');
  assert.equal(url.searchParams.get('state'), state);
  assert.ok(url.searchParams.get('iss'), 'the answer says whose it is');
  return url.searchParams;
}
