/**
 * Makes sure that what `package-lock.json` names is installed, with nothing but Node and npm there. Used by the commands that
 * promise to do their own set-up.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const installed = new URL('../node_modules/.package-lock.json', import.meta.url);
const wanted = new URL('../package-lock.json', import.meta.url);

/** Runs `npm ci` where `node_modules` is missing or older than the lock file. Ends the process where that fails. */
export function install() {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  process.stderr.write('Installing dependencies (npm ci) …\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs a command in the project's root; ends the process with its status where that is not 0. */
export function run(command, args, options = {}) {
  const shell = process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell, ...options });
  if (status !== 0) process.exit(status ?? 1);
}
