// What a plan is told: where the provider is, its clients, and how the scripted browser finds its way through our pages.
// The pages' words are in locales/; the commands' grammar is the suite's.

/** The configuration of a plan under one issuer. */
export function configuration(plan, brand, provider) {
  const issuer = provider.issuer(brand);
  const common = {
    description: `Common ID, ${plan.name}, ${brand}`,
    server: {
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      login_hint: provider.person.email,
      ui_locales: 'en',
      jwks_refresh_delay: 5,
    },
    browser: browser(issuer, provider.person),
    override: overrides(issuer, provider.person, provider.suite.url),
    options: { browsercontrol_css_enable: false },
  };
  switch (plan.clients) {
    case 'static': {
      const { alias, first, second, by_post } = provider.clients[brand][plan.told ?? 'untold'];
      return { ...common, alias, client: first, client2: second, client_secret_post: by_post };
    }
    case 'dynamic':
      return { ...common, client: { client_name: 'First of the suite' }, client2: { client_name: 'Second of the suite' } };
    default:
      return common;
  }
}

const ARRIVED = { task: 'Arrived', match: '*/test/*/callback*', commands: [['wait', 'id', 'submission_complete', 10]] };

/** A picture of the page for whoever reviews, once its text is the one that is expected. */
function picture(text, optional) {
  return ['wait', 'xpath', '//*', 10, text, optional ? 'update-image-placeholder-optional' : 'update-image-placeholder'];
}

function press(action) {
  return ['click', 'css', `button[name=action][value=${action}]`];
}

/** The steps a person may still owe, each on its own page. `seen` is what is done on the login page before anything is typed. */
function login(issuer, person, seen = []) {
  const step = (task, page, commands) => ({ task, optional: true, match: `${issuer}/interaction/*/${page}*`, commands });
  return {
    match: `${issuer}/authorize*`,
    tasks: [
      step('Login', 'login', [...seen, ['text', 'id', 'login_id', person.email], ['text', 'id', 'password', person.password], press('login')]),
      step('A code besides', 'login/code', [press('not_now')]),
      step('Terms', 'terms', [['click', 'id', 'terms'], press('next')]),
      step('Consent', 'consent', [press('approve')]),
      ARRIVED,
    ],
  };
}

/** Whatever a request without a right redirect_uri is answered by. */
function refused(issuer, text) {
  return { match: `${issuer}/authorize*`, tasks: [{ task: 'Error page', match: `${issuer}/*`, commands: [picture(text)] }] };
}

function logout(issuer, ...last) {
  const confirm = { task: 'Confirm', optional: true, match: `${issuer}/logout*`, commands: [[...press('logout'), 'optional']] };
  return { match: `${issuer}/logout*`, tasks: [confirm, ...last] };
}

/** After the page on which the other services of the session hear of it. */
const RETURNED = { task: 'Returned', match: '*', commands: [['wait', 'contains', '/post_logout_redirect', 20]] };

/** A page of the suite that asks our session iframe by script. */
const SESSION_CHECK = { match: '*session_verify*', tasks: [{ task: 'Asked', match: '*', commands: [['wait', 'contains', 'session_result', 20]] }] };

function browser(issuer, person) {
  return [login(issuer, person), logout(issuer, RETURNED), SESSION_CHECK];
}

const LOGIN_PAGE = 'Log in with your|でログイン';
const LOGGED_OUT = 'You are logged out|ログアウトしました';
const CONFIRM_LOGOUT = 'Log out|ログアウト';

/** The modules whose pages a person has to see. */
function overrides(issuer, person, suite) {
  const seeing = (...commands) => ({ browser: [login(issuer, person, commands)] });
  // What the client registered must be on the login page; with its picture the module ends.
  const showing = (element) => {
    const commands = [['wait', 'xpath', element, 10], picture(LOGIN_PAGE)];
    return { browser: [{ match: `${issuer}/authorize*`, tasks: [{ task: 'Login page', match: `${issuer}/interaction/*/login*`, commands }] }] };
  };
  const refusing = (text) => ({ browser: [refused(issuer, text)] });
  // Nobody is led back: the page asks, or says that it is done.
  const asked = { browser: [login(issuer, person), { match: `${issuer}/logout*`, tasks: [{ task: 'Asked', match: `${issuer}/*`, commands: [picture(CONFIRM_LOGOUT)] }] }] };
  const done = { browser: [login(issuer, person), logout(issuer, { task: 'Logged out', match: `${issuer}/*`, commands: [picture(LOGGED_OUT)] })] };
  const loggingOut = 'oidcc-rp-initiated-logout';
  return {
    'oidcc-prompt-login': seeing(picture(LOGIN_PAGE, true)),
    'oidcc-max-age-1': seeing(picture(LOGIN_PAGE, true)),
    'oidcc-registration-logo-uri': showing("//img[contains(@class,'logo')]"),
    'oidcc-registration-policy-uri': showing(`//a[starts-with(@href,'${suite}')]`),
    'oidcc-registration-tos-uri': showing("//a[starts-with(@href,'https://openid.net')]"),
    'oidcc-ensure-registered-redirect-uri': refusing('redirect_uri'),
    'oidcc-ensure-redirect-uri-in-authorization-request': refusing('redirect_uri'),
    'oidcc-redirect-uri-query-added': refusing('redirect_uri'),
    'oidcc-redirect-uri-query-mismatch': refusing('redirect_uri'),
    [`${loggingOut}-bad-post-logout-redirect-uri`]: asked,
    [`${loggingOut}-query-added-to-post-logout-redirect-uri`]: asked,
    [`${loggingOut}-modified-id-token-hint`]: asked,
    [`${loggingOut}-bad-id-token-hint`]: asked,
    [`${loggingOut}-no-id-token-hint`]: asked,
    [`${loggingOut}-no-params`]: done,
    [`${loggingOut}-no-post-logout-redirect-uri`]: done,
    [`${loggingOut}-only-state`]: done,
  };
}
