/**
 * Makes the VSIX from a folder that holds what `.vscodeignore` lets through. The package's `files` are those of the command, and vsce
 * takes no manifest with both.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { root } from './install.mjs';

/** `package.json` of this package. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Packs the bundle in the folder `extension`, and what goes with it, into the file `target`. */
export async function makeVsix(extension, target) {
  const folder = mkdtempSync(join(tmpdir(), 'ptar-vsix-'));
  try {
    for (const name of ['package.nls.json', 'CHANGELOG.md', 'LICENSE', 'media', 'l10n', '.vscodeignore']) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    cpSync(extension, join(folder, 'dist', 'extension'), { recursive: true });
    cpSync(join(root, 'packaging', 'vscode', 'README.md'), join(folder, 'README.md'));
    const shipped = { ...manifest };
    // What belongs to the command is not the editor's business.
    for (const key of ['files', 'bin', 'exports', 'scripts', 'dependencies', 'devDependencies']) {
      delete shipped[key];
    }
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`);
    await createVSIX({ cwd: folder, packagePath: target, dependencies: false, allowMissingRepository: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
