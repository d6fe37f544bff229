/** Captures that go wrong: one bad item never ends a capture, one bad sink always does. */
import assert from 'node:assert/strict';
import { CancelledError } from '../../src/errors.ts';
import { createArchive } from '../../src/format/archive-writer.ts';
import { checkArchive } from '../../src/format/check.ts';
import { PATH_LENGTH_MAX } from '../../src/format/limits.ts';
import type { SnapshotReader } from '../../src/format/snapshot-reader.ts';
import type { SourceRecord } from '../../src/format/source-record.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink } from './memory-store.ts';
import { archiveOf, collected, directory, file, opened, SNAPSHOT, writtenBytes } from './written-archive.ts';

async function snapshotOf(...records: SourceRecord[]): Promise<SnapshotReader> {
  const archive = await archiveOf(...records);
  assert.deepEqual(await collected(checkArchive(archive)), []);
  const [snapshot] = await archive.snapshots();
  return snapshot!;
}

const pathsOf = async (snapshot: SnapshotReader): Promise<string[]> =>
  (await collected(snapshot.walk('/'))).map(({ path }) => path);

describe('snapshot writer', () => {
  it('makes the directories that no record names', async () => {
    const snapshot = await snapshotOf(file('/a/b/c', 'x'));
    assert.deepEqual(await pathsOf(snapshot), ['/', '/a', '/a/b', '/a/b/c']);
    assert.equal((await snapshot.entry('/a')).info.modTime.seconds, 0n);
  });

  it('takes directories before and after what is in them', async () => {
    const snapshot = await snapshotOf(
      directory('/early'),
      file('/early/a', 'x'),
      file('/late/a', 'x'),
      directory('/late'),
    );
    assert.deepEqual(await pathsOf(snapshot), ['/', '/early', '/early/a', '/late', '/late/a']);
    const times = await Promise.all(
      ['/early', '/late'].map(async (path) => (await snapshot.entry(path)).info.modTime.seconds),
    );
    assert.deepEqual(times, [1_795_269_858n, 1_795_269_858n]);
  });

  it('holds an empty capture', async () => {
    const snapshot = await snapshotOf();
    assert.deepEqual(await pathsOf(snapshot), ['/']);
  });

  it('keeps the first of two items of one path and records the second', async () => {
    const snapshot = await snapshotOf(file('/a', 'first'), file('/a', 'second'));
    const entry = await snapshot.entry('/a');
    assert.equal(Buffer.from(await snapshot.bytes(entry, 10)).toString(), 'first');
    const [error, ...more] = await collected(snapshot.errors());
    assert.equal(error?.path, '/a');
    assert.match(error.error, /twice/);
    assert.deepEqual(more, []);
  });

  it('records paths that an archive cannot hold', async () => {
    for (const path of [
      'relative',
      '/a/../b',
      '/a//b',
      '/a\0',
      '/a/',
      '',
      '/\ud800',
      `/${'x'.repeat(PATH_LENGTH_MAX)}`,
    ]) {
      const snapshot = await snapshotOf(file(path, 'x'), file('/kept', 'y'));
      assert.deepEqual(await pathsOf(snapshot), ['/', '/kept']);
      const errors = await collected(snapshot.errors());
      assert.deepEqual(
        errors.map((each) => each.path),
        ['/'],
      );
    }
  });

  it('records content that fails, before and in the middle', async () => {
    const broken: SourceRecord = {
      ...file('/broken', ''),
      content: async function* () {
        yield await Promise.resolve(generatedBytes('noise', 3, 3_000_000));
        throw new Error('connection reset');
      },
    };
    const absent: SourceRecord = {
      ...file('/absent', ''),
      content: () => {
        throw new Error('no such item');
      },
    };
    const snapshot = await snapshotOf(file('/a', 'x'), broken, absent, {
      path: '/denied/x',
      error: 'forbidden',
    });
    assert.deepEqual(await pathsOf(snapshot), ['/', '/a']);
    assert.deepEqual(await collected(snapshot.errors()), [
      { path: '/absent', error: 'no such item' },
      { path: '/broken', error: 'connection reset' },
      { path: '/denied/x', error: 'forbidden' },
    ]);
    assert.deepEqual(await collected(snapshot.errors('/denied')), [
      { path: '/denied/x', error: 'forbidden' },
    ]);
    assert.equal(snapshot.source.summary.below.errors, 2);
  });

  it('keeps the first of a directory and something else at one path', async () => {
    for (const [records, paths, failed] of [
      [[file('/a', 'x'), file('/a/b/c', 'y')], ['/', '/a'], '/a/b/c'],
      [[file('/a', 'x'), directory('/a/b')], ['/', '/a'], '/a/b'],
      [[file('/a/b/c', 'y'), file('/a', 'x')], ['/', '/a', '/a/b', '/a/b/c'], '/a'],
      [[directory('/a/b'), file('/a', 'x')], ['/', '/a', '/a/b'], '/a'],
      [[directory('/a'), file('/a', 'x')], ['/', '/a'], '/a'],
      [[file('/', 'x')], ['/'], '/'],
    ] as const) {
      const snapshot = await snapshotOf(...records);
      assert.deepEqual(await pathsOf(snapshot), paths);
      const errors = await collected(snapshot.errors());
      assert.deepEqual(
        errors.map((each) => each.path),
        [failed],
      );
    }
  });

  it('passes cancellation of the content on', async () => {
    const sink = new MemorySink();
    const archive = await createArchive(sink, { primitives: nodePrimitives, encryption: 'plaintext' });
    const snapshot = archive.beginSnapshot(SNAPSHOT);
    const content = (): Uint8Array[] => {
      throw new CancelledError();
    };
    await assert.rejects(async () => snapshot.add({ ...file('/a', ''), content }), withCode('CANCELLED'));
    await archive.abort();
    assert.equal(sink.outcome, 'aborted');
  });

  it('passes failures of the sink on, wherever they happen, and leaves nothing', async () => {
    const noise = generatedBytes('noise', 5, 3_000_000);
    const { bytes } = await writtenBytes({ compression: 'none' }, async (snapshot) => {
      await snapshot.add(file('/a', noise));
    });
    for (const failAfter of [
      0,
      11,
      400,
      1_500_000,
      3_000_000,
      bytes.length - 2000,
      bytes.length - 49,
      bytes.length - 1,
    ]) {
      const sink = new MemorySink(failAfter);
      const write = async (): Promise<void> => {
        const archive = await createArchive(sink, {
          primitives: nodePrimitives,
          encryption: 'plaintext',
          compression: 'none',
        });
        try {
          const snapshot = archive.beginSnapshot(SNAPSHOT);
          await snapshot.add(file('/a', noise));
          await snapshot.finish();
        } catch (error) {
          await archive.abort();
          throw error;
        }
        await archive.close();
      };
      await assert.rejects(write(), withCode('CONNECTOR_NO_SPACE'), String(failAfter));
      assert.equal(sink.outcome, 'aborted', String(failAfter));
    }
  });

  it('writes one snapshot at a time and closes none that is open', async () => {
    const sink = new MemorySink();
    const archive = await createArchive(sink, { primitives: nodePrimitives, encryption: 'plaintext' });
    archive.beginSnapshot(SNAPSHOT);
    assert.throws(() => archive.beginSnapshot(SNAPSHOT), withCode('USAGE'));
    await assert.rejects(archive.close(), withCode('USAGE'));
    assert.equal(sink.outcome, 'aborted');
  });

  it('stores equal content once, across snapshots', async () => {
    const sink = new MemorySink();
    const archive = await createArchive(sink, {
      primitives: nodePrimitives,
      encryption: 'plaintext',
      now: () => 0,
    });
    for (const name of ['first', 'second']) {
      const snapshot = archive.beginSnapshot({
        ...SNAPSHOT,
        name,
        tags: [name],
        context: [{ key: 'Client', value: 'test' }],
      });
      snapshot.setSourceContext([['resourceVersion', '7']]);
      await snapshot.add(file('/a', 'same'));
      await snapshot.finish();
    }
    const { deduplicated } = await archive.close();
    assert.ok(deduplicated > 0);
    const read = await opened(sink.bytes);
    assert.equal(read.statistics().blobs.get('chunk')?.count, 1);
    const snapshots = await read.snapshots();
    assert.deepEqual(
      snapshots.map(({ header, source }) => [header.name, header.tags, header.context, source.context]),
      ['first', 'second'].map((name) => [
        name,
        [name],
        [{ key: 'Client', value: 'test' }],
        [{ key: 'resourceVersion', value: '7' }],
      ]),
    );
  });

  it('leaves behind every blob the bytes that stock readers read beyond it', async () => {
    const contents = [
      new Uint8Array(),
      new Uint8Array(8 * 1024 * 1024),
      generatedBytes('noise', 3, 5_000_000),
    ];
    for (const compression of ['none', 'LZ4', 'GZIP'] as const) {
      for (const content of contents) {
        const { bytes } = await writtenBytes({ compression }, async (snapshot) => {
          await snapshot.add(file('/a', content));
        });
        const { layout, state } = (await opened(bytes)).parts;
        for (let index = 0; index < state.blobs.count; index++) {
          const length = state.blobs.length(index);
          const end = layout.packfile.offset + 16 + state.blobs.offset(index) + length;
          const beyond = 2 ** Math.floor((32 - Math.clz32(length)) / 2) - 1;
          assert.ok(
            bytes.length - end >= beyond,
            `${compression}: ${length} bytes, ${bytes.length - end} behind`,
          );
        }
      }
    }
  });

  it('keeps one snapshot when the next one fails in the middle', async () => {
    const sink = new MemorySink();
    const archive = await createArchive(sink, { primitives: nodePrimitives, encryption: 'plaintext' });
    const first = archive.beginSnapshot(SNAPSHOT);
    await first.add(file('/a', 'kept'));
    await first.finish();
    await archive.close();
    assert.equal((await (await opened(sink.bytes)).snapshots()).length, 1);
  });

  it('keeps attributes that sort differently by path and by bytes', async () => {
    const attribute = (name: string): { name: string; value: Uint8Array } => ({
      name,
      value: Buffer.from(name),
    });
    const records = ['/b', '/a/b/c', '/a/b-', '/a-'].map((path) => ({
      ...file(path, path),
      extendedAttributes: [attribute('user.b'), attribute('user.a')],
    }));
    const snapshot = await snapshotOf(...records);
    for (const { path } of records) {
      const entry = await snapshot.entry(path);
      assert.deepEqual(entry.extendedAttributes, ['user.a', 'user.b']);
      assert.equal(Buffer.from(await snapshot.extendedAttribute(entry, 'user.b')).toString(), 'user.b');
    }
  });
});
