/** A sink that fails at any one of its calls leaves nothing visible, is told to throw away what it has, and its error comes out. */
import assert from 'node:assert/strict';
import { ConnectorError } from '../../src/errors.ts';
import {
  continueArchive,
  copySnapshot,
  createArchive,
  openArchive,
  plainFileInfo,
  timestampFromMs,
  type ArchiveWriter,
  type ByteSink,
  type CreateOptions,
} from '../../src/format/index.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

/** A sink whose call number `failAt` (write, commit) fails once; counts its calls. */
class FaultySink implements ByteSink {
  readonly name = 'faulty.ptar';
  readonly #inner = new MemorySink();
  readonly #failAt: number;
  calls = 0;
  aborted = 0;

  constructor(failAt = Infinity) {
    this.#failAt = failAt;
  }

  get bytes(): Uint8Array {
    return this.#inner.bytes;
  }

  #step(): void {
    if (this.calls++ === this.#failAt) {
      throw new ConnectorError('CONNECTOR_NO_SPACE', 'no space left; free some');
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#step();
    await this.#inner.write(bytes);
  }
  async commit(): Promise<void> {
    this.#step();
    await this.#inner.commit();
  }
  async abort(): Promise<void> {
    this.aborted++;
    await this.#inner.abort();
  }
}

const FORM: Pick<CreateOptions, 'primitives' | 'encryption'> = {
  primitives: nodePrimitives,
  encryption: 'plaintext',
};

async function addFile(writer: ArchiveWriter, seed: number): Promise<void> {
  const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
  const info = plainFileInfo('noise', 0o644, timestampFromMs(0));
  const content = generatedBytes('noise', seed, 3_000_000);
  const reason = await snapshot.add({ path: '/noise', info, content: () => [content] });
  assert.equal(reason, undefined);
  await snapshot.finish();
}

async function oldArchive(): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await createArchive(sink, FORM);
  await addFile(writer, 1);
  await writer.close();
  return sink.bytes;
}

/** What writers do; each begins and completes one archive in the sink. */
const WRITERS: Readonly<Record<string, (sink: ByteSink, old: Uint8Array) => Promise<void>>> = {
  'creating an archive': async (sink) => {
    const writer = await createArchive(sink, FORM);
    await addFile(writer, 2);
    await writer.close();
  },
  'continuing an archive': async (sink, old) => {
    const archive = await openArchive(new MemorySource(old), { primitives: nodePrimitives });
    const writer = await continueArchive(archive, sink, { primitives: nodePrimitives });
    await addFile(writer, 3);
    await writer.close();
  },
  'copying a snapshot': async (sink, old) => {
    const archive = await openArchive(new MemorySource(old), { primitives: nodePrimitives });
    const [snapshot] = await archive.snapshots();
    const writer = await createArchive(sink, { ...FORM, hashing: 'SHA256' });
    await copySnapshot(archive, snapshot!, writer);
    await writer.close();
  },
};

describe('faults of the sink', () => {
  let old: Uint8Array;
  before(async () => {
    old = await oldArchive();
  });

  for (const [name, write] of Object.entries(WRITERS)) {
    it(`at every call while ${name}`, async () => {
      const whole = new FaultySink();
      await write(whole, old);
      assert.ok(whole.calls >= 4, `only ${whole.calls} calls`);
      for (let failAt = 0; failAt < whole.calls; failAt++) {
        const sink = new FaultySink(failAt);
        // As operations do: whatever was thrown, the sink is told.
        const written = write(sink, old).catch(async (error: unknown) => {
          await sink.abort();
          throw error;
        });
        await assert.rejects(written, { code: 'CONNECTOR_NO_SPACE' }, `call ${failAt}`);
        assert.ok(sink.aborted > 0);
        assert.throws(() => sink.bytes, /nothing visible/);
      }
    });
  }
});
