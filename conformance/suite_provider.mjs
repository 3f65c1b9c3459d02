// The provider that the suite judges: what it lets the suite do, and the clients of the plans that want theirs registered
// beforehand.

import path from 'node:path';

import { BRANDS, Provider } from './provider.mjs';

const RESPONSE_TYPES = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'];

export class SuiteProvider extends Provider {
  /** By brand, and by how they are told of a logout: what the suite is told of the clients registered beforehand. */
  clients = {};

  constructor({ binary, port, postgres, redis, suite, folder }) {
    const hosts = Object.fromEntries(BRANDS.map((brand) => [brand, `id.${brand}.localtest`]));
    super({ binary, port, postgres, redis, hosts, settings: settings(suite), folder: path.join(folder, postgres ? 'postgres' : 'sqlite') });
    this.suite = suite;
  }

  async prepare() {
    await super.prepare();
    for (const brand of BRANDS) {
      this.clients[brand] = {};
      for (const told of ['untold', 'frontchannel', 'backchannel']) this.clients[brand][told] = await this.#registerClients(brand, told);
    }
  }

  async #registerClients(brand, told) {
    const alias = `common-id-${brand}-${told}-${this.port}`;
    const callback = `${this.suite.url}/test/a/${alias}`;
    const register = (name, method) =>
      this.register({
        client_id: `suite-${brand}-${told}-${name}`,
        client_name: `The suite's ${name} client`,
        brands: [brand],
        party: 'first',
        redirect_uris: [`${callback}/callback`],
        post_logout_redirect_uris: [`${callback}/post_logout_redirect`],
        token_endpoint_auth_method: method,
        ...(told !== 'untold' && { [`${told}_logout_uri`]: `${callback}/${told}_logout`, [`${told}_logout_session_required`]: true }),
        grant_types: ['authorization_code', 'implicit', 'refresh_token'],
        response_types: RESPONSE_TYPES,
        scope: 'openid profile email address phone offline_access',
        // The plans have modules without PKCE; nobody else should be let do so.
        may_omit_pkce: true,
      });
    return {
      alias,
      first: await register('first', 'client_secret_basic'),
      second: await register('second', 'client_secret_basic'),
      by_post: await register('by-post', 'client_secret_post'),
    };
  }
}

function settings(suite) {
  return `[outgoing]
# The suite is on this machine, under a certificate of its own authority.
allow_hosts = ["${suite.host}"]
ca_file = "${path.resolve(suite.caFile)}"

[dynamic_registration]
# The suite registers a client for nearly every module, and sends PKCE in hardly any.
access = "open"
grant_types = ["authorization_code", "implicit", "refresh_token"]
response_types = ${JSON.stringify(RESPONSE_TYPES)}
auth_methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"]
# The plans' clients register subject_type public.
subject_types = ["public", "pairwise"]
may_omit_pkce = true
per_ip_hour = 0

[limits]
# The suite's own logo is 38 kB.
logo_bytes = 65536

[login]
# One person logs in some thousand times.
wrong_per_ip = 1000000
`;
}
