// The libraries: how the relying party that is made with each proves itself, how it is started, and what of its own it has.

import path from 'node:path';

import { command as apache } from './mod-auth-openidc/start.mjs';

const HERE = import.meta.dirname;
export const INSTALLED = path.resolve(HERE, '../../target/interop');

/**
 * `methods` is the client authentication at each brand, `alg` what ID tokens are signed with, `impostor` the login whose client it
 * claims to be with another secret or key. `checksIss` says that the library compares the answer's `iss` (RFC 9207), `backchannel`
 * where it takes logout tokens. `tells` has an error in the library's own words, where these are not the specification's, and where
 * else it names the specification's. `registersItself` says that it can, and can push its requests and revoke tokens. `portEach` gives each login a
 * port of its own.
 */
export const LIBRARIES = [
  {
    name: 'openid-client',
    methods: { toyota: 'private_key_jwt', lexus: 'private_key_jwt' },
    alg: 'ES256',
    impostor: 'toyota',
    checksIss: true,
    registersItself: true,
    command: (file) => ['node', path.join(HERE, 'openid-client/relying_party.mjs'), file],
  },
  {
    name: 'authlib',
    methods: { toyota: 'client_secret_post', lexus: 'client_secret_post' },
    alg: 'PS256',
    impostor: 'toyota',
    environment: { PYTHONPATH: path.join(INSTALLED, 'authlib') },
    command: (file) => ['python3', path.join(HERE, 'authlib/relying_party.py'), file],
  },
  {
    name: 'go-oidc',
    methods: { toyota: 'none', lexus: 'client_secret_basic' },
    alg: 'EdDSA',
    impostor: 'lexus',
    backchannel: (base, login) => `${base}/backchannel/${login}`,
    command: (file) => [path.join(INSTALLED, 'go-oidc/relying-party'), file],
  },
  {
    name: 'spring-security',
    methods: { toyota: 'client_secret_basic', lexus: 'client_secret_basic' },
    alg: 'RS256',
    impostor: 'toyota',
    backchannel: (base, login) => `${base}/logout/connect/back-channel/${login}`,
    // It reads an error only out of a 400, but the specification has 401 for this one (RFC 6749 §5.2).
    tells: { invalid_client: { error: 'invalid_token_response', description: /401 .*"invalid_client"/ } },
    command: (file) => ['java', '-XX:TieredStopAtLevel=1', '-jar', path.join(INSTALLED, 'spring-security/relying-party.jar'), file],
  },
  {
    name: 'mod-auth-openidc',
    methods: { toyota: 'client_secret_jwt', lexus: 'client_secret_basic' },
    alg: 'ES256',
    impostor: 'toyota',
    checksIss: true,
    portEach: true,
    // The page names what the provider sent the browser with; what the token endpoint answered is in the log.
    tells: {
      login_required: { error: 'OpenID Connect Provider error: login_required' },
      access_denied: { error: 'OpenID Connect Provider error: access_denied' },
      invalid_client: { error: 'OpenID Connect Provider error: Error in handling response type.', logged: /"invalid_client"/ },
      invalid_grant: { error: 'OpenID Connect Provider error: Error in handling response type.', logged: /"invalid_grant"/ },
    },
    backchannel: (base, login) => `${base}/callback/${login}?logout=backchannel`,
    command: apache,
  },
];
