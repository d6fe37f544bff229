import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatAge,
  formatCount,
  formatElapsed,
  formatNumber,
  formatSize,
  formatTime,
} from '../../src/operations/quantities.ts';

const KIB = 1024;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('quantities', () => {
  it('numbers are grouped as people read them in English', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => formatNumber(value) === value.toLocaleString('en-US')),
    );
  });

  for (const [bytes, text] of [
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [KIB, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [99.9 * KIB, '99.9 KiB'],
    [99.96 * KIB, '100 KiB'],
    [999.4 * KIB, '999 KiB'],
    [999.6 * KIB, '1.0 MiB'],
    [KIB ** 3, '1.0 GiB'],
    [5 * KIB ** 5, '5.0 PiB'],
    [5000 * KIB ** 5, '5000 PiB'],
  ] as const) {
    it(`${bytes} bytes are ${text}`, () => {
      assert.equal(formatSize(bytes), text);
    });
  }

  // The cases of kubectl's own age column.
  for (const [ms, text] of [
    [0, '0s'],
    [-1_000, '0s'],
    [-3_000, '<invalid>'],
    [NaN, '<invalid>'],
    [119_000, '119s'],
    [2 * MINUTE, '2m'],
    [3 * MINUTE + 20_000, '3m20s'],
    [10 * MINUTE + 20_000, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [5 * HOUR + 10 * MINUTE, '5h10m'],
    [8 * HOUR + 10 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [2 * DAY + 3 * HOUR, '2d3h'],
    [8 * DAY + 3 * HOUR, '8d'],
    [729 * DAY, '729d'],
    [2 * 365 * DAY, '2y'],
    [3 * 365 * DAY + 12 * DAY, '3y12d'],
    [9 * 365 * DAY + 12 * DAY, '9y'],
  ] as const) {
    it(`an age of ${ms} ms is ${text}`, () => {
      assert.equal(formatAge(ms), text);
    });
  }

  it('counts, times and elapsed time', () => {
    assert.equal(formatCount(1, 'object'), '1 object');
    assert.equal(formatCount(12_345, 'object'), '12,345 objects');
    assert.equal(formatCount(0, 'entry', 'entries'), '0 entries');
    assert.equal(formatTime(new Date(Date.UTC(2026, 10, 21, 14, 4, 23, 999))), '2026-11-21 14:04:23 UTC');
    assert.equal(formatTime(undefined), '-');
    assert.equal(formatTime(new Date(NaN)), '-');
    assert.deepEqual([7_000, 723_000, 3_723_000].map(formatElapsed), ['0:07', '12:03', '1:02:03']);
  });
});
