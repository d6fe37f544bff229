/** What entries say of files: modes, times, media types, entropy. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contentTypeOf } from '../../src/format/content-type.ts';
import { entropyOf } from '../../src/format/entropy.ts';
import * as mode from '../../src/format/file-mode.ts';
import * as timestamp from '../../src/format/timestamp.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('file mode', () => {
  const cases = [
    [0o100644, '-rw-r--r--', mode.isRegular],
    [0o040755, 'drwxr-xr-x', mode.isDirectory],
    [0o120777, 'Lrwxrwxrwx', mode.isSymlink],
    [0o104755, 'urwxr-xr-x', mode.isRegular],
    [0o102755, 'grwxr-xr-x', mode.isRegular],
    [0o041777, 'dtrwxrwxrwx', mode.isDirectory],
    [0o060660, 'Drw-rw----', undefined],
    [0o020620, 'Dcrw--w----', undefined],
    [0o010600, 'prw-------', undefined],
    [0o140600, 'Srw-------', undefined],
  ] as const;
  for (const [posix, printed, predicate] of cases) {
    it(`prints ${posix.toString(8)} as Go does`, () => {
      const stored = mode.fileModeFromPosix(posix);
      assert.equal(mode.formatFileMode(stored), printed);
      assert.equal(mode.posixPermissions(stored), posix & 0o7777);
      for (const each of [mode.isRegular, mode.isDirectory, mode.isSymlink]) {
        assert.equal(each(stored), each === predicate);
      }
    });
  }
});

describe('timestamp', () => {
  it('goes through nanoseconds and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ns) => {
        const time = timestamp.timestampFromNs(ns);
        assert.ok(time.nanoseconds >= 0 && time.nanoseconds < 1e9);
        assert.equal(timestamp.nsFromTimestamp(time), ns);
      }),
    );
  });

  it('goes through dates and back, to the millisecond', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        assert.equal(
          timestamp.dateFromTimestamp(timestamp.timestampFromDate(date)).getTime(),
          date.getTime(),
        );
      }),
    );
  });

  it('prints RFC 3339 and what lies beyond its years', () => {
    assert.equal(
      timestamp.formatTimestamp({ seconds: 1_795_269_863n, nanoseconds: 63_080_765 }),
      '2026-11-21T14:04:23.063080765Z',
    );
    assert.equal(
      timestamp.formatTimestamp({ seconds: -1n, nanoseconds: 500_000_000 }),
      '1969-12-31T23:59:59.5Z',
    );
    assert.equal(timestamp.formatTimestamp({ seconds: 2n ** 60n, nanoseconds: 0 }), `${2n ** 60n} s`);
  });

  it('orders by time', () => {
    const times = [-5n, -1n, 0n, 1n, 999_999_999n, 1_000_000_000n].map((ns) => timestamp.timestampFromNs(ns));
    assert.deepEqual([...times].reverse().sort(timestamp.compareTimestamps), times);
  });
});

describe('content type', () => {
  const cases: readonly (readonly [type: string, head: Uint8Array])[] = [
    ['text/plain', text('')],
    ['text/plain; charset=utf-8', text('apiVersion: v1\nkind: Secret\n')],
    ['application/json', text(' {"a":[1]}')],
    ['application/json', text('[]')],
    ['text/plain; charset=utf-8', text('{"a":')],
    ['text/x-shellscript', text('#!/bin/sh\nexit\n')],
    ['text/x-shellscript', text('#!/usr/bin/env -S bash\n')],
    ['text/x-python', text('#!/usr/bin/env python3\n')],
    ['text/x-perl', text('#!/usr/bin/perl -w\n')],
    ['application/gzip', Uint8Array.of(0x1f, 0x8b, 8)],
    ['application/zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)],
    ['application/pdf', text('%PDF-1.7')],
    ['image/png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ['image/jpeg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ['application/octet-stream', Uint8Array.of(0)],
    ['application/octet-stream', Uint8Array.of(0xc3, 0x28)],
    ['text/plain; charset=utf-8', text('€'.repeat(1025))],
  ];
  for (const [type, head] of cases) {
    it(`takes ${JSON.stringify(new TextDecoder().decode(head.subarray(0, 12)))} for ${type}`, () => {
      assert.equal(contentTypeOf(head), type);
    });
  }
});

describe('entropy', () => {
  it('lies between 0 and 8 and is near the definition', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const counts = new Map<number, number>();
        for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1);
        let expected = 0;
        for (const count of counts.values()) {
          expected -= (count / bytes.length) * Math.log2(count / bytes.length);
        }
        const entropy = entropyOf(bytes);
        assert.ok(entropy >= 0 && entropy <= 8.000_000_1);
        assert.ok(Math.abs(entropy - expected) < 1e-9);
      }),
    );
  });

  it('is exact where the definition is', () => {
    assert.equal(entropyOf(new Uint8Array()), 0);
    assert.equal(entropyOf(new Uint8Array(1000)), 0);
    assert.equal(entropyOf(Uint8Array.from({ length: 512 }, (_, index) => index & 1)), 1);
    assert.equal(entropyOf(Uint8Array.from({ length: 512 }, (_, index) => index & 255)), 8);
  });
});
