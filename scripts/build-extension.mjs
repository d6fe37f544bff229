/** Bundles the VS Code extension: one small entry, and ES modules in pieces, so that each part is loaded when it is first used. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './install.mjs';

const SETTINGS = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['vscode'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** Writes the bundle, and the sample archive that comes with it, into the folder `output`, which is made anew. */
export async function buildExtension(output) {
  rmSync(output, { recursive: true, force: true });
  const late = await buildEntry(join(output, 'main.cjs'));
  await build({
    ...SETTINGS,
    entryPoints: {
      ...late,
      // Loaded by its place beside the others, see `src/platform/node/blob-threads.ts`.
      'blob-worker': 'src/platform/node/blob-worker.ts',
    },
    outdir: output,
    splitting: true,
    format: 'esm',
    // CommonJS dependencies ask for Node's modules while they run.
    banner: {
      js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);",
    },
    // All in one folder: `src/operations/client.ts` finds package.json two folders above.
    chunkNames: 'part-[hash]',
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

/**
 * Bundles what is loaded at activation into one CommonJS file: the editor loads ES modules over a thread of its own, for which each of
 * them has to wait. Returns what the file imports when it is used, by name.
 */
export async function buildEntry(outfile) {
  const late = {};
  const collect = {
    name: 'late-imports',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const name = basename(path, '.ts');
        late[name] = join(resolveDir, path);
        return { path: `./${name}.js`, external: true };
      });
    },
  };
  const { metafile } = await build({
    ...SETTINGS,
    entryPoints: ['src/extension/vscode/main.ts'],
    outfile,
    format: 'cjs',
    plugins: [collect],
    metafile: true,
  });
  const { inputs } = Object.values(metafile.outputs)[0];
  const foreign = Object.keys(inputs).filter((file) => !file.startsWith('src/extension/vscode/'));
  // A second copy of anything else would have a state and classes of its own.
  if (foreign.length > 0) throw new Error(`loaded at activation, and should not be: ${foreign.join(', ')}`);
  return late;
}
