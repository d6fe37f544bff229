/** Extensions that only drive the one under test: an editor runs their `index.js` inside its extension host. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { TestArchives } from '../extension/test-archives.ts';
import type { InsideResult } from './inside/index.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** Makes such an extension in `folder`, which is there, from a module that exports `run`. Returns its `index.js`. */
export async function makeDriver(folder: string, module: string): Promise<string> {
  await writeFile(
    path.join(folder, 'package.json'),
    '{ "name": "driver", "publisher": "test", "version": "0.0.1", "engines": { "vscode": "*" } }',
  );
  const outfile = path.join(folder, 'index.js');
  await build({
    entryPoints: [module],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    external: ['vscode', 'mocha'],
    logLevel: 'error',
  });
  return outfile;
}

/** The suite of `inside/`, ready to be run in an editor. */
export interface InsideSuite {
  /** The driver's folder. */
  readonly folder: string;
  readonly entry: string;
  /** What the editor has to be started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** What came out, after the editor has run it. */
  results(): Promise<readonly InsideResult[]>;
  remove(): Promise<void>;
}

/** Makes the driver and the archive of the suite. */
export async function insideSuite(): Promise<InsideSuite> {
  // Inside the project, because mocha is found from there.
  await mkdir(path.join(root, 'coverage'), { recursive: true });
  const folder = await mkdtemp(path.join(root, 'coverage', 'inside-'));
  const entry = await makeDriver(folder, path.join(root, 'test', 'vscode', 'inside', 'index.ts'));
  const archives = await TestArchives.create();
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'many' },
    data: { password: Buffer.from('canary-7f3a9').toString('base64') },
  };
  const archive = await archives.capture('inside.ptar', [await archives.configMaps('many', 2, [secret])]);
  const file = path.join(folder, 'results.json');
  return {
    folder,
    entry,
    environment: { PTAR_INSIDE_ARCHIVE: archive, PTAR_INSIDE_RESULTS: file },
    results: async () => JSON.parse(await readFile(file, 'utf8')) as readonly InsideResult[],
    remove: async () => {
      await archives.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
