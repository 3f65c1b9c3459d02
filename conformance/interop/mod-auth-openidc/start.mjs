// What relying_party.conf leaves open, in a file that Apache can be started with.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const MODULES = '/usr/lib/apache2/modules';

/** The program and its arguments for the configuration in `file`. */
export function command(file) {
  const { authority, logins } = JSON.parse(readFileSync(file));
  const folder = path.join(path.dirname(file), 'mod-auth-openidc');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'bye.json'), '{}\n');
  // The module fills in what went wrong, and its description.
  writeFileSync(path.join(folder, 'error.json'), '{"error": "%s", "description": "%s"}\n');
  const definitions = Object.entries({ folder, modules: MODULES, authority }).map(([name, value]) => `Define ${name} "${value}"`);
  const uses = Object.entries(logins).map(([name, login]) => {
    const { port, issuer, client_id, client_secret, method, alg, parameters } = login;
    const asked = `"${new URLSearchParams({ ui_locales: 'ja', ...parameters })}"`;
    return ['Use Login', name, port, issuer, client_id, client_secret, method, alg, asked].join(' ');
  });
  const configuration = path.join(folder, 'apache2.conf');
  writeFileSync(configuration, [...definitions, `Include "${path.join(import.meta.dirname, 'relying_party.conf')}"`, ...uses, ''].join('\n'));
  return ['/usr/sbin/apache2', '-f', configuration, '-D', 'FOREGROUND'];
}
