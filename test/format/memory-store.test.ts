import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  blobSource,
  checkArchive,
  createArchive,
  MemorySink,
  openArchive,
  plainFileInfo,
  timestampFromMs,
} from '../../src/format/index.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';

describe('archives in memory', () => {
  it('are read range by range from a Blob, and nothing beyond its end', async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const source = blobSource(new Blob([bytes]), 'blob.ptar');
    assert.deepEqual([source.name, source.size], ['blob.ptar', 100]);
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.nat(100), async (offset, length) => {
        if (offset + length <= 100) {
          assert.deepEqual(await source.read(offset, length), bytes.slice(offset, offset + length));
        } else await assert.rejects(source.read(offset, length), withCode('FORMAT_TRUNCATED'));
      }),
    );
    for (const [offset, length] of [
      [-1, 2],
      [0, -1],
      [NaN, 1],
      [0.5, 1],
    ] as const) {
      await assert.rejects(source.read(offset, length), withCode('FORMAT_TRUNCATED'));
    }
  });

  it('are there once they are complete, and not after they were aborted', async () => {
    const sink = new MemorySink('x');
    await sink.write(Buffer.from('ab'));
    assert.equal(sink.bytes, undefined);
    await sink.commit();
    assert.deepEqual(sink.bytes, Uint8Array.from(Buffer.from('ab')));
    const aborted = new MemorySink();
    await aborted.write(Buffer.from('ab'));
    await aborted.abort();
    assert.equal(aborted.bytes, undefined);
  });

  it('hold what was given to them, whatever becomes of the buffers afterwards', async () => {
    for (const compression of ['none', 'LZ4'] as const) {
      const sink = new MemorySink();
      const writer = await createArchive(sink, {
        primitives: nodePrimitives,
        encryption: 'plaintext',
        compression,
      });
      const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: '', directory: '/' } });
      const buffer = Buffer.alloc(1000);
      for (const letter of ['a', 'b', 'c']) {
        buffer.fill(letter);
        const info = plainFileInfo(letter, 0o644, timestampFromMs(0));
        await snapshot.add({ path: `/${letter}`, info, content: () => [buffer] });
        buffer.fill('?');
      }
      await snapshot.finish();
      await writer.close();
      const archive = await openArchive(blobSource(new Blob([sink.bytes!.slice()]), 'x'), {
        primitives: nodePrimitives,
      });
      for await (const finding of checkArchive(archive)) assert.fail(finding.message);
      const [read] = await archive.snapshots();
      for (const letter of ['a', 'b', 'c']) {
        assert.equal(
          Buffer.from(await read!.bytes(await read!.entry(`/${letter}`), 1000)).toString(),
          letter.repeat(1000),
        );
      }
    }
  });
});
