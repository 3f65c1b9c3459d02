// A relying party made with the npm package openid-client. Its client has a key (private_key_jwt) and no secret.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';

import * as client from 'openid-client';

const { port, logins } = JSON.parse(readFileSync(process.argv[2]));
const base = `http://localhost:${port}`;

/** By cookie, and in that by login. */
const sessions = new Map();

/** Each login has a client of its own, with a key; but `registered` has none until it is here. */
async function configured(login, name) {
  const config = login.initial_access_token ? await registered(login, name) : await discovered(login);
  // ID tokens that came from the token endpoint, too, are to be verified.
  client.enableNonRepudiationChecks(config);
  return config;
}

async function discovered({ issuer, client_id, jwk }) {
  const { alg, use, kid, ...material } = jwk;
  const key = await crypto.subtle.importKey('jwk', material, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const algorithm = { id_token_signed_response_alg: 'ES256' };
  return client.discovery(new URL(issuer), client_id, algorithm, client.PrivateKeyJwt({ key, kid }));
}

function registered({ issuer, initial_access_token, scope }, name) {
  const metadata = {
    client_name: 'A service that registered itself',
    redirect_uris: [`${base}/callback/${name}`],
    post_logout_redirect_uris: [`${base}/bye/${name}`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    require_pushed_authorization_requests: true,
    scope,
  };
  return client.dynamicClientRegistration(new URL(issuer), metadata, undefined, { initialAccessToken: initial_access_token });
}

const places = {
  async start({ config, login, name, session, query }) {
    const pending = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
    };
    session.pending = pending;
    const build = config.clientMetadata().require_pushed_authorization_requests ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
    const there = await build(config, {
      redirect_uri: `${base}/callback/${name}`,
      scope: login.scope,
      code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: pending.expectedState,
      nonce: pending.expectedNonce,
      ...login.parameters,
      ...Object.fromEntries(query),
    });
    return { location: there.href };
  },

  async callback({ config, name, session, url }) {
    const tokens = await client.authorizationCodeGrant(config, url, { ...session.pending, idTokenExpected: true });
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    session.me = known(tokens, tokens.claims(), userinfo);
    session.idToken = tokens.id_token;
    return { location: `/me/${name}` };
  },

  async me({ session }) {
    return session.me ? { json: session.me } : { status: 401, json: { error: 'nobody is logged in' } };
  },

  async refresh({ config, name, session }) {
    const tokens = await client.refreshTokenGrant(config, session.me.refresh_token);
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, session.me.id_token.sub);
    session.me = known(tokens, tokens.claims() ?? session.me.id_token, userinfo);
    return { location: `/me/${name}` };
  },

  async logout({ config, name, session }) {
    const there = client.buildEndSessionUrl(config, { id_token_hint: session.idToken, post_logout_redirect_uri: `${base}/bye/${name}` });
    delete session.me;
    return { location: there.href };
  },

  async revoke({ config, session }) {
    await client.tokenRevocation(config, session.me.refresh_token);
    return { json: {} };
  },

  async bye() {
    return { json: {} };
  },
};

function known(tokens, claims, userinfo) {
  return { id_token: claims, userinfo, access_token: tokens.access_token, refresh_token: tokens.refresh_token };
}

/** The session of this browser with this login. */
function sessionOf(request, response, name) {
  let id = /(?:^|; )rp=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  if (!sessions.has(id)) {
    id = randomUUID();
    sessions.set(id, {});
    response.setHeader('set-cookie', `rp=${id}; Path=/; HttpOnly`);
  }
  return (sessions.get(id)[name] ??= {});
}

async function answer(request, response) {
  const url = new URL(request.url, base);
  const [, place, name] = url.pathname.split('/');
  const login = logins[name];
  if (!login || !Object.hasOwn(places, place)) return response.writeHead(404).end();
  const session = sessionOf(request, response, name);
  const said = await places[place]({ config: login.config, login, name, session, url, query: url.searchParams });
  if (said.location) return response.writeHead(303, { location: said.location }).end();
  return response.writeHead(said.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(said.json));
}

for (const [name, login] of Object.entries(logins)) login.config = await configured(login, name);
http
  .createServer((request, response) =>
    answer(request, response).catch((error) => {
      const told = { error: error.error ?? error.cause?.error ?? error.message, description: error.error_description ?? error.cause?.error_description };
      response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(told));
    }),
  )
  .listen(port, '127.0.0.1');
