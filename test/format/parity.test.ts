/** Parity sidecars: what they promise to repair is repaired bit by bit, and what they cannot repair is said. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  burstLengthMax,
  checkGeometry,
  groupsOf,
  HEADER_LENGTH,
  type ParityGeometry,
  planParity,
  sidecarLength,
} from '../../src/format/parity-layout.ts';
import { checkParity, readParityHeader } from '../../src/format/parity-reader.ts';
import type { ParityReport } from '../../src/format/parity-report.ts';
import { createParity } from '../../src/format/parity-writer.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

const options = { primitives: nodePrimitives };

async function sidecarOf(file: Uint8Array, geometry = planParity(file.length)): Promise<Uint8Array> {
  const sink = new MemorySink();
  const result = await createParity(new MemorySource(file), sink, { ...options, geometry });
  assert.equal(sink.bytes.length, result.size);
  return Uint8Array.from(sink.bytes);
}

/** Repairs `damaged` as `src/operations` does. */
async function repaired(
  damaged: Uint8Array,
  sidecar: Uint8Array,
): Promise<{ file: Uint8Array; report: ParityReport }> {
  const { geometry } = await readParityHeader(new MemorySource(sidecar), nodePrimitives);
  const file = new Uint8Array(geometry.fileLength);
  file.set(damaged.subarray(0, geometry.fileLength));
  const report = await checkParity(
    new MemorySource(damaged),
    new MemorySource(sidecar),
    options,
    (offset, bytes) => {
      file.set(bytes, offset);
      return Promise.resolve();
    },
  );
  return { file, report };
}

function overwritten(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let at = start; at < Math.min(bytes.length, start + length); at++) copy[at]! ^= 0x5a;
  return copy;
}

