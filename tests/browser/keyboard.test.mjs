// The whole way without a mouse or a finger: every control is reached by Tab, in
// the order it is read, and is seen to be reached; Enter and Space do the rest.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { answered, arrive, button, shown, walkOn, wholeWay, WAY } from './support/journey.mjs';
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

/** Runs in the page: what can be reached, in the order of the page, and how each looks while it is not. */
function reachable() {
  const look = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    return [outlineStyle, outlineWidth, outlineColor, boxShadow].join(' ');
  };
  const controls = [...document.querySelectorAll('a[href], button, input, select, summary')].filter(
    (control) => control.type !== 'hidden' && control.tabIndex >= 0 && control.checkVisibility({ visibilityProperty: true }),
  );
  controls.forEach((control, number) => {
    control.dataset.stop = number;
    control.dataset.look = look(control);
  });
  return controls.map((control) => control.outerHTML.replace(/\s*(href|data-stop|data-look)="[^"]*"/g, '').slice(0, 200));
}

/** Runs in the page: the control that has the focus, and whether that is seen. */
function focused() {
  const control = document.activeElement;
  if (!control?.dataset.stop) return undefined;
  const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(control);
  const { top, bottom, left } = control.getBoundingClientRect();
  return {
    stop: Number(control.dataset.stop),
    isSeen: [outlineStyle, outlineWidth, outlineColor, boxShadow].join(' ') !== control.dataset.look,
    isOnScreen: top >= 0 && bottom <= innerHeight + 1,
    place: { top: Math.round(top + scrollY), left: Math.round(left), isInMain: control.closest('main') !== null },
  };
}

/** Goes by Tab once through the page: every control is reached once, in reading order, and seen. */
async function tabThrough(page) {
  const controls = await page.evaluate(reachable);
  await page.evaluate(() => {
    document.activeElement?.blur();
    getSelection().removeAllRanges();
  });
  let before;
  for (const [stop, control] of controls.entries()) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(focused);
    assert.equal(now?.stop, stop, `${page.url()}: Tab ${stop + 1} should reach ${control}`);
    assert.ok(now.isSeen, `${page.url()}: it is not seen that the focus is on ${control}`);
    assert.ok(now.isOnScreen, `${page.url()}: not on the screen: ${control}`);
    if (before?.isInMain && now.place.isInMain) {
      const sane = now.place.top >= before.top - 8 || now.place.left > before.left;
      assert.ok(sane, `${page.url()}: the focus jumps up to ${control}`);
    }
    before = now.place;
  }
  await page.keyboard.press('Tab');
  assert.notEqual((await page.evaluate(focused))?.stop, controls.length - 1, 'the last control lets go');
  return controls;
}

