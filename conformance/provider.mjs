// A provider of the run's own: both brands over TLS on loopback, data in a folder (or a database) that begins empty, one person
// who has told everything, and the clients of the plans that want theirs registered beforehand.

import { execFile, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const RESPONSE_TYPES = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'];

export const BRANDS = ['toyota', 'lexus'];

const PERSON = {
  email: 'hanako@conformance.example',
  password: 'conform-2026',
  external_id: 'conformance',
  email_verified: true,
  family_name: '豊田',
  given_name: '花子',
  middle_name: 'M',
  'family_name#ja-Kana-JP': 'トヨダ',
  'given_name#ja-Kana-JP': 'ハナコ',
  nickname: 'はな',
  preferred_username: 'hanako',
  profile: 'https://conformance.example/hanako',
  picture: 'https://conformance.example/hanako.png',
  website: 'https://conformance.example/',
  gender: 'female',
  birthdate: '1990-04-01',
  zoneinfo: 'Asia/Tokyo',
  locale: 'ja',
  phone_number: '+819012345678',
  phone_number_verified: true,
  address: { postal_code: '380-0801', region: '長野県', locality: '長野市', street_address: '箱清水1-1', country: 'JP' },
};

export class Provider {
  /** By brand, and by how they are told of a logout: what the suite is told of the clients registered beforehand. */
  clients = {};
  #process;

  constructor({ binary, port, postgres, redis, suite, folder }) {
    Object.assign(this, { binary: path.resolve(binary), port, postgres, redis, suite });
    this.folder = path.join(folder, postgres ? 'postgres' : 'sqlite');
    this.person = { email: PERSON.email, password: PERSON.password };
  }

  hosts() {
    return BRANDS.map((brand) => `id.${brand}.localtest`);
  }

  issuer(brand) {
    return `https://id.${brand}.localtest:${this.port}`;
  }

  /** Makes everything but the running server, anew. */
  async prepare() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    await this.#certificate();
    this.#write('sealing.key', `${randomBytes(32).toString('base64')}\n`);
    this.#write('common-id.toml', this.#configuration());
    if (this.postgres) await execute('psql', [this.postgres, '-qc', 'DROP SCHEMA public CASCADE', '-c', 'CREATE SCHEMA public']);
    await this.#command('migrate');
    await this.#importPerson();
    for (const brand of BRANDS) {
      this.clients[brand] = {};
      for (const told of ['untold', 'frontchannel', 'backchannel']) this.clients[brand][told] = await this.#registerClients(brand, told);
    }
  }

  async start() {
    const log = openSync(this.#file('common-id.log'), 'a');
    this.#process = spawn(this.binary, ['serve', '--config', 'common-id.toml'], { cwd: this.folder, stdio: ['ignore', log, log] });
    const ended = new Promise((_, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code) => reject(new Error(`the provider ended (${code}): see ${this.#file('common-id.log')}`)));
    });
    ended.catch(() => undefined);
    for (let tries = 0; tries < 300; tries += 1) {
      if (await Promise.race([this.#isReady(), ended])) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the provider does not answer: see ${this.#file('common-id.log')}`);
  }

  async stop() {
    const process = this.#process;
    if (!process || process.exitCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGTERM');
    await ended;
  }

  /** As an operator does, while it serves. */
  async rotateKeys() {
    // By algorithm: with a new Ed25519 key (`kty` OKP) the suite's comparison of old keys and new ones gives up.
    const before = await this.#get('/jwks');
    await this.#command('keys', 'rotate', '--algorithm', 'RS256');
    // The server takes it up within a second or so; the suite looks at once.
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await this.#get('/jwks'))?.body !== before?.body) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the provider publishes no new key after `keys rotate`');
  }

  #file(name) {
    return path.join(this.folder, name);
  }

  #write(name, content) {
    writeFileSync(this.#file(name), content, { mode: 0o600 });
  }

  async #certificate() {
    const names = this.hosts().map((host) => `DNS:${host}`);
    await execute('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=Common ID conformance',
      '-addext', `subjectAltName=${names.join(',')}`, '-keyout', this.#file('tls.key'), '-out', this.#file('tls.pem'),
    ]);
  }

  #configuration() {
    const brand = (name) => `
[brands.${name}]
issuer = "${this.issuer(name)}"
mail_from = "no-reply@id.${name}.localtest"
display_name.ja = "TOYOTA/LEXUSの共通ID"
display_name.en = "TOYOTA/LEXUS Common ID"
`;
    return `listen = "127.0.0.1:${this.port}"
sealing_key_file = "sealing.key"

[tls]
certificate_file = "tls.pem"
key_file = "tls.key"
${BRANDS.map(brand).join('')}
[database]
url = "${this.postgres ?? 'sqlite:common-id.db'}"

[ephemeral]
url = "${this.redis ?? 'memory:'}"
prefix = "conformance-${randomBytes(6).toString('hex')}"

[outgoing]
# The suite is on this machine, under a certificate of its own authority.
allow_hosts = ["${this.suite.host}"]
ca_file = "${path.resolve(this.suite.caFile)}"

[dynamic_registration]
# The suite registers a client for nearly every module, and sends PKCE in hardly any.
access = "open"
grant_types = ["authorization_code", "implicit", "refresh_token"]
response_types = ${JSON.stringify(RESPONSE_TYPES)}
auth_methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
may_omit_pkce = true
per_ip_hour = 0

[limits]
# The suite's own logo is 38 kB.
logo_bytes = 65536

[login]
# One person logs in some thousand times.
wrong_per_ip = 1000000

[mail]
# No plan sends any: nobody listens there.
transport = "smtp"
host = "127.0.0.1"
port = 9

[sms]
transport = "http"
url = "https://127.0.0.1:9/"
`;
  }

  async #importPerson() {
    const { password, ...person } = PERSON;
    const [iterations, salt] = [1000, randomBytes(16)];
    const hash = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
    const text = (bytes) => bytes.toString('base64').replaceAll('=', '');
    person.password_hash = `$pbkdf2-sha256$i=${iterations},l=32$${text(salt)}$${text(hash)}`;
    this.#write('person.jsonl', `${JSON.stringify(person)}\n`);
    await this.#command('accounts', 'import', 'person.jsonl');
  }

  async #registerClients(brand, told) {
    const alias = `common-id-${brand}-${told}-${this.port}`;
    const callback = `${this.suite.url}/test/a/${alias}`;
    const register = async (name, method) => {
      const client = {
        client_id: `suite-${brand}-${told}-${name}`,
        client_name: `The suite's ${name} client`,
        brands: [brand],
        party: 'first',
        redirect_uris: [`${callback}/callback`],
        post_logout_redirect_uris: [`${callback}/post_logout_redirect`],
        token_endpoint_auth_method: method,
        ...(told !== 'untold' && { [`${told}_logout_uri`]: `${callback}/${told}_logout`, [`${told}_logout_session_required`]: true }),
        grant_types: ['authorization_code', 'implicit', 'refresh_token'],
        response_types: RESPONSE_TYPES,
        scope: 'openid profile email address phone offline_access',
        // The plans have modules without PKCE; nobody else should be let do so.
        may_omit_pkce: true,
      };
      const file = `${client.client_id}.json`;
      this.#write(file, JSON.stringify(client));
      return JSON.parse(await this.#command('clients', 'add', file));
    };
    return {
      alias,
      first: await register('first', 'client_secret_basic'),
      second: await register('second', 'client_secret_basic'),
      by_post: await register('by-post', 'client_secret_post'),
    };
  }

  async #command(...command) {
    const { stdout } = await execute(this.binary, [...command, '--config', 'common-id.toml'], { cwd: this.folder });
    return stdout;
  }

  async #isReady() {
    return (await this.#get('/readyz'))?.status === 200;
  }

  /** What the server answers there; nothing, if it does not. */
  #get(place) {
    const ca = readFileSync(this.#file('tls.pem'));
    return new Promise((resolve) => {
      const request = https.get(`${this.issuer(BRANDS[0])}${place}`, { ca }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => (body += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode, body }));
      });
      request.on('error', () => resolve(undefined));
    });
  }
}
