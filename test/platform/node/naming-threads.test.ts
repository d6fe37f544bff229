/** Contents whose chunks are named by worker threads: the archive is what the caller alone would write, and nothing that fails is left behind. */
import assert from 'node:assert/strict';
import { ArchiveWriter } from '../../../src/format/archive-writer.ts';
import { blobCodec } from '../../../src/format/blob-codec.ts';
import { checkArchive } from '../../../src/format/check.ts';
import {
  compressionConfiguration,
  type Configuration,
  DEFAULT_CHUNKING,
  PTAR_PACKFILE,
} from '../../../src/format/configuration.ts';
import { timestampFromMs } from '../../../src/format/index.ts';
import { keysOf } from '../../../src/format/keys.ts';
import type { BlobThreads, HashingAlgorithm, Primitives } from '../../../src/format/ports.ts';
import type { EntryRecord } from '../../../src/format/source-record.ts';
import { blobThreads } from '../../../src/platform/node/blob-threads.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';
import { MemorySink } from '../../format/memory-store.ts';
import { collected, file, NOW_MS, opened, SNAPSHOT } from '../../format/written-archive.ts';
import { countingPrimitives, started } from './test-threads.ts';

/** Bytes of a chunk of zeros, in which there is no boundary. */
const CHUNK_SIZE_MAX = 1 << 20;

const NOISE = generatedBytes('noise', 1, 6_000_000);
const TEXT = generatedBytes('text', 2, 4_000_000);

/** `bytes` that come in blocks, of which only so many can be read. */
function blocks(path: string, bytes: Uint8Array, readable = bytes.length): EntryRecord {
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.length; start += 300_000) {
      if (start >= readable) throw new Error('the disk gave up');
      yield bytes.subarray(start, Math.min(start + 300_000, bytes.length));
      await Promise.resolve();
    }
  };
  return { ...file(path, bytes), content };
}

/** Contents that repeat each other's chunks in all ways, with one that breaks off, and small ones between them. */
const RECORDS: readonly EntryRecord[] = [
  blocks('/noise', NOISE),
  file('/small', generatedBytes('text', 9, 5000)),
  blocks('/again', NOISE),
  blocks(
    '/changed',
    Buffer.concat([NOISE.subarray(0, 2_500_000), TEXT.subarray(0, 900), NOISE.subarray(2_500_000)]),
  ),
  blocks('/twice', Buffer.concat([TEXT, TEXT])),
  blocks('/broken', generatedBytes('noise', 3, 5_000_000), 3_000_000),
  blocks('/zeros', generatedBytes('zeros', 4, 3 * CHUNK_SIZE_MAX + 5000)),
  // The last chunk of the content before it.
  file('/end', generatedBytes('zeros', 4, 5000)),
  file('/empty', ''),
  blocks('/one-block', generatedBytes('noise', 5, 290_000)),
];

/** Threads that are asked for every name, and take longer for every other one. */
class NamingThreads implements BlobThreads {
  named = 0;
  readonly #threads: BlobThreads;
  readonly #name: BlobThreads['name'];

  constructor(threads: BlobThreads, name: BlobThreads['name'] = (batch) => threads.name(batch)) {
    this.#threads = threads;
    this.#name = name;
  }

  get width(): number {
    return this.#threads.width;
  }

  get isIdle(): boolean {
    return this.width > 0;
  }

  get buffers(): BlobThreads['buffers'] {
    return this.#threads.buffers;
  }

  start: BlobThreads['start'] = (work) => {
    this.#threads.start(work);
  };
  pause = (): Promise<void> => this.#threads.pause();
  encode: BlobThreads['encode'] = (batch) => this.#threads.encode(batch);
  decode: BlobThreads['decode'] = (batch) => this.#threads.decode(batch);
  close = (): void => {
    this.#threads.close();
  };

  name: BlobThreads['name'] = async (batch) => {
    const isLate = this.named++ % 2 === 0;
    const named = await this.#name(batch);
    for (let turn = 0; isLate && turn < 20; turn++) await this.pause();
    return named;
  };
}

