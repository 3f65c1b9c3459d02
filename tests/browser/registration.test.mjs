// A service that registered itself: people see whose login this is, on every screen that
// says so, and their browsers ask nobody but us for it.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { startDemo } from './support/demo.mjs';
import { startBrowser, withPhone } from './support/phone.mjs';
import { picture } from './support/picture.mjs';
import * as steps from './support/steps.mjs';

let demo;
let browser;
let site;
before(async () => {
  const settings = { DYNAMIC_REGISTRATION__ACCESS: 'open' };
  [demo, browser, site] = await Promise.all([startDemo({ settings }), startBrowser(), startSite()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
  site?.close();
});

/** The service's own server: all it has is its logo. */
function startSite() {
  const server = http.createServer((request, response) => {
    if (request.url === '/logo.png') response.setHeader('content-type', 'image/png').end(picture(240, 80));
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>drive');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Registers the service; gives its `client_id`. */
function register(metadata) {
  const body = JSON.stringify(metadata);
  const headers = { host: `id.toyota.localhost:${demo.port}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: demo.port, path: '/register', method: 'POST', headers };
    const request = http.request(options, (answer) => {
      let told = '';
      answer.on('data', (text) => (told += text));
      answer.on('end', () => (answer.statusCode === 201 ? resolve(JSON.parse(told).client_id) : reject(new Error(told))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

for (const locale of ['ja-JP', 'en-US']) {
  test(`people see whose login it is, in ${locale}`, () =>
    withPhone({ browser, demo, name: `registered in ${locale}`, locale }, async (page) => {
      const place = `http://drive.localhost:${site.address().port}`;
      const client_id = await register({
        client_name: 'ドライブ手帳プラス',
        'client_name#en': 'Drive Diary Plus',
        redirect_uris: [`${place}/callback`],
        logo_uri: `${place}/logo.png`,
        client_uri: `${place}/`,
        policy_uri: `${place}/privacy`,
        tos_uri: `${place}/terms`,
      });
      const query = new URLSearchParams({
        client_id,
        redirect_uri: `${place}/callback`,
        response_type: 'code',
        scope: 'openid profile email',
        state: 'x',
        nonce: 'y',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      });
      await page.goto(demo.url('id.toyota', `/authorize?${query}`));
      await steps.on(page, 'login');
      await introduced(page, place);
      await keep(page, `login-${locale}`);
      const person = steps.somebody('driver');
      await steps.register(page, demo, person);
      await steps.on(page, 'consent');
      await introduced(page, place);
      await keep(page, `consent-${locale}`);
      await steps.press(page, 'approve');
      await page.waitForURL((url) => url.origin === place && url.searchParams.has('code'));
    }));
}

/** The logo is there, whole and ours; the links lead to the service. */
async function introduced(page, place) {
  await steps.fitsThePhone(page);
  const logo = await page.$eval('img.logo', ({ src, complete, naturalWidth }) => ({ src, complete, naturalWidth }));
  assert.equal(new URL(logo.src).host, new URL(page.url()).host);
  assert.ok(logo.complete && logo.naturalWidth === 240, JSON.stringify(logo));
  for (const where of ['privacy', 'terms']) {
    const link = page.locator(`a[href="${place}/${where}"]`);
    assert.equal(await link.count(), 1, where);
    assert.ok((await link.boundingBox()).height >= 44, where);
  }
}

/** A picture to be looked at, where a folder is named for it. */
async function keep(page, name) {
  const folder = process.env.PICTURES_DIR;
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
