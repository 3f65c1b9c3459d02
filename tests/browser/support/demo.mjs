// The demo, started as a newcomer starts it, on a free port and with data of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const binary = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/common-id');

/** Starts the demo and waits until it answers. */
export async function startDemo() {
  const port = await freePort();
  const data = await mkdtemp(path.join(tmpdir(), 'common-id-demo-'));
  const log = [];
  const child = spawn(binary, ['demo', '--port', String(port), '--data', data], {
    cwd: root,
    env: { ...process.env, COMMON_ID__SEALING_KEY_FILE: path.join(data, 'sealing.key') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (text) => log.push(String(text)));
  child.stderr.on('data', (text) => log.push(String(text)));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`${binary}: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`the demo ended: ${code ?? signal}`));
  });
  const demo = new Demo(port, child, ended, data, log);
  await Promise.race([demo.answers(), ended.then((why) => Promise.reject(new Error(`${why}\n${log.join('')}`)))]);
  return demo;
}

class Demo {
  #child;
  #ended;

  constructor(port, child, ended, data, log) {
    this.port = port;
    this.binary = binary;
    this.data = data;
    this.log = log;
    this.#child = child;
    this.#ended = ended;
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

  /** The security policy that pages of a brand carry. */
  async policy(brand) {
    const answer = await get(this.port, `id.${brand}.localhost`, '/terms');
    return answer.headers['content-security-policy'];
  }

  /** Every message sent so far, oldest first. */
  async messages() {
    return JSON.parse((await get(this.port, 'outbox.localhost', '/messages')).body);
  }

  /** The code in the newest mail to an address, waiting for the `count`th mail. */
  async codeFor(address, count = 1) {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const mails = (await this.messages()).filter((message) => message.to === address);
      if (mails.length >= count) {
        const code = mails.at(-1).text.match(/\b\d{6}\b/);
        if (!code) throw new Error(`no code in: ${mails.at(-1).text}`);
        return code[0];
      }
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
