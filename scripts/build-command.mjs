/** Bundles the command line: Node takes longer to find and load some two hundred modules than many a command takes to do its work. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './install.mjs';

/** What the command's `bin` in package.json names, below `dist/`. */
const PROGRAMS = {
  cli: 'src/cli.ts',
  'cli/kubectl-ptar': 'src/cli/kubectl-ptar.ts',
  'cli/kubectl-complete-ptar': 'src/cli/kubectl-complete-ptar.ts',
};

/** Writes the programs and what they load, `cli.js` and `cli/`, into the folder `output`. */
export async function buildCommand(output) {
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    format: 'esm',
    splitting: true,
    entryPoints: {
      ...PROGRAMS,
      // Loaded by its place beside the others, see `src/platform/node/blob-threads.ts`.
      'cli/blob-worker': 'src/platform/node/blob-worker.ts',
    },
    outdir: output,
    // All in one folder: `src/operations/client.ts` finds package.json two folders above.
    chunkNames: 'cli/part-[hash]',
    logLevel: 'warning',
  });
  for (const program of Object.keys(PROGRAMS)) chmodSync(join(output, `${program}.js`), 0o755);
}
