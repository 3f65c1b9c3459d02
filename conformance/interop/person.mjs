// What a person does on the provider's pages, by the names these promise to machines.

import { screenOf } from './browser.mjs';

/** What is pressed on each page that a login may show. */
const STEPS = {
  login: (person) => ['login', { login_id: person.email, password: person.password }],
  'login-code': () => ['not_now'],
  terms: () => ['next', { terms: 'agree' }],
  consent: () => ['approve'],
};

const PAGES = 6;

/** Does whatever a login owes, until the provider has no more pages to show; `only` stops at the page of that name. */
export async function logIn(browser, person, page, { only, until } = {}) {
  const screens = [];
  for (let shown = page; ; ) {
    const screen = screenOf(shown);
    if (!screen || screen === only) return { page: shown, screens };
    const step = STEPS[screen];
    if (!step || screens.length > PAGES) throw new Error(`what to do on “${screen}” after ${screens.join(', ') || 'nothing'}, at ${shown.url}?`);
    screens.push(screen);
    const [action, fields] = step(person);
    shown = await browser.press(shown, action, fields, { until });
  }
}

/** Whatever a logout shows, until the browser is back at the service, or stays at the provider. */
export async function logOut(browser, page) {
  const asked = screenOf(page) === 'logout';
  const shown = asked ? await browser.press(page, 'logout') : page;
  return (screenOf(shown) === 'logged-out' && (await browser.follow(shown, 'onward'))) || shown;
}
