/**
 * `npm test [-- MOCHA ARGUMENTS]`: installs, builds and runs the tests; then, where there is Go and nothing was chosen, the suites
 * that need a cluster once more, against the oldest Kubernetes. Needs Node only; a suite that needs more (Go, a cluster, root) says so
 * and is skipped, unless PTAR_REQUIRE=all makes that a failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { install, root, run } from './install.mjs';

install();
run(process.execPath, ['scripts/build.mjs']);
const chosen = process.argv.slice(2);
if (chosen.some((argument) => !argument.startsWith('-'))) process.exit(mocha(chosen));

const folder = mkdtempSync(path.join(tmpdir(), 'ptar-tests-'));
const tally = { PTAR_TALLY: path.join(folder, 'tally') };
let status = 1;
try {
  status = mocha([...chosen, 'test/**/*.test.ts'], tally);
  if (process.env['PTAR_KUBERNETES'] === undefined && hasGo()) {
    process.stdout.write('\nAgainst the oldest Kubernetes\n');
    status = mocha([...chosen, ...clusterSuites()], { ...tally, PTAR_KUBERNETES: 'oldest' }) || status;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);

function mocha(args, env = {}) {
  const { status: ended } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PTAR_CLI: 'dist', ...env },
  });
  return ended ?? 1;
}

/** Paths of the suites that ask for a cluster. */
function clusterSuites() {
  return readdirSync(path.join(root, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join('test', file))
    .filter((file) => /\brequirement\([^)]*'cluster'/.test(readFileSync(path.join(root, file), 'utf8')));
}

function hasGo() {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}
