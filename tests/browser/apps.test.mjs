// The apps on people's phones: my route and TOYOTA SHARE, and the maintenance
// log's app, which is a program of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
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

walk('the phone number is shown where the service calls back, and one login serves both apps', {}, async (page) => {
  const person = steps.somebody('share');
  await steps.comeFrom(page, demo, 'toyota-share');
  await steps.register(page, demo, person);
  await steps.signedIn(page, demo, 'toyota-share', person);
  assert.equal(await page.innerText('.phone'), '090-1234-5678');
  await steps.fitsThePhone(page);
  await page.click('button[value="refresh"]');
  await steps.signedIn(page, demo, 'toyota-share', person);
  assert.equal(await page.innerText('.phone'), '090-1234-5678');
  await steps.comeFrom(page, demo, 'my-route');
  await steps.signedIn(page, demo, 'my-route', person);
});

walk('the maintenance app logs in by the browser, stays signed in, and signs out', {}, async (page) => {
  const person = steps.somebody('app');
  const app = new App('native');
  const opened = app.run('open');
  await page.goto(await opened.address());
  await steps.register(page, demo, person);
  await steps.linkDealer(page, person);
  await page.waitForURL((url) => url.hostname === '127.0.0.1');
  await steps.on(page, 'native-app');
  assert.match(await opened.ended, /山田 花子 様[\s\S]*長野トヨタ自動車株式会社/);
  assert.match(await app.run('open').ended, /山田 花子 様/);
  await app.run('logout').ended;
  const again = app.run('open');
  await page.goto(await again.address());
  await page.waitForURL((url) => url.hostname === '127.0.0.1');
  assert.match(await again.ended, /山田 花子 様/);
  await app.forget();
});

class App {
  #keep;

  constructor(name) {
    this.#keep = path.join(demo.data, `${name}.json`);
  }

  run(command) {
    const binary = path.join(path.dirname(demo.binary), 'maintenance-app');
    const child = spawn(binary, ['--port', String(demo.port), '--keep', this.#keep, command]);
    let said = '';
    const heard = [];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      heard.forEach((listen) => listen());
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`ended with ${code}: ${said}`))));
    });
    const address = () =>
      Promise.race([
        new Promise((resolve) => {
          const look = () => {
            const found = said.match(/^http\S+(?=\n)/m);
            if (found) resolve(found[0]);
          };
          heard.push(look);
          look();
        }),
        ended.then((text) => Promise.reject(new Error(`no address in: ${text}`))),
      ]);
    return { ended, address };
  }

  forget() {
    return rm(this.#keep, { force: true });
  }
}
