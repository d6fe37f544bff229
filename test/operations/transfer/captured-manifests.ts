/** An archive of manifests, for tests that need objects and no cluster. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ArchiveReader, SnapshotReader } from '../../../src/format/index.ts';
import { captureSources } from '../../../src/operations/capture.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';

/** The archive, open, in a folder of its own. */
export interface CapturedManifests {
  readonly folder: string;
  readonly path: string;
  readonly archive: ArchiveReader;
  readonly snapshot: SnapshotReader;
  remove(): Promise<void>;
}

/** Captures `manifests`, YAML with any number of documents, unencrypted. */
export async function captureManifests(manifests: string): Promise<CapturedManifests> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ptar-manifests-'));
  await mkdir(path.join(folder, 'source'));
  await writeFile(path.join(folder, 'source', 'all.yaml'), manifests);
  const archivePath = path.join(folder, 'all.ptar');
  await captureSources({
    sources: [`manifests:${folder}/source`],
    archivePath,
    encryption: () => Promise.resolve('plaintext'),
  });
  const archive = await openArchiveFile(archivePath);
  const [snapshot] = await archive.snapshots();
  if (snapshot === undefined) throw new Error('one snapshot was captured');
  const remove = async (): Promise<void> => {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, path: archivePath, archive, snapshot, remove };
}
