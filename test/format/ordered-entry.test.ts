/** Entries whose fields come in order are read another way than others, and give the same. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPtarError } from '../../src/errors.ts';
import { concatBytes } from '../../src/format/bytes.ts';
import { decodeEntry, encodeEntry, newEntry } from '../../src/format/entry.ts';
import type { StoredEntry } from '../../src/format/stored-entry.ts';
import { readOrderedEntry } from '../../src/format/ordered-entry.ts';
import { emptySummary } from '../../src/format/summary.ts';

/** Bytes of the head of the map, and of the field `version` behind it in the whole form. */
const HEAD_LENGTH = 1;
const VERSION_LENGTH = 13;

const text = fc.oneof(fc.constantFrom('', 'root', 'application/x-yaml', 'é', 'a\udc80'), fc.string());
const number = fc.oneof(fc.constantFrom(0, 1, 127, 128, 65_535, 65_536, 2 ** 32), fc.maxSafeNat());
const entry: fc.Arbitrary<StoredEntry> = fc
  .record({
    name: text,
    parentPath: text,
    size: fc.oneof(number, fc.constantFrom(-1, -40_000)),
    mode: fc.nat(0xffff_ffff),
    seconds: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
    nanoseconds: fc.nat(999_999_999),
    device: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    uid: number,
    userName: text,
    symlinkTarget: text,
    contentType: text,
    entropy: fc.constantFrom(0, 1.5, 0.1),
    chunks: number,
    object: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    hasSummary: fc.boolean(),
  })
  .map(({ name, size, mode, seconds, nanoseconds, device, uid, userName, hasSummary, ...rest }) => {
    const modTime = { seconds, nanoseconds };
    const owner = { uid, gid: uid, userName, groupName: userName };
    const fileInfo = { name, size, mode, modTime, device, inode: device >> 3n, ...owner, linkCount: 1 };
    return newEntry({ ...rest, fileInfo, summary: hasSummary ? emptySummary() : undefined });
  });

/** The same entry with its first field behind the others, which only the record reads. */
function reordered(whole: Uint8Array): Uint8Array {
  const end = HEAD_LENGTH + VERSION_LENGTH;
  return concatBytes([whole.subarray(0, HEAD_LENGTH), whole.subarray(end), whole.subarray(HEAD_LENGTH, end)]);
}

function outcome(bytes: Uint8Array): unknown {
  try {
    return decodeEntry(bytes);
  } catch (error) {
    if (!isPtarError(error)) throw error;
    // Where it stands differs.
    return error.message.replace(/ \(at byte .*\)$/, '');
  }
}

describe('entries in order', () => {
  it('are read in both forms, whatever was expected', () => {
    fc.assert(
      fc.property(entry, text, fc.boolean(), (stored, other, isRight) => {
        const expected = isRight
          ? { name: stored.fileInfo.name, parentPath: stored.parentPath }
          : { name: other, parentPath: other };
        assert.deepEqual(readOrderedEntry(encodeEntry(stored), expected), stored);
        const short = readOrderedEntry(encodeEntry(stored, 'short'), expected);
        assert.deepEqual(short, { ...stored, entropy: Math.fround(stored.entropy) });
      }),
    );
  });

  it('give the same as in another order', () => {
    fc.assert(
      fc.property(entry, (stored) => {
        const whole = encodeEntry(stored);
        assert.equal(readOrderedEntry(reordered(whole), { name: '', parentPath: '' }), undefined);
        assert.deepEqual(decodeEntry(reordered(whole)), decodeEntry(whole));
      }),
    );
  });

  it('are refused as they are in another order', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.nat(255), (stored, at, value) => {
        const whole = encodeEntry(stored);
        const start = HEAD_LENGTH + VERSION_LENGTH;
        const damaged = whole.slice();
        damaged[start + (at % (whole.length - start))] = value;
        const [ordered, other] = [outcome(damaged), outcome(reordered(damaged))];
        // Bytes that are wanted at the end are those of `version` in the other order.
        if (typeof ordered === 'string' || typeof other === 'string') {
          assert.equal(typeof ordered, typeof other);
        } else assert.deepEqual(ordered, other);
      }),
      { numRuns: 1000 },
    );
  });

  it('have nothing behind them and no field twice', () => {
    const whole = encodeEntry(newEntry({ parentPath: '/', fileInfo: newFileInfo() }));
    assert.throws(() => decodeEntry(concatBytes([whole, Uint8Array.of(0xc0)])), /bytes after the end/);
    const twice = concatBytes([whole, whole.subarray(HEAD_LENGTH, HEAD_LENGTH + VERSION_LENGTH)]);
    twice[0] = (twice[0] ?? 0) + 1;
    assert.throws(() => decodeEntry(twice), /field "version" twice/);
  });
});

function newFileInfo(): StoredEntry['fileInfo'] {
  return decodeEntry(Uint8Array.of(0x80)).fileInfo;
}
