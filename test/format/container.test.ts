/** Prologue, trailer and wrapped objects: every way in which they can contradict the file. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PtarErrorCode } from '../../src/errors.ts';
import { concatBytes, viewOf } from '../../src/format/bytes.ts';
import {
  encodePrologue,
  encodeTrailer,
  joinContainer,
  PROLOGUE_LENGTH,
  readContainer,
  TRAILER_LENGTH,
} from '../../src/format/container.ts';
import { CONFIGURATION_LENGTH_MAX } from '../../src/format/limits.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import { STATE_VERSIONS, VERSION_1_0_0, versionOf } from '../../src/format/resource-type.ts';
import { unwrapObject, wrapObject, WRAPPED_OVERHEAD } from '../../src/format/wrapped-object.ts';
import { withCode } from './expected-error.ts';
import { MemorySource } from './memory-store.ts';

const part = (size: number): Uint8Array => new Uint8Array(WRAPPED_OVERHEAD + size);
const archive = (): Uint8Array => joinContainer(part(10), part(20), part(30));

function changed(change: (bytes: Uint8Array, trailer: DataView) => void): Uint8Array {
  const bytes = archive();
  change(bytes, viewOf(bytes.subarray(bytes.length - TRAILER_LENGTH)));
  return bytes;
}

async function refuses(bytes: Uint8Array, code: PtarErrorCode): Promise<void> {
  await assert.rejects(readContainer(new MemorySource(bytes)), withCode(code));
}

describe('container', () => {
  it('gives back where the parts stand', async () => {
    const sizes = fc.tuple(fc.nat(500), fc.nat(500), fc.nat(500));
    await fc.assert(
      fc.asyncProperty(sizes, async ([a, b, c]) => {
        const lengths = [a, b, c].map((size) => size + WRAPPED_OVERHEAD) as [number, number, number];
        const layout = await readContainer(new MemorySource(joinContainer(part(a), part(b), part(c))));
        assert.deepEqual(layout, {
          configuration: { offset: PROLOGUE_LENGTH, length: lengths[0] },
          packfile: { offset: PROLOGUE_LENGTH + lengths[0], length: lengths[1] },
          state: { offset: PROLOGUE_LENGTH + lengths[0] + lengths[1], length: lengths[2] },
        });
      }),
    );
  });

  it('tells a foreign file from a cut one', async () => {
    await refuses(new Uint8Array(), 'FORMAT_TRUNCATED');
    await refuses(Buffer.from('PK\x03\x04 is a zip'), 'FORMAT_FOREIGN');
    await refuses(Buffer.from('_PLATA'), 'FORMAT_FOREIGN');
    await refuses(Buffer.from('_PLATAR_'), 'FORMAT_TRUNCATED');
    const whole = archive();
    for (let length = PROLOGUE_LENGTH; length < 204; length++) {
      await refuses(whole.subarray(0, length), 'FORMAT_TRUNCATED');
    }
  });

  it('refuses other versions', async () => {
    await refuses(
      changed((bytes) => viewOf(bytes).setUint32(8, versionOf(1, 0, 1), true)),
      'FORMAT_VERSION',
    );
    await refuses(
      changed((bytes) => viewOf(bytes).setUint32(8, versionOf(2, 0, 0), true)),
      'FORMAT_VERSION',
    );
    await refuses(
      changed((bytes) => viewOf(bytes).setUint32(8, versionOf(0, 9, 0), true)),
      'FORMAT_LAYOUT',
    );
  });

  it('refuses every trailer but the one that fits', async () => {
    const place = fc.nat(5);
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -100n, max: 400n }),
    );
    await fc.assert(
      fc.asyncProperty(place, value, async (index, wrong) => {
        const bytes = changed((_, trailer) => trailer.setBigInt64(index * 8, wrong, true));
        if (Buffer.compare(bytes, archive()) === 0) return;
        await refuses(bytes, 'FORMAT_LAYOUT');
      }),
      { numRuns: 500 },
    );
  });

  it('refuses bytes between the state and the trailer', async () => {
    const lengths = { configuration: 58, packfile: 68, state: 78 };
    await refuses(
      concatBytes([
        encodePrologue(),
        part(10),
        part(20),
        part(30),
        new Uint8Array(1),
        encodeTrailer(lengths),
      ]),
      'FORMAT_LAYOUT',
    );
  });

  it('refuses a configuration above its limit', async () => {
    const longest = CONFIGURATION_LENGTH_MAX - WRAPPED_OVERHEAD;
    await readContainer(new MemorySource(joinContainer(part(longest), part(0), part(0))));
    await refuses(joinContainer(part(longest + 1), part(0), part(0)), 'FORMAT_LIMIT');
  });
});

describe('wrapped object', () => {
  const expected = { type: 3, versions: STATE_VERSIONS, offset: 100 };
  const hasher = (): ReturnType<typeof portablePrimitives.hash> => portablePrimitives.hash('BLAKE3');
  const wrapped = (): Uint8Array => wrapObject(3, VERSION_1_0_0, Uint8Array.of(1, 2, 3), hasher());
  const unwrap = (bytes: Uint8Array): unknown => unwrapObject(bytes, expected, hasher());

  it('gives back data and version', () => {
    assert.deepEqual(unwrap(wrapped()), { data: Uint8Array.of(1, 2, 3), version: VERSION_1_0_0 });
    assert.deepEqual(
      unwrapObject(wrapObject(3, VERSION_1_0_0, new Uint8Array(), hasher()), expected, hasher()),
      {
        data: new Uint8Array(),
        version: VERSION_1_0_0,
      },
    );
  });

  it('knows the older magic', () => {
    const bytes = wrapped().subarray(0, 19);
    bytes.set(Buffer.from('_PLAKAR_'));
    const mac = hasher();
    mac.update(bytes);
    assert.deepEqual(unwrap(concatBytes([bytes, mac.digest()])), {
      data: Uint8Array.of(1, 2, 3),
      version: VERSION_1_0_0,
    });
  });

  it('notices every flipped bit', () => {
    const bits = wrapped().length * 8;
    for (let bit = 0; bit < bits; bit++) {
      const bytes = wrapped();
      bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      const at = bit >>> 3;
      const code = at < 12 ? 'FORMAT_LAYOUT' : at < 16 ? 'FORMAT_VERSION' : 'INTEGRITY_MAC';
      // 1.1.0 is a version of the state, too: one bit away.
      const isKnownVersion = at === 13 && (bit & 7) === 0;
      assert.throws(() => unwrap(bytes), withCode(isKnownVersion ? 'INTEGRITY_MAC' : code), `bit ${bit}`);
    }
  });

  it('refuses an envelope without room for header and MAC', () => {
    assert.throws(() => unwrap(new Uint8Array(WRAPPED_OVERHEAD - 1)), withCode('FORMAT_TRUNCATED'));
  });
});