/** An archive of `records` in chunks of some 64 KiB, and the snapshot's errors. */
async function written(
  records: readonly EntryRecord[],
  threads?: Primitives['threads'],
  hashing: HashingAlgorithm = 'BLAKE3',
): Promise<{ bytes: Uint8Array; errors: readonly string[] }> {
  const primitives = countingPrimitives(threads);
  const configuration: Configuration = {
    timestamp: timestampFromMs(NOW_MS),
    repositoryId: new Uint8Array(16),
    packfile: PTAR_PACKFILE,
    chunking: { ...DEFAULT_CHUNKING, sizeMin: 16 << 10, sizeNormal: 64 << 10, sizeMax: CHUNK_SIZE_MAX },
    hashing: { algorithm: hashing, bits: 256 },
    compression: compressionConfiguration('LZ4'),
    encryption: undefined,
  };
  const keys = keysOf(primitives, configuration, undefined);
  const codec = blobCodec(primitives, keys, 'LZ4');
  if (codec.threads !== undefined) await started(codec.threads);
  const sink = new MemorySink();
  const archive = new ArchiveWriter(sink, configuration, keys, codec, primitives, () => NOW_MS);
  try {
    await archive.begin();
    const snapshot = archive.beginSnapshot(SNAPSHOT);
    const errors: string[] = [];
    for (const record of records) {
      const error = await snapshot.add(record);
      if (error !== undefined) errors.push(`${record.path}: ${error}`);
    }
    await snapshot.finish();
    await archive.close();
    return { bytes: sink.bytes, errors };
  } catch (error) {
    await archive.abort();
    assert.equal(sink.outcome, 'aborted');
    throw error;
  }
}

describe('naming in worker threads', function () {
  this.timeout(120_000);

  for (const hashing of ['BLAKE3', 'SHA256'] as const) {
    it(`gives the same archive as the caller alone: ${hashing}`, async () => {
      const alone = await written(RECORDS, undefined, hashing);
      assert.deepEqual(alone.errors, ['/broken: the disk gave up']);
      for (const count of [1, 3]) {
        let naming: NamingThreads | undefined;
        const threads: Primitives['threads'] = (settings) =>
          (naming = new NamingThreads(blobThreads(settings, count)));
        const { bytes, errors } = await written(RECORDS, threads, hashing);
        assert.deepEqual(errors, alone.errors);
        assert.ok((naming?.named ?? 0) > 50, `${naming?.named} batches were named`);
        assert.ok(Buffer.from(alone.bytes).equals(bytes), `${count} threads`);
      }
    });
  }

  it('gives contents that are intact, each chunk once', async () => {
    const { bytes } = await written(RECORDS, (settings) => new NamingThreads(blobThreads(settings, 2)));
    const archive = await opened(bytes);
    assert.deepEqual(await collected(checkArchive(archive)), []);
    const [snapshot] = await archive.snapshots();
    const contents = {
      '/noise': NOISE,
      '/again': NOISE,
      '/twice': Buffer.concat([TEXT, TEXT]),
      '/end': new Uint8Array(5000),
      '/empty': new Uint8Array(0),
    };
    for (const [path, expected] of Object.entries(contents)) {
      const entry = await snapshot!.entry(path);
      assert.equal(entry.info.size, expected.length);
      const content = await snapshot!.bytes(entry, expected.length + 1);
      assert.ok(Buffer.from(content).equals(expected), path);
    }
    assert.ok(bytes.length < NOISE.length + 9_000_000, `${bytes.length} bytes: contents are stored twice`);
    await archive.close();
  });

  it('ends with its error, and the archive with it, where a thread ends', async () => {
    let left = 5;
    const threads: Primitives['threads'] = (settings) => {
      const real = blobThreads(settings, 1);
      const name: BlobThreads['name'] = (batch) =>
        left-- > 0
          ? real.name(batch)
          : Promise.reject(new Error('a worker thread has ended before its work'));
      return new NamingThreads(real, name);
    };
    await assert.rejects(written(RECORDS, threads), /a worker thread has ended/);
    assert.ok(left < 0);
  });
});
