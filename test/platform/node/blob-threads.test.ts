/** Worker threads: what they encode and decode is what this thread would, and they leave nothing behind. */
import assert from 'node:assert/strict';
import { createArchive } from '../../../src/format/archive-writer.ts';
import { blobCodec } from '../../../src/format/blob-codec.ts';
import { checkArchive } from '../../../src/format/check.ts';
import { archiveKeys } from '../../../src/format/keys.ts';
import { type BlobThreads, NOT_DECODED, type Primitives } from '../../../src/format/ports.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import type * as blobThreadsModule from '../../../src/platform/node/blob-threads.ts';
import { blobThreads } from '../../../src/platform/node/blob-threads.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';
import { withCode } from '../../format/expected-error.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';
import { MemorySink } from '../../format/memory-store.ts';
import { collected, file, NOW_MS, opened, SNAPSHOT } from '../../format/written-archive.ts';
import { countingPrimitives, started } from './test-threads.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const PLAIN = { hashing: 'SHA256', macKey: KEY, archiveKey: undefined, compression: undefined } as const;

/** An archive of many small files and some large ones; `begun` is awaited before the first. */
async function written(
  primitives: Primitives,
  encryption?: Uint8Array,
  begun?: () => Promise<void>,
): Promise<Uint8Array> {
  const sink = new MemorySink();
  const archive = await createArchive(sink, {
    primitives,
    encryption: encryption === undefined ? 'plaintext' : { passphrase: encryption, kdf: 'PBKDF2' },
    now: () => NOW_MS,
  });
  await begun?.();
  const snapshot = archive.beginSnapshot(SNAPSHOT);
  for (let index = 1; index <= 2000; index++) {
    await snapshot.add(file(`/small/${index}`, generatedBytes('text', index, 100 + (index % 1900))));
  }
  for (const [index, kind] of (['text', 'noise', 'zeros'] as const).entries()) {
    await snapshot.add(file(`/large/${kind}`, generatedBytes(kind, 7 + index, 3_000_000)));
  }
  await snapshot.finish();
  await archive.close();
  return sink.bytes;
}

describe('worker threads', function () {
  this.timeout(120_000);

  it('give the same archive, however many there are', async () => {
    const expected = await written(countingPrimitives(undefined));
    for (const count of [0, 1, 3]) {
      let threads: BlobThreads | undefined;
      const primitives = countingPrimitives((settings) => (threads = blobThreads(settings, count)));
      const begun = async (): Promise<void> => {
        if (threads !== undefined && count > 0) await started(threads);
      };
      const bytes = await written(primitives, undefined, begun);
      assert.ok(Buffer.from(expected).equals(bytes), `${count} threads`);
      assert.equal(threads?.width, 0);
    }
  });

  it('seal what opens again', async () => {
    const passphrase = Buffer.from('correct horse battery staple');
    const archive = await opened(await written(nodePrimitives, passphrase), passphrase);
    assert.deepEqual(await collected(checkArchive(archive)), []);
    await archive.close();
  });

  it('decode and verify, and leave to the caller what is wrong', async () => {
    const settings = {
      hashing: 'BLAKE3',
      macKey: KEY,
      archiveKey: KEY,
      compression: { algorithm: 'LZ4', effort: 'fast' },
    } as const;
    const primitives = { ...nodePrimitives, threads: undefined };
    const keys = archiveKeys(primitives, 'BLAKE3', new Uint8Array(16), KEY);
    const codec = blobCodec(primitives, keys, 'LZ4');
    const texts = [10, 70_000, 0, 300].map((size) => generatedBytes('text', 3, size));
    const stored = texts.map((text) => codec.encode(text));
    stored[3]![60]! ^= 1;
    const ids = Buffer.concat(texts.map((text) => keys.mac.mac(text)));
    const threads = blobThreads(settings, 1);
    await started(threads);
    const { bytes, lengths } = await threads.decode({
      bytes: Uint8Array.from(Buffer.concat(stored)),
      lengths: Uint32Array.from(stored, ({ length }) => length),
      types: new Uint8Array(4).fill(ResourceType.chunk),
      ids: Uint8Array.from(ids),
      wanted: Uint8Array.of(1, 0, 1, 1),
      sizeMax: 1 << 20,
    });
    threads.close();
    assert.deepEqual([...lengths], [10, 70_000, 0, NOT_DECODED]);
    assert.deepEqual(Buffer.from(bytes), Buffer.from(texts[0]!));
  });

  it('answer what was asked before they were closed, and start again', async () => {
    for (let round = 0; round < 2; round++) {
      const threads = blobThreads(PLAIN, 2);
      await started(threads);
      const answers = Array.from({ length: 5 }, (_, index) =>
        threads.encode({ bytes: new Uint8Array(10).fill(index), lengths: Uint32Array.of(4, 6) }),
      );
      threads.close();
      assert.equal(threads.width, 0);
      for (const [index, { bytes, lengths }] of (await Promise.all(answers)).entries()) {
        assert.deepEqual([...bytes], new Array(10).fill(index));
        assert.deepEqual([...lengths], [4, 6]);
      }
    }
  });

  it('know the archives that began before them', async () => {
    const first = blobThreads(PLAIN, 2);
    await started(first);
    const second = blobThreads(PLAIN, 3);
    await started(second, 'decode', 3);
    const answers = Array.from({ length: 6 }, () =>
      first.encode({ bytes: new Uint8Array(10), lengths: Uint32Array.of(10) }),
    );
    for (const { lengths } of await Promise.all(answers)) assert.deepEqual([...lengths], [10]);
    first.close();
    second.close();
  });

  it('wait for the archive whose key is being derived, and end when they are let go', async () => {
    // Threads of its own: other suites leave archives open.
    const module = new URL('../../../src/platform/node/blob-threads.ts?alone=.ts', import.meta.url);
    const alone = (await import(module.href)) as typeof blobThreadsModule;
    const letGo = alone.holdBlobThreads('encode', 2);
    const before = alone.blobThreads(PLAIN, 2);
    await started(before);
    before.close();
    const kept = alone.blobThreads(PLAIN, 2);
    kept.start('encode');
    assert.equal(kept.width, 1, 'the same thread, at once');
    kept.close();
    letGo();
    const after = alone.blobThreads(PLAIN, 2);
    after.start('encode');
    assert.equal(after.width, 0, 'a new thread, which is not there yet');
    after.close();
  });

  it('end with an archive that fails', async () => {
    const archive = await createArchive(new MemorySink(4_000_000), {
      primitives: nodePrimitives,
      encryption: 'plaintext',
    });
    const snapshot = archive.beginSnapshot(SNAPSHOT);
    await assert.rejects(async () => {
      for (let index = 1; ; index++) {
        await snapshot.add(file(`/${index}`, generatedBytes('noise', index, 400_000)));
      }
    }, withCode('CONNECTOR_NO_SPACE'));
    await archive.abort();
  });
});
