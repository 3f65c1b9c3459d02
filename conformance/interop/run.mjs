#!/usr/bin/env node
// Runs relying parties made with other people's libraries against the provider, and says what did not go as it should.
// README.md says what is checked. Needs Node 20, and what install.sh installs.

import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { BRANDS, Provider } from '../provider.mjs';
import { request } from './browser.mjs';
import { CHECKS, Visit } from './checks.mjs';
import { LIBRARIES } from './libraries.mjs';

const HELP = `node conformance/interop/run.mjs [LIBRARY...]

  LIBRARY        ${LIBRARIES.map(({ name }) => name).join(', ')}; all, if none is named
  --binary FILE  the provider, built already (target/debug/common-id)`;

/** A Java virtual machine on a busy machine takes its time. */
const PATIENCE = 90_000;

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
    settings: '[outgoing]\nallow_hosts = ["localhost"]\n',
  });
  const libraries = [];
  const stopAll = () => Promise.all([...libraries.map((library) => library.stop()), provider.stop()]);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stopAll().then(() => process.exit(1)));
  const count = { passed: 0, failed: 0 };
  try {
    await provider.prepare();
    await provider.start();
    for (const description of wanted) libraries.push(new Library(description, folder, provider));
    const ready = libraries.map((library) => library.start());
    for (const started of ready) started.catch(() => undefined);
    for (const [index, library] of libraries.entries()) {
      await ready[index];
      await runChecks(library, provider, count);
    }
  } finally {
    await stopAll();
    if (count.failed === 0 && count.passed > 0) rmSync(folder, { recursive: true });
    else console.log(`the logs are in ${folder}`);
  }
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
}

async function runChecks(library, provider, count) {
  const authority = readFileSync(provider.authority());
  for (const { name, at, of = () => true, run } of CHECKS) {
    if (!of(library)) continue;
    for (const login of at) {
      const about = `${library.name}, ${login}: ${name}`;
      try {
        await run(new Visit(library, login, provider, authority));
        count.passed += 1;
        console.log(`ok      ${about}`);
      } catch (error) {
        count.failed += 1;
        console.log(`FAILED  ${about}\n        ${error.message.replaceAll('\n', '\n        ')}`);
      }
    }
  }
}

/** A relying party made with one library: its clients, its process. */
class Library {
  clients = {};
  #process;
  #ports = {};

  constructor(description, folder, provider) {
    Object.assign(this, description, { folder, provider, tells: description.tells ?? {} });
    this.backchannel = description.backchannel && ((login) => description.backchannel(this.base(login), login));
  }

  base(login) {
    return `http://localhost:${this.#ports[login]}`;
  }

  async start() {
    await this.#takePorts();
    const keys = {};
    for (const brand of BRANDS) {
      keys[brand] = newKey(`${this.name}-${brand}`);
      this.clients[brand] = await this.#register(brand, keys[brand]);
    }
    const { client_secret: secret, ...public_ } = this.clients[this.impostor];
    this.clients.impostor = { ...public_, ...(secret && { client_secret: `${secret}x` }) };
    keys.impostor = newKey(keys[this.impostor].kid);
    const logins = Object.keys(this.clients).map((login) => [login, { ...this.clients[login], jwk: keys[login], port: this.#ports[login] }]);
    const file = path.join(this.folder, `${this.name}.json`);
    const authority = this.provider.authority();
    writeFileSync(file, JSON.stringify({ port: this.#ports.toyota, authority, logins: Object.fromEntries(logins) }));
    await this.#spawn(file, authority);
  }

  async stop() {
    const process = this.#process;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGTERM');
    await ended;
  }

  /** One for all logins, but for a library that serves each at a port of its own. */
  async #takePorts() {
    const shared = await freePort();
    for (const login of [...BRANDS, 'impostor']) this.#ports[login] = this.portEach ? await freePort() : shared;
  }

  async #register(brand, { d, ...key }) {
    const method = this.methods[brand];
    const party = brand === 'lexus' ? 'third' : 'first';
    const callbacks = [brand, ...(this.impostor === brand ? ['impostor'] : [])];
    const client = {
      client_id: `${this.name}-${brand}`,
      client_name: `A service made with ${this.name}`,
      brands: [brand],
      party,
      redirect_uris: callbacks.map((login) => `${this.base(login)}/callback/${login}`),
      post_logout_redirect_uris: [`${this.base(brand)}/bye/${brand}`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'openid profile email offline_access',
      subject_type: 'public',
      token_endpoint_auth_method: method,
      id_token_signed_response_alg: this.alg,
      ...(method === 'private_key_jwt' && { jwks: { keys: [key] } }),
      ...(this.backchannel && { backchannel_logout_uri: this.backchannel(brand), backchannel_logout_session_required: true }),
    };
    const registered = await this.provider.register(client);
    return {
      issuer: this.provider.issuer(brand),
      client_id: client.client_id,
      client_secret: registered.client_secret,
      party,
      method,
      alg: this.alg,
      scope: client.scope,
      // A refresh token for another company's service is the person's to consent to (OpenID Connect Core §11).
      parameters: party === 'third' ? { prompt: 'consent' } : {},
    };
  }

  async #spawn(file, authority) {
    const logFile = path.join(this.folder, `${this.name}.log`);
    const log = openSync(logFile, 'a');
    const [program, ...given] = this.command(file);
    const trust = { NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: authority, REQUESTS_CA_BUNDLE: authority };
    const environment = { ...process.env, ...trust, ...this.environment };
    this.#process = spawn(program, given, { env: environment, stdio: ['ignore', log, log] });
    const ended = new Promise((_, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code) => reject(new Error(`${this.name} ended (${code}): see ${logFile}`)));
    });
    ended.catch(() => undefined);
    const deadline = Date.now() + PATIENCE;
    while (!(await Promise.race([this.#isReady(), ended]))) {
      if (Date.now() > deadline) throw new Error(`${this.name} does not answer: see ${logFile}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #isReady() {
    return request(`${this.base('toyota')}/bye/toyota`, {}).then(({ status }) => status === 200, () => false);
  }
}

/** A private key, with a name that its public half is registered by. */
function newKey(kid) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

await main();
