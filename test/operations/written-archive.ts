/** What the tests of writing operations share: sources to capture, and what must hold of an archive whatever happened to its writer. */
import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkArchive } from '../../src/format/index.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { generatedBytes } from '../format/generated-bytes.ts';

/** The passphrase of the archives that tests make. */
export const PASSPHRASE = Buffer.from('only for tests');
/** As operations ask for it. */
export const passphrase = (): Promise<Uint8Array> => Promise.resolve(PASSPHRASE);

/** Long ago, so that nothing seems to be written while it is captured. */
const MODIFIED_S = 1_700_000_000;

/** A folder `name` below `parent` with `contents` by file name; all of them modified long ago. @returns its path */
export async function sourceFolder(
  parent: string,
  name: string,
  contents: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  const folder = path.join(parent, name);
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(contents)) {
    await writeFile(path.join(folder, file), content);
    await utimes(path.join(folder, file), MODIFIED_S, MODIFIED_S);
  }
  return folder;
}

/** `length` bytes that do not compress. */
export function noise(length: number, seed: number): Uint8Array {
  return generatedBytes('noise', seed, length);
}

/** Opens the archive, verifies every byte, and gives the ids of its snapshots, oldest first. */
export async function soundSnapshots(archivePath: string): Promise<string[]> {
  const archive = await openArchiveFile(archivePath, { passphrase });
  try {
    for await (const finding of checkArchive(archive)) assert.fail(`${archivePath}: ${finding.message}`);
    return (await archive.snapshots()).map(({ id }) => id);
  } finally {
    await archive.close();
  }
}

/** Names of the files in `folder` that writers leave behind only when they are killed. */
export async function leftovers(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.tmp') || name.includes('.lock'));
}
