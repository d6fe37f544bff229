/**
 * `npm test [-- MOCHA ARGUMENTS]`: installs, builds and runs the tests. Needs Node only; a suite that needs more (Go, a cluster,
 * root) says so and is skipped, unless PTAR_REQUIRE=all makes that a failure.
 */
import { spawnSync } from 'node:child_process';
import { install, root, run } from './install.mjs';

install();
run(process.execPath, ['scripts/build.mjs']);
const mocha = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(mocha.status ?? 1);
