/** Real archives for the explorer's model. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadArchive } from '../../src/extension/archive-loading.ts';
import { ArchiveShelf, type ArchiveRecord, type ShelfPorts } from '../../src/extension/archive-shelf.ts';
import { captureSources } from '../../src/operations/capture.ts';

const EXAMPLES = path.join(import.meta.dirname, '..', '..', 'examples', 'shop');

/** A folder of its own with archives; `remove` ends it. */
export class TestArchives {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<TestArchives> {
    return new TestArchives(await mkdtemp(path.join(tmpdir(), 'ptar-explorer-')));
  }

  /** The shop before and after its release. Its key is derived the quick way. */
  async shop(name: string, passphrase?: string): Promise<string> {
    return this.capture(name, [`manifests:${EXAMPLES}/before`, `manifests:${EXAMPLES}/after`], passphrase);
  }

  async capture(name: string, sources: readonly string[], passphrase?: string): Promise<string> {
    const archivePath = path.join(this.folder, name);
    const encryption =
      passphrase === undefined
        ? ('plaintext' as const)
        : { passphrase: Buffer.from(passphrase), kdf: 'PBKDF2' as const };
    await captureSources({
      sources,
      archivePath,
      encryption: () => Promise.resolve(encryption),
      overwrite: true,
    });
    return archivePath;
  }

  /** A folder of ConfigMaps, and whatever else is given, for {@link capture}. */
  async configMaps(name: string, count: number, others: readonly object[] = []): Promise<string> {
    const folder = path.join(this.folder, name);
    await mkdir(folder, { recursive: true });
    const objects: object[] = Array.from({ length: count }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `item-${String(index).padStart(5, '0')}`, namespace: 'many' },
      data: { index: String(index) },
    }));
    const items = [...objects, ...others].map((object) => JSON.stringify(object));
    await writeFile(path.join(folder, 'objects.yaml'), items.join('\n---\n'));
    return `manifests:${folder}`;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What a shelf asked a person and kept. */
export interface PortLog {
  readonly ports: ShelfPorts;
  readonly attempts: number[];
  readonly keys: Map<string, Uint8Array>;
  kept: readonly ArchiveRecord[];
}

/** Ports of a person who gives `answers` one after the other, and then none, and wants keys to be remembered. */
export function answering(...answers: readonly string[]): PortLog {
  const log: PortLog = {
    attempts: [],
    keys: new Map(),
    kept: [],
    ports: {
      load: loadArchive,
      askPassphrase: (_record, attempt) => {
        log.attempts.push(attempt);
        return Promise.resolve(answers[log.attempts.length - 1]);
      },
      readKey: (repositoryId) => Promise.resolve(log.keys.get(repositoryId)),
      offerKey: (repositoryId, key) => {
        log.keys.set(repositoryId, key);
        return Promise.resolve();
      },
      dropKey: (repositoryId) => {
        log.keys.delete(repositoryId);
        return Promise.resolve();
      },
      keepRecords: (records) => {
        log.kept = records;
        return Promise.resolve();
      },
    },
  };
  return log;
}

/** A shelf with the archive at `location`, which nobody unlocks. */
export async function shelfWith(location: string): Promise<{ shelf: ArchiveShelf; key: string }> {
  const shelf = new ArchiveShelf(answering().ports);
  const { key } = await shelf.add(location);
  return { shelf, key };
}
