/**
 * What we write, the reference checks and reads as we do; what the reference writes, we do. Over encryption, key derivation,
 * compression, hashing, signatures, several snapshots, and a tree with everything that a file system can hold.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CreateOptions } from '../../src/format/index.ts';
import { fixtures } from '../format/fixtures.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { reencode } from '../format/reencoding.ts';
import { requirement } from '../requirements.ts';
import { AWKWARD_SIZES, buildAwkwardTree } from './awkward-tree.ts';
import {
  checkOurs,
  folderSource,
  snapshotSource,
  walkOurs,
  withOurReader,
  writeOurs,
} from './our-archive.ts';
import { isHeaderLine, reference, type BlobLine, type ReferenceWriteOptions } from './reference.ts';

const PASSPHRASE = 'correct horse battery staple';
const CASE_LIMIT_MS = 180_000;

interface Case {
  readonly name: string;
  readonly ours: Omit<CreateOptions, 'primitives'>;
  readonly theirs: ReferenceWriteOptions;
}

function combination(
  kdf: 'ARGON2ID' | 'SCRYPT' | 'PBKDF2' | undefined,
  compression: 'LZ4' | 'GZIP' | 'none',
  hashing: 'BLAKE3' | 'SHA256',
): Case {
  const passphrase = Buffer.from(PASSPHRASE);
  return {
    name: `${kdf ?? 'plaintext'}, ${compression}, ${hashing}`,
    ours: { encryption: kdf === undefined ? 'plaintext' : { passphrase, kdf }, compression, hashing },
    theirs: {
      ...(kdf === undefined ? { plaintext: true } : { kdf: lower(kdf), passphrase: PASSPHRASE }),
      compression: lower(compression),
      hashing: lower(hashing),
    },
  };
}

const lower = <T extends string>(text: T): Lowercase<T> => text.toLowerCase() as Lowercase<T>;

const cases: readonly Case[] = [
  combination(undefined, 'LZ4', 'BLAKE3'),
  combination(undefined, 'GZIP', 'SHA256'),
  combination(undefined, 'none', 'BLAKE3'),
  combination('ARGON2ID', 'LZ4', 'BLAKE3'),
  combination('SCRYPT', 'GZIP', 'BLAKE3'),
  combination('PBKDF2', 'none', 'SHA256'),
  combination('PBKDF2', 'LZ4', 'SHA256'),
];

describe('both ways', function () {
  this.timeout(CASE_LIMIT_MS);
  let directory = '';
  let tree = '';
  let written = 0;
  const newArchive = (): string => path.join(directory, `${String(++written)}.ptar`);
  before(requirement('reference'));
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'ptar-both-ways-'));
    tree = path.join(directory, 'tree');
    await buildAwkwardTree(tree);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  for (const { name, ours, theirs } of cases) {
    it(`the reference reads what we write: ${name}`, async () => {
      const archive = newArchive();
      await writeOurs(archive, [await folderSource(tree)], ours);
      const { snapshots } = await reference.check(archive, theirs);
      assert.deepEqual(
        snapshots.map(({ ok, signed, error }) => ({ ok, signed, error })),
        [{ ok: true, signed: true, error: undefined }],
      );
      const lines = await reference.walk(archive, { ...theirs, details: true });
      assert.deepEqual(lines.slice(1), await walkOurs(archive, theirs.passphrase));
      const records = await reference.reencode(archive, theirs);
      const short = records.filter(({ equal }) => !equal);
      assert.deepEqual([...new Set(short.map(({ type }) => type))].sort(), ['object', 'vfs-entry']);
      for (const { type, stored = '', reencoded } of short) {
        const resourceType = type === 'object' ? ResourceType.object : ResourceType.vfsEntry;
        const whole = reencode(resourceType, Buffer.from(stored, 'base64')) ?? new Uint8Array();
        assert.equal(Buffer.from(whole).toString('base64'), reencoded);
      }
    });

    it(`we read what the reference writes: ${name}`, async () => {
      const archive = newArchive();
      await reference.write(archive, [tree], { ...theirs, sign: true });
      assert.deepEqual(await checkOurs(archive, theirs.passphrase), []);
      const lines = await reference.walk(archive, { ...theirs, details: true });
      assert.deepEqual(await walkOurs(archive, theirs.passphrase), lines.slice(1));
    });
  }

  it('the reference reads what we compress harder', async () => {
    const archive = newArchive();
    await writeOurs(archive, [await folderSource(tree)], { encryption: 'plaintext', compression: 'LZ4:9' });
    const { snapshots } = await reference.check(archive);
    assert.deepEqual(
      snapshots.map(({ ok }) => ok),
      [true],
    );
    assert.deepEqual((await reference.walk(archive, { details: true })).slice(1), await walkOurs(archive));
  });

  it('both cut files into the same chunks', async () => {
    const archive = newArchive();
    await writeOurs(archive, [await folderSource(tree)], { encryption: 'plaintext' });
    await withOurReader(archive, undefined, async (reader) => {
      const [snapshot] = await reader.snapshots();
      for (const name of [...AWKWARD_SIZES.map(String), 'zeros', 'noise', 'copy']) {
        const file = path.join(tree, 'sizes', name);
        const lengths: number[] = [];
        for await (const chunk of snapshot!.content(await snapshot!.entry(file))) lengths.push(chunk.length);
        assert.deepEqual(lengths, await reference.chunks(file), name);
      }
    });
  });

  for (const hashing of ['BLAKE3', 'SHA256'] as const) {
    it(`both give the same ids under one RepositoryID: ${hashing}`, async () => {
      const archive = newArchive();
      await reference.write(archive, [tree], { plaintext: true, hashing: lower(hashing) });
      await assertSameIds(archive, newArchive());
    });
  }
  for (const fixture of fixtures.filter(({ passphrase }) => passphrase === undefined)) {
    it(`written again, ${fixture.name} of stock Plakar keeps its ids`, () =>
      assertSameIds(fixture.archive, newArchive()));
  }

  it('several snapshots share one archive, ours and theirs', async () => {
    const sources = ['names', 'modes', 'types'].map((name) => path.join(tree, name));
    const [mine, their] = [newArchive(), newArchive()];
    const ids = await writeOurs(mine, await Promise.all(sources.map(folderSource)), {
      encryption: 'plaintext',
    });
    const { snapshots } = await reference.write(their, sources, { plaintext: true });
    for (const { archive, expected } of [
      { archive: mine, expected: ids },
      { archive: their, expected: snapshots },
    ]) {
      const lines = await reference.walk(archive, { details: true });
      const headers = lines.filter(isHeaderLine);
      assert.deepEqual(
        headers.map(({ snapshot }) => snapshot),
        [...expected].sort(),
      );
      assert.deepEqual(
        await walkOurs(archive),
        lines.filter((line) => !isHeaderLine(line)),
      );
      assert.ok((await reference.check(archive)).snapshots.every(({ ok }) => ok));
    }
  });
});

/** Content and what describes it. Trees are left out: the reference leaves nodes half full that we fill. */
const RECORD_TYPES: ReadonlySet<string> = new Set([
  'chunk',
  'object',
  'vfs-entry',
  'xattr-entry',
  'error-entry',
  'vfs-summary',
]);

/**
 * Writes what the plaintext archive `original` holds into `copy`, in whole records, and asserts that every record of ours is, under the same id, also
 * theirs. Theirs has more: chunks and objects of the dirpack index, which we leave out.
 */
async function assertSameIds(original: string, copy: string): Promise<void> {
  await withOurReader(original, undefined, async (reader) => {
    const { repositoryId } = reader.configuration;
    const hashing = reader.configuration.hashing.algorithm === 'SHA256' ? 'SHA256' : 'BLAKE3';
    const sources = (await reader.snapshots()).map(snapshotSource);
    await writeOurs(copy, sources, { encryption: 'plaintext', repositoryId, hashing, records: 'whole' });
  });
  const theirs = new Set((await reference.blobs(original)).map(blobName));
  const ours = (await reference.blobs(copy)).filter(({ type }) => RECORD_TYPES.has(type)).map(blobName);
  assert.ok(ours.length > 0);
  assert.deepEqual(
    ours.filter((name) => !theirs.has(name)),
    [],
  );
}

function blobName({ type, mac }: BlobLine): string {
  return `${type} ${mac}`;
}
