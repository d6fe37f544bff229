/**
 * Bundles the VS Code extension into `dist/extension/`: ES modules in pieces, so that each part is loaded when it is first used. Needs
 * the built command, which makes the sample archive.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = `${root}/dist/extension`;

rmSync(output, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/extension/vscode/main.ts' },
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
  chunkNames: 'parts/[hash]',
  legalComments: 'none',
  logLevel: 'warning',
});

// A worker thread loads it by its place, see `src/platform/node/argon2id.ts`.
const hashWasm = `${output}/node_modules/hash-wasm`;
mkdirSync(hashWasm, { recursive: true });
copyFileSync(`${root}/node_modules/hash-wasm/dist/argon2.umd.min.js`, `${hashWasm}/index.js`);
writeFileSync(
  `${hashWasm}/package.json`,
  '{ "name": "hash-wasm", "main": "index.js", "type": "commonjs" }\n',
);

const sample = ['manifests:examples/shop/before', 'manifests:examples/shop/after'];
const made = spawnSync(
  process.execPath,
  ['dist/cli.js', 'create', '-q', '-o', `${output}/shop.ptar`, '--plaintext', '--name', 'release', ...sample],
  { cwd: root, encoding: 'utf8' },
);
if (made.status !== 0) {
  process.stderr.write(made.stderr);
  process.exit(1);
}
