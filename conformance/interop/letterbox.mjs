// Where the provider sends logout tokens for the relying parties: each is kept, and handed on to whom it is for.

import http from 'node:http';

import { request } from './browser.mjs';

export class Letterbox {
  #server = http.createServer((asked, answer) => this.#take(asked, answer));
  #recipients = new Map();
  #tokens = new Map();

  listen() {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close() {
    this.#server.close();
  }

  /** The address for a recipient's tokens. */
  addressOf(recipient, url) {
    this.#recipients.set(recipient, url);
    return `http://localhost:${this.#server.address().port}/${recipient}`;
  }

  /** What came for it so far. */
  tokens(recipient) {
    return this.#tokens.get(recipient) ?? [];
  }

  async #take(asked, answer) {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const recipient = asked.url.slice(1);
    this.#tokens.set(recipient, [...this.tokens(recipient), new URLSearchParams(body).get('logout_token')]);
    const headers = { 'content-type': asked.headers['content-type'] };
    const { status } = await request(this.#recipients.get(recipient), { method: asked.method, headers, body }).catch(() => ({ status: 502 }));
    answer.writeHead(status).end();
  }
}
