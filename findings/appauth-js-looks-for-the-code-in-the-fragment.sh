#!/usr/bin/env bash
# @openid/appauth 1.4.0 (npm), AppAuth for JavaScript: `RedirectRequestHandler` does the code flow, and reads its answer out of the fragment
# of the redirect URI (`#code=…`). The answer of that flow is in the query (RFC 6749 §4.1.2; OAuth 2.0 Multiple Response Types §2.1), and
# the library does not ask for anything else: it sends no `response_mode`.
# What a user would meet: they log in, come back to `/callback?code=…&state=…`, and nothing happens. The app is told no error; the
# console says that the state does not match, which sends developers to look at the provider.
# Mend: `extras: { response_mode: 'fragment' }` in the request, where the provider has it; or query utilities of one's own, whose `parse`
# reads `search` whatever the second argument says.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @openid/appauth@1.4.0 esbuild@0.28.2
cat > look.mjs <<'JS'
import { readFileSync } from 'node:fs';
import * as appauth from '@openid/appauth';

const say = console.log;
console.log = () => {}; // The library tells its story there.
say('@openid/appauth', JSON.parse(readFileSync('node_modules/@openid/appauth/package.json')).version);
const configuration = new appauth.AuthorizationServiceConfiguration({
  authorization_endpoint: 'https://id.example/authorize',
  token_endpoint: 'https://id.example/token',
  revocation_endpoint: 'https://id.example/revoke',
});

/** One login, answered in the part of the redirect URI that `separator` begins: what was asked, and what the app is told. */
async function login(separator, extras) {
  const kept = new Map();
  const storage = {
    getItem: async (name) => kept.get(name) ?? null,
    setItem: async (name, value) => void kept.set(name, value),
    removeItem: async (name) => void kept.delete(name),
  };
  const crypto = { generateRandom: (size) => 'x'.repeat(size), deriveChallenge: async () => 'y'.repeat(43) };
  const callback = 'https://notes.example/callback';
  let address;
  const place = { origin: 'https://notes.example', pathname: '/callback', hash: '', search: '', assign: (to) => { address = new URL(to); } };
  const handler = new appauth.RedirectRequestHandler(storage, new appauth.BasicQueryStringUtils(), place, crypto);
  let told = 'nothing';
  const notifier = new appauth.AuthorizationNotifier();
  notifier.setAuthorizationListener((request, response, error) => { told = response ? `code ${response.code}` : `error ${error?.error}`; });
  handler.setAuthorizationNotifier(notifier);
  const request = new appauth.AuthorizationRequest({
    client_id: 'notes', redirect_uri: callback, scope: 'openid', response_type: appauth.AuthorizationRequest.RESPONSE_TYPE_CODE, extras,
  }, crypto);
  handler.performAuthorizationRequest(configuration, request);
  while (!address) await new Promise((done) => setTimeout(done, 10));
  place[separator === '?' ? 'search' : 'hash'] = `${separator}code=c0de&state=${address.searchParams.get('state')}`;
  await handler.completeAuthorizationRequestIfPossible();
  const asked = `${address.searchParams.get('response_type')}, response_mode ${address.searchParams.get('response_mode')}`;
  say(`asked for ${asked}; answered in ${separator === '?' ? 'the query' : 'the fragment'}; the app is told: ${told}`);
  return [asked, told].join('; ');
}

const seen = [await login('?'), await login('#', { response_mode: 'fragment' })];
const before = ['code, response_mode null; nothing', 'code, response_mode fragment; code c0de'];
process.exit(JSON.stringify(seen) === JSON.stringify(before) ? 0 : 1);
JS
# The package is made for bundlers: its modules import each other without file names' endings.
node_modules/.bin/esbuild look.mjs --bundle --platform=node --format=esm --outfile=bundled.mjs --log-level=warning
node bundled.mjs
