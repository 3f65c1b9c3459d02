// A relying party made with one library: its clients, its process, what it is told and tells.

import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { BRANDS, terminated } from '../provider.mjs';
import { request } from './browser.mjs';
import { freePort } from './free_port.mjs';

/** A Java virtual machine on a busy machine takes its time. */
const PATIENCE = 90_000;

const SCOPE = 'openid profile email offline_access';

/** A refresh token for another company's service is the person's to consent to (OpenID Connect Core §11). */
const CONSENTED = { prompt: 'consent' };

export class Library {
  clients = {};
  #process;
  #ports = {};

  constructor(description, folder, provider, letterbox) {
    Object.assign(this, description, { folder, provider, letterbox, tells: description.tells ?? {} });
    this.logFile = path.join(folder, `${this.name}.log`);
    this.backchannel = description.backchannel && ((login) => description.backchannel(this.base(login), login));
  }

  base(login) {
    return `http://localhost:${this.#ports[login]}`;
  }

  /** What it wrote so far. */
  logged() {
    return readFileSync(this.logFile, 'utf8');
  }

  /** The logout tokens it was sent. */
  logoutTokens(login) {
    return this.letterbox.tokens(`${this.name}-${login}`);
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
    if (this.registersItself) this.clients.registered = await this.#invited();
    const logins = Object.keys(this.clients).map((login) => [login, { ...this.clients[login], jwk: keys[login], port: this.#ports[login] }]);
    const file = path.join(this.folder, `${this.name}.json`);
    const authority = this.provider.authority();
    writeFileSync(file, JSON.stringify({ port: this.#ports.toyota, authority, logins: Object.fromEntries(logins) }));
    await this.#spawn(file, authority);
  }

  async stop() {
    await terminated(this.#process);
  }

  /** One for all logins, but for a library that serves each at a port of its own. */
  async #takePorts() {
    const shared = await freePort();
    for (const login of [...BRANDS, 'impostor', 'registered']) this.#ports[login] = this.portEach ? await freePort() : shared;
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
      scope: SCOPE,
      subject_type: party === 'third' ? 'pairwise' : 'public',
      token_endpoint_auth_method: method,
      id_token_signed_response_alg: this.alg,
      ...(method === 'private_key_jwt' && { jwks: { keys: [key] } }),
      ...(this.backchannel && {
        backchannel_logout_uri: this.letterbox.addressOf(`${this.name}-${brand}`, this.backchannel(brand)),
        backchannel_logout_session_required: true,
      }),
    };
    const registered = await this.provider.register(client);
    return {
      issuer: this.provider.issuer(brand),
      client_id: client.client_id,
      client_secret: registered.client_secret,
      party,
      method,
      alg: this.alg,
      scope: SCOPE,
      parameters: party === 'third' ? CONSENTED : {},
    };
  }

  /** A login whose client registers itself. */
  async #invited() {
    const { initial_access_token } = JSON.parse(await this.provider.command('clients', 'initial-token'));
    return { issuer: this.provider.issuer('lexus'), initial_access_token, party: 'third', scope: SCOPE, parameters: CONSENTED };
  }

  async #spawn(file, authority) {
    const log = openSync(this.logFile, 'a');
    const [program, ...given] = this.command(file);
    const trust = { NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: authority, REQUESTS_CA_BUNDLE: authority };
    const environment = { ...process.env, ...trust, ...this.environment };
    this.#process = spawn(program, given, { env: environment, stdio: ['ignore', log, log] });
    const ended = new Promise((_, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code) => reject(new Error(`${this.name} ended (${code}): ${this.logged().slice(-500)}`)));
    });
    ended.catch(() => undefined);
    const deadline = Date.now() + PATIENCE;
    while (!(await Promise.race([this.#isReady(), ended]))) {
      if (Date.now() > deadline) throw new Error(`${this.name} does not answer: ${this.logged().slice(-500)}`);
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
