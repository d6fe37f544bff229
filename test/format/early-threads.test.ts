import assert from 'node:assert/strict';
import { blobCodec } from '../../src/format/blob-codec.ts';
import { withEarlyThreads } from '../../src/format/early-threads.ts';
import { archiveKeys } from '../../src/format/keys.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';

/** Primitives, and what is done with threads, in order. */
function watched() {
  const events: string[] = [];
  const holdThreads = (work: string) => {
    events.push(`hold to ${work}`);
    return () => void events.push('let go');
  };
  const keys = archiveKeys(nodePrimitives, 'BLAKE3', new Uint8Array(16), new Uint8Array(32));
  const codec = blobCodec(nodePrimitives, keys, 'LZ4');
  assert.ok(codec.threads);
  const threads = Object.create(codec.threads, {
    start: { value: (work: string) => void events.push(`start to ${work}`) },
  }) as typeof codec.threads;
  return { events, primitives: { holdThreads }, codec: { ...codec, threads } };
}

describe('threads that start while a key is derived', () => {
  it('are there for the codec before they are let go', async () => {
    const { events, primitives, codec } = watched();
    const prepared = await withEarlyThreads(primitives, 'encode', () => {
      events.push('derive');
      return Promise.resolve({ codec, key: 1 });
    });
    assert.equal(prepared.key, 1);
    assert.deepEqual(events, ['hold to encode', 'derive', 'start to encode', 'let go']);
  });

  it('are let go where there is no key', async () => {
    const { events, primitives } = watched();
    const failing = withEarlyThreads(primitives, 'decode', () => Promise.reject(new Error('no key')));
    await assert.rejects(failing, /no key/);
    assert.deepEqual(events, ['hold to decode', 'let go']);
  });

  it('do not start where there is no work for them', async () => {
    const { events, primitives, codec } = watched();
    await withEarlyThreads(primitives, undefined, () => Promise.resolve({ codec }));
    assert.deepEqual(events, []);
  });
});
