#!/usr/bin/env node
// Runs relying parties made with other people's libraries against the provider, and says what did not go as it should.
// README.md says what is checked. Needs Node 20, and what install.sh installs.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Provider } from '../provider.mjs';
import { CHECKS, CHECKS_AFTER_ROTATION, Visit } from './checks.mjs';
import { freePort } from './free_port.mjs';
import { Letterbox } from './letterbox.mjs';
import { LIBRARIES } from './libraries.mjs';
import { Library } from './library.mjs';

const HELP = `node conformance/interop/run.mjs [LIBRARY...]

  LIBRARY        ${LIBRARIES.map(({ name }) => name).join(', ')}; all, if none is named
  --binary FILE  the provider, built already (target/debug/common-id)`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    binary: { type: 'string', default: 'target/debug/common-id' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** Ends the program on what whoever started it can mend. */
function refuse(message) {
  console.error(`interop: ${message}`);
  process.exit(2);
}

async function main() {
  if (options.help) return console.log(HELP);
  const unknown = positionals.filter((name) => !LIBRARIES.some((library) => library.name === name));
  if (unknown.length > 0) refuse(`no library is named ${unknown.join(', ')}; there are ${LIBRARIES.map(({ name }) => name).join(', ')}`);
  if (!existsSync(options.binary)) refuse(`there is no ${options.binary}: build it, or name another by --binary`);
  const wanted = LIBRARIES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

  const folder = mkdtempSync(path.join(os.tmpdir(), 'common-id-interop-'));
  chmodSync(folder, 0o711); // Apache reads in it as another user.
  const provider = new Provider({
    binary: options.binary,
    folder: path.join(folder, 'provider'),
    port: await freePort(),
    // Two names of this machine that need no /etc/hosts.
    hosts: { toyota: 'localhost', lexus: '127.0.0.1' },
    settings: '[outgoing]\nallow_hosts = ["localhost"]\n\n[dynamic_registration]\naccess = "token"\n',
  });
  const letterbox = new Letterbox();
  const libraries = [];
  const stopAll = async () => {
    await Promise.all([...libraries.map((library) => library.stop()), provider.stop()]);
    letterbox.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stopAll().then(() => process.exit(1)));
  const count = new Count();
  try {
    await provider.prepare();
    await provider.start();
    await letterbox.listen();
    for (const description of wanted) libraries.push(new Library(description, folder, provider, letterbox));
    const ready = libraries.map((library) => library.start());
    for (const started of ready) started.catch(() => undefined);
    for (const [index, library] of libraries.entries()) {
      library.runs = await count.passes(`${library.name} starts`, () => ready[index]);
      if (library.runs) await runChecks(CHECKS, library, provider, count);
    }
    await provider.rotateKeys();
    for (const library of libraries.filter(({ runs }) => runs)) await runChecks(CHECKS_AFTER_ROTATION, library, provider, count);
  } finally {
    await stopAll();
    if (count.failed === 0 && count.passed > 0) rmSync(folder, { recursive: true });
    else console.log(`the logs are in ${folder}`);
  }
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
}

async function runChecks(checks, library, provider, count) {
  const authority = readFileSync(provider.authority());
  for (const { name, at, of = () => true, run } of checks) {
    if (!of(library)) continue;
    for (const login of at) {
      const passed = await count.passes(`${library.name}, ${login}: ${name}`, () => run(new Visit(library, login, provider, authority)));
      if (!passed) console.log(`        ${library.name} wrote last: ${library.logged().slice(-500)}`);
    }
  }
}

class Count {
  passed = 0;
  failed = 0;

  /** Whether it does; a line says so. */
  async passes(name, run) {
    try {
      await run();
      this.passed += 1;
      console.log(`ok      ${name}`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED  ${name}\n        ${error.message.replaceAll('\n', '\n        ')}`);
      return false;
    }
  }
}

await main();
