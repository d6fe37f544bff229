/** The FastCDC kernel against the portable cut function. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chunkBoundary, chunkCut, type ChunkLimits } from '../../src/format/fastcdc.ts';
import { scanBoundary } from '../../src/kernels/index.ts';
import { generatedBytes } from '../format/generated-bytes.ts';

const kernelCut = chunkCut(scanBoundary);

function lengths(cut: typeof chunkBoundary, bytes: Uint8Array, limits: ChunkLimits): number[] {
  const found: number[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = cut(bytes, start, bytes.length, limits);
    found.push(length);
    start += length;
  }
  return found;
}

describe('FastCDC kernel', () => {
  it('cuts as the portable function, at the sizes of the format', () => {
    const limits = { sizeMin: 512 << 10, sizeNormal: 1 << 20, sizeMax: 8 << 20 };
    for (const kind of ['noise', 'text', 'zeros'] as const) {
      const bytes = generatedBytes(kind, 1, 20_000_000);
      assert.deepEqual(lengths(kernelCut, bytes, limits), lengths(chunkBoundary, bytes, limits), kind);
    }
  });

  it('cuts as the portable function, at arbitrary sizes and places', () => {
    const bytes = generatedBytes('noise', 2, 400_000);
    const size = fc.record({
      min: fc.integer({ min: 64, max: 4000 }),
      bits: fc.integer({ min: 7, max: 16 }),
    });
    fc.assert(
      fc.property(
        size,
        fc.nat(300_000),
        fc.integer({ min: 1, max: 300_000 }),
        ({ min, bits }, start, more) => {
          const sizeNormal = Math.max(1 << bits, 1 << (32 - Math.clz32(min)));
          const limits = { sizeMin: min, sizeNormal, sizeMax: sizeNormal + more };
          const end = Math.min(bytes.length, start + more);
          assert.equal(kernelCut(bytes, start, end, limits), chunkBoundary(bytes, start, end, limits));
        },
      ),
      { numRuns: 300 },
    );
  });
});
