import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSigner, type ArchiveReader, type CreateOptions } from '../../src/format/index.ts';
import { addSnapshots } from '../../src/operations/add-snapshot.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { joinArchives } from '../../src/operations/join-archives.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from '../format/expected-error.ts';
import { noise, PASSPHRASE, passphrase, soundSnapshots, sourceFolder } from './written-archive.ts';

describe('joining archives', () => {
  let folder: string;
  let source: string;
  const at = (name: string): string => path.join(folder, `${name}.ptar`);
  const opened: ArchiveReader[] = [];

  async function capture(name: string, options: Partial<CreateOptions> = {}): Promise<void> {
    await captureSources({
      sources: [source],
      archivePath: at(name),
      encryption: () => Promise.resolve(options.encryption ?? { passphrase: PASSPHRASE, kdf: 'SCRYPT' }),
      ...(options.hashing && { hashing: options.hashing }),
      ...(options.compression && { compression: options.compression }),
    });
  }
  async function open(...names: readonly string[]): Promise<ArchiveReader[]> {
    const archives: ArchiveReader[] = [];
    for (const name of names) archives.push(await openArchiveFile(at(name), { passphrase }));
    opened.push(...archives);
    return archives;
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-join-'));
    source = await sourceFolder(folder, 'source', { large: noise(1_500_000, 1) });
    await capture('east');
    await copyFile(at('east'), at('west'));
  });
  afterEach(async () => {
    for (const archive of opened.splice(0)) await archive.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('holds every snapshot once, every blob once, and signatures that are still valid', async () => {
    const signer = createSigner(nodePrimitives, nodePrimitives.randomBytes(32));
    const [east] = (await addSnapshots({ sources: [source], archivePath: at('east'), passphrase, signer }))
      .sources;
    const [west] = (await addSnapshots({ sources: [source], archivePath: at('west'), passphrase })).sources;
    const [common] = await soundSnapshots(at('east'));
    const result = await joinArchives({
      archives: await open('east', 'west', 'east'),
      targetPath: at('all'),
    });
    assert.equal(result.snapshots, 3);
    assert.deepEqual(await soundSnapshots(at('all')), [common, east!.snapshotId, west!.snapshotId]);
    assert.ok((await stat(at('all'))).size < (await stat(at('east'))).size + 20_000);
    const [all] = await open('all');
    const states = await Promise.all((await all!.snapshots()).map((snapshot) => snapshot.signature()));
    assert.deepEqual(states, ['unsigned', { publicKey: signer.publicKey, valid: true }, 'unsigned']);
  });

  it('refuses archives that do not share RepositoryID and key, and says why', async () => {
    await capture('other');
    await capture('plain', { encryption: 'plaintext' });
    for (const [name, reason] of [
      ['other', /RepositoryIDs/],
      ['plain', /RepositoryIDs/],
    ] as const) {
      const joined = joinArchives({ archives: await open('east', name), targetPath: at('all') });
      await assert.rejects(joined, reason);
    }
    await assert.rejects(
      joinArchives({ archives: await open('east'), targetPath: at('all') }),
      withCode('USAGE'),
    );
    assert.ok(!(await readdir(folder)).some((name) => name.includes('all')));
  });

  it('hands no damage on', async () => {
    const bytes = await readFile(at('west'));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 1;
    await writeFile(at('west'), bytes);
    const joined = joinArchives({ archives: await open('east', 'west'), targetPath: at('all') });
    await assert.rejects(joined, withCode('INTEGRITY_MAC'));
    assert.ok(!(await readdir(folder)).some((name) => name.includes('all')));
  });
});
