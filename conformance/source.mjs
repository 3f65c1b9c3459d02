// Which commit of this repository the provider under test was built from, as far as that can be told.

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
/** What the program is made of. */
const SOURCES = ['Cargo.lock', 'Cargo.toml', 'locales', 'migrations', 'relying-parties/src', 'src', 'templates'];

/** The abbreviated commit, with `-dirty` if what the program is made of was changed since. */
export function commit() {
  const git = (...words) => execFileSync('git', ['-C', ROOT, ...words], { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', ...SOURCES);
  return git('rev-parse', '--short=8', 'HEAD') + (changed ? '-dirty' : '');
}

/** A source file that is newer than the program, if there is one: the program is not made of it. */
export function newerThan(binary) {
  const built = statSync(binary).mtimeMs;
  return SOURCES.flatMap((source) => files(path.join(ROOT, source)))
    .find((file) => statSync(file).mtimeMs > built);
}

function files(place) {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place).flatMap((name) => files(path.join(place, name)));
}
