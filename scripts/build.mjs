/** Builds `dist/` from `src/`: `npm run build`. Needs an installed `node_modules`. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (status !== 0) process.exit(1);
for (const file of ['cli.js', 'cli/kubectl-ptar.js', 'cli/kubectl-complete-ptar.js']) {
  chmodSync(new URL(`../dist/${file}`, import.meta.url), 0o755);
}

const { buildExtension } = await import('./build-extension.mjs');
await buildExtension(fileURLToPath(new URL('../dist/extension', import.meta.url)));
