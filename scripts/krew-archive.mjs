/**
 * Makes the archive that the krew manifest names, `node scripts/krew-archive.mjs FOLDER`: what npm would publish, in `package/`, with the
 * packages that it depends on, for krew installs nothing else. Prints path and SHA-256. Needs `npm run build` before.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './install.mjs';

const [folder, ...others] = process.argv.slice(2);
if (folder === undefined || others.length > 0) {
  process.stderr.write('usage: node scripts/krew-archive.mjs FOLDER\n');
  process.exit(2);
}
const staging = mkdtempSync(path.join(tmpdir(), 'ptar-krew-'));
try {
  const [{ filename, name, version }] = JSON.parse(
    output('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', staging]),
  );
  output('tar', ['-xzf', path.join(staging, filename), '-C', staging]);
  const dependencies = output('npm', ['ls', '--omit=dev', '--all', '--parseable', '--loglevel=error'])
    .trim()
    .split('\n')
    .map((directory) => path.relative(root, directory))
    .filter((directory) => directory.startsWith('node_modules'));
  for (const directory of dependencies) {
    cpSync(path.join(root, directory), path.join(staging, 'package', directory), { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  const target = path.resolve(folder, `${name}-${version}.tar.gz`);
  output('tar', ['-czf', target, '-C', staging, 'package']);
  const hash = createHash('sha256').update(readFileSync(target)).digest('hex');
  process.stdout.write(`${target} ${hash}\n`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function output(command, args) {
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell });
  if (status === 0) return stdout;
  process.stderr.write(`${command} ${args.join(' ')}: ${stderr}\n`);
  process.exit(1);
}