/** Tabs on until a control has the focus. */
async function tabTo(page, selector) {
  for (let press = 0; press < 80; press += 1) {
    const there = await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector);
    if (there) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${page.url()}: Tab does not reach ${selector}`);
}

/** Types into a field; what stood there is overwritten, as Tab selects it. */
async function type(page, field, text) {
  await tabTo(page, `[name="${field}"]`);
  await page.keyboard.type(text);
}

const enter = (page) => arrive(page, () => page.keyboard.press('Enter'));

async function press(page, action, key = 'Enter') {
  await tabTo(page, button(action));
  return arrive(page, () => page.keyboard.press(key));
}

/** What a person does on each screen, by keys alone. */
const BY_KEYS = {
  'login': async (page, person) => {
    if (!person.registered) return press(page, 'register', 'Space');
    await type(page, 'login_id', person.email);
    await type(page, 'password', steps.password);
    return enter(page);
  },
  'terms': async (page) => {
    // Without the tick, to the summary, by its link to the box.
    await press(page, 'next');
    await byTheSummary(page, 'terms');
    await page.keyboard.press('Space');
    return press(page, 'next', 'Space');
  },
  'registration-email': async (page, person) => {
    await type(page, 'email', 'nobody');
    await enter(page);
    await byTheSummary(page, 'email');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(person.email);
    return enter(page);
  },
  'registration-code': async (page, person) => {
    await type(page, 'code', await demo.codeFor(person.email));
    return enter(page);
  },
  'registration-details': async (page, person, javaScript) => {
    await type(page, 'new_password', steps.password);
    if (javaScript) {
      const field = page.locator('[name="new_password"]');
      await page.keyboard.press('Tab');
      for (const shownAs of ['text', 'password']) {
        await page.keyboard.press('Space');
        assert.equal(await field.getAttribute('type'), shownAs);
      }
      assert.ok((await page.innerText('[data-reveal-status]')).length > 0, 'it is said, too');
    }
    await type(page, 'family_name', person.familyName);
    await type(page, 'given_name', person.givenName);
    await type(page, 'mobile_phone', '09012345678');
    await tabTo(page, '[name="prefecture"]');
    await page.keyboard.press('ArrowDown');
    await type(page, 'city', '札幌市');
    return enter(page);
  },
  'registration-confirmation': (page) => press(page, 'register'),
  'registration-complete': async (page, person) => {
    person.registered = true;
    return press(page, 'next', 'Space');
  },
  'dealer-link': (page) => press(page, 'link'),
  'profile-edit': async (page) => {
    await type(page, 'birthdate_year', '1995');
    await type(page, 'birthdate_month', '2');
    await type(page, 'birthdate_day', '31');
    await enter(page);
    await byTheSummary(page, 'birthdate_year');
    await page.keyboard.press('Tab');
    await page.keyboard.type('12');
    await page.keyboard.press('Tab');
    await page.keyboard.type('25');
    return enter(page);
  },
  'profile-confirmation': (page) => press(page, 'save', 'Space'),
  'profile-complete': (page) => press(page, 'next'),
  'dealer-link-complete': (page) => press(page, 'next'),
};

/** The summary has the focus; its link brings it to the field. */
async function byTheSummary(page, field) {
  // A page takes the focus there a moment after it is shown.
  await page.locator('.error-summary:focus').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction((field) => document.activeElement?.id === field, field);
}

for (const javaScript of [true, false]) {
  walk(`the whole way by keyboard alone, with scripts ${javaScript ? 'on' : 'off'}`, { javaScript }, async (page) => {
    const person = steps.somebody('keys');
    await page.goto(wholeWay(demo));
    const seen = await walkOn(page, demo, person, {
      at: async (screen) => {
        const controls = (await tabThrough(page)).join('\n');
        assert.match(controls, /hreflang="en"/, 'the other language');
        assert.equal(/data-reveals=/.test(controls), javaScript && /type="password"/.test(controls), 'the reveal button');
        await BY_KEYS[screen](page, person, javaScript);
        return true;
      },
    });
    assert.deepEqual(seen, WAY);
    assert.ok(answered(page).get('code'));
  });
}

walk('a member of the old site goes by keyboard from ① to ⑯', {}, async (page) => {
  const person = { ...steps.somebody('keys-tos'), familyName: '佐久', givenName: '健' };
  await page.goto(demo.url('tos'));
  const stop = async (screen) => {
    await steps.on(page, screen);
    await tabThrough(page);
  };
  await stop('tos-login');
  await type(page, 'user_id', '03101200200010');
  await type(page, 'password', 'Owner-0310');
  await enter(page);
  await stop('tos-top');
  await tabTo(page, '.banner a');
  await enter(page);
  await stop('tos-choice');
  await press(page, 'new', 'Space');
  await walkOn(page, demo, person, {
    at: async (screen) => {
      await BY_KEYS[screen](page, person, true);
      return true;
    },
  });
  await stop('tos-complete');
  await tabTo(page, '.way .button');
  await enter(page);
  await page.waitForURL((url) => url.hostname === 'maintenance.localhost');
});

walk('the language is changed, and the first Tab skips to the content, by keyboard', {}, async (page) => {
  await page.goto(wholeWay(demo));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'content');
  await page.reload();
  await tabTo(page, 'a[hreflang="en"]');
  await enter(page);
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  assert.equal((await shown(page)).screen, 'login');
});

walk('every page of the account is gone through by Tab', {}, async (page) => {
  await page.goto(wholeWay(demo));
  const person = steps.somebody('keys-member');
  await walkOn(page, demo, person);
  await page.goto(demo.url('id.toyota', '/account'));
  await tabThrough(page);
  const places = await page.locator('.menu a[href^="/account/"]').evaluateAll((links) => links.map((link) => link.pathname));
  assert.ok(places.length >= 4, places.join(' '));
  for (const place of places) {
    await page.goto(demo.url('id.toyota', place));
    if ((await shown(page)).screen === 'login-code') {
      await tabThrough(page);
      await steps.confirmByCode(page, demo, person);
      await page.waitForSelector('body[data-screen^="account-"]');
    }
    assert.match((await shown(page)).screen, /^account-/, place);
    await tabThrough(page);
  }
});
