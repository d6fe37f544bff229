/** What goes into an archive comes out of it, whatever the algorithms: property over trees. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openArchive } from '../../src/format/archive-reader.ts';
import type { CreateOptions } from '../../src/format/archive-writer.ts';
import { checkArchive } from '../../src/format/check.ts';
import { isDirectory, isRegular, MODE_DIRECTORY, MODE_SYMLINK } from '../../src/format/file-mode.ts';
import { baseName, comparePaths, parentPath } from '../../src/format/path.ts';
import { type EntryRecord, plainFileInfo } from '../../src/format/source-record.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySource } from './memory-store.ts';
import { archiveOf, collected, file, opened, writtenBytes } from './written-archive.ts';

const passphrase = Buffer.from('correct horse battery staple');

/** PBKDF2 is the cheapest key derivation; the seal is the same under all. */
const algorithms: fc.Arbitrary<Partial<CreateOptions>> = fc.record({
  encryption: fc.constantFrom('plaintext' as const, { passphrase, kdf: 'PBKDF2' as const }),
  compression: fc.constantFrom('LZ4' as const, 'GZIP' as const, 'none' as const),
  hashing: fc.constantFrom('BLAKE3' as const, 'SHA256' as const),
});

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'web.yaml', 'é', '\udcff\udcfe', '...', 'a b'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..'),
);
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join('/')}`);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(
      fc.constantFrom('zeros' as const, 'noise' as const, 'text' as const),
      fc.integer({ min: 1, max: 99 }),
      fc.constantFrom(65_535, 65_536, 65_537, 200_000),
    )
    .map(([kind, seed, size]) => generatedBytes(kind, seed, size)),
);
const time = fc.record(
  { seconds: fc.bigInt({ min: -(2n ** 33n), max: 2n ** 35n }), nanoseconds: fc.nat(999_999_999) },
  { noNullPrototype: true },
);

/** One record: a file, a link or a directory, with every fact that an entry keeps. */
const record: fc.Arbitrary<{ entry: EntryRecord; bytes: Uint8Array }> = fc
  .record({
    path,
    kind: fc.constantFrom('file', 'file', 'file', 'link', 'directory'),
    bytes: content,
    modTime: time,
    permissions: fc.nat(0o777),
    ids: fc.tuple(fc.nat(), fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    target: fc.string({ minLength: 1 }).filter((text) => text.isWellFormed()),
    attribute: fc.option(
      fc.tuple(fc.constantFrom('user.note', 'security.capability'), fc.uint8Array({ maxLength: 100 })),
    ),
  })
  .map(({ path, kind, bytes, modTime, permissions, ids, target, attribute }) => {
    const type = kind === 'file' ? 0 : kind === 'link' ? MODE_SYMLINK : MODE_DIRECTORY;
    const [uid, gid, inode] = ids;
    const size = kind === 'file' ? bytes.length : 0;
    const info = {
      ...plainFileInfo(baseName(path), (type | permissions) >>> 0, modTime, size),
      uid,
      gid,
      inode,
      userName: 'kæte',
    };
    const entry: EntryRecord = {
      path,
      info,
      ...(kind === 'file' && { content: () => [bytes] }),
      ...(kind === 'link' && { symlinkTarget: target }),
      ...(attribute && { extendedAttributes: [{ name: attribute[0], value: attribute[1] }] }),
    };
    return { entry, bytes };
  });

/** Without paths below files and links, and without repetition: what a file system can hold. */
const tree = fc.array(record, { maxLength: 25 }).map((records) => {
  const kept = new Map<string, (typeof records)[number]>();
  for (const item of records) {
    if (!kept.has(item.entry.path)) kept.set(item.entry.path, item);
  }
  const holds = (parent: string): boolean => {
    const item = kept.get(parent);
    return (
      (item === undefined || isDirectory(item.entry.info.mode)) &&
      (parent === '/' || holds(parentPath(parent)))
    );
  };
  return [...kept.values()].filter(({ entry }) => holds(parentPath(entry.path)));
});

describe('round trip', () => {
  it('gives back every tree under every algorithm', async () => {
    await fc.assert(
      fc.asyncProperty(algorithms, tree, async (options, records) => {
        const { bytes, snapshot: written } = await writtenBytes(options, async (snapshot) => {
          for (const { entry } of records) assert.equal(await snapshot.add(entry), undefined);
        });
        const archive = await opened(bytes, passphrase);
        assert.equal(archive.encrypted, options.encryption !== 'plaintext');
        const [snapshot] = await archive.snapshots();
        assert.equal(snapshot?.id, written.id);
        const entries = await collected(snapshot.walk('/'));
        assert.equal(entries.length, written.entries);
        const paths = entries.map((entry) => entry.path);
        assert.deepEqual((await collected(snapshot.walkPathBatches('/'))).flat(), paths);
        const found = new Map(entries.map((entry) => [entry.path, entry]));
        for (const { entry: expected, bytes: contents } of records) {
          const entry = found.get(expected.path);
          assert.deepEqual({ ...entry?.info }, { flags: 0, ...expected.info });
          assert.equal(entry?.symlinkTarget, expected.symlinkTarget);
          if (isRegular(expected.info.mode)) {
            assert.equal(Buffer.compare(await snapshot.bytes(entry!, contents.length), contents), 0);
          }
          for (const { name: attribute, value } of expected.extendedAttributes ?? []) {
            assert.deepEqual(new Uint8Array(await snapshot.extendedAttribute(entry!, attribute)), value);
          }
        }
        const implied = entries.length - records.length;
        assert.ok(implied >= 0 && (records.some(({ entry }) => entry.path === '/') || found.has('/')));
        assert.deepEqual(await collected(checkArchive(archive)), []);
      }),
      { numRuns: 30 },
    );
  });

  it('lists children in the order of their bytes and walks a directory before them', async () => {
    const names = ['/b', '/a/z', '/a/b/c', '/a-', '/\u{10000}', '/\uffff'];
    const archive = await archiveOf(...names.map((each) => file(each, each)));
    const [snapshot] = await archive.snapshots();
    const walked = (await collected(snapshot!.walk('/'))).map((entry) => entry.path);
    assert.deepEqual((await collected(snapshot!.walkPathBatches('/'))).flat(), walked);
    assert.deepEqual(walked, ['/', '/a', '/a/b', '/a/b/c', '/a/z', '/a-', '/b', '/\uffff', '/\u{10000}']);
    assert.deepEqual(await collected(snapshot!.childNames('/a')), ['b', 'z']);
    assert.deepEqual([...walked].sort(comparePaths).slice(0, 2), ['/', '/a']);
    assert.deepEqual(await collected(snapshot!.children('/b')), []);
  });

  it('lists paths as it walks entries, over many leaves and where names begin alike', async () => {
    const folders = ['a', 'a-', 'a-/a', 'a/b', 'a/b-', 'a/b-c', 'a/b/c', 'a.b', 'b', 'b/a/a/a'];
    const paths = folders.flatMap((folder) => Array.from({ length: 60 }, (_, at) => `/${folder}/f${at}`));
    const archive = await archiveOf(...paths.map((each) => file(each, 'x')));
    const [snapshot] = await archive.snapshots();
    for (const top of ['/', '/a', '/a-', '/a/b', '/b', '/b/a/a', '/b/f7']) {
      const walked = (await collected(snapshot!.walk(top))).map((entry) => entry.path);
      assert.deepEqual((await collected(snapshot!.walkPathBatches(top))).flat(), walked, top);
    }
  });

  it('finds a snapshot by the beginning of its id', async () => {
    const archive = await archiveOf(file('/a', 'x'));
    const [snapshot] = await archive.snapshots();
    const id = snapshot!.id;
    assert.equal((await archive.snapshot(id.slice(0, 5).toUpperCase())).id, id);
    for (const wrong of ['', 'zz', `${id}0`, id.startsWith('0') ? '1' : '0']) {
      await assert.rejects(archive.snapshot(wrong), withCode('NOT_FOUND_SNAPSHOT'));
    }
  });

  it('says what is not there', async () => {
    const archive = await archiveOf(file('/a', 'x'));
    const [snapshot] = await archive.snapshots();
    await assert.rejects(snapshot!.entry('/b'), withCode('NOT_FOUND_PATH'));
    const entry = await snapshot!.entry('/a/');
    await assert.rejects(snapshot!.extendedAttribute(entry, 'user.none'), withCode('NOT_FOUND_PATH'));
    await assert.rejects(snapshot!.bytes(entry, 0), withCode('FORMAT_LIMIT'));
  });

  it('asks for a passphrase only where one is needed, once', async () => {
    const { bytes } = await writtenBytes({ encryption: { passphrase, kdf: 'PBKDF2' } }, () =>
      Promise.resolve(),
    );
    let asked = 0;
    const ask = (answer: Uint8Array | undefined) => () => {
      asked++;
      return Promise.resolve(answer);
    };
    const source = new MemorySource(bytes);
    await assert.rejects(openArchive(source, { primitives: nodePrimitives }), withCode('KEY_MISSING'));
    assert.equal(source.isClosed, true);
    await assert.rejects(
      openArchive(new MemorySource(bytes), { primitives: nodePrimitives, passphrase: ask(undefined) }),
      withCode('KEY_MISSING'),
    );
    await assert.rejects(
      openArchive(new MemorySource(bytes), {
        primitives: nodePrimitives,
        passphrase: ask(Buffer.from('no')),
      }),
      withCode('KEY_WRONG'),
    );
    const archive = await openArchive(new MemorySource(bytes), {
      primitives: nodePrimitives,
      passphrase: ask(passphrase),
    });
    assert.equal(asked, 3);
    const again = await openArchive(new MemorySource(bytes), {
      primitives: nodePrimitives,
      key: archive.key!,
    });
    assert.equal(again.repositoryId, archive.repositoryId);
    await assert.rejects(
      openArchive(new MemorySource(bytes), { primitives: nodePrimitives, key: new Uint8Array(31) }),
      withCode('KEY_WRONG'),
    );
    const { bytes: plain } = await writtenBytes({}, () => Promise.resolve());
    await openArchive(new MemorySource(plain), { primitives: nodePrimitives, passphrase: ask(passphrase) });
    assert.equal(asked, 3);
  });

  it('stops opening and checking when cancelled, and closes the source', async () => {
    const { bytes } = await writtenBytes({}, async (snapshot) => {
      await snapshot.add(file('/a', 'x'));
    });
    const source = new MemorySource(bytes);
    const aborted = AbortSignal.abort();
    await assert.rejects(
      openArchive(source, { primitives: nodePrimitives, signal: aborted }),
      withCode('CANCELLED'),
    );
    assert.equal(source.isClosed, true);
    const archive = await opened(bytes);
    await assert.rejects(collected(checkArchive(archive, { signal: aborted })), withCode('CANCELLED'));
    const late = new AbortController();
    const onProgress = (): void => late.abort();
    await assert.rejects(
      collected(checkArchive(archive, { signal: late.signal, onProgress })),
      withCode('CANCELLED'),
    );
  });

  it('tells how far a check has come, up to the whole', async () => {
    const archive = await archiveOf(file('/a', 'x'), file('/b', 'y'));
    const steps: (readonly [done: number, total: number])[] = [];
    await collected(checkArchive(archive, { onProgress: (done, total) => steps.push([done, total]) }));
    assert.deepEqual(
      [...steps].sort(([a], [b]) => a - b),
      steps,
    );
    const [done, total] = steps.at(-1);
    assert.ok(total > 0 && done <= total);
  });

  it('counts blobs by type', async () => {
    const archive = await archiveOf(file('/a', 'x'), file('/b', 'x'), file('/c', 'y'));
    const { size, blobs } = archive.statistics();
    assert.equal(size, archive.parts.source.size);
    assert.equal(blobs.get('chunk')?.count, 2);
    assert.equal(blobs.get('object')?.count, 2);
    assert.equal(blobs.get('vfsEntry')?.count, 4);
    assert.equal(blobs.get('snapshot')?.count, 1);
  });
});
