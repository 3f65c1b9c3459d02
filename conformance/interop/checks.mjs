// What every relying party is put through, whatever library it is made with. Each check has a browser, and so a login, of its own.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

import { Browser, request, screenOf } from './browser.mjs';
import { logIn, logOut } from './person.mjs';

const BACKCHANNEL_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** In the order of a relying party's life. `at` names the logins that it is done with; `of` the libraries that can. */
export const CHECKS = [
  { name: 'logs in by a code, with PKCE, state and nonce', at: ['toyota', 'lexus'], run: logsIn },
  { name: 'the ID token is whose it must be, and UserInfo says what was asked for', at: ['toyota', 'lexus'], run: tellsWhoItIs },
  { name: 'refreshes, and each refresh token is another', at: ['toyota', 'lexus'], run: refreshes },
  { name: 'logs out here and at the provider', at: ['toyota', 'lexus'], run: logsOut },
  { name: 'is told of a logout elsewhere', at: ['toyota', 'lexus'], of: (library) => library.backchannel, run: hearsOfLogout },
  { name: 'a login at one brand serves at the other', at: ['lexus'], run: signsOnAcrossBrands },
  { name: 'registers itself, and pushes its request', at: ['registered'], of: (library) => library.registersItself, run: registersItself },
  { name: 'revokes its refresh token', at: ['toyota', 'registered'], of: (library) => library.registersItself, run: revokes },
  { name: 'prompt=none without a login: login_required', at: ['toyota', 'lexus'], run: needsLogin },
  { name: 'a person who cancels: access_denied', at: ['toyota'], run: cancels },
  { name: 'a person who does not consent: access_denied', at: ['lexus'], run: denies },
  { name: 'another secret or key: invalid_client', at: ['impostor'], run: isNoClient },
  { name: 'a code used twice: invalid_grant, and what it gave ends', at: ['toyota'], run: usesCodeTwice },
  { name: 'an answer to a request never made is refused', at: ['toyota'], run: refusesState },
  { name: 'an answer that names another issuer is refused', at: ['toyota'], of: (library) => library.checksIss, run: refusesIssuer },
  { name: 'a logout token of another key, or another issuer, is refused', at: ['toyota'], of: (library) => library.backchannel, run: refusesLogoutToken },
];

/** And with keys that were only announced until then. */
export const CHECKS_AFTER_ROTATION = [{ name: 'logs in after our keys were rotated', at: ['toyota', 'lexus'], run: logsIn }];

/** One check's surroundings: the relying party's addresses, and a browser of its own. */
export class Visit {
  constructor(library, login, provider, authority) {
    Object.assign(this, { library, login, provider, authority });
    this.client = library.clients[login];
    this.browser = new Browser(authority);
    this.logged = library.logged().length;
  }

