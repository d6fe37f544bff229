/** Headers of a server that ranges depend on: what is understood, and what is not taken for something that it is not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isHttpAddress, parseHttpAddress } from '../../../src/connectors/stores/http-address.ts';
import {
  ifRange,
  isSameVersion,
  parseContentRange,
  parseUnsatisfiedRange,
} from '../../../src/connectors/stores/http-version.ts';
import { withCode } from '../../format/expected-error.ts';

describe('http headers', () => {
  it('reads Content-Range as RFC 9110 §14.4 has it', () => {
    assert.deepEqual(parseContentRange('bytes 0-99/1234'), { start: 0, end: 100, size: 1234 });
    assert.deepEqual(parseContentRange(' Bytes 5-5/6 '), { start: 5, end: 6, size: 6 });
    assert.equal(parseUnsatisfiedRange('bytes */0'), 0);
    for (const header of [
      undefined,
      '',
      'bytes 0-99/*',
      'bytes */1234',
      'bytes 99-0/1234',
      'bytes 0-1234/1234',
      'bytes 0-99/99999999999999999999',
      'items 0-99/1234',
      'bytes 0-99/1234, 200-299/1234',
      'bytes -1-99/1234',
    ]) {
      assert.equal(parseContentRange(header), undefined, header);
    }
    assert.equal(parseUnsatisfiedRange('bytes 0-1/2'), undefined);
  });

  it('takes any text without failing, and only sound ranges', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^bytes \d{1,20}-\d{1,20}\/\d{1,20}$/)),
        (header) => {
          const range = parseContentRange(header);
          assert.ok(range === undefined || (range.start < range.end && range.end <= range.size));
        },
      ),
    );
  });

  it('tells versions apart by ETag, or else by time, and always by size', () => {
    const version = { size: 5, etag: '"a"', lastModified: 'Mon' };
    assert.ok(isSameVersion(version, { ...version, lastModified: 'Tue' }));
    assert.ok(!isSameVersion(version, { ...version, etag: '"b"' }));
    assert.ok(!isSameVersion(version, { ...version, size: 6 }));
    const timed = { size: 5, etag: undefined, lastModified: 'Mon' };
    assert.ok(!isSameVersion(timed, { ...timed, lastModified: 'Tue' }));
    assert.ok(isSameVersion(timed, { ...timed, lastModified: undefined }));
  });

  it('asks with strong ETags only', () => {
    assert.equal(ifRange({ size: 1, etag: '"a"', lastModified: undefined }), '"a"');
    assert.equal(ifRange({ size: 1, etag: 'W/"a"', lastModified: undefined }), undefined);
  });
});

describe('http address', () => {
  it('keeps what is secret out of name and URL', () => {
    const { url, name, authorization } = parseHttpAddress('https://me:p%40ss@host:8443/a/b.ptar?sig=1#frag');
    assert.equal(url.href, 'https://host:8443/a/b.ptar?sig=1');
    assert.equal(name, 'https://host:8443/a/b.ptar?…');
    assert.equal(authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    assert.equal(parseHttpAddress('http://host/a.ptar').authorization, undefined);
  });

  it('is one only with a scheme of the web', () => {
    for (const text of ['http://h/a', 'HTTPS://h/a']) assert.ok(isHttpAddress(text));
    for (const text of ['a.ptar', '/http://x', 'C:\\http\\a.ptar', 'ftp://h/a', 'http:a']) {
      assert.ok(!isHttpAddress(text), text);
    }
    assert.throws(() => parseHttpAddress('https://me:%zz@host/'), withCode('USAGE'));
  });
});
