// The suite's REST API, as much of it as a run needs.

import { readFileSync } from 'node:fs';
import https from 'node:https';

export class Suite {
  #agent;

  constructor(url, caFile) {
    this.url = url.replace(/\/$/, '');
    this.caFile = caFile;
    this.#agent = new https.Agent({ ca: readFileSync(caFile), keepAlive: true });
  }

  get host() {
    return new URL(this.url).hostname;
  }

  async version() {
    const { version, revision } = await this.#call('GET', 'server');
    return [version, revision && `(${revision})`].filter(Boolean).join(' ');
  }

  /** Gives the plan's `id` and its `modules`. */
  createPlan(planName, variant, configuration) {
    return this.#call('POST', 'plan', { planName, variant: JSON.stringify(variant) }, configuration);
  }

  async createModule(plan, test, variant) {
    const query = { test, plan, ...(variant && { variant: JSON.stringify(variant) }) };
    return (await this.#call('POST', 'runner', query)).id;
  }

  start(id) {
    return this.#call('POST', `runner/${id}`);
  }

  stop(id) {
    // It may have ended meanwhile.
    return this.#call('DELETE', `runner/${id}`).catch(() => undefined);
  }

  /** Waits until the module is in one of these states; the one it is in at the end. */
  async waitFor(id, states, patience) {
    for (const until = Date.now() + patience; Date.now() < until; ) {
      const query = { states: states.join(','), timeoutMs: Math.min(10_000, until - Date.now()) };
      const { state } = await this.#call('GET', `runner/${id}/wait-state`, query).catch(() => this.info(id).then(({ status }) => ({ state: status })));
      if (states.includes(state)) return state;
    }
    return (await this.info(id)).status;
  }

  /** The addresses that the module asked somebody to open, and nobody did. */
  async unvisited(id) {
    const { urls = [] } = await this.#call('GET', `runner/browser/${id}`).catch(() => ({}));
    return urls;
  }

  info(id) {
    return this.#call('GET', `info/${id}`);
  }

  log(id) {
    return this.#call('GET', `log/${id}`);
  }

  /** Where a person reads it. */
  page(id) {
    return `${this.url}/log-detail.html?log=${id}`;
  }

  #call(method, path, query = {}, body) {
    const url = new URL(`${this.url}/api/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const request = https.request(url, { method, headers, agent: this.#agent, timeout: 60_000 }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode >= 400) return reject(new Error(`${method} ${url.pathname}: ${answer.statusCode} ${text.slice(0, 500)}`));
          resolve(text ? JSON.parse(text) : {});
        });
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${url.pathname}: no answer within a minute`)));
      request.on('error', reject);
      request.end(body && JSON.stringify(body));
    });
  }
}