  address(place, query = {}, login = this.login) {
    const url = new URL(`${this.library.base(login)}/${place}/${login}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  isCallback(url) {
    return url.href.startsWith(this.address('callback').href);
  }

  /** From the relying party's link to where the login ends, with everything that the person owes. */
  async logIn(options = {}) {
    const page = await this.browser.open(this.address('start'), options);
    return logIn(this.browser, this.provider.person, page, options);
  }

  /** The answer on its way to the relying party, which does not get it. */
  async answerHeld() {
    const { page } = await this.logIn({ until: (url) => this.isCallback(url) });
    assert.ok(page.held, `the login ended with ${told(page)}`);
    return page.url;
  }

  async loggedIn() {
    const { page } = await this.logIn();
    assert.equal(page.status, 200, told(page));
    return this.me();
  }

  /** What the relying party knows of the person. */
  async me() {
    const page = await this.browser.open(this.address('me'));
    assert.equal(page.status, 200, told(page));
    return json(page);
  }

  async isLoggedOut() {
    const page = await this.browser.open(this.address('me'), { until: (url) => url.host === new URL(this.client.issuer).host });
    return page.held || page.status === 401;
  }

  /** The request for authorization that the browser carried last. */
  asked() {
    const asked = this.browser.visited.map((url) => new URL(url)).filter((url) => url.pathname === '/authorize');
    return asked.at(-1)?.searchParams;
  }

  userInfo(token) {
    return request(`${this.client.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` }, ca: this.authority });
  }

  /** That the login ended in this error, as the library tells it. */
  refused(page, error) {
    const answer = json(page);
    const expected = this.library.tells[error] ?? { error };
    assert.equal(answer.error, expected.error, `it tells ${JSON.stringify(answer).slice(0, 300)}`);
    if (expected.description) assert.match(answer.description, expected.description);
    if (expected.logged) assert.match(this.library.logged().slice(this.logged), expected.logged);
  }
}

async function logsIn(visit) {
  const { screens } = await visit.logIn();
  assert.equal(screens[0], 'login');
  assert.equal(screens.includes('consent'), visit.client.party === 'third', `the person saw ${screens}`);
  const asked = visit.asked();
  assert.equal(asked.get('response_type'), 'code');
  assert.equal(asked.get('code_challenge_method'), 'S256');
  for (const parameter of ['code_challenge', 'state', 'nonce']) assert.ok(asked.get(parameter), `${parameter} is missing`);
  const answer = new URL(visit.browser.visited.find((url) => visit.isCallback(new URL(url)) && new URL(url).searchParams.has('code')));
  assert.equal(answer.searchParams.get('state'), asked.get('state'));
  assert.equal(answer.searchParams.get('iss'), visit.client.issuer);
  const me = await visit.me();
  assert.equal(me.id_token.nonce, asked.get('nonce'));
}

async function tellsWhoItIs(visit) {
  const { id_token: claims, userinfo } = await visit.loggedIn();
  assert.equal(claims.iss, visit.client.issuer);
  assert.deepEqual([claims.aud].flat(), [visit.client.client_id]);
  assert.ok(claims.exp > claims.iat && claims.auth_time <= claims.iat && claims.sid, JSON.stringify(claims));
  assert.equal(userinfo.sub, claims.sub);
  assert.equal(userinfo.email, visit.provider.person.email);
  assert.equal(userinfo.email_verified, true);
  assert.equal(userinfo.family_name, '豊田');
  assert.equal(userinfo.phone_number, undefined, 'nobody asked for it');
}

async function refreshes(visit) {
  const seen = [await visit.loggedIn()];
  for (let times = 0; times < 2; times += 1) {
    const page = await visit.browser.open(visit.address('refresh'));
    assert.equal(page.status, 200, told(page));
    seen.push(await visit.me());
  }
  for (const kind of ['refresh_token', 'access_token']) assert.equal(new Set(seen.map((me) => me[kind])).size, 3, `a ${kind} came twice`);
  assert.equal(new Set(seen.map((me) => me.id_token.sub)).size, 1);
  assert.equal((await visit.userInfo(seen[2].access_token)).status, 200);
}

async function logsOut(visit) {
  await visit.loggedIn();
  const page = await logOut(visit.browser, await visit.browser.open(visit.address('logout')));
  assert.equal(`${page.url.origin}${page.url.pathname}`, visit.address('bye').href, `the logout ended on “${screenOf(page)}”`);
  const asked = new URL(visit.browser.visited.find((url) => new URL(url).pathname === '/logout' && url.startsWith(visit.client.issuer)));
  assert.ok(asked.searchParams.get('id_token_hint'), 'the provider is not told whose login ends');
  assert.ok(await visit.isLoggedOut());
  visit.refused(await visit.browser.open(visit.address('start', { prompt: 'none' })), 'login_required');
}

/** The person ends the login at the provider, which the relying party has only the provider's word for. */
async function hearsOfLogout(visit) {
  await visit.loggedIn();
  const page = await logOut(visit.browser, await visit.browser.open(`${visit.client.issuer}/logout`));
  assert.equal(screenOf(page), 'logged-out');
  await until(() => visit.isLoggedOut(), 'the relying party still takes the person for logged in');
}

async function signsOnAcrossBrands(visit) {
  const other = new Visit(visit.library, 'toyota', visit.provider, visit.authority);
  other.browser = visit.browser;
  const before = await other.loggedIn();
  const { screens } = await visit.logIn();
  assert.deepEqual(screens, ['consent'], 'only the consent for another company is new');
  const { id_token: claims } = await visit.me();
  assert.equal(claims.auth_time, before.id_token.auth_time, 'it is the same login');
  // The client is another company's, and so pairwise: neither the person nor the login is recognised.
  for (const name of ['sub', 'sid']) assert.ok(claims[name] && claims[name] !== before.id_token[name], name);
}

async function registersItself(visit) {
  const { screens } = await visit.logIn();
  assert.ok(screens.includes('consent'), `the person saw ${screens}`);
  const asked = visit.asked();
  assert.deepEqual([...asked.keys()].sort(), ['client_id', 'request_uri']);
  const { id_token: claims, userinfo } = await visit.me();
  assert.deepEqual([claims.aud].flat(), [asked.get('client_id')]);
  assert.equal(userinfo.email, visit.provider.person.email);
}

async function revokes(visit) {
  const { access_token: token } = await visit.loggedIn();
  const page = await visit.browser.open(visit.address('revoke'));
  assert.equal(page.status, 200, told(page));
  visit.refused(await visit.browser.open(visit.address('refresh')), 'invalid_grant');
  assert.equal((await visit.userInfo(token)).status, 401, 'the access token of the same grant is good still');
}

async function needsLogin(visit) {
  visit.refused(await visit.browser.open(visit.address('start', { prompt: 'none' })), 'login_required');
  assert.ok(await visit.isLoggedOut());
}

async function cancels(visit) {
  const { page } = await visit.logIn({ only: 'login' });
  visit.refused(await visit.browser.press(page, 'cancel'), 'access_denied');
  assert.ok(await visit.isLoggedOut());
}

async function denies(visit) {
  const { page } = await visit.logIn({ only: 'consent' });
  visit.refused(await visit.browser.press(page, 'deny'), 'access_denied');
  assert.ok(await visit.isLoggedOut());
}

async function isNoClient(visit) {
  const { page } = await visit.logIn();
  visit.refused(page, 'invalid_client');
  assert.ok(await visit.isLoggedOut());
}

async function usesCodeTwice(visit) {
  const { access_token: token } = await visit.loggedIn();
  assert.equal((await visit.userInfo(token)).status, 200);
  const first = visit.browser.visited.map((url) => new URL(url)).find((url) => visit.isCallback(url));
  // Another login's answer, with the code of the one before: the library itself asks nothing twice.
  visit.browser = new Browser(visit.authority);
  const second = await visit.answerHeld();
  second.searchParams.set('code', first.searchParams.get('code'));
  visit.refused(await visit.browser.open(second), 'invalid_grant');
  assert.equal((await visit.userInfo(token)).status, 401, 'the first code’s access token is good still');
}

async function refusesState(visit) {
  const answer = await visit.answerHeld();
  answer.searchParams.set('state', randomUUID());
  await refusesItself(visit, answer);
}

async function refusesIssuer(visit) {
  const answer = await visit.answerHeld();
  answer.searchParams.set('iss', visit.provider.issuer('lexus'));
  await refusesItself(visit, answer);
}

async function refusesItself(visit, answer) {
  const page = await visit.browser.open(answer, { until: (url) => url.pathname === '/authorize' });
  assert.ok(page.held || page.status >= 400 || json(page).error, 'the relying party took it');
  assert.ok(await visit.isLoggedOut());
}

async function refusesLogoutToken(visit) {
  const { id_token: claims } = await visit.loggedIn();
  const { body } = await request(`${visit.client.issuer}/jwks`, { ca: visit.authority });
  const { kid } = JSON.parse(body).keys.find(({ alg }) => alg === visit.client.alg);
  const ours = { iss: visit.client.issuer, aud: visit.client.client_id, sub: claims.sub, sid: claims.sid };
  const genuine = await tokenOfTheOtherBrand(visit);
  for (const token of [logoutToken(ours, visit.client.alg, kid), genuine]) {
    const answer = await request(visit.library.backchannel(visit.login), {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.ok(answer.status >= 400 && answer.status < 500, `it answers ${answer.status}`);
    assert.equal(await visit.isLoggedOut(), false);
  }
}

async function tokenOfTheOtherBrand(visit) {
  const other = new Visit(visit.library, 'lexus', visit.provider, visit.authority);
  const before = visit.library.logoutTokens('lexus').length;
  await hearsOfLogout(other);
  const token = visit.library.logoutTokens('lexus')[before];
  assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).iss, other.client.issuer);
  return token;
}

/** Of a key that only says that it is the provider's. */
function logoutToken(claims, alg, kid) {
  const [hash, type, kind] = {
    RS256: ['sha256', 'rsa', { modulusLength: 2048 }],
    ES256: ['sha256', 'ec', { namedCurve: 'P-256' }],
    EdDSA: [null, 'ed25519', {}],
  }[alg];
  const { privateKey: key } = generateKeyPairSync(type, kind);
  const now = Math.floor(Date.now() / 1000);
  const content = { ...claims, iat: now, exp: now + 120, jti: randomUUID(), events: { [BACKCHANNEL_EVENT]: {} } };
  const signed = [{ alg, typ: 'logout+jwt', kid }, content].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function json(page) {
  try {
    return JSON.parse(page.body);
  } catch {
    throw new Error(`no JSON: ${told(page)}`);
  }
}

function told(page) {
  return `${page.status} from ${page.url.origin}${page.url.pathname}: ${page.body?.slice(0, 300)}`;
}

/** Asks again and again, for half a minute at most. */
async function until(isSo, otherwise) {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, otherwise);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
