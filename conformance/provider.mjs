// A provider of a run's own: both brands over TLS on loopback, data in a folder (or a database) that begins empty, and one person
// who has told everything. Its clients are whoever's runs it.

import { execFile, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { isIP } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const BRANDS = ['toyota', 'lexus'];

/** Ends a process, if it is there and has not ended; and waits for that. */
export async function terminated(process) {
  if (!process || process.exitCode !== null || process.signalCode !== null) return;
  const ended = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGTERM');
  await ended;
}

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
  #process;

  /** `hosts` by brand; `settings` is TOML, what this run wants besides. */
  constructor({ binary, folder, port, hosts, settings, postgres, redis }) {
    Object.assign(this, { folder, port, hosts, settings, postgres, redis });
    this.binary = path.resolve(binary);
    this.person = { email: PERSON.email, password: PERSON.password };
  }

  issuer(brand) {
    return `https://${this.hosts[brand]}:${this.port}`;
  }

  /** The authority of its certificate, which is the certificate itself. */
  authority() {
    return this.file('tls.pem');
  }

  /** Makes everything but the running server, anew. */
  async prepare() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    await this.#certificate();
    this.#write('sealing.key', `${randomBytes(32).toString('base64')}\n`);
    this.#write('common-id.toml', this.#configuration());
    if (this.postgres) await execute('psql', [this.postgres, '-qc', 'DROP SCHEMA public CASCADE', '-c', 'CREATE SCHEMA public']);
    await this.command('migrate');
    await this.#importPerson();
  }

  async start() {
    const log = openSync(this.file('common-id.log'), 'a');
    this.#process = spawn(this.binary, ['serve', '--config', 'common-id.toml'], { cwd: this.folder, stdio: ['ignore', log, log] });
    const ended = new Promise((_, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (code) => reject(new Error(`the provider ended (${code}): see ${this.file('common-id.log')}`)));
    });
    ended.catch(() => undefined);
    for (let tries = 0; tries < 300; tries += 1) {
      if (await Promise.race([this.#isReady(), ended])) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the provider does not answer: see ${this.file('common-id.log')}`);
  }

  async stop() {
    await terminated(this.#process);
  }

  /** Ends the server without waiting for it, when this program ends. */
  kill() {
    this.#process?.kill('SIGKILL');
  }

  /** As an operator does, while it serves; until the server has taken it up, which it does within a second or so. */
  async rotateKeys(...which) {
    const before = await this.get('/jwks');
    await this.command('keys', 'rotate', ...which);
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await this.get('/jwks'))?.body !== before?.body) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the provider publishes no new key after `keys rotate`');
  }

  /** Registers a client; what is known of it then, with its secret. */
  async register(client) {
    const file = `${client.client_id}.json`;
    this.#write(file, JSON.stringify(client));
    return JSON.parse(await this.command('clients', 'add', file));
  }

  async command(...command) {
    const { stdout } = await execute(this.binary, [...command, '--config', 'common-id.toml'], { cwd: this.folder });
    return stdout;
  }

  /** What it answers there; nothing, if it does not. */
  get(place) {
    const ca = readFileSync(this.authority());
    return new Promise((resolve) => {
      const request = https.get(`${this.issuer(BRANDS[0])}${place}`, { ca }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => (body += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode, body }));
      });
      request.on('error', () => resolve(undefined));
    });
  }

  file(name) {
    return path.join(this.folder, name);
  }

  #write(name, content) {
    writeFileSync(this.file(name), content, { mode: 0o600 });
  }

  async #certificate() {
    const names = Object.values(this.hosts).map((host) => (isIP(host) ? `IP:${host}` : `DNS:${host}`));
    await execute('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=Common ID conformance',
      '-addext', `subjectAltName=${names.join(',')}`, '-keyout', this.file('tls.key'), '-out', this.file('tls.pem'),
    ]);
  }

  #configuration() {
    const brand = (name) => `
[brands.${name}]
issuer = "${this.issuer(name)}"
mail_from = "no-reply@${name}.example"
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

${this.settings}
[mail]
# Nothing sends any: nobody listens there.
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
    await this.command('accounts', 'import', 'person.jsonl');
  }

  async #isReady() {
    return (await this.get('/readyz'))?.status === 200;
  }
}
