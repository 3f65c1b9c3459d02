#!/usr/bin/env node
// Runs the plans of the OpenID Foundation's conformance suite against a provider of its own, and says
// what is not as it should be. README.md says how to use it. Needs Node 20 or newer, and nothing else.

import { existsSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { configuration } from './configuration.mjs';
import { PLANS, named } from './plans.mjs';
import { BRANDS } from './provider.mjs';
import { count, isClean, keep, plainTable, tell } from './report.mjs';
import { commit, newerThan } from './source.mjs';
import { Suite } from './suite.mjs';
import { SuiteProvider } from './suite_provider.mjs';

const HELP = `node conformance/run.mjs --suite URL --suite-ca FILE [PLAN...]

  PLAN             names or beginnings of names (see --list); all, if none is given
  --suite URL      the running suite, https://localhost.emobix.co.uk:8443
  --suite-ca FILE  the authority of its certificate, PEM
  --binary FILE    the provider, built already (target/debug/common-id)
  --issuer BRAND   toyota or lexus (both, one after the other)
  --port NUMBER    where the provider listens (9443)
  --postgres URL   PostgreSQL for it instead of SQLite: everything in this database is deleted
  --redis URL      Redis for it instead of its own memory
  --module NAMES   only these modules, separated by commas
  --parallel N     modules of dynamic clients at a time (2)
  --print          print the plans' configurations instead, to paste into a suite elsewhere
  --no-results     leave results.md as it is
  --keep           leave the provider running at the end, to look at a failed module's pages
  --list           the plans there are`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'string' },
    'suite-ca': { type: 'string' },
    binary: { type: 'string', default: 'target/debug/common-id' },
    issuer: { type: 'string' },
    port: { type: 'string', default: '9443' },
    postgres: { type: 'string' },
    redis: { type: 'string' },
    module: { type: 'string' },
    parallel: { type: 'string', default: '2' },
    print: { type: 'boolean' },
    'no-results': { type: 'boolean' },
    keep: { type: 'boolean' },
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** The longest a module may take: some wait for half a minute, or for a key to be fetched again. */
const PATIENCE = 240_000;

/** Ends the program on what whoever started it can mend. */
function refuse(message) {
  console.error(`conformance: ${message}`);
  process.exit(2);
}

async function main() {
  if (options.help) return console.log(HELP);
  if (options.list) return console.log(PLANS.map(({ name, plan }) => `${name.padEnd(34)} ${plan}`).join('\n'));
  const plans = named(positionals);
  if (plans.length === 0) refuse(`no plan is named ${positionals.join(' ')}; --list shows them`);
  const brands = options.issuer ? [options.issuer] : BRANDS;
  if (brands.some((brand) => !BRANDS.includes(brand))) refuse(`--issuer is one of ${BRANDS.join(', ')}`);
  if (!options.suite || !options['suite-ca']) refuse('--suite and --suite-ca are needed (see --help)');
  if (!existsSync(options.binary)) refuse(`there is no ${options.binary}: build it, or name another by --binary`);
  const newer = newerThan(options.binary);
  if (newer) refuse(`${options.binary} is older than ${newer}: build it anew, so that results.md can name its commit`);
  const suite = new Suite(options.suite, options['suite-ca']);
  const version = await suite.version().catch((error) => refuse(`the suite does not answer: ${error.message}`));
  const provider = new SuiteProvider({ ...options, suite, folder: path.resolve('target/conformance') });
  for (const host of Object.values(provider.hosts)) {
    await lookup(host).catch(() => refuse(`this machine does not know ${host}: put “127.0.0.1 ${host}” into /etc/hosts`));
  }

  await provider.prepare();
  if (options.print) return print(plans, brands, provider);
  await provider.start();
  // Whatever ends this program ends the provider: a signal by way of `stop`, anything else at once.
  for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.once(signal, () => provider.stop().then(() => process.exit(128 + number)));
  }
  if (!options.keep) process.once('exit', () => provider.kill());
  const backend = options.postgres ? 'PostgreSQL + Redis' : 'SQLite';
  const finished = [];
  try {
    for (const brand of brands) {
      for (const plan of plans) {
        const results = await run(suite, provider, brand, plan);
        if (results.length === 0) continue;
        finished.push({ plan: plan.name, issuer: brand, backend, results, ...count(results) });
        if (!options['no-results'] && !options.module) keep({ provider: commit(), suite: version }, finished);
      }
    }
  } finally {
    if (options.keep) console.log(`the provider goes on: ${provider.issuer(brands[0])}, its files are in ${provider.folder}`);
    else await provider.stop();
  }
  console.log(`\n${plainTable(finished)}`);
  process.exitCode = finished.every(isClean) ? 0 : 1;
}

function print(plans, brands, provider) {
  for (const brand of brands) {
    for (const plan of plans) {
      const { plan: planName, variant } = plan;
      const content = configuration(plan, brand, provider);
      console.log(JSON.stringify({ planName, variant, configuration: content }, null, 1));
    }
  }
}

/** Runs the modules of one plan under one issuer, and tells of each as it ends. */
async function run(suite, provider, brand, plan) {
  console.log(`\n== ${plan.name}, ${provider.issuer(brand)}`);
  const created = await suite.createPlan(plan.plan, plan.variant, configuration(plan, brand, provider));
  const wanted = options.module?.split(',');
  const modules = created.modules.filter(({ testModule }) => !wanted || wanted.includes(testModule));
  const results = [];
  const next = async () => {
    for (let module = modules.shift(); module; module = modules.shift()) {
      const result = await runModule(suite, provider, created.id, module);
      results.push(result);
      tell(result, suite);
    }
  };
  // Modules of one alias share their addresses: only one of them can run at a time.
  const lanes = plan.clients === 'static' ? 1 : Number(options.parallel);
  await Promise.all(Array.from({ length: lanes }, next));
  return results;
}

async function runModule(suite, provider, planId, module) {
  const began = Date.now();
  const { testModule: name, variant } = module;
  const id = await suite.createModule(planId, name, variant);
  let state = await suite.waitFor(id, ['CONFIGURED', 'WAITING', 'FINISHED', 'INTERRUPTED'], PATIENCE);
  // The one module that does not begin by itself: new keys first.
  if (state === 'CONFIGURED' && name === 'oidcc-server-rotate-keys') {
    // By algorithm: with a new Ed25519 key (`kty` OKP) the suite's comparison of old keys and new ones gives up.
    await provider.rotateKeys('--algorithm', 'RS256');
    await suite.start(id);
  }
  state = await suite.waitFor(id, ['FINISHED', 'INTERRUPTED'], PATIENCE - (Date.now() - began));
  const ended = ['FINISHED', 'INTERRUPTED'].includes(state);
  const unvisited = ended ? [] : await suite.unvisited(id);
  if (!ended) await suite.stop(id);
  const { result } = await suite.info(id);
  const log = await suite.log(id);
  return {
    id,
    name,
    variant,
    seconds: Math.round((Date.now() - began) / 1000),
    result: !ended ? 'TIMEOUT' : state === 'INTERRUPTED' ? 'INTERRUPTED' : result,
    skippedBecause: log.find((entry) => entry.result === 'SKIPPED')?.msg ?? '',
    findings: log.filter((entry) => ['FAILURE', 'WARNING', 'INTERRUPTED', 'REVIEW'].includes(entry.result)),
    unvisited,
  };
}

await main();
