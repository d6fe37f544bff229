/** Builds `dist/` from `src/`: `npm run build`. Needs an installed `node_modules`. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root, run } from './install.mjs';

const output = fileURLToPath(new URL('../dist', import.meta.url));
rmSync(output, { recursive: true, force: true });
// The library, a module for each file; esbuild knows no types.
run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
const { buildCommand } = await import('./build-command.mjs');
await buildCommand(output);
const { buildExtension } = await import('./build-extension.mjs');
await buildExtension(`${output}/extension`);
