/** Bundles the VS Code extension: ES modules in pieces, so that each part is loaded when it is first used. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './install.mjs';

/** Writes the bundle, and the sample archive that comes with it, into the folder `output`, which is made anew. */
export async function buildExtension(output) {
  rmSync(output, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'src/extension/vscode/main.ts',
      // Loaded by its place beside the others, see `src/platform/node/blob-threads.ts`.
      'blob-worker': 'src/platform/node/blob-worker.ts',
    },
    outdir: output,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['vscode'],
    minify: true,
    // CommonJS dependencies ask for Node's modules while they run.
    banner: {
      js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);",
    },
    // All in one folder: `src/operations/client.ts` finds package.json two folders above.
    chunkNames: 'part-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
  });

  // A worker thread loads it by its place, see `src/platform/node/argon2id.ts`.
  const hashWasm = join(output, 'node_modules', 'hash-wasm');
  mkdirSync(hashWasm, { recursive: true });
  copyFileSync(join(root, 'node_modules/hash-wasm/dist/argon2.umd.min.js'), join(hashWasm, 'index.js'));
  const manifest = { name: 'hash-wasm', main: 'index.js', type: 'commonjs' };
  writeFileSync(join(hashWasm, 'package.json'), JSON.stringify(manifest));

  const sample = ['--plaintext', '--name', 'release', '-o', join(output, 'shop.ptar')];
  const sources = ['manifests:examples/shop/before', 'manifests:examples/shop/after'];
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'src/cli.ts', 'create', '-q', ...sample, ...sources],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the sample archive was not made: ${stderr}`);
}
