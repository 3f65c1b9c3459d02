// Every plan that an OpenID Connect provider is certified by, and the comprehensive one, each as it is run here.

const RESPONSE_TYPES = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'];

/** How clients registered beforehand are told of a logout, where a plan wants it: a module that does not ends at once. */
const TOLD = { 'frontchannel-rp-initiated-logout': 'frontchannel', 'backchannel-rp-initiated-logout': 'backchannel' };

const LOGOUTS = ['rp-initiated-logout', 'session-management', 'frontchannel-rp-initiated-logout', 'backchannel-rp-initiated-logout'];

/** `clients` says whether we register them beforehand or the suite does by itself. */
export const PLANS = [
  { name: 'config', plan: 'oidcc-config-certification-test-plan', variant: {}, clients: 'none' },
  ...['basic', 'implicit', 'hybrid', 'formpost-basic', 'formpost-implicit', 'formpost-hybrid'].flatMap((profile) => [
    certified(`${profile}-static`, profile, 'static'),
    certified(profile, profile, 'dynamic'),
  ]),
  ...RESPONSE_TYPES.map((response_type) => ({
    name: `dynamic ${response_type}`,
    plan: 'oidcc-dynamic-certification-test-plan',
    variant: { response_type },
    clients: 'dynamic',
  })),
  ...RESPONSE_TYPES.map((response_type) => ({
    name: `3rdparty-init-login ${response_type}`,
    plan: 'oidcc-3rdparty-init-login-certification-test-plan',
    variant: { response_type },
    clients: 'dynamic',
  })),
  ...LOGOUTS.flatMap((kind) => [
    { ...loggingOut(kind, 'code', 'static'), name: `${kind}-static`, told: TOLD[kind] },
    ...RESPONSE_TYPES.map((response_type) => loggingOut(kind, response_type, 'dynamic')),
  ]),
  ...['private_key_jwt', 'client_secret_jwt'].map((client_auth_type) => ({
    name: `comprehensive ${client_auth_type}`,
    plan: 'oidcc-test-plan',
    variant: { client_auth_type, response_type: 'code', response_mode: 'default', client_registration: 'dynamic_client' },
    clients: 'dynamic',
  })),
];

function certified(name, profile, clients) {
  const variant = { server_metadata: 'discovery', client_registration: `${clients}_client` };
  return { name, plan: `oidcc-${profile}-certification-test-plan`, variant, clients };
}

function loggingOut(kind, response_type, clients) {
  const variant = { response_type, client_registration: `${clients}_client` };
  return { name: `${kind} ${response_type}`, plan: `oidcc-${kind}-certification-test-plan`, variant, clients };
}

/** The plans of these names, or whose names begin with one and a space; all, for no name. */
export function named(names) {
  if (names.length === 0) return PLANS;
  const exact = new Set(PLANS.map(({ name }) => name));
  return PLANS.filter(({ name }) => names.some((wanted) => name === wanted || (!exact.has(wanted) && name.startsWith(`${wanted} `))));
}
