/**
 * `npm test [-- MOCHA ARGUMENTS]`: installs, builds and runs the tests. Needs Node only; a suite that needs more (Go, a cluster,
 * root) says so and is skipped, unless PTAR_REQUIRE=all makes that a failure.
 */
import { spawnSync } from 'node:child_process';
import { install, root, run } from './install.mjs';

install();
run(process.execPath, ['scripts/build.mjs']);
const chosen = process.argv.slice(2);
const suites = chosen.some((argument) => !argument.startsWith('-')) ? [] : ['test/**/*.test.ts'];
const mocha = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...chosen, ...suites], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PTAR_CLI: 'dist' },
});
process.exit(mocha.status ?? 1);
