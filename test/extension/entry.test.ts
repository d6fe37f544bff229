/** What the editor loads at activation. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const SCRIPT = path.join(import.meta.dirname, '..', '..', 'scripts', 'build-extension.mjs');
/** Above it something is in the entry that does not belong there (bytes). */
const SIZE_MAX = 16 << 10;

interface BuildScript {
  /** @returns sources of what is imported later, by name */
  readonly buildEntry: (outfile: string) => Promise<Readonly<Record<string, string>>>;
}

describe('entry of the extension', () => {
  let folder: string;
  let text: string;
  let late: Readonly<Record<string, string>>;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-entry-'));
    const { buildEntry } = (await import(pathToFileURL(SCRIPT).href)) as BuildScript;
    const outfile = path.join(folder, 'main.cjs');
    late = await buildEntry(outfile);
    text = await readFile(outfile, 'utf8');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is one small file that asks for the editor alone', () => {
    assert.ok(text.length < SIZE_MAX, `${text.length} bytes`);
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(required)], ['vscode']);
  });

  it('imports everything else when it is used, each from a file beside it', () => {
    const imported = [...text.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, name]) => name);
    assert.deepEqual(
      [...new Set(imported)].sort(),
      Object.keys(late)
        .map((name) => `./${name}.js`)
        .sort(),
    );
    assert.ok('explorer' in late);
  });
});
