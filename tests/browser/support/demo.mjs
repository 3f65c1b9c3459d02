// The demo, started as a newcomer starts it, on a free port and with data of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const binary = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/common-id');

/**
 * Starts the demo and waits until it answers. With `movable`, its time can be
 * moved by `pass`: Debian's libfaketime shows the program another wall clock, so
 * that nothing in it needs to know. `settings` are the program's own, as its
 * environment names them: `{ REGISTRATION__CODES_PER_IP_HOUR: 1000 }`.
 */
export async function startDemo({ movable = false, settings = {} } = {}) {
  const port = await freePort();
  const data = await mkdtemp(path.join(tmpdir(), 'common-id-demo-'));
  const log = [];
  const named = Object.entries(settings).map(([name, value]) => [`COMMON_ID__${name}`, String(value)]);
  const environment = {
    ...process.env,
    COMMON_ID__SEALING_KEY_FILE: path.join(data, 'sealing.key'),
    ...Object.fromEntries(named),
    ...(movable ? await movableTime(data) : {}),
  };
  const child = spawn(binary, ['demo', '--port', String(port), '--data', data], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (text) => log.push(String(text)));
  child.stderr.on('data', (text) => log.push(String(text)));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`${binary}: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`the demo ended: ${code ?? signal}`));
  });
  const demo = new Demo({ port, child, ended, data, log, environment });
  await Promise.race([demo.answers(), ended.then((why) => Promise.reject(new Error(`${why}\n${log.join('')}`)))]);
  return demo;
}

const clockFile = (data) => path.join(data, 'clock');

/** What makes a program read its wall clock from a file; the monotonic one, by which it waits, stays true. */
async function movableTime(data) {
  await writeFile(clockFile(data), '+0');
  return {
    LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
    FAKETIME_TIMESTAMP_FILE: clockFile(data),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
}

class Demo {
  #child;
  #ended;
  #ahead = 0;
  #policies = new Map();

  constructor({ port, child, ended, data, log, environment }) {
    this.port = port;
    this.environment = environment;
    this.binary = binary;
    this.data = data;
    this.log = log;
    this.#child = child;
    this.#ended = ended;
  }

  /** Lets so many seconds pass, for the demo and for the cookies in a browser. */
  async pass(seconds, context) {
    const before = Date.now() / 1000 + this.#ahead;
    this.#ahead += seconds;
    await writeFile(clockFile(this.data), `+${this.#ahead}`);
    const now = await this.now();
    if (now < before + seconds - 5) throw new Error(`the clock did not move: is the package faketime installed?\n${this.log.join('')}`);
    // The browser's clock stands still, so its cookies grow older instead.
    for (const cookie of (await context?.cookies()) ?? []) {
      if (cookie.expires < 0) continue;
      const expires = cookie.expires - seconds;
      if (expires > Date.now() / 1000) await context.addCookies([{ ...cookie, expires }]);
      else await context.clearCookies({ name: cookie.name, domain: cookie.domain });
    }
  }

  /** The demo's time, in seconds since 1970. */
  async now() {
    const { headers } = await get(this.port, 'id.toyota.localhost', '/terms');
    return Date.parse(headers.date) / 1000;
  }

  /** The address of one of the demo's hosts: `maintenance`, `id.toyota`, … */
  url(host, where = '/') {
    return `http://${host}.localhost:${this.port}${where}`;
  }

  /** The hosts of the relying parties, as the demo's front page links them. */
  async parties() {
    const { body } = await get(this.port, 'localhost', '/');
    return [...body.matchAll(/href="http:\/\/([a-z-]+)\.localhost:\d+\/"/g)]
      .map(([, host]) => host)
      .filter((host) => host !== 'outbox');
  }

  /** The security policy that pages of a brand carry; it is fetched once. */
  async policy(brand) {
    if (!this.#policies.has(brand)) {
      const { headers } = await get(this.port, `id.${brand}.localhost`, '/terms');
      this.#policies.set(brand, headers['content-security-policy']);
    }
    return this.#policies.get(brand);
  }

  /** Every message sent so far, oldest first. */
  async messages() {
    return JSON.parse((await get(this.port, 'outbox.localhost', '/messages')).body);
  }

  /** How many messages went to an address so far: all, or those with a code. */
  async sentTo(address, { codes = false } = {}) {
    const all = (await this.messages()).filter((message) => message.to === address);
    return all.filter(({ text }) => !codes || /\b(?:\d{6}|\d{8})\b/.test(text)).length;
  }

  /** The code in the newest mail to an address that has one, waiting for the `count`th mail. */
  async codeFor(address, count = 1) {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const mails = (await this.messages()).filter((message) => message.to === address);
      const codes = mails.slice(count - 1).map(({ text }) => text.match(/\b(?:\d{6}|\d{8})\b/)?.[0]);
      const newest = codes.filter(Boolean).at(-1);
      if (newest) return newest;
      await pause(100);
    }
    throw new Error(`mail ${count} to ${address} did not come`);
  }

  async answers() {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const ready = await get(this.port, 'id.toyota.localhost', '/readyz').catch(() => undefined);
      if (ready?.status === 200) return;
      await pause(100);
    }
    throw new Error('the demo does not answer');
  }

  async stop() {
    this.#child.kill('SIGTERM');
    await this.#ended;
    await rm(this.data, { recursive: true, force: true });
  }
}

/** Sends a form as a browser with these cookies would, past the browser; gives status and `Location`. */
export function postForm(url, cookies, fields) {
  const { hostname, port, pathname, search, host } = new URL(url);
  const body = new URLSearchParams(fields).toString();
  const headers = {
    host,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'cookie': cookies
      .filter(({ domain }) => domain === hostname)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; '),
  };
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path: pathname + search, method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode, location: answer.headers.location }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** One GET by address and name: Node does not resolve *.localhost everywhere. */
function get(port, name, where) {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: '127.0.0.1', port, path: where, headers: { host: `${name}:${port}` } },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text) => (body += text));
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
      },
    );
    request.on('error', reject);
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
