/** The fast primitives against the portable ones: the same bytes, both ways, at sizes around every switch of method. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FormatError, IntegrityError, KeyError } from '../../../src/errors.ts';
import { portablePrimitives } from '../../../src/format/portable-primitives.ts';
import type { KdfCost } from '../../../src/format/ports.ts';
import { SEGMENT_SIZE, sealedLength } from '../../../src/format/sealing.ts';
import { argon2idInWorker } from '../../../src/platform/node/argon2id.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';
import { batchOpener, batchSealer } from '../../../src/platform/node/wasm-sealer.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';

const key = generatedBytes('noise', 1, 32);

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function assertEqualBytes(actual: Uint8Array, expected: Uint8Array, message?: string): void {
  assert.equal(actual.length, expected.length, message);
  assert.equal(Buffer.compare(actual, expected), 0, message);
}

describe('fast primitives: hashes and MACs', () => {
  for (const algorithm of ['BLAKE3', 'SHA256'] as const) {
    it(`${algorithm} equals the portable one`, () => {
      const mac = nodePrimitives.macKey(algorithm, key);
      const portableMac = portablePrimitives.macKey(algorithm, key);
      for (const length of [0, 1, 300, 3000, 65_536, 65_537, 200_000]) {
        const bytes = generatedBytes('noise', 2, length);
        assert.equal(hex(mac.mac(bytes)), hex(portableMac.mac(bytes)), `mac of ${length}`);
        const [running, portableHash] = [mac.begin(), portablePrimitives.hash(algorithm)];
        const hash = nodePrimitives.hash(algorithm);
        for (let start = 0; start < length; start += 7001) {
          const part = bytes.subarray(start, start + 7001);
          for (const each of [running, hash, portableHash]) each.update(part);
        }
        assert.equal(hex(running.digest()), hex(portableMac.mac(bytes)), `running mac of ${length}`);
        assert.equal(hex(hash.digest()), hex(portableHash.digest()), `hash of ${length}`);
      }
    });
  }
});

describe('fast primitives: statistics of bytes', () => {
  const { entropy, classes } = nodePrimitives.byteStatistics;
  const { byteStatistics: portable } = portablePrimitives;

  it('have the entropy that the portable ones have, to the last bit', () => {
    for (const length of [0, 1, 2, 7, 63, 64, 255, 4095, 4103, 65_536, 65_537, 300_001]) {
      for (const kind of ['text', 'noise'] as const) {
        const bytes = generatedBytes(kind, length, length);
        assert.equal(entropy(bytes), portable.entropy(bytes), `${length} bytes of ${kind}`);
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000, max: 40 }), (bytes) => {
        assert.equal(entropy(bytes), portable.entropy(bytes));
      }),
    );
  });

  it('find the classes that the portable ones find', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const length of [1, 15, 16, 17, 100]) {
        const bytes = new Uint8Array(length).fill(0x61);
        bytes[length - 1] = byte;
        assert.equal(classes(bytes), portable.classes(bytes), `byte ${byte} at the end of ${length}`);
      }
    }
    assert.equal(classes(new Uint8Array()), 0);
  });
});

describe('fast primitives: sealing', () => {
  const fast = nodePrimitives.sealer(key);
  const portable = portablePrimitives.sealer(key);
  const sizes = [
    0,
    1,
    16,
    300,
    767,
    768,
    5000,
    SEGMENT_SIZE - 1,
    SEGMENT_SIZE,
    SEGMENT_SIZE + 1,
    3 * SEGMENT_SIZE,
  ];

  for (const size of sizes) {
    it(`opens what the portable sealer seals and the other way round: ${size} bytes`, () => {
      const plaintext = generatedBytes('noise', 3, size);
      assertEqualBytes(portable.open(fast.seal(plaintext)), plaintext);
      assertEqualBytes(fast.open(portable.seal(plaintext)), plaintext);
    });
  }

  it('round trip of arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000, size: 'max' }), (plaintext) => {
        assert.deepEqual(fast.open(fast.seal(plaintext)), plaintext);
      }),
    );
  });

  it('seals and opens many at once as one by one', () => {
    for (const count of [1, 7, 8, 100]) {
      const plaintexts = Array.from({ length: count }, (_, index) =>
        generatedBytes('text', index, index * 37),
      );
      const lengths = plaintexts.map(({ length }) => sealedLength(length));
      const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length));
      const seal = batchSealer(key, count);
      let end = 0;
      const places = plaintexts.map((plaintext, index) => ({
        at: end,
        end: (end = seal(plaintext, index, bytes, end)),
      }));
      assert.equal(end, bytes.length);
      const sealed = places.map(({ at, end }) => bytes.subarray(at, end));
      for (const [index, one] of sealed.entries()) {
        assertEqualBytes(portable.open(one), plaintexts[index]!, `${index} of ${count}`);
      }
      const damaged = count >> 1;
      sealed[damaged]![3]! ^= 1;
      const open = batchOpener(key, { bytes, lengths });
      for (const [index, plaintext] of plaintexts.entries()) {
        const target = new Uint8Array(plaintext.length);
        assert.equal(open(sealed[index]!, index, target), index !== damaged);
        if (index !== damaged) assertEqualBytes(target, plaintext);
      }
    }
  });
  it('seals under another subkey and nonce each time', () => {
    const plaintext = generatedBytes('text', 4, 100);
    const sealed = new Set(Array.from({ length: 500 }, () => hex(fast.seal(plaintext).subarray(0, 52))));
    assert.equal(sealed.size, 500);
  });

  it('opens nothing that was changed, cut or put together anew', () => {
    const refuses = (sealed: Uint8Array, message: string): void => {
      assert.throws(
        () => fast.open(sealed),
        (error) => error instanceof IntegrityError && error.code === 'INTEGRITY_SEAL',
        message,
      );
    };
    for (const size of [40, 2100, 2 * SEGMENT_SIZE + 10]) {
      const sealed = fast.seal(generatedBytes('noise', 5, size));
      for (const at of [0, 39, 40, 51, 52, 60, sealed.length - 17, sealed.length - 1]) {
        const changed = sealed.slice();
        changed[at] = (changed[at] ?? 0) ^ 1;
        refuses(changed, `byte ${at} of ${size}`);
      }
      for (const length of [0, 39, 41, 68, sealed.length - 1]) {
        refuses(sealed.subarray(0, length), `cut to ${length}`);
      }
    }
    const other = nodePrimitives.sealer(generatedBytes('noise', 6, 32));
    refuses(other.seal(new Uint8Array(40)), 'another key');
  });
});

describe('fast primitives: compression', () => {
  it('LZ4 and GZIP round trips within the limit', () => {
    const plain = generatedBytes('text', 7, 100_000);
    for (const algorithm of ['LZ4', 'GZIP'] as const) {
      const compressed = nodePrimitives.compress(algorithm, plain);
      assertEqualBytes(nodePrimitives.decompress(algorithm, compressed, plain.length), plain);
      assert.throws(
        () => nodePrimitives.decompress(algorithm, compressed, plain.length - 1),
        (error) => error instanceof FormatError && error.code === 'FORMAT_LIMIT',
      );
      const empty = nodePrimitives.compress(algorithm, new Uint8Array(0));
      assert.equal(nodePrimitives.decompress(algorithm, empty, 0).length, 0);
      const one = nodePrimitives.compress(algorithm, Uint8Array.of(1));
      assert.throws(
        () => nodePrimitives.decompress(algorithm, one, 0),
        (error) => error instanceof FormatError && error.code === 'FORMAT_LIMIT',
      );
      assert.throws(
        () => nodePrimitives.decompress(algorithm, compressed.subarray(0, 1000), plain.length),
        (error) => error instanceof FormatError && error.code === 'FORMAT_COMPRESSION',
      );
    }
    assertEqualBytes(
      portablePrimitives.decompress('LZ4', nodePrimitives.compress('LZ4', plain), 1 << 20),
      plain,
    );
  });
});

describe('fast primitives: key derivation', () => {
  const salt = generatedBytes('noise', 8, 16);
  const passphrase = new TextEncoder().encode('correct horse');
  const argon2id = {
    kdf: 'ARGON2ID',
    salt,
    iterations: 2,
    memoryKiB: 64,
    parallelism: 2,
    keyLength: 32,
  } as const;
  const costs: readonly KdfCost[] = [
    argon2id,
    { kdf: 'SCRYPT', salt, n: 1024, r: 8, p: 2, keyLength: 32 },
    { kdf: 'PBKDF2', salt, iterations: 1000, hashing: 'SHA256', keyLength: 32 },
    { kdf: 'PBKDF2', salt, iterations: 50, hashing: 'BLAKE3', keyLength: 32 },
  ];
  for (const cost of costs) {
    it(`${cost.kdf}${cost.kdf === 'PBKDF2' ? ` with ${cost.hashing}` : ''} equals the portable one`, async () => {
      const derived = await nodePrimitives.deriveKey(cost, passphrase);
      assert.equal(hex(derived), hex(await portablePrimitives.deriveKey(cost, passphrase)));
    });
  }

  it('Argon2id in a worker leaves the main thread live and the passphrase as it is', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const before = hex(passphrase);
    await argon2idInWorker({ ...argon2id, memoryKiB: 32 * 1024, iterations: 4 }, passphrase);
    clearInterval(timer);
    assert.ok(turns > 3, `${turns} turns`);
    assert.equal(hex(passphrase), before);
  });

  it('says that Argon2id did not get its memory', async () => {
    await assert.rejects(
      argon2idInWorker({ ...argon2id, memoryKiB: 8 * 1024 * 1024 }, passphrase),
      (error) => error instanceof KeyError && error.code === 'KEY_COST' && error.message.includes('8192 MiB'),
    );
  });
});
