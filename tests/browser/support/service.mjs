// A service of the tests that is told of logouts in all three ways: in a frame, from
// server to server, and by asking in a frame of Common ID's whether anything changed.

import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './demo.mjs';

const ID = 'told-of-logouts';
const SECRET = /secret[^A-Za-z0-9_-]+([A-Za-z0-9_-]{43})/;

/** Starts it below a brand's own name: there a browser lets its frame read a cookie without https. */
export async function startService(demo) {
  const service = new Service(demo);
  await service.listen();
  await service.register();
  return service;
}

class Service {
  #server;
  #secret;

  constructor(demo) {
    this.demo = demo;
    /** What it was told in frames, and by the provider's server. */
    this.framed = [];
    this.told = [];
    /** Its last ID token, and what it was given to ask with. */
    this.idToken = undefined;
    this.sessionState = undefined;
  }

  url(where = '/') {
    return `http://service.toyota.localhost:${this.port}${where}`;
  }

  listen() {
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        this.port = this.#server.address().port;
        resolve();
      });
    });
  }

  async register() {
    const client = {
      client_id: ID,
      client_name: { '': '別のサービス', en: 'Another service' },
      brands: ['toyota', 'lexus'],
      party: 'first',
      redirect_uris: [this.url('/callback')],
      post_logout_redirect_uris: [this.url('/bye')],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'openid',
      subject_type: 'public',
      id_token_signed_response_alg: 'RS256',
      backchannel_logout_uri: this.url('/backchannel'),
      backchannel_logout_session_required: true,
      frontchannel_logout_uri: this.url('/frontchannel'),
      frontchannel_logout_session_required: true,
    };
    const file = path.join(this.demo.data, 'told-of-logouts.json');
    await writeFile(file, JSON.stringify(client));
    const add = ['clients', 'add', file, '--data', this.demo.data];
    const { stdout } = await promisify(execFile)(this.demo.binary, add, { cwd: root, env: this.demo.environment });
    this.#secret = SECRET.exec(stdout)?.[1] ?? stdout.trim();
  }

  /** Where its login begins. */
  login() {
    this.verifier = randomUUID() + randomUUID();
    const challenge = createHash('sha256').update(this.verifier).digest('base64url');
    return this.demo.url('id.toyota', `/authorize?${new URLSearchParams({
      client_id: ID,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: this.url('/callback'),
      state: 's',
      nonce: randomUUID(),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })}`);
  }

  /** Where it sends people who log out. */
  logout() {
    return this.demo.url('id.toyota', `/logout?${new URLSearchParams({
      id_token_hint: this.idToken,
      post_logout_redirect_uri: this.url('/bye'),
      state: 'a b',
    })}`);
  }

  /** The claims of its last ID token. */
  get claims() {
    return JSON.parse(Buffer.from(this.idToken.split('.')[1], 'base64url'));
  }

  /** Waits until the provider's server told it so many times. */
  async toldBy(count) {
    for (let attempt = 0; attempt < 300 && this.told.length < count; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return this.told;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url());
    const page = (body) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><html lang="ja"><title>s</title><link rel="icon" href="data:,">${body}`);
    switch (pathname) {
      case '/callback': {
        this.sessionState = searchParams.get('session_state');
        if (searchParams.has('code')) await this.#exchange(searchParams.get('code'));
        return page('<body data-screen="service">ログインしました</body>');
      }
      case '/ask':
        return page(ASKING.replace('OP', this.demo.url('id.toyota', '/check_session')).replace('ASKED', `${ID} ${this.sessionState}`));
      case '/frontchannel':
        this.framed.push(Object.fromEntries(searchParams));
        return page('<p>told</p>');
      case '/backchannel':
        this.told.push(new URLSearchParams(await bodyOf(request)).get('logout_token'));
        return response.writeHead(200).end();
      case '/bye':
        return page(`<body data-screen="bye">${searchParams.get('state')}</body>`);
      default:
        return response.writeHead(404).end();
    }
  }

  async #exchange(code) {
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.url('/callback'),
      code_verifier: this.verifier,
    }).toString();
    const answer = await new Promise((resolve, reject) => {
      const headers = {
        'host': `id.toyota.localhost:${this.demo.port}`,
        'authorization': `Basic ${Buffer.from(`${ID}:${this.#secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      };
      const asked = http.request({ host: '127.0.0.1', port: this.demo.port, path: '/token', method: 'POST', headers }, resolve);
      asked.once('error', reject).end(body);
    });
    const tokens = JSON.parse(await bodyOf(answer));
    if (!tokens.id_token) throw new Error(JSON.stringify(tokens));
    this.idToken = tokens.id_token;
  }
}

/** The page of a relying party as Session Management 1.0 section 3.1 has it. */
const ASKING = `<body data-screen="ask"><iframe id="op" hidden src="OP"></iframe><output></output><script>
const op = document.getElementById('op');
addEventListener('message', ({ data, origin }) => {
  if (origin === new URL(op.src).origin) document.querySelector('output').textContent = data;
});
const ask = (text) => op.contentWindow.postMessage(text, new URL(op.src).origin);
op.addEventListener('load', () => ask('ASKED'));
</script></body>`;

async function bodyOf(message) {
  let body = '';
  for await (const chunk of message.setEncoding('utf8')) body += chunk;
  return body;
}