describe('parity', () => {
  describe('geometry', () => {
    it('covers every length, and lets a burst of four fifths of the parity be repaired', () => {
      fc.assert(
        fc.property(
          fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 2 ** 40 })),
          fc.integer({ min: 1, max: 20 }),
          (fileLength, percent) => {
            const geometry = planParity(fileLength, percent);
            const { blockSize, stripes, columns, rows } = geometry;
            checkGeometry(geometry);
            assert.ok(blockSize * stripes * columns >= fileLength);
            assert.ok(burstLengthMax(geometry) >= Math.min(fileLength, 0.008 * percent * fileLength));
            // Of files that are not tiny it costs what was asked for, but for rounding to whole rows.
            if (fileLength > 2e7) assert.ok(rows / columns < percent / 100 + 0.02, `${rows} of ${columns}`);
          },
        ),
        { numRuns: 2000 },
      );
    });

    it('places groups one after the other', () => {
      const geometry = planParity(3_000_000_000);
      const groups = [...groupsOf(geometry)];
      assert.ok(groups.length > 10);
      assert.equal(groups[0]!.offset, HEADER_LENGTH);
      const last = groups.at(-1);
      const lastOnly = { ...geometry, stripes: last.stripes };
      assert.equal(last.offset - HEADER_LENGTH + sidecarLength(lastOnly), sidecarLength(geometry));
      assert.equal(last.firstStripe + last.stripes, geometry.stripes);
    });

    it('refuses what makes no sense', () => {
      assert.throws(() => planParity(0), withCode('USAGE'));
      assert.throws(() => planParity(100, 0.5), withCode('USAGE'));
      assert.throws(() => planParity(100, 21), withCode('USAGE'));
      assert.throws(() => planParity(2 ** 45), withCode('USAGE'));
      const sound = planParity(50_000_000);
      const wrong: Partial<ParityGeometry>[] = [
        { columns: 201 },
        { rows: 0 },
        { rows: 51 },
        { blockSize: 64 },
        { stripes: 1 },
        { groupStripes: 17 },
        { fileLength: 0 },
        { columns: 3 },
      ];
      for (const change of wrong) {
        assert.throws(() => checkGeometry({ ...sound, ...change }), /parity: /, JSON.stringify(change));
      }
    });
  });

  describe('repair', () => {
    it('gives back any burst of 4 %, wherever it is, bit by bit', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 200_000 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.nat(),
          async (length, where, seed) => {
            const file = generatedBytes('noise', seed + 1, length);
            const sidecar = await sidecarOf(file);
            const burst = Math.ceil(0.04 * length);
            const damaged = overwritten(file, Math.floor(where * (length - burst)), burst);
            const { file: result, report } = await repaired(damaged, sidecar);
            assert.ok(Buffer.from(result).equals(file));
            assert.ok(report.damagedBlocks > 0);
            assert.equal(report.lostBlocks, 0);
          },
        ),
        { numRuns: 40 },
      );
    });

    it('works across stripes and groups', async () => {
      const file = generatedBytes('noise', 5, 27_000_001);
      const geometry = { ...planParity(file.length), groupStripes: 2 };
      assert.ok(geometry.stripes > 2, 'more than one group');
      const sidecar = await sidecarOf(file, geometry);
      const burst = Math.floor(file.length * 0.04);
      for (const start of [5_000_001, file.length - burst]) {
        const { file: result, report } = await repaired(overwritten(file, start, burst), sidecar);
        assert.ok(Buffer.from(result).equals(file), `burst at ${start}`);
        assert.equal(report.damaged.length, 1);
      }
      assert.ok(sidecar.length < 0.056 * file.length, `${sidecar.length} for ${file.length}`);
    });

    it('gives back a tail that was cut off', async () => {
      const file = generatedBytes('text', 5, 150_000);
      const { file: result, report } = await repaired(file.subarray(0, 145_000), await sidecarOf(file));
      assert.ok(Buffer.from(result).equals(file));
      assert.equal(report.foundSize, 145_000);
      assert.equal(report.damaged.at(-1)!.offset + report.damaged.at(-1)!.length, file.length);
    });

    it('says at once that more is cut off than it can give back', async () => {
      const file = generatedBytes('text', 5, 150_000);
      const sidecar = new MemorySource(await sidecarOf(file));
      const cut = new MemorySource(file.subarray(0, 100_000));
      await assert.rejects(checkParity(cut, sidecar, options), withCode('FORMAT_TRUNCATED'));
      assert.equal(cut.bytesRead, 0);
    });

    it('gives back scattered damage as long as no stripe has more than its parity', async () => {
      const file = generatedBytes('noise', 9, 100_000);
      const { geometry } = await readParityHeader(new MemorySource(await sidecarOf(file)), nodePrimitives);
      const sidecar = await sidecarOf(file);
      let damaged = file;
      for (let block = 0; block < geometry.rows; block++) {
        damaged = overwritten(damaged, block * 7 * geometry.blockSize, 3);
      }
      const { file: result } = await repaired(damaged, sidecar);
      assert.ok(Buffer.from(result).equals(file));
      const { report } = await repaired(overwritten(damaged, 90_000, 1), sidecar);
      assert.equal(report.lostBlocks, geometry.rows + 1);
      assert.equal(report.lost.length, report.damaged.length);
    });

    it('finds nothing in a file that is sound', async () => {
      const file = generatedBytes('text', 2, 70_001);
      const { report } = await repaired(file, await sidecarOf(file, planParity(file.length, 10)));
      assert.deepEqual(
        [report.damagedBlocks, report.lostBlocks, report.damagedParityBlocks, report.unknownHashes],
        [0, 0, 0, 0],
      );
    });
  });

  describe('damage to the sidecar', () => {
    it('in one place leaves it able to repair the file', async () => {
      const file = generatedBytes('noise', 4, 120_000);
      const sidecar = await sidecarOf(file);
      const damagedFile = overwritten(file, 60_000, 1_000);
      for (const [start, length] of [
        [0, 100],
        [HEADER_LENGTH, 3_000],
        [sidecar.length - 3_000, 3_000],
        [Math.floor(sidecar.length / 2), 1_200],
      ] as const) {
        const { file: result, report } = await repaired(damagedFile, overwritten(sidecar, start, length));
        assert.ok(Buffer.from(result).equals(file), `damage at ${start}`);
        assert.equal(report.lostBlocks, 0);
      }
    });

    it('never makes it give back other bytes', async () => {
      const file = generatedBytes('noise', 8, 20_000);
      const sidecar = await sidecarOf(file);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(sidecar.length - 1), fc.integer({ min: 1, max: 3000 })), {
            minLength: 1,
            maxLength: 6,
          }),
          fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 1500 })),
          async (sidecarDamage, [start, length]) => {
            let damagedSidecar = sidecar;
            for (const [at, count] of sidecarDamage) damagedSidecar = overwritten(damagedSidecar, at, count);
            const damagedFile = overwritten(file, start, length);
            let header;
            try {
              header = await readParityHeader(new MemorySource(damagedSidecar), nodePrimitives);
            } catch (error) {
              withCode('FORMAT_FOREIGN')(error);
              return;
            }
            assert.equal(header.geometry.fileLength, file.length);
            await checkParity(
              new MemorySource(damagedFile),
              new MemorySource(damagedSidecar),
              options,
              (offset, bytes) => {
                assert.deepEqual(bytes, file.subarray(offset, offset + bytes.length));
                return Promise.resolve();
              },
            );
          },
        ),
        { numRuns: 80 },
      );
    });

    it('cut off: what is left of it still serves', async () => {
      const file = generatedBytes('noise', 4, 15_000_000);
      const sidecar = await sidecarOf(file);
      const damaged = overwritten(file, 10, 100);
      const { file: result } = await repaired(damaged, sidecar.subarray(0, sidecar.length - 10_000));
      assert.ok(Buffer.from(result).equals(file));
    });

    it('of both headers is said, and so is a file that is no sidecar', async () => {
      const file = generatedBytes('noise', 4, 10_000);
      const sidecar = await sidecarOf(file);
      const headless = overwritten(overwritten(sidecar, 0, 10), sidecar.length - 10, 10);
      for (const bytes of [headless, file, new Uint8Array(), sidecar.subarray(0, 50)]) {
        await assert.rejects(
          checkParity(new MemorySource(file), new MemorySource(bytes), options),
          withCode('FORMAT_FOREIGN'),
        );
      }
    });
  });

  it('stops when cancelled and leaves nothing', async () => {
    const controller = new AbortController();
    const file = new MemorySource(generatedBytes('noise', 4, 300_000));
    const sink = new MemorySink();
    const onProgress = (): void => controller.abort();
    await assert.rejects(
      createParity(file, sink, { ...options, signal: controller.signal, onProgress }),
      withCode('CANCELLED'),
    );
    assert.equal(sink.outcome, 'aborted');
  });

  it('reads the file once', async () => {
    const file = new MemorySource(generatedBytes('noise', 4, 14_000_000));
    let last = 0;
    await createParity(file, new MemorySink(), { ...options, onProgress: (done) => (last = done) });
    assert.equal(file.bytesRead, file.size);
    assert.equal(last, file.size);
  });
});
