/** Reading ahead changes nothing but when blobs are decoded: every order of reading gives what was written. */
import assert from 'node:assert/strict';
import type { ArchiveReader } from '../../src/format/archive-reader.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { isRegular } from '../../src/format/file-mode.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import type { SnapshotEntry, SnapshotReader } from '../../src/format/snapshot-reader.ts';
import { generatedBytes } from './generated-bytes.ts';
import { collected, file, opened, writtenBytes } from './written-archive.ts';

const COUNT = 3000;
const PASSPHRASE = Buffer.from('correct horse battery staple');

const pathOf = (index: number): string => `/${index % 7}/folder-${index % 41}/file-${index}`;
const contentOf = (index: number): Uint8Array => generatedBytes('text', index, 200 + (index % 900));

interface Opened {
  readonly archive: ArchiveReader;
  readonly snapshot: SnapshotReader;
  /** Blobs that were decoded ahead. */
  readonly ahead: () => number;
}

describe('reading ahead', function () {
  this.timeout(60_000);
  const bytesOf = new Map<boolean, Uint8Array>();
  const archives: ArchiveReader[] = [];

  before(async () => {
    for (const isEncrypted of [false, true]) {
      const encryption = isEncrypted ? { passphrase: PASSPHRASE, kdf: 'PBKDF2' as const } : 'plaintext';
      const { bytes } = await writtenBytes({ encryption }, async (snapshot) => {
        for (let index = 0; index < COUNT; index++) await snapshot.add(file(pathOf(index), contentOf(index)));
      });
      bytesOf.set(isEncrypted, bytes);
    }
  });
  afterEach(async () => {
    for (const archive of archives.splice(0)) await archive.close();
  });

  async function open(isEncrypted = false, change?: (bytes: Uint8Array) => void): Promise<Opened> {
    const bytes = bytesOf.get(isEncrypted)!.slice();
    change?.(bytes);
    const archive = await opened(bytes, isEncrypted ? PASSPHRASE : undefined);
    archives.push(archive);
    const { blobs } = archive.parts;
    const decodeRun = blobs.decodeRun.bind(blobs);
    let count = 0;
    blobs.decodeRun = (indexes, options) => {
      count += indexes.length;
      return decodeRun(indexes, options);
    };
    const [snapshot] = await archive.snapshots();
    return { archive, snapshot: snapshot!, ahead: () => count };
  }

  async function filesIn(snapshot: SnapshotReader): Promise<SnapshotEntry[]> {
    return (await collected(snapshot.walk('/'))).filter(({ info }) => isRegular(info.mode));
  }

  /** In the order of the objects of their contents. */
  function inFileOrder(archive: ArchiveReader, entries: readonly SnapshotEntry[]): SnapshotEntry[] {
    const { blobs } = archive.parts.state;
    const place = (entry: SnapshotEntry): number =>
      blobs.offset(blobs.find(ResourceType.object, entry.objectId!));
    return entries.toSorted((left, right) => place(left) - place(right));
  }

  async function assertContent(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<void> {
    const index = Number(entry.path.split('-').at(-1));
    const content = await snapshot.bytes(entry, 1 << 20);
    assert.equal(Buffer.compare(content, contentOf(index)), 0, entry.path);
  }

  for (const isEncrypted of [false, true]) {
    it(`gives what was written in every order${isEncrypted ? ', encrypted' : ''}`, async () => {
      const { archive, snapshot, ahead } = await open(isEncrypted);
      const entries = await filesIn(snapshot);
      assert.equal(entries.length, COUNT);
      const inFile = inFileOrder(archive, entries);
      let before = ahead();
      for (const entry of inFile) await assertContent(snapshot, entry);
      assert.ok(ahead() - before > COUNT, 'nothing was read ahead');
      before = ahead();
      for (const entry of inFile.toReversed()) await assertContent(snapshot, entry);
      assert.ok(ahead() - before > COUNT, 'nothing was read ahead where reading goes back');
      before = ahead();
      for (let step = 0; step < COUNT; step++) await assertContent(snapshot, inFile[(step * 1009) % COUNT]!);
      assert.ok(ahead() - before < COUNT, 'most was read ahead for nothing');
    });
  }

  it('gives entries and contents without waiting, the same as with it', async () => {
    const { archive, snapshot } = await open();
    let peeked = 0;
    for (const entry of inFileOrder(archive, await filesIn(snapshot))) {
      const content = snapshot.peekContent(entry);
      if (content === undefined) {
        await assertContent(snapshot, entry);
        continue;
      }
      peeked++;
      const index = Number(entry.path.split('-').at(-1));
      assert.equal(Buffer.compare(content, contentOf(index)), 0, entry.path);
    }
    assert.ok(peeked > COUNT / 2, `only ${peeked} of ${COUNT}`);
  });

  it('gives several readers what each asks for', async () => {
    const { snapshot } = await open();
    const entries = await filesIn(snapshot);
    const part = COUNT / 3;
    await Promise.all(
      [0, 1, 2, 0].map(async (which) => {
        for (const entry of entries.slice(which * part, (which + 1) * part)) {
          await assertContent(snapshot, entry);
        }
      }),
    );
  });

  it('says what is wrong with the one blob that is damaged', async () => {
    const { archive, snapshot } = await open();
    const entries = await filesIn(snapshot);
    const damaged = entries[COUNT >> 1]!;
    const { blobs } = archive.parts.state;
    const chunk = (await snapshot.object(damaged))!.chunks![0]!;
    const offset = blobOffset(archive.parts, blobs.find(ResourceType.chunk, chunk.contentMac));
    const other = await open(false, (bytes) => {
      bytes[offset + 40]! ^= 1;
    });
    for (const entry of entries) {
      if (entry.path !== damaged.path) await assertContent(other.snapshot, entry);
      else await assert.rejects(other.snapshot.bytes(entry, 1 << 20), /chunk/);
    }
  });
});
