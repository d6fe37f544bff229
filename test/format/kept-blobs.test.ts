import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KeptBlobs } from '../../src/format/kept-blobs.ts';

describe('kept blobs', () => {
  it('gives back what was kept, and nothing else', () => {
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 300_000, max: 1_100_000 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(lengths, (lengths) => {
        const kept = new KeptBlobs(2 * lengths.length);
        for (const [at, length] of lengths.entries()) kept.keep(2 * at, new Uint8Array(length).fill(at + 1));
        for (const [at, length] of lengths.entries()) {
          const view = kept.view(2 * at);
          assert.equal(kept.view(2 * at + 1), undefined);
          if (length > 1024 * 1024) assert.equal(view, undefined);
          else assert.deepEqual(view, new Uint8Array(length).fill(at + 1));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps copies', () => {
    const kept = new KeptBlobs(1);
    const plaintext = Uint8Array.of(1, 2, 3);
    kept.keep(0, plaintext);
    plaintext.fill(0);
    assert.deepEqual(kept.view(0), Uint8Array.of(1, 2, 3));
  });

  it('has room for 64 MiB', () => {
    const kept = new KeptBlobs(130);
    const half = new Uint8Array(512 * 1024);
    for (let index = 0; index < 130; index++) {
      assert.equal(kept.hasRoom, index <= 126);
      kept.keep(index, half);
    }
    assert.deepEqual([kept.view(127)?.length, kept.view(128)], [half.length, undefined]);
  });
});
