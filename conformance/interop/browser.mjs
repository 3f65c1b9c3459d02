// A browser without scripts: cookies, redirects, forms. What it visited on the way is kept, since a redirect is where a relying
// party and the provider speak to each other.

import http from 'node:http';
import https from 'node:https';

const REDIRECTS = 20;
const PATIENCE = 30_000;

export class Browser {
  /** Every address visited, in order. */
  visited = [];
  #cookies = new Map();
  #authority;

  constructor(authority) {
    this.#authority = authority;
  }

  /** Goes there and wherever it is sent on to; with `until`, stops before the first address of which that is true. */
  async open(url, { until = () => false, ...request } = {}) {
    let [next, asked] = [new URL(url), request];
    for (let hops = 0; hops < REDIRECTS; hops += 1) {
      if (until(next)) return { url: next, held: true };
      const answer = await this.#ask(next, asked);
      const location = answer.headers.location;
      if (!location || answer.status < 300 || answer.status > 399) return { ...answer, url: next };
      // Browsers do the same: what was posted is not posted again (RFC 9110 §15.4), but by 307 and 308.
      if (![307, 308].includes(answer.status)) asked = {};
      next = new URL(location, next);
    }
    throw new Error(`more than ${REDIRECTS} redirects, the last to ${next}`);
  }

  /** Presses the button `action` of a page, with what is filled in. */
  press(page, action, fields = {}, options = {}) {
    const { form, button } = formWith(page, action);
    const target = new URL(button.formaction ?? form.attributes.action ?? '', page.url);
    const body = new URLSearchParams(form.fields);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set('action', action);
    return this.open(target, { ...options, method: 'POST', body: body.toString() });
  }

  /** Follows the link with that id; nothing, if there is none. */
  follow(page, id) {
    const links = [...page.body.matchAll(/<a\b([^>]*)>/g)].map(([, text]) => attributesOf(text));
    const link = links.find((candidate) => candidate.id === id);
    return link && this.open(new URL(link.href, page.url));
  }

  async #ask(url, { method = 'GET', body }) {
    this.visited.push(url.href);
    const answer = await request(url, {
      method,
      body,
      ca: this.#authority,
      headers: {
        accept: 'text/html,application/json;q=0.9',
        'accept-language': 'en',
        cookie: this.#cookiesFor(url),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(url, line);
    return answer;
  }

  /** RFC 6265 §5.3, for cookies without `Domain`; of `SameSite` nothing here depends. */
  #keep(url, line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const [name, value] = cut(pair, '=');
    const of = new Map(attributes.map((text) => cut(text, '=')).map(([key, said]) => [key.toLowerCase(), said]));
    const path = of.get('path')?.startsWith('/') ? of.get('path') : url.pathname.replace(/\/[^/]*$/, '') || '/';
    const key = `${url.hostname} ${path} ${name}`;
    const over = of.has('max-age') ? Number(of.get('max-age')) <= 0 : of.has('expires') && Date.parse(of.get('expires')) <= Date.now();
    if (over) this.#cookies.delete(key);
    else this.#cookies.set(key, { host: url.hostname, path, name, value, secure: of.has('secure') });
  }

  #cookiesFor(url) {
    const under = (path) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
    return [...this.#cookies.values()]
      .filter((cookie) => cookie.host === url.hostname && under(cookie.path) && (!cookie.secure || url.protocol === 'https:'))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}

/** One request and its whole answer. */
export function request(url, { method = 'GET', headers = {}, body, ca }) {
  const { protocol } = new URL(url);
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value));
  return new Promise((resolve, reject) => {
    const asked = (protocol === 'https:' ? https : http).request(url, { method, ca, headers: sent, timeout: PATIENCE }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`${url} does not answer`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The name that a page of the provider has for machines. */
export function screenOf(page) {
  return /<body data-screen="([^"]*)"/.exec(page.body ?? '')?.[1];
}

function formWith(page, action) {
  for (const [, opening, content] of (page.body ?? '').matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const buttons = [...content.matchAll(/<button\b([^>]*)>/g)].map(([, text]) => attributesOf(text));
    const button = buttons.find(({ name, value }) => name === 'action' && value === action);
    if (!button) continue;
    const inputs = [...content.matchAll(/<input\b([^>]*)>/g)].map(([, text]) => attributesOf(text));
    const filled = inputs.filter(({ type, checked }) => !['checkbox', 'radio'].includes(type) || checked !== undefined);
    return { form: { attributes: attributesOf(opening), fields: filled.map(({ name, value = '' }) => [name, value]) }, button };
  }
  throw new Error(`${page.url} has no button “${action}”: ${(page.body ?? '').slice(0, 300)}`);
}

function attributesOf(text) {
  return Object.fromEntries([...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value = '']) => [name, unescape(value)]));
}

function unescape(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot));/gi, (_, hex, decimal, name) =>
    name ? named[name.toLowerCase()] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  );
}

function cut(text, at) {
  const place = text.indexOf(at);
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + at.length)];
}
