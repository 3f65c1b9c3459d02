// What came of a run: told module by module, counted plan by plan, kept in results.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const SKIPPED = JSON.parse(readFileSync(new URL('skipped.json', import.meta.url)));
const RESULTS = new URL('results.md', import.meta.url);
const COLUMNS = ['passed', 'review', 'skipped', 'warning', 'failed', 'interrupted'];

/** Whether a module ended as it may: it passed, or the suite skipped it for the reason that skipped.json gives. */
function isRight({ name, result, skippedBecause }) {
  const mayBeSkipped = () => name in SKIPPED && skippedBecause.includes(SKIPPED[name].suite);
  return result === 'PASSED' || result === 'REVIEW' || (result === 'SKIPPED' && mayBeSkipped());
}

/** Whether all modules of a plan did. */
export function isClean({ results }) {
  return results.every(isRight);
}

export function count(results) {
  const of = (...words) => results.filter(({ result }) => words.includes(result)).length;
  return {
    passed: of('PASSED'),
    review: of('REVIEW'),
    skipped: of('SKIPPED'),
    warning: of('WARNING'),
    failed: of('FAILED'),
    interrupted: results.length - of('PASSED', 'REVIEW', 'SKIPPED', 'WARNING', 'FAILED'),
  };
}

/** One line of a module; of one that is not as it should be, whatever an engineer needs to mend it. */
export function tell(result, suite) {
  const variant = Object.values(result.variant ?? {}).join(' ');
  console.log(`${result.result.padEnd(12)} ${result.name} [${variant}] ${result.seconds}s`);
  if (isRight(result)) return;
  console.log(`     ${suite.page(result.id)}`);
  if (result.result === 'SKIPPED') console.log(`     may not be skipped for this reason (see skipped.json): ${result.skippedBecause}`);
  for (const entry of result.findings) {
    const { result: kind, src, msg, requirements } = entry;
    console.log(`     ${kind} ${src}: ${firstLine(msg)}${requirements ? ` [${requirements.join(', ')}]` : ''}`);
    for (const [name, value] of Object.entries(entry)) {
      if (!TOLD.has(name)) console.log(`         ${name}: ${firstLine(typeof value === 'string' ? value : JSON.stringify(value))}`);
    }
  }
  for (const url of result.unvisited) console.log(`     nobody opened ${url}`);
}

/** What the lines above say already, or nobody reads in a terminal. */
const TOLD = new Set([
  '_id', '_class', 'testId', 'testOwner', 'time', 'blockId', 'upload', 'result', 'src', 'msg', 'requirements', 'stacktrace',
  'cause_stacktrace', 'cause', 'cause_class', 'caught_at', 'error_class', 'page_source', 'current_dom', 'content_type', 'img', 'browser', 'browserVersion',
]);

/** A page of text is for the suite's own log. */
function firstLine(text = '') {
  return text.split('\n')[0].slice(0, 800);
}

function rows(finished) {
  return finished.map((row) => [row.plan, row.issuer, row.backend, ...COLUMNS.map((column) => String(row[column]))]);
}

/** The table for whoever watches. */
export function plainTable(finished) {
  const total = ['total', '', '', ...COLUMNS.map((column) => String(finished.reduce((sum, row) => sum + row[column], 0)))];
  const lines = [['plan', 'issuer', 'backend', ...COLUMNS], ...rows(finished), total];
  const widths = lines[0].map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  return lines.map((line) => line.map((cell, index) => cell.padEnd(widths[index])).join('  ')).join('\n');
}

/** Writes results.md: these rows instead of older ones of the same run, and the others as they were. */
export function keep({ provider, suite }, finished) {
  const day = new Date().toISOString().slice(0, 10);
  const fresh = rows(finished).map((row) => [...row, `${provider}, ${day}`, suite]);
  const key = (row) => row.slice(0, 3).join('|');
  const kept = written().filter((old) => !fresh.some((row) => key(row) === key(old)));
  const all = [...kept, ...fresh].sort((one, other) => key(one).localeCompare(key(other)));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const heading = ['plan', 'issuer', 'backend', ...COLUMNS, 'provider, day', 'suite'];
  const reasons = Object.entries(SKIPPED).map(([name, { why }]) => `- \`${name}\`: ${why}`);
  const text = `# Results

Written by \`run.mjs\`: the latest run of each plan. What may be skipped, and why:

${reasons.join('\n')}

${[line(heading), line(heading.map(() => '---')), ...all.map(line)].join('\n')}
`;
  writeFileSync(RESULTS, text);
}

function written() {
  if (!existsSync(RESULTS)) return [];
  const table = readFileSync(RESULTS, 'utf8').split('\n').filter((line) => line.startsWith('| '));
  return table.slice(2).map((line) => line.slice(2, -2).split(' | '));
}
